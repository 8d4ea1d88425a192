"""The numba kernel against eager in float64: values and gradients, for shipped cells and for ones it never saw."""

import os
from typing import Any

import pytest
from torch import Tensor

from rnnbench.recurrence.choose import make_kernel
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.numba_kernel import NumbaKernel
from tests.recurrence.against_eager import compare
from tests.recurrence.grid import GRID, OTHERS, TEXTS, pairwise
from tests.recurrence.odd_cells import ODD, Unsupported

FULL = pairwise(0, GRID)
SMALL = [next(point for point in FULL if point["text"] == text and point["hidden"] <= 8) for text in TEXTS]
if "RNNBENCH_FULL" in os.environ:
    SAMPLE = [*FULL, *pairwise(1, GRID | {"text": OTHERS, "hidden": [1, 2, 8, 33]})]
else:
    SAMPLE = SMALL
"""All pairs in the nox session ``kernels``; here a small one for each known cell, shipped ones in one precision. The
others are compiled by the check ``kernel`` in ``tests/contract``, and interpreted in ``test_shipped_cells``."""


@pytest.mark.parametrize("point", SAMPLE, ids=lambda point: "-".join(map(str, point.values())))
def test_equals_eager(point: dict[str, Any]) -> None:
    whole = "RNNBENCH_FULL" in os.environ or point["text"] in ODD
    single = point["text"] in TEXTS and TEXTS.index(point["text"]) % 2 == 0
    precisions = {"32", "64"} if whole else {"32"} if single else {"64"}
    compare(precisions, NumbaKernel, **point)


class SlightlyOff(NumbaKernel):
    """A kernel whose weights are wrong by one in ten thousand."""

    def __call__(self, parameters: dict[str, Tensor], *rest: Any) -> dict[int, Tensor]:
        return super().__call__({name: value * 1.0001 for name, value in parameters.items()}, *rest)


def test_a_kernel_that_is_off_is_found_however_far_is_asked() -> None:
    point: dict[str, Any] = {"text": "srnn:keras3", "hidden": 3, "batch": 5, "longest": 17, "members": 3, "inputs": 1}
    with pytest.raises(AssertionError, match="float32: "):
        compare({"32"}, SlightlyOff, **point)


def test_what_cannot_be_lowered_runs_eagerly_and_is_named() -> None:
    kernel = make_kernel("numba", Unsupported(1, 4), 3, 5, "cpu")
    assert isinstance(kernel, EagerKernel)
    assert "unsupported is not lowered: aten.cumsum.default is outside the supported operations" in kernel.reason
