"""What a plug-in's results depend on is part of its trials' identity: code, what it imports beside it, data."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rnnbench import identity
from rnnbench.errors import PluginError, RnnbenchError
from rnnbench.identity import PLUGIN
from rnnbench.parameters import resolve
from rnnbench.registry import TASKS, add_plugin
from rnnbench.task import Task

TASK = '''
from dataclasses import dataclass
from pathlib import Path
from rnnbench.registry import TASKS
from rnnbench.task import Batch, Task
{imports}

@TASKS.register("{name}")
@dataclass(frozen=True, kw_only=True)
class Beside(Task):
    """Which sign had the first number?"""
    source = "a test"
    which: str = "a.txt"

    {files}

    def sample(self, rng, batch, length):
        x = rng.normal(size=(batch, length, 1))
        return Batch.at_end(x, x[:, 0, 0] > 0)
'''


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / next(iter(files))


def test_a_plug_in_without_company_is_its_own_text(tmp_path: Path) -> None:
    """As before modules beside it counted: what is stored keeps its identity."""
    path = write(tmp_path, {"one.py": "import numpy\nfrom os import path\n"})
    assert identity.imported(path, PLUGIN) == []
    digest = subprocess.run(["sha256sum", str(path)], capture_output=True, text=True, check=True).stdout
    assert identity.code(path, PLUGIN) == digest[:16]


def test_all_that_is_imported_beside_it_counts_and_nothing_else(tmp_path: Path) -> None:
    files = {
        "one.py": "import helper\ndef late():\n    from zoo.cage import lion\n",
        "helper.py": "import deeper, one",
        "deeper.py": "x = 1",
        "zoo/__init__.py": "",
        "zoo/cage.py": "from . import bars\nfrom .bars import steel\nfrom ..nowhere import x",
        "zoo/bars.py": "steel = 1",
        "zoo/unseen.py": "",
        "other.py": "import numpy",
    }
    path = write(tmp_path, files)
    found = [str(file.relative_to(tmp_path)) for file in identity.imported(path, PLUGIN)]
    assert found == ["deeper.py", "helper.py", "zoo/__init__.py", "zoo/bars.py", "zoo/cage.py"]
    before = identity.code(path, PLUGIN)
    for name in files:
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(f"{text}\n# changed")
        assert (identity.code(path, PLUGIN) != before) == (name not in ("other.py", "zoo/unseen.py")), name
        (tmp_path / name).write_text(text)
    assert identity.code(path, PLUGIN) == before


def test_of_an_installed_package_only_its_own_modules(tmp_path: Path) -> None:
    files = {"zoo/cage.py": "import numpy\nfrom zoo import bars", "zoo/bars.py": "", "numpy/__init__.py": ""}
    path = write(tmp_path, files)
    assert identity.imported(path, "zoo.cage") == [tmp_path / "zoo" / "bars.py"]
    assert identity.imported(write(tmp_path, {"alone.py": "import numpy"}), "alone") == []


def test_a_file_beside_is_found_and_one_that_is_hidden_is_told(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, name in ((first, "beside_first"), (second, "beside_second")):
        text = TASK.format(name=name, imports="from beside_helper import level", files="")
        write(folder, {"task.py": text, "beside_helper.py": "level = 1"})
    assert add_plugin(first / "task.py") == ["beside_first"]
    with pytest.raises(
        PluginError, match=r"imports beside_helper from .*second.*, but .*first.* has that name"
    ) as told:
        add_plugin(second / "task.py")
    assert "\n" not in str(told.value)


def test_what_is_imported_later_is_held_against_its_place_too(tmp_path: Path) -> None:
    """The module is not loaded when the plug-in is: what would be loaded is asked for."""
    for folder, name in (("first", "late_first"), ("second", "late_second")):
        text = TASK.format(name=name, imports="", files="").replace("x = rng", "import late_helper; x = rng")
        write(tmp_path / folder, {"task.py": text, "late_helper.py": "level = 1"})
    assert add_plugin(tmp_path / "first" / "task.py") == ["late_first"]
    with pytest.raises(PluginError, match="late_helper"):
        add_plugin(tmp_path / "second" / "task.py")


def test_a_plug_in_beside_rnnbench_is_not_of_its_source(tmp_path: Path) -> None:
    """As in a clone, where `rnnbench new` writes beside the package."""
    files = {"one.py": "from rnnbench.task import Task", "rnnbench/task.py": "", "rnnbench/__init__.py": ""}
    path = write(tmp_path, files)
    assert identity.imported(path, PLUGIN) == []


def test_data_are_named_in_a_list_and_their_order_is_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "1", "b.txt": "2"})
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    assert identity.data(paths) == identity.data(paths[::-1]) != identity.data(paths[:1])
    assert identity.data(()) == ""
    for odd in (tmp_path.glob("*.txt"), frozenset(paths), str(paths[0]), 3, [3]):
        with pytest.raises(PluginError, match="`files` must be a list or tuple of paths, got"):
            identity.data(odd)


def test_data_that_change_make_another_trial(tmp_path: Path) -> None:
    files = "@property\n    def files(self):\n        return [Path(__file__).parent / self.which]"
    path = write(
        tmp_path, {"data.py": TASK.format(name="of_data", imports="", files=files), "a.txt": "1", "b.txt": "2"}
    )
    add_plugin(path)
    first = resolve(TASKS, "of_data")
    assert first.version == f"{TASKS.version('of_data')}, data {identity.data([tmp_path / 'a.txt'])}"
    assert resolve(TASKS, "of_data:which=b.txt").version != first.version
    (tmp_path / "a.txt").write_text("3")
    os.utime(tmp_path / "a.txt", ns=(1, 1))
    assert resolve(TASKS, "of_data").version != first.version
    (tmp_path / "a.txt").unlink()
    with pytest.raises(RnnbenchError, match=r"the data file .*a.txt cannot be read: No such file or directory\.$"):
        resolve(TASKS, "of_data")
    assert Task.files.__doc__


def test_the_command_finds_what_lies_beside_a_plug_in(tmp_path: Path) -> None:
    text = TASK.format(name="beside_elsewhere", imports="import beside_level", files="")
    path = write(tmp_path / "there", {"task.py": text, "beside_level.py": "level = 1"})
    words = ["-m", "rnnbench", "list", "tasks", "--plugin", str(path)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "beside_elsewhere" in done.stdout
