"""Grids, shipped studies, identities and study files."""

import re
from pathlib import Path
from typing import Any

import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.registry import add_plugin
from rnnbench.studies import shipped
from rnnbench.study import Study
from rnnbench.study.file import load, read
from rnnbench.study.lengths import expand_lengths

QUICK_FIRST = "b4518d4213e7054f"
"""The identity of the first trial of `quick`: it changes only when a definition does, and then every store is stale."""


SOURCED = """
from dataclasses import dataclass
from rnnbench.registry import TASKS
from rnnbench.task import Batch, Task

@TASKS.register("sourced")
@dataclass(frozen=True, kw_only=True)
class Sourced(Task):
    source = "a test"

    def sample(self, rng, batch, length):
        x = rng.normal(size=(batch, length, 1))
        return Batch.at_end(x, x[:, 0, 0] > 0)
"""


def study(**changes: Any) -> Study:
    content: dict[str, Any] = {"name": "s", "tasks": ["latching"], "cells": ["srnn"], "lengths": [5]}
    return Study.model_validate(content | {"repeats": 2, "protocol": {"epochs": 1}} | changes)


def test_a_task_that_nobody_can_solve_is_noted() -> None:
    (note,) = Study.model_validate(
        {"name": "s", "tasks": ["latching:noise=0.5", "latching"], "cells": ["srnn"], "lengths": [5], "repeats": 1,
         "protocol": {"epochs": 1}}
    ).notes()  # fmt: skip
    assert note.startswith("latching[noise=0.5]: Noise hides the answer: even the best possible one is right in 0.9772")


def test_the_grid_of_2018() -> None:
    grid = load("latching-2018")
    trials = grid.trials()
    assert len(trials) == 2 * 25 * 30
    assert grid.notes() == ["length 30 stands 2 times in study 'latching-2018'; it is run once."]
    lengths = sorted({trial.length for trial in trials})
    assert lengths == [2, 5, 8, 10, 15, 20, 25, 30, *range(40, 210, 10)]
    first = trials[0]
    assert first.protocol.split == "last"
    assert first.optimiser.parameters == {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "epsilon_at": "raw"}
    assert first.task.parameters == {"noise": 0.1, "order": "sorted"}


@pytest.mark.parametrize("name", shipped())
def test_shipped_studies_say_what_is_whose(name: str) -> None:
    loaded = load(name)
    assert loaded.name == name
    assert all(text.strip() for text in (loaded.title, loaded.about, loaded.original, loaded.ours, loaded.source))
    assert loaded.trials()


def test_ids_are_stable_and_tell_trials_apart() -> None:
    assert load("quick").trials()[0].id == QUICK_FIRST
    base = study().trials()[0].id
    changes: list[dict[str, Any]] = [
        {"tasks": ["latching:noise=0.2"]},
        {"cells": ["lstm"]},
        {"hidden": [2]},
        {"lengths": [6]},
        {"seed": 1},
        {"precision": "64"},
        {"protocol": {"epochs": 2}},
        {"protocol": {"epochs": 1, "optimiser": "adam:epsilon=1e-7"}},
    ]
    ids = {study(**change).trials()[0].id for change in changes}
    assert len(ids | {base}) == len(changes) + 1


def test_a_preset_and_its_values_are_one_trial() -> None:
    assert len(study(cells=["srnn", "srnn:torch", "srnn[biases=2]"], repeats=1).trials()) == 1


def test_a_plug_ins_source_is_part_of_the_identity(tmp_path: Path) -> None:
    path = tmp_path / "sourced.py"
    text = SOURCED
    path.write_text(text)
    add_plugin(path)
    before = study(tasks=["sourced"]).trials()[0].id
    path.write_text(text + "# changed\n")
    assert study(tasks=["sourced"]).trials()[0].id != before


def test_protocol_lists_are_axes() -> None:
    grid = study(protocol={"epochs": [1, 2], "learning_rate": [0.1, 0.01, 0.001]}, cells=["srnn", "gru"])
    assert len(grid.trials()) == 2 * 3 * 2 * 2


@pytest.mark.parametrize(
    ("text", "expected"), [("50", [50]), ("10:30:10", [10, 20, 30]), ("10:35:10", [10, 20, 30]), ("3:3:1", [3])]
)
def test_lengths(text: str, expected: list[int]) -> None:
    assert expand_lengths(text) == expected


@pytest.mark.parametrize("text", ["", "a", "1:2", "1:2:3:4", "5:1:1", "1:5:0"])
def test_bad_lengths(text: str) -> None:
    message = f"a length is a number or first:last:step such as 10:200:10, got {text!r}."
    with pytest.raises(RnnbenchError, match=re.escape(message)):
        expand_lengths(text)


def test_lengths_too_short_for_the_task() -> None:
    with pytest.raises(RnnbenchError, match=re.escape("task 'bit_relay' needs length ≥ 2, got 1.")):
        study(tasks=["bit_relay"], lengths=[1]).trials()


