"""The contract of a model that reads a whole sequence at once, where a cell goes through it step by step.

It stands in the registry of cells and is trained and reported like one; it has no step, so it always runs eagerly. One
is ``rnnbench/cells/transformer.py``.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from rnnbench.cell import Model


class SequenceModel(Model):
    """A model of ``hidden`` outputs a step whose outputs may depend on all inputs up to their step."""

    by_step: ClassVar[bool] = False

    @abstractmethod
    def over_time(self, inputs: Tensor) -> Tensor:
        """``time batch feature`` to ``time batch hidden``, causally: no output depends on an input behind its step.

        Sequences that end earlier are padded behind their end, where a causal model cannot see it.
        """

    @abstractmethod
    def operations(self, steps: int) -> int:
        """Multiply-adds and function evaluations of a step for one sequence, the mean over ``steps``."""

    @classmethod
    @abstractmethod
    def activations(cls, hidden: int, steps: int, parameters: Mapping[str, Any]) -> int:
        """Numbers kept for the backward pass for one sequence, about."""
