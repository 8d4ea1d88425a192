"""Bit relay: two bits, one of them halfway."""

import numpy as np
import pytest

from rnnbench.streams import stream
from tests.tasks import noisy_bits as bits

EXAMPLES: bits.Examples = {(1, 0, 1, 0): 1, (1, 0, -1, 0): 0, (-1, 0, 1, 0): 0, (-1, 0, -1, 0): 1}
"""What the docstring shows, all cases, worked by hand at length 4."""


@pytest.mark.parametrize("length", [2, 3, 20, 101])
def test_the_oracle_solves_what_is_sampled(length: int) -> None:
    bits.assert_solved("bit_relay", length)


@pytest.mark.parametrize("noise", [0.5, 1.0, 3.0])
def test_noise_costs_the_oracle_what_it_declares(noise: float) -> None:
    bits.assert_noise_costs_what_is_declared("bit_relay", noise)


@pytest.mark.parametrize(
    ("text", "accuracy"),
    [
        # neither or both of two: 0.841345² + 0.158655² = 0.707861 + 0.025171;
        # 0.977250² + 0.022750² = 0.955017 + 0.000518
        ("bit_relay[noise=0]", 1.0),
        ("bit_relay[noise=1]", 0.733033),
        ("bit_relay[noise=0.5]", 0.955535),
    ],
)
def test_declared_oracle_accuracy_by_hand(text: str, accuracy: float) -> None:
    assert bits.make(text).oracle_accuracy == pytest.approx(accuracy, abs=2e-6)


def test_guessing_scores_chance() -> None:
    bits.assert_guessing_scores_chance("bit_relay")


def test_one_seed_one_sample() -> None:
    bits.assert_one_seed_one_sample("bit_relay")


@pytest.mark.parametrize(("count", "extra"), [(1, 0), (6, 0), (6, 1), (7, 30)])
def test_batch_contract(count: int, extra: int) -> None:
    bits.assert_contract("bit_relay", count, extra)


def test_only_the_last_step_of_exactly_length_steps_is_scored() -> None:
    bits.assert_only_the_last_of_exactly_length_steps_is_scored("bit_relay")


def test_too_short_is_refused() -> None:
    bits.assert_too_short_is_refused("bit_relay", 2)


def test_without_noise_only_the_hand_examples_occur() -> None:
    bits.assert_only_examples_occur("bit_relay[noise=0]", EXAMPLES)


def test_the_docstring_shows_true_examples() -> None:
    bits.assert_the_docstring_shows("bit_relay", EXAMPLES)


@pytest.mark.parametrize(("length", "place"), [(2, 1), (3, 1), (4, 2), (5, 2), (11, 5)])
def test_the_second_bit_stands_halfway(length: int, place: int) -> None:
    inputs = bits.make("bit_relay[noise=0]").sample(stream("data", length), 20, length).inputs[..., 0]
    assert set(np.flatnonzero(np.abs(inputs).max(axis=0))) == {0, place}
    assert (np.abs(inputs[:, [0, place]]) == 1.0).all()


def test_noise_lies_on_every_element() -> None:
    bits.assert_noise_lies_on_every_element("bit_relay")


def test_streams_share_no_sequence() -> None:
    bits.assert_streams_share_no_sequence("bit_relay")
