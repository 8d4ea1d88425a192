"""What tasks and cells tell of themselves in literals agrees with what they do, and with the docs."""

from fractions import Fraction
from pathlib import Path

import pytest

from rnnbench.cli.listing import EVEN_ODDS
from rnnbench.parameters import resolve
from rnnbench.registry import CELLS, TASKS, Entry
from rnnbench.task import Task

HEADINGS = [
    line.removeprefix("## ")
    for line in (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("## ")
]


@pytest.mark.parametrize("name", list(TASKS))
def test_the_chance_that_is_listed_is_the_tasks(name: str) -> None:
    task = TASKS[name](**resolve(TASKS, name).parameters)
    assert Task.guessing == EVEN_ODDS
    assert (TASKS.entry(name).guessing or EVEN_ODDS) == task.guessing
    assert float(Fraction(task.guessing.removeprefix("mse "))) == pytest.approx(task.chance, rel=0.01)


@pytest.mark.parametrize("entry", [registry.entry(name) for registry in (TASKS, CELLS) for name in registry])
def test_every_source_heads_a_section_of_the_docs(entry: Entry) -> None:
    assert HEADINGS.count(entry.source.split(",")[0]) == 1
    assert entry.kind
