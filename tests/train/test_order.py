"""The order of training sequences."""

import numpy as np
import pytest

from rnnbench.streams import stream
from rnnbench.train.order import BatchOrder, permutation
from tests.train.conftest import make_trials


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 127, 128, 129, 5_600, 8_000, 65_537])
def test_a_permutation_is_the_one_of_numpy(count: int) -> None:
    for seed in range(30):
        ours, theirs = (stream("order", seed) for _ in range(2))
        assert permutation(ours, count).tolist() == theirs.permutation(count).tolist()


def test_words_may_come_a_few_at_a_time() -> None:
    """More are drawn for the rare order that takes more than were thought enough."""
    ours, theirs = (stream("order", 1) for _ in range(2))
    assert permutation(ours, 200, words=7).tolist() == theirs.permutation(200).tolist()


def test_stretches_read_what_single_updates_read() -> None:
    """Over the ends of several epochs, the last batch of each a smaller one."""
    (trial, *_) = make_trials(protocol={"sequences": 107, "batch": 8})
    order = BatchOrder(trial)
    single = [order.rows(update) for update in range(3, 30)]
    assert {len(rows) for rows in single} == {8, trial.protocol.training_sequences % 8}
    together = np.zeros((27, 8), dtype=np.int32)
    BatchOrder(trial).stretch(range(3, 30), together)
    assert [row[row >= 0].tolist() for row in together] == [rows.tolist() for rows in single]
