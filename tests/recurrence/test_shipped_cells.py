"""Every registered cell as it is lowered, interpreted, against PyTorch's autograd; fixed weights get no gradient."""

import numpy as np
import pytest
import torch

from rnnbench.cell import assign
from rnnbench.recurrence.adjoint import adjoint
from rnnbench.recurrence.lower import lower
from rnnbench.registry import CELLS
from tests.recurrence.against_eager import make
from tests.recurrence.against_torch import compare
from tests.recurrence.grid import OTHERS


@pytest.mark.parametrize("hidden", [1, 4])
@pytest.mark.parametrize("text", sorted({"srnn", "lstm", "gru", *OTHERS}))
def test_equals_autograd(text: str, hidden: int) -> None:
    rng = np.random.default_rng(hidden)
    cell = make(text, 2, hidden).double()
    cell.reset_parameters(rng)
    for parameter in cell.parameters():
        assign(parameter, parameter.detach().numpy() + 0.3 * rng.normal(size=tuple(parameter.shape)))
    cell.derived = cell.derive()
    state = [torch.from_numpy(rng.normal(size=tuple(part.shape))) for part in cell.initial_state(3)]
    compare(cell, torch.from_numpy(rng.normal(size=(4, 3, 2))), state)


def test_nothing_but_what_is_trained_gets_a_gradient() -> None:
    stepped = [name for name in CELLS if CELLS[name].by_step]
    assert {name for name in stepped if make(name, 2, 3).fixed} >= {"esn"}
    for name in stepped:
        cell = make(name, 2, 3)
        if not cell.derive():
            assert bool(adjoint(lower(cell).step).gradients) == any(p.requires_grad for p in cell.parameters()), name
