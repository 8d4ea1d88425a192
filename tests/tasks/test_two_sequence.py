"""The 2-sequence problem: each experiment's signal, noise, lengths and answers."""

import math

import numpy as np
import pytest
from scipy import stats

from rnnbench.errors import RnnbenchError
from rnnbench.task import Success
from tests.tasks.making import make, only_ends_are_scored, small, solved, wanted

EXPERIMENTS = ("3a", "3b", "3c", "bengio")


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize(("signals", "length"), [(1, 2), (3, 4), (3, 10), (3, 25), (7, 100)])
def test_the_oracle_is_right(experiment: str, signals: int, length: int) -> None:
    task = make(f"two_sequence[like={experiment},signals={signals}]")
    batch = task.sample(np.random.default_rng(length), 2000, length)
    assert only_ends_are_scored(batch)
    answers = solved(task, batch.inputs)
    if experiment == "3c":
        assert np.abs(answers[batch.scored] - wanted(batch)).max() < 1e-6
    elif experiment != "3b":
        assert np.array_equal(answers, wanted(batch))
    else:
        error = math.sqrt(task.oracle_accuracy * (1 - task.oracle_accuracy) / 2000)
        assert np.mean(answers == wanted(batch)) == pytest.approx(task.oracle_accuracy, abs=4.5 * error + 1e-9)


def test_declared_oracle_accuracy_by_hand() -> None:
    """Φ(sqrt(N / 0.2)) for N = 1 and 3."""
    assert make("two_sequence[like=3b,signals=1]").oracle_accuracy == pytest.approx(stats.norm.cdf(math.sqrt(5)))
    assert make("two_sequence:3b").oracle_accuracy == pytest.approx(stats.norm.cdf(math.sqrt(15)))
    assert [make(f"two_sequence:{name}").oracle_accuracy for name in ("3a", "3c", "bengio")] == [1, 1, 1]


