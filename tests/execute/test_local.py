"""Promise 4: nothing is lost, whatever happens to a worker, the parent or the store."""

import os
import signal
import struct
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
import pytest

from rnnbench.errors import StoreError
from rnnbench.execute.events import Event, Finished, Note, Planned, Progress
from rnnbench.execute.local import ENOUGH, UNTRIED, run_trials
from rnnbench.execute.machine import Machine
from rnnbench.execute.no_result import row_without_result
from rnnbench.execute.options import Options
from rnnbench.execute.plan import seconds
from rnnbench.execute.worker import Worker, start, undisturbed
from rnnbench.population import Population
from rnnbench.registry import add_plugin
from rnnbench.store.store import Store
from rnnbench.study import Study
from rnnbench.train.place import Place
from rnnbench.trial import Point, Trial
from tests.train.conftest import make_trials
from tests.train.rows import COMPANY

FAULTY = '''
import os, signal
from dataclasses import dataclass
import numpy as np
from rnnbench.registry import TASKS
from rnnbench.task import Batch, Task

@TASKS.register("{name}")
@dataclass(frozen=True, kw_only=True)
class Faulty(Task):
    """Breaks its process in the way its name says, as often as it is told."""
    source = "a test"
    folder: str
    times: int = 1

    def sample(self, rng, batch, length):
        try:
            os.close(os.open(f"{{self.folder}}/{{len(os.listdir(self.folder))}}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass
        if len(os.listdir(self.folder)) <= self.times:
            {fault}
        x = rng.normal(size=(batch, length, 1))
        return Batch.at_end(x, x[:, 0, 0] > 0)
'''


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite", create=True)


def faulty(tmp_path: Path, name: str, fault: str, times: int) -> tuple[list[Trial], Machine]:
    """Four trials of a task that does ``fault`` the first ``times`` times it is sampled."""
    plugin = tmp_path / f"{name}.py"
    plugin.write_text(FAULTY.format(name=name, fault=fault))
    add_plugin(plugin)
    folder = tmp_path / "times"
    folder.mkdir()
    trials = make_trials(tasks=[f"{name}[folder={folder},times={times}]"], lengths=[3], repeats=4)
    return trials, Options(jobs=1, accelerator="cpu", plugins=(plugin,)).settled()


def watch_all(trials: list[Trial], store: Store, machine: Machine) -> list[Event]:
    events: list[Event] = []
    run_trials(trials, store, machine, events.append)
    return events


def test_events_and_rows(store: Store) -> None:
    trials = make_trials(cells=["srnn", "gru"])
    machine = Options(jobs=2, accelerator="cpu").settled()
    events = watch_all(trials, store, machine)
    task = trials[0].task.label
    points = tuple((Point(task, cell, length), 3) for cell in ("gru", "srnn") for length in (3, 7))
    each = seconds(Population(tuple(trials[:6])), machine)
    assert isinstance(events[0], Planned)
    assert events[0].work == pytest.approx(2 * each)
    assert events[0] == Planned(12, 0, 2, points, events[0].work)
    assert sum(len(event.rows) for event in events if isinstance(event, Finished)) == 12
    last = {event.population: event for event in events if isinstance(event, Progress)}
    assert [event.work for event in last.values()] == pytest.approx([each, each])
    assert [event.work for event in events if isinstance(event, Finished)] == pytest.approx([each, each])
    assert set(store.trials().status) == {"ok"}
    assert store.finished() == {trial.id for trial in trials}


def test_kernels_that_no_gpu_has_run_are_told_of(store: Store) -> None:
    machine = replace(Options(accelerator="cpu").settled(), accelerator="cuda")
    events: list[Event] = []
    run_trials([], store, machine, events.append)
    told = "kernels for CUDA have run in Triton's interpreter only, on no GPU yet: compare with --kernel eager."
    assert events[1:] == [Note(told)]
    assert replace(machine, kernel="eager").warning == replace(machine, accelerator="cpu").warning == ""


