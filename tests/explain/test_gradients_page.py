"""What the page says of gradients that vanish, stay, explode or are not there, and that any cell goes through it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rnnbench.errors import RnnbenchError
from rnnbench.explain.fade import Fade
from rnnbench.explain.gradients_figure import gradients_figure
from rnnbench.explain.gradients_page import gradients_block
from rnnbench.explain.gradients_seen import Seen
from rnnbench.explain.gradients_words import arrival, course, sentences
from rnnbench.explain.subject import Subject
from rnnbench.registry import add_plugin
from rnnbench.report.article import Block
from rnnbench.report.tables import Table
from rnnbench.study import Study

QUICK = {"updates": 8, "interval": 8, "sequences": 100, "validation": 20, "test": 40, "batch": 8}
UPDATES = (0, 1, 4, 8)


def subject(cell: str, task: str = "latching", length: int = 6, hidden: int = 1, repeats: int = 2) -> Subject:
    study = Study(
        name="x", tasks=[task], cells=[cell], hidden=[hidden], lengths=[length], repeats=repeats, protocol=QUICK
    )
    return Subject.of(study, kernel="eager")


def with_weights(looked_at: Subject, *moments: Mapping[str, float | list[float]]) -> Subject:
    """Weights set by hand, nought but for those named (``name`` or ``name+offset``), one row a member."""
    layout = looked_at.models(torch.zeros(len(looked_at.trials), 1)).layout
    starts = dict(zip(layout.shapes, np.cumsum([0, *layout.sizes]), strict=False))
    for update, weights in zip(UPDATES, moments * (len(UPDATES) // len(moments)), strict=True):
        flat = torch.zeros(len(looked_at.trials), layout.total, dtype=torch.float64)
        for name, value in weights.items():
            own, _, offset = name.partition("+")
            flat[:, int(starts[own]) + int(offset or 0)] = torch.as_tensor(value, dtype=torch.float64)
        looked_at._kept[update] = flat
    return looked_at


def column(table: Table, head: str) -> list[str]:
    place = [own.title for own in table.columns].index(head)
    return [row[place].text for row in table.rows]


def law(*factors: float, steps: int = 50) -> Fade:
    """Exact geometric laws; the answer's own step has no norm."""
    norms = np.power(np.array(factors), np.arange(steps - 1, -1, -1.0)[:, None])
    norms[-1] = 0.0
    return Fade(norms)


@pytest.mark.parametrize(
    ("fade", "words"),
    [
        (law(0.7, 0.7, 0.7), "After training a step back multiplies the gradient by 0.7 (median of 3 models, quartiles "
         "0.7 to 0.7): a time constant of 2.8 steps, 0.0572 times the 49 back to the first."),
        (law(0.995), "After training a step back multiplies the gradient by 0.995 (one model): a time constant of "
         "199 steps, 4.07 times the 49 back to the first."),
        (law(1.3, 1.5), "After training a step back multiplies the gradient by 1.4 (median of 2 models, quartiles 1.35 "
         "to 1.45): it grows by e in 2.97 steps, 0.0607 times the 49 back to the first."),
        (law(1.00001, 1.0001, 0.9999), "quartiles 0.999955 to 1.000055): it keeps its size to within "
         "1% over the 49 steps back to the first."),
        (law(0.0, 0.0), "After training the gradient is exactly zero at every step, in all 2 models."),
        (law(0.5, 0.0), "by 0.5 (one model; 1 more have none to fit): a time constant"),
        (law(0.5, 0.6, steps=2), "After training at most one step before the answer has a gradient, so that no decay"),
    ],
)  # fmt: skip
def test_course(fade: Fade, words: str) -> None:
    assert words in course("after training", fade)


@pytest.mark.parametrize(
    ("fade", "words"),
    [
        # 0.7^38 is 1.3e-6, 0.7^39 is 9e-7; norms are compared with the one a step before the answer
        (law(0.7, 0.7, 0.7), "Before training the norm 49 steps before the answer is 3.7e-08 times that next to it "
         "(median of 3 models): the gradient vanishes in 3 of 3 models, where it falls below 1e-06 of that 40 steps "
         "before the answer."),
        (law(0.7, 0.5, 1.0), "vanishes in 2 of 3 models, where it falls below 1e-06 of that 30.5 steps before the "
         "answer (median; from 21 to 40)."),
        (law(0.995), "0.79 times that next to it (one model): the gradient neither vanishes nor explodes in any of 1 "
         "model."),
        (law(1.3, 1.0), "the gradient explodes in 1 of 2 models, where it passes 1000 of that 28 steps before the"),
        (law(0.7, 1.3, 0.0), "the gradient vanishes in 2 of 3 models (1 of them without any), where it falls below "
         "1e-06 of that 40 steps before the answer, and explodes in 1 of 3 models, where it passes 1000"),
        (law(0.0), ""),
        (law(0.5, steps=2), ""),
    ],
)  # fmt: skip
def test_arrival(fade: Fade, words: str) -> None:
    told = arrival("before training", fade)
    assert words in told
    assert bool(words) == bool(told)


