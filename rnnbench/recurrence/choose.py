"""Which kernel runs a cell: what is asked for, or the fastest that can."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Protocol

from torch import Tensor

from rnnbench.cell import Cell, Model
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.limits import compiles
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.recurrence.operations import NotLowered
from rnnbench.recurrence.sequence import SequenceKernel
from rnnbench.recurrence.step import Weights
from rnnbench.recurrence.triton_kernel import TritonKernel
from rnnbench.sequence_model import SequenceModel


class Kernel(Protocol):
    """A cell over time for a tile of members."""

    name: str

    @property
    def reason(self) -> str:
        """Why it does less than its best; empty if it does not."""

    def __call__(
        self, parameters: Weights, inputs: Tensor, lengths: Tensor, shortest: int, wanted: Sequence[int]
    ) -> dict[int, Tensor]:
        """Outputs ``member batch hidden`` at each step of ``wanted``, as :class:`EagerKernel` documents."""


def make_kernel(wanted: str, cell: Model, members: int, batch: int, device: str, *, mixed: bool = False) -> Kernel:
    """The kernel for ``members`` models on ``batch`` sequences; eager, with its reason, for what cannot be lowered.

    ``mixed`` is for mixed precision, which fused kernels do not have.
    """
    if isinstance(cell, SequenceModel):
        asked = "it reads whole sequences and has no step to compile" if wanted in ("numba", "triton") else ""
        return SequenceKernel(cell, members, asked and f"{cell.name} is not lowered: {asked}")
    assert isinstance(cell, Cell), "a model is one or the other"
    if mixed and wanted in ("numba", "triton"):
        return _eager(cell, members, batch, "fused kernels have no mixed precision")
    if mixed or not compiles(wanted, device, cell.hidden, batch):
        return EagerKernel(cell, members, batch)
    try:
        if device == "cpu" and wanted != "triton":
            return NumbaKernel(cell, members, batch)
        return _triton(cell, members, batch, device)
    except NotLowered as refusal:
        return _eager(cell, members, batch, f"{cell.name} is not lowered: {refusal}")


def _triton(cell: Cell, members: int, batch: int, device: str) -> TritonKernel:
    if find_spec("triton") is None:
        raise NotLowered("triton is not installed")
    kernel = TritonKernel(cell, members, batch)
    kernel.try_out(device)
    return kernel


def _eager(cell: Cell, members: int, batch: int, reason: str) -> EagerKernel:
    eager = EagerKernel(cell, members, batch)
    eager.not_lowered = reason
    return eager
