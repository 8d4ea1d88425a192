"""A study: a named grid of tasks, cells, sizes, lengths, protocol values and seeds."""

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from rnnbench.errors import PluginError, RnnbenchError, UnknownName
from rnnbench.mistakes import describe
from rnnbench.parameters import Resolved, resolve
from rnnbench.posed import make_task, out_of_reach, pose
from rnnbench.protocol import Count, Protocol, Seed
from rnnbench.registry import CELLS, OPTIMISERS, TASKS, Registry
from rnnbench.study.budget import Budget
from rnnbench.study.lengths import expand_lengths
from rnnbench.study.match import matched
from rnnbench.study.setting import TUNING_SEED
from rnnbench.trial import Precision, Trial
from rnnbench.words import received

TUNABLE = ("batch", "optimiser", "learning_rate", "schedule", "warmup", "clip", "clip_threshold", "readout")
"""What can be tuned: how training goes, not what it is given nor how it is judged."""
MOST_TRIALS = 1_000_000
"""A grid beyond is a slip of the keyboard; counting it out would take all memory."""
NonEmptyStrings = Annotated[list[str], Field(min_length=1)]


NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
"""A study's name is that of a folder too."""
LONGEST_NAME = 80
TUNING_REPEATS = 5
TUNING = "-tuning"
"""What the name of a study's tuning ends with."""
BELOW = f"a study that tunes has seeds and data seeds below {TUNING_SEED:,}"


