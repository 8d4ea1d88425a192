"""Plug-ins that break their contract are named before anything trains."""

from pathlib import Path

import pytest

from rnnbench.execute.probe import check_plugins
from rnnbench.registry import add_plugin
from rnnbench.trial import Trial
from tests.execute.broken import CELL, TASK
from tests.train.conftest import make_trials

TASKS_BROKEN = {
    "t_shape": ("return Batch(x[:, :-1], y, n, s)", "targets must be int64 (4, 2), got int64 (4, 3)."),
    "t_dtype": ("return Batch(x.astype('f8'), y, n, s)", "inputs must be float32 (4, 3, 1), got float64 (4, 3, 1)."),
    "t_nan": ("x[0, 0] = np.nan; return Batch(x, y, n, s)", "inputs must be finite, got NaN or infinity."),
    "t_class": (
        "return Batch(x, y * 2, n, s)",
        "scored targets must lie in 0..1, got 2..2. The class says how many: answer = Classes(3).",
    ),
    "t_width": (
        "return Batch(np.zeros((batch, length, 2), np.float32), y, n, s)",
        "inputs must be float32 (4, 3, 1), got float32 (4, 3, 2). The class says so: inputs = Features(2).",
    ),
    "t_unscored": ("return Batch(x, y, n, s & False)", "every sequence needs at least one scored position."),
    "t_beyond": ("return Batch(x, y, n - 1, s)", "a scored position lies beyond its sequence's length."),
    "t_lengths": ("return Batch(x, y, n + 1, s)", "lengths must lie in 1..3, got 4..4."),
    "t_none": ("return None", "sample must return a Batch, got NoneType."),
    "t_list": ("return Batch([x], y, n, s)", "inputs must be a numpy array, got list."),
    "t_no_targets": ("return Batch(x, None, n, s)", "targets must be a numpy array, got NoneType."),
}
TASKS_RAISING = {
    "t_raises": ("raise ValueError('odd')", "ValueError: odd"),
    "t_exits": ("raise SystemExit(0)", "SystemExit: 0"),
}
TASKS_MISSTATED = {
    "a_chance": ("chance = 'half'", ": chance must be a finite number, got 'half'."),
    "a_nan": ("chance = float('nan')", ": chance must be a finite number, got nan."),
    "a_table": (
        "chance = np.zeros((3, 3))",
        ": chance must be a finite number, got array([[0., 0., 0.], [0., 0., 0.], [0., 0., 0.]]).",
    ),
    "a_success": ("success = 0.9", ": success must be a Success, got 0.9."),
    "a_inputs": ("inputs = None", ": inputs must be Features or Tokens, got None."),
    "a_answer": ("answer = 2", ": answer must be Classes or Values, got 2."),
    "a_minimum": ("minimum_length = 'x'", ": minimum_length must be a whole number, got 'x'."),
    "a_steps": ("steps = lambda self, length: 'x'", " at length 3: steps must be a whole number ≥ 1, got 'x'."),
    "a_no_steps": ("steps = lambda self, length: 0", " at length 3: steps must be a whole number ≥ 1, got 0."),
    "a_length": ("check_length = lambda self, length: {}['k']", " at length 3 raises KeyError: 'k'"),
    "a_made": ("__post_init__ = lambda self: exit(0)", " raises SystemExit: 0"),
    "a_raises": ("chance = property(lambda self: {}['k'])", " raises KeyError: 'k'"),
}
"""A line of the class, and what is said of it."""
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
        "cell 'c_random' with hidden=2: step must compute the same when called again: it draws random numbers, "
        "or remembers beside its state.",
    ),
    "c_raises": ("raise RuntimeError('odd')", "cell 'c_raises' with hidden=2 raises RuntimeError: odd"),
    "c_exits": ("raise SystemExit(0)", "cell 'c_exits' with hidden=2 raises SystemExit: 0"),
    "c_hook": (
        "h = h + x @ self.w; h.register_hook(lambda g: g); return h, (h,)",
        "cell 'c_hook' with hidden=2 raises RuntimeError: cannot register a hook on a tensor that doesn't require "
        "gradient",
    ),
    "c_input": (
        "return h + x.mul_(2), (h,)",
        "cell 'c_input' with hidden=2: step must leave x and the state as they are: it changes x in place; "
        "compute a new tensor.",
    ),
    "c_in_place": (
        "h.mul_(0.5); return h + x @ self.w, (h + 1,)",
        "cell 'c_in_place' with hidden=2: step must leave x and the state as they are: it changes state 0 in place; "
        "compute a new tensor.",
    ),
}
STATE = "initial_state must return a tuple of tensors, each `batch width`"
CELLS_MISSTATED = {
    "s_none": ("initial_state = lambda self, batch: None", f": {STATE}, got one NoneType."),
    "s_empty": ("initial_state = lambda self, batch: ()", f": {STATE}, got none."),
    "s_float": ("initial_state = lambda self, batch: (0.0,)", f": {STATE}, got one with a float."),
    "s_narrow": (
        "initial_state = lambda self, batch: (torch.zeros(batch, 0),)",
        f": {STATE}, with a batch of 4 and a width of at least 1, got (4, 0).",
    ),
    "s_one": (
        "initial_state = lambda self, batch: (torch.zeros(1, 2),)",
        f": {STATE}, with a batch of 4 and a width of at least 1, got (1, 2).",
    ),
    "s_derive": ("derive = lambda self: exit(0)", " raises SystemExit: 0"),
    "s_start": ("reset_parameters = lambda self, rng: 1 / 0", " raises ZeroDivisionError: division by zero"),
}
"""A line of the class, and what is said of it."""


