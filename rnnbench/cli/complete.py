"""Names for shell completion; imports nothing heavy."""

import dataclasses
import re

from rnnbench.registry import CELLS, OPTIMISERS, TASKS
from rnnbench.studies import shipped

EXPLAINED = (
    "gradients", "landscape", "dynamics", "ablate", "extrapolate", "diagnose", "bengio-1994", "pascanu-2013",
    "why-lstm-cannot-latch",
)  # fmt: skip
"""What ``explain`` takes: instruments, then studies of sources."""


def explained(incomplete: str) -> list[str]:
    """What ``explain`` takes."""
    return [name for name in EXPLAINED if name.startswith(incomplete)]


def studies(incomplete: str) -> list[str]:
    """Shipped studies."""
    return [name for name in shipped() if name.startswith(incomplete)]


def tasks(incomplete: str) -> list[str]:
    """Registered tasks."""
    return [name for name in TASKS if name.startswith(incomplete)]


def cells(incomplete: str) -> list[str]:
    """Registered cells; after a name and ``:`` or ``[``, its presets and the parameters that every cell has."""
    before = re.match(r"(\w+)[:\[](.*,)?", incomplete)
    if before is None or before[1] not in CELLS:
        return [name for name in CELLS if name.startswith(incomplete)]
    from rnnbench.parts.stacking import Stacking

    parameters = (f"{field.name}=" for field in dataclasses.fields(Stacking))
    offered = (before[0] + item for item in (*CELLS.entry(before[1]).presets, *parameters))
    return [text for text in offered if text.startswith(incomplete)]


def shown(incomplete: str) -> list[str]:
    """Everything that ``show`` knows by name."""
    return [name for name in (*TASKS, *CELLS, *OPTIMISERS, *shipped()) if name.startswith(incomplete)]


def checked(incomplete: str) -> list[str]:
    """What ``check`` takes by name."""
    return [name for name in (*TASKS, *CELLS) if name.startswith(incomplete)]
