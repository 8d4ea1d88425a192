"""Plug-in discovery: by scanning, by file, by entry point."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rnnbench.errors import PluginError
from rnnbench.registry import CELLS, OPTIMISERS, TASKS, Registry, add_plugin

GOOD = '''
from dataclasses import dataclass
from rnnbench.registry import TASKS
from rnnbench.task import Batch, Task

@TASKS.register("{name}")
@dataclass(frozen=True, kw_only=True)
class Dropped(Task):
    """A first line.

    More."""
    source = "somewhere"

    def sample(self, rng, batch, length):
        x = rng.normal(size=(batch, length, 1))
        return Batch.at_end(x, x[:, 0, 0] > 0)
'''


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.py"
    path.write_text(text)
    return path


def test_built_ins_are_found_sorted() -> None:
    assert list(TASKS) == sorted(TASKS)
    assert {"adding", "bit_relay", "digits", "latching", "parity"} <= set(TASKS)
    assert list(CELLS) == sorted(CELLS)
    assert {"esn", "gru", "lstm", "nbrc", "srnn"} <= set(CELLS)
    assert list(OPTIMISERS) == ["adam", "adamw", "momentum", "rmsprop", "sgd"]


def test_summaries_and_sources_are_read_without_importing() -> None:
    code = (
        "import sys; from rnnbench.registry import CELLS; entry = CELLS.entry('srnn');"
        "print(entry.summary, '|', 'torch' in sys.modules, 'rnnbench.cells.srnn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "h' = tanh(x W + h U + b). | False False\n"
    assert CELLS.entry("gru").source.startswith("Cho et al. 2014")


def test_a_file_is_taken_up(tmp_path: Path) -> None:
    path = write(tmp_path, "dropped", GOOD.format(name="dropped_task"))
    assert add_plugin(path) == ["dropped_task"]
    entry = TASKS.entry("dropped_task")
    assert (entry.summary, entry.source, entry.builtin, entry.path) == ("A first line.", "somewhere", False, path)
    assert TASKS["dropped_task"].name == "dropped_task"
    assert add_plugin(path) == ["dropped_task"]  # twice is once


def test_the_version_of_a_plug_in_is_its_source(tmp_path: Path) -> None:
    path = write(tmp_path, "versioned", GOOD.format(name="versioned"))
    add_plugin(path)
    before = TASKS.version("versioned")
    assert before.startswith("sha256:")
    path.write_text(path.read_text() + "\n# a remark\n")
    assert TASKS.version("versioned") != before
    assert TASKS.version("latching") == "1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = (", "plug-in {path}:1 is not valid Python: '(' was never closed."),
        ("x = 1", 'plug-in {name} registers nothing: decorate a class with @TASKS.register("name") '
                  'or @CELLS.register("name").'),
        (GOOD.format(name="latching"),
         "task 'latching' is defined twice: in rnnbench itself ({latching}) and in the file {path}; "
         "rename one of them."),
        (GOOD.format(name="two words"),
         "task 'two words' in the file {path}: a name has letters, digits, _ and - only, no digit first, "
         "for commands go on with : and , after it; rename it."),
        (GOOD.format(name="boom") + "raise ValueError('boom')", "plug-in {path} cannot be imported: ValueError: boom"),
        (GOOD.format(name="needs") + "import nowhere_to_be_found",
         "plug-in {path} cannot be imported: ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        (GOOD.format(name="leaves") + "raise SystemExit(0)", "plug-in {path} cannot be imported: SystemExit: 0"),
        (GOOD.format(name="base") + "class Odd(BaseException): ...\nraise Odd",
         "plug-in {path} cannot be imported: Odd"),
        ("x = " + "-" * 100_000 + "1",
         "plug-in {path} is nested too deeply for Python; write its expressions shorter."),
    ],
)  # fmt: skip
def test_broken_files_are_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, "broken", text)
    with pytest.raises(PluginError) as error:
        add_plugin(path)
    assert str(error.value) == message.format(path=path, name=path.name, latching=TASKS.entry("latching").path)


@pytest.mark.parametrize(("name", "source"), [("joined", '"some" + "where"'), ("formatted", 'f"some{str()}where"')])
def test_a_source_that_is_computed_is_known_once_imported(name: str, source: str, tmp_path: Path) -> None:
    add_plugin(write(tmp_path, name, GOOD.format(name=name).replace('"somewhere"', source)))
    assert (TASKS.entry(name).source, TASKS[name].source) == ("", "somewhere")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(PluginError) as error:
        add_plugin(tmp_path / "none.py")
    assert str(error.value) == f"plug-in {tmp_path / 'none.py'} cannot be read: No such file or directory."


class Distribution:
    name = "memory-zoo"


class Point:
    """An entry point of some other distribution."""

    dist = Distribution()

    def __init__(self, name: str, module: str) -> None:
        self.name, self.module, self.value = name, module, module


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(*points: Point) -> Registry[Any]:
        monkeypatch.setattr(
            importlib.metadata, "entry_points", lambda group: points if group == "rnnbench.tasks" else ()
        )
        return Registry("task", "TASKS", "rnnbench.tasks")

    return install


def test_entry_points_are_found(tmp_path: Path, points: Any) -> None:
    write(tmp_path, "thirdparty_tasks", GOOD.format(name="third_party"))
    registry = points(Point("third_party", "thirdparty_tasks"))
    assert set(registry) == {*TASKS, "third_party"}
    assert registry.entry("third_party").path == tmp_path / "thirdparty_tasks.py"


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("empty_tasks", "entry point 'x' (empty_tasks) registers no task: it needs a class decorated with "
                        '@TASKS.register("x").'),
        ("absent_tasks", "plug-in package absent_tasks cannot be found; is it installed?"),
    ],
)  # fmt: skip
def test_entry_points_that_register_nothing(tmp_path: Path, points: Any, module: str, message: str) -> None:
    write(tmp_path, "empty_tasks", "x = 1\n")
    with pytest.raises(PluginError) as error:
        list(points(Point("x", module)))
    assert str(error.value) == message


def test_names_that_clash_name_both_origins(tmp_path: Path, points: Any) -> None:
    """A built-in, a package and a file in every pairing."""
    latching = TASKS.entry("latching").path
    inside = write(tmp_path, "zoo_inside", GOOD.format(name="latching"))
    with pytest.raises(PluginError) as error:
        list(points(Point("latching", "zoo_inside")))
    assert str(error.value) == (
        f"task 'latching' is defined twice: in rnnbench itself ({latching}) and in the package memory-zoo ({inside}); "
        "rename one of them."
    )
    zoo, mine, again = (write(tmp_path, name, GOOD.format(name="newt")) for name in ("zoo", "mine", "again"))
    registry = points(Point("newt", "zoo"))
    list(registry)
    with pytest.raises(PluginError) as error:
        registry.add_file(mine, "mine", builtin=False)
    assert str(error.value) == (
        f"task 'newt' is defined twice: in the package memory-zoo ({zoo}) and in the file {mine}; rename one of them."
    )
    assert registry.entry("newt").path == zoo
    add_plugin(mine)
    with pytest.raises(PluginError) as error:
        add_plugin(again)
    assert str(error.value) == (
        f"task 'newt' is defined twice: in the file {mine} and in the file {again}; rename one of them."
    )


def test_a_name_twice_in_one_file(tmp_path: Path) -> None:
    path = write(tmp_path, "double", GOOD.format(name="twin") + GOOD.format(name="twin"))
    with pytest.raises(PluginError) as error:
        add_plugin(path)
    assert str(error.value) == f"task 'twin' is defined twice in the file {path}; rename one of them."
    assert "twin" not in TASKS


def test_a_built_in_file_given_as_a_plug_in_stays_built_in() -> None:
    path = TASKS.entry("latching").path
    assert add_plugin(path) == ["latching"]
    assert TASKS.entry("latching").builtin
    assert TASKS.version("latching") == "1"
