"""Gradients with respect to states against finite differences, for every registered cell."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import theilslopes

from rnnbench.explain.fade import Fade, quartiles
from rnnbench.explain.gradients import _medians, fit_decay, gradients_before_answer, state_gradients
from rnnbench.explain.models import Models
from rnnbench.registry import CELLS, add_plugin
from rnnbench.train.feed import TileBatch
from rnnbench.train.weights import initial_weights
from tests.train.conftest import make_trials

LENGTH, SEQUENCES, STEP = 5, 3, 1e-6


def models_of(cell: str, hidden: int = 3, task: str = "latching", length: int = LENGTH) -> Models:
    trials = make_trials(
        tasks=[task],
        cells=[cell],
        hidden=[hidden],
        lengths=[length],
        repeats=2,
        protocol={"test": SEQUENCES, "updates": 10, "batch": 4},
    )
    template = Models(trials, torch.zeros(2, 1))
    return Models(trials, initial_weights(trials, template.layout, template.task, torch.float64))


@pytest.mark.parametrize("cell", [name for name in CELLS if CELLS[name].by_step])
def test_gradients_are_those_of_finite_differences(cell: str) -> None:
    """The loss when one number of a state is moved, everything after it run anew."""
    models = models_of(cell)
    batch = models.batch(SEQUENCES)
    unrolled = models.unroll(batch, models.flat.clone().requires_grad_())
    rng = np.random.default_rng(0)
    for time in (0, LENGTH - 2):
        parts = [part for part in unrolled.states[time] if part.requires_grad]
        found = torch.autograd.grad(unrolled.loss.sum(), parts, retain_graph=True, allow_unused=True)
        for part, gradient in zip(parts, found, strict=True):
            place = tuple(int(rng.integers(size)) for size in part.shape)
            which = next(number for number, own in enumerate(unrolled.states[time]) if own is part)
            losses = [_moved(models, batch, time, which, place, sign * STEP) for sign in (1, -1)]
            wanted = (losses[0] - losses[1]) / (2 * STEP)
            got = 0.0 if gradient is None else float(gradient[place])
            assert got == pytest.approx(wanted, rel=1e-4, abs=1e-8)


def _moved(models: Models, batch: TileBatch, time: int, which: int, place: tuple[int, ...], by: float) -> float:
    with torch.no_grad():
        states = [list(state) for state in models.unroll(batch).states]
        moved = states[time][which].clone()
        moved[place] += by
        states[time][which] = moved
        return float(models.unroll(batch, start=(time + 1, tuple(states[time]))).loss.sum())


def place(models: Models, name: str) -> int:
    """Where the first number of a named tensor lies in a member's row."""
    return int(np.cumsum([0, *models.layout.sizes])[list(models.layout.shapes).index(name)])


def linear(us: tuple[float, float], length: int) -> Models:
    """srnn near nought is linear: a step back multiplies by |u|."""
    models = models_of("srnn", hidden=1, length=length)
    models.flat[:] = 0.0
    for member, u in enumerate(us):
        models.flat[member, place(models, "cell.kernel")] = 1e-6
        models.flat[member, place(models, "cell.recurrent")] = u
        models.flat[member, place(models, "readout")] = 1.0
    return models


def test_a_linear_recurrence_decays_as_its_weight_says() -> None:
    us = (0.5, -0.9)
    norms = state_gradients(linear(us, LENGTH), SEQUENCES)
    for member, u in enumerate(us):
        decay = fit_decay(norms[:-1, member])
        assert decay.per_step == pytest.approx(abs(u), rel=1e-6)
        assert decay.time_constant == pytest.approx(-1 / np.log(abs(u)), rel=1e-5)


def test_norms_are_seen_where_their_squares_are_not() -> None:
    """1e-4 to the power of 60 is a number, its square is none."""
    norms = gradients_before_answer(linear((1e-4, 1.0), 62), SEQUENCES).state
    assert norms[0, 0] / norms[-2, 0] == pytest.approx(1e-240, rel=1e-6, abs=0.0)
    assert norms[0, 1] / norms[-2, 1] == pytest.approx(1.0, rel=1e-6)