class Study(BaseModel):
    """What a study file says. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=f"^{NAME}$", max_length=LONGEST_NAME)]
    title: str = ""
    about: str = ""
    original: str = ""
    """What in the study is the original's."""
    ours: str = ""
    """What the original left open or what we chose otherwise."""
    source: str = ""
    tasks: NonEmptyStrings
    cells: NonEmptyStrings
    hidden: Annotated[list[Count], Field(min_length=1)] = [1]
    match: str | None = None
    """A budget such as ``params=10k`` or ``state=64`` that sets ``hidden`` for each cell and task; see Budget."""
    lengths: Annotated[list[Count], Field(min_length=1)]
    repeats: Count = 10
    seed: Seed = 0
    """The first seed; repeats use the following ones."""
    precision: Precision = "32"
    protocol: dict[str, Any] = {}
    tune: dict[str, list[Any]] = {}
    """Candidates for values of the protocol, of which each setting gets the best by validation; see tuning."""
    tuning_repeats: Count = TUNING_REPEATS
    """Seeds for each candidate."""

    @field_validator("lengths", mode="before")
    @classmethod
    def _spread(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        try:
            return [length for item in value for length in (expand_lengths(item) if isinstance(item, str) else [item])]
        except RnnbenchError as error:
            raise ValueError(str(error)) from None

    @field_validator("precision", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) else value

    @field_validator("match")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                Budget.parse(value)
        except RnnbenchError as error:
            raise ValueError(str(error)) from None
        return value

    @model_validator(mode="after")
    def _one_size(self) -> "Study":
        if self.match is not None and "hidden" in self.model_fields_set:
            raise ValueError(f"give either hidden or match, got hidden={self.hidden} and match={self.match}")
        return self

    @model_validator(mode="after")
    def _seeds_are_stored(self) -> "Study":
        if self.seed + self.repeats >= 2**63:
            raise ValueError(f"seed and repeats must add up to less than 2**63, got {self.seed} and {self.repeats}")
        return self

    @field_validator("protocol")
    @classmethod
    def _known_fields(cls, value: dict[str, Any]) -> dict[str, Any]:
        for key in value:
            if key not in Protocol.model_fields:
                raise ValueError(str(UnknownName("value of the protocol", key, Protocol.model_fields)))
        return value

    @field_validator("tune")
    @classmethod
    def _can_be_tuned(cls, value: dict[str, list[Any]]) -> dict[str, list[Any]]:
        found = {}
        for key, candidates in value.items():
            if key not in TUNABLE:
                raise ValueError(str(UnknownName("value that can be tuned", key, TUNABLE)))
            found[key] = [parsed(key, item) for item in candidates]
            if len(candidates) < 2 or any(found[key].count(item) > 1 for item in found[key]):
                raise ValueError(f"{key} needs two candidates or more, each once, got {received(candidates)}")
        return found

    @model_validator(mode="after")
    def _tuned_apart(self) -> "Study":
        both = [key for key in self.tune if key in self.protocol]
        if both:
            raise ValueError(f"{both[0]} stands in the protocol and in tune: give it once")
        if not self.tune and self.tuning_repeats != TUNING_REPEATS:
            raise ValueError("tuning_repeats is for a study that tunes: leave it out, or say in tune what is tuned")
        last = self.seed + self.repeats - 1
        if self.tune and last >= TUNING_SEED:
            raise ValueError(f"{BELOW}, got seeds up to {last}")
        if self.tune and len(self.name) > LONGEST_NAME - len(TUNING):
            raise ValueError(
                f"the name of a study that tunes has at most {LONGEST_NAME - len(TUNING)} letters, got {len(self.name)}"
            )
        return self

    def protocols(self) -> Iterator[Protocol]:
        """Every combination of the protocol's listed values, candidates of tuning among them.

        Raises RnnbenchError for values out of range.
        """
        listed = self.protocol | self.tune
        axes = {key: value if isinstance(value, list) else [value] for key, value in listed.items()}
        for key in (key for key, values in axes.items() if not values):
            raise RnnbenchError(f"study {self.name!r} has an empty grid: protocol.{key} lists no value.")
        _check_size(math.prod(len(values) for values in axes.values()))
        for values in itertools.product(*axes.values()):
            try:
                protocol = Protocol(**dict(zip(axes, values, strict=True)))
            except ValidationError as error:
                raise RnnbenchError(f"study {self.name!r}: {describe(error)}") from None
            if self.tune and protocol.data_seed >= TUNING_SEED:
                raise RnnbenchError(f"study {self.name!r}: {BELOW}, got data_seed {protocol.data_seed}.")
            yield protocol

    def distinct_cells(self) -> list[Resolved]:
        """Its cells, each once however it is spelt."""
        return _distinct(CELLS, self.cells)

    def notes(self) -> list[str]:
        """What a reader should know about the grid: values that stand in it twice, tasks that nobody can solve."""
        tasks, cells = _distinct(TASKS, self.tasks), _distinct(CELLS, self.cells)
        labels = {resolved.text: resolved.label for resolved in (*tasks, *cells)}
        listed: Mapping[str, list[Any]] = {
            "length": self.lengths,
            "cell": [labels[resolve(CELLS, text).text] for text in self.cells],
            "task": [labels[resolve(TASKS, text).text] for text in self.tasks],
            "hidden": self.hidden,
        }
        return [
            f"{axis} {value} stands {count} times in study {self.name!r}; it is run once."
            for axis, values in listed.items()
            for value, count in Counter(values).items()
            if count > 1
        ] + [f"{task.label}: {told}" for task in tasks if (told := out_of_reach(task))]

    def trials(self) -> list[Trial]:
        """The whole grid, each point once; of a study that tunes with every candidate (see tuning).

        Raises RnnbenchError for unknown names, parameters out of range and lengths that a task cannot be posed at.
        """
        tasks, cells = _distinct(TASKS, self.tasks), _distinct(CELLS, self.cells)
        lengths = sorted(set(self.lengths))
        protocols = [(protocol, resolve(OPTIMISERS, protocol.optimiser)) for protocol in self.protocols()]
        _check_lengths(tasks, lengths)
        _check_apart(tasks, self)
        seeds = range(self.seed, self.seed + self.repeats)
        points = len(tasks) * len(cells) * len(self.hidden) * len(protocols) * len(lengths) * len(seeds)
        _check_size(points)
        trials = (
            Trial(task, cell, hidden, length, seed, protocol, optimiser, self.precision)
            for task, cell in itertools.product(tasks, cells)
            for hidden in self.sizes(task, cell)
            for (protocol, optimiser), length, seed in itertools.product(protocols, lengths, seeds)
        )
        return list({trial.id: trial for trial in trials}.values())

    def sizes(self, task: Resolved, cell: Resolved) -> list[int]:
        """The numbers of units that ``cell`` has on ``task``: those named, or the one nearest to the budget.

        A state that grows with the sequence is matched at the longest length.
        """
        if self.match is None:
            return sorted(set(self.hidden))
        return [matched(cell, make_task(task), Budget.parse(self.match), max(self.lengths))]


def _distinct(registry: Registry[Any], texts: Sequence[str]) -> list[Resolved]:
    """What ``texts`` name, each once: ``gru`` and ``gru:torch`` are one cell, called as it is first."""
    found: dict[str, Resolved] = {}
    for text in texts:
        resolved = resolve(registry, text)
        found.setdefault(resolved.text, resolved)
    return list(found.values())


def _check_size(points: int) -> None:
    if points > MOST_TRIALS:
        raise RnnbenchError(f"a study has at most {MOST_TRIALS:,} trials, got {points:,}: ask for less at a time.")


def _check_lengths(tasks: list[Resolved], lengths: list[int]) -> None:
    for task in tasks:
        with suppress(PluginError):  # the check before a run tells of it, and runs the others
            made = make_task(task)
            for length in lengths:
                pose(made, length)


def _check_apart(tasks: list[Resolved], study: Study) -> None:
    """A task that brings its splits has one validation set, whatever the seed: it cannot choose and be reported."""
    given = study.protocol.get("reported", "test")
    own = [task.label for task in tasks if study.tune and TASKS[task.name].own_splits]
    if own and "validation" in (given if isinstance(given, list) else [given]):
        raise RnnbenchError(
            f"task {own[0]!r} has one validation set, which tuning chooses by: leave tune out, or set reported=test."
        )


def parsed(key: str, value: Any) -> Any:
    """``value`` as the protocol holds it; as it is where the protocol refuses it, which is told elsewhere."""
    try:
        return getattr(Protocol.model_validate({key: value, "updates": 1}), key)
    except ValidationError:
        return value
