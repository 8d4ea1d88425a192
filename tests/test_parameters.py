"""Parameters of registered classes: presets, types, and messages."""

from pathlib import Path

import pytest

from rnnbench.errors import PluginError, RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import CELLS, OPTIMISERS, TASKS, add_plugin


def test_a_preset_is_short_for_its_values() -> None:
    by_preset = resolve(CELLS, "gru:keras2")
    by_hand = resolve(
        CELLS,
        "gru[kernel_init=glorot,bias_init=zeros,gate=hard_sigmoid,recurrent_init=orthogonal_svd,reset_after=false,biases=1]",
    )
    assert by_preset.parameters == by_hand.parameters
    assert by_preset.text == by_hand.text
    assert by_preset.label == "gru[like=keras2]"


def test_what_stands_beside_a_preset_wins() -> None:
    assert resolve(CELLS, "lstm:keras2,forget_bias=3").parameters["forget_bias"] == 3.0
    assert resolve(CELLS, "lstm:forget_bias=none,keras2").parameters["forget_bias"] is None


@pytest.mark.parametrize(
    ("registry", "text", "message"),
    [
        (
            CELLS,
            "matmem",
            "unknown cell 'matmem'. If a plug-in registers the cell, name its file: --plugin FILE. "
            f"Known cells: {', '.join(CELLS)}.",
        ),
        (CELLS, "lstn", f"unknown cell 'lstn'. Did you mean 'lstm'? Known cells: {', '.join(CELLS)}."),
        (TASKS, "laching", f"unknown task 'laching'. Did you mean 'latching'? Known tasks: {', '.join(TASKS)}."),
        (
            CELLS,
            "srnn:forget_bias=1",
            "unknown parameter of srnn 'forget_bias'. "
            "Known parameters of srnn: bias_init, biases, kernel_init, layers, like, mlp, norm, recurrent_gain, "
            "recurrent_init, residual.",
        ),
        (
            CELLS,
            "srnn:kera2",
            "unknown preset of srnn 'kera2'. Did you mean 'keras2'? Known presets of srnn: keras2, keras3, torch.",
        ),
        (CELLS, "gru:gate=relu", "gru: gate=relu: input should be 'sigmoid' or 'hard_sigmoid'."),
        (CELLS, "gru:biases=3", "gru: biases=3: input should be 1 or 2."),
        (
            CELLS,
            "gru:update_bias=big",
            "gru: update_bias=big: input should be a valid number, unable to parse string as a number, "
            "or input should be 'chrono'.",
        ),
        (TASKS, "latching:noise=-1", "latching: noise=-1: input should be greater than or equal to 0."),
        (OPTIMISERS, "adam:beta1=1", "adam: beta1=1: input should be less than 1."),
    ],
)
def test_messages(registry: object, text: str, message: str) -> None:
    with pytest.raises(RnnbenchError) as error:
        resolve(registry, text)  # type: ignore[arg-type]
    assert str(error.value) == message


def test_a_parameter_added_later_is_said_only_when_it_is_not_at_its_default() -> None:
    before = "lstm[bias_init=uniform,biases=2,forget_bias=none,gate=sigmoid,input_bias=none,kernel_init=uniform,"
    plain, chrono = resolve(CELLS, "lstm"), resolve(CELLS, "lstm[forget_bias=chrono,longest=200]")
    assert plain.text == before + "recurrent_init=uniform]"
    assert resolve(CELLS, "lstm[peephole=false]").text == plain.text
    assert resolve(CELLS, "lstm[peephole=true]").text == before + "peephole=true,recurrent_init=uniform]"
    assert "longest=200" in chrono.text
    assert resolve(CELLS, chrono.text).parameters == chrono.parameters


BROKEN = {
    "underived": ("class Broken:", "", "task 'underived' must derive from rnnbench.task.Task."),
    "abstract": ("class Broken(Task):", "sample = Task.sample", "task 'abstract' must define sample."),
    "presets_number": (
        "class Broken(Task):", "presets = 5",
        "task 'presets_number': presets must be a dict of dicts such as {'noisy': {'noise': 0.1}}, got 5.",
    ),
    "presets_flat": (
        "class Broken(Task):", "presets = {'a': 1}",
        "task 'presets_flat': presets must be a dict of dicts such as {'noisy': {'noise': 0.1}}, got {'a': 1}.",
    ),
    "undefined": (
        "class Broken(Task):", "q: 'Undefined' = 1",
        "the parameters of undefined cannot be read: NameError: name 'Undefined' is not defined",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_class_that_is_none_of_its_kind_is_one_line(name: str, tmp_path: Path) -> None:
    head, line, message = BROKEN[name]
    _write(tmp_path, name, head, line)
    with pytest.raises(PluginError) as error:
        resolve(TASKS, name)
    assert str(error.value) == message


def test_a_preset_of_unknown_parameters_is_one_line(tmp_path: Path) -> None:
    _write(tmp_path, "presets_odd", "class Broken(Task):", "presets = {'a': {'q': 1}}")
    with pytest.raises(PluginError) as error:
        resolve(TASKS, "presets_odd:a")
    assert str(error.value) == "task 'presets_odd': preset 'a' sets q, which is not one of its parameters."


def test_an_annotation_that_checks_nothing_is_one_line(tmp_path: Path) -> None:
    _write(tmp_path, "arrays", "class Broken(Task):", "q: np.ndarray = None")
    with pytest.raises(PluginError) as error:
        resolve(TASKS, "arrays")
    assert str(error.value).startswith("arrays: the annotation of q cannot be read: PydanticSchemaGenerationError: ")


def test_a_cell_that_is_no_cell_is_one_line(tmp_path: Path) -> None:
    text = 'from rnnbench.registry import CELLS\n@CELLS.register("{0}")\nclass {0}:\n    by_step = {1}\n'
    for name, by_step, base in (
        ("no_cell", True, "rnnbench.cell.Cell"),
        ("no_model", False, "rnnbench.sequence_model.SequenceModel"),
    ):
        (tmp_path / f"{name}.py").write_text(text.format(name, by_step))
        add_plugin(tmp_path / f"{name}.py")
        with pytest.raises(PluginError) as error:
            resolve(CELLS, name)
        assert str(error.value) == f"cell {name!r} must derive from {base}."


def _write(folder: Path, name: str, head: str, line: str) -> None:
    (folder / f"{name}.py").write_text(
        "from dataclasses import dataclass\nimport numpy as np\nfrom rnnbench.registry import TASKS\n"
        f"from rnnbench.task import Task\n@TASKS.register('{name}')\n@dataclass(frozen=True, kw_only=True)\n{head}\n"
        f"    source = 'a test'\n    sample = lambda self, rng, batch, length: None\n    {line}\n"
    )
    add_plugin(folder / f"{name}.py")


@pytest.mark.parametrize(("name", "value"), [("comma", "a,b"), ("empty", ""), ("blank", " a"), ("bracket", "a[b]")])
def test_a_text_that_no_command_can_say_is_refused(name: str, value: str, tmp_path: Path) -> None:
    _write(tmp_path, name, "class Broken(Task):", f"q: str = {value!r}")
    with pytest.raises(PluginError) as error:
        resolve(TASKS, name)
    rule = "text that a command can say (not empty, no commas, no brackets, no blanks at its ends)"
    assert str(error.value) == f"task {name!r}: its parameter q must be {rule}, got {value!r}."
    assert resolve(TASKS, resolve(TASKS, f"{name}:q=some words").text).parameters == {"q": "some words"}
