"""Promise 3: one sick member harms nobody."""

import torch

from rnnbench.store.row import TrialRow
from rnnbench.train.fit import fit
from rnnbench.train.tile import Tile
from tests.train.conftest import make_trials
from tests.train.rows import results

UPDATES = {"updates": 20, "interval": 5}


def test_a_parameter_made_nan_at_update_10() -> None:
    trials = make_trials(repeats=10, protocol=UPDATES)
    sick = trials[4]

    def poison(tile: Tile, update: int) -> None:
        if update == 10:
            with torch.no_grad():
                tile.flat[tile.trials.index(sick), 0] = float("nan")

    well = results(fit(trials))
    rows = {row.trial: row for row in fit(trials, before_update=poison)}
    row = rows.pop(sick.id)
    assert (row.status, row.diverged_at, row.reason) == ("diverged", 10, "loss is not finite at update 10")
    assert (row.value, row.success) == (None, False)
    assert row.curves["validation_loss"].updates.tolist() == [5]
    del well[sick.id]
    assert results(list(rows.values())) == well


def test_a_loss_that_overflows() -> None:
    """A learning rate of 1e38 overflows float32 within a few updates."""
    trials = make_trials(repeats=6, protocol=UPDATES | {"learning_rate": [1e-2, 1e38], "optimiser": "sgd"})
    calm = make_trials(repeats=6, protocol=UPDATES | {"learning_rate": 1e-2, "optimiser": "sgd"})
    alone = results(fit(calm))
    rows = {row.trial: row for row in fit(trials)}
    wild = [row for trial, row in rows.items() if trial not in alone]
    assert len(wild) == len(calm)
    assert {row.status for row in wild} == {"diverged"}
    assert all(_told(row) for row in wild)
    assert results([rows[trial] for trial in alone]) == alone


def test_a_loss_that_only_grows_is_named() -> None:
    trials = make_trials(repeats=4, lengths=[3], protocol=UPDATES | {"learning_rate": 1e8, "optimiser": "sgd"})
    rows = fit(trials)
    reasons = {row.reason.rsplit(" at update", 1)[0] for row in rows if row.status == "diverged"}
    assert reasons == {"loss exceeds 1e+06 times its first"}


def _told(row: TrialRow) -> bool:
    return row.diverged_at is not None and row.diverged_at >= 1 and row.reason.endswith(f"at update {row.diverged_at}")
