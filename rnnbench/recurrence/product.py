"""Matrix products over a tile, rounded alike in every row of it."""

import torch
from torch import Tensor
from torch.nn import functional as F

ALIGNED = 16
"""Floats in 64 bytes. The math library sums in another order when a matrix starts off such a boundary."""


def member_product(a: Tensor, b: Tensor) -> Tensor:
    """``member row inner`` times ``member inner column``.

    A batched product rounds a member by where its matrix lies in memory. So on a CPU matrices are padded with zeros,
    where needed, until each starts on a boundary; forward and backward then see aligned matrices only. An inner axis
    of one is a multiplication, which is exact in any order and several times faster.
    """
    (rows, inner), columns = a.shape[1:], b.shape[2]
    if inner == 1:
        return a * b
    if a.device.type != "cpu" or not (rows * inner % ALIGNED or inner * columns % ALIGNED or rows * columns % ALIGNED):
        return torch.bmm(a, b)
    more_inner, more_columns = -inner % ALIGNED, -columns % ALIGNED
    padded = torch.bmm(F.pad(a, (0, more_inner)), F.pad(b, (0, more_columns, 0, more_inner)))
    return padded[..., :columns]
