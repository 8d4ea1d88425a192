"""A cell's graph, interpreted, against PyTorch's autograd through the plain loop over its ``step``, in float64."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from rnnbench.cell import Cell
from rnnbench.recurrence.interpret import Array, joined, run
from rnnbench.recurrence.lower import lower
from rnnbench.recurrence.shared import shared
from rnnbench.recurrence.sums import products_last


def compare(cell: Cell, inputs: Tensor, state: Sequence[Tensor], tolerance: float = 1e-10) -> None:
    """Values and gradients of everything; ``inputs`` is ``time batch feature``. Errors are relative to the largest."""
    parameters = list(cell.parameters())
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    leaves = [*trained, inputs.clone().requires_grad_(), *(part.clone().requires_grad_() for part in state)]
    x, *start = leaves[len(trained) :]
    after, outputs = tuple(start), []
    for now in x:
        output, after = cell.step(now, after)
        outputs.append(output.flatten(1))
    made = [torch.stack(outputs), *after]
    rng = np.random.default_rng(0)
    scales = [torch.from_numpy(rng.normal(size=tuple(part.shape))) for part in made]
    loss = torch.stack([(part * scale).sum() for part, scale in zip(made, scales, strict=True)]).sum()
    gradients = _gradients(loss, leaves)

    lowered = lower(cell)
    weights = lowered.weights(*parameters, *cell.derive().values())
    flat = torch.cat([value.reshape(-1) for value in weights])
    given = scales[0].permute(0, 2, 1).numpy()
    last = joined([scale.numpy() for scale in scales[1:]])
    initial = joined([part.detach().numpy() for part in start])
    step = products_last(shared(lowered.step))  # what is compiled
    got = run(step, flat.detach().numpy(), x.detach().permute(0, 2, 1).numpy(), initial, given, last)
    own = _gradients((flat * torch.from_numpy(got.weights)).sum(), trained) if trained else []
    pairs: dict[str, tuple[Array, Array]] = {
        "outputs": (got.outputs, made[0].detach().permute(0, 2, 1).numpy()),
        "states": (got.states, joined([part.detach().numpy() for part in after])),
        "gradient of inputs": (got.inputs, gradients[len(trained)].permute(0, 2, 1).numpy()),
        "gradient of the initial state": (got.initial, joined([g.numpy() for g in gradients[-len(state) :]])),
    }
    names = [name for name, parameter in cell.named_parameters() if parameter.requires_grad]
    for name, a, b in zip(names, own, gradients, strict=False):
        pairs[f"gradient of {name}"] = (a.numpy(), b.numpy())
    for name, (value, exact) in pairs.items():
        assert np.isfinite(exact).all(), f"{name}: PyTorch's own is not finite"
        largest = max(float(np.abs(exact).max(initial=0.0)), 1e-3)
        np.testing.assert_allclose(value, exact, rtol=0, atol=tolerance * largest, err_msg=name)


def _gradients(loss: Tensor, leaves: Sequence[Tensor]) -> list[Tensor]:
    made = torch.autograd.grad(loss, leaves, allow_unused=True)
    return [torch.zeros_like(leaf) if g is None else g for leaf, g in zip(leaves, made, strict=True)]
