"""Names for shell completion; imports nothing heavy."""

from rnnbench.registry import CELLS, OPTIMISERS, TASKS
from rnnbench.studies import shipped


def studies(incomplete: str) -> list[str]:
    """Shipped studies."""
    return [name for name in shipped() if name.startswith(incomplete)]


def tasks(incomplete: str) -> list[str]:
    """Registered tasks."""
    return [name for name in TASKS if name.startswith(incomplete)]


def cells(incomplete: str) -> list[str]:
    """Registered cells."""
    return [name for name in CELLS if name.startswith(incomplete)]


def shown(incomplete: str) -> list[str]:
    """Everything that ``show`` knows by name."""
    return [name for name in (*TASKS, *CELLS, *OPTIMISERS, *shipped()) if name.startswith(incomplete)]


def checked(incomplete: str) -> list[str]:
    """What ``check`` takes by name."""
    return [name for name in (*TASKS, *CELLS) if name.startswith(incomplete)]
