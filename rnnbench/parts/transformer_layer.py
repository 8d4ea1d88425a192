"""A layer of a causal Transformer, with rotary positions (Su et al. 2021, arXiv:2104.09864, Sec. 3.2)."""

import math

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import assign
from rnnbench.parts.initialise import glorot, uniform
from rnnbench.parts.norm import Norm

BASE = 10_000.0
"""Of the wavelengths of rotary positions."""


class TransformerLayer(nn.Module):
    """Attention, then the MLP, each beside a residual connection and behind a norm."""

    def __init__(self, hidden: int, heads: int, width: int, *, rotary: bool) -> None:
        super().__init__()
        self.heads, self.rotary = heads, rotary
        self.norm, self.mlp_norm = Norm("layer", hidden), Norm("layer", hidden)
        self.qkv, self.qkv_bias = nn.Parameter(torch.empty(hidden, 3 * hidden)), nn.Parameter(torch.empty(3 * hidden))
        self.out, self.out_bias = nn.Parameter(torch.empty(hidden, hidden)), nn.Parameter(torch.empty(hidden))
        self.w, self.b = nn.Parameter(torch.empty(hidden, width)), nn.Parameter(torch.empty(width))
        self.v, self.c = nn.Parameter(torch.empty(width, hidden)), nn.Parameter(torch.empty(hidden))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """See the model's."""
        hidden, width = self.w.shape
        assign(self.qkv, glorot(rng, hidden, 3 * hidden, hidden))
        assign(self.out, uniform(rng, hidden, hidden, hidden))
        assign(self.qkv_bias, 0.0)
        assign(self.out_bias, 0.0)
        for matrix, bias, (rows, columns) in ((self.w, self.b, (hidden, width)), (self.v, self.c, (width, hidden))):
            assign(matrix, uniform(rng, rows, columns, rows))
            assign(bias, uniform(rng, 1, columns, rows)[0])
        self.norm.reset_parameters()
        self.mlp_norm.reset_parameters()

    def forward(self, s: Tensor) -> Tensor:
        """``time batch hidden`` to the same."""
        s = s + self._attention(self.norm(s))
        return s + nn.functional.gelu(self.mlp_norm(s) @ self.w + self.b) @ self.v + self.c

    def _attention(self, s: Tensor) -> Tensor:
        a = (s @ self.qkv + self.qkv_bias).reshape(*s.shape[:2], 3, self.heads, -1)
        q, k, v = a.permute(2, 1, 3, 0, 4)  # each batch head time number
        if self.rotary:
            q, k = turned(q), turned(k)
        later = torch.ones(len(s), len(s), dtype=torch.bool, device=s.device).triu(1)
        scores = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).masked_fill(later, -math.inf)
        seen: Tensor = torch.softmax(scores, -1) @ v
        return seen.permute(2, 0, 1, 3).flatten(2) @ self.out + self.out_bias


def turned(x: Tensor) -> Tensor:
    """Turn numbers 2i and 2i+1 of ``... time number`` by time · BASE^(-2i/numbers)."""
    time, numbers = x.shape[-2:]
    frequency = BASE ** -(torch.arange(0, numbers, 2, dtype=x.dtype, device=x.device) / numbers)
    angle = torch.arange(time, dtype=x.dtype, device=x.device)[:, None] * frequency
    cos, sin, (a, b) = angle.cos(), angle.sin(), x.reshape(*x.shape[:-1], -1, 2).unbind(-1)
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)
