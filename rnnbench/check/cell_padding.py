"""What a sequence that has ended goes through beside longer ones: noughts, whose results nobody reads."""

import torch

from rnnbench.check.cell_subject import BATCH, CellSubject, normal, start
from rnnbench.check.finding import Failure, Finding

READ, PADDED = 3, 2
"""Steps before the end of the sequence, and after."""


def padding(subject: CellSubject) -> Finding:
    """Steps on noughts after the end are finite, and so are the gradients that pass through them."""
    for shape, cell in subject.each():
        x = torch.cat([normal(0, READ, BATCH, shape[0]), torch.zeros(PADDED, BATCH, shape[0], dtype=torch.float64)])
        example = {"inputs": shape[0], "hidden": shape[1], "batch": BATCH, "seed": 0}
        message = "a step on x = 0 {}: a shorter sequence of a batch would become NaN (no 1 / x, no sqrt(x))."
        x.requires_grad_()
        state = start(cell, BATCH, x)
        for number in range(READ + PADDED):
            output, state = cell.step(x[number], state)
            if not all(bool(part.isfinite().all()) for part in (output, *state)):
                return Failure("not finite", message.format("gives NaN or infinity"), {**example, "step": number})
        wanted = [x, *(weight for weight in cell.parameters() if weight.requires_grad)]
        total = sum((part.sum() for part in state), output.sum())
        found = torch.autograd.grad(total, wanted, allow_unused=True) if total.requires_grad else ()
        if not all(bool(part.isfinite().all()) for part in found if part is not None):
            return Failure("not finite", message.format("has a gradient that is NaN or infinite"), example)
    return None