FILE = """\
name = "x"
tasks = ["latching"]
cells = ["srnn"]
lengths = [10]

[protocol]
epochs = 1
"""


def test_a_file_is_read() -> None:
    assert read(FILE, "x.toml").lengths == [10]


@pytest.mark.parametrize(
    ("old", "new", "line", "part"),
    [
        ("cells =", "celss =", 3, "celss"),
        ("lengths = [10]", "lengths = [10, 'fifty']", 4, "fifty"),
        ("lengths = [10]", "lengths = []", 4, "lengths: it must hold at least one, such as lengths = [10, 50]"),
        ('cells = ["srnn"]', "", 1, 'cells: it is required, such as cells = ["lstm", "gru"]'),
        ("epochs = 1", "epochs = 1\nstpes = 3", 8, "stpes"),
        ("epochs = 1", "epochs = 1\nlearning_rate = -1", 8, "learning_rate"),
        ("epochs = 1", "epochs = 'many'", 7, "epochs"),
        ('name = "x"', 'name = "a/b"', 1, "name"),
        (
            "epochs = 1",
            "epochs = 1\nlearning_rate = []",
            6,
            "has an empty grid: protocol.learning_rate lists no value.",
        ),
        ("epochs = 1", "epochs = 1\nlearning_rate = inf", 8, "learning_rate: Input should be a finite number, got inf"),
        ("epochs = 1", "epochs = = 1", 7, "Invalid value"),
        ("lengths = [10]", "lengths = [true]", 4, "lengths.0: Input should be a number, got true"),
        ("lengths = [10]", f"lengths = [{'9' * 20}]", 4, f"less than or equal to 1000000000, got {'9' * 20}"),
        ("epochs = 1", "epochs = true", 7, "epochs: Input should be a number, got true"),
        ("epochs = 1", f"epochs = 0x{'f' * 5000}", 7, "1000000000, got a number of thousands of digits"),
        ("lengths = [10]", f"lengths = [10]\nrepeats = {'9' * 20}", 5, f"equal to 1000000000, got {'9' * 20}"),
        ('name = "x"', 'name = "x"\n"a\\nb" = 1', 1, r"'a\nb': unknown key"),
        ('name = "x"', 'name = "x"\nhidden = [1]\nmatch = "state=4"', 1, "x.toml:1: give either hidden or match, got"),
    ],
)
def test_mistakes_are_named_at_their_line(old: str, new: str, line: int, part: str) -> None:
    with pytest.raises(RnnbenchError) as error:
        read(FILE.replace(old, new), "x.toml")
    first = str(error.value).splitlines()[-1] if "celss" in new else str(error.value).splitlines()[0]
    assert first.startswith(f"x.toml:{line}: "), str(error.value)
    assert part in first


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000], ids=["digits", "nested"])
def test_what_python_cannot_read_is_a_line(value: str) -> None:
    with pytest.raises(RnnbenchError) as error:
        read(FILE.replace("epochs = 1", f"epochs = {value}"), "x.toml")
    assert str(error.value) == (
        "study file x.toml cannot be read: it holds a number of more than 4,300 digits, or lists nested hundreds deep."
    )


def test_a_file_may_begin_with_the_mark_of_windows_editors(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xef\xbb\xbf" + FILE.encode())
    assert load(str(tmp_path / "x.toml")).lengths == [10]


def test_a_slip_of_the_keyboard_does_not_take_all_memory() -> None:
    with pytest.raises(RnnbenchError, match=r"^a range of lengths has at most 100,000, got '10:1000000000:1': choose"):
        expand_lengths("10:1000000000:1")
    study = Study(name="x", tasks=["latching"], cells=["lstm"], lengths=[5], repeats=10**9, protocol={"updates": 1})
    with pytest.raises(RnnbenchError, match=r"^a study has at most 1,000,000 trials, got 1,000,000,000: ask for less"):
        study.trials()
    axes = {key: list(range(1, 300)) for key in ("clip_threshold", "warmup", "data_seed", "interval")}
    huge = Study.model_validate(study.model_dump(exclude={"match"}) | {"protocol": {"updates": 1, **axes}})
    with pytest.raises(RnnbenchError, match=r"^a study has at most 1,000,000 trials, got 7,992,538,801: ask for less"):
        next(huge.protocols())


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("mine", "mine"),
        ("a b", "a-b"),
        ("ünï", "n"),
        ("…", "study"),
        ("x" * 200, "x" * 80),
        ("two\nlines", "two-lines"),
    ],
)
def test_a_file_of_any_name_names_its_study(stem: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{stem}.toml"
    path.write_text('tasks = ["latching"]\ncells = ["srnn"]\nlengths = [5]\nprotocol.epochs = 1\n', encoding="utf-8")
    assert load(str(path)).name == name
