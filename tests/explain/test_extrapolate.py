"""Trained at one length, tested at others: against the rows of the training, and unrolled models."""

import numpy as np
import pytest
import torch

from rnnbench.errors import RnnbenchError
from rnnbench.explain.extrapolate import Reach, extrapolate
from rnnbench.explain.extrapolate_page import _told, extrapolate_block, lengths_to_test
from rnnbench.train.fit import fit
from rnnbench.train.retest import retest
from tests.explain.small import subject


@pytest.mark.parametrize("kernel", ["auto", "eager"])
def test_at_its_own_length_a_model_scores_what_its_row_says(kernel: str) -> None:
    looked_at = subject("gru", repeats=3)
    rows = {row.trial: row for row in fit(looked_at.trials)}
    own = [rows[trial.id] for trial in looked_at.trials]
    weights = [np.frombuffer(row.final_weights or b"", dtype="<f4") for row in own]
    flat = torch.from_numpy(np.stack(weights))
    found = retest(looked_at.trials[::-1], flat.flip(0), kernel)[::-1]
    told = np.array([row.test_value for row in own])
    np.testing.assert_allclose(found, told, rtol=0, atol=0 if kernel == "auto" else 0.02)


def test_at_another_length_it_scores_what_its_unrolled_model_does() -> None:
    looked_at = subject("lstm:keras3", hidden=4, repeats=4)
    longer = looked_at.at(3 * looked_at.trial.length)
    layout = looked_at.models(torch.zeros(1, 1)).layout
    flat = 3 * torch.randn(4, layout.total, generator=torch.Generator().manual_seed(1))
    models = longer.models(flat)
    tally = models.unroll(models.batch(longer.trial.protocol.test)).tally
    unrolled = (tally.score / tally.count).numpy()
    assert len(set(unrolled)) >= 3, "members that differ, so that none stands for another"
    np.testing.assert_allclose(retest(longer.trials, flat), unrolled, atol=1e-6)
    assert set(retest(looked_at.trials, flat)) != set(unrolled)


def test_every_cell_is_tested_at_every_length() -> None:
    cells = [subject("srnn:keras2", repeats=3), subject("gru", repeats=3)]
    length = cells[0].trial.length
    block = extrapolate_block(cells, [length, 2 * length])
    rows = [[entry.text for entry in row] for row in block.tables[0].rows]
    assert [(row[0], row[1]) for row in rows] == [
        (cell.trial.cell.label, str(at)) for cell in cells for at in (length, 2 * length)
    ]
    assert len(block.sentences) == 2


def reach(values: dict[int, list[float]]) -> Reach:
    return Reach(subject("gru", repeats=4), 5, {length: np.array(own) for length, own in values.items()})


def test_what_is_told() -> None:
    found = reach({5: [1.0, 1.0, 1.0, 0.5], 10: [1.0, 0.5, 1.0, 1.0], 20: [0.5, 0.5, 0.5, np.nan]})
    assert _told(found) == (
        "gru: 3 of 4 (95 %: 0.30 to 0.95) of the models solve length 5; of these 3 models 2 solve 10, 0 solve 20."
    )
    assert _told(reach({5: [0.5] * 4, 10: [0.5] * 4})).endswith("solve length 5, and none another.")
    assert _told(reach({5: [0.5] * 4, 10: [1.0] * 4})).endswith("solve length 5, though up to 4 solve another.")


def test_lengths() -> None:
    assert lengths_to_test([5]) == [5, 10, 20, 40]
    assert lengths_to_test([50, 20, 20]) == [20, 50]


def test_a_length_that_cannot_be_posed_is_refused_before_training() -> None:
    with pytest.raises(RnnbenchError, match="needs length"):
        extrapolate([subject("gru", "adding", repeats=1)], [1])
