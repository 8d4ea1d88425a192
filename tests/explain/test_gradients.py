"""Gradients with respect to states against finite differences, for every registered cell."""

import numpy as np
import pytest
import torch

from rnnbench.explain.gradients import fit_decay, state_gradients
from rnnbench.explain.models import Models
from rnnbench.registry import CELLS
from rnnbench.train.feed import TileBatch
from rnnbench.train.weights import initial_weights
from tests.train.conftest import make_trials

LENGTH, SEQUENCES, STEP = 5, 3, 1e-6


def models_of(cell: str, hidden: int = 3) -> Models:
    trials = make_trials(
        cells=[cell],
        hidden=[hidden],
        lengths=[LENGTH],
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


def test_a_linear_recurrence_decays_as_its_weight_says() -> None:
    """srnn near nought is linear: a step back multiplies by |u|."""
    models = models_of("srnn", hidden=1)
    models.flat[:] = 0.0
    _, own = models.layout.cut(models.flat)
    del own
    names = list(models.layout.shapes)
    starts = np.cumsum([0, *models.layout.sizes])
    for member, u in enumerate((0.5, -0.9)):
        for name, value in (("cell.kernel", 1e-6), ("cell.recurrent", u)):
            models.flat[member, int(starts[names.index(name)])] = value
        models.flat[member, int(starts[names.index("readout")])] = 1.0
    norms = state_gradients(models, SEQUENCES)
    for member, u in enumerate((0.5, -0.9)):
        decay = fit_decay(norms[:-1, member])
        assert decay.per_step == pytest.approx(abs(u), rel=1e-6)
        assert decay.time_constant == pytest.approx(-1 / np.log(abs(u)), rel=1e-5)


def test_a_fit_to_nothing_says_so() -> None:
    assert np.isnan(fit_decay(np.zeros(5)).per_step)
    assert fit_decay(np.array([4.0, 2.0, 1.0, 0.0])).per_step == pytest.approx(2.0)
