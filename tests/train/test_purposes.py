"""Real data keeps its splits apart: what a task draws for a purpose is what that purpose gets."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch

from rnnbench.population import activation_bytes
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Features, Purpose, Task
from rnnbench.train.data import DataSource
from rnnbench.train.sampling import complaint_about
from tests.train.conftest import make_trials

MARKS: dict[Purpose, float] = {"train": 1.0, "validation": 2.0, "test": 3.0}
PROTOCOL = {"sequences": 60, "validation": 20, "test": 10, "updates": 5, "batch": 4}


@dataclass(frozen=True, kw_only=True)
class Marked(Task):
    """Inputs say what they were drawn for; sequences are twice as long as asked."""

    name: ClassVar[str] = "latching"
    source = "a test"
    own_splits = True
    inputs = Features(1)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        raise AssertionError("data are drawn for a purpose")

    def draw(self, rng: np.random.Generator, batch: int, length: int, purpose: Purpose) -> Batch:
        inputs: Array = np.full((batch, 2 * length, 1), MARKS[purpose])
        return Batch.at_end(inputs, rng.integers(0, 2, size=batch))

    def steps(self, length: int) -> int:
        return 2 * length


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> type[Task]:
    monkeypatch.setitem(TASKS._classes, "latching", Marked)
    return Marked


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize(("purpose", "count"), [("train", 40), ("validation", 20), ("test", 10)])
def test_each_purpose_gets_its_own(purpose: Purpose, count: int) -> None:
    (trial,) = make_trials(cells=["srnn"], hidden=[1], lengths=[3], repeats=1, protocol=PROTOCOL)
    sequences = DataSource(trial, torch.device("cpu"), torch.float32).sequences(purpose)
    assert sequences.inputs.shape == (6, count, 1)
    assert (sequences.inputs == MARKS[purpose]).all()


@pytest.mark.usefixtures("marked")
def test_a_fresh_stream_is_for_training() -> None:
    protocol = {**PROTOCOL, "data": "fresh"}
    (trial,) = make_trials(cells=["srnn"], hidden=[1], lengths=[3], repeats=1, protocol=protocol)
    sequences, _ = DataSource(trial, torch.device("cpu"), torch.float32).stretch(0, 10)
    assert (sequences.inputs == MARKS["train"]).all()


def test_memory_is_planned_for_the_steps_that_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    (trial,) = make_trials(cells=["srnn"], hidden=[1], lengths=[3], repeats=1, protocol=PROTOCOL)
    plain = activation_bytes(trial, 1)
    monkeypatch.setitem(TASKS._classes, "latching", Marked)
    (longer,) = make_trials(cells=["srnn"], hidden=[1], lengths=[3], repeats=1, protocol=PROTOCOL)
    assert longer.steps == 6
    assert activation_bytes(longer, 1) == 2 * plain


def test_a_class_that_is_no_whole_number_is_refused() -> None:
    inputs = np.zeros((4, 3, 1))
    task = make_trials(cells=["srnn"], hidden=[1], lengths=[3], repeats=1, protocol=PROTOCOL)[0].make_task()
    for classes, told in (
        ([0.0, 1.0, 1.0, 0.0], None),
        ([False, True, True, False], None),
        ([0.0, np.inf, 1.0, 0.0], "targets must be int64 (4, 3), got float32 (4, 3)."),
        ([0.0, 1.5, 1.0, 0.0], "targets must be int64 (4, 3), got float32 (4, 3)."),
    ):
        assert complaint_about(task, Batch.at_end(inputs, np.array(classes)), 4) == told
