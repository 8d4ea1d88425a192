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


def noted(study: Mapping[str, Any]) -> Labels:
    """What a run noted, as far as it can be read."""
    found = study.get(LABELS)
    own = {axis: found.get(axis) for axis in AXES} if isinstance(found, dict) else {}
    return {axis: labels for axis, labels in own.items() if isinstance(labels, dict)}


def united(table: "pd.DataFrame", chosen_by_run: Labels) -> "pd.DataFrame":
    """``table`` with a label for each text: that which its run noted, or the shortest of its rows."""
    texts = [_texts(spec) for spec in table["spec"]]
    for axis in AXES:
        rows = [(text.get(axis), label) for text, label in zip(texts, table[axis], strict=True)]
        chosen: dict[str, str] = {}
        for text, label in rows:
            if text is not None and isinstance(label, str):
                chosen[text] = min(chosen.get(text, label), label, key=lambda item: (len(item), item))
        chosen |= chosen_by_run.get(axis, {})
        table[axis] = [label if text is None else chosen.get(text, label) for text, label in rows]
    return table


def _texts(spec: Any) -> Mapping[str, str]:
    """What a row's specification says; nothing of a damaged one, which is told of elsewhere."""
    try:
        found = json.loads(spec)
    except (ValueError, TypeError, RecursionError):
        return {}
    return {axis: found[axis] for axis in AXES if isinstance(found.get(axis), str)} if isinstance(found, dict) else {}
