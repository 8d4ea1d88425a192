"""Fixed points against scipy's root finders, what is known in closed form, and a stranger's cell."""

from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.optimize import brentq, root

from rnnbench.errors import RnnbenchError
from rnnbench.explain.dynamics_page import Moment, _bifurcation, _followed, _memory, dynamics_block
from rnnbench.explain.fixed_points import FixedPoint, basins, critical_value, fixed_points
from rnnbench.explain.latching_radius import latching_radius
from rnnbench.explain.minimal import critical_input
from rnnbench.explain.models import Models
from rnnbench.explain.plane import place_of
from rnnbench.explain.saturation import saturation
from rnnbench.explain.spectrum import spectrum
from rnnbench.explain.state_map import StateMap
from rnnbench.registry import add_plugin
from tests.explain.small import subject


def unit(cell: str = "srnn:keras2", **weights: float) -> StateMap:
    """One unit with the named numbers (dots for underscores), the rest nought; the read-out says the sign."""
    return StateMap(_models(cell, weights), 0)


def _models(cell: str, weights: dict[str, float]) -> Models:
    looked_at = subject(cell, repeats=1)
    layout = looked_at.models(torch.zeros(1, 1)).layout
    flat = torch.zeros(1, layout.total, dtype=torch.float64)
    for name, value in ({"readout[0,0]": -1.0, "readout[0,1]": 1.0} | weights).items():
        flat[0, place_of(layout, name)] = value
    return looked_at.models(flat)


@pytest.mark.parametrize(("w", "b"), [(0.8, 0.0), (1.25, 0.0), (2.0, 0.3), (3.0, -0.5), (-0.5, 0.2)])
def test_fixed_points_of_a_unit_are_brents(w: float, b: float) -> None:
    found = fixed_points(StateMap(_models("srnn:keras2", {"recurrent": w, "bias.0": b}), 0))

    def off(x: float) -> float:
        return float(np.tanh(w * x + b) - x)

    line = np.linspace(-1.5, 1.5, 2001) + 1e-5
    roots = [brentq(off, low, high, xtol=1e-14) for low, high in pairwise(line) if off(low) * off(high) < 0]
    np.testing.assert_allclose([point.state[0] for point in found if point.period == 1], roots, atol=1e-9)
    for point in found:
        assert point.eigenvalues[0] == pytest.approx(abs(w * (1 - np.tanh(w * point.state[0] + b) ** 2)), abs=1e-9)


