"""What an answer without memory scores, to hold results against."""

from collections.abc import Mapping
from dataclasses import dataclass

from rnnbench.errors import RnnbenchError, guarded
from rnnbench.parameters import resolve
from rnnbench.posed import make_task
from rnnbench.registry import TASKS


@dataclass(frozen=True)
class Levels:
    """A level at every length, and of what."""

    at: Mapping[int, float | None]
    """The metric's best value for an answer that sees only the present input and the time, or that of guessing; None
    where nothing is known."""
    memoryless: bool
    """Whether it is the first."""

    @property
    def one(self) -> bool:
        """Whether it is the same at all lengths."""
        return len({*self.at.values()}) == 1

    @property
    def name(self) -> str:
        """Beside its line in a figure."""
        return "no memory" if self.memoryless else "guessing"

    @property
    def whose(self) -> str:
        """Whose score it is."""
        return "an answer without memory" if self.memoryless else "guessing"

    @property
    def note(self) -> str:
        """The part of a caption that explains the dashed line."""
        known = any(level is not None for level in self.at.values())
        best = "best " if self.memoryless else ""
        return f" Dashed: the {best}score of {self.whose}" if known else ""


def levels(label: str, lengths: list[int], chance: float | None) -> Levels:
    """Those of the task ``label``; ``chance`` where it does not tell what needs no memory, or is not at hand."""
    try:
        task = make_task(resolve(TASKS, label))
        with guarded(f"task {label} raises"):
            told = {length: task.memoryless(length) for length in lengths}
    except RnnbenchError:  # a stranger's task that is not registered here, or is not what it was
        told = {}
    known = bool(told) and all(level is not None for level in told.values())
    return Levels(told if known else dict.fromkeys(lengths, chance), known)
