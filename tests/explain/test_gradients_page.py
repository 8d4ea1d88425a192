"""What the page says of a gradient that vanishes, stays, explodes or is not there."""

import numpy as np
import pytest
import torch

from rnnbench.explain import gradients_page
from rnnbench.explain.gradients_page import Fade, gradients_block
from rnnbench.explain.subject import Subject
from tests.explain.test_landscape import subject


def fade(per_step: float, steps: int = 50, members: int = 3) -> Fade:
    """An exact geometric law; the answer is read from the output, so the last norm is nought."""
    norms = per_step ** np.arange(steps - 1, -1, -1.0)
    norms[-1] = 0.0
    return Fade(np.repeat(norms[:, None], members, axis=1))


@pytest.mark.parametrize(
    ("per_step", "words"),
    [
        (
            0.7,
            "keeps 0.7 a step on its way back, a memory of 2.8 steps out of 50; it has vanished",
        ),
        (
            0.995,
            "keeps 0.995 a step on its way back, a memory of 199 steps out of 50; it arrives at the first step",
        ),
        (1.3, "grows 1.3-fold a step on its way back; it explodes in 3"),
        (1.0, "keeps its size on its way back; it arrives at the first step in all 3"),
        (0.0, "no gradient reaches the state at any step: it is exactly zero in all 3"),
    ],
)
def test_words(per_step: float, words: str) -> None:
    assert words in gradients_page._told("before training", fade(per_step), 50)


def test_where_it_has_vanished() -> None:
    """0.7^38 is 1.3e-6, 0.7^39 is 9e-7; norms are compared with the one a step before the end."""
    assert fade(0.7).reach() == 40
    assert fade(0.995).reach() is None


def test_an_lstm_of_keras_2_forgets_by_its_gate() -> None:
    """All weights nought but the forget bias of one: c is multiplied by hard_sigmoid(1) = 0.7 at every step."""
    looked_at = subject("lstm:keras2", length=30)
    own = looked_at.models(torch.zeros(2, 1)).layout
    flat = torch.zeros(2, own.total, dtype=torch.float64)
    names = list(own.shapes)
    starts = dict(zip(names, np.cumsum([0, *own.sizes]), strict=False))
    flat[:, starts["cell.bias.0"] + 1] = 1.0
    flat[:, starts["readout"]] = 1.0
    looked_at._kept.update({0: flat, 1: flat, 4: flat, 8: flat})
    block = gradients_block(looked_at, sequences=4)
    assert [row[1].text for row in block.tables[0].rows] == ["0.7"] * 4
    assert "keeps 0.7 a step" in block.sentences[0]


@pytest.mark.parametrize(
    ("cell", "task"),
    [("deltanet", "latching"), ("mamba", "adding"), ("wall", "seventy"), ("gru", "copy:items=2")],
)
def test_any_cell_and_task(cell: str, task: str) -> None:
    if cell == "wall":
        from pathlib import Path

        from rnnbench.registry import add_plugin

        add_plugin(Path(__file__).with_name("pascanu_plugin.py"))
    block = gradients_block(subject(cell, task, hidden=2, kernel="eager"), sequences=4)
    assert len(block.sentences) == len(block.tables[0].rows) == 4
    assert "<svg" in block.figures[0].svg


def test_models_without_finite_weights_are_left_out() -> None:
    looked_at: Subject = subject("srnn:keras2")
    kept = looked_at.weights_after([0, 1, 4, 8])
    kept[8][1] = torch.nan
    looked_at._kept.update(kept)
    block = gradients_block(looked_at, sequences=4)
    assert [row[-1].text for row in block.tables[0].rows] == ["2", "2", "2", "1"]
    assert block.notes[-1] == "Models without finite weights, left out: 1."
