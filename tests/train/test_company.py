"""Promise 1: a trial's result does not depend on its company, bit for bit on a CPU."""

import os
import random
from collections.abc import Sequence
from operator import attrgetter

import numpy as np
import pytest

from rnnbench.population import Population, grouped, populations
from rnnbench.registry import CELLS
from rnnbench.train.fit import fit
from rnnbench.train.place import Place
from rnnbench.trial import Trial
from tests.train.conftest import make_trials
from tests.train.rows import results

OTHERS = [name for name in CELLS if CELLS[name].by_step and name not in ("srnn", "lstm", "gru")]
FULL = "RNNBENCH_FULL" in os.environ
COMPILED = OTHERS if FULL else ["mgu"]
SIZES = [
    (hidden, f"{name}:{like}")
    for hidden, presets in ((1, ("keras2", "torch")), (3, ("keras2", "torch")), (8, ("torch",)), (70, ("keras2",)))
    for name in ("srnn", "lstm", "gru")
    for like in presets
]
SOME = [
    *((1, "srnn:keras2"), (1, "lstm:torch"), (1, "gru:keras2"), (3, "srnn:torch"), (3, "lstm:keras2")),
    *((8, "gru:torch"), (70, "srnn:keras2")),
]
"""Every size and every cell (all in the nox session ``kernels``)."""


def shuffled(trials: Sequence[Trial], seed: int) -> list[Trial]:
    mixed = list(trials)
    random.Random(seed).shuffle(mixed)
    return mixed


@pytest.mark.parametrize(("hidden", "cell"), SIZES if FULL else SOME)
def test_alone_in_pairs_and_in_a_crowd(cell: str, hidden: int) -> None:
    lengths = [2, 5, 9] if hidden < 70 else [2, 5]
    trials = make_trials(cells=[cell], hidden=[hidden], lengths=lengths, repeats=12)
    together = results(fit(trials))
    for company in (1, 2, 30):
        chosen = shuffled(trials, company)[:company]
        assert results(fit(chosen)) == {trial.id: together[trial.id] for trial in chosen}


@pytest.mark.parametrize("cell", OTHERS)
def test_every_other_cell(cell: str) -> None:
    """Operation by operation, and a few (all in the nox session ``kernels``) compiled."""
    trials = make_trials(cells=[cell], hidden=[3], lengths=[2, 5], repeats=4, protocol={"updates": 3, "interval": 3})
    for kernel in ("eager", "auto") if cell in COMPILED else ("eager",):
        together = results(fit(trials, Place(kernel=kernel)))
        chosen = shuffled(trials, 1)[:2]
        assert results(fit(chosen, Place(kernel=kernel))) == {trial.id: together[trial.id] for trial in chosen}


def test_750_members_shuffled_and_alone() -> None:
    lengths = list(range(2, 27))
    trials = make_trials(cells=["lstm:keras2"], lengths=lengths, repeats=30, protocol={"updates": 2, "interval": 1})
    together = results(fit(shuffled(trials, 1)))
    assert len(together) == 750
    for chosen in (trials[:1], trials[-1:], trials[300:302], shuffled(trials, 2)[:30]):
        assert results(fit(chosen)) == {trial.id: together[trial.id] for trial in chosen}


@pytest.mark.parametrize("batch", [1, 5, 16, 33] if FULL else [1, 33])
def test_odd_batches_and_partial_ones(batch: int) -> None:
    trials = make_trials(cells=["srnn:keras3"], hidden=[3], repeats=20, protocol={"batch": batch, "sequences": 100})
    together = results(fit(trials))
    chosen = shuffled(trials, batch)[:3]
    assert results(fit(chosen)) == {trial.id: together[trial.id] for trial in chosen}


