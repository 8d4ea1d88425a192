"""The page on Bengio et al. 1994: the numbers that it is built of, and that its sentences say them."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from rnnbench.explain import bengio_1994
from rnnbench.explain.bengio_1994_digitised import BARS, LENGTHS, W0, WHITE, S
from rnnbench.explain.bengio_1994_grid import EPOCHS, Grid, measure_grid
from rnnbench.explain.bengio_1994_grid_page import grid_block
from rnnbench.explain.bengio_1994_guessing import Guessing, guessing_block, measure_guessing
from rnnbench.explain.bengio_1994_length import Curves, length_block, measure_curves
from rnnbench.explain.bengio_1994_map import Latch, held, latch_block, measure_latch
from rnnbench.explain.bengio_1994_settings import CHOSEN, CRITERIA, GRID
from rnnbench.report.article import write_article


@pytest.fixture(scope="module")
def latch() -> Latch:
    return measure_latch(quick=True)


@pytest.fixture(scope="module")
def curves() -> Curves:
    return measure_curves(quick=True)


@pytest.fixture(scope="module")
def grid() -> Grid:
    return measure_grid(2)


@pytest.fixture(scope="module")
def guessing() -> Guessing:
    return measure_guessing(quick=True)


def test_what_was_read_off_the_paper() -> None:
    assert len(BARS) == len(LENGTHS) == 56
    bars = dict(zip(LENGTHS, BARS, strict=True))
    assert [bars[T] for T in (5, 15, 20, 25, 30, 40, 45, 60)] == [1.00, 0.97, 0.81, 0.57, 0.30, 0.45, 0.12, 0.05]
    cell = {(round(float(w), 1), round(float(s), 2)): WHITE[j, i] for i, w in enumerate(W0) for j, s in enumerate(S)}
    assert [cell[1.4, 0.30], cell[1.1, 0.15], cell[2.4, 0.0], cell[0.9, 0.05], cell[2.3, 0.35]] == [
        0.39, 0.28, 0.65, 0.20, 0.24,
    ]  # fmt: skip
    assert WHITE[8:].max() == WHITE[:, :4].max() == 0
    assert (WHITE > 0.5).sum() == 61


def test_the_critical_input_of_the_page(latch: Latch) -> None:
    assert round(latch.critical[1.25], 3) == 0.078
    first, second, third = latch_block(latch).sentences
    assert "at w = 1.25" in first.lower()
    assert "h* = 0.078" in first
    turned, kept = held(latch)
    assert kept < latch.critical[1.25] < turned < kept + 0.01
    assert f"{kept:.3f}" in second
    assert f"{turned:.3f}" in second
    x = math.sqrt(1 - 1 / 2.0)
    apart = abs(latch.critical[2.0] - (2.0 * x - math.atanh(x)))
    assert apart < 1e-7
    assert max(apart, 1e-12) <= float(re.findall(r"most (\S+)\.$", third)[0]) * 1.5


@pytest.mark.parametrize(("start", "given"), [(1.0, -0.07), (1.0, -0.09), (0.2, -0.03), (0.05, -0.03), (-1.0, 0.1)])
def test_where_a_state_ends(latch: Latch, start: float, given: float) -> None:
    row, column = int(np.abs(latch.inputs - given).argmin()), int(np.abs(latch.starts - start).argmin())
    x = float(latch.starts[column])
    for _ in range(2000):
        x = math.tanh(1.25 * x + float(latch.inputs[row]))
    assert latch.limits[row, column] == pytest.approx(x, abs=1e-9)


def test_convergence_against_length(curves: Curves) -> None:
    """A hundred runs at a length add up to 0.05 of their own; the setting of Fig. 2(a) must do for (b) as well."""
    assert curves.rmse("w fixed") < 0.08
    assert curves.rmse("as in (a)") < 0.08
    assert curves.rmse("w trained") < 0.10
    assert curves.bounds["variance"][0] == pytest.approx(0.617, abs=0.012)
    assert curves.bounds["standard deviation"][0] == pytest.approx(0.986, abs=0.005)
    assert curves.variance_rmse > 0.3
    assert curves.variance[0].high < BARS[LENGTHS.index(10)]


def test_the_sentences_on_length_follow_from_the_tables(curves: Curves) -> None:
    block = length_block(curves)
    bounds, found = ([[entry.text for entry in row] for row in table.rows] for table in block.tables)
    fits, ruled, trained, inside, off = block.sentences
    for place, reading in enumerate(curves.found, start=2):
        distances = [(float(row[place]) - float(row[1])) ** 2 for row in found]
        told = float(re.findall(rf"{re.escape(reading)} ([\d.]+\d)", fits)[0])
        assert told == pytest.approx(math.sqrt(sum(distances) / len(distances)), abs=2e-3)
        assert f"{reading} {sum(covered(float(r[place]), float(r[1]), 100) for r in found)} of {len(found)}" in inside
        halves = np.array_split([float(row[place]) - float(row[1]) for row in found], 2)
        first, second = (
            float(number) for number in re.findall(rf"{re.escape(reading)} (\S+) and ([-+][\d.]+\d)", off)[0]
        )
        assert (first, second) == pytest.approx((np.mean(halves[0]), np.mean(halves[1])), abs=1.6e-3)
    assert f"than {float(bounds[0][3]):.3f} at T = 10" in ruled
    assert f"bound is {float(bounds[0][2]):.3f}" in ruled
    excess = max(float(row[1]) - float(row[2]) for row in bounds)
    assert f"{excess:.3f} above" in ruled
    assert f"{float(bounds[0][4]):.2f} converge at T = 10 and {float(bounds[-1][4]):.2f} at T = 60" in trained
    distance = math.sqrt(sum((float(row[4]) - float(row[1])) ** 2 for row in bounds) / len(bounds))
    assert float(re.findall(r"is ([\d.]+\d)\.$", trained)[0]) == pytest.approx(distance, abs=2e-3)


def covered(rate: float, bar: float, n: int) -> bool:
    """Whether Wilson's interval, from its formula, holds the bar."""
    z = 1.959964
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half <= bar <= middle + half


