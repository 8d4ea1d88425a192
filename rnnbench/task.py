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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rnnbench.errors import PluginError, RnnbenchError

Array = NDArray[Any]
Purpose = Literal["train", "validation", "test"]
Kind = Literal[
    "latching", "arithmetic", "order", "storage", "recall", "state tracking", "formal language", "real data", "other"
]


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
        return bool(value >= self.threshold if self.metric == "accuracy" else value <= self.threshold)

    def __str__(self) -> str:
        return f"{self.metric} {'≥' if self.metric == 'accuracy' else '≤'} {self.threshold:g}"


@dataclass(frozen=True)
class Small:
    """A shape at which a task is quick to learn: for smoke tests and the table of what is learnable."""

    length: int = 10
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """The task's parameters, where they differ from its defaults."""


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
        """All sequences full, one class wanted at the last step. Shapes ``batch time [feature]`` and ``batch``.

        Classes that are no whole numbers stay what they are, for the contract to refuse.
        """
        count, time = inputs.shape[:2]
        given = np.asarray(classes)
        whole = given.dtype.kind != "f" or bool((np.isfinite(given) & (given == np.round(given))).all())
        targets = np.zeros((count, time), dtype=np.int64 if whole else given.dtype)
        targets[:, -1] = given
        scored = np.zeros((count, time), dtype=bool)
        scored[:, -1] = True
        return cls.at(inputs, targets, scored)

    @classmethod
    def at(cls, inputs: Array, targets: Array, scored: Array, lengths: Array | None = None) -> "Batch":
        """Answers ``targets`` (``batch time [value]``) wanted where ``scored`` (``batch time``, may be broadcast).

        Without ``lengths`` all sequences are full. Numbers are brought to the precision of the contract.
        """
        count, time = inputs.shape[:2]
        full = np.full(count, time, dtype=np.int64)
        return cls(
            _precise(inputs),
            _precise(targets),
            full if lengths is None else np.asarray(lengths, dtype=np.int64),
            np.broadcast_to(np.asarray(scored, dtype=bool), (count, time)).copy(),
        )

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


def _precise(array: Array) -> Array:
    """float32 for numbers, int64 for tokens, classes and truth values."""
    return array.astype(np.float32 if array.dtype.kind == "f" else np.int64, copy=False)


@dataclass(frozen=True, kw_only=True)
class Task(ABC):
    """A task's fields are its parameters; its name comes from the registry.

    ``inputs``, ``answer``, ``success`` and ``minimum_length`` are class attributes or, where they depend on parameters,
    properties.
    Literals of the class (``source``, ``kind``, ``guessing``, names of ``presets``) are listed without an import.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    """Paper and where in it: ``Authors year, section``; the part before the comma heads a section of the docs."""
    kind: ClassVar[Kind] = "other"
    """What is tested."""
    guessing: ClassVar[str] = "1/2"
    """:attr:`chance` at the defaults as a person writes it: a fraction, or ``mse 0.167``."""
    version: ClassVar[int] = 1
    """Raised when the definition changes: part of every trial's identity."""
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    preset_sources: ClassVar[Mapping[str, str]] = {}
    """Where a preset's definition stands, if not in :attr:`source`."""
    small: ClassVar[Small] = Small()
    own_splits: ClassVar[bool] = False
    """Real data: training, validation and test sequences come from disjoint parts, see :meth:`draw`."""

    @property
    def files(self) -> Sequence[Path]:
        """Files of your own that sequences are read from; their content is part of every trial's identity."""
        return ()

    @property
    def inputs(self) -> Features | Tokens:
        """What a step is fed; one number by default."""
        return Features(1)

    @property
    def answer(self) -> Classes | Values:
        """What is wanted at a scored position; one of two classes by default."""
        return Classes(2)

    @property
    def minimum_length(self) -> int:
        """The shortest length at which the task can be posed."""
        return 1

    @property
    def success(self) -> Success:
        """When a trial counts as solved."""
        return Success()

    @abstractmethod
    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """``batch`` sequences of (about) ``length`` steps: a pure function of its arguments."""

    def draw(self, rng: np.random.Generator, batch: int, length: int, purpose: Purpose) -> Batch:
        """The sequences for ``purpose``; those of :meth:`sample` unless training and test differ in kind."""
        return self.sample(rng, batch, length)

    def steps(self, length: int) -> int:
        """Steps of the longest sequence drawn at ``length``."""
        return length

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

    def memoryless(self, length: int) -> float | None:
        """The metric's best value for an answer that sees only the present input and the time; None if not known."""
        return None

    @property
    def class_balance(self) -> tuple[float, ...] | None:
        """How often each class is the answer, at the defaults of :attr:`small`; None for values or if not known."""
        return (1 / self.answer.count,) * self.answer.count if isinstance(self.answer, Classes) else None

    @property
    def oracle_accuracy(self) -> float:
        """How often the oracle is right: 1 unless noise hides the answer."""
        return 1.0

    @property
    def out_of_reach(self) -> str:
        """A sentence where even the oracle does not meet the success rule, so that no trial can; else nothing."""
        best = self.oracle_accuracy
        if self.success.metric != "accuracy" or best >= self.success.threshold:
            return ""
        return f"Noise hides the answer: even the best possible one is right in {best:.4g}; solved is {self.success}."

    def check_length(self, length: int) -> None:
        """Raise RnnbenchError when the task cannot be posed at ``length``."""
        if length < self.minimum_length:
            raise RnnbenchError(f"task {self.name!r} needs length ≥ {self.minimum_length}, got {length}.")
