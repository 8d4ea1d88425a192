"""The page on Pascanu et al. 2013: the numbers that it is built of, and that its sentences say them."""

import math
import re
from decimal import Decimal, getcontext
from pathlib import Path

import numpy as np
import pytest

from rnnbench.explain import wall
from rnnbench.explain.pascanu_2013 import Measured, article, lengths_block, measure, surface_block
from rnnbench.report.article import write_article

WALLS = {4.5: (-2.303, 134.0), 5.0: (-2.612, 5.75e3), 5.5: (-2.924, 3.30e5)}
ERRORS = {(5.0, -2.7): 0.3605, (5.0, -2.0): 0.0556, (4.6, -2.8): 0.3830, (4.6, -2.3): 0.0092, (5.4, -2.9): 0.3882}


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(quick=True)


@pytest.mark.parametrize("w", WALLS)
def test_the_wall_that_the_page_shows(measured: Measured, w: float) -> None:
    b, slope = WALLS[w]
    assert measured.walls[w].b == pytest.approx(b, abs=0.005)
    assert measured.walls[w].slope == pytest.approx(slope, rel=0.02)
    assert measured.slopes[w][measured.lengths.index(50)] == measured.walls[w].slope
    assert measured.plotted[w] < 0.02 * slope  # a plotting grid is not refined


def test_the_errors_that_the_page_shows(measured: Measured) -> None:
    for place, value in ERRORS.items():
        assert measured.errors[place] == pytest.approx(value, abs=1e-3)


def plain(w: float, b: float, length: int) -> tuple[float, float]:
    """E and dE/db with the standard library."""
    x, dx = 0.5, 0.0
    for _ in range(length):
        s = 1 / (1 + math.exp(-x))
        x, dx = w * s + b, w * s * (1 - s) * dx + 1
    s = 1 / (1 + math.exp(-x))
    return (s - 0.7) ** 2, 2 * (s - 0.7) * s * (1 - s) * dx


def test_the_first_block_says_what_a_plain_loop_finds(measured: Measured) -> None:
    first, second, third = surface_block(measured).sentences
    for w, found in measured.walls.items():
        slope = abs(plain(w, found.b, 50)[1])
        assert f"{w}" in first
        assert f"{found.b:.3f}" in first
        assert f"{slope:.3g}" in first
        grid = [abs(plain(w, -3.0 + 1.1 * i / 110, 50)[1]) for i in range(111)]
        assert f"{slope / max(grid):.3g}" in second
    listed = surface_block(measured).tables[1].rows
    off = max(abs(plain(float(w.text), float(b.text), 50)[0] - float(e.text)) for w, b, _, e in listed)
    assert float(re.findall(r"most ([\d.e-]+)\.$", third)[0]) == pytest.approx(off, rel=0.1)
    assert off < 1e-3


def test_the_growth_that_the_second_block_tells(measured: Measured) -> None:
    rises, grows = lengths_block(measured).sentences
    for w, slopes in measured.slopes.items():
        assert f"{slopes[0]:.3g} to {slopes[-1]:.3g}" in rises
        s = 1 / (1 + math.exp(-0.5))
        growth, factor = (slopes[-1] / slopes[-2]) ** (1 / 100), w * s * (1 - s)
        assert growth == pytest.approx(factor, rel=1e-3)
        assert f"w = {w} by {growth:.4f} a step, and w σ'(x_0) is {factor:.4f}" in grows


def exact_slope(distance: float) -> float:
    """The slope dE/db for w = 5.5, T = 200 in sixty digits, at a distance from the repeller that b cannot hold."""
    getcontext().prec = 60
    x, dx, w = Decimal("0.5"), Decimal(0), Decimal("5.5")
    b = x - w / (1 + (-x).exp()) + Decimal(distance)
    for _ in range(200):
        s = 1 / (1 + (-x).exp())
        x, dx = w * s + b, w * s * (1 - s) * dx + 1
    s = 1 / (1 + (-x).exp())
    return float(2 * (s - Decimal("0.7")) * s * (1 - s) * dx)


def test_a_wall_thinner_than_a_double_is_resolved(measured: Measured) -> None:
    distances = np.concatenate([sign * np.geomspace(1e-24, 1e-20, 40) for sign in (-1, 1)])
    exact = np.array([exact_slope(float(distance)) for distance in distances])
    np.testing.assert_allclose(wall._slope_beside(5.5, distances, 200), exact, rtol=1e-9)
    assert 0.97 < np.abs(exact).max() / measured.slopes[5.5][-1] <= 1


def test_the_page_is_written(tmp_path: Path) -> None:
    page = article(quick=True)
    assert page.command == "rnnbench explain pascanu-2013"
    assert re.fullmatch(r"\d+\.\d s on \d+ cores", page.facts["time"])
    files = write_article(page, tmp_path)
    assert [path.name for path in files.figures] == ["fig6-surface.svg", "fig6-lengths.svg", "wall-slope.svg"]
    assert all(path.stat().st_size < 300_000 for path in files.figures)
