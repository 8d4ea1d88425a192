"""The CPU kernel: a cell over time in machine code made from its own equations."""

import math
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import vmap

from rnnbench.cell import Cell
from rnnbench.recurrence.compile import load
from rnnbench.recurrence.emit import SCATTERED, scattered
from rnnbench.recurrence.loan import Lender
from rnnbench.recurrence.lower import lower
from rnnbench.recurrence.numba_source import Kernel
from rnnbench.recurrence.operations import NotLowered
from rnnbench.recurrence.proof import require_true
from rnnbench.recurrence.shape import shape_of
from rnnbench.recurrence.shared import shared
from rnnbench.recurrence.step import MemberStep, Weights
from rnnbench.recurrence.sums import products_last


class NumbaKernel:
    """``cell`` over time for ``members`` models on ``batch`` sequences each. Raises NotLowered."""

    name = "numba"
    reason = ""

    def __init__(self, cell: Cell, members: int, batch: int) -> None:
        self._members, self._batch = members, batch
        lowered = lower(cell)
        require_true(cell, lowered)
        self.lowered = replace(lowered, step=products_last(shared(lowered.step)))
        self._state = MemberStep(cell, members, batch)
        if (many := scattered(self.lowered.step)) > SCATTERED:
            raise NotLowered(f"its step puts {many} values in their places one by one, more than {SCATTERED}")
        self.shape = shape_of(self.lowered.step.weights, batch)
        self.group, self.lanes = self.shape.members, self.shape.lanes
        self.groups = math.ceil(members / self.group)
        self._kernels: dict[tuple[bool, bool], tuple[Kernel, ModuleType]] = {}
        self.lender = Lender()

    def source(self, *, double: bool = False) -> str:
        """The generated module."""
        return Kernel(self.lowered.step, self.shape, double, inputs_wanted=False).source

    def __call__(
        self, parameters: Weights, inputs: Tensor, lengths: Tensor, shortest: int, wanted: Sequence[int]
    ) -> dict[int, Tensor]:
        """Outputs ``member batch hidden`` at each step of ``wanted``; arguments as of the eager kernel's."""
        weights = self._weights(parameters).to(inputs.dtype)  # a constant of the cell may be of double precision
        initial = torch.cat([part.flatten(2) for part in self._state.initial_state(parameters, inputs)], dim=2)
        made = _OverTime.apply(self, weights, inputs, initial, (lengths, shortest, tuple(wanted)))  # type: ignore[no-untyped-call]
        return dict(zip(wanted, made, strict=True))

    def compiled(self, dtype: torch.dtype, inputs_wanted: bool) -> tuple[Kernel, ModuleType]:
        """The kernel for ``dtype``, made when first asked for."""
        key = (dtype == torch.float64, inputs_wanted)
        if key not in self._kernels:
            kernel = Kernel(self.lowered.step, self.shape, *key)
            self._kernels[key] = (kernel, load(kernel.source))
        return self._kernels[key]

    def _weights(self, parameters: Weights) -> Tensor:
        """The numbers the kernel reads, ``member number``."""
        derived = self._state.derive(parameters)
        values = vmap(self.lowered.weights)(*parameters.values(), *derived.values())
        return torch.cat([value.reshape(self._members, -1) for value in values], dim=1)

    def in_lanes(self, tensor: Tensor) -> Tensor:
        """``member batch row`` to ``group row lane``, lanes without a sequence zero."""
        members, batch, rows = tensor.shape
        padded = tensor.new_zeros(self.groups, rows, self.lanes)
        whole = members // self.group
        used = self.group * batch
        if whole:
            source = tensor[: whole * self.group].reshape(whole, used, rows)
            padded[:whole, :, :used] = source.transpose(1, 2)
        if members % self.group:
            source = tensor[whole * self.group :].reshape(-1, rows)
            padded[whole, :, : len(source)] = source.T
        return padded

    def weights_in_lanes(self, weights: Tensor) -> Tensor:
        """``member number`` to a row of numbers for each group, repeated over lanes unless a member is alone."""
        if self.shape.rows.alone:
            return weights.contiguous()
        return self.in_lanes(weights.unsqueeze(1).expand(-1, self._batch, -1)).flatten(1)

    def from_lanes(self, tensor: Tensor) -> Tensor:
        """``group row lane`` to ``member batch row``."""
        rows = tensor.shape[1]
        used = tensor[:, :, : self.group * self._batch].transpose(1, 2)
        return used.reshape(self.groups * self.group, self._batch, rows)[: self._members]


