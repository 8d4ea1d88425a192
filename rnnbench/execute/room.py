"""Trials that need more memory than there is, refused before any is trained."""

from collections.abc import Iterable

from rnnbench.errors import RnnbenchError
from rnnbench.population import data_bytes
from rnnbench.trial import Trial
from rnnbench.words import size

SINGLE = 4
"""Bytes of a number."""
DRAWN = 2 / 3
"""Of the bytes of data that are planned for: what a set takes when it is drawn, in double precision."""
WHOLE = 4
"""A model that reads whole sequences is planned for with up to so many times what it keeps."""


def require_room(trials: Iterable[Trial], accelerator: str = "cpu", memory: int | None = None) -> None:
    """Raise RnnbenchError for a trial whose data, or batch where that lies beside them, surely exceed ``memory``.

    By default that is the machine's. What may fit is tried: the operating system knows better than a model of it.
    """
    import psutil

    there = psutil.virtual_memory().total if memory is None else memory
    alike = {
        (trial.task.text, trial.cell.text, trial.hidden, trial.length, id(trial.protocol)): trial for trial in trials
    }
    for trial in alike.values():
        data, batch = int(DRAWN * data_bytes(trial)), _batch_bytes(trial) if accelerator == "cpu" else 0
        if data + batch > there:
            protocol = trial.protocol
            key = "sequences" if protocol.data == "fixed" else "validation"
            counts = f"{key} {getattr(protocol, key):,} and test {protocol.test:,}"
            raise RnnbenchError(
                f"{trial.task.name} at length {trial.length:,} takes at least {size(data)} for data ({counts}) and "
                f"{size(batch)} for a batch of {protocol.batch:,}, and this machine has {size(there)}: "
                "make them smaller."
            )


def _batch_bytes(trial: Trial) -> int:
    """What a batch takes at least: its inputs, and a number for each unit, sequence and step."""
    width = getattr(trial.make_task().inputs, "width", None) or 1
    kept = trial.activations(trial.steps, 1) // (1 if trial.by_step else WHOLE)
    return SINGLE * trial.protocol.batch * (trial.steps * width + kept)