def test_the_cell_state_of_an_lstm_decays_by_the_forget_gate() -> None:
    """All weights nought but its bias of 1: hard_sigmoid(1) = 0.7 for c; h goes nowhere."""
    models = models_of("lstm:keras2", hidden=1)
    models.flat[:] = 0.0
    models.flat[:, place(models, "cell.bias.0") + 1] = 1.0
    models.flat[:, place(models, "readout")] = 1.0
    norms = gradients_before_answer(models, SEQUENCES)
    h, c = norms.parts
    assert not h.any()
    np.testing.assert_allclose(c[:-2] / c[1:-1], 0.7, rtol=1e-6)  # 0.2 and 0.5 of the gate are float32
    np.testing.assert_array_equal(c, norms.state)
    assert c[-1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("every", [False, True])
def test_steps_are_counted_from_each_sequences_last_answer(every: bool) -> None:
    """A leaky integrator, its states and gradients written out in numpy, sequence by sequence."""
    add_plugin(Path(__file__).with_name("uneven_plugin.py"))
    models = models_of("leak", hidden=2, task="uneven", length=12)
    found = gradients_before_answer(models, 64, every=every)
    batch = models.batch(64)
    own, others = models.layout.cut(models.flat)
    steps = np.array(batch.steps)
    wanted: list[list[NDArray[np.float64]]] = [[], []]
    for member in range(2):
        v, b, w = (part[member].numpy() for part in (others["readout"], others["readout_bias"], own["w"]))
        for sequence in range(batch.scored.shape[2]):
            asked = batch.scored[:, member, sequence].numpy()
            if not asked.any():
                continue
            h, deltas = np.zeros(2), {}
            for time in range(int(steps[asked].max()) + 1):
                h = 0.8 * h + batch.inputs[time, member, sequence].numpy() @ w
                if time in steps[asked]:
                    p = np.exp(h @ v + b)
                    p /= p.sum()
                    p[int(batch.targets[int(np.flatnonzero(steps == time)[0]), member, sequence])] -= 1.0
                    deltas[time] = v @ p
            last = max(deltas)
            answers = deltas if every else {last: deltas[last]}
            rows = [
                sum((0.8 ** (end - t) * d for end, d in answers.items() if end > t), np.zeros(2)) / len(answers)
                for t in range(last, -1, -1)
            ]
            wanted[member].append(np.linalg.norm(rows, axis=1))
    lengths = [len(rows) for member in wanted for rows in member]
    furthest = max(back for back in range(12) if 2 * sum(length > back for length in lengths) >= len(lengths))
    assert found.answers == 2
    assert len(set(lengths)) > 1
    assert len(found.state) == furthest + 1
    for member in range(2):
        medians = [
            np.median([rows[back] for rows in wanted[member] if len(rows) > back]) for back in range(furthest + 1)
        ]
        np.testing.assert_allclose(found.state[::-1, member], medians, rtol=1e-9)


def test_sequences_that_are_not_there_do_not_count() -> None:
    """The test stream has three; asking for more is asking for these."""
    models = models_of("gru")
    np.testing.assert_allclose(state_gradients(models, 64), state_gradients(models, SEQUENCES), rtol=1e-12)
    more, all_of_them = (gradients_before_answer(models, number) for number in (64, SEQUENCES))
    np.testing.assert_allclose(more.state, all_of_them.state, rtol=1e-12)
    np.testing.assert_allclose(all_of_them.state, state_gradients(models, SEQUENCES), rtol=1e-12)
    assert all_of_them.state[:-1].all()


def test_medians_are_numpys_of_those_that_are_there() -> None:
    norms = np.random.default_rng(0).random((4, 3, 6))
    there = np.ones((4, 3, 6), dtype=bool)
    there[1, 0, 3:], there[2, 1, :1], there[3, 2, :] = False, False, False
    norms[0, 2, 5] = np.inf
    found = _medians(norms, there)
    for time, member in np.ndindex(4, 3):
        own = norms[time, member, there[time, member]]
        assert found[time, member] == (np.median(own) if len(own) else 0.0)
    norms[2, 1, 0] = np.nan  # not there
    np.testing.assert_array_equal(_medians(norms, there), found)
    norms[2, 1, 1] = np.nan
    assert np.isnan(_medians(norms, there)).all(axis=0).tolist() == [False, True, False]


def test_a_fit_to_nothing_says_so() -> None:
    assert np.isnan(fit_decay(np.zeros(5)).per_step)
    assert fit_decay(np.array([4.0, 2.0, 1.0, 0.0])).per_step == pytest.approx(2.0)


def test_a_fit_to_many_steps_is_that_to_all_of_them() -> None:
    """A law that bends in the middle, noisy; scipy on all pairs."""
    rng = np.random.default_rng(0)
    slopes = np.where(np.arange(900) < 500, np.log(0.99), np.log(0.95))
    norms = np.exp(np.cumsum(slopes)[::-1] + 0.1 * rng.standard_normal(900))
    whole = np.exp(theilslopes(np.log(norms), np.arange(899, -1, -1)).slope)
    assert fit_decay(norms).per_step == pytest.approx(whole, rel=5e-4)


def test_a_fade_says_where() -> None:
    """Five members by hand over ten steps: steady, vanishing, exploding, without any, and infinite from step 4 back."""
    back = np.arange(10, -1, -1.0)
    columns = [np.full(11, 2.0), 3.0 * 0.1**back, 10.0**back, np.zeros(11), np.where(back > 3, np.inf, 1.0)]
    norms = np.stack(columns, axis=1)
    norms[-1] = 0.0
    fade = Fade(norms)
    assert (fade.members, fade.distance) == (5, 10)
    np.testing.assert_allclose(fade.decays, [1.0, 0.1, 10.0, np.nan, 1.0])
    np.testing.assert_allclose(fade.arrives, [1.0, 1e-9, 1e9, np.nan, np.inf])
    assert (fade.vanished(), fade.exploded()) == (2, 2)
    # 1e-6 itself, seven steps back, may round to either side of the bound
    assert fade.vanished_after()[0] in (7.0, 8.0)
    assert fade.exploded_after()[0] in (4.0, 5.0)
    assert fade.exploded_after()[1] == 4.0
    assert fade.nought.tolist() == [False, False, False, True, False]
    assert fade.of(np.array([False, True, False, False, False])).per_step == pytest.approx(0.1)
    assert fade.quartiles == pytest.approx((0.775, 1.0, 3.25))
    assert quartiles(np.array([np.nan])) == pytest.approx((np.nan,) * 3, nan_ok=True)
    assert quartiles(np.array([1.0, np.inf, np.inf]))[1] == 1e300
    assert Fade(np.array([[np.inf], [np.inf], [0.0]])).exploded() == 1
