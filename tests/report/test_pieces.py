"""Small parts: numbers, places of labels, colours."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rnnbench.report.canvas import spread
from rnnbench.report.figure_learning import a_few, draw_curves
from rnnbench.report.labels import Names, by_class, listed, percent, slug, value
from rnnbench.report.palette import MARKERS, SERIES_COLOURS, looks
from rnnbench.report.prose import html_prose, markdown_cell, markdown_code, markdown_prose


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0"), (1.0, "100"), (0.999, "99.9"), (0.9999, "99.9"), (0.001, "0.1"), (0.85, "85")]
)
def test_only_all_is_a_hundred_per_cent(share: float, text: str) -> None:
    assert percent(share) == text


def test_missing_numbers_are_dashes() -> None:
    assert [value(None), value(float("nan")), percent(float("nan")), by_class(None)] == ["–"] * 4
    assert by_class([0.5, None]) == "0.50 / –"
    assert value(1.23456e-5, "mse") == "1.23e-05"


def test_names_are_cut_only_while_they_stay_distinct() -> None:
    assert Names.of(["a[x=1]", "b[x=1]"], ["t"]).cells == {"a[x=1]": "a", "b[x=1]": "b"}
    assert Names.of(["a[x=1]", "b[x=1]"], ["t"]).shared == "x=1"
    for labels in (["a[x=1]", "a[x=2]"], ["a", "b[x=1]"]):
        assert list(Names.of(labels, ["t"]).cells.values()) == labels


@pytest.mark.parametrize(("updates", "dot"), [([4], "."), ([4, 8], "")])
def test_where_a_repeat_has_no_line_it_has_a_dot(updates: list[int], dot: str) -> None:
    axes = Figure().subplots()
    rows = [(trial, update, trial / 4) for trial in (1, 2, 3) for update in updates]
    draw_curves(axes, pd.DataFrame(rows, columns=["trial", "update", "value"]), looks(["gru"])["gru"])
    assert [line.get_marker() for line in axes.lines] == [dot, dot, dot, MARKERS[0]]
    assert np.asarray(axes.lines[3].get_ydata()).tolist() == [0.5] * len(updates)


def test_words() -> None:
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("", "a", "a, b and c")
    assert slug("Latching[noise=0.1]") == "latching-noise-0-1"


def test_text_of_strangers() -> None:
    assert html_prose("<b> `a<b`") == "&lt;b&gt; <code>a&lt;b</code>"
    assert markdown_prose("<b> a_b _c_ `d_*`") == r"&lt;b&gt; a_b \_c\_ `d_*`"
    assert markdown_cell("a|b\n`c`") == r"a\|b \`c\`"
    assert markdown_code("echo ```").startswith("````sh\n")


@pytest.mark.parametrize("wanted", [[0.0, 0.0, 0.0], [0.1, 0.5, 0.52, 0.9], [0.2], [], [0.0, 0.05, 0.1, 0.12, 0.14]])
def test_labels_never_touch_and_stay_in_order(wanted: list[float]) -> None:
    places = spread(wanted, 0.08)
    assert len(places) == len(wanted)
    assert all(second - first > 0.08 - 1e-9 for first, second in itertools.pairwise(places))
    assert sum(places) == pytest.approx(sum(wanted)), "moved as little as can be"


def test_labels_with_room_stay_where_lines_end() -> None:
    assert spread([0.1, 0.4, 0.9], 0.08) == pytest.approx([0.1, 0.4, 0.9])


def test_a_few_lengths_hold_both_ends() -> None:
    assert a_few([2, 5, 8, 10, 15, 20], 4) == [2, 8, 10, 20]
    assert a_few([2, 5], 4) == [2, 5]


def linear(colour: str) -> NDArray[np.float64]:
    """Linear light of ``#rrggbb``."""
    coded = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def lab(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE Lab of linear sRGB."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.clip(to_xyz @ light / [0.9505, 1.0, 1.089], 0.008856, None))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


# Machado, Oliveira & Fernandes 2009, severity 1
VISION = {
    "full": np.eye(3),
    "protan": np.array([[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]]),
    "deutan": np.array([[0.3673, 0.8607, -0.2280], [0.2801, 0.6727, 0.0472], [-0.0118, 0.0430, 0.9689]]),
}


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("scheme", [0, 1])
def test_colours_can_be_told_apart(vision: str, scheme: int) -> None:
    colours = [lab(np.clip(VISION[vision] @ linear(pair[scheme]), 0, 1)) for pair in SERIES_COLOURS]
    for one, other in itertools.combinations(colours, 2):
        assert np.linalg.norm(one - other) > 15


@pytest.mark.parametrize(("scheme", "ground"), [(0, "#ffffff"), (1, "#16181b")])
def test_names_in_colour_can_be_read(scheme: int, ground: str) -> None:
    weights = np.array([0.2126, 0.7152, 0.0722])
    for pair in SERIES_COLOURS:
        dark, light = sorted([float(weights @ linear(pair[scheme])), float(weights @ linear(ground))])
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_cell_looks_the_same_whatever_else_is_drawn() -> None:
    many = looks(f"cell{number}" for number in range(14))
    assert looks(["cell0", "cell1"])["cell1"] == many["cell1"]
    assert len({(look.colour, look.dash) for look in many.values()}) == 14
