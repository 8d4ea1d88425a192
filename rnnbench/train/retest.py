"""Scores of models that are trained, on test sequences of trials that they need not have been trained for."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnbench.train.fit import make_tiles, one_thread
from rnnbench.train.tile import prepare_tiles
from rnnbench.trial import Trial


def retest(trials: Sequence[Trial], flat: Tensor, kernel: str = "auto") -> NDArray[np.float64]:
    """The metric of each of ``trials`` on its whole test set, with the weights ``flat`` (``member parameter``).

    Trials share a population. At the length of a training this is the ``test_value`` of its rows, bit for bit.
    """
    rows = {trial.id: row for trial, row in zip(trials, flat, strict=True)}
    found: dict[str, float] = {}
    with one_thread(), torch.no_grad():
        tiles = make_tiles(trials, "cpu", kernel)
        for tile in tiles:
            for place, trial in enumerate(tile.trials):
                tile.flat[place] = rows[trial.id].to(tile.flat.dtype)
        prepare_tiles(tiles)
        for tile in tiles:
            tally = tile.evaluate_on("test")
            values = (tally.score / tally.count).tolist()
            found |= {trial.id: value for trial, value in zip(tile.trials, values, strict=False)}
    return np.array([found[trial.id] for trial in trials])
