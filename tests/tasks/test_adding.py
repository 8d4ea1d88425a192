"""The adding problem against its four published definitions, enumerated here in plain Python."""

import itertools
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from scipy.stats import chisquare

from rnnbench.errors import RnnbenchError
from rnnbench.task import Success
from tests.tasks.making import make, only_ends_are_scored, small, solved, wanted

LEAST = {"hochreiter": 11, "arjovsky": 2, "tcn": 2, "pascanu": 10}
RANGE = {"hochreiter": (-1.0, 1.0), "arjovsky": (0.0, 1.0), "tcn": (0.0, 1.0), "pascanu": (0.0, 1.0)}
Marked = tuple[int, tuple[int, ...]]
"""A length, and the steps whose mark is 1."""


def hochreiter(asked: int) -> Iterator[Marked]:
    """One of the first ten, then one of the first asked / 2 - 1 still unmarked; equally likely all."""
    for length in range(asked, asked + asked // 10 + 1):
        for first in range(10):
            unmarked = [step for step in range(1, length) if step != first]
            for second in unmarked[: asked // 2 - 1]:
                yield length, tuple(sorted({first, second} - {0}))


def arjovsky(asked: int) -> Iterator[Marked]:
    for first in range(asked // 2):
        for second in range(asked // 2):
            yield asked, (first, asked // 2 + second)


def tcn(asked: int) -> Iterator[Marked]:
    for pair in itertools.combinations(range(asked), 2):
        yield asked, pair


def pascanu(asked: int) -> Iterator[Marked]:
    """Weighted by repetition, since each length is as likely as any other whatever its number of places."""
    lengths = range(asked, asked + max(int(asked * 0.1), 1))
    places = {length: (int(length * 0.1), int(length * 0.4)) for length in lengths}
    most = np.lcm.reduce([a * b for a, b in places.values()])
    for length, (tenth, four_tenths) in places.items():
        for first, second in itertools.product(range(tenth), range(tenth, tenth + four_tenths)):
            yield from [(length, (first, second))] * (most // (tenth * four_tenths))


PUBLISHED = {"hochreiter": hochreiter, "arjovsky": arjovsky, "tcn": tcn, "pascanu": pascanu}


@pytest.mark.parametrize(
    ("preset", "length"), [*LEAST.items(), ("arjovsky", 7), ("tcn", 9), ("pascanu", 31), ("hochreiter", 20)]
)
def test_lengths_and_marks_are_as_likely_as_published(preset: str, length: int) -> None:
    batch = make(f"adding:{preset}").sample(np.random.default_rng(5), 20_000, length)
    expected = Counter(PUBLISHED[preset](length))
    marked = [tuple(np.flatnonzero(row == 1.0).tolist()) for row in batch.inputs[..., 1]]
    seen = Counter(zip(batch.lengths.tolist(), marked, strict=True))
    assert set(seen) <= set(expected)
    total = sum(expected.values())
    cells = list(expected)
    found = chisquare([seen[cell] for cell in cells], [expected[cell] / total * len(batch) for cell in cells])
    assert len(cells) == 1 or found.pvalue > 1e-3


@pytest.mark.parametrize("preset", PUBLISHED)
@pytest.mark.parametrize("extra", [0, 1, 30])
def test_answers_recomputed_number_by_number(preset: str, extra: int) -> None:
    task, length = make(f"adding:{preset}"), LEAST[preset] + extra
    batch = task.sample(np.random.default_rng(extra), 200, length)
    assert only_ends_are_scored(batch)
    assert batch.inputs.shape[1] == task.steps(length)
    for pairs, steps, target in zip(batch.inputs, batch.lengths, wanted(batch)[:, 0], strict=True):
        total = 0.0
        for value, mark in pairs[:steps].tolist():
            total += value if mark == 1.0 else 0.0
        expected = {"hochreiter": 0.5 + total / 4, "pascanu": total / 2}.get(preset, total)
        assert target == pytest.approx(expected, abs=1e-6)
        others = set(pairs[:steps, 1].tolist()) - {1.0}
        assert others <= ({0.0, -1.0} if preset == "hochreiter" else {0.0})
    ends = batch.inputs[np.arange(200), batch.lengths - 1, 1]
    assert (batch.inputs[:, 0, 1] == -1.0).all() == (preset == "hochreiter")
    assert (ends == -1.0).all() == (preset == "hochreiter")


@pytest.mark.parametrize("preset", PUBLISHED)
def test_values_are_uniform_in_the_published_range(preset: str) -> None:
    low, high = RANGE[preset]
    values = make(f"adding:{preset}").sample(np.random.default_rng(0), 5000, 20).inputs[:, :20, 0]
    counts, _ = np.histogram(values, bins=20, range=(low, high))
    assert counts.sum() == values.size
    assert chisquare(counts).pvalue > 1e-3


def test_the_docstrings_example() -> None:
    pairs = np.array([[[0.5, 0], [0.2, 1], [0.9, 0], [0.4, 1]]])
    assert solved(make("adding"), pairs)[0, :, 0].tolist() == pytest.approx([0, 0.2, 0.2, 0.6])
    assert solved(make("adding:pascanu"), pairs)[0, -1, 0] == pytest.approx(0.3)
    assert solved(make("adding:hochreiter"), pairs)[0, -1, 0] == pytest.approx(0.65)
    pairs[0, 1, 1] = -1  # the first mark on the first pair: X1 is 0
    assert solved(make("adding:hochreiter"), pairs)[0, -1, 0] == pytest.approx(0.6)


MIXED = ("adding[low=-1]", "adding[marks=hochreiter]", "adding[total=average,marks=anywhere]")


@pytest.mark.parametrize("text", ["adding", "adding:tcn", "adding:pascanu", "adding:hochreiter", *MIXED])
@pytest.mark.parametrize("length", [12, 13])
def test_chance_and_memoryless_against_simulation(text: str, length: int) -> None:
    """The best that sees the last pair only adds to the mean what a marked last value differs from its own mean."""
    task = make(text)
    batch = task.sample(np.random.default_rng(1), 60_000, length)
    targets = wanted(batch)[:, 0].astype(np.float64)
    guess = np.square(targets - targets.mean())
    assert guess.mean() == pytest.approx(task.chance, abs=5 * guess.std() / 60_000**0.5)
    last = batch.inputs[np.arange(len(batch)), batch.lengths - 1].astype(np.float64)
    known = last[:, 1] == 1.0
    design = np.stack([np.ones(len(batch)), known, known * last[:, 0]], axis=1)
    errors = np.square(targets - design @ np.linalg.lstsq(design, targets, rcond=None)[0])
    memoryless = task.memoryless(length)
    assert errors.mean() == pytest.approx(memoryless, abs=5 * errors.std() / 60_000**0.5)
    assert (memoryless == task.chance) == (not known.any())


def test_chance_of_the_presets_by_hand() -> None:
    """1/6, the variance of a mean of two, and (1.9 values of variance 1/3) / 16."""
    got = [make(f"adding:{preset}").chance for preset in ("arjovsky", "tcn", "pascanu", "hochreiter")]
    assert got == pytest.approx([1 / 6, 1 / 6, 1 / 24, 1.9 / 48])


def test_success_is_the_sources() -> None:
    assert make("adding:hochreiter").success == Success("mse", 0.04**2)
    assert make("adding:arjovsky").success == make("adding:tcn").success == Success("mse", 0.08**2)
    errors = np.random.default_rng(0).normal(scale=make("adding:pascanu").success.threshold ** 0.5, size=200_000)
    assert np.mean(errors**2 > 0.04) == pytest.approx(0.01, abs=0.001)


@pytest.mark.parametrize("preset", PUBLISHED)
def test_too_short_is_refused(preset: str) -> None:
    task, least = make(f"adding:{preset}"), LEAST[preset]
    task.check_length(least)
    with pytest.raises(RnnbenchError) as refusal:
        task.check_length(least - 1)
    marks = {"arjovsky": "halves", "tcn": "anywhere"}.get(preset, preset)
    assert str(refusal.value) == f"task 'adding' needs length ≥ {least} for marks={marks}, got length={least - 1}."


@pytest.mark.parametrize("preset", PUBLISHED)
def test_later_pairs_change_no_earlier_answer(preset: str) -> None:
    task = make(f"adding:{preset}")
    inputs, other = (task.sample(np.random.default_rng(seed), 50, 20).inputs[:, :20].copy() for seed in (0, 1))
    for cut in (1, 9, 19):
        changed = np.concatenate([inputs[:, :cut], other[:, cut:]], axis=1)
        assert np.array_equal(solved(task, changed)[:, :cut], solved(task, inputs)[:, :cut])


def test_small_can_be_posed() -> None:
    assert small("adding").class_balance is None
