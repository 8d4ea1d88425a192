"""The example package: its files keep the contract, and it is found by its names (nox -s plugin installs it)."""

import tomllib
from pathlib import Path

from rnnbench.check import check
from rnnbench.check.select import select
from rnnbench.registry import CELLS, TASKS

FOLDER = Path(__file__).parents[1] / "third_party"
PACKAGE = FOLDER / "src" / "memory_zoo"


def test_its_files_keep_the_contract() -> None:
    found = check(PACKAGE / "count_ones.py", PACKAGE / "leaky.py")
    assert {outcome.subject for outcome in found} == {"count_ones", "leaky"}
    assert not [str(outcome.finding) for outcome in found if outcome.failed]


def test_it_is_found_by_its_names() -> None:
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
    for registry in (TASKS, CELLS):
        for name, module in project["entry-points"][f"rnnbench.{registry.kind}s"].items():
            path = FOLDER / "src" / Path(*module.split(".")).with_suffix(".py")
            assert registry.add_file(path, module, builtin=False, distribution=project["name"]) == [name]
    both = [(TASKS, "count_ones"), (CELLS, "leaky")]
    for word in ("rnnbench-memory-zoo", "rnnbench_memory_zoo", "memory_zoo"):
        assert select([word]) == both
    assert select(["memory_zoo.leaky"]) == both[1:]
    assert TASKS.entry("count_ones").origin == f"the package rnnbench-memory-zoo ({PACKAGE / 'count_ones.py'})"
