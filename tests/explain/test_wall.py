"""The error surface of Pascanu et al. 2013, Fig. 6, against reference values and finite differences."""

import math

import numpy as np
import pytest

from rnnbench.explain.wall import error, error_and_slope, find_wall


@pytest.mark.parametrize(("w", "b", "slope"), [(4.5, -2.303, 134.0), (5.0, -2.612, 5.75e3), (5.5, -2.924, 3.30e5)])
def test_the_wall_stands_where_it_was_found(w: float, b: float, slope: float) -> None:
    found = find_wall(w)
    assert found.b == pytest.approx(b, abs=0.005)
    assert found.slope == pytest.approx(slope, rel=0.02)
    beside = np.abs(error_and_slope(w, found.b + np.linspace(-1e-6, 1e-6, 2001))[1])
    assert beside.max() <= found.slope * (1 + 1e-9)


@pytest.mark.parametrize(
    ("w", "b", "value"),
    [
        (5, -2.7, 0.3605), (5, -2.6, 0.0121), (5, -2.4, 0.0330), (5, -2.0, 0.0556),
        (4.6, -2.8, 0.3830), (4.6, -2.3, 0.0092),
        (5.4, -2.9, 0.3882), (5.4, -2.8, 0.0286), (5.4, -2.0, 0.0677),
    ],
)  # fmt: skip
def test_listed_errors(w: float, b: float, value: float) -> None:
    assert float(error(w, b)) == pytest.approx(value, abs=1e-3)


def test_a_plain_loop_gives_the_same() -> None:
    w, b, x = 4.8, -2.45, 0.5
    for _ in range(20):
        x = w / (1 + math.exp(-x)) + b
    assert float(error(w, b, 20)) == pytest.approx((1 / (1 + math.exp(-x)) - 0.7) ** 2, rel=1e-13)


def test_the_slope_is_the_derivative() -> None:
    step = 1e-6
    for length in (1, 5, 50):
        for b in (-2.9, -2.5, -2.0):
            ahead, behind = (float(error(4.7, b + sign * step, length)) for sign in (1, -1))
            slope = float(error_and_slope(4.7, b, length)[1])
            assert slope == pytest.approx((ahead - behind) / (2 * step), rel=1e-5, abs=1e-9)
