"""The checks of a cell, in the order in which they are asked."""

from rnnbench.check.cell_company import causality, population, rows
from rnnbench.check.cell_form import description, precision, shapes, state, state_size
from rnnbench.check.cell_learning import gradients, kernel, reach
from rnnbench.check.cell_padding import padding
from rnnbench.check.cell_start import initialisation, parameters, reset
from rnnbench.check.cell_subject import CellSubject
from rnnbench.check.finding import Check

BUILT = ("shapes",)
PURE = (*BUILT, "state")

CELL_CHECKS: tuple[Check[CellSubject], ...] = (
    Check(description, of_class=True),
    Check(shapes),
    Check(reset, needs=BUILT),
    Check(precision, needs=BUILT),
    Check(state, needs=BUILT),
    Check(state_size, needs=BUILT),
    Check(padding, needs=PURE),
    Check(rows, needs=PURE),
    Check(population, needs=PURE),
    Check(causality, needs=PURE),
    Check(gradients, needs=PURE),
    Check(reach, needs=PURE),
    Check(kernel, of_class=True, needs=(*PURE, "padding")),
    Check(initialisation, of_class=True, needs=PURE),
    Check(parameters, of_class=True, needs=PURE),
)
