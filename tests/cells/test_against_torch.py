"""``like=torch``, which is the default, against torch.nn's own cells."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell
from rnnbench.parameters import resolve
from rnnbench.registry import CELLS

TWINS: dict[str, Callable[..., nn.RNNCellBase]] = {"srnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}
STEPS, BATCH = 7, 4


def make(text: str, inputs: int, hidden: int) -> Cell:
    resolved = resolve(CELLS, text)
    cell: Cell = CELLS[resolved.name](inputs, hidden, **resolved.parameters).double()
    return cell


@pytest.mark.parametrize("like", ["", "[like=torch]"])
@pytest.mark.parametrize(("inputs", "hidden"), [(1, 1), (2, 3), (5, 8)])
@pytest.mark.parametrize("name", TWINS)
def test_equals_the_cell_of_torch(name: str, inputs: int, hidden: int, like: str) -> None:
    cell = make(name + like, inputs, hidden)
    twin = TWINS[name](inputs, hidden, dtype=torch.float64)
    rng = np.random.default_rng(0)
    ours = dict(cell.named_parameters())
    theirs = {"kernel": "weight_ih", "recurrent": "weight_hh", "bias.0": "bias_ih", "bias.1": "bias_hh"}
    assert set(ours) == set(theirs)
    with torch.no_grad():
        for mine, name_there in theirs.items():
            weights = getattr(twin, name_there)
            weights.copy_(torch.from_numpy(rng.normal(size=tuple(weights.shape))))
            ours[mine].copy_(weights.T if weights.ndim == 2 else weights)
    start = [torch.from_numpy(rng.normal(size=(BATCH, hidden))) for _ in cell.initial_state(BATCH)]
    state: tuple[Tensor, ...] = tuple(start)
    there: Tensor | tuple[Tensor, ...] = state if name == "lstm" else state[0]
    for x in torch.from_numpy(rng.normal(size=(STEPS, BATCH, inputs))):
        output, state = cell.step(x, state)
        there = twin(x, there)
        expected = there if isinstance(there, tuple) else (there,)
        torch.testing.assert_close(output, expected[0], rtol=0, atol=1e-12)
        for mine_now, theirs_now in zip(state, expected, strict=True):
            torch.testing.assert_close(mine_now, theirs_now, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", TWINS)
def test_the_state_starts_at_zero_as_in_torch(name: str) -> None:
    assert all(bool((part == 0).all()) for part in make(name, 1, 3).initial_state(2))


@pytest.mark.parametrize("hidden", [1, 3, 16])
@pytest.mark.parametrize("name", TWINS)
def test_starts_uniform_within_the_bounds_of_torch(name: str, hidden: int) -> None:
    """Every weight and bias is U(±1/sqrt(hidden)): at the start of torch's cells and of ours."""
    bound, rng = hidden**-0.5, np.random.default_rng(1)
    cell = make(name, 1, hidden)
    drawn: dict[str, list[Tensor]] = {}
    for _ in range(400):
        cell.reset_parameters(rng)
        for key, parameter in cell.named_parameters():
            drawn.setdefault(key, []).append(parameter.detach().clone().flatten())
    twin = TWINS[name](1, hidden)
    assert max(parameter.abs().max().item() for parameter in twin.parameters()) <= bound
    for key, parts in drawn.items():
        values = torch.cat(parts)
        assert values.abs().max().item() <= bound, key
        assert values.min().item() < -0.96 * bound, key
        assert values.max().item() > 0.96 * bound, key
        # the variance of U(±b) is b²/3, that of its square 4 b⁴/45
        assert values.square().mean().item() == pytest.approx(
            bound**2 / 3, abs=4.5 * bound**2 * (4 / 45 / values.numel()) ** 0.5
        )
        assert values.mean().item() == pytest.approx(0, abs=4.5 * bound * (1 / 3 / values.numel()) ** 0.5)
