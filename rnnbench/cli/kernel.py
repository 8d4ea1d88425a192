"""The machine code's source: what ``rnnbench show CELL --kernel`` prints."""

from rnnbench.errors import PluginError, RnnbenchError, UnknownName
from rnnbench.registry import CELLS

BATCH = 16
"""Sequences of a member in the kernel shown; the shipped studies' batch."""


def print_kernel(text: str, hidden: int) -> None:
    """The numba module of the cell ``text`` with ``hidden`` units and one input feature.

    Raises UnknownName for what is no cell, PluginError for a cell that breaks its contract, RnnbenchError for one that
    runs eagerly.
    """
    from rnnbench.cell import Cell
    from rnnbench.execute.probe import complaint_about_cell
    from rnnbench.grammar import parse
    from rnnbench.parameters import resolve
    from rnnbench.recurrence.limits import BATCHES, compiles
    from rnnbench.recurrence.numba_kernel import NumbaKernel
    from rnnbench.recurrence.operations import NotLowered
    from rnnbench.streams import stream
    from rnnbench.train.weights import built

    if (name := parse(text).name) not in CELLS:
        raise UnknownName("cell", name, [*CELLS])
    if hidden < 1:
        raise RnnbenchError(f"--hidden must be at least 1, got {hidden}.")
    if not compiles("auto", "cpu", hidden, BATCH):
        raise RnnbenchError(f"--hidden must be at most {max(BATCHES)}, got {hidden}: larger cells run eagerly.")
    resolved = resolve(CELLS, text)
    if not CELLS[resolved.name].by_step:
        raise RnnbenchError(f"cell {resolved.label} has no kernel and runs eagerly: it reads whole sequences.")
    cell = built(resolved, 1, hidden)
    assert isinstance(cell, Cell), "what goes by steps is a cell"
    if complaint := complaint_about_cell(cell, 1, f"cell {resolved.label!r} with hidden={hidden}"):
        raise PluginError(complaint)
    cell.reset_parameters(stream("template"))
    try:
        print(NumbaKernel(cell, 1, BATCH).source(), end="")
    except NotLowered as refusal:
        raise RnnbenchError(f"cell {resolved.label} has no kernel and runs eagerly: {refusal}.") from None
