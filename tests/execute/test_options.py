"""What a run asks of the machine."""

from dataclasses import replace
from importlib.util import find_spec
from operator import attrgetter

import pytest
import torch

from rnnbench.data_key import DataKey
from rnnbench.errors import RnnbenchError
from rnnbench.execute.machine import PROCESS_BYTES
from rnnbench.execute.options import Options, cores
from rnnbench.execute.plan import estimate_seconds, kernels, plan, seconds
from rnnbench.population import grouped, populations
from rnnbench.train.fit import make_tiles
from tests.train.conftest import make_trials


def test_settled_fills_in_everything() -> None:
    machine = Options(accelerator="cpu").settled()
    assert (machine.jobs, machine.threads) == (cores(), cores())
    assert machine.memory_each == machine.memory // machine.jobs - PROCESS_BYTES


def test_who_asks_for_jobs_gets_no_more_threads() -> None:
    assert Options(accelerator="cpu", jobs=3).settled().threads == 1


def test_devices_are_counted_whether_or_not_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import pytorch_lightning.accelerators as lightning

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(lightning.CUDAAccelerator, "is_available", staticmethod(lambda: True))
    monkeypatch.setattr(lightning.CUDAAccelerator, "auto_device_count", staticmethod(lambda: 1))
    for accelerator in ("auto", "cuda"):
        with pytest.raises(RnnbenchError) as error:
            Options(accelerator=accelerator, devices=4).settled()
        assert str(error.value) == "--devices 4: this machine has 1 of cuda."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(jobs=0), "--jobs must be at least 1, got 0."),
        (Options(devices=-1), "--devices must be at least 1, got -1."),
        (Options(accelerator="cpu", devices=5), "--devices counts accelerators, got 5 with cpu: use --jobs 5."),
        (
            Options(kernel="trition"),
            "unknown kernel 'trition'. Did you mean 'triton'? Known kernels: auto, eager, numba, triton.",
        ),
        (
            Options(accelerator="cdua"),
            "unknown accelerator 'cdua'. Did you mean 'cuda'? Known accelerators: auto, cpu, cuda, gpu, mps, tpu.",
        ),
    ],
)
def test_refused(options: Options, message: str) -> None:
    with pytest.raises(RnnbenchError) as error:
        options.settled()
    assert str(error.value) == message


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_an_absent_accelerator_is_never_replaced() -> None:
    with pytest.raises(RnnbenchError) as error:
        Options(accelerator="cuda").settled()
    assert str(error.value) == "--accelerator cuda: this machine has none. Use --accelerator auto or cpu."


@pytest.mark.skipif(find_spec("triton") is None, reason="no triton")
def test_triton_wants_cuda_or_its_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    options = Options(kernel="triton", accelerator="cpu")
    with pytest.raises(RnnbenchError) as error:
        options.settled()
    assert str(error.value) == (
        "--kernel triton runs on CUDA, not on cpu: use --kernel auto"
        " (or, for a test, set TRITON_INTERPRET=1 and add --accelerator cpu)."
    )
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    assert options.settled().accelerator == "cpu"


def test_triton_must_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnbench.execute.options.find_spec", lambda name: None)
    with pytest.raises(RnnbenchError) as error:
        Options(kernel="triton", accelerator="cpu").settled()
    assert str(error.value) == ("--kernel triton: triton is not installed. Use --kernel auto, or pip install triton.")


def test_plan_spreads_work_over_jobs() -> None:
    trials = make_trials(lengths=list(range(2, 60)), repeats=20, protocol={"updates": 5000})
    machine = Options(jobs=2, accelerator="cpu", memory=4 * 2**30).settled()
    planned = plan(trials, machine)
    assert 6 <= len(planned) <= 8
    assert sum(len(population.trials) for population in planned) == len(trials)
    assert 0 < estimate_seconds(planned, machine) < 600
    assert kernels(planned, machine) == 1
    assert kernels(planned, replace(machine, kernel="eager")) == 0


def test_what_takes_longest_comes_first() -> None:
    """Time counts, not steps: few models of 32 units before many of one, and in more parts."""
    machine = Options(jobs=2, accelerator="cpu", memory=4 * 2**30).settled()
    small = make_trials(cells=["srnn"], hidden=[1], lengths=[40], repeats=640, protocol={"updates": 2000})
    large = make_trials(cells=["lstm"], hidden=[32], lengths=[20], repeats=256, protocol={"updates": 2000})
    planned = plan([*small, *large], machine)
    hidden = [population.trials[0].hidden for population in planned]
    assert hidden == sorted(hidden, reverse=True)
    assert hidden.count(32) > hidden.count(1) > 0
    costs = [seconds(population, machine) for population in planned]
    assert costs == sorted(costs, reverse=True)


def test_a_population_is_worth_its_process() -> None:
    """1,024 models of a tenth of a second of work in all are two populations for two jobs, of as many tiles each."""
    trials = make_trials(cells=["srnn"], hidden=[1], lengths=[10], repeats=1024)
    machine = Options(jobs=2, accelerator="cpu", memory=4 * 2**30).settled()
    assert [len(population.trials) for population in plan(trials, machine)] == [512, 512]
    more = make_trials(cells=["srnn"], hidden=[1], lengths=[10], repeats=1000)
    assert [len(population.trials) for population in plan(more, machine)] == [512, 488], "to the nearest tile"


def test_tiles_are_trained_as_they_are_planned() -> None:
    """Each with those that meet the same data: what they need at a time is what the plan counted."""
    trials = make_trials(cells=["srnn"], hidden=[1], lengths=[10], repeats=40, protocol={"data_seed": list(range(8))})
    (population,) = populations(grouped(trials), memory=2**40, parts=1, cost=attrgetter("steps"))
    planned = [population.trials[start : start + population.tile] for start in range(0, len(trials), population.tile)]
    made = [tile.trials for tile in make_tiles(population.trials, "cpu", "eager")]
    assert made == [list(tile) for tile in planned]
    assert [len({DataKey.of(trial) for trial in tile}) for tile in made] == [4, 4, 2]
