"""A task under examination, with the sequences that its checks share."""

import hashlib
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain
from typing import Any

from rnnbench import grammar
from rnnbench.check.finding import Failure, Finding
from rnnbench.errors import STRANGE, MissingData, RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.streams import stream
from rnnbench.task import Array, Batch, Purpose, Task

MANY = 8000
"""Sequences for a statistic, at most."""
NUMBERS = 400_000
"""Steps in a sample, about: long sequences are fewer."""
SHOWN = 40
"""Steps of a sequence that an example shows."""


class TaskSubject:
    """The task ``text``: a name, or a name with parameters. Raises RnnbenchError when it cannot be made."""

    kind = "task"

    def __init__(self, text: str) -> None:
        self.text = text
        self.resolved = resolve(TASKS, text)
        self.cls: type[Task] = TASKS[self.resolved.name]
        self.preset = "like" in grammar.parse(text).arguments
        self.task: Task = self.cls(**self.resolved.parameters)
        self._batches: dict[tuple[int, int, Purpose | None], Batch] = {}

    @cached_property
    def missing(self) -> str:
        """What the task needs and is not here, in its own words; empty if it can be drawn from."""
        try:
            self.task.check_length(self.task.minimum_length)
        except MissingData as error:
            return str(error)
        except STRANGE:  # its checks tell of it
            return ""
        return ""

    @cached_property
    def shortest(self) -> int:
        """The shortest length at which the task can be posed."""
        return shortest_length(self.task, max(1, self.task.minimum_length))

    @cached_property
    def length(self) -> int:
        """The length of statistics: that of ``small``, or the next at which the task can be posed."""
        return shortest_length(self.task, max(int(self.cls.small.length), self.shortest))

    @cached_property
    def lengths(self) -> list[int]:
        """Lengths from the shortest on, ascending."""
        longer = possible_from(self.task, 2 * self.length + 1)
        return sorted({self.shortest, self.length, *([longer] if longer else [])})

    def at_each_length(self, look: Callable[[int], Finding]) -> Finding:
        """The first failure that ``look`` finds at one of :attr:`lengths`, at the shortest length that shows it."""
        note: Finding = None
        for length in self.lengths:
            found = look(length)
            if isinstance(found, Failure):
                shorter = (look(other) for other in range(self.shortest, length) if self._possible(other))
                return next((finding for finding in shorter if isinstance(finding, Failure)), found)
            note = note or found
        return note

    def _possible(self, length: int) -> bool:
        try:
            self.task.check_length(length)
        except RnnbenchError:
            return False
        return True

    def many(self, length: int) -> int:
        """How many sequences a statistic at ``length`` is made of."""
        return max(500, min(MANY, NUMBERS // max(1, self.task.steps(length))))

    def batch(self, length: int, count: int, purpose: Purpose | None = None) -> Batch:
        """The first ``count`` sequences of seed 0, by ``sample`` or for a purpose; kept, so that checks share them."""
        key = (length, count, purpose)
        if key not in self._batches:
            rng = stream("check", 0)
            drawn = self.task.draw(rng, count, length, purpose) if purpose else self.task.sample(rng, count, length)
            self._batches[key] = drawn
        return self._batches[key]

    def statistic(self) -> Batch:
        """Many sequences as a test has them: what a score is compared with is measured on these."""
        return self.batch(self.length, self.many(self.length), "test")

    def example(self, batch: Batch, row: int, length: int, seed: int = 0, **more: Any) -> dict[str, Any]:
        """A sequence of ``batch`` for a person to look at."""
        steps = int(batch.lengths[row])
        shown = {"seed": seed, "length": length, "row": row, "sequence": told(batch.inputs[row, :steps])}
        return shown | {key: told(value) for key, value in more.items()}


def possible_from(task: Task, start: int) -> int | None:
    """The first length from ``start`` on at which ``task`` can be posed; None if there is none soon."""
    for length in _candidates(start):
        try:
            task.check_length(length)
        except RnnbenchError:
            continue
        return length
    return None


def shortest_length(task: Task, start: int) -> int:
    """As :func:`possible_from`. Raises RnnbenchError with the task's own words if there is none."""
    length = possible_from(task, start)
    if length is None:
        task.check_length(start)
        raise AssertionError("a length that is refused is refused twice")
    return length


def _candidates(start: int) -> Iterator[int]:
    return chain(range(start, start + 200), (start + 200 * 2**k + odd for k in range(8) for odd in (0, 1)))


def digest(task: Task, seed: int, count: int, length: int, purpose: Purpose = "train") -> str:
    """What stands for all bytes of a sample."""
    batch = task.draw(stream("check", seed), count, length, purpose)
    arrays = (batch.inputs, batch.targets, batch.lengths, batch.scored)
    return hashlib.sha256(b"".join(_bytes(array) for array in arrays)).hexdigest()[:16]


def _bytes(array: Array) -> bytes:
    return f"{array.dtype}{array.shape}".encode() + array.tobytes()


def told(value: Any) -> Any:
    """An array as nested lists, numbers with four digits, long ones cut."""
    values = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(values, list):
        cut = [told(item) for item in values[:SHOWN]]
        cut = [item[0] if isinstance(item, list) and len(item) == 1 else item for item in cut]
        return [*cut, "..."] if len(values) > SHOWN else cut
    return float(f"{values:.4g}") if isinstance(values, float) else values
