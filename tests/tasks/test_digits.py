"""Digits: pixels and splits against scikit-learn's own data."""

import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from rnnbench.errors import RnnbenchError
from rnnbench.task import Array, Batch, Purpose
from rnnbench.train.sampling import sample
from tests.tasks.recall_checks import drawn, make

PURPOSES: tuple[Purpose, ...] = ("train", "validation", "test")
SIZES = {"train": 1266, "validation": 178, "test": 353}


def whole(purpose: Purpose, text: str = "digits", length: int = 64) -> Batch:
    """Every image of a split once, in some order."""
    return sample(make(text), np.random.default_rng(1), SIZES[purpose], length, purpose)


def flat(batch: Batch) -> Array:
    """Pixels 0..16, in the order fed."""
    return np.asarray(np.rint(batch.inputs.reshape(len(batch), 64) * 16), dtype=int)


def table(images: Array, classes: Array) -> set[bytes]:
    return {bytes([*map(int, image), int(label)]) for image, label in zip(images, classes, strict=True)}


def test_the_splits_are_all_images_and_share_none() -> None:
    images, classes = load_digits(return_X_y=True)
    everything = table(images, classes)
    assert len(everything) == len(images) == sum(SIZES.values())
    parts = {purpose: table(flat(whole(purpose)), whole(purpose).targets[:, -1]) for purpose in PURPOSES}
    assert {purpose: len(part) for purpose, part in parts.items()} == SIZES
    assert set.union(*parts.values()) == everything  # as many in all: none is in two


def test_the_split_goes_by_number_within_each_digit() -> None:
    images, classes = load_digits(return_X_y=True)
    for purpose, numbers in (("train", range(7)), ("validation", range(7, 8)), ("test", range(8, 10))):
        expected = set()
        for digit in range(10):
            own = images[classes == digit]
            chosen = [image for number, image in enumerate(own) if number % 10 in numbers]
            expected |= table(np.array(chosen), np.full(len(chosen), digit))
        batch = whole(purpose)  # type: ignore[arg-type]
        assert table(flat(batch), batch.targets[:, -1]) == expected


@pytest.mark.parametrize("pixels", [1, 2, 4, 8])
def test_pixels_come_in_the_order_asked_for(pixels: int) -> None:
    length = 64 // pixels
    rows = whole("train", f"digits[pixels={pixels}]", length)
    assert rows.inputs.shape == (1266, length, pixels)
    images = flat(rows).reshape(-1, 8, 8)
    columns = whole("train", f"digits[order=columns,pixels={pixels}]", length)
    assert (flat(columns).reshape(-1, 8, 8) == images.transpose(0, 2, 1)).all()
    permuted = flat(whole("train", f"digits:permuted,pixels={pixels}", length))
    order = np.random.RandomState(92916).permutation(64)
    assert order[:6].tolist() == [13, 12, 55, 7, 0, 18]  # the permutation never changes
    assert (permuted == images.reshape(-1, 64)[:, order]).all()


def test_the_example_of_the_docstring() -> None:
    batch = whole("train", "digits[pixels=8]", 8)
    shown = [0, 0, 13, 15, 10, 15, 5, 0]
    zeros = batch.inputs[batch.targets[:, -1] == 0]
    assert (zeros[:, 1] * 16 == shown).all(axis=1).any()
    assert load_digits(return_X_y=True)[0][0, 8:16].tolist() == shown


def test_a_set_is_whole_passes() -> None:
    task = make("digits[pixels=8]")
    batch = sample(task, np.random.default_rng(0), 2 * 178 + 5, 8, "validation")
    _, counts = np.unique(batch.inputs.reshape(len(batch), -1), axis=0, return_counts=True)
    assert sorted(counts.tolist()) == [2] * 173 + [3] * 5
    assert not (batch.inputs[:178] == batch.inputs[178:356]).all()


def test_only_the_last_step_is_scored_and_training_is_the_sample() -> None:
    task, batch = drawn("digits", 64, count=5)
    assert (batch.scored == (np.arange(64) == 63)).all()
    assert task.solve(batch.inputs) is None
    assert (batch.inputs == sample(task, np.random.default_rng(0), 5, 64, "train").inputs).all()


def test_class_balance_and_chance_are_counted() -> None:
    task = make("digits")
    counts = np.bincount(whole("train").targets[:, -1], minlength=10)
    assert task.class_balance == pytest.approx((counts / 1266).tolist())
    assert task.chance == counts.max() / 1266


def test_a_linear_classifier_reaches_what_solves() -> None:
    seen, unseen = whole("train"), whole("test")
    fitted = LogisticRegression(max_iter=2000).fit(flat(seen) / 16, seen.targets[:, -1])
    share = fitted.score(flat(unseen) / 16, unseen.targets[:, -1])
    assert make("digits").success.met(share)
    assert share < 0.97


@pytest.mark.parametrize(("text", "length", "got"), [("digits", 8, 1), ("digits[pixels=8]", 64, 8)])
def test_other_lengths_are_refused(text: str, length: int, got: int) -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make(text).check_length(length)
    assert str(refusal.value) == f"task 'digits' needs length * pixels = 64, got length={length}, pixels={got}."


def test_without_scikit_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[type(make("digits")).__module__]
    module._split.cache_clear()
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(
        RnnbenchError, match=r"^task 'digits' needs scikit-learn \(.*\): pip install 'rnnbench\[data\]'\.$"
    ):
        make("digits").check_length(64)
