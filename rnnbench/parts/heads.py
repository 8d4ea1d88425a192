"""Matrix memories in heads: what is written, what is read. A memory S is ``batch head key value``."""

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbench.errors import RnnbenchError


def head_width(cell: str, hidden: int, heads: int) -> int:
    """Units of a head. Raises RnnbenchError if heads do not share the units evenly."""
    if hidden % heads:
        raise RnnbenchError(f"{cell}: heads must divide hidden={hidden}, got {heads}; choose another number of either.")
    return hidden // heads


def outer(k: Tensor, v: Tensor) -> Tensor:
    """The product k vᵀ of each head: ``batch head key`` and ``batch head value`` to ``batch head key value``."""
    return k.unsqueeze(-1) * v.unsqueeze(-2)


def read(memory: Tensor, q: Tensor) -> Tensor:
    """Sᵀ q of each head, ``batch head value``."""
    return (q.unsqueeze(-1) * memory).sum(-2)


def rms_norm(x: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Each head divided by the root of its mean square; a gain is left to what reads it."""
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + epsilon)


def in_heads(x: Tensor, heads: int) -> Tensor:
    """``batch head·width`` to ``batch head width``."""
    return torch.unflatten(x, -1, (heads, x.shape[-1] // heads))


def unit(x: Tensor) -> Tensor:
    """silu(x) at length one."""
    x = F.silu(x)
    return x * torch.rsqrt((x * x).sum(-1, keepdim=True) + 1e-6)


def dpfp(x: Tensor) -> Tensor:
    """The deterministic parameter-free projection with ν = 1, its sum one."""
    r = F.relu(torch.cat([x, -x], -1))
    r = r * torch.cat([r[..., 1:], r[..., :1]], -1)
    return r / (r.sum(-1, keepdim=True) + 1e-6)
