"""Train trials in processes on this machine, so that whatever happens to one, what is finished is in the store."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import wait
from typing import Any

from rnnbench.errors import RnnbenchError
from rnnbench.execute.child import Broken, Compiles, Done, Message, Step
from rnnbench.execute.events import Compiling, Event, Finished, Note, Parted, Planned, Progress
from rnnbench.execute.machine import Machine
from rnnbench.execute.plan import plan, seconds
from rnnbench.execute.worker import Worker, start
from rnnbench.population import Population
from rnnbench.posed import make_task
from rnnbench.provenance import git_state, versions
from rnnbench.ran import Ran
from rnnbench.store.row import TrialRow
from rnnbench.store.store import Store
from rnnbench.train.place import Place
from rnnbench.trial import Trial

ENOUGH = 4
"""Trials that must raise an exception alone before it is believed of a population."""
Watch = Callable[[Event], None]


def run_trials(trials: Sequence[Trial], store: Store, machine: Machine, watch: Watch, *, stored: int = 0) -> None:
    """Train ``trials`` and keep their rows; ``watch`` is told what happens.

    ``stored`` is how many of the grid the store already had. A population that runs out of memory is halved until it
    fits; one that is killed from outside is halved once. What still fails becomes an ``error`` row with its reason.
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
    halved: bool = False
    """It is a half of one that was killed, and is not halved again for that."""

    def halves(self, *, halved: bool) -> "list[Portion]":
        """Two, which share its work by their steps (alone each may take as long as both); none of a single trial."""
        parts, steps = self.population.halves() or (), self.population.steps
        return [Portion(part, self.work * part.steps / steps, halved) for part in parts]


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
        self._alone: Counter[str] = Counter()
        """By reason, trials that raised it with nobody beside them."""

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
        except (EOFError, ConnectionError):
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
            self._keep(number, portion, message.rows)
        elif isinstance(message, Broken) and not message.out_of_memory:
            self._part(number, portion, message.reason)
        elif isinstance(message, Broken):
            self._halve(number, portion, message.reason, killed=False)
        else:
            self._halve(number, portion, f"its process was {worker.died_of}", killed=True)

    def _part(self, number: int, portion: Portion, reason: str) -> None:
        """An exception is the error of the trial that raises it: its neighbours are tried without it.

        What was said by ``ENOUGH`` trials alone is believed of the others.
        """
        halves = portion.halves(halved=False) if self._alone[reason] < ENOUGH else []
        if halves:
            self._watch(Parted(number))
            self._waiting.extendleft(reversed(halves))
        else:
            self._alone[reason] += len(portion.population.trials) == 1
            self._keep(number, portion, [error_row(trial, reason) for trial in portion.population.trials])

    def _halve(self, number: int, portion: Portion, reason: str, *, killed: bool) -> None:
        """Give both halves another chance, but one that was killed is halved once."""
        trials = portion.population.trials
        halves = [] if killed and portion.halved else portion.halves(halved=killed)
        if not halves:
            self._keep(number, portion, [error_row(trial, reason) for trial in trials])
            return
        self._watch(Parted(number))
        self._watch(Note(f"population {number} ({len(trials)} trials) is halved: {reason}."))
        self._waiting.extendleft(reversed(halves))

    def _keep(self, number: int, portion: Portion, rows: Sequence[TrialRow]) -> None:
        self._store.add(rows)
        self._watch(Finished(number, tuple(rows), portion.work))
        for ran in {Ran.of(row.kernel or ""): None for row in rows}:
            if ran.reason and ran.reason not in self._said:
                self._said.add(ran.reason)
                self._watch(Note(f"kernel {ran.name}: {ran.reason}."))


def error_row(trial: Trial, reason: str) -> TrialRow:
    """The row of a trial that could not be trained."""
    commit, dirty = git_state()
    return TrialRow(
        **trial.columns(),
        status="error",
        reason=reason,
        **_of_task(trial),
        reported=trial.protocol.reported,
        versions=versions(),
        git_commit=commit,
        git_dirty=dirty,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _of_task(trial: Trial) -> dict[str, Any]:
    """What the row says of its task; nothing where it is the task that fails."""
    try:
        task = make_task(trial.task)
    except RnnbenchError:
        return {}
    return {"metric": task.success.metric, "chance": task.chance, "success_rule": str(task.success)}