def seen(when: str, fade: Fade, solved: list[bool | None] | None = None) -> Seen:
    return Seen(when, fade, [fade], None, 1, solved or [None] * fade.members)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            0.7,
            0.995,
            "The time constant is 2.8 steps before training and 199 after, at least the 49 back to the first.",
        ),
        (
            0.9,
            0.7,
            "The time constant is 9.49 steps before training and 2.8 after, less than the 49 back to the first.",
        ),
        (0.7, 1.2, ""),
        (0.0, 0.7, ""),
    ],
)
def test_one_model_s_change_is_two_numbers(before: float, after: float, words: str) -> None:
    told = sentences([seen("before training", law(before)), seen("after training", law(after))])
    assert [sentence for sentence in told if "time constant is" in sentence] == [words] * bool(words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08], "lengthens the time constant: 2.8 steps before, 3.4 after"),
        ([-0.01, -0.02, -0.03, -0.04, -0.05, -0.06, -0.07, -0.08], "shortens the time constant: "),
        ([0.01, -0.02, 0.03, -0.04, 0.05, -0.06, 0.07, 0.08], "does not show to change the time constant: "),
        ([0.0] * 8, "does not show to change the time constant: "),
    ],
)
def test_a_change_is_tested_model_by_model(changes: list[float], words: str) -> None:
    """8 of 8 one way have p = 2 / 2^8, which a shift of the median alone does not."""
    before, after = law(*[0.7] * 8), law(*[0.7 + change for change in changes])
    told = sentences([seen("before training", before), seen("after training", after)])
    (sentence,) = [sentence for sentence in told if sentence.startswith("Training")]
    assert words in sentence
    assert ("p = 0.0078" in sentence) == ("does not" not in sentence)


def test_a_change_is_told_of_most_models_or_not_at_all() -> None:
    before, after = law(0.7, 0.0, 0.0), law(0.9, 0.9, 0.9)
    told = sentences([seen("before training", before), seen("after training", after)])
    assert not [sentence for sentence in told if sentence.startswith("Training")]


def test_those_that_solve_stand_apart() -> None:
    moments = [seen(when, law(0.9, 0.8, 0.7, 0.0), [True, True, False, False]) for when in ("before", "on", "after")]
    told = sentences(moments)
    assert "On the way the median decay a step is: on 0.8 (of 3 of 4 models)." in told
    assert told[-1] == (
        "Median decay a step after of the 2 models that solved the task: 0.85; of the 2 models that did not solve the "
        "task: 0.7 (of 1 of 2 models)."
    )
    figure = gradients_figure(moments)
    assert figure is not None
    assert "those that solved it" in figure.svg
    assert "those that did not" in figure.svg
    assert "solved" not in "".join(sentences([seen("after", law(0.9, 0.8), [True, True])]))


def test_a_line_that_is_nought_is_named() -> None:
    figure = gradients_figure([seen("before", law(0.9)), seen("after", law(0.0))])
    assert figure is not None
    assert "after: 0" in figure.svg
    assert "before 0.9 one step before the answer" in figure.description
    assert gradients_figure([seen("after", law(0.0))]) is None


def test_an_lstm_of_keras_2_forgets_by_its_gate() -> None:
    """All weights nought but the forget bias of one: c is multiplied by hard_sigmoid(1) = 0.7 at every step."""
    looked_at = with_weights(subject("lstm:keras2", length=30), {"cell.bias.0+1": 1.0, "readout": 1.0})
    block = gradients_block(looked_at, sequences=4)
    moments, parts = block.tables
    assert column(moments, "When") == ["Before training", "After 1 update", "After 4 updates", "After training"]
    assert column(moments, "Decay a step") == ["0.7"] * 4
    assert column(moments, "Time constant") == ["2.804"] * 4  # -1 / ln 0.7
    assert column(parts, "Decay before training") == ["–", "0.7"]
    assert "by 0.7 (median of 2 models, quartiles 0.7 to 0.7): a time constant of 2.8 steps" in block.sentences[0]