@pytest.mark.parametrize("name", TASKS_BROKEN)
def test_broken_task_is_named(name: str, tmp_path: Path) -> None:
    body, message = TASKS_BROKEN[name]
    _add(tmp_path, TASK, name, body)
    good = make_trials(lengths=[3])
    kept, complaints = found([*make_trials(tasks=[name], lengths=[3]), *good])
    assert complaints == [f"task {name!r} at length 3: {message}"]
    assert kept == good


@pytest.mark.parametrize("name", TASKS_RAISING)
def test_a_task_that_raises_is_named(name: str, tmp_path: Path) -> None:
    body, message = TASKS_RAISING[name]
    _add(tmp_path, TASK, name, body)
    kept, complaints = found(make_trials(tasks=[name], lengths=[3]))
    assert (kept, complaints) == ([], [f"task {name!r} at length 3 raises {message}"])


@pytest.mark.parametrize("name", TASKS_MISSTATED)
def test_a_task_that_says_wrong_things_of_itself_is_named_and_others_go_on(name: str, tmp_path: Path) -> None:
    line, message = TASKS_MISSTATED[name]
    _add(tmp_path, TASK + f"\n    {line.replace('{', '{{').replace('}', '}}')}\n", name, "return Batch(x, y, n, s)")
    good = make_trials(lengths=[3])
    kept, complaints = found(make_trials(tasks=[name, "latching"], lengths=[3]))
    assert complaints == [f"task {name!r}{message}"]
    assert kept == good


@pytest.mark.parametrize("name", CELLS_MISSTATED)
def test_a_cell_that_cannot_start_is_named(name: str, tmp_path: Path) -> None:
    line, message = CELLS_MISSTATED[name]
    _add(tmp_path, CELL + f"\n    {line}\n", name, "return h, (h,)")
    assert found(make_trials(cells=[name], hidden=[2])) == ([], [f"cell {name!r} with hidden=2{message}"])


def test_what_overflows_in_a_test_draws_no_random_numbers(tmp_path: Path) -> None:
    """Inputs of one are more than the zeros it must bear."""
    _add(tmp_path, CELL, "c_narrow", "return h + torch.where(x[:, :1] > 0, torch.nan, 0.0), (h,)")
    assert not found(make_trials(cells=["c_narrow"], hidden=[2]))[1]


@pytest.mark.parametrize("name", CELLS_BROKEN)
def test_broken_cell_is_named(name: str, tmp_path: Path) -> None:
    body, message = CELLS_BROKEN[name]
    _add(tmp_path, CELL, name, body)
    good = make_trials(hidden=[2])
    kept, complaints = found([*make_trials(cells=[name], hidden=[2]), *good])
    assert complaints == [message]
    assert kept == good


def found(trials: list[Trial]) -> tuple[list[Trial], list[str]]:
    checked = check_plugins(trials)
    return checked.sound, checked.complaints


def _add(folder: Path, template: str, name: str, body: str) -> None:
    path = folder / f"{name}.py"
    path.write_text(template.format(name=name, body=body))
    add_plugin(path)