def test_convergence_over_weight_and_noise(grid: Grid) -> None:
    """On every second w0 and s: converges for large w0 and small s, nowhere for small w0 or large s."""
    ours = grid.frequency(GRID.epochs)
    w0, s = np.meshgrid(grid.w0, grid.s)
    assert ours[s > 0.44].max() < 0.25
    assert ours[w0 < 0.89].max() < 0.5
    fit, early = grid.fit(EPOCHS[-1]), grid.fit(EPOCHS[0])
    assert fit.white == 0
    assert fit.inside > 0.75
    assert fit.core > 0.9
    assert fit.outside > 0.95
    assert fit.agreement > 0.9 > grid.fit_of(np.zeros_like(ours)).agreement
    assert fit.overlap > 0.6
    assert early.inside < fit.inside


def made_up() -> Grid:
    """All cells of the figure, with frequencies that have nothing to do with it."""
    rng = np.random.default_rng(0)
    return Grid(
        W0, S + 0.05, WHITE, {name: rng.integers(1, 2 * EPOCHS[-1], (20, 20, 18)).astype(float) for name in CRITERIA}
    )


@pytest.mark.parametrize("which", ["trained", "made up"])
def test_shares_of_cells_counted_one_by_one(grid: Grid, which: str) -> None:
    shown = grid if which == "trained" else made_up()
    ours = counted(shown, shown.frequency(EPOCHS[-1]))
    paper = counted(shown, shown.digitised)
    first, second, third, *fourth = grid_block(shown).sentences
    assert f"in {ours['inside']} of the cells with w0 of 1.3" in first
    assert f"the paper: {paper['inside']}" in first
    assert f"{ours['agree']} of {shown.digitised.size} cells" in second
    assert f"by {ours['overlap']};" in second
    assert f"in {ours['outside']} of the cells (in the paper {paper['outside']})" in third
    assert f"in {ours['core']} of those with w0 from 1.2 to 1.8 (in the paper {paper['core']})" in first
    assert len(fourth) == (shown.lower is not None)
    if shown.lower is not None:
        lower = counted(shown.lower, shown.lower.frequency(EPOCHS[-1]))
        assert f"{lower['agree']} agree, with an overlap of {lower['overlap']}" in fourth[0]


def counted(grid: Grid, frequency: np.ndarray) -> dict[str, str]:
    """What the sentences say, cell by cell."""
    inside, core, outside, agree, both, either = [], [], [], 0, 0, 0
    for i, s in enumerate(np.round(grid.s, 2)):
        for j, w0 in enumerate(np.round(grid.w0, 2)):
            ours, theirs = frequency[i, j] > 0.5, grid.digitised[i, j] > 0.5
            if w0 >= 1.3 and s <= 0.25:
                inside.append(ours)
            if 1.2 <= w0 <= 1.8 and s <= 0.25:
                core.append(ours)
            if w0 < 0.9 or s >= 0.45:
                outside.append(frequency[i, j] < 0.1)
            agree += ours == theirs
            both += ours and theirs
            either += ours or theirs
    shares = {"inside": np.mean(inside), "core": np.mean(core), "outside": np.mean(outside)}
    told = {name: f"{100 * share:.0f} %" for name, share in shares.items()}
    return told | {"agree": f"{100 * agree / frequency.size:.0f} %", "overlap": f"{both / either:.2f}"}


def test_the_setting_of_the_grid_is_the_criterion_told() -> None:
    assert CRITERIA[CHOSEN] == (GRID.tolerance, GRID.error)


def test_the_sentences_on_guessing(guessing: Guessing) -> None:
    needed = [guessing.needed["w and one input a class", T] for T in (20, 50, 100)]
    first, second = guessing_block(guessing).sentences
    assert f"after {', '.join(f'{sum(n) / len(n):.2f}' for n in needed)} guesses" in first
    assert f"median {', '.join(f'{sorted(n)[len(n) // 2]:.3g}' for n in needed)}" in first
    assert all(2.5 < n.mean() < 7 for n in needed)
    assert f"{max(max(n) for n in guessing.needed.values()):.0f} guesses" in second


def test_the_page_is_written(
    latch: Latch, curves: Curves, grid: Grid, guessing: Guessing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, made in {"latch": latch, "curves": curves, "grid": grid, "guessing": guessing}.items():
        monkeypatch.setattr(bengio_1994, f"measure_{name}", lambda _, made=made: made)
    page = bengio_1994.article(quick=True)
    assert page.command == "rnnbench explain bengio-1994"
    assert re.fullmatch(r"\d+\.\d s on \d+ cores", page.facts["time"])
    files = write_article(page, tmp_path)
    assert [path.name for path in files.figures] == ["fig1-latching.svg", "fig2b-length.svg", "fig2a-grid.svg"]
    assert all(path.stat().st_size < 300_000 for path in files.figures)
