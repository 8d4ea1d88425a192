"""Units chosen by a budget: against formulas and brute force, in studies, and what is said of those that miss it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.cli.matching import off_budget
from rnnbench.errors import RnnbenchError
from rnnbench.parameters import Resolved, resolve
from rnnbench.parts.stack import build
from rnnbench.recurrence.count import operations
from rnnbench.registry import CELLS, TASKS
from rnnbench.report.flags import Flags
from rnnbench.store.store import Store
from rnnbench.study import Study
from rnnbench.study.budget import Budget
from rnnbench.study.match import matched
from rnnbench.task import Task, Tokens

LATCHING = TASKS["latching"]()


class Embedded(Task):
    """Nine symbols embedded in five numbers, two classes."""

    inputs = Tokens(9, 5)

    def sample(self, *_: object) -> None:  # type: ignore[override]
        raise NotImplementedError


@pytest.mark.parametrize(
    ("text", "what", "amount"),
    [("params=10k", "params", 10_000), ("state=64", "state", 64), ("params = 1.5M", "params", 1_500_000)],
)
def test_budgets_are_read(text: str, what: str, amount: int) -> None:
    assert Budget.parse(text) == Budget(what, amount)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["10k", "params=", "params=0", "params=1.5", "floats=3", "params=10q", "params=2000M"])
def test_what_is_no_budget(text: str) -> None:
    with pytest.raises(RnnbenchError, match="a budget is params=NUMBER or state=NUMBER"):
        Budget.parse(text)


def test_flags_begin_beyond_five_per_cent() -> None:
    budget = Budget("params", 100)
    assert [budget.flag(has) for has in (95, 100, 105, None, float("nan"))] == [""] * 5
    assert (budget.flag(94), budget.flag(106)) == ("params −6.0 %", "params +6.0 %")


FORMULAS: dict[str, tuple[Callable[[int, int], int], Callable[[int], int]]] = {
    "srnn": (lambda i, h: h * (i + h + 2), lambda h: h),
    "lstm": (lambda i, h: 4 * h * (i + h + 2), lambda h: 2 * h),
    "gru:keras2": (lambda i, h: 3 * h * (i + h + 1), lambda h: h),
    "gru:layers=2": (lambda i, h: 3 * h * (i + h + 2) + 3 * h * (2 * h + 2), lambda h: 2 * h),
}
"""Parameters of the cell and numbers of its state, by inputs and units."""


@pytest.mark.parametrize("amount", [1, 30, 97, 1000, 12_345])
@pytest.mark.parametrize("text", FORMULAS)
def test_nearest_by_brute_force(text: str, amount: int) -> None:
    cell = resolve(CELLS, text)
    parameters, state = FORMULAS[text]
    for task, inputs, beside in ((LATCHING, 1, 0), (Embedded(), 5, 9 * 5)):
        wanted = min(range(1, 200), key=lambda h: abs(parameters(inputs, h) + 2 * h + 2 + beside - amount))
        assert matched(cell, task, Budget("params", amount), 3) == wanted
    wanted = min(range(1, 13_000), key=lambda h: abs(state(h) - amount))
    assert matched(cell, LATCHING, Budget("state", amount), 3) == wanted


class Odd(Cell):
    """Units in heads of four, of which 8 and 12 are not to be had; counts how often it is made."""

    name, source, version, made = "odd", "a test", 1, 0

    def __init__(self, inputs: int, hidden: int, *, constant: bool = False) -> None:
        super().__init__(inputs, hidden)
        Odd.made += 1
        if hidden % 4 or hidden in (8, 12):
            raise ValueError("no such number of heads")
        self.constant = constant
        self.w = nn.Parameter(torch.empty(hidden, hidden))

    def initial_state(self, batch: int) -> State:
        return (torch.zeros(batch, 3 if self.constant else self.hidden),)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        return state[0], state


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], Resolved]:
    monkeypatch.setattr(type(CELLS), "__getitem__", lambda *_: Odd)
    Odd.made = 0
    return lambda constant: Resolved("odd", {"constant": constant}, "odd", "1")


@pytest.mark.parametrize(("amount", "units"), [(1, 4), (9, 4), (11, 16), (17, 16), (1001, 1000), (4, 4), (15, 16)])
def test_sizes_that_cannot_be_had_are_passed_over(odd: Callable[[bool], Resolved], amount: int, units: int) -> None:
    assert matched(odd(False), LATCHING, Budget("state", amount), 3) == units
    assert Odd.made < 150


def test_a_budget_out_of_reach_is_refused(odd: Callable[[bool], Resolved]) -> None:
    with pytest.raises(RnnbenchError, match=r"no size of odd has state=64: with \d+ units it has 3\. Leave it out"):
        matched(odd(True), LATCHING, Budget("state", 64), 3)


def study(**changes: object) -> Study:
    content = {"name": "x", "tasks": ["latching"], "lengths": [3], "repeats": 1, "protocol": {"updates": 6}}
    return Study.model_validate(content | {"cells": ["srnn", "lstm"]} | changes)


def test_a_trial_is_of_the_size_not_of_the_budget() -> None:
    by_budget = study(match="state=8").trials()
    assert [(trial.cell.name, trial.hidden) for trial in by_budget] == [("srnn", 8), ("lstm", 4)]
    by_size = {trial.id for trial in study(hidden=[4, 8]).trials()}
    assert {trial.id for trial in by_budget} < by_size


def test_size_and_budget_together_are_refused() -> None:
    with pytest.raises(ValueError, match=r"give either hidden or match, got hidden=\[2\] and match=params=9"):
        study(match="params=9", hidden=[2])


def test_the_run_and_the_tables_name_what_is_off() -> None:
    table = pd.DataFrame({
        "task": ["latching"] * 3, "cell": ["srnn", "lstm", "lstm"], "hidden": [7, 3, 3], "length": [3, 3, 9],
        "parameters": [103.0, 80.0, float("nan")],
    })  # fmt: skip
    assert list(off_budget(study(match="params=100"), table)) == [
        "off the budget by more than 5 %: lstm on latching with 3 units has 80 of 100 (params −20.0 %)."
    ]
    assert list(off_budget(study(), table)) == []
    flags = Flags.of(table, Budget("params", 100))
    rows = table.drop(columns="parameters").to_dict("records")
    assert [flags.beside("it", row) for row in rows] == ["it", "it (params −20.0 %)", "it"]
    assert flags.beside("it", {"parameters": 106}) == "it (params +6.0 %)"


@pytest.mark.parametrize(("inputs", "hidden"), [(1, 1), (2, 4), (3, 16)])
def test_operations_by_hand(inputs: int, hidden: int) -> None:
    """Products in multiply-adds, then biases and functions, one for each unit."""
    pointwise = {"srnn": 1 + 2 + 1, "lstm": 4 * (1 + 2) + 3 + 2 + 4}
    for name, gates in (("srnn", 1), ("lstm", 4)):
        cell: Cell = CELLS[name](inputs, hidden)
        assert operations(cell, 1) == gates * hidden * (inputs + hidden) + pointwise[name] * hidden
        stacked = build(CELLS[name], inputs, hidden, {"layers": 2})
        assert operations(stacked, 1) == (operations(cell, 1) or 0) + (operations(CELLS[name](hidden, hidden), 1) or 0)


class Decaying(Cell):
    """What depends on weights alone is not counted; a cell that looks at its data is not traced."""

    name, source = "decaying", "a test"

    def __init__(self, inputs: int, hidden: int, *, looks: bool = False) -> None:
        super().__init__(inputs, hidden)
        self.looks, self.w = looks, nn.Parameter(torch.zeros(hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h = torch.exp(-torch.exp(self.w)) * state[0] + x.sum(1, keepdim=True)
        return (h if not self.looks or h.sum() > 0 else -h), (h,)


def test_only_what_is_done_at_every_step_is_counted() -> None:
    assert operations(Decaying(5, 40), 1) == 40 + 4 + 40
    assert operations(Decaying(5, 7, looks=True), 1) is None


def test_a_store_from_before_operations(tmp_path: Path) -> None:
    from rnnbench.store.schema import APPLICATION_ID, MIGRATIONS

    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript(MIGRATIONS[0])
        old.executescript(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;")
        old.execute(
            "INSERT INTO trials (trial, spec, task, cell, hidden, length, seed, status) "
            "VALUES ('0', '{}', 'latching', 'srnn', 1, 3, 0, 'ok')"
        )
    old.close()
    for create in (False, True):  # read as it is, then migrated
        with Store(path, create=create) as store:
            table = store.trials()
        assert table["operations"].tolist() == [None]
        assert table["hidden"].tolist() == [1]