@pytest.mark.parametrize("experiment", ["3a", "3b", "3c"])
@pytest.mark.parametrize("signals", [1, 3])
def test_signal_and_noise_of_hochreiter_and_schmidhuber(experiment: str, signals: int) -> None:
    batch = make(f"two_sequence[like={experiment},signals={signals}]").sample(np.random.default_rng(2), 4000, 20)
    upper = wanted(batch).ravel() == 1 if experiment != "3c" else wanted(batch).ravel() < 0.5
    assert stats.binomtest(int(upper.sum()), 4000).pvalue > 1e-3
    line = batch.inputs[..., 0].astype(np.float64)
    line[:, :signals] -= np.where(upper, 1.0, -1.0)[:, None]
    signal, noise = line[:, :signals], line[:, signals:20]
    assert stats.kstest(noise.ravel(), stats.norm(scale=math.sqrt(0.2)).cdf).pvalue > 1e-3
    if experiment == "3b":
        assert stats.kstest(signal.ravel(), stats.norm(scale=math.sqrt(0.2)).cdf).pvalue > 1e-3
    else:
        assert not signal.any()


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize("length", [9, 40, 100])
def test_lengths_are_uniform_from_the_published_range(experiment: str, length: int) -> None:
    task = make(f"two_sequence:{experiment}")
    lengths = task.sample(np.random.default_rng(0), 6000, length).lengths
    low, high = (length // 2, length) if experiment == "bengio" else (length, length + length // 10)
    counts = np.bincount(lengths, minlength=high + 1)
    assert counts[:low].sum() == 0
    assert len(counts) == high + 1 == task.steps(length) + 1
    assert low == high or stats.chisquare(counts[low:]).pvalue > 1e-3


def test_bengios_keys_and_noise() -> None:
    """Noise lies within ±0.2 of a beginning of the class's key, of any length up to N, and of zeros."""
    batch = make("two_sequence:bengio").sample(np.random.default_rng(0), 4000, 20)
    line, classes = batch.inputs[..., 0], wanted(batch)
    there = np.arange(20) < batch.lengths[:, None]
    noise = line[:, 3:][there[:, 3:]]
    assert stats.kstest(noise, stats.uniform(-0.2, 0.4).cdf).pvalue > 1e-3
    keys = np.array([line[classes == answer, 0].mean() for answer in (0, 1)])
    assert abs(keys[0] - keys[1]) > 0.4
    assert (np.abs(keys) < 1).all()
    for answer in (0, 1):
        first, second, third = line[classes == answer, :3].T
        assert np.abs(first - keys[answer]).max() < 0.21
        middle = (np.abs(second) > 0.2).mean(), (np.abs(third) > 0.2).mean()
        # shown in two thirds and in one third of sequences; an element near zero may hide
        assert middle[0] <= 2 / 3 + 0.05
        assert middle[1] <= 1 / 3 + 0.05
    hidden = np.abs(line[classes == 1, 1]) <= 0.2  # that key's second element is 0.84: never hidden when shown
    assert np.mean(~hidden) == pytest.approx(2 / 3, abs=0.05)
    assert np.mean(np.abs(line[classes == 0, 2]) > 0.2) == pytest.approx(1 / 3, abs=0.05)


def test_only_training_targets_of_3c_are_noisy() -> None:
    task = make("two_sequence:3c")
    train, test, validation = (
        task.draw(np.random.default_rng(4), 5000, 10, purpose) for purpose in ("train", "test", "validation")
    )
    assert np.array_equal(train.inputs, test.inputs)
    assert set(np.unique(wanted(test))) == set(np.unique(wanted(validation))) == {np.float32(0.2), np.float32(0.8)}
    noise = (wanted(train) - wanted(test)).ravel()
    assert stats.kstest(noise, stats.norm(scale=math.sqrt(0.1)).cdf).pvalue > 1e-3
    first = test.inputs[:, 0, 0]
    assert set(zip(first.tolist(), wanted(test)[:, 0].tolist(), strict=True)) == {
        (1.0, float(np.float32(0.2))),
        (-1.0, float(np.float32(0.8))),
    }
    for name in ("3a", "3b", "bengio"):
        other = make(f"two_sequence:{name}")
        one, two = (other.draw(np.random.default_rng(4), 50, 10, purpose) for purpose in ("train", "test"))
        assert np.array_equal(one.targets, two.targets)


def test_the_docstrings_example() -> None:
    task = make("two_sequence[signals=2]")
    lines = np.array([[1, 1, 0, 0], [-1, -1, 0, 0]], dtype=np.float32)[..., None]
    assert solved(task, lines).tolist() == [True, False]
    assert solved(make("two_sequence[like=3c,signals=2]"), lines)[:, -1, 0].tolist() == pytest.approx([0.2, 0.8])


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_levels(experiment: str) -> None:
    """Nothing at the last step tells of the class, so the best answer to it is the constant."""
    task = make(f"two_sequence:{experiment}")
    batch = task.sample(np.random.default_rng(1), 20_000, 12)
    targets = wanted(batch).ravel().astype(np.float64)
    measured = targets.var() if experiment == "3c" else max(targets.mean(), 1 - targets.mean())
    assert measured == pytest.approx(task.chance, abs=0.001 if experiment == "3c" else 0.02)
    assert task.memoryless(12) == task.chance
    last = batch.inputs[np.arange(len(batch)), batch.lengths - 1, 0]
    assert abs(np.corrcoef(last, targets)[0, 1]) < 0.03
    assert abs(np.corrcoef(batch.lengths, targets)[0, 1]) < 0.03


def test_success_is_the_sources() -> None:
    assert make("two_sequence").success == make("two_sequence:bengio").success == Success("accuracy", 0.99)
    noisy = make("two_sequence:3b").success
    assert noisy.met(1 - 5 / 256)
    assert not noisy.met(1 - 6 / 256)
    assert make("two_sequence[like=3b,signals=1]").oracle_accuracy > noisy.threshold
    assert make("two_sequence:3c").success == Success("mse", 0.000225)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_no_room_for_noise_is_refused(experiment: str) -> None:
    task = make(f"two_sequence:{experiment}")
    task.check_length(4)
    with pytest.raises(RnnbenchError) as refusal:
        task.check_length(3)
    assert str(refusal.value) == "task 'two_sequence' needs length > signals, got length=3, signals=3."


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_noise_after_the_signal_changes_no_answer(experiment: str) -> None:
    task = make(f"two_sequence:{experiment}")
    inputs = task.sample(np.random.default_rng(1), 100, 20).inputs
    changed = inputs.copy()
    changed[:, 3:] = 5.0
    assert np.array_equal(solved(task, changed), solved(task, inputs))


def test_small_can_be_posed() -> None:
    assert small("two_sequence").class_balance == (0.5, 0.5)
