"""One label for each task and cell of a table, however those who trained its rows had spelt them.

A row keeps the label that its trial had when it was trained: ``gru`` in one run is ``gru[like=torch]`` in another, and
both are the same trials. A run notes its own labels, which name what it shows; rows of no run take the shortest.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from rnnbench.trial import Trial

LABELS = "labels"
"""In a run's study: by axis and resolved text, the label that the run has for it."""
AXES = ("task", "cell")
Labels = Mapping[str, Mapping[str, str]]


def labels_of(trials: Iterable["Trial"]) -> Labels:
    """What a run of ``trials`` notes."""
    found: dict[str, dict[str, str]] = {axis: {} for axis in AXES}
    for trial in trials:
        for axis, resolved in (("task", trial.task), ("cell", trial.cell)):
            found[axis].setdefault(resolved.text, resolved.label)
    return found


def united(table: "pd.DataFrame", noted: Labels) -> "pd.DataFrame":
    """``table`` with a label for each text: that which is ``noted``, or the shortest of its rows."""
    texts = [_texts(spec) for spec in table["spec"]]
    for axis in AXES:
        own = [text.get(axis) for text in texts]
        chosen: dict[Any, str] = {}
        for text, label in zip(own, table[axis], strict=True):
            chosen[text] = min(chosen.get(text, label), label, key=lambda item: (len(item), item))
        chosen |= noted.get(axis, {})
        pairs = zip(own, table[axis], strict=True)
        table[axis] = [label if text is None else chosen[text] for text, label in pairs]
    return table


def _texts(spec: Any) -> Mapping[str, Any]:
    """What a row's specification says; nothing of a damaged one, which is told of elsewhere."""
    try:
        found = json.loads(spec)
    except (ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
