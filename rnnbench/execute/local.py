"""Train trials in processes on this machine, so that whatever happens to one, what is finished is in the store."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait

from rnnbench.execute.child import Broken, Compiles, Done, Fault, Message, Step
from rnnbench.execute.events import Compiling, Event, Finished, Note, Parted, Planned, Progress
from rnnbench.execute.machine import Machine
from rnnbench.execute.no_result import row_without_result
from rnnbench.execute.plan import plan, seconds
from rnnbench.execute.worker import Worker, start
from rnnbench.population import Population
from rnnbench.ran import Ran
from rnnbench.store.row import TrialRow
from rnnbench.store.store import Store
from rnnbench.train.place import Place
from rnnbench.trial import Point, Trial

ENOUGH = 16
"""Trials of a point of the grid that must fail alone, and none succeed, before no other of the point is tried alone."""
UNTRIED = f"(beside others; so failed {ENOUGH} of its task, cell and length alone, and this was not tried alone)"
Watch = Callable[[Event], None]


def run_trials(trials: Sequence[Trial], store: Store, machine: Machine, watch: Watch, *, stored: int = 0) -> None:
    """Train ``trials`` and keep their rows; ``watch`` is told what happens.

    ``stored`` is how many of the grid the store already had. A population that fails is halved until those that fail
    are alone, or what runs out of memory fits. What fails alone becomes an ``error`` row with its reason.
    On KeyboardInterrupt, or when the store cannot be written, the workers are killed and the exception goes on.
    """
    planned = [Portion(population, seconds(population, machine)) for population in plan(trials, machine)]
    watch(_announce(planned, stored))
    if machine.warning:
        watch(Note(machine.warning))
    pool = _Pool(machine, store, watch, planned)
    try:
        pool.run()
    finally:
        pool.kill()


@dataclass(frozen=True)
class Portion:
    """A population and its share of the work that was planned."""

    population: Population
    work: float

    def halves(self) -> "list[Portion]":
        """Two, which share its work by their steps (alone each may take as long as both); none of a single trial."""
        parts, steps = self.population.halves() or (), self.population.steps
        return [Portion(part, self.work * part.steps / steps) for part in parts]


def _announce(planned: Sequence[Portion], stored: int) -> Planned:
    counts = Counter(trial.point for portion in planned for trial in portion.population.trials)
    work = sum(portion.work for portion in planned)
    return Planned(sum(counts.values()), stored, len(planned), tuple(sorted(counts.items())), work)


class _Pool:
    """Workers at work and populations that wait."""

    def __init__(self, machine: Machine, store: Store, watch: Watch, planned: Sequence[Portion]) -> None:
        self._machine, self._store, self._watch = machine, store, watch
        self._waiting = deque(planned)
        self._workers: dict[int, tuple[Worker, Portion]] = {}
        self._started = 0
        self._said: set[str] = set()
        self._alone: Counter[tuple[Point, str]] = Counter()
        """By point and reason, trials that failed with nobody beside them."""
        self._trained: set[Point] = set()
        """Points of which a trial has its result."""

    def run(self) -> None:
        """Until nothing waits and nobody works."""
        while self._waiting or self._workers:
            while self._waiting and len(self._workers) < self._machine.jobs:
                self._start(self._waiting.popleft())
            ready = set(wait([worker.pipe for worker, _ in self._workers.values()]))
            for number, (worker, portion) in list(self._workers.items()):
                if worker.pipe in ready:
                    self._hear(number, worker, portion)

    def kill(self) -> None:
        """End every worker at once."""
        for worker, _ in self._workers.values():
            worker.kill()
        self._workers.clear()

    def _start(self, portion: Portion) -> None:
        busy = [worker.device for worker, _ in self._workers.values()]
        machine = self._machine
        device = min(range(machine.devices), key=busy.count)
        others = len(self._workers) + len(self._waiting)
        threads = max(machine.threads // (1 + others), 1)  # the cores that nobody else will want
        place = Place(machine.accelerator, device, machine.kernel, threads, machine.large_weights)
        self._workers[self._started] = (start(self._started, portion.population, place, machine.plugins), portion)
        self._started += 1

    def _hear(self, number: int, worker: Worker, portion: Portion) -> None:
        message: Message | None
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):  # the latter for half a message too
            message = None
        if isinstance(message, Step):
            updates = portion.population.trials[0].protocol.total_updates
            done = portion.work * message.steps / portion.population.steps
            self._watch(Progress(number, message.update, updates, done, message.means))
            return
        if isinstance(message, Compiles):
            self._watch(Compiling(number, message.cell, message.hidden))
            return
        del self._workers[number]
        worker.close()
        if isinstance(message, Done):
            self._trained.update(trial.point for trial in portion.population.trials)
            self._keep(number, portion, message.rows)
        else:
            self._part(number, portion, message or Broken(f"its process was {worker.died_of}", Fault.KILLED))

    def _part(self, number: int, portion: Portion, broken: Broken) -> None:
        """A failure is that of the trial that causes it: its neighbours are tried without it."""
        trials = portion.population.trials
        halves = [] if self._all_fail(trials, broken) else portion.halves()
        if not halves:
            alone = len(trials) == 1
            self._alone[trials[0].point, broken.reason] += alone
            reason = broken.reason if alone else f"{broken.reason} {UNTRIED}"
            self._keep(number, portion, [row_without_result(trial, "error", reason) for trial in trials])
            return
        self._watch(Parted(number))
        if broken.fault is not Fault.RAISED:
            self._watch(Note(f"population {number} ({len(trials)} trials) is halved: {broken.reason}."))
        self._waiting.extendleft(reversed(halves))

    def _all_fail(self, trials: Sequence[Trial], broken: Broken) -> bool:
        """Whether it need not be found out alone; less memory than all together each may well need alone."""
        points = {trial.point for trial in trials}
        known = all(self._alone[point, broken.reason] >= ENOUGH for point in points)
        return known and broken.fault is not Fault.MEMORY and not points & self._trained

    def _keep(self, number: int, portion: Portion, rows: Sequence[TrialRow]) -> None:
        self._store.add(rows)
        self._watch(Finished(number, tuple(rows), portion.work))
        for ran in {Ran.of(row.kernel or ""): None for row in rows}:
            if ran.reason and ran.reason not in self._said:
                self._said.add(ran.reason)
                self._watch(Note(f"kernel {ran.name}: {ran.reason}."))