@pytest.mark.parametrize("cell", ["lstm:keras3", "cornn"])
def test_fixed_points_of_two_numbers_are_those_of_an_independent_root_finder(cell: str) -> None:
    looked_at = subject(cell, repeats=1)
    generator = torch.Generator().manual_seed(3)
    layout = looked_at.models(torch.zeros(1, 1)).layout
    of = StateMap(looked_at.models(2 * torch.randn(1, layout.total, generator=generator)), 0)
    found = [point.state for point in fixed_points(of) if point.period == 1]

    def off(s: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.asarray(of(np.array([s]))[0] - s)

    others: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []
    for start in product(np.linspace(-2.9, 2.9, 8), repeat=2):
        solved = root(off, start, tol=1e-13)
        exact = np.abs(of(np.array([solved.x]))[0] - solved.x).max() < 1e-10
        if exact and np.abs(solved.x).max() < 12 and all(np.abs(solved.x - other).max() > 1e-3 for other in others):
            others.append(solved.x)
    assert others
    assert len(found) == len(others)
    for other in others:
        assert min(np.abs(other - point).max() for point in found) < 1e-6


def test_a_negative_weight_makes_a_cycle() -> None:
    points = fixed_points(unit(recurrent=-1.25))
    assert [(point.period, point.stable) for point in points] == [(1, False), (2, True), (2, True)]
    assert points[1].state[0] == pytest.approx(-brentq(lambda x: np.tanh(1.25 * x) - x, 0.1, 2), abs=1e-9)


def test_a_unit_begins_to_latch_at_a_weight_of_one() -> None:
    def stable(w: float) -> int:
        return sum(point.stable for point in fixed_points(unit(recurrent=w)))

    assert critical_value(stable, 0.7, 1.6, exact=1e-3) == pytest.approx(1.0, abs=5e-3)


def test_along_a_weight_a_second_stable_point_comes_at_one() -> None:
    moment = Moment("after training", _models("srnn:keras2", {"recurrent[0,0]": 1.3}), 0)
    counts, changes, drawn = _followed(moment, "recurrent[0,0]")
    assert (counts[0][0], counts[-1][0]) == pytest.approx((-0.7, 3.3))
    assert {count for value, count in counts if value < 1} == {1}
    assert [after for _, after in changes] == [2]
    assert changes[0][0] == pytest.approx(1.0, abs=5e-3)
    assert len(drawn) > len(counts)
    assert _bifurcation("w", counts, changes).startswith(
        "Along `w` from -0.7 to 3.3 the number of stable points changes"
    )
    assert _bifurcation("w", counts, []).endswith("stays 1.")


def test_basins() -> None:
    of = unit(recurrent=1.25)
    points = fixed_points(of)
    assert basins(of, points, np.array([[-1.0], [-0.01], [0.01], [3.0]])).tolist() == [0, 0, 2, 2]
    cycle = unit(recurrent=-1.25)
    assert len(set(basins(cycle, fixed_points(cycle), np.array([[0.5], [-0.5]])))) == 1


@pytest.mark.parametrize("w", [1.25, 1.6])
def test_the_latching_radius_is_the_critical_input_of_bengio(w: float) -> None:
    of = unit(recurrent=w, kernel=1.0)
    held = np.array([point.state for point in fixed_points(of) if point.stable])
    assert latching_radius(of, held) == pytest.approx(critical_input(w), abs=1e-4)


def test_what_a_unit_without_memory_withstands_is_nothing() -> None:
    assert latching_radius(unit(recurrent=0.5, kernel=1.0), np.array([[0.4], [-0.4]])) < 1e-3
    assert latching_radius(unit(recurrent=1.25), np.array([[0.7]])) == np.inf  # it does not hear its input


def test_saturated_gates_are_named_by_their_line() -> None:
    models = _models("lstm[like=keras3,forget_bias=0]", {"bias.0[0]": -9.0, "bias.0[1]": 9.0})
    found = saturation(models, 0)
    assert [(squash.function, squash.low, squash.high) for squash in found] == [
        ("sigmoid", 0.0, 1.0), ("sigmoid", 1.0, 0.0), ("tanh", 0.0, 0.0), ("sigmoid", 0.0, 0.0), ("tanh", 0.0, 0.0),
    ]  # fmt: skip
    assert found[4].line.startswith('h = self._gate("o", given, c) * torch.tanh(c)')
    hard = _models("lstm:keras2", {"bias.0[0]": -2.5, "bias.0[1]": 2.4})
    assert [(squash.function, squash.low, squash.high) for squash in saturation(hard, 0)[:2]] == [
        ("clamp", 0.0, 0.0), ("clamp", 1.0, 0.0),
    ]  # fmt: skip


def test_the_spectrum_of_a_linear_memory() -> None:
    """An LSTM of which only the forget bias is not nought: c is multiplied by sigmoid(2), h is forgotten."""
    models = _models("lstm:keras3", {"bias.0[1]": 2.0})
    found = spectrum(models, 0)
    kept = 1 / (1 + np.exp(-2))
    np.testing.assert_allclose(found.radius, kept, atol=1e-12)
    np.testing.assert_allclose(found.time_constants, [-1 / np.log(kept), 0], atol=1e-9)


@pytest.mark.parametrize(
    ("cell", "task", "along", "figures"),
    [
        ("srnn:keras2", "latching", "recurrent", ["map", "bifurcation", "spectrum"]),
        ("lstm:keras2", "latching", None, ["map", "spectrum"]),
        ("deltanet", "adding", None, ["spectrum"]),
        ("wall", "seventy", "b", ["map", "bifurcation", "spectrum"]),
    ],
)
def test_any_cell_has_its_page(
    cell: str, task: str, along: str | None, figures: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rnnbench.explain.dynamics_page.VALUES", 3)
    monkeypatch.setattr("rnnbench.explain.latching_radius.HOLD", 20)
    add_plugin(Path(__file__).with_name("pascanu_plugin.py"))
    block = dynamics_block(subject(cell, task, repeats=1, kernel="eager"), along=along)
    assert [figure.name for figure in block.figures] == figures
    assert len(block.sentences) >= 6


@pytest.mark.parametrize("weight", [0.9, 0.5, 1.0, 1.5, 0.0])
def test_what_is_told_of_a_memory_agrees_with_itself(weight: float) -> None:
    """Of a unit near nought the modulus is |w|; what fades has the time constant -1 / ln |w|."""
    looked_at = subject("srnn:keras2", repeats=1)
    models = _models("srnn:keras2", {"recurrent": weight})
    moment = Moment("before training", models, 0)
    told = _memory(moment, looked_at.trial.steps)
    if 0 < weight < 1:
        assert f"modulus {weight:.4g} on test sequences: a time constant of {-1 / np.log(weight):.3g} steps" in told
    else:
        assert ("it does not fade" if weight else "nothing of a state is left") in told


@pytest.mark.parametrize(
    ("hidden", "along", "message"),
    [
        (
            3,
            "recurrent[0,0]",
            "follows fixed points of a state of one or two numbers, that of .* has 3: choose",
        ),
        (1, "recurent", "unknown parameter of the model 'recurent'. Did you mean"),
        (300, None, "the state has 300 numbers, dynamics looks at up to 256: choose fewer units"),
    ],
)
def test_refusals(hidden: int, along: str | None, message: str) -> None:
    with pytest.raises(RnnbenchError, match=message):
        dynamics_block(subject("srnn:keras2", hidden=hidden, repeats=1, kernel="eager"), along=along)


def test_a_point_is_stable_or_not() -> None:
    assert FixedPoint(np.zeros(1), 1, np.array([0.5])).stable
    assert not FixedPoint(np.zeros(1), 1, np.array([1.0])).stable
