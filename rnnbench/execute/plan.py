"""From trials to populations, and how long they will take."""

import math
from collections.abc import Sequence
from functools import partial

from rnnbench.execute.machine import Machine
from rnnbench.population import Population, grouped, populations, program_key
from rnnbench.recurrence.limits import compiles
from rnnbench.trial import Trial

PARTS_PER_JOB = 4
"""Populations a job, at most: few, to share their cost, yet enough that all jobs end together and a dead one loses
little."""
WORTH_A_PROCESS = 2.0
"""Seconds of work that another population must have: its process costs half a second or so."""
SECONDS_PER_STEP = 150e-6
"""Forward and backward pass of one time step of a tile, whatever its size (eager kernel, one core)."""
SECONDS_PER_NUMBER = 120e-9
"""The same for each number in a tile's state."""
SECONDS_PER_UPDATE = 1e-6
"""Around the time steps of a fused update: batch, readout, loss, optimiser, for each member."""
SECONDS_PER_UNIT = 2e-9
"""The time steps of a fused update, for each unit (an LSTM's: four gates and their functions), sequence and step."""
SECONDS_PER_WEIGHT = 0.05e-9
"""The same for each weight, at three quarters of a core's arithmetic limit."""
SECONDS_TO_COMPILE = 5
"""A kernel that is not in the cache."""
SECONDS_PER_LAYER = 2e-3
"""An update of one layer of a model that reads whole sequences, whatever its size."""
SECONDS_PER_ACTIVATION = 2e-9
"""The same for each number that it keeps for the backward pass."""
SECONDS_TO_START = 4.5
SECONDS_PER_PROCESS = 0.7


def plan(trials: Sequence[Trial], machine: Machine) -> list[Population]:
    """Populations of ``trials``, longest first."""
    cost, groups = partial(seconds, machine=machine), grouped(trials)
    work = sum(map(cost, groups))
    parts = max(machine.jobs, min(PARTS_PER_JOB * machine.jobs, math.ceil(work / WORTH_A_PROCESS)))
    return populations(groups, memory=machine.memory_each, parts=parts, cost=cost)


def estimate_seconds(planned: Sequence[Population], machine: Machine) -> float:
    """A rough forecast for a CPU, compilation left out: right within a factor of two or so."""
    costs = [SECONDS_PER_PROCESS + seconds(population, machine) for population in planned]
    return SECONDS_TO_START + max(sum(costs) / machine.jobs, max(costs, default=0.0)) if costs else 0.0


def kernels(planned: Sequence[Population], machine: Machine) -> int:
    """How many programs are compiled for ``planned`` where none is in the cache, at most: some cells cannot be."""
    first = (population.trials[0] for population in planned)
    return len({program_key(trial) for trial in first if trial.by_step and _is_compiled(trial, machine)})


def _is_compiled(trial: Trial, machine: Machine) -> bool:
    shape = (trial.hidden, trial.protocol.batch)
    return compiles(machine.kernel, machine.accelerator, *shape) and trial.precision != "bf16-mixed"


def seconds(population: Population, machine: Machine) -> float:
    """A rough forecast of the training of ``population`` alone."""
    first = population.trials[0]
    layers = first.stacking.layers
    if not first.by_step:
        fixed = SECONDS_PER_LAYER * int(first.cell.parameters.get("layers", 1))
        a_number = SECONDS_PER_ACTIVATION * first.protocol.batch
        update = sum(fixed + a_number * trial.activations(trial.length, 0) for trial in population.trials)
    elif _is_compiled(first, machine):
        weights = layers * 4 * first.hidden * (first.hidden + 2)
        a_sequence = SECONDS_PER_UNIT * layers * first.hidden + SECONDS_PER_WEIGHT * weights
        a_step = a_sequence * first.protocol.batch
        update = sum(SECONDS_PER_UPDATE + a_step * trial.length for trial in population.trials)
    else:
        tiles = sorted((trial.length for trial in population.trials), reverse=True)[:: population.tile]
        numbers = population.tile * first.protocol.batch * first.hidden
        update = layers * (SECONDS_PER_STEP + SECONDS_PER_NUMBER * numbers) * sum(tiles)
    return update * first.protocol.total_updates
