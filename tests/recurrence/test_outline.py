"""Loops that differ in numbers alone: which become one function, and that it does what they did."""

from collections.abc import Sequence

import numpy as np
import pytest

from rnnbench.recurrence import shape
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.recurrence.outline import LEAST, MOST, outlined
from tests.recurrence.against_eager import make


def product(source: str, weights: str, into: int, units: int = 3, terms: int = 2) -> list[str]:
    """A loop as kernels have them, of LEAST lines."""
    lines = [
        f"for j in range(0, {units}, 1):",
        "    s0 = C0",
        f"    for i in range({terms}):",
        f"        r0 = read(kept, {source}now + i)",
        f"        w1 = read(weights, {weights}i + {terms}*j)",
        "        s0 = s0 + r0 * w1",
        f"    write(scratch, {into} + j, s0)",
    ]
    return lines + [f"    write(scratch, {into + 20 + at} + j, s0 + C{at % 2})" for at in range(LEAST - len(lines))]


def rest(source: str, into: int) -> list[str]:
    """What is left of a product: its sums begin before the loop and end after it."""
    sums = range(LEAST)
    steps = [f"    s{at} = s{at} + read(kept, {source}now + i)" for at in sums]
    ends = [f"write(scratch, {into + at}, s{at})" for at in sums]
    return [*(f"s{at} = C0" for at in sums), "for i in range(3):", *steps, *ends]


def writes(into: int, places: int) -> list[str]:
    """So many numbers, each another in every such loop."""
    return ["for j in range(1):", *(f"    write(scratch, {into + at} + j, kept[{at}])" for at in range(places))]


def run(lines: Sequence[str], functions: str = "") -> list[float]:
    """What ``lines`` leave in memory."""
    rng = np.random.default_rng(7)
    kept, weights, scratch = rng.normal(size=30), rng.normal(size=30), np.full(60, -1.0)
    known = {
        "read": lambda array, place: array[place],
        "write": lambda array, place, value: array.__setitem__(place, value),
        **dict.fromkeys(("inlined", "whole"), lambda given: given),
        **dict(C0=0.25, C1=0.75, kept=kept, weights=weights, scratch=scratch, now=4),  # noqa: C408
    }
    exec("\n".join([functions, *lines]), known)
    return scratch.tolist()


@pytest.mark.parametrize(
    ("loops", "functions"),
    [
        pytest.param([product("", "", 0), product("2 + ", "8 + ", 3), product("1 + ", "", 6)], 1, id="with noughts"),
        pytest.param([product("", "", 0), product("", "", 9)], 1, id="one number"),
        pytest.param([product("", "", 0), product("", "", 0)], 1, id="none"),
        pytest.param([product("", "", 0), product("", "", 9, units=5, terms=3)], 1, id="of other sizes"),
        pytest.param([product("", "", 0), product("- 1 + ", "", 9)], 0, id="not alike"),
        pytest.param([product("", "", 0)[:-1], product("", "", 9)[:-1]], 0, id="too short"),
        pytest.param([product("", "", 0)], 0, id="alone"),
        pytest.param([writes(0, MOST), writes(30, MOST)], 1, id="as many numbers as may be"),
        pytest.param([writes(0, MOST + 1), writes(30, MOST + 1)], 0, id="too many numbers"),
        pytest.param([rest("", 0), rest("2 + ", 9)], 0, id="goes on with sums from outside"),
        pytest.param([["now = 6", *product("", "", 0)], ["now = 3", *product("", "", 9)]], 1, id="between others"),
    ],
)
def test_the_function_does_what_the_loops_did(loops: list[list[str]], functions: int) -> None:
    lines = [line for loop in loops for line in loop]
    found = outlined(lines, "part")
    assert found.functions.count("@inlined") == functions
    assert (found.lines == lines) == (functions == 0)
    assert run(found.lines, found.functions) == run(lines)
    assert -1.0 in run(lines), "places are left out"
    assert any(value not in (-1.0, 0.25) for value in run(lines)), "and others are written to"


def test_what_is_made_inside_is_not_asked_for() -> None:
    loop = ["for t in range(3):", "    x = 5 * t", *(f"    write(scratch, x + {at}, C0)" for at in range(9))]
    other = [line.replace("range(3)", "range(4)") for line in loop]
    found = outlined([*loop, *other], "sums")
    assert found.lines == ["sums0(scratch, whole(3))", "sums0(scratch, whole(4))"]
    assert "for t in range(n0):\n        x = 5 * t\n" in found.functions


def test_the_products_of_an_lstms_gates_are_one_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shape, "lanes_of_register", lambda: 16)  # by shorter vectors one of them is written otherwise
    source = NumbaKernel(make("lstm", 1, 8), 4, 16).source()
    assert source.count("One of 4 loops that differ in these numbers.") == 2, "forwards and back"
    assert source.count("        for i in range(8):") == 2