@pytest.mark.parametrize(
    "protocol",
    [
        {"data": "fresh"},
        {"data": "fresh", "dataset": "per_seed"},
        {"dataset": "per_seed"},
        {"clip": "norm", "clip_threshold": [0.1, 1.0], "learning_rate": [1e-3, 1e-1]},
        {"optimiser": ["rmsprop:decay=0.9", "rmsprop:decay=0.99"], "schedule": "cosine", "warmup": 2},
    ],
)
def test_members_that_differ(protocol: dict[str, object]) -> None:
    trials = make_trials(cells=["srnn:keras2", "srnn:keras3,biases=1"], repeats=5, protocol=protocol)
    assert len(populations(grouped(trials), memory=2**32, parts=1, cost=attrgetter("steps"))) == 1
    together = results(fit(trials))
    chosen = shuffled(trials, 3)[:4]
    assert results(fit(chosen)) == {trial.id: together[trial.id] for trial in chosen}


def test_tasks_of_one_shape_keep_rules_of_their_own() -> None:
    protocol = {"updates": 40, "interval": 8, "learning_rate": 1e-2}
    trials = make_trials(
        tasks=["adding:hochreiter", "adding"], cells=["gru"], hidden=[4], lengths=[12], repeats=3, protocol=protocol
    )
    assert len(populations(grouped(trials), memory=2**32, parts=1, cost=attrgetter("steps"))) == 1
    together, alone = fit(trials), fit(trials[3:])
    assert results(alone) == {trial.id: results(together)[trial.id] for trial in trials[3:]}
    rules = {row.task: (row.success_rule, row.chance) for row in together}
    assert rules == {
        trial.task.label: (str(trial.make_task().success), trial.make_task().chance) for trial in trials[::3]
    }
    assert len(set(rules.values())) == 2


def test_64_bit() -> None:
    trials = make_trials(cells=["gru"], hidden=[3], repeats=20, precision="64")
    together = results(fit(trials))
    assert results(fit(trials[7:8])) == {trials[7].id: together[trials[7].id]}


def test_evaluation_interval_changes_no_weight() -> None:
    often, seldom = (fit(make_trials(protocol={"interval": interval})) for interval in (1, 6))
    weights = [{(row.length, row.seed): row.final_weights for row in rows} for rows in (often, seldom)]
    assert weights[0] == weights[1]


def test_cells_meet_the_same_data(monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnbench.train.feed import Feed

    seen: dict[str, list[np.ndarray]] = {}
    original = Feed.training

    def spy(feed: Feed, update: int):  # type: ignore[no-untyped-def]
        batch = original(feed, update)
        seen.setdefault(current, []).append(batch.inputs[:, : len(trials)].numpy().copy())
        return batch

    monkeypatch.setattr(Feed, "training", spy)
    for current in ("srnn", "lstm", "gru"):
        trials = make_trials(cells=[current])
        fit(trials, Place(kernel="eager"))
    assert all((a == b).all() for other in ("lstm", "gru") for a, b in zip(seen["srnn"], seen[other], strict=True))


def test_splitting_keeps_every_trial_once() -> None:
    trials = make_trials(lengths=list(range(2, 60)), repeats=20)
    split = populations(grouped(trials), memory=2**24, parts=8, cost=attrgetter("steps"))
    share = sum(part.steps for part in split) / 8
    assert all(part.steps <= 1.5 * share or len(part.trials) <= part.tile for part in split)
    assert sorted(trial.id for part in split for trial in part.trials) == sorted(trial.id for trial in trials)
    assert all(part.memory <= 2**24 or len(part.trials) == 1 for part in split)
    assert isinstance(split[0], Population)


def test_one_large_tile_as_on_a_gpu_agrees_to_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Off the CPU a population is one tile of its own size: same members, same data, another order of sums."""
    import rnnbench.train.fit

    trials = make_trials(cells=["lstm:keras2"], hidden=[3], repeats=7)
    small = {row.trial: row for row in fit(trials)}
    monkeypatch.setattr(rnnbench.train.fit, "tile_size", lambda trial: len(trials))
    for row in fit(trials):
        assert row.train_loss == pytest.approx(small[row.trial].train_loss, abs=1e-5)
        assert row.test_loss == pytest.approx(small[row.trial].test_loss, abs=1e-5)
