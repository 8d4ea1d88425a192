"""The shapes of a model's trained tensors: those of its cell, and of what stands before and after it."""

from rnnbench.cell import Model
from rnnbench.task import Classes, Task, Tokens

CELL = "cell."
Shapes = dict[str, tuple[int, ...]]


def input_width(task: Task) -> int:
    """Features a step as the cell sees them, after one-hot or embedding."""
    if isinstance(task.inputs, Tokens):
        return task.inputs.width or task.inputs.vocabulary
    return task.inputs.width


def answer_width(task: Task) -> int:
    """Outputs of the read-out."""
    return task.answer.count if isinstance(task.answer, Classes) else task.answer.width


def shapes_of(cell: Model, task: Task) -> Shapes:
    """By name, in the order in which a member's row holds them: cell, read-out, its bias, embedding."""
    shapes: Shapes = {CELL + name: tuple(parameter.shape) for name, parameter in cell.named_parameters()}
    shapes["readout"] = (cell.hidden, answer_width(task))
    shapes["readout_bias"] = (answer_width(task),)
    if isinstance(task.inputs, Tokens) and task.inputs.width:
        shapes["embedding"] = (task.inputs.vocabulary, task.inputs.width)
    return shapes
