"""Plug-ins that break their contract are named before anything trains."""

from pathlib import Path

import pytest

from rnnbench.execute.check import check_plugins
from rnnbench.registry import add_plugin
from tests.train.conftest import make_trials

TASK = '''
from dataclasses import dataclass
import numpy as np
from rnnbench.registry import TASKS
from rnnbench.task import Batch, Task

@TASKS.register("{name}")
@dataclass(frozen=True, kw_only=True)
class Broken(Task):
    """Wrong in one way."""
    source = "a test"

    def sample(self, rng, batch, length):
        x = rng.normal(size=(batch, length, 1)).astype(np.float32)
        y = np.ones((batch, length), dtype=np.int64)
        n = np.full(batch, length)
        s = np.ones((batch, length), dtype=bool)
        {body}
'''
CELL = '''
import torch
from rnnbench.cell import Cell
from rnnbench.registry import CELLS

@CELLS.register("{name}")
class Broken(Cell):
    """Wrong in one way."""
    source = "a test"

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden)
        self.w = torch.nn.Parameter(torch.empty(inputs, hidden))

    def step(self, x, state):
        (h,) = state
        {body}
'''
TASKS_BROKEN = {
    "t_shape": ("return Batch(x[:, :-1], y, n, s)", "targets must be int64 (4, 2), got int64 (4, 3)."),
    "t_dtype": ("return Batch(x.astype('f8'), y, n, s)", "inputs must be float32 (4, 3, 1), got float64 (4, 3, 1)."),
    "t_nan": ("x[0, 0] = np.nan; return Batch(x, y, n, s)", "inputs must be finite, got NaN or infinity."),
    "t_class": ("return Batch(x, y * 2, n, s)", "scored targets must lie in 0..1, got 2..2."),
    "t_unscored": ("return Batch(x, y, n, s & False)", "every sequence needs at least one scored position."),
    "t_beyond": ("return Batch(x, y, n - 1, s)", "a scored position lies beyond its sequence's length."),
    "t_lengths": ("return Batch(x, y, n + 1, s)", "lengths must lie in 1..3, got 4..4."),
    "t_none": ("return None", "sample must return a Batch, got NoneType."),
}
CELLS_BROKEN = {
    "c_alone": (
        "return torch.tanh(h + x @ self.w)",
        "cell 'c_alone' with hidden=2: step must return the output and the new state, got one Tensor.",
    ),
    "c_three": (
        "return h, (h,), x",
        "cell 'c_three' with hidden=2: step must return the output and the new state, got 3 values.",
    ),
    "c_output": (
        "return torch.cat([h, h], -1), (h,)",
        "cell 'c_output' with hidden=2: step must return an output of shape (4, 2), got (4, 4).",
    ),
    "c_state": (
        "return h, (h[:, :1],)",
        "cell 'c_state' with hidden=2: step must return the state in the shapes of initial_state, (4, 2), got (4, 1).",
    ),
    "c_dtype": (
        "return h.double(), (h,)",
        "cell 'c_dtype' with hidden=2: output must be float32 as the parameters are, got float64.",
    ),
    "c_nan": ("return h / 0, (h,)", "cell 'c_nan' with hidden=2: output is not finite after one step on zeros."),
    "c_random": (
        "return h + torch.rand(1), (h,)",
        "cell 'c_random' with hidden=2: step must compute the same when called again: it draws random numbers.",
    ),
    "c_raises": ("raise RuntimeError('odd')", "cell 'c_raises' with hidden=2 raises RuntimeError: odd"),
}


@pytest.mark.parametrize("name", TASKS_BROKEN)
def test_broken_task_is_named(name: str, tmp_path: Path) -> None:
    body, message = TASKS_BROKEN[name]
    _add(tmp_path, TASK, name, body)
    good = make_trials(lengths=[3])
    kept, complaints = check_plugins([*make_trials(tasks=[name], lengths=[3]), *good])
    assert complaints == [f"task {name!r} at length 3: {message}"]
    assert kept == good


def test_what_overflows_in_a_test_draws_no_random_numbers(tmp_path: Path) -> None:
    """Inputs of one are more than the zeros it must bear."""
    _add(tmp_path, CELL, "c_narrow", "return h + torch.where(x[:, :1] > 0, torch.nan, 0.0), (h,)")
    assert not check_plugins(make_trials(cells=["c_narrow"], hidden=[2]))[1]


@pytest.mark.parametrize("name", CELLS_BROKEN)
def test_broken_cell_is_named(name: str, tmp_path: Path) -> None:
    body, message = CELLS_BROKEN[name]
    _add(tmp_path, CELL, name, body)
    good = make_trials(hidden=[2])
    kept, complaints = check_plugins([*make_trials(cells=[name], hidden=[2]), *good])
    assert complaints == [message]
    assert kept == good


def _add(folder: Path, template: str, name: str, body: str) -> None:
    path = folder / f"{name}.py"
    path.write_text(template.format(name=name, body=body))
    add_plugin(path)
