"""What stands in a report and in which order, whatever the format."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rnnbench.provenance import plugins_of
from rnnbench.report.data import RunData, TaskData
from rnnbench.report.differences import differences_table
from rnnbench.report.figure_classes import classes_figure
from rnnbench.report.figure_learning import learning_figure
from rnnbench.report.figure_solved import solved_figure
from rnnbench.report.figure_values import values_figure
from rnnbench.report.findings import Finding, find
from rnnbench.report.labels import count, listed, one_line
from rnnbench.report.overview import (
    NAME,
    Solved,
    overall_sentence,
    overview_figure,
    overview_table,
    solved_everywhere,
)
from rnnbench.report.provenance import protocol_pairs, provenance_pairs
from rnnbench.report.sensitivity import NAME as SENSITIVITY
from rnnbench.report.sensitivity import Sensitivity
from rnnbench.report.svg import Figure
from rnnbench.report.tables import Table, cost_table, failures_table, pairs_table, results_table
from rnnbench.study import text as study_text
from rnnbench.study.tuning import tuning_name
from rnnbench.words import some

FIGURES = (values_figure, solved_figure, classes_figure, learning_figure)


@dataclass(frozen=True)
class Section:
    """The figures and the tables of one task."""

    name: str
    task: str
    figures: list[Figure]
    results: Table
    differences: Table | None = None


@dataclass(frozen=True)
class Content:
    """Everything that a report says."""

    name: str
    title: str
    about: str
    warnings: list[str]
    settings: str
    findings: list[Finding]
    sections: list[Section]
    cost: Table
    failures: Table | None
    choices: list[tuple[str, str]]
    protocol: Table
    provenance: Table
    command: str
    study: str
    """What the command ran, as lines of a study file."""
    verification: str
    """The command that trains some of its trials again."""

    def figures(self) -> Iterator[Figure]:
        """All figures in order."""
        for section in self.sections:
            yield from section.figures


def compose(data: RunData) -> Content:
    """Make the whole content of the report of one run."""
    study = data.run.study
    tasks = list(data.tasks())
    words = {"original": "The original’s", "ours": "Our choice", "source": "Source"}
    solved = solved_everywhere(tasks) if len(tasks) > 1 else {}
    overall = [Finding("all tasks", told, [])] if (told := overall_sentence(solved)) else []
    return Content(
        name=data.run.name,
        title=one_line(study.get("title") or data.run.name),
        about=one_line(study.get("about", "")),
        warnings=_warnings(data),
        settings=_settings(data),
        findings=_each_term_once([*overall, *map(find, tasks)]),
        sections=[*_overview(tasks, solved), *_tuning(data), *_sections(tasks)],
        cost=cost_table(data),
        failures=failures_table(data),
        choices=[(word, one_line(study[key])) for key, word in words.items() if study.get(key)],
        protocol=pairs_table("protocol", "The protocol with all defaults.", ("Setting", "Value"), protocol_pairs(data)),
        provenance=pairs_table("provenance", "Where the numbers come from.", ("What", "Value"), provenance_pairs(data)),
        command=data.run.command,
        study="\n".join([f"name = {json.dumps(data.run.name)}", *study_text.lines(_as_run(data))]),
        verification=_verification(data),
    )


def _as_run(data: RunData) -> dict[str, Any]:
    """The study with what its trials had where the default was another once: whose data a repeat meets."""
    study = data.run.study
    datasets = {json.loads(spec)["protocol"].get("dataset") for spec in data.trials["spec"].unique()}
    protocol = study.get("protocol", {})
    if protocol.get("data") != "fresh" or "dataset" in protocol or len(datasets) != 1:
        return study
    return study | {"protocol": protocol | {"dataset": datasets.pop()}}


def _verification(data: RunData) -> str:
    plugins = plugins_of(data.run.command)
    return shlex.join(["rnnbench", "verify", "--store", data.store, "--run", data.run.name, *plugins])


def _each_term_once(findings: list[Finding]) -> list[Finding]:
    """What words mean, and was said of an earlier task, need not be said again."""
    said: set[str] = set()
    told = []
    for finding in findings:
        told.append(replace(finding, notes=[note for note in finding.notes if note not in said]))
        said |= finding.terms
    return told


def _overview(tasks: list[TaskData], solved: Solved) -> list[Section]:
    """The section on all tasks together; none where there is one task, or no result."""
    if not solved:
        return []
    figure = overview_figure(tasks, solved)
    return [Section(NAME, "All tasks", [figure] if figure else [], overview_table(tasks, solved))]


def _tuning(data: RunData) -> list[Section]:
    """The section on what was tuned; none where nothing was."""
    found = Sensitivity.of(data)
    if found is None:
        return []
    figure = found.figure()
    return [Section(SENSITIVITY, "Tuning", [figure] if figure else [], found.table())]


def _sections(tasks: list[TaskData]) -> list[Section]:
    sections: list[Section] = []
    for task in tasks:
        drawn = [draw(task) for draw in FIGURES]
        figures = [figure for figure in drawn if figure is not None]
        tables = results_table(task, f"{task.slug}-results"), differences_table(task, f"{task.slug}-differences")
        sections.append(Section(task.slug, task.task, figures, *tables))
    return sections


def _warnings(data: RunData) -> list[str]:
    run, missing = data.run, data.run.planned - data.run.stored
    errors = int((data.trials["status"] == "error").sum())
    skipped = int((data.trials["status"] == "skipped").sum())
    warnings = []
    if missing:
        warnings.append(
            f"Incomplete: {count(run.stored)} of {count(run.planned)} trials are stored. All numbers are those of the "
            "stored trials."
        )
    if errors or skipped:
        what = " and ".join(
            f"{count(number)} {word}"
            for number, word in ((errors, "failed with an error"), (skipped, "were skipped"))
            if number
        )
        warnings.append(f"Not all trials are results: {what}; see Failures.")
    return warnings


def _settings(data: RunData) -> str:
    study, tasks, cells = data.run.study, data.trials["task"].nunique(), data.trials["cell"].nunique()
    lengths, seeds = data.trials["length"].nunique(), data.trials["seed"].nunique()
    grid = [(tasks, "task"), (cells, "cell"), (lengths, "length"), (seeds, "seed")]
    variants = data.trials["variant"].nunique()
    grid += [(variants, "variant")] if variants > 1 else []
    parts = ", ".join(f"{some(number, word)}" for number, word in grid)
    shared = f" All cells have {data.names.shared}." if data.names.shared else ""
    sizes = f"Units of each cell are matched to {study['match']}." if data.budget else _sizes(data)
    return f"{parts}; {some(data.run.stored, 'trial')}. {sizes}{shared}{_tuned(data)}"


def _sizes(data: RunData) -> str:
    """How many units cells have; a model that reads whole sequences is as wide."""
    sizes = sorted(int(size) for size in data.trials["hidden"].unique())
    if not sizes:
        return ""
    told = some(sizes[0], "unit") if len(sizes) == 1 else f"{listed([*map(str, sizes)])} units in turn"
    return f"Each cell has {told}."


def _tuned(data: RunData) -> str:
    """What was tuned, and by what; empty in a study that tunes nothing."""
    if not (told := data.tuned.sentence):
        return ""
    seeds, where = some(data.run.study["tuning_repeats"], "seed"), tuning_name(data.run.name)
    return f" {told} By validation on {seeds}, and on data that are not reported here; {where} has a report of its own."
