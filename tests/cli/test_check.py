"""``rnnbench check``: names, files and packages; the table, the JSON, the exit code."""

import json
from pathlib import Path

import pytest

from rnnbench.check.tasks import TASK_CHECKS
from tests.cli.conftest import Command
from tests.execute.broken import CELL, TASK

BAD = Path(__file__).parents[1] / "check" / "bad"


def test_a_name_is_checked_with_its_presets(rnnbench: Command) -> None:
    done = rnnbench("check", "latching")
    assert (done.code, done.err) == (0, "")
    rows = [line.split() for line in done.out.splitlines()]
    assert [row[:4] for row in rows if row[:1] == ["task"]] == [
        ["task", "latching", str(len(TASK_CHECKS)), "0"],
        ["task", "latching[like=2018]", str(sum(not check.of_class for check in TASK_CHECKS)), "0"],
    ]
    assert done.out.rstrip().endswith("all passed")


def test_parameters_are_checked_as_given(rnnbench: Command) -> None:
    rows = json.loads(rnnbench("check", "latching:noise=2", "--json").out)
    assert {row["subject"] for row in rows} == {"latching:noise=2"}
    assert {row["check"] for row in rows if row["result"] != "passed"} == {"memoryless"}  # no table of real numbers


def test_a_failure_is_shown_with_its_example_and_ends_in_1(rnnbench: Command) -> None:
    done = rnnbench("check", str(BAD / "wrong_oracle.py"), "bit_relay")
    assert done.code == 1
    lines = done.out.splitlines()
    start = lines.index("✗ task wrong_oracle, oracle: wrong oracle")
    words = [line.split(maxsplit=1) for line in lines[start + 2 : start + 9]]
    shown = {key: value for key, value in words}  # noqa: C416 - dict() would not type
    assert lines[start + 1].startswith("  `solve` is right 0.")
    assert (shown["seed"], shown["length"], shown["step"]) == ("0", "2", "1")
    first, last = json.loads(shown["sequence"])
    assert {shown["target"], shown["answer"]} == {"0", "1"}
    assert (first > 0) == (shown["target"] == "1")
    assert (last > 0) == (shown["answer"] == "1")
    assert lines[-1].endswith(": 1 failed")


def test_verbose_gives_a_line_a_check(rnnbench: Command) -> None:
    done = rnnbench("check", "bit_relay", "--verbose")
    lines = [line for line in done.out.splitlines() if line.startswith("✓")]
    assert [line.split()[3] for line in lines] == [check.name for check in TASK_CHECKS]
    assert all(line.split()[4].isdigit() for line in lines)


def test_json_says_everything(rnnbench: Command) -> None:
    done = rnnbench("check", str(BAD / "global_randomness.py"), "--json")
    rows = {row["check"]: row for row in json.loads(done.out)}
    assert (done.code, done.err) == (1, "")
    assert list(rows) == [check.name for check in TASK_CHECKS]
    failed = rows["seeding"]
    assert (failed["kind"], failed["subject"], failed["result"]) == ("task", "global_randomness", "failed")
    assert (failed["defect"], failed["example"]["seed"]) == ("global randomness", 0)
    assert failed["example"]["sample"] != failed["example"]["sample again"]
    assert (rows["process"]["result"], rows["process"]["message"]) == ("skipped", "not asked: seeding failed")
    assert rows["oracle"]["result"] == "passed"


def test_a_plug_in_that_cannot_be_made(rnnbench: Command, tmp_path: Path) -> None:
    text = (BAD / "wrong_oracle.py").read_text().replace("class WrongOracle(Task):", "class WrongOracle:")
    (tmp_path / "odd.py").write_text(text)
    rows = json.loads(rnnbench("check", "odd.py", "--json").out)
    assert [(row["check"], row["result"]) for row in rows] == [("construction", "failed")]
    assert rows[0]["message"] == "task 'wrong_oracle' must derive from rnnbench.task.Task."


@pytest.mark.parametrize(
    ("name", "template", "body"),
    [
        ("leaves_drawing", TASK, "raise SystemExit(0)"),
        ("leaves_posing", TASK, "pass\n    check_length = lambda self, length: exit(0)"),
        ("leaves_made", TASK, "pass\n    __post_init__ = lambda self: exit(0)"),
        ("leaves_stepping", CELL, "raise SystemExit(0)"),
    ],
)
def test_a_plug_in_that_exits_fails_its_checks(
    name: str, template: str, body: str, rnnbench: Command, tmp_path: Path
) -> None:
    (tmp_path / "leaves.py").write_text(template.replace("{name}", name).replace("{body}", body))
    done = rnnbench("check", "leaves.py", "--json")
    failed = [row for row in json.loads(done.out) if row["result"] == "failed"]
    assert done.code == 1
    assert any(row["message"] == "SystemExit: 0" for row in failed)


MISTAKES = {
    "name": (["latchin"], "unknown name 'latchin'. Did you mean 'latching'?"),
    "file": (["none.py"], "plug-in {folder}/none.py cannot be read: No such file or directory."),
    "other file": (["a/cell.txt"], "to check are Python files (.py), names and installed packages, got 'a/cell.txt'."),
    "both": (["latching", "--all"], "--all checks everything, got latching too; give names or --all."),
    "parameter": (["latching:nose=1"], "unknown parameter of latching 'nose'. Did you mean 'noise'?"),
    "value": (["latching:noise=-1"], "latching: noise=-1: input should be greater than or equal to 0."),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_one_line_and_exit_code_2(name: str, rnnbench: Command, tmp_path: Path) -> None:
    words, message = MISTAKES[name]
    done = rnnbench("check", *words)
    assert done.err.startswith(f"error: {message.format(folder=tmp_path)}")
    assert len(done.err.splitlines()) == 1
    assert (done.code, done.out) == (2, "")


def test_whatever_a_plug_in_raises_is_a_line(rnnbench: Command, tmp_path: Path) -> None:
    """An exception of no kind that Python means to be caught, too."""
    (tmp_path / "leaves.py").write_text(TASK.format(name="leaves", body='raise BaseException("out")'))
    done = rnnbench("check", "leaves.py")
    assert done.code == 2
    assert done.err.splitlines()[-1] == f"error: plug-in {tmp_path / 'leaves.py'}:18 raises BaseException: out"
