"""What a check finds, and what a check is."""

import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from rnnbench.errors import STRANGE, in_words


@dataclass(frozen=True)
class Failure:
    """A rule that is broken."""

    defect: str
    """What is wrong, in two or three words: ``future leakage``."""
    message: str
    """The rule, what was found, and the way out."""
    example: Mapping[str, Any] = field(default_factory=dict)
    """The smallest case that shows it: seed, length, sequence, the two values that differ."""

    def __str__(self) -> str:
        shown = "".join(f"\n  {key}: {value}" for key, value in self.example.items())
        return f"{self.defect}: {self.message}{shown}"


@dataclass(frozen=True)
class Note:
    """The rule is not broken, but could not be checked, or there is something to know."""

    text: str

    def __str__(self) -> str:
        return self.text


class Skipped(Note):
    """A check that was not asked, since another failed."""


Finding = Failure | Note | None
CHECKABLE = "It goes step by step, and its data are on this machine."


class Subject(Protocol):
    """A task or a cell, with its parameters."""

    kind: str
    text: str
    preset: bool
    """Whether it is one of a class's presets, whose class is checked elsewhere."""

    @property
    def missing(self) -> str:
        """Why it cannot be checked here, data that are missing say; empty if it can."""


S = TypeVar("S", bound=Subject)


@dataclass(frozen=True)
class Check(Generic[S]):
    """A rule, and the function that looks whether a subject breaks it."""

    look: Callable[[S], Finding]
    of_class: bool = False
    """Asked once a class, not again for each of its presets."""
    needs: tuple[str, ...] = ()
    """Checks without which this one says nothing: skipped when one of them failed."""

    @property
    def name(self) -> str:
        """One word."""
        return self.look.__name__

    @property
    def rule(self) -> str:
        """The rule, from the docstring."""
        return (self.look.__doc__ or "").split("\n")[0]


@dataclass(frozen=True)
class Outcome:
    """One check of one subject."""

    kind: str
    subject: str
    check: str
    rule: str
    finding: Finding
    seconds: float

    @property
    def result(self) -> str:
        """``passed``, ``noted``, ``skipped`` or ``failed``."""
        names = {Failure: "failed", Skipped: "skipped", Note: "noted"}
        return next((name for kind, name in names.items() if isinstance(self.finding, kind)), "passed")

    @property
    def failed(self) -> bool:
        """Whether the rule is broken."""
        return isinstance(self.finding, Failure)


def examine(subject: S, checks: Sequence[Check[S]]) -> Iterator[Outcome]:
    """Every check of ``subject``, in order; whatever a stranger's code raises is a failure like another."""
    if subject.missing:
        yield Outcome(subject.kind, subject.text, "checkable", CHECKABLE, Skipped(subject.missing), 0.0)
        return
    failed: set[str] = set()
    for check in checks:
        if check.of_class and subject.preset:
            continue
        start = time.perf_counter()
        missing = [name for name in check.needs if name in failed]
        finding = Skipped(f"not asked: {missing[0]} failed") if missing else attempt(check, subject)
        if isinstance(finding, Failure) or missing:
            failed.add(check.name)
        yield Outcome(subject.kind, subject.text, check.name, check.rule, finding, time.perf_counter() - start)


def attempt(check: Check[S], subject: S) -> Finding:
    """What ``check`` finds; an exception is a failure that says where it was raised."""
    try:
        return check.look(subject)
    except STRANGE as error:  # a stranger's code may fail in any way
        return raised(error)


def raised(error: BaseException, example: Mapping[str, Any] | None = None) -> Failure:
    """An exception as a failure, with the line that raised it; what is refused is refused in a RnnbenchError."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    where = {"raised in": f"{_near(own[-1].filename)}:{own[-1].lineno}"} if own else {}
    return Failure("exception", in_words(error), {**(example or {}), **where})


def _near(file: str) -> str:
    """A file as seen from the working directory, if it lies there."""
    here = Path.cwd()
    return str(Path(file).relative_to(here)) if Path(file).is_relative_to(here) else file
