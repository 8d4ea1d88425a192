"""Normalisation of a vector of units, written in operations that fused kernels have."""

from typing import Literal

import torch
from torch import Tensor, nn

from rnnbench.cell import assign
from rnnbench.errors import RnnbenchError

EPSILON = 1e-5
"""Added to the mean square, as in torch.nn.LayerNorm."""


class Norm(nn.Module):
    """``layer``: g (x - mean) / sqrt(variance + ε) + b; ``rms``: g x / sqrt(mean square + ε).

    Ba et al. 2016, arXiv:1607.06450; Zhang & Sennrich 2019, arXiv:1910.07467.
    """

    def __init__(self, kind: Literal["layer", "rms"], width: int) -> None:
        super().__init__()
        if kind == "layer" and width < 2:
            raise RnnbenchError(f"layer normalisation of {width} unit leaves nothing: use norm=rms or more units.")
        self.gain = nn.Parameter(torch.empty(width))
        self.bias = nn.Parameter(torch.empty(width)) if kind == "layer" else None

    def reset_parameters(self) -> None:
        """Gains one, biases nought; nothing is drawn."""
        assign(self.gain, 1.0)
        if self.bias is not None:
            assign(self.bias, 0.0)

    def forward(self, x: Tensor) -> Tensor:
        """``... width`` to ``... width``."""
        if self.bias is not None:
            x = x - x.mean(-1, keepdim=True)
        x = x * torch.rsqrt((x * x).mean(-1, keepdim=True) + EPSILON) * self.gain
        return x if self.bias is None else x + self.bias
