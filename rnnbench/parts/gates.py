"""What the gates and candidates of a cell are made of."""

from typing import Literal

import torch
from torch import Tensor

Gate = Literal["sigmoid", "hard_sigmoid"]
Nonlinearity = Literal["tanh", "relu"]


def hard_sigmoid(x: Tensor) -> Tensor:
    """Keras 2: clip(0.2 x + 0.5, 0, 1). Saturates exactly, with zero gradient, beyond |x| = 2.5."""
    return torch.clamp(0.2 * x + 0.5, 0.0, 1.0)


def gate(name: Gate, x: Tensor) -> Tensor:
    """The gate nonlinearity ``name`` of ``x``."""
    return torch.sigmoid(x) if name == "sigmoid" else hard_sigmoid(x)


def nonlinearity(name: Nonlinearity, x: Tensor) -> Tensor:
    """Of ``x``, tanh or max(x, 0)."""
    return torch.tanh(x) if name == "tanh" else torch.relu(x)
