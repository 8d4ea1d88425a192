"""From trials to populations, and how long they will take."""

from collections.abc import Sequence

from rnnbench.execute.options import Options
from rnnbench.population import Population, populations
from rnnbench.trial import Trial

PARTS_PER_JOB = 4
"""Populations a job: few, to share their cost, yet enough that all jobs end together and a dead one loses little."""
SECONDS_PER_STEP = 150e-6
"""Forward and backward pass of one time step of a tile, whatever its size (eager kernel, one core)."""
SECONDS_PER_NUMBER = 120e-9
"""The same for each number in a tile's state."""
SECONDS_PER_PROCESS = 2.0


def plan(trials: Sequence[Trial], options: Options) -> list[Population]:
    """Populations of ``trials``, longest first."""
    settled = options.settled()
    assert settled.jobs is not None, "settled options have jobs"
    return populations(trials, memory=settled.memory_each(), parts=PARTS_PER_JOB * settled.jobs)


def estimate_seconds(planned: Sequence[Population], options: Options) -> float:
    """A rough forecast for the eager kernel on a CPU: right within a factor of two or so."""
    jobs = options.settled().jobs or 1
    costs = [_seconds(population) for population in planned]
    return max(sum(costs) / jobs, max(costs, default=0.0))


def _seconds(population: Population) -> float:
    lengths = sorted((trial.length for trial in population.trials), reverse=True)
    steps = sum(lengths[:: population.tile])
    protocol = population.trials[0].protocol
    numbers = population.tile * protocol.batch * population.trials[0].hidden
    return SECONDS_PER_PROCESS + steps * protocol.total_updates * (SECONDS_PER_STEP + SECONDS_PER_NUMBER * numbers)
