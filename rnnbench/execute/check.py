"""Does every task and cell of a run keep its contract? Asked once, before anything trains."""

from collections.abc import Sequence

import numpy as np
import torch

from rnnbench.cell import Cell, Model, derived_weights
from rnnbench.errors import PluginError, RnnbenchError
from rnnbench.sequence_model import SequenceModel
from rnnbench.shapes import input_width
from rnnbench.streams import stream
from rnnbench.train.sampling import sample
from rnnbench.train.weights import make_cell
from rnnbench.trial import Trial
from rnnbench.words import returned, shapes

PROBE = 4
"""Sequences drawn to see what a task gives."""


def check_plugins(trials: Sequence[Trial]) -> tuple[list[Trial], list[str]]:
    """The trials that can be trained, and one line for each task or cell that breaks its contract."""
    verdicts: dict[object, str] = {}
    kept: list[Trial] = []
    complaints: dict[str, None] = {}
    for trial in trials:
        task_key = ("task", trial.task.text, trial.length)
        cell_key = ("cell", trial.cell.text, trial.hidden, trial.task.text)
        for asked, check in ((task_key, check_task), (cell_key, check_cell)):
            if asked not in verdicts:
                verdicts[asked] = "" if asked is cell_key and verdicts[task_key] else check(trial)
        problem = verdicts[task_key] or verdicts[cell_key]
        if problem:
            complaints[problem] = None
        else:
            kept.append(trial)
    return kept, list(complaints)


def check_task(trial: Trial) -> str:
    """What is wrong with the trial's task at its length; empty if nothing is."""
    try:
        task = trial.make_task()
        sample(task, stream("probe", trial.task.text, trial.length), PROBE, trial.length)
        chance = task.chance
    except PluginError as error:
        return str(error)
    except Exception as error:  # a stranger's task may fail in any way
        return f"task {trial.task.label!r} at length {trial.length} raises {_words(error)}"
    if not np.isfinite(chance):
        return f"task {trial.task.label!r}: chance must be a finite number, got {chance}."
    return ""


def check_cell(trial: Trial) -> str:
    """What is wrong with the trial's cell; empty if nothing is."""
    try:
        task = trial.make_task()
        cell = make_cell(trial, task, torch.float32)
        cell.reset_parameters(stream("probe", trial.cell.text, trial.hidden))
        if isinstance(cell, SequenceModel):
            return _sequence_complaint(cell, input_width(task), trial)
        assert isinstance(cell, Cell), "a model is one or the other"
        cell.derived = derived_weights(cell)
        return _complaint(cell, input_width(task), trial) or _chance_complaint(cell, input_width(task), trial)
    except RnnbenchError as error:
        return str(error)
    except Exception as error:  # a stranger's cell may fail in any way
        return f"cell {trial.cell.label!r} with hidden={trial.hidden} raises {_words(error)}"


def _sequence_complaint(model: SequenceModel, inputs: int, trial: Trial) -> str:
    named = f"cell {trial.cell.label!r} with hidden={trial.hidden}: "
    x, shape = torch.zeros(PROBE, PROBE, inputs), (PROBE, PROBE, trial.hidden)
    outputs = model.over_time(x)
    if tuple(outputs.shape) != shape or outputs.dtype != torch.float32:
        return named + f"over_time must return float32 of shape {shape}, got {outputs.dtype} {tuple(outputs.shape)}."
    x[-1] = 1.0
    if not torch.equal(model.over_time(x)[:-1], outputs[:-1]):
        return named + "over_time must be causal: an output depends on a later input."
    return _parameter_complaint(named, model, outputs)


def _parameter_complaint(named: str, model: Model, outputs: torch.Tensor) -> str:
    if not bool(outputs.isfinite().all()):
        return named + "outputs are not finite on zeros."
    for name, parameter in model.named_parameters():
        if not bool(parameter.isfinite().all()):
            return named + f"parameter {name} is not finite after reset_parameters."
    return ""


def _complaint(cell: Cell, inputs: int, trial: Trial) -> str:
    named = f"cell {trial.cell.label!r} with hidden={trial.hidden}: "
    state = cell.initial_state(PROBE)
    if not isinstance(state, tuple) or any(part.dim() < 2 or len(part) != PROBE for part in state):
        return named + "initial_state must return a tuple of tensors, each `batch width`."
    made: object = cell.step(torch.zeros(PROBE, inputs), state)
    if not isinstance(made, tuple) or len(made) != 2:
        return named + f"step must return the output and the new state, got {returned(made)}."
    output, new = made
    if not isinstance(new, tuple):
        return named + f"step must return the new state as a tuple, got one {type(new).__name__}."
    if (after := shapes(new)) != (before := shapes(state)):
        return named + f"step must return the state in the shapes of initial_state, {before}, got {after}."
    if not isinstance(output, torch.Tensor):
        return named + f"step must return its output as a tensor, got one {type(output).__name__}."
    if tuple(output.shape) != (PROBE, trial.hidden):
        return named + f"step must return an output of shape ({PROBE}, {trial.hidden}), got {tuple(output.shape)}."
    for name, tensor in (("output", output), *((f"state {place}", part) for place, part in enumerate(new))):
        if tensor.dtype != torch.float32:
            return (
                named + f"{name} must be float32 as the parameters are, got {str(tensor.dtype).removeprefix('torch.')}."
            )
        if not bool(tensor.isfinite().all()):
            return named + f"{name} is not finite after one step on zeros."
    return _parameter_complaint(named, cell, output)


def _chance_complaint(cell: Cell, inputs: int, trial: Trial) -> str:
    """What it computes once must be what it computes again: only ``reset_parameters`` draws, from what it is given."""
    x, state = torch.ones(PROBE, inputs), cell.initial_state(PROBE)
    made = []
    for _ in range(2):
        output, new = cell.step(x, state)
        made.append({"derive": [*derived_weights(cell).values()], "step": [output, *new]})
    for what, values in made[0].items():
        if not all(map(_are_same, values, made[1][what])):
            rule = f"{what} must compute the same when called again: it draws random numbers."
            return f"cell {trial.cell.label!r} with hidden={trial.hidden}: {rule}"
    return ""


def _are_same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.allclose(one, other, rtol=0, atol=0, equal_nan=True)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
