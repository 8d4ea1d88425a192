"""What is written down holds: README, CONTRIBUTING, committed reports."""

import re
import shlex
from pathlib import Path

import pytest

from rnnbench.cli.request import Request
from rnnbench.registry import CELLS, OPTIMISERS, TASKS, add_plugin
from rnnbench.report import write_report
from rnnbench.studies import shipped

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
REPORTS = sorted(path.parent for path in (ROOT / "reports").glob("*/store.sqlite"))


@pytest.mark.parametrize("name", [*TASKS, *CELLS, *OPTIMISERS, *shipped()])
def test_everything_registered_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_the_plug_ins_that_documents_show_work(document: str, tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), flags=re.S)
    path = tmp_path / f"from_{document.lower().removesuffix('.md')}.py"
    path.write_text(code)
    (name,) = add_plugin(path)
    assert len(code.splitlines()) <= 25
    assert name in TASKS or name in CELLS


def test_the_commands_of_the_readme_are_understood() -> None:
    """Every ``rnnbench run`` in the README resolves to studies, files of the reader's own left out."""
    commands = [line for line in README.splitlines() if line.startswith("rnnbench run") and "recall.py" not in line]
    assert len(commands) >= 4
    flags = {"--task": "tasks", "--cell": "cells", "--length": "lengths", "--set": "settings"}
    for command in commands:
        words = shlex.split(command, comments=True)[2:]
        found: dict[str, list[str]] = {field: [] for field in flags.values()}
        studies = []
        while words:
            word = words.pop(0)
            if word in flags:
                found[flags[word]].append(words.pop(0))
            elif word == "--repeats":
                words.pop(0)
            elif not word.startswith("--") and not word.endswith(".toml"):
                studies.append(word)
        if studies or found["tasks"]:
            assert all(study.trials() for study in Request(studies=studies, **found).resolve())  # type: ignore[arg-type]


def test_links_of_the_documents_lead_somewhere() -> None:
    for document in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (ROOT / target).exists(), f"{document} links to {target}"


@pytest.mark.parametrize("folder", REPORTS, ids=lambda folder: folder.name)
def test_committed_reports_are_what_the_code_renders(folder: Path, tmp_path: Path) -> None:
    files = write_report(folder / "store.sqlite", folder.name, tmp_path)
    for path in (files.markdown, files.html, *files.figures):
        committed = folder / path.relative_to(tmp_path)
        assert committed.read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), (
            f"run: nox -s reports ({path.name})"
        )
