"""``rnnbench new``: what it writes works as it stands, and it never overwrites."""

import subprocess
import sys
from pathlib import Path

import pytest

from rnnbench.starters import NAMES, Kind, starter
from tests.cli.conftest import Command

RUN = ("--hidden", "2", "--repeats", "1", "--set", "sequences=60", "--set", "validation=20", "--set", "test=20",
       "--set", "updates=4", "--accelerator", "cpu", "--jobs", "1", "--kernel", "eager")  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("task", "ring_buffer", ("--task", "ring_buffer:symbols=3", "--cell", "gru")),
        ("cell", "slow_ring", ("--task", "latching", "--cell", "slow_ring:a=0.5")),
    ],
)
def test_what_is_written_is_checked_and_runs(
    kind: str, name: str, words: tuple[str, ...], rnnbench: Command, tmp_path: Path
) -> None:
    done = rnnbench("new", kind, name)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == f"written: {name}.py, test_{name}.py"
    checked = rnnbench("check", f"{name}.py")
    assert (checked.code, "all passed" in checked.out) == (0, True), checked.out
    trained = rnnbench("run", "--plugin", f"{name}.py", *words, "--length", "3", *RUN)
    assert trained.code == 0, trained.err
    assert "1 trial (1 ok)" in " ".join(trained.out.split())


@pytest.mark.parametrize("kind", NAMES)
def test_the_text_is_the_starter_under_another_name(kind: Kind, tmp_path: Path) -> None:
    """Ruff and mypy see the starters themselves; here only names may differ, and no line may grow past the limit."""
    plugin, tests = starter(kind, "a_name_of_some_length", "elsewhere")
    for text in (plugin, tests):
        assert not any(word in text for word in NAMES[kind])
        compile(text, "written", "exec")
    assert f'@{kind.upper()}S.register("a_name_of_some_length")\n' in plugin
    assert "class ANameOfSomeLength(" in plugin
    assert 'with_name("elsewhere.py")' in tests
    for path, text in ((tmp_path / "elsewhere.py", plugin), (tmp_path / "test_elsewhere.py", tests)):
        path.write_text(text)
    config = Path(__file__).parents[2] / "pyproject.toml"
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--config", str(config), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_tests_that_are_written_pass_and_can_fail(rnnbench: Command, tmp_path: Path) -> None:
    rnnbench("new", "task", "ring_buffer", "--output", "mine.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0
    mine = tmp_path / "mine.py"
    mine.write_text(mine.read_text().replace("np.asarray(inputs[:, 0])", "np.asarray(inputs[:, -1])"))
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "oracle: wrong oracle" in done.stdout
    assert "2 failed" in done.stdout


def test_without_a_test(rnnbench: Command, tmp_path: Path) -> None:
    assert rnnbench("new", "cell", "ring", "--no-test").code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["ring.py"]


def test_nothing_is_overwritten(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "test_ring.py").write_text("mine")
    done = rnnbench("new", "task", "ring")
    assert done.code == 2
    assert done.err == "error: test_ring.py exists already and is left as it is; name another with --output.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["test_ring.py"]
    assert (tmp_path / "test_ring.py").read_text() == "mine"


MISTAKES = {
    "taken": (["task", "latching"], "task 'latching' exists already, in rnnbench itself ({root}/tasks/latching.py); "
                                    "choose another name."),
    "no identifier": (["cell", "a-b"], "a name is a Python identifier such as ring_buffer, got 'a-b'."),
    "keyword": (["cell", "class"], "a name is a Python identifier such as ring_buffer, got 'class'."),
    "hidden": (["cell", "numpy"], "numpy.py would hide Python's module 'numpy'; choose another name, or --output."),
    "no Python": (["cell", "ring", "--output", "ring.txt"],
                  "--output is a Python file such as ring_buffer.py, got 'ring.txt'."),
    "nothing": (["cell", "ring", "--output", ""], "--output is a Python file such as ring_buffer.py, got '.'."),
    "class": (["task", "batch"], "'batch' would be a class Batch, which the file has already; choose another name."),
    "letter": (["task", "é"], "a name is a Python identifier such as ring_buffer, got 'é'."),
    "no folder": (["cell", "ring", "--output", "none/ring.py"],
                  "the folder of none/ring.py does not exist; create it first."),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_one_line_and_exit_code_2(name: str, rnnbench: Command, tmp_path: Path) -> None:
    words, message = MISTAKES[name]
    done = rnnbench("new", *words)
    assert done.err == f"error: {message.format(root=Path(__file__).parents[2])}\n"
    assert (done.code, done.out) == (2, "")
    assert not list(tmp_path.iterdir())
