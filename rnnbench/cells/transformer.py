"""A small causal Transformer: the reference for what is to be had where nothing need be remembered in a fixed state."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from rnnbench.cell import assign
from rnnbench.errors import RnnbenchError
from rnnbench.parts.initialise import uniform
from rnnbench.parts.norm import Norm
from rnnbench.parts.transformer_layer import TransformerLayer
from rnnbench.registry import CELLS
from rnnbench.sequence_model import SequenceModel


@CELLS.register("transformer")
class Transformer(SequenceModel):
    """s = x E + e; in each layer s = s + attention(norm(s)), s = s + gelu(norm(s) W + b) V + c; then norm(s).

    Attention sees its own step and all before. Positions are rotary: pairs of numbers of queries and keys are turned by
    the time, so any length works and nothing about time is learned; ``none`` leaves order to the causal mask. There is
    no dropout. Its state is the cache of keys and values, 2 · layers · hidden floats for every step read: it grows with
    the sequence, and rows hold it at their full length.
    """

    source = "Vaswani et al. 2017, Sec. 3; pre-norm: Xiong et al. 2020; positions: Su et al. 2021, arXiv:2104.09864"
    kind = "attention"

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        layers: Annotated[int, Field(ge=1, le=64)] = 2,
        heads: Annotated[int, Field(ge=1, le=64)] = 2,
        mlp: Annotated[int, Field(ge=1, le=16)] = 4,
        positions: Literal["rotary", "none"] = "rotary",
    ) -> None:
        super().__init__(inputs, hidden)
        of = heads * (2 if positions == "rotary" else 1)
        if hidden % of:
            raise RnnbenchError(f"{heads} heads with positions={positions} need hidden to be a multiple of {of}.")
        self.heads, self.mlp, self.rotary = heads, mlp, positions == "rotary"
        self.embed = nn.Parameter(torch.empty(inputs, hidden))
        self.embed_bias = nn.Parameter(torch.empty(hidden))
        self.layers = nn.ModuleList(
            TransformerLayer(hidden, heads, mlp * hidden, rotary=self.rotary) for _ in range(layers)
        )
        self.norm = Norm("layer", hidden)

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """As torch's Linear and MultiheadAttention: uniform in ±1/sqrt(fan_in), queries, keys and values Glorot."""
        assign(self.embed, uniform(rng, self.inputs, self.hidden, self.inputs))
        assign(self.embed_bias, uniform(rng, 1, self.hidden, self.inputs)[0])
        for layer in self.layers:
            assert isinstance(layer, TransformerLayer)
            layer.reset_parameters(rng)
        self.norm.reset_parameters()

    def over_time(self, inputs: Tensor) -> Tensor:
        """``time batch feature`` to ``time batch hidden``."""
        s = inputs @ self.embed + self.embed_bias
        for layer in self.layers:
            s = layer(s)
        return self.norm(s)  # type: ignore[no-any-return]

    def state_at(self, steps: int) -> int:
        """Keys and values of ``steps`` steps."""
        return 2 * len(self.layers) * self.hidden * steps

    def operations(self, steps: int) -> int:
        """With the cache; at step t attention reads t keys and values."""
        h, width, mean = self.hidden, self.mlp * self.hidden, (steps + 1) / 2
        attention = 4 * h * h + 2 * mean * h + 2 * mean * self.heads  # products; scale and softmax of scores
        beside = (2 * 7 + 4 + 1 + 2 + 6 * self.rotary) * h + 2 * width  # norms, biases, residuals, turning; bias, gelu
        layers = len(self.layers) * (attention + 2 * width * h + beside)
        return round(self.inputs * h + h + layers + 7 * h)

    @classmethod
    def activations(cls, hidden: int, steps: int, parameters: Mapping[str, Any]) -> int:
        """Vectors of each layer, and its matrices of scores."""
        layer = steps * hidden * (24 + 4 * parameters["mlp"]) + 4 * parameters["heads"] * steps * steps
        return int(parameters["layers"] * layer + 4 * steps * hidden)
