"""Every check fails for the mistake that it is there for: a good task and a good cell, spoilt in one place each."""

from pathlib import Path

import pytest

from rnnbench.check import check
from rnnbench.check.cell_subject import CellSubject
from rnnbench.check.cells import CELL_CHECKS
from rnnbench.check.finding import Failure, Finding, attempt
from rnnbench.check.task_subject import TaskSubject
from rnnbench.check.tasks import TASK_CHECKS
from rnnbench.registry import add_plugin
from tests.check.test_bad import PLANTED

TASK = '''
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
import random
import numpy as np
from pydantic import Field
from rnnbench.errors import RnnbenchError
from rnnbench.registry import TASKS
from rnnbench.task import Batch, Classes, Small, Success, Task, Tokens, Values

@TASKS.register("spoilt")
@dataclass(frozen=True, kw_only=True)
class Spoilt(Task):
    """Which symbol came first?"""
    source = "a test"
    guessing = "1/4"
    minimum_length = 2
    presets = {"many": {"symbols": 9}}
    symbols: Annotated[int, Field(ge=2)] = 4
    inputs = property(lambda self: Tokens(self.symbols))
    answer = property(lambda self: Classes(self.symbols))

    def sample(self, rng, batch, length):
        tokens = rng.integers(0, self.symbols, size=(batch, length))
        lengths = rng.integers(2, length + 1, size=batch)
        tokens[np.arange(length) >= lengths[:, None]] = 0
        return Batch.at(tokens, tokens[:, :1] + 0 * tokens, np.arange(length) == lengths[:, None] - 1, lengths)

    def solve(self, inputs):
        return inputs[:, 0]

    def memoryless(self, length):
        return 1 / self.symbols
'''
CELL = '''
import numpy as np
import torch
from torch import nn
from rnnbench.cell import Cell, assign
from rnnbench.errors import RnnbenchError
from rnnbench.registry import CELLS

@CELLS.register("spoilt")
class Spoilt(Cell):
    """h' = tanh(x W + h U)."""
    source = "a test"
    initialisation = frozenset({"gain"})

    def __init__(self, inputs: int, hidden: int, *, gain: float = 1.0, leak: float = 0.0) -> None:
        super().__init__(inputs, hidden)
        self.gain, self.leak = gain, leak
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u = nn.Parameter(torch.empty(hidden, hidden))

    def reset_parameters(self, rng):
        assign(self.w, self.gain * rng.normal(size=self.w.shape))
        assign(self.u, self.gain * rng.normal(size=self.u.shape))

    def step(self, x, state):
        (h,) = state
        h = self.leak * h + torch.tanh(x @ self.w + h @ self.u)
        return h, (h,)
'''
SPOILT: list[tuple[str, str, str, str, str]] = [
    # base, what is replaced, by what, the check that fails, the defect
    (TASK, '"""Which symbol came first?"""', "pass", "description", "missing description"),
    (TASK, 'source = "a test"', 'source = ""', "description", "missing source"),
    (TASK, 'source = "a test"', 'source = "a test"; kind = "fun"', "description", "unknown kind"),
    (TASK, 'source = "a test"', 'source = "a test"; success = Success("mse", 0.1)', "description", "wrong metric"),
    (TASK, 'source = "a test"', 'source = "a test"; small = Small(length=1)', "description", "wrong small shape"),
    (TASK, '{"symbols": 9}', '{"symbols": 1}', "description", "wrong presets"),
    (TASK, 'source = "a test"', 'source = "a test"; preset_sources = {"few": "x"}', "description", "wrong presets"),
    (TASK, "def solve", "def check_length(self, length): pass\n\n    def solve", "refusals", "missing refusal"),
    (TASK, "minimum_length = 2", "minimum_length = 1", "refusals", "late refusal"),
    (TASK, "def solve", "def check_length(self, length):\n        if length < 2: raise RnnbenchError('no\\nno')\n\n"
     "    def solve", "refusals", "wordy refusal"),
    (TASK, "        tokens[np.arange(length) >= lengths[:, None]] = 0\n", "", "contract", "broken batch"),
    (TASK, "rng.integers(0, self.symbols,", "rng.integers(0, self.symbols + 1,", "contract", "broken batch"),
    (TASK, "tokens = rng", "np.random.random(); tokens = rng", "seeding", "global randomness"),
    (TASK, "tokens = rng", "random.random(); tokens = rng", "seeding", "global randomness"),
    (TASK, "tokens = rng", "rng = np.random.default_rng(); tokens = rng", "seeding", "impure sample"),
    (TASK, "tokens = rng", "rng = np.random.default_rng(1); tokens = rng", "seeding", "ignored seed"),
    (TASK, "tokens = rng", "rng.random(hash('x') % 97); tokens = rng", "process", "dependence on the process"),
    (TASK, "def solve", "def steps(self, length): return length - 1\n\n    def solve", "length", "ignored length"),
    (TASK, "return inputs[:, 0]", "inputs[:, 1] += 1; return inputs[:, 0]", "oracle", "impure oracle"),
    (TASK, "return inputs[:, 0]", "return inputs[:, :2]", "oracle", "wrong oracle"),
    (TASK, "def solve", "oracle_accuracy = 0.9\n\n    def solve", "oracle", "wrong oracle"),
    (TASK, "def solve", "chance = 0.5\n\n    def solve", "chance", "wrong chance"),
    (TASK, 'guessing = "1/4"', 'guessing = "1/5"', "guessing", "wrong guessing"),
    (TASK, 'guessing = "1/4"', 'guessing = "a quarter"', "guessing", "wrong guessing"),
    (TASK, "def solve", "class_balance = (0.4, 0.2, 0.2, 0.2)\n\n    def solve", "balance", "wrong balance"),
    (TASK, "def solve", "class_balance = (0.5, 0.5)\n\n    def solve", "balance", "wrong balance"),
    (TASK, "return 1 / self.symbols", "return 0.9", "memoryless", "wrong memoryless level"),
    (TASK, "rng.integers(2, length + 1,", "rng.integers(1, length + 1,", "memoryless", "wrong memoryless level"),
    (TASK, "symbols: Annotated", "spare: float = 1.0; symbols: Annotated", "parameters", "silently ignored parameter"),
    (TASK, "def solve", "def __post_init__(self): assert self.symbols != 3\n\n    def solve",
     "parameters", "exception"),
    (CELL, 'source = "a test"', 'source = "a test"; kind = "fun"', "description", "unknown kind"),
    (CELL, '{"gain"}', '{"pain"}', "description", "wrong initialisation"),
    (CELL, "return h, (h,)", "return h, (h[:1],)", "shapes", "wrong state"),
    (CELL, "return h, (h,)", "return h[:, :1], (h,)", "shapes", "wrong output"),
    (CELL, "return h, (h,)", "return h / 0.0, (h,)", "shapes", "not finite"),
    (CELL, "        assign(self.u, self.gain * rng.normal(size=self.u.shape))\n", "", "reset", "parameter not drawn"),
    (CELL, "assign(self.u, ", "assign(self.u, self.u.detach().nan_to_num().numpy() + ", "reset", "impure start"),
    (CELL, "rng.normal(size=self.w.shape)", "torch.randn(self.w.shape).numpy()", "reset", "impure start"),
    (CELL, "assign(self.w,", "torch.rand(1); assign(self.w,", "reset", "global randomness"),
    (CELL, "def reset_parameters(self, rng):", "def reset_parameters(self, rng):\n        rng = "
     "np.random.default_rng(0)", "reset", "ignored seed"),
    (CELL, "return h, (h,)", "return h.float(), (h,)", "precision", "non-float64 output"),
    (CELL, "h = self.leak * h", "h = 1e-3 * torch.rand(1).to(x) + self.leak * h", "state", "global randomness"),
    (CELL, "(h,) = state", "(h,) = state; self.u.data.mul_(0.9)", "state", "undeclared state"),
    (CELL, "(h,) = state", "(h,) = state; x.mul_(2)", "state", "changed input"),
    (CELL, "(h,) = state", "(h,) = state; h.mul_(2)", "state", "changed input"),
    (CELL, "(h,) = state", "(h,) = state; type(self).version += 1", "state", "undeclared state"),
    (CELL, "return h, (h,)", "return h + 0 / x[:, :1], (h,)", "padding", "not finite"),
    (CELL, "return h, (h,)", "return h + torch.sqrt(x[:, :1] ** 2), (h,)", "padding", "not finite"),
    (CELL, "def step", "state_size = 7\n\n    def step", "state_size", "wrong state size"),
    (CELL, "torch.tanh(x @ self.w", "torch.tanh(x.detach() @ self.w.detach() * 2 - x @ self.w",
     "gradients", "wrong gradient"),
    (CELL, "self.u = nn", "self.idle = nn.Parameter(torch.empty(3)); self.u = nn", "reset", "parameter not drawn"),
    (CELL, "torch.tanh(x @ self.w", "torch.tanh(0 * x @ self.w", "reach", "idle parameter"),
    (CELL, '{"gain"}', '{"gain", "leak"}', "initialisation", "wrong initialisation"),
    (CELL, "leak: float = 0.0", "leak: float = 0.0, spare: int = 3", "parameters", "silently ignored parameter"),
    (CELL, "leak: float = 0.0", "leak: float = 0.0, spare: int | None = None", "parameters",
     "silently ignored parameter"),
    (CELL, "self.w = nn", "assert leak < 0.4; self.w = nn", "initialisation", "exception"),
]  # fmt: skip
SHOWN_ELSEWHERE = {"population", "kernel", "causality"}
"""Of a cell: the first two are spoilt from outside, in test_from_outside.py; a step cannot see what comes after it."""


