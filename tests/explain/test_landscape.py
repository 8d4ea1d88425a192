"""Losses of many models against single ones, slopes against finite differences, cliffs against Pascanu's wall."""

from pathlib import Path

import numpy as np
import pytest
import torch

from rnnbench.errors import RnnbenchError, UnknownName
from rnnbench.explain.landscape import _steepness, find_cliff, surface
from rnnbench.explain.landscape_page import landscape_block
from rnnbench.explain.losses import Losses
from rnnbench.explain.plane import Plane, place_of, places, plane_at_random, plane_of_parameters, plane_of_path
from rnnbench.explain.subject import Subject
from rnnbench.explain.wall import LENGTH, error, find_wall
from rnnbench.registry import add_plugin
from tests.explain.small import subject


@pytest.fixture
def wall() -> tuple[Losses, Plane]:
    add_plugin(Path(__file__).with_name("pascanu_plugin.py"))
    losses = Losses(subject("wall", "seventy", LENGTH), LENGTH, 2)
    origin = np.zeros(len(places(losses.layout)))
    origin[place_of(losses.layout, "readout")] = 1.0
    plane = plane_of_parameters(losses.layout, origin, ("w", "b"), 1.0)
    return losses, Plane(plane.names, origin, plane.directions, (4.5, -3.5), (5.5, -2.0))


def test_it_is_the_surface_of_figure_6(wall: tuple[Losses, Plane]) -> None:
    losses, plane = wall
    heights = surface(losses, plane, 9)
    w, b = np.meshgrid(*plane.grid(9))
    np.testing.assert_allclose(heights, error(w, b), atol=1e-8)  # 0.7 is stored in float32


def test_the_cliff_is_the_wall_far_beyond_the_grid(wall: tuple[Losses, Plane]) -> None:
    losses, plane = wall
    heights = surface(losses, plane, 21)
    pixels = np.abs(np.gradient(heights, plane.grid(21)[1], axis=0)).max()
    cliff = find_cliff(losses, plane, heights)
    best = find_wall(cliff.a)
    assert cliff.b == pytest.approx(best.b, abs=2e-4)
    assert best.slope <= cliff.steepness * 1.05  # along b alone it is a little less steep
    assert cliff.steepness > 1000 * pixels


def test_steepness_is_the_length_of_the_slope_on_the_plane(wall: tuple[Losses, Plane]) -> None:
    """By central differences of the loss along both axes, away from the wall."""
    losses, plane = wall
    where = np.array([[4.6, -3.2], [5.0, -3.0], [5.3, -2.2]])
    step = 1e-5
    slopes = [
        losses(plane.weights(*(where + step * axis).T)) - losses(plane.weights(*(where - step * axis).T))
        for axis in np.eye(2)
    ]
    expected = np.hypot(*slopes) / (2 * step)
    np.testing.assert_allclose(_steepness(losses, plane, where), expected, rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize(("cell", "task"), [("lstm", "latching"), ("gru", "copy:items=2,symbols=2"), ("lem", "adding")])
def test_each_point_is_the_loss_of_one_model(cell: str, task: str) -> None:
    """Against the unrolled models of one member, in plain PyTorch."""
    looked_at = subject(cell, task, hidden=2, repeats=1)
    losses = Losses(looked_at, 6, 5)
    losses.chunk = 3
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(7, losses.layout.total))
    models = looked_at.models(torch.zeros(1, losses.layout.total))
    batch = models.batch(5)
    alone = [float(models.unroll(batch, torch.from_numpy(row[None])).loss.detach()) for row in flat]
    np.testing.assert_allclose(losses(flat), alone, rtol=1e-10)
    step = 1e-6
    place = int(rng.integers(flat.shape[1]))
    moved = [losses(flat + sign * step * np.eye(flat.shape[1])[place]) for sign in (1, -1)]
    np.testing.assert_allclose(losses.slopes(flat)[:, place], (moved[0] - moved[1]) / (2 * step), rtol=1e-4, atol=1e-8)


def test_planes() -> None:
    layout = Losses(subject("lstm:keras2"), 6, 2).layout
    assert place_of(layout, "recurrent[0,2]") == list(places(layout)).index("recurrent[0,2]")
    origin = np.arange(float(layout.total))
    plane = plane_of_parameters(layout, origin, ("bias.0[1]", "readout[0,1]"), 2.0)
    middle = [(low + high) / 2 for low, high in zip(plane.low, plane.high, strict=True)]
    np.testing.assert_allclose(plane.weights(np.array(middle[:1]), np.array(middle[1:]))[0], origin)
    random = plane_at_random(np.random.default_rng(0), origin, 1.0)
    np.testing.assert_allclose(random.directions @ random.directions.T, np.eye(2), atol=1e-12)
    path = origin + np.linspace(3, 0, 7)[:, None] * np.eye(layout.total)[3] + 0.1 * np.eye(layout.total)[4]
    found = plane_of_path(path)
    np.testing.assert_allclose(found.coordinates(path) @ found.directions + found.origin, path, atol=1e-9)
    assert abs(found.directions[0, 3]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("recurent", "kernel[0,0]"), "unknown parameter of the model 'recurent'. Did you mean"),
        (("kernel", "kernel[0,0]"), "unknown parameter of the model 'kernel'"),
        (("bias.0[0]", "bias.0[0]"), r"needs two parameters, got bias.0\[0\] twice"),
    ],
)
def test_parameters_that_do_not_exist_are_told_before_anything_is_trained(
    names: tuple[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Subject, "weights_after", lambda *_: pytest.fail("trained"))
    with pytest.raises((UnknownName, RnnbenchError), match=message):
        landscape_block(subject("lstm:keras2"), along=names, points=5)


@pytest.mark.parametrize("along", ["path", "random", ("recurrent", "bias.0")])
def test_the_page_says_what_was_found(along: tuple[str, str]) -> None:
    block = landscape_block(subject("srnn:keras2"), along=along, points=9, lengths=[2, 4, 6])
    assert [figure.name for figure in block.figures] == ["landscape-maps", "landscape-surface", "landscape-steepness"]
    assert [row[0].text for row in block.tables[0].rows] == ["2", "4", "6"]
    steepest = block.tables[0].rows[-1][3].key
    assert isinstance(steepest, float)
    assert f"{steepest:.3g}" in block.sentences[0] or f"{steepest:.4g}" in block.sentences[0]
    assert "9 x 9 points at 3 lengths, kernel numba" in block.notes[0]
