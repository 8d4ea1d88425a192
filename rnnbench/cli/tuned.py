"""What a run says about the values that tuning chose."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rnnbench.setting import at_edge, values_of

if TYPE_CHECKING:
    from rnnbench.study import Study
    from rnnbench.trial import Trial


def tuned_values(study: "Study", trials: "Sequence[Trial]") -> Iterator[str]:
    """A line for each cell on each task: which values were chosen, and at which lengths."""
    found: dict[tuple[str, str, int], dict[str, dict[int, None]]] = {}
    for trial in trials:
        told = ", ".join(_value(key, value, study) for key, value in values_of(trial.spec, study.tune).items())
        where = found.setdefault((trial.task.label, trial.cell.label, trial.hidden), {})
        where.setdefault(told, {})[trial.length] = None
    for (task, cell, hidden), values in found.items():
        ordered = sorted(values.items(), key=lambda item: min(item[1]))
        told = "; ".join(f"{value} at {', '.join(map(str, lengths))}" for value, lengths in ordered)
        yield f"tuned: {cell} ({hidden}) on {task}: {told}"


def _value(key: str, value: Any, study: "Study") -> str:
    end = at_edge(key, value, study.tune)
    return f"{key}={value}{f' (the {end} tried)' if end else ''}"