@pytest.mark.parametrize(
    ("weights", "words", "heads"),
    [
        (
            [0.5, 0.5],
            "the gradient vanishes in 2 of 2 models, where it falls below 1e-06 of that 21 steps",
            ("2", "21"),
        ),
        ([1.0, 1.0], "the gradient neither vanishes nor explodes in any of 2 models", ("0", "–")),
        ([1.5, 1.5], "the gradient explodes in 2 of 2 models, where it passes 1000 of that 19 steps", ("0", "–")),
    ],
)
def test_a_linear_unit_does_as_its_weight_says(weights: list[float], words: str, heads: tuple[str, str]) -> None:
    """srnn on inputs of nearly nought is x' = u x: 0.5^20 is 9.5e-7, 1.5^18 is 1478 (beside the first step back)."""
    given: dict[str, Any] = {"cell.kernel": 1e-9, "cell.recurrent": weights, "readout": 1.0}
    block = gradients_block(with_weights(subject("srnn", length=30), given), sequences=4)
    assert words in block.sentences[1]
    assert (column(block.tables[0], "Vanishes")[0], column(block.tables[0], "after steps")[0]) == heads
    assert len(block.tables) == 1


def test_models_whose_weights_are_not_numbers_are_left_out() -> None:
    fine: dict[str, float | list[float]] = {"cell.recurrent": 0.5, "readout": 1.0}
    broken = fine | {"cell.recurrent": [0.5, np.nan]}
    looked_at = with_weights(subject("srnn"), fine, broken)
    block = gradients_block(looked_at, sequences=4)
    assert column(block.tables[0], "Models") == ["2", "1", "2", "1"]
    assert block.notes[-1] == (
        "Left out, since weights or gradients are not numbers: 1 of 2 models after 1 update; 1 of 2 models after "
        "training."
    )
    # a unit that is saturated for ever has a gradient that is a number, but no weights that are
    saturated = gradients_block(with_weights(looked_at, fine, fine | {"cell.bias.0": [0.0, np.inf]}), sequences=4)
    assert column(saturated.tables[0], "Models") == ["2", "1", "2", "1"]
    with_weights(looked_at, {"readout": np.nan})
    with pytest.raises(RnnbenchError, match=r"no model of srnn.* has a gradient that is a number"):
        gradients_block(looked_at, sequences=4)


def test_a_saturated_cell_has_no_gradient() -> None:
    """Gates of a hard sigmoid far below nought: nothing is written, kept or read."""
    weights = {"cell.bias.0": -9.0, "cell.bias.0+1": -9.0, "cell.bias.0+3": -9.0, "readout": 1.0}
    block = gradients_block(with_weights(subject("lstm:keras2", length=5), weights), sequences=4)
    assert block.figures == []
    assert block.sentences == [
        f"{when} training the gradient is exactly zero at every step, in all 2 models." for when in ("Before", "After")
    ]
    assert column(block.tables[0], "Vanishes") == ["2"] * 4


def told_of(block: Block) -> str:
    """Everything that is written on the page."""
    tables = [entry.text for table in block.tables for row in table.rows for entry in row]
    return "\n".join([*block.sentences, *block.notes, *tables, *(figure.description for figure in block.figures)])


@pytest.mark.parametrize(
    ("cell", "task", "length"),
    [
        ("gru", "copy:items=2,symbols=2", 4),
        ("mamba", "adding", 6),
        ("deltanet", "embedded_reber", 10),
        ("lem", "latching", 2),
        ("esn", "echo", 8),
        ("gru[layers=2]", "latching", 5),
        ("leak", "uneven", 9),
    ],
)
def test_any_cell_and_task(cell: str, task: str, length: int) -> None:
    add_plugin(Path(__file__).with_name("uneven_plugin.py"))
    looked_at = subject(cell, task, length, hidden=4)
    block = gradients_block(looked_at, sequences=4)
    assert "nan" not in told_of(block)
    assert len(block.tables[0].rows) >= 4
    assert column(block.tables[0], "Models")[:4] == ["2"] * 4
    parts = len(looked_at.models(looked_at._kept[0]).cell.initial_state(1))
    assert [len(table.rows) for table in block.tables[1:]] == [parts] * (parts > 1)
    assert "<svg" in block.figures[0].svg
    assert len(block.figures[0].svg) < 300_000
    if cell == "leak":
        assert column(block.tables[0], "Decay a step")[:4] == ["0.8"] * 4
        assert "A sequence wants up to 2 answers." in block.notes[2]
        assert "loss of all 2 answers" in block.figures[0].svg
    if length == 2:
        assert block.sentences[0].endswith("has a gradient, so that no decay can be fitted.")


def test_nothing_lies_before_an_answer_at_once() -> None:
    looked_at = subject("srnn", length=1)
    with pytest.raises(RnnbenchError, match="no step lies before the answer at length 1: give a longer one"):
        gradients_block(looked_at, sequences=4)
