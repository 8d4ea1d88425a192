"""Where the numbers come from: protocol, software, hardware, dates and what is in the store."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from rnnbench.report.data import RunData
from rnnbench.report.labels import SPACE, count, listed
from rnnbench.stats.summary import STATUSES


def protocol_pairs(data: RunData) -> list[tuple[str, str]]:
    """List task, cell and the resolved protocol's values, axes with all of theirs."""
    values: dict[str, list[str]] = {}
    for text in data.trials["spec"].unique():
        spec = json.loads(text)
        for name, value in ({"task": spec["task"], "cell": spec["cell"]} | spec["protocol"]).items():
            written = value.replace(",", ", ") if isinstance(value, str) else json.dumps(value)
            values.setdefault(name.replace("_", SPACE), []).append(written)
    return [(name, "; ".join(dict.fromkeys(items))) for name, items in values.items() if set(items) != {"null"}]


def provenance_pairs(data: RunData) -> list[tuple[str, str]]:
    """List versions, code state, machines, dates and counts. Names of machines stay out."""
    run, trials = data.run, data.trials
    counts = [f"{count((trials['status'] == status).sum())} {status}" for status in STATUSES]
    finished = sorted(trials["finished"].dropna())
    hosts = trials["host"].nunique()
    pairs = [
        ("Run", f"started {run.started}, {f'finished {run.finished}' if run.finished else 'not finished'}"),
        ("Trials", f"{count(run.stored)} of {count(run.planned)} stored: {listed(counts)}"),
        ("Trained", f"from {finished[0]} to {finished[-1]}" if finished else ""),
        ("Git commit", "; ".join(_commits(trials))),
        ("Hosts", str(hosts) if hosts else ""),
        ("Devices", "; ".join(_distinct(trials["device"]))),
        *sorted(_versions(trials["versions"]).items()),
    ]
    return [(name, text) for name, text in pairs if text]


def _commits(trials: pd.DataFrame) -> list[str]:
    known = trials.loc[trials["git_commit"].notna(), ["git_commit", "git_dirty"]].drop_duplicates()
    return [
        f"{commit} with uncommitted changes" if dirty == 1 else str(commit)
        for commit, dirty in sorted(known.itertuples(index=False, name=None), key=str)
    ]


def _versions(texts: Iterable[Any]) -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for text in set(texts):
        for name, version in (json.loads(text) if isinstance(text, str) and text else {}).items():
            found.setdefault(str(name), set()).add(str(version))
    return {name: ", ".join(sorted(versions)) for name, versions in found.items()}


def _distinct(values: "pd.Series[Any]") -> list[str]:
    return sorted(str(value) for value in values.dropna().unique())