@pytest.mark.parametrize(("text", "check_names"), [(TASK, TASK_CHECKS), (CELL, CELL_CHECKS)], ids=["task", "cell"])
def test_unspoilt_they_pass(text: str, check_names: object, tmp_path: Path) -> None:
    path = tmp_path / "good.py"
    path.write_text(text)
    assert not [str(outcome.finding) for outcome in check(path) if outcome.failed]


@pytest.mark.parametrize(("base", "before", "after", "name", "defect"), SPOILT)
def test_one_mistake_fails_its_check(
    base: str, before: str, after: str, name: str, defect: str, tmp_path: Path
) -> None:
    assert base.count(before) == 1
    path = tmp_path / "spoilt.py"
    path.write_text(base.replace(before, after))
    add_plugin(path)
    failure: Finding
    if base == TASK:
        failure = attempt({check.name: check for check in TASK_CHECKS}[name], TaskSubject("spoilt"))
    else:
        failure = attempt({check.name: check for check in CELL_CHECKS}[name], CellSubject("spoilt"))
    assert isinstance(failure, Failure)
    assert failure.defect == defect


def test_every_check_is_seen_to_fail() -> None:
    seen = {(base == CELL, name) for base, _, _, name, _ in SPOILT}
    planted_cells = {"leak_across_batch", "undeclared_state", "non_float32"}
    seen |= {(file in planted_cells, name) for file, (name, _, _) in PLANTED.items()}
    assert {name for cell, name in seen if not cell} == {check.name for check in TASK_CHECKS}
    assert {name for cell, name in seen if cell} == {check.name for check in CELL_CHECKS} - SHOWN_ELSEWHERE
