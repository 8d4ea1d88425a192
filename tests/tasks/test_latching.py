"""Latching, as of 2018 and with its classes drawn."""

import numpy as np
import pytest

from rnnbench.streams import stream
from tests.tasks import noisy_bits as bits

TEXTS = ["latching", "latching[like=2018]"]
EXAMPLES: bits.Examples = {(1, 0, 0, 0): 1, (-1, 0, 0, 0): 0}
"""What the docstring shows, all cases, worked by hand at length 4."""


@pytest.mark.parametrize("length", [2, 3, 20, 101])
@pytest.mark.parametrize("text", TEXTS)
def test_the_oracle_solves_what_is_sampled(text: str, length: int) -> None:
    bits.assert_solved(text, length)


@pytest.mark.parametrize("noise", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("text", TEXTS)
def test_noise_costs_the_oracle_what_it_declares(text: str, noise: float) -> None:
    bits.assert_noise_costs_what_is_declared(text, noise)


@pytest.mark.parametrize(
    ("text", "accuracy"),
    [
        # a flip needs noise below -1/noise standard deviations: Φ(1) = 0.841345, Φ(2) = 0.977250
        ("latching[noise=0]", 1.0),
        ("latching[noise=1]", 0.841345),
        ("latching[noise=0.5]", 0.977250),
    ],
)
def test_declared_oracle_accuracy_by_hand(text: str, accuracy: float) -> None:
    assert bits.make(text).oracle_accuracy == pytest.approx(accuracy, abs=2e-6)


@pytest.mark.parametrize("text", TEXTS)
def test_guessing_scores_chance(text: str) -> None:
    bits.assert_guessing_scores_chance(text)


@pytest.mark.parametrize("text", TEXTS)
def test_one_seed_one_sample(text: str) -> None:
    bits.assert_one_seed_one_sample(text)


@pytest.mark.parametrize(("count", "extra"), [(1, 0), (6, 0), (6, 1), (7, 30)])
@pytest.mark.parametrize("text", TEXTS)
def test_batch_contract(text: str, count: int, extra: int) -> None:
    bits.assert_contract(text, count, extra)


@pytest.mark.parametrize("text", TEXTS)
def test_only_the_last_step_of_exactly_length_steps_is_scored(text: str) -> None:
    bits.assert_only_the_last_of_exactly_length_steps_is_scored(text)


@pytest.mark.parametrize("text", TEXTS)
def test_too_short_is_refused(text: str) -> None:
    bits.assert_too_short_is_refused(text, 1)


@pytest.mark.parametrize("text", ["latching[noise=0]", "latching[like=2018,noise=0]"])
def test_without_noise_only_the_hand_examples_occur(text: str) -> None:
    bits.assert_only_examples_occur(text, EXAMPLES)


def test_the_docstring_shows_true_examples() -> None:
    bits.assert_the_docstring_shows("latching", EXAMPLES)


@pytest.mark.parametrize("text", TEXTS)
def test_noise_lies_on_every_element(text: str) -> None:
    bits.assert_noise_lies_on_every_element(text)


@pytest.mark.parametrize("text", TEXTS)
def test_streams_share_no_sequence(text: str) -> None:
    bits.assert_streams_share_no_sequence(text)


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_the_data_of_2018_is_sorted_positive_first(count: int) -> None:
    targets = bits.make("latching[like=2018]").sample(stream("data", count), count, 3).targets[:, -1]
    assert targets.tolist() == [1] * (count // 2) + [0] * (count - count // 2)


def test_by_default_there_is_no_order() -> None:
    targets = bits.make("latching").sample(stream("data"), bits.SEQUENCES, 3).targets[:, -1]
    half = bits.SEQUENCES // 2
    assert bits.within(float(np.mean(targets[:half])), 0.5, half)
    assert bits.within(float(np.mean(targets[1:] == targets[:-1])), 0.5, bits.SEQUENCES - 1)