def test_the_last_populations_share_the_cores(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two populations one at a time, the first leaves half of them to the other, which then gets them all."""
    threads: list[int] = []

    def noted(number: int, population: Population, place: Place, plugins: Sequence[Path]) -> Worker:
        threads.append(place.threads)
        return start(number, population, place, plugins)

    monkeypatch.setattr("rnnbench.execute.local.start", noted)
    machine = replace(Options(accelerator="cpu").settled(), jobs=1, threads=4)
    watch_all(make_trials(cells=["srnn", "gru"]), store, machine)
    assert threads == [2, 4]
    assert set(store.trials().status) == {"ok"}


def test_a_worker_killed_once_costs_nothing(tmp_path: Path, store: Store) -> None:
    trials, machine = faulty(tmp_path, "killed_once", "os.kill(os.getpid(), signal.SIGKILL)", times=1)
    events = watch_all(trials, store, machine)
    notes = [event.text for event in events if isinstance(event, Note)]
    assert notes == ["population 0 (4 trials) is halved: its process was killed by signal 9."]
    assert set(store.trials().status) == {"ok"}


def test_a_worker_killed_again_becomes_error_rows(tmp_path: Path, store: Store) -> None:
    trials, machine = faulty(tmp_path, "killed_always", "os.kill(os.getpid(), signal.SIGKILL)", times=10**6)
    watch_all(trials, store, machine)
    table = store.trials()
    assert set(zip(table.status, table.reason, strict=True)) == {("error", "its process was killed by signal 9")}
    assert len(table) == 4
    assert store.finished() == set()


def test_out_of_memory_halves_until_it_fits(tmp_path: Path, store: Store) -> None:
    trials, machine = faulty(tmp_path, "hungry", 'raise MemoryError("can\'t allocate memory")', times=3)
    events = watch_all(trials, store, machine)
    notes = [event.text for event in events if isinstance(event, Note)]
    assert notes[0] == "population 0 (4 trials) is halved: MemoryError: can't allocate memory."
    assert len(notes) == 2
    assert isinstance(events[0], Planned)
    finished = [event.work for event in events if isinstance(event, Finished)]
    assert len(finished) > 1
    assert sum(finished) == pytest.approx(events[0].work), "what was planned, though halves take as long as a whole"
    assert store.trials().status.tolist().count("ok") == 3  # a single trial that does not fit is an error
    assert store.trials().status.tolist().count("error") == 1


def test_a_task_that_raises_is_an_error_row_and_others_go_on(tmp_path: Path, store: Store) -> None:
    trials, machine = faulty(tmp_path, "raising", 'raise ValueError("no such luck")', times=10**6)
    watch_all([*trials, *make_trials(lengths=[3])], store, machine)
    table = store.trials().groupby(["status", "reason"]).size().to_dict()
    assert table == {("error", "ValueError: no such luck"): 4, ("ok", ""): 3}


def test_a_task_that_exits_while_it_trains_is_an_error_row(tmp_path: Path, store: Store) -> None:
    trials, machine = faulty(tmp_path, "leaving", "raise SystemExit(0)", times=10**6)
    watch_all(trials, store, machine)
    assert store.trials().groupby(["status", "reason"]).size().to_dict() == {("error", "SystemExit: 0"): 4}


@pytest.mark.parametrize("line", ["success = 0.9", "chance = property(lambda self: 1 / 0)", "chance = 'half'"])
def test_an_error_row_bears_a_task_that_says_wrong_things_of_itself(line: str, tmp_path: Path) -> None:
    name = f"silent_{len(line)}"
    (tmp_path / f"{name}.py").write_text(FAULTY.format(name=name, fault="pass") + f"\n    {line}\n")
    add_plugin(tmp_path / f"{name}.py")
    (trial,) = make_trials(tasks=[f"{name}[folder=x]"], lengths=[3], repeats=1)
    row = row_without_result(trial, "error", "why")
    assert (row.status, row.reason, row.metric, row.chance, row.success_rule) == ("error", "why", None, None, None)


@pytest.mark.parametrize("chance", ["Fraction(1, 3)", "np.float32(1 / 3)"])
def test_any_number_will_do_for_chance(chance: str, tmp_path: Path, store: Store) -> None:
    """Stored as it is, a fraction ended the run and a number of numpy's was bytes."""
    name = f"odd_{len(chance)}"
    code = FAULTY.format(name=name, fault="pass") + f"\n    chance = {chance}\n"
    (tmp_path / f"{name}.py").write_text(f"from fractions import Fraction\n{code}")
    add_plugin(tmp_path / f"{name}.py")
    trials = make_trials(tasks=[f"{name}[folder={tmp_path},times=0]"], lengths=[3], repeats=1)
    watch_all(trials, store, Options(accelerator="cpu", plugins=(tmp_path / f"{name}.py",)).settled())
    (kept,) = store.trials().chance
    assert kept == pytest.approx(1 / 3)


def test_a_trial_that_raises_is_alone_with_it(tmp_path: Path, store: Store) -> None:
    """One population of two lengths, of which one cannot be drawn."""
    trials, machine = faulty(tmp_path, "unlucky", 'assert length <= 7, "bad luck"', times=10**6)
    told = trials[0].task.text
    watch_all(make_trials(tasks=[told], lengths=[5, 10], repeats=12), store, machine)
    table = store.trials().groupby(["length", "status", "reason"]).size().to_dict()
    assert table == {(5, "ok", ""): 12, (10, "error", "AssertionError: bad luck"): 12}


FATEFUL = """
import os, signal
from dataclasses import dataclass
from rnnbench.registry import TASKS
from rnnbench.task import Batch, Task

@TASKS.register("{name}")
@dataclass(frozen=True, kw_only=True)
class Fateful(Task):
    \"\"\"Some draws end badly: which ones is decided by the seed.\"\"\"
    source = "a test"

    def sample(self, rng, batch, length):
        if rng.integers(8) == 0:
            {fault}
        x = rng.normal(size=(batch, length, 1))
        return Batch.at_end(x, x[:, 0, 0] > 0)
"""


@pytest.mark.parametrize("name", ["fateful_raise", "fateful_kill"])
def test_seeds_that_fail_take_no_other_with_them(name: str, tmp_path: Path, store: Store) -> None:
    """Several of a point, whose others train: each has the status that it has alone."""
    fault = "raise ValueError('one in eight')" if name.endswith("raise") else "os.kill(os.getpid(), signal.SIGKILL)"
    plugin = tmp_path / f"{name}.py"
    plugin.write_text(FATEFUL.format(name=name, fault=fault))
    add_plugin(plugin)
    machine = Options(jobs=1, accelerator="cpu", plugins=(plugin,)).settled()
    many = make_trials(tasks=[name], lengths=[3], repeats=10, protocol={"dataset": "per_seed", "updates": 2})
    watch_all(many, store, machine)
    failed = set(store.trials().query("status == 'error'").seed)
    assert 1 < len(failed) < 9, "the same ones wherever this is run"
    alone = Store(tmp_path / "alone.sqlite", create=True)
    for trial in many:
        watch_all([trial], alone, machine)
    assert failed == set(alone.trials().query("status == 'error'").seed)


def test_where_many_fail_alone_the_others_are_not_tried_alone_and_say_so(tmp_path: Path, store: Store) -> None:
    trials, machine = faulty(tmp_path, "hopeless", "raise ValueError('never')", times=10**6)
    watch_all(make_trials(tasks=[trials[0].task.text], lengths=[3], repeats=ENOUGH + 4), store, machine)
    reasons = store.trials().reason.value_counts().to_dict()
    assert reasons.pop("ValueError: never") >= ENOUGH
    assert list(reasons) == [f"ValueError: never {UNTRIED}"]


def test_half_a_message_is_a_killed_worker(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while it sends its rows: what comes is the length and not all of what should follow."""
    begun: list[Worker] = []

    def cut_short(*arguments: Any) -> Worker:
        worker = start(*arguments)
        if not begun:
            worker.process.kill()
            worker.process.join()
            reader, writer = os.pipe()
            os.write(writer, struct.pack("!i", 1000) + b"half")
            os.close(writer)
            worker = replace(worker, pipe=Connection(reader, writable=False))
        begun.append(worker)
        return worker

    monkeypatch.setattr("rnnbench.execute.local.start", cut_short)
    events = watch_all(make_trials(lengths=[3], repeats=4), store, Options(jobs=1, accelerator="cpu").settled())
    notes = [event.text for event in events if isinstance(event, Note)]
    assert notes == ["population 0 (4 trials) is halved: its process was killed by signal 9."]
    assert store.trials().status.tolist() == ["ok"] * 4


def test_a_store_that_fails_ends_the_run_and_the_workers(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Store, rows: object) -> None:
        raise StoreError("disk is full")

    monkeypatch.setattr(Store, "add", full)
    with pytest.raises(StoreError, match="disk is full"):
        watch_all(make_trials(cells=["srnn", "gru"]), store, Options(jobs=2, accelerator="cpu").settled())
    assert not _workers()


def test_interrupt_ends_workers_within_two_seconds(store: Store) -> None:
    def interrupt(event: Event) -> None:
        if isinstance(event, Progress):
            interrupted.append(time.monotonic())
            raise KeyboardInterrupt

    interrupted: list[float] = []
    with pytest.raises(KeyboardInterrupt):
        run_trials(make_trials(cells=["srnn", "gru"]), store, Options(jobs=2, accelerator="cpu").settled(), interrupt)
    assert time.monotonic() - interrupted[0] < 2
    assert not _workers()


def test_ctrl_c_waits_until_a_process_is_started() -> None:
    done: list[bool] = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # where tests are in the background it is ignored

    def begin() -> None:
        with undisturbed():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
            done.append(True)

    try:
        with pytest.raises(KeyboardInterrupt):
            begin()
        assert done
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)


def _workers() -> list[psutil.Process]:
    """Workers of this process that still live; the fork server and the resource tracker are none."""
    server = [child for child in psutil.Process().children() if "forkserver" in " ".join(child.cmdline())]
    return [child for process in server for child in process.children() if child.status() != psutil.STATUS_ZOMBIE]


SCRIPT = """
    import sys
    from pathlib import Path
    from rnnbench.execute.events import Finished
    from rnnbench.execute.local import ENOUGH, UNTRIED, run_trials
    from rnnbench.execute.options import Options
    from rnnbench.store.store import Store
    from rnnbench.study import Study

    if __name__ == "__main__":
        study = Study.model_validate_json(Path(sys.argv[1]).read_text())
        with Store(Path(sys.argv[2]), create=True) as store:
            trials = [trial for trial in study.trials() if trial.id not in store.finished()]
            run_trials(trials, store, Options(jobs=1, accelerator="cpu").settled(),
                       lambda event: print("finished", flush=True) if isinstance(event, Finished) else None)
"""


def test_kill_9_and_resume_gives_the_undisturbed_table(tmp_path: Path) -> None:
    study = Study(
        name="interrupted",
        tasks=["latching"],
        cells=["srnn:keras2", "lstm:keras2"],
        lengths=[4, 6],
        repeats=2,
        protocol={
            "sequences": 100,
            "validation": 20,
            "test": 20,
            "updates": 40,
            "interval": 10,
            "clip": ["none", "norm"],
        },
    )
    script, spec = tmp_path / "script.py", tmp_path / "study.json"
    script.write_text(textwrap.dedent(SCRIPT))
    spec.write_text(study.model_dump_json())
    broken, whole = tmp_path / "broken.sqlite", tmp_path / "whole.sqlite"
    command = [sys.executable, str(script), str(spec)]
    process = subprocess.Popen([*command, str(broken)], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"finished\n"
    process.kill()
    process.wait()
    process.stdout.close()
    with Store(broken) as store:
        assert 0 < len(store.trials()) < len(study.trials())
    _nobody_left(process.pid)
    subprocess.run([*command, str(broken)], check=True, stdout=subprocess.DEVNULL)
    with Store(whole, create=True) as store:
        watch_all(study.trials(), store, Options(jobs=1, accelerator="cpu").settled())
    aside = [*COMPANY, "git_commit", "git_dirty"]  # the tree may change while a test runs
    with Store(broken) as first, Store(whole) as second:
        mended, undisturbed = (item.trials(weights=True).drop(columns=aside) for item in (first, second))
    assert len(mended) == len(study.trials())
    assert mended.equals(undisturbed)


def _nobody_left(session: int) -> None:
    """Every process of the killed run's session ends by itself."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not [pid for pid in psutil.pids() if _session_of(pid) == session]:
            return
        time.sleep(0.1)
    raise AssertionError("a worker outlived its parent")


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid) if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE else -1
    except (ProcessLookupError, psutil.NoSuchProcess):
        return -1
