"""The checks of a task, in the order in which they are asked."""

from rnnbench.check.description import description
from rnnbench.check.finding import Check
from rnnbench.check.task_answers import causality, oracle
from rnnbench.check.task_levels import balance, chance, guessing, memoryless
from rnnbench.check.task_parameters import parameters
from rnnbench.check.task_sampling import contract, length, process, refusals, seeding
from rnnbench.check.task_streams import streams
from rnnbench.check.task_subject import TaskSubject

DRAWN = ("contract",)

TASK_CHECKS: tuple[Check[TaskSubject], ...] = (
    Check(description, of_class=True),
    Check(refusals),
    Check(contract),
    Check(seeding, needs=DRAWN),
    Check(process, needs=(*DRAWN, "seeding")),
    Check(length, needs=DRAWN),
    Check(streams, needs=DRAWN),
    Check(oracle, needs=DRAWN),
    Check(causality, needs=DRAWN),
    Check(chance, needs=DRAWN),
    Check(guessing, of_class=True),
    Check(balance, of_class=True, needs=DRAWN),
    Check(memoryless, needs=DRAWN),
    Check(parameters, of_class=True, needs=DRAWN),
)
