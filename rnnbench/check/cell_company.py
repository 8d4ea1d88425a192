"""Company: a sequence, a model and a moment are not changed by what stands beside or after them."""

import torch

from rnnbench.check.cell_subject import BATCH, CellSubject, full, members, normal, over_time
from rnnbench.check.finding import Failure, Finding, Note
from rnnbench.recurrence.eager import EagerKernel

TIME = 5
EXACT = 1e-10
"""Products of other shapes round differently, in double precision by less than this."""


def rows(subject: CellSubject) -> Finding:
    """A sequence alone gives what it gives in a batch."""
    for shape, cell in subject.each():
        x = normal(0, TIME, BATCH, shape[0])
        together, kept = over_time(cell, x)
        for row in range(BATCH):
            alone, own = over_time(cell, x[:, row : row + 1])
            pairs = [(alone, together[:, row : row + 1])]
            pairs += [(part, whole[row : row + 1]) for part, whole in zip(own, kept, strict=True)]
            for one, other in pairs:
                if not torch.allclose(one, other, rtol=EXACT, atol=EXACT, equal_nan=True):
                    place = (one - other).abs().flatten().argmax()
                    return Failure(
                        "state leaking across the batch",
                        "a sequence alone and the same sequence in a batch differ; take no mean or maximum over rows.",
                        {"inputs": shape[0], "hidden": shape[1], "batch": BATCH, "row": row, "seed": 0, "length": TIME}
                        | {"sequence": x[:, row].tolist(), "alone": float(one.flatten()[place])}
                        | {"in the batch": float(other.flatten()[place])},
                    )
    return None


def population(subject: CellSubject) -> Finding:
    """A model trained among others computes what it computes alone."""
    shape = subject.shape
    cells = [subject.ready(shape, seed=seed) for seed in range(3)]
    x, lengths = normal(0, TIME, len(cells), BATCH, shape[0]), full(TIME, len(cells), BATCH)
    kernel = EagerKernel(cells[0], len(cells), BATCH)
    wanted = range(TIME)
    together = kernel(members(cells), x, lengths, TIME, wanted)
    for number, cell in enumerate(cells):
        alone = over_time(cell, x[:, number])[0]
        for time in wanted:
            if not torch.allclose(together[time][number], alone[time], rtol=EXACT, atol=EXACT):
                return Failure(
                    "dependence on company",
                    "a model beside two others gives another output than alone: its step depends on more than its "
                    "parameters, input and state.",
                    {"inputs": shape[0], "hidden": shape[1], "seed": number, "length": TIME, "step": time}
                    | {"alone": alone[time][0].tolist(), "beside others": together[time][number][0].tolist()},
                )
    return Note(kernel.reason) if kernel.reason else None


def causality(subject: CellSubject) -> Finding:
    """Outputs do not depend on inputs after them."""
    shape, cut = subject.shape, 2
    cell = subject.ready(shape)
    x = normal(0, TIME, BATCH, shape[0])
    changed = x.clone()
    changed[cut + 1 :] = normal(1, TIME - cut - 1, BATCH, shape[0])
    weights, lengths, wanted = members([cell]), full(TIME, 1, BATCH), range(cut + 1)
    one, other = (
        EagerKernel(cell, 1, BATCH)(weights, sequence.unsqueeze(1), lengths, TIME, range(TIME))
        for sequence in (x, changed)
    )
    for time in wanted:
        if not torch.equal(one[time], other[time]):
            return Failure(
                "future leakage",
                f"the output at step {time} changes when inputs after step {cut} change.",
                {"inputs": shape[0], "hidden": shape[1], "seed": 0, "length": TIME, "step": time}
                | {"output": one[time][0, 0].tolist(), "then": other[time][0, 0].tolist()},
            )
    return None
