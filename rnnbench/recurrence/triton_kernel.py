"""The CUDA kernel: a cell over time as Triton programs made from its own equations."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.func import vmap

from rnnbench.cell import Cell
from rnnbench.recurrence.compile import load
from rnnbench.recurrence.lower import Lowered, lower
from rnnbench.recurrence.operations import NotLowered
from rnnbench.recurrence.proof import require_true
from rnnbench.recurrence.shared import shared
from rnnbench.recurrence.step import MemberStep, Weights
from rnnbench.recurrence.triton_layout import Layout
from rnnbench.recurrence.triton_source import source


class TritonKernel:
    """``cell`` over time for ``members`` models on ``batch`` sequences each. Raises NotLowered.

    Products of float32 are rounded to tf32 where PyTorch's own may be (``torch.set_float32_matmul_precision``).
    """

    name = "triton"
    reason = ""

    def __init__(self, cell: Cell, members: int, batch: int) -> None:
        self._cell, self._members, self._batch = cell, members, batch
        self._double = next(cell.parameters()).dtype == torch.float64
        self._lowered: Lowered = lower(cell)
        require_true(cell, self._lowered)
        self._step = shared(self._lowered.step)
        self._state = MemberStep(cell, members, batch)
        self._compiled: dict[tuple[bool, bool, bool], Passes] = {}
        Layout(self._step, batch, self._double, inputs_wanted=True)  # raises what would come later

    def source(self, *, double: bool = False) -> str:
        """The generated module."""
        return source(Layout(self._step, self._batch, double))[0]

    def try_out(self, device: str) -> None:
        """Compile both passes and run a step of them. Raises NotLowered for what Triton or the device refuses."""
        own = {name: value.detach().to(device) for name, value in self._cell.named_parameters()}
        weights = {name: value.expand(self._members, *value.shape) for name, value in own.items()}
        dtype = torch.float64 if self._double else torch.float32
        shape = (self._members, self._batch)
        inputs = torch.zeros(1, *shape, self._cell.inputs, dtype=dtype, device=device, requires_grad=True)
        lengths = torch.ones(shape, dtype=torch.int64, device=device)
        try:
            with torch.enable_grad():
                torch.autograd.grad(self(weights, inputs, lengths, 1, [0])[0].sum(), inputs)
        except Exception as error:  # whatever a compiler or a driver does
            first = (str(error).splitlines() or [""])[0]
            raise NotLowered(f"Triton refuses it ({type(error).__name__}: {first})") from None

    def __call__(
        self, parameters: Weights, inputs: Tensor, lengths: Tensor, shortest: int, wanted: Sequence[int]
    ) -> dict[int, Tensor]:
        """Outputs ``member batch hidden`` at each step of ``wanted``; arguments as of the eager kernel's.

        What it gives for a sequence that has ended is not to be used: no gradient comes back from there.
        """
        weights = self._weights(parameters).to(inputs.dtype)  # as the numba kernel does
        state = self._state.initial_state(parameters, inputs)
        initial = torch.cat([part.reshape(self._members, -1) for part in state], dim=1)
        learning = torch.is_grad_enabled() and any(item.requires_grad for item in (weights, inputs, initial))
        passes = self._passes(inputs, learning)
        made = _OverTime.apply(passes, weights, inputs, initial, (lengths, tuple(wanted), learning))  # type: ignore[no-untyped-call]
        return dict(zip(wanted, made, strict=True))

    def _passes(self, inputs: Tensor, learning: bool) -> "Passes":
        """The kernel for the precision of ``inputs``, made when first asked for."""
        double, tf32 = inputs.dtype == torch.float64, torch.get_float32_matmul_precision() != "highest"
        key = (double, tf32, learning and inputs.requires_grad)
        if key not in self._compiled:
            self._compiled[key] = Passes(Layout(self._step, self._batch, *key), inputs.device)
        return self._compiled[key]

    def _weights(self, parameters: Weights) -> Tensor:
        """The numbers the kernel reads, ``member number``."""
        derived = self._state.derive(parameters)
        values = vmap(self._lowered.weights)(*parameters.values(), *derived.values())
        return torch.cat([value.reshape(self._members, -1) for value in values], dim=1)


class Passes:
    """The generated passes for one layout, on one device."""

    def __init__(self, layout: Layout, device: torch.device) -> None:
        self.layout = layout
        text, tables = source(layout)
        self._module: ModuleType = load(text)
        self._tables = torch.tensor(tables, dtype=torch.int32, device=device)

    def forward(self, given: "Given", initial: Tensor, asked: int, keep: bool) -> tuple[Tensor, Tensor]:
        """``asked`` outputs ``asked member batch width`` and what the backward pass reads, empty unless ``keep``."""
        steps, (members, batch) = len(given.where), given.lengths.shape
        kept = given.inputs.new_empty((steps + 1) * members * batch * self.layout.kept if keep else 1)
        outputs = given.inputs.new_empty(asked, members, batch, self.layout.step.output.width)
        self._launch("forward", given, initial, given.where, kept, outputs, steps, members, batch, keep)
        return outputs, kept

    def backward(self, given: "Given", kept: Tensor, cotangents: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gradients of weights ``member number``, of the initial state ``member number``, of inputs (if wanted)."""
        layout, (members, batch) = self.layout, given.lengths.shape
        own = kept.new_zeros(members, layout.programs * layout.copies, layout.step.weights)
        initial = kept.new_empty(members, batch * sum(layout.step.states))
        back = torch.zeros_like(given.inputs) if layout.inputs_wanted else kept.new_empty(1)
        arrays = (given.where, kept, cotangents, own, initial, back)
        self._launch("backward", given, *arrays, len(given.where), members, batch)
        return own.sum(1), initial, back

    def _launch(self, name: str, given: "Given", *others: Any) -> None:
        run = getattr(self._module, name)[(len(given.weights), self.layout.programs)]
        shared = (given.inputs, given.lengths, given.weights, self._tables)
        with torch.cuda.device_of(given.inputs):  # type: ignore[no-untyped-call]
            run(*shared, *others, num_warps=self.layout.warps, enable_fp_fusion=True)


@dataclass(frozen=True)
class Given:
    """What both passes read: contiguous, on one device."""

    inputs: Tensor
    """``time member batch feature``."""
    lengths: Tensor
    """int64 ``member batch``."""
    weights: Tensor
    """``member number``."""
    where: Tensor
    """int32 ``time``, up to the last output asked for: its place among the outputs, or -1."""


class _OverTime(torch.autograd.Function):
    """The generated passes as one differentiable operation."""

    @staticmethod
    def forward(
        context: Any,
        passes: Passes,
        weights: Tensor,
        inputs: Tensor,
        initial: Tensor,
        ends: tuple[Tensor, tuple[int, ...], bool],
    ) -> Tensor:
        lengths, wanted, learning = ends
        where = torch.full((max(wanted) + 1,), -1, dtype=torch.int32)
        where[list(wanted)] = torch.arange(len(wanted), dtype=torch.int32)
        given = Given(inputs.contiguous(), lengths.contiguous(), weights.contiguous(), where.to(inputs.device))
        outputs, kept = passes.forward(given, initial.contiguous(), len(wanted), learning)
        context.passes, context.given, context.kept = passes, given, kept
        return outputs

    @staticmethod
    def backward(context: Any, cotangent: Tensor) -> Any:
        weights, initial, inputs = context.passes.backward(context.given, context.kept, cotangent.contiguous())
        return None, weights, inputs if context.passes.layout.inputs_wanted else None, initial, None
