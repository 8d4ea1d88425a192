"""Where and how one population is trained."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A device, and what changes no result there."""

    accelerator: str = "cpu"
    device: int = 0
    """Which of the accelerator's devices."""
    kernel: str = "auto"
    """What runs cells over time."""
    threads: int = 1
    """For groups of members in fused updates on a CPU."""
    large_weights: bool = False
    """Keep weights above the limit of their size too."""
