"""Does every task, cell and optimiser of a run keep its contract? Asked once, before anything trains."""

from collections.abc import Sequence
from typing import NamedTuple

import torch

from rnnbench.cell import Cell, Model, State, derived_weights
from rnnbench.errors import PluginError, RnnbenchError, guarded
from rnnbench.execute.probe_optimiser import check_optimiser
from rnnbench.posed import make_task, pose
from rnnbench.sequence_model import SequenceModel
from rnnbench.shapes import input_width
from rnnbench.streams import stream
from rnnbench.train.sampling import sample
from rnnbench.train.weights import make_cell
from rnnbench.trial import Trial
from rnnbench.words import returned, shapes

PROBE = 4
"""Sequences drawn to see what a task gives."""


class Checked(NamedTuple):
    """A grid, parted."""

    sound: list[Trial]
    """Those that can be trained."""
    refused: list[tuple[Trial, str]]
    """The others, each with what is wrong."""

    @property
    def complaints(self) -> list[str]:
        """One line for each task, cell or optimiser that breaks its contract."""
        return list(dict.fromkeys(complaint for _, complaint in self.refused))


def check_plugins(trials: Sequence[Trial]) -> Checked:
    """Which trials can be trained, and what is wrong with the others."""
    verdicts: dict[object, str] = {}
    checked = Checked([], [])
    for trial in trials:
        task_key = ("task", trial.task.text, trial.length)
        cell_key = ("cell", trial.cell.text, trial.hidden, trial.task.text)
        for asked, check in ((task_key, check_task), (cell_key, check_cell)):
            if asked not in verdicts:
                verdicts[asked] = "" if asked is cell_key and verdicts[task_key] else check(trial)
        rule_key = ("optimiser", trial.optimiser.text)
        if rule_key not in verdicts:
            verdicts[rule_key] = check_optimiser(trial.optimiser)
        problem = verdicts[task_key] or verdicts[cell_key] or verdicts[rule_key]
        if problem:
            checked.refused.append((trial, problem))
        else:
            checked.sound.append(trial)
    return checked


def require_sound_plugins(trials: Sequence[Trial]) -> None:
    """Raise PluginError for the first task, cell or optimiser of ``trials`` that breaks its contract."""
    for complaint in check_plugins(trials).complaints:
        raise PluginError(complaint)


def check_task(trial: Trial) -> str:
    """What is wrong with the trial's task at its length; empty if nothing is."""
    try:
        task = make_task(trial.task)
        pose(task, trial.length)
        with guarded(f"task {trial.task.label!r} at length {trial.length} raises"):
            sample(task, stream("probe", trial.task.text, trial.length), PROBE, trial.length)
    except RnnbenchError as error:
        return str(error)
    return ""


def check_cell(trial: Trial) -> str:
    """What is wrong with the trial's cell; empty if nothing is."""
    try:
        task = trial.make_task()
        model = make_cell(trial, task, torch.float32)
    except RnnbenchError as error:
        return str(error)
    return complaint_about_cell(model, input_width(task), f"cell {trial.cell.label!r} with hidden={trial.hidden}")


def complaint_about_cell(model: Model, inputs: int, name: str) -> str:
    """The first rule that ``model``, built for ``inputs`` features, breaks; empty if none is."""
    try:
        with guarded(f"{name} raises"):
            model.reset_parameters(stream("probe", name))
            if isinstance(model, SequenceModel):
                complaint = _sequence_complaint(model, inputs)
            else:
                assert isinstance(model, Cell), "a model is one or the other"
                model.derived = derived_weights(model)
                complaint = _complaint(model, inputs) or _chance_complaint(model, inputs)
            complaint = complaint or _parameter_complaint(model)
    except RnnbenchError as error:
        return str(error)
    return f"{name}: {complaint}" if complaint else ""


