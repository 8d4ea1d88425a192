"""The contract of a task: a generator of sequences with something to remember.

A task is one file. The smallest is some fifteen lines::

    @TASKS.register("recall_first")
    @dataclass(frozen=True, kw_only=True)
    class RecallFirst(Task):
        \"\"\"Say at the end which sign the first element had.\"\"\"

        source = "an example"

        def sample(self, rng, batch, length):
            x = rng.normal(size=(batch, length, 1))
            return Batch.at_end(x, x[:, 0, 0] > 0)

        def solve(self, inputs):
            return inputs[:, 0, 0] > 0
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rnnbench.errors import PluginError, RnnbenchError

Array = NDArray[Any]


@dataclass(frozen=True)
class Features:
    """Inputs are ``width`` real numbers a step."""

    width: int = 1


@dataclass(frozen=True)
class Tokens:
    """Inputs are one of ``vocabulary`` symbols a step, fed as one-hot or as a learned embedding of ``width``."""

    vocabulary: int
    width: int | None = None
    """Width of the learned embedding; None is one-hot."""


@dataclass(frozen=True)
class Classes:
    """The answer at a scored position is one of ``count`` classes; the metric is accuracy."""

    count: int = 2


@dataclass(frozen=True)
class Values:
    """The answer at a scored position is ``width`` real numbers; the metric is the mean squared error."""

    width: int = 1


@dataclass(frozen=True)
class Success:
    """When a trial counts as solved: ``metric`` at least (accuracy) or at most (mse) ``threshold``."""

    metric: Literal["accuracy", "mse"] = "accuracy"
    threshold: float = 0.99

    def met(self, value: float) -> bool:
        """Whether ``value`` of the metric solves the task; NaN never does."""
        return value >= self.threshold if self.metric == "accuracy" else value <= self.threshold

    def __str__(self) -> str:
        return f"{self.metric} {'≥' if self.metric == 'accuracy' else '≤'} {self.threshold:g}"


@dataclass(frozen=True)
class Batch:
    """Sequences with what must be said about them."""

    inputs: Array
    """float32 ``batch time feature``, or int64 ``batch time`` for tokens."""
    targets: Array
    """int64 ``batch time`` (classes) or float32 ``batch time value``; read only where scored."""
    lengths: Array
    """int64 ``batch``: how many steps of each sequence exist; the rest is padding."""
    scored: Array
    """bool ``batch time``: the positions at which an answer is wanted."""

    @classmethod
    def at_end(cls, inputs: Array, classes: Array) -> "Batch":
        """All sequences full, one class wanted at the last step. Shapes ``batch time [feature]`` and ``batch``."""
        count, time = inputs.shape[:2]
        targets = np.zeros((count, time), dtype=np.int64)
        targets[:, -1] = classes
        scored = np.zeros((count, time), dtype=bool)
        scored[:, -1] = True
        dtype = np.float32 if inputs.dtype.kind == "f" else np.int64
        return cls(inputs.astype(dtype, copy=False), targets, np.full(count, time, dtype=np.int64), scored)

    def __len__(self) -> int:
        return len(self.inputs)

    @classmethod
    def joined(cls, first: "Batch", second: "Batch") -> "Batch":
        """The sequences of ``first``, then those of ``second``."""
        pairs = ((getattr(first, name), getattr(second, name)) for name in ("inputs", "targets", "lengths", "scored"))
        return cls(*(np.concatenate(pair) for pair in pairs))

    def take(self, rows: Array | slice) -> "Batch":
        """The sequences ``rows``."""
        return Batch(self.inputs[rows], self.targets[rows], self.lengths[rows], self.scored[rows])


@dataclass(frozen=True, kw_only=True)
class Task(ABC):
    """A task's fields are its parameters; its name comes from the registry."""

    name: ClassVar[str]
    source: ClassVar[str]
    """Paper and where in it."""
    version: ClassVar[int] = 1
    """Raised when the definition changes: part of every trial's identity."""
    inputs: ClassVar[Features | Tokens] = Features(1)
    answer: ClassVar[Classes | Values] = Classes(2)
    success: ClassVar[Success] = Success()
    minimum_length: ClassVar[int] = 1
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    @abstractmethod
    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """``batch`` sequences of (about) ``length`` steps: a pure function of its arguments."""

    def solve(self, inputs: Array) -> Array | None:
        """The oracle's answers to ``inputs``: ``batch`` if only the last step is scored, else ``batch time [value]``.

        None where nobody can know (real data).
        """
        return None

    @property
    def chance(self) -> float:
        """The metric's value for guessing without looking; uniform over classes unless a task says otherwise."""
        if isinstance(self.answer, Classes):
            return 1.0 / self.answer.count
        raise PluginError(f"task {self.name!r} answers with values: it must define `chance`, the error of guessing.")

    @property
    def oracle_accuracy(self) -> float:
        """How often the oracle is right: 1 unless noise hides the answer."""
        return 1.0

    def check_length(self, length: int) -> None:
        """Raise RnnbenchError when the task cannot be posed at ``length``."""
        if length < self.minimum_length:
            raise RnnbenchError(f"task {self.name!r} needs length ≥ {self.minimum_length}, got {length}.")
