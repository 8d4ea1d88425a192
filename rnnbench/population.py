"""Which trials train together: shared shapes, fixed tiles, bounded memory."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rnnbench.data_key import DataKey
from rnnbench.parameters import Resolved
from rnnbench.streams import BLOCK, DRAWN
from rnnbench.trial import Trial

VECTOR = 32
"""Rows of a tile come in multiples of this, so that vectorised loops have no rest (two AVX-512 vectors of floats)."""
TILE_NUMBERS = 2048
"""Numbers in one tensor of a tile: enough to outweigh the cost of calling an operation."""
WIDEST_MEMBER = 512
"""Beyond this many numbers a member, members run one by one: nothing is gained by batching them."""
TILE_MEMORY = 2**29
"""Bytes of activations that a tile may keep for its backward pass."""
ACTIVATIONS = 24
"""Numbers kept for the backward pass per unit, sequence and step; an LSTM's, with what autograd adds."""

Key = tuple[object, ...]


@dataclass(frozen=True)
class Population:
    """Trials that train as one tensor program."""

    trials: tuple[Trial, ...]

    @property
    def tile(self) -> int:
        """Members in one tile."""
        return tile_size(self.trials[0])

    @cached_property
    def steps(self) -> float:
        """Member-steps: members x length x updates."""
        return float(sum(trial.length * trial.protocol.total_updates for trial in self.trials))

    @cached_property
    def memory(self) -> int:
        """Bytes that training needs at most, by the cost model."""
        return activation_bytes(self.trials[0], self.tile) + sum(self.data.values())

    @cached_property
    def data(self) -> dict[DataKey, int]:
        """Bytes of each data set."""
        return {key: data_bytes(trial) for key, trial in {DataKey.of(trial): trial for trial in self.trials}.items()}

    def halves(self) -> "tuple[Population, Population] | None":
        """Two populations of half the size, or None for a single trial."""
        if len(self.trials) < 2:
            return None
        middle = len(self.trials) // 2
        return Population(self.trials[:middle]), Population(self.trials[middle:])


Cost = Callable[[Population], float]
"""How much work a population is."""


def tile_size(trial: Trial) -> int:
    """Rows of the tile that ``trial`` is computed in on a CPU. Depends on the trial alone, never on its company."""
    numbers = trial.protocol.batch * trial.hidden
    if numbers > WIDEST_MEMBER or not trial.by_step:
        return 1
    size: int = max(VECTOR, 1 << int(math.log2(TILE_NUMBERS / numbers)))
    while size > VECTOR and activation_bytes(trial, size) > TILE_MEMORY:
        size //= 2
    return size if activation_bytes(trial, size) <= TILE_MEMORY else 1


def activation_bytes(trial: Trial, members: int) -> int:
    """Bytes that ``members`` like ``trial`` keep for the backward pass. Lengths are rounded up to a power of two."""
    width = 8 if trial.precision == "64" else 4
    return (
        members * trial.protocol.batch * trial.activations(1 << math.ceil(math.log2(trial.steps)), ACTIVATIONS) * width
    )


def data_bytes(trial: Trial) -> int:
    """Bytes of the sequences of ``trial``: inputs as drawn (float64) and as kept.

    Of a fresh stream those that are trained on at a time, in blocks that begin before and end after them, and joined.
    """
    protocol = trial.protocol
    count = (
        protocol.sequences
        if protocol.data == "fixed"
        else protocol.validation + 2 * (max(DRAWN, protocol.batch) + 2 * BLOCK)
    )
    width = getattr(trial.make_task().inputs, "width", None) or 1
    return (count + protocol.test) * trial.steps * width * (8 + 8 if trial.precision == "64" else 8 + 4)


def key(trial: Trial) -> Key:
    """What trials must share to train together: shapes, equations, rule of the optimiser, number of updates."""
    per_member = {"learning_rate", "clip_threshold", "data_seed", "optimiser"}
    protocol = trial.protocol.model_dump(exclude=per_member)
    return (
        trial.task.name,
        trial.make_task().inputs,
        trial.make_task().answer,
        trial.cell.name,
        tuple(sorted(trial.cell_step_parameters().items())),
        trial.hidden,
        tuple(sorted(protocol.items())),
        _rule(trial.optimiser),
        trial.precision,
        tile_size(trial),
    )


def program_key(trial: Trial) -> Key:
    """What decides the code of fused updates."""
    task = trial.make_task()
    step = (trial.cell.name, tuple(sorted(trial.cell_step_parameters().items())), trial.hidden)
    return (*step, task.inputs, task.answer, trial.protocol.batch, _rule(trial.optimiser), trial.precision)


def _rule(optimiser: Resolved) -> Key:
    """The optimiser without the numbers that may differ between members."""
    return (optimiser.name, *((k, v) for k, v in sorted(optimiser.parameters.items()) if not isinstance(v, float)))


def in_order(trials: Iterable[Trial]) -> list[Trial]:
    """``trials`` as they are cut into tiles: like lengths together, for little padding, and those of the same data."""
    return sorted(trials, key=lambda trial: (-trial.length, repr(DataKey.of(trial)), trial.seed, trial.id))


def populations(groups: Sequence[Population], *, memory: int, parts: int, cost: Cost) -> list[Population]:
    """Cut ``groups`` to ``memory`` bytes and, as far as tiles allow, 1/``parts`` of the work.

    Most work first, so that processes end together.
    """
    share = sum(map(cost, groups)) / parts
    made = [population for group in groups for population in _split(group, memory, share, cost)]
    return sorted(made, key=cost, reverse=True)


def grouped(trials: Iterable[Trial]) -> list[Population]:
    """Everything that can train together, together."""
    groups: dict[Key, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(key(trial), []).append(trial)
    return [Population(tuple(group)) for group in groups.values()]


def _split(group: Population, memory: int, share: float, cost: Cost) -> list[Population]:
    """Whole tiles, longest first, packed until memory is full, or the share of work as nearly as tiles allow."""
    ordered = in_order(group.trials)
    size = tile_size(ordered[0])
    made: list[Population] = []
    packed: list[Trial] = []
    work, data = 0.0, dict[DataKey, int]()
    for start in range(0, len(ordered), size):
        tile = Population(tuple(ordered[start : start + size]))
        own, its_data = cost(tile), tile.data
        enough = work + own - share > own / 2
        if packed and (enough or activation_bytes(packed[0], size) + sum((data | its_data).values()) > memory):
            made.append(Population(tuple(packed)))
            packed, work, data = [], 0.0, {}
        packed += tile.trials
        work += own
        data |= its_data
    made.append(Population(tuple(packed)))
    return [part for population in made for part in _within(population, memory)]


def _within(population: Population, memory: int) -> list[Population]:
    """Halve until the cost model fits; a single trial is tried whatever it needs."""
    halves = population.halves() if population.memory > memory else None
    return [part for half in halves for part in _within(half, memory)] if halves else [population]
