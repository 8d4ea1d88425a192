"""Checks of what a step cannot spoil by itself: kernels that differ, and the machinery around checks."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from rnnbench.check import cell_company, cell_learning, check
from rnnbench.check.bounds import share_tolerance
from rnnbench.check.cell_subject import CellSubject
from rnnbench.check.finding import Failure, Note
from rnnbench.check.task_levels import guess
from rnnbench.check.variation import other_values
from rnnbench.parameters import parameters_of
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.recurrence.step import Weights
from rnnbench.registry import TASKS
from rnnbench.task import Batch
from tests.check.test_bad import BAD, PLANTED
from tests.check.test_each_check import CELL


def test_a_model_that_its_neighbours_change(monkeypatch: pytest.MonkeyPatch) -> None:
    call = EagerKernel.__call__

    def mixed(self: EagerKernel, weights: Weights, *rest: object) -> dict[int, Tensor]:
        return call(self, {name: value.roll(1, 0) for name, value in weights.items()}, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(EagerKernel, "__call__", mixed)
    failure = cell_company.population(CellSubject("srnn"))
    assert isinstance(failure, Failure)
    assert (failure.defect, failure.example["step"]) == ("dependence on company", 0)


def test_outputs_that_know_the_future(monkeypatch: pytest.MonkeyPatch) -> None:
    call = EagerKernel.__call__

    def ahead(
        self: EagerKernel, weights: Weights, x: Tensor, lengths: Tensor, shortest: int, wanted: Sequence[int]
    ) -> dict[int, Tensor]:
        return call(self, weights, x.roll(-1, 0), lengths, shortest, wanted)

    monkeypatch.setattr(EagerKernel, "__call__", ahead)
    failure = cell_company.causality(CellSubject("srnn"))
    assert isinstance(failure, Failure)
    assert (failure.defect, failure.example["step"]) == ("future leakage", 2)


@pytest.mark.parametrize("what", ["outputs", "gradient of kernel"])
def test_a_kernel_that_computes_something_else(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    call = NumbaKernel.__call__

    def other(self: NumbaKernel, weights: Weights, x: Tensor, *rest: object) -> dict[int, Tensor]:
        if what == "gradient of kernel":
            weights = {**weights, "kernel": weights["kernel"] * 1.0 - (weights["kernel"] - weights["kernel"].detach())}
            return call(self, weights, x, *rest)  # type: ignore[arg-type]
        return {time: output + 1e-6 for time, output in call(self, weights, x, *rest).items()}  # type: ignore[arg-type]

    monkeypatch.setattr(NumbaKernel, "__call__", other)
    failure = cell_learning.kernel(CellSubject("srnn"))
    assert isinstance(failure, Failure)
    assert failure.defect == "kernel unlike eager"
    assert failure.message.startswith(what)


def test_a_cell_that_is_not_lowered_is_no_failure(tmp_path: Path) -> None:
    text = (BAD / "leak_across_batch.py").read_text()
    (tmp_path / "sorted.py").write_text(text.replace("h - 0.1 * h.mean(dim=0, keepdim=True)", "h.sort(dim=1).values"))
    found = {outcome.check: outcome for outcome in check(tmp_path / "sorted.py")}
    assert not [outcome for outcome in found.values() if outcome.failed]
    assert isinstance(found["kernel"].finding, Note)
    assert found["kernel"].finding.text.startswith("runs in plain PyTorch: ")


def test_real_data_that_is_not_here_is_no_failure(tmp_path: Path) -> None:
    text = (BAD / "wrong_oracle.py").read_text()
    refusing = "def check_length(self, length: int) -> None:\n        raise MissingData('its files are missing.')\n\n"
    text = text.replace("    def solve", f"    own_splits = True\n\n    {refusing}    def solve")
    (tmp_path / "real.py").write_text("from rnnbench.errors import MissingData\n" + text)
    (outcome,) = check(tmp_path / "real.py")
    assert (outcome.check, outcome.result, str(outcome.finding)) == ("checkable", "skipped", "its files are missing.")


def test_a_task_that_no_length_suits(tmp_path: Path) -> None:
    text = (BAD / "wrong_oracle.py").read_text()
    refusing = "def check_length(self, length: int) -> None:\n        raise RnnbenchError('no.')\n\n"
    (tmp_path / "never.py").write_text(
        "from rnnbench.errors import RnnbenchError\n" + text.replace("    def solve", f"    {refusing}    def solve")
    )
    defects = [
        outcome.finding.defect for outcome in check(tmp_path / "never.py") if isinstance(outcome.finding, Failure)
    ]
    assert "impossible task" in defects


def test_memory_beside_the_state_that_is_read_hides_what_follows_from_it() -> None:
    results = {outcome.check: outcome.result for outcome in check(BAD / "undeclared_memory.py")}
    assert [name for name, result in results.items() if result == "failed"] == ["state"]
    assert {results[name] for name in ("rows", "population", "causality", "gradients", "kernel")} == {"skipped"}


def test_the_table_is_the_best_of_its_kind() -> None:
    """Two keys: at 0 the answer is 1 in three of four, at 1 always 2. The best table is right 7/8 of the time."""
    keys = np.tile([0, 1], (400, 1))
    targets = np.tile([0, 2], (400, 1))
    targets[np.arange(400) % 8 < 6, 0] = 1
    batch = Batch.at(keys, targets, np.ones((400, 2), dtype=bool))
    table = guess(batch, keys, 3)
    assert (table.learned, table.new) == (0.875, 0.875)
    values = Batch.at(keys, targets[..., None].astype(float), np.ones((400, 2), dtype=bool))
    assert guess(values, keys, 0).new == pytest.approx(0.75 * 0.25 / 2)


def test_tolerance_of_a_share_by_hand() -> None:
    """400 sequences of one answer, even odds: five times sqrt(0.25 / 400) = 0.125. Certainty leaves no room."""
    right = np.arange(400) % 2
    assert share_tolerance(right, np.ones(400), 0.5) == pytest.approx(0.125)
    assert share_tolerance(np.ones(400), np.ones(400), 1.0) < 1e-8
    # answers that hang together: 100 sequences of four equal answers are worth 100, not 400
    assert share_tolerance(4.0 * (np.arange(100) % 2), np.full(100, 4.0), 0.5) == pytest.approx(0.25)


def test_other_values_are_valid_and_other() -> None:
    fields = parameters_of(TASKS["latching"])
    noises = other_values(fields["noise"].annotation, 0.1)
    assert noises
    assert all(0 <= value < 10 and value != 0.1 for value in noises)
    assert other_values(fields["order"].annotation, "random") == ["sorted"]
    assert other_values(bool, True) == [False]
    assert 7.0 not in other_values(float | None, 7.0)
    assert None in other_values(float | None, 7.0)
    assert other_values(str, "text") == []


def test_what_is_found_is_json() -> None:
    examples = [
        dict(outcome.finding.example)
        for path in BAD.glob("*.py")
        for outcome in check(path)
        if isinstance(outcome.finding, Failure)
    ]
    assert len(examples) >= len(PLANTED)
    for example in examples:
        assert json.loads(json.dumps(example)) == example, "numbers, texts and lists, as --json prints them"


def test_global_generators_are_as_before() -> None:
    states = (str(np.random.get_state()), torch.get_rng_state().sum())  # noqa: NPY002 - the checks must not move it
    check("latching", "srnn")
    assert (str(np.random.get_state()), torch.get_rng_state().sum()) == states  # noqa: NPY002


def test_a_parameter_that_shows_beside_another_value_only(tmp_path: Path) -> None:
    """A start that is drawn over, unless another parameter says so, is not ignored."""
    text = CELL.replace("leak: float = 0.0", "leak: float = 0.0, spread: float = 2.0, spread_leak: bool = False")
    text = text.replace("self.leak = gain, leak", "self.leak = gain, spread if spread_leak else leak")
    (tmp_path / "paired.py").write_text(text)
    assert not [str(outcome.finding) for outcome in check(tmp_path / "paired.py") if outcome.failed]


def test_a_parameter_that_needs_another(tmp_path: Path) -> None:
    """A word chooses a start that a number of steps belongs to: alone each is refused or without effect."""
    text = CELL.replace("import numpy as np", "import numpy as np\nfrom typing import Literal")
    text = text.replace("leak: float = 0.0", 'leak: float | Literal["slow"] = 0.0, longest: int | None = None')
    text = text.replace(
        "        self.gain, self.leak = gain, leak",
        "        if leak == 'slow' and longest is None:\n"
        "            raise RnnbenchError('slow needs longest')\n"
        "        self.gain, self.leak = gain, 1 - 1 / (2 + longest**2) if leak == 'slow' else leak",
    )
    (tmp_path / "needing.py").write_text(text)
    assert not [str(outcome.finding) for outcome in check(tmp_path / "needing.py") if outcome.failed]


def test_a_model_of_whole_sequences_is_left_to_its_own_tests(tmp_path: Path) -> None:
    text = "from rnnbench.cells.transformer import Transformer\nfrom rnnbench.registry import CELLS\n"
    text += '@CELLS.register("whole")\nclass Whole(Transformer):\n    """Another name."""\n    source = "a test"\n'
    (tmp_path / "whole.py").write_text(text)
    (outcome,) = check(tmp_path / "whole.py")
    assert (outcome.check, outcome.result) == ("checkable", "skipped")
