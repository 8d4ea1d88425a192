"""Every task and every cell in some pair: 20 updates at its small shape (all: the nox session catalogue)."""

import itertools
import random

import pytest

from rnnbench.catalogue.pairs import PROTOCOL, all_pairs, train_pair
from rnnbench.registry import CELLS, TASKS


def sample() -> list[tuple[str, str]]:
    """Each task once, each cell at least once, the same ones every time."""
    tasks, cells = sorted({task for task, _ in all_pairs()}), sorted({cell for _, cell in all_pairs()})
    random.Random(0).shuffle(cells)
    return list(zip(tasks, itertools.cycle(cells), strict=False))


def test_all_pairs_are_all() -> None:
    assert len(all_pairs()) == len(set(all_pairs())) == len(list(TASKS)) * len(list(CELLS))
    assert len({cell for _, cell in sample()}) == len(list(CELLS))
    assert PROTOCOL["updates"] == 20


@pytest.mark.parametrize("pair", sample(), ids="-".join)
def test_a_pair_trains(pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RNNBENCH_DATA", raising=False)
    done = train_pair(pair)
    wanted = "skipped" if pair[0] == "sequential_mnist" else "ok"
    assert (done.status, wanted) == (wanted, wanted), done.reason


def test_an_exception_is_the_pairs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TASKS["adding"], "sample", lambda *_: 1 / 0)
    done = train_pair(("adding", "srnn"))
    assert (done.status, done.reason) == ("error", "ZeroDivisionError: division by zero")
