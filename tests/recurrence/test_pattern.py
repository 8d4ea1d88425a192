"""Selections that go evenly through their source are read in place; the text that says where is right."""

import pytest
import torch

from rnnbench.recurrence.body import UNROLLED, selected
from rnnbench.recurrence.emit import scattered
from rnnbench.recurrence.graph import Constant, Leaf, Select, Step, select
from rnnbench.recurrence.pattern import pattern_of

PLACES = torch.arange(24).reshape(4, 6)
EVEN = {
    "slice": PLACES.reshape(-1)[3:9],
    "strided": PLACES.reshape(-1)[1::5],
    "reversed": PLACES.reshape(-1).flip(0),
    "repeated": torch.zeros(7, dtype=torch.int64),
    "one": torch.tensor([5]),
    "rows of a matrix": PLACES[:, :1].expand(4, 3),
    "columns of a matrix": PLACES[:1].expand(5, 6),
    "transposed": PLACES.T,
    "block": PLACES[1:3, 2:5],
}
SCATTERED = {
    "permuted": torch.tensor([2, 0, 1, 3]),
    "ragged": torch.tensor([0, 1, 0, 1, 2]),
    "late": torch.tensor([0, 1, 2, 4, 6]),
}


def selection(places: torch.Tensor) -> Select:
    return Select(places.numel(), Leaf(24, "state", 0), tuple((int(place),) for place in places.reshape(-1)))


@pytest.mark.parametrize("case", EVEN)
def test_text_says_where(case: str) -> None:
    node = selection(EVEN[case])
    pattern = pattern_of(node)
    assert pattern is not None
    for out, row in enumerate(node.table):
        assert pattern.row(out) == row
        for unit in (str(out), "j", "j + 1", "2*k + j"):
            names = {"j": out, "j + 1": out - 1}.get(unit, out % 2), out // 2
            assert (eval(selected(pattern, pattern.starts[0], unit), dict(zip("jk", names, strict=True))),) == row


@pytest.mark.parametrize("case", SCATTERED)
def test_disorder_is_seen(case: str) -> None:
    assert pattern_of(selection(SCATTERED[case])) is None


def test_sums_of_many_terms_have_a_step() -> None:
    """The sum of each row of a matrix, of each column, and of what has no order."""
    width = 3 * UNROLLED
    matrix = torch.arange(2 * width).reshape(2, width)
    source = Leaf(2 * width, "state", 0)
    for table, step in ((matrix, 1), (matrix.T, width)):
        found = pattern_of(Select(len(table), source, tuple(tuple(row) for row in table.tolist())))
        assert found is not None
        assert found.step == step
    odd = select(source, ((0, 1, 3, *range(4, 4 + UNROLLED)),))
    even = select(source, (tuple(range(2 * width)),))
    for node, many in ((odd, 2 * (3 + UNROLLED)), (even, 0)):
        assert scattered(Step(0, (2 * width,), 1, node, (source,))) == many, "there and back"


def test_padding_has_no_pattern() -> None:
    assert pattern_of(Select(2, Constant(1, 1.0), ((0,), ()))) is None
