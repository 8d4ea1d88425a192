"""What a run asks of the machine."""

from dataclasses import replace
from importlib.util import find_spec

import pytest
import torch

from rnnbench.errors import RnnbenchError
from rnnbench.execute.options import PROCESS_BYTES, Options
from rnnbench.execute.plan import estimate_seconds, kernels, plan
from tests.train.conftest import make_trials


def test_settled_fills_in_everything() -> None:
    settled = Options(accelerator="cpu").settled()
    assert settled.jobs is not None
    assert settled.jobs >= 1
    assert settled.memory is not None
    assert settled.memory_each() == settled.memory // settled.jobs - PROCESS_BYTES


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
    trials = make_trials(lengths=list(range(2, 60)), repeats=20)
    options = Options(jobs=2, accelerator="cpu", memory=4 * 2**30)
    planned = plan(trials, options)
    assert len(planned) >= 4
    assert [population.steps for population in planned] == sorted((p.steps for p in planned), reverse=True)
    assert sum(len(population.trials) for population in planned) == len(trials)
    assert 0 < estimate_seconds(planned, options) < 600
    assert kernels(planned, options) == 1
    assert kernels(planned, replace(options, kernel="eager")) == 0