class _OverTime(torch.autograd.Function):
    """The generated passes as one differentiable operation."""

    @staticmethod
    def forward(
        context: Any,
        kernel: NumbaKernel,
        weights: Tensor,
        inputs: Tensor,
        initial: Tensor,
        ends: tuple[Tensor, int, tuple[int, ...]],
    ) -> Tensor:
        lengths, shortest, wanted = ends
        layout, module = kernel.compiled(inputs.dtype, inputs.requires_grad)
        members, batch = inputs.shape[1:3]
        steps, states, hidden = max(wanted) + 1, layout.states, layout.step.output.width
        x = kernel.in_lanes(inputs[:steps].permute(1, 2, 0, 3).reshape(members, batch, -1)).flatten(1)
        w = kernel.weights_in_lanes(weights)
        last = kernel.in_lanes(lengths.unsqueeze(2).to(x.dtype)).flatten(1)
        where = torch.full((steps,), -1, dtype=torch.int64)
        where[list(wanted)] = torch.arange(len(wanted))
        count = (steps * layout.rows + states) * kernel.lanes
        loan = kernel.lender.lend(kernel.groups * count, x.dtype)
        kept = loan.numbers[: kernel.groups * count].view(kernel.groups, count)
        kept[:, : states * kernel.lanes] = kernel.in_lanes(initial).flatten(1)
        out = x.new_empty(kernel.groups, len(wanted) * hidden * kernel.lanes)
        scratch = x.new_empty(layout.scratch * kernel.lanes)
        module.forward(*numpy(x, last), shortest, *numpy(w, where, kept, out, scratch))
        context.kernel, context.layout, context.module = kernel, layout, module
        context.arrays, context.shape, context.loan = (x, w, where, kept), inputs.shape, loan
        outputs = kernel.from_lanes(out.reshape(kernel.groups, -1, kernel.lanes))
        return outputs.reshape(members, batch, len(wanted), hidden).permute(2, 0, 1, 3).contiguous()

    @staticmethod
    def backward(context: Any, cotangent: Tensor) -> Any:
        kernel, layout, (x, w, where, kept) = context.kernel, context.layout, context.arrays
        _, members, batch, features = context.shape
        groups, lanes, steps = kernel.groups, kernel.lanes, len(where)
        zeros = x.new_zeros(groups, layout.step.output.width * lanes)
        outputs = kernel.in_lanes(cotangent.permute(1, 2, 0, 3).reshape(members, batch, -1)).flatten(1)
        given = torch.cat([zeros, outputs], dim=1)
        state = x.new_zeros(groups, layout.states * lanes)
        scratch, new, late = (x.new_empty(rows * lanes) for rows in (layout.scratch, layout.states, layout.late))
        gradients = x.new_zeros(groups, max(layout.step.weights, 1) * lanes)
        gx = x.new_zeros(groups, steps * layout.step.inputs * lanes if layout.inputs_wanted else 0)
        context.module.backward(*numpy(x, w, where, kept, given, gradients, state, new, late, scratch, gx))
        own = kernel.from_lanes(gradients.reshape(groups, -1, lanes)).sum(1)
        initial = kernel.from_lanes(state.reshape(groups, -1, lanes)) if context.needs_input_grad[3] else None
        inputs = None
        if layout.inputs_wanted:
            inputs = x.new_zeros(context.shape)
            flat = kernel.from_lanes(gx.reshape(groups, -1, lanes)).reshape(members, batch, steps, features)
            inputs[:steps] = flat.permute(2, 0, 1, 3)
        return None, own[:, : layout.step.weights], inputs, initial, None


def numpy(*tensors: Tensor) -> tuple[NDArray[Any], ...]:
    """The same memory as arrays."""
    return tuple(tensor.numpy() for tensor in tensors)
