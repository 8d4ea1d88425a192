"""The order of training sequences."""

import numpy as np
import pytest

from rnnbench.recurrence.common import shuffle
from rnnbench.streams import stream
from rnnbench.train.order import BatchOrder, permutation
from tests.train.conftest import make_trials


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 127, 128, 129, 5_600, 8_000, 65_537])
def test_a_permutation_is_the_one_of_numpy(count: int) -> None:
    for seed in range(30):
        ours, theirs = (stream("order", seed) for _ in range(2))
        assert permutation(ours, count).tolist() == theirs.permutation(count).tolist()


def test_words_may_come_a_few_at_a_time() -> None:
    """More are drawn for the rare order that takes more of them than were asked for."""
    words = np.random.default_rng(0).bit_generator.random_raw(200)
    whole, partners = np.zeros((2, 200), dtype=np.int32)
    assert shuffle().choose_partners(words, 199, whole) <= 0
    last = 199
    for start in range(0, 200, 7):
        last = shuffle().choose_partners(words[start : start + 7], last, partners)
    assert last <= 0
    assert partners.tolist() == whole.tolist()


def test_stretches_read_what_single_updates_read() -> None:
    """Over the ends of several epochs, the last batch of each a smaller one."""
    (trial, *_) = make_trials(protocol={"sequences": 107, "batch": 8})
    order = BatchOrder(trial)
    single = [order.rows(update) for update in range(3, 30)]
    assert {len(rows) for rows in single} == {8, trial.protocol.training_sequences % 8}
    together = np.zeros((27, 8), dtype=np.int32)
    BatchOrder(trial).stretch(range(3, 30), together)
    assert [row[row >= 0].tolist() for row in together] == [rows.tolist() for rows in single]
