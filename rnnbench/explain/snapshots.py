"""A population's weights before, during and after training."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from rnnbench.store.row import TrialRow
from rnnbench.train.fit import fit
from rnnbench.train.place import Place
from rnnbench.train.tile import Tile
from rnnbench.trial import Trial


def snapshots(
    trials: Sequence[Trial], after: Iterable[int], kernel: str = "auto"
) -> tuple[dict[int, Tensor], list[TrialRow]]:
    """Train ``trials``, which share a population; their weights, ``member parameter`` in their order, and their rows.

    ``after`` is the numbers of updates after which weights are kept; 0 is before training. What it costs is that
    updates are then made one by one.
    """
    wanted, last = sorted(set(after)), trials[0].protocol.total_updates
    kept: dict[int, dict[str, Tensor]] = {update: {} for update in wanted}
    tiles: dict[int, Tile] = {}

    def watch(tile: Tile, update: int) -> None:
        tiles[id(tile)] = tile
        if update - 1 in kept:
            kept[update - 1].update(_weights(tile))

    rows = fit(trials, Place(kernel=kernel), before_update=watch)
    if last in kept:
        for tile in tiles.values():
            kept[last].update(_weights(tile))
    return {update: torch.stack([own[trial.id] for trial in trials]) for update, own in kept.items()}, rows


def _weights(tile: Tile) -> dict[str, Tensor]:
    flat = tile.flat.detach().double()
    return {trial.id: row.clone() for trial, row in zip(tile.trials, flat, strict=False)}