def _sequence_complaint(model: SequenceModel, inputs: int) -> str:
    x, shape = torch.zeros(PROBE, PROBE, inputs), (PROBE, PROBE, model.hidden)
    outputs = model.over_time(x)
    if tuple(outputs.shape) != shape or outputs.dtype != torch.float32:
        return f"over_time must return float32 of shape {shape}, got {outputs.dtype} {tuple(outputs.shape)}."
    if x._version:
        return "over_time must leave its inputs as they are: it changes them in place."
    x[-1] = 1.0
    if not torch.equal(model.over_time(x)[:-1], outputs[:-1]):
        return "over_time must be causal: an output depends on a later input."
    return "" if bool(outputs.isfinite().all()) else "outputs are not finite on zeros."


def _parameter_complaint(model: Model) -> str:
    for name, parameter in model.named_parameters():
        if not bool(parameter.isfinite().all()):
            return f"parameter {name} is not finite after reset_parameters."
    return ""


def _complaint(cell: Cell, inputs: int) -> str:
    x, state = torch.zeros(PROBE, inputs), cell.initial_state(PROBE)
    if complaint := _state_complaint(state):
        return complaint
    given = {"x": x, **{f"state {place}": part for place, part in enumerate(state)}}
    versions = {name: tensor._version for name, tensor in given.items()}
    made: object = cell.step(x, state)
    if changed := [name for name, tensor in given.items() if tensor._version != versions[name]]:
        return f"step must leave x and the state as they are: it changes {changed[0]} in place; compute a new tensor."
    with torch.no_grad():  # as an evaluation does
        cell.step(x, state)
    return _step_complaint(made, state, cell.hidden)


def _state_complaint(state: object) -> str:
    rule = "initial_state must return a tuple of tensors, each `batch width`"
    if not isinstance(state, tuple) or not state:
        return f"{rule}, got {'none' if state == () else f'one {type(state).__name__}'}."
    if not all(isinstance(part, torch.Tensor) for part in state):
        return f"{rule}, got one with a {next(type(p).__name__ for p in state if not isinstance(p, torch.Tensor))}."
    if any(part.dim() < 2 or len(part) != PROBE or not part.numel() for part in state):
        return f"{rule}, with a batch of {PROBE} and a width of at least 1, got {shapes(state)}."
    return ""


def _step_complaint(made: object, state: State, hidden: int) -> str:
    """What is wrong with what a step has ``made`` of ``state`` and zeros."""
    if not isinstance(made, tuple) or len(made) != 2:
        return f"step must return the output and the new state, got {returned(made)}."
    output, new = made
    if not isinstance(new, tuple):
        return f"step must return the new state as a tuple, got one {type(new).__name__}."
    if (after := shapes(new)) != (before := shapes(state)):
        return f"step must return the state in the shapes of initial_state, {before}, got {after}."
    if not isinstance(output, torch.Tensor):
        return f"step must return its output as a tensor, got one {type(output).__name__}."
    if tuple(output.shape) != (PROBE, hidden):
        return f"step must return an output of shape ({PROBE}, {hidden}), got {tuple(output.shape)}."
    for name, tensor in (("output", output), *((f"state {place}", part) for place, part in enumerate(new))):
        if tensor.dtype != torch.float32:
            return f"{name} must be float32 as the parameters are, got {str(tensor.dtype).removeprefix('torch.')}."
        if not bool(tensor.isfinite().all()):
            return f"{name} is not finite after one step on zeros."
    return ""


def _chance_complaint(cell: Cell, inputs: int) -> str:
    """What it computes once must be what it computes again: only ``reset_parameters`` draws, from what it is given."""
    x, state = torch.ones(PROBE, inputs), cell.initial_state(PROBE)
    made = []
    for _ in range(2):
        output, new = cell.step(x, state)
        made.append({"derive": [*derived_weights(cell).values()], "step": [output, *new]})
    for what, values in made[0].items():
        if not all(map(_are_same, values, made[1][what])):
            rule = f"{what} must compute the same when called again"
            return f"{rule}: it draws random numbers, or remembers beside its state."
    return ""


def _are_same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.allclose(one, other, rtol=0, atol=0, equal_nan=True)
