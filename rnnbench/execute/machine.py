"""What a run may use of this machine."""

from dataclasses import dataclass
from pathlib import Path

PROCESS_BYTES = 500 * 2**20
"""What a worker needs before it has any data: Python, torch and Lightning."""


@dataclass(frozen=True)
class Machine:
    """Where and how many at a time, every value decided: what decides speed and never a result."""

    accelerator: str
    jobs: int
    """Populations at a time."""
    devices: int
    """Devices of the accelerator, each for a population of its own."""
    memory: int
    """Bytes for all workers together."""
    threads: int
    """Of all populations together, if there are fewer of them."""
    kernel: str
    """What runs cells over time; ``auto`` takes the fastest that can."""
    plugins: tuple[Path, ...] = ()
    large_weights: bool = False
    """Keep the weights of large models too."""

    @property
    def memory_each(self) -> int:
        """Bytes of data and activations that one population may need."""
        return max(self.memory // self.jobs - PROCESS_BYTES, 2**20)

    @property
    def warning(self) -> str:
        """What to know before results from here are used; mostly nothing."""
        if self.accelerator == "cuda" and self.kernel in ("auto", "triton"):
            return "kernels for CUDA have run in Triton's interpreter only, on no GPU yet: compare with --kernel eager."
        return ""
