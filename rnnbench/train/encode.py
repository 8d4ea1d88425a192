"""What a cell is fed: features as they are, tokens as one-hot vectors or embedded."""

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbench.task import Task, Tokens


def encode(task: Task, inputs: Tensor, embedding: Tensor | None, dtype: torch.dtype) -> Tensor:
    """``time member batch [feature]`` to ``time member batch width``; ``embedding`` is ``member token width``."""
    if not isinstance(task.inputs, Tokens):
        return inputs
    if embedding is None:
        return F.one_hot(inputs, task.inputs.vocabulary).to(dtype)
    rows = inputs + torch.arange(len(embedding), device=inputs.device)[:, None] * task.inputs.vocabulary
    return embedding.flatten(0, 1)[rows]
