"""Trials that need more memory than there is, refused before any is trained."""

from collections.abc import Iterable

from rnnbench.errors import RnnbenchError
from rnnbench.population import ACTIVATIONS, activation_bytes, data_bytes
from rnnbench.trial import Trial
from rnnbench.words import size

FEWEST = 4
"""Numbers that a cell keeps at least for the backward pass, per unit, sequence and step: far fewer than it may."""


def require_room(trials: Iterable[Trial], memory: int | None = None) -> None:
    """Raise RnnbenchError for a trial whose data and activations surely exceed ``memory``, by default the machine's.

    What may fit is tried: the operating system knows better than a model of it.
    """
    import psutil

    there = psutil.virtual_memory().total if memory is None else memory
    alike = {
        (trial.task.text, trial.cell.text, trial.hidden, trial.length, id(trial.protocol)): trial for trial in trials
    }
    for trial in alike.values():
        data, kept = data_bytes(trial), activation_bytes(trial, 1) * FEWEST // ACTIVATIONS
        if data + kept > there:
            protocol = trial.protocol
            counts = f"validation {protocol.validation:,} and test {protocol.test:,}"
            if protocol.data == "fixed":
                counts = f"sequences {protocol.sequences:,} and test {protocol.test:,}"
            raise RnnbenchError(
                f"{trial.task.name} at length {trial.length:,} takes about {size(data)} for data ({counts}) and "
                f"{size(kept)} for a batch of {protocol.batch:,}, and this machine has {size(there)}: "
                "make them smaller."
            )
