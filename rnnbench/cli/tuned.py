"""What a run says about the values that tuning chose."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rnnbench.stats.axes import protocol_axes
from rnnbench.study.setting import Values, at_edge, setting, values_of

if TYPE_CHECKING:
    from rnnbench.study import Study
    from rnnbench.trial import Trial


def tuned_values(study: "Study", trials: "Sequence[Trial]", chosen: Mapping[str, Values]) -> Iterator[str]:
    """A line for each cell on each task: which values were ``chosen``, and at which lengths."""
    found: dict[str, dict[str, dict[int, None]]] = {}
    axes = [axis for axis in protocol_axes([trial.spec["protocol"] for trial in trials]) if axis not in study.tune]
    for trial in trials:
        values = values_of(trial.spec, study.tune)
        told = ", ".join(_value(key, value, study) for key, value in values.items())
        if setting(trial.spec, study.tune) not in chosen:
            told = f"nothing to choose by, so {told}"
        others = "".join(f" {axis}={trial.spec['protocol'][axis]}" for axis in axes)
        name = f"{trial.cell.label} ({trial.hidden}){others} on {trial.task.label}"
        found.setdefault(name, {}).setdefault(told, {})[trial.length] = None
    for name, values in found.items():
        ordered = sorted(values.items(), key=lambda item: min(item[1]))
        yield f"tuned: {name}: {'; '.join(f'{value} at {_listed(lengths)}' for value, lengths in ordered)}"


def _listed(lengths: Iterable[int]) -> str:
    return ", ".join(map(str, lengths))


def _value(key: str, value: Any, study: "Study") -> str:
    end = at_edge(key, value, study.tune)
    return f"{key}={value}{f' (the {end} tried)' if end else ''}"
