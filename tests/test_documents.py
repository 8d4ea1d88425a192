"""What is written down holds: README, CONTRIBUTING, committed reports."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from rnnbench import identity
from rnnbench.check import check
from rnnbench.cli.checked import print_verdict
from rnnbench.parameters import resolve
from rnnbench.registry import CELLS, OPTIMISERS, TASKS, add_plugin
from rnnbench.report import write_report
from rnnbench.starters import starter
from rnnbench.studies import shipped
from rnnbench.train.fit import fit
from tests.train.conftest import make_trials

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = ("kernels", "plugins", "studies", "statistics")
REPORTS = sorted(path.parent for path in (ROOT / "reports").glob("*/store.sqlite") if path.parent.name in shipped())


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


@pytest.mark.parametrize("name", list(OPTIMISERS))
def test_the_source_of_an_optimiser_is_a_section_of_the_documents(name: str) -> None:
    sections = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8").splitlines()
    papers = [part.partition(",")[0] for part in OPTIMISERS[name].source.split("; ")]
    assert {f"## {paper}" for paper in papers if paper[-4:].isdigit()} <= {*sections}
    assert papers[0][-4:].isdigit()


def test_links_of_the_documents_lead_somewhere() -> None:
    for document in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{name}.md" for name in DOCS)):
        text = (ROOT / document).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert ((ROOT / document).parent / target).exists(), f"{document} links to {target}"


def test_the_task_of_ones_own_data_passes_and_tells_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one of docs/plugins.md, on recordings of any length, with as many of each kind in each part."""
    text = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    start = text.index('"""Recordings in clips.npz')
    (tmp_path / "clips.py").write_text(text[start : text.index("```", start)])
    rng, count = np.random.default_rng(0), 900
    lengths, inputs = rng.integers(6, 13, count), rng.normal(size=(count, 12, 2)).astype(np.float32)
    inputs[np.arange(12) >= lengths[:, None]] = 0
    np.savez(tmp_path / "clips.npz", inputs=inputs, lengths=lengths, kinds=np.arange(count) // 10 % 3)
    monkeypatch.chdir(tmp_path)
    outcomes = check("clips.py")
    assert [outcome.check for outcome in outcomes if outcome.failed] == []
    assert len(outcomes) > 10
    resolved = resolve(TASKS, "clips")
    assert resolved.version.endswith(f", data {identity.data([tmp_path / 'clips.npz'])}")
    trials = make_trials(tasks=["clips"], lengths=[12], repeats=1, protocol={"sequences": 630, "updates": 2})
    assert fit(trials)[0].status == "ok"


def test_the_walk_through_plug_ins_goes_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The starter, changed as docs/plugins.md says, fails and passes as its terminal says; seconds aside."""
    text = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    wrong = starter("task", "recall_second", "recall_second")[0]
    for before, after in (
        ("return Batch.at_end(tokens, tokens[:, 0])", "return Batch.at_end(tokens, tokens[:, 1])"),
        ("return np.asarray(inputs[:, 0])", "return np.asarray(inputs[:, 1])"),
    ):
        assert wrong.count(before) == 1
        assert after in text
        wrong = wrong.replace(before, after)
    right = wrong.replace("small = Small(length=5)", "small = Small(length=5)\n    minimum_length = 2")
    right = right.replace("1.0 if length == 1 else", "1.0 if length == 2 else")
    assert "minimum_length = 2\n" in text
    assert "`return 1.0 if length == 2 else self.chance`" in text
    path = tmp_path / "recall_second.py"
    path.write_text(wrong)
    print_verdict(check(path), verbose=False)
    failing = _without_seconds(capsys.readouterr().out)
    assert failing in _without_seconds(text)
    TASKS._entries.pop("recall_second")
    TASKS._classes.pop("recall_second")
    path.write_text(right)
    print_verdict(check(path), verbose=False)
    passing = _without_seconds(capsys.readouterr().out)
    assert "all passed" in passing
    assert passing in _without_seconds(text)


def _without_seconds(text: str) -> str:
    lines = (re.sub(r"\d+\.\d+", "", line).rstrip() for line in text.splitlines())
    return "\n".join(lines).strip()


@pytest.mark.parametrize("folder", REPORTS, ids=lambda folder: folder.name)
def test_committed_reports_are_what_the_code_renders(folder: Path, tmp_path: Path) -> None:
    files = write_report(folder / "store.sqlite", folder.name, tmp_path)
    for path in (files.markdown, files.html, *files.figures):
        committed = folder / path.relative_to(tmp_path)
        assert committed.read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), (
            f"run: nox -s reports ({path.name})"
        )


@pytest.mark.parametrize(
    ("cell", "told"),
    [("nbrc", "973 of 1,000 repeats"), ("gru", "`gru` solves 937"), ("lem", "`lem` 833"), ("lstm", "`lstm` solves 536"),
     ("srnn", "`srnn` 473:"), (r"lstm\[forget_bias=1\]", "623 with a forget bias of 1")],
)  # fmt: skip
def test_the_readme_has_the_numbers_of_the_report(cell: str, told: str) -> None:
    report = (ROOT / "reports" / "memory" / "report.md").read_text(encoding="utf-8")
    (row,) = [line for line in report.splitlines() if line.startswith(f"| {cell} |") and line.endswith("of 1,000 |")]
    (solved,) = re.findall(r"(\d+) of 1,000 \|$", row)
    assert " ".join(README.split()).count(told) == 1
    assert solved in told


def test_the_readme_says_how_often_the_largest_rate_was_chosen() -> None:
    report = (ROOT / "reports" / "memory" / "report.md").read_text(encoding="utf-8")
    (settings,) = re.findall(r"Tuned for each of (\d+) settings", report)
    (largest,) = re.findall(r"the largest was taken in (\d+)\)", report)
    assert f"In {largest} of {settings} settings the largest rate" in " ".join(README.split())


def test_every_folder_of_code_is_in_the_package() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "rnnbench").rglob("__init__.py")}
    assert set(listed) == found | {"rnnbench.tasks"}
