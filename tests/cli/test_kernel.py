"""``rnnbench show CELL --kernel``."""

import ast
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.execute.broken import CELL


def test_what_runs_is_printed_as_a_module(rnnbench: Command) -> None:
    """Whole updates: both passes, the end of the one back, the optimiser and what is around them."""
    done = rnnbench("show", "lstm:keras3", "--kernel", "--hidden", "2")
    assert done.code == 0
    assert done.out.startswith("# lstm[like=keras3], 2 units, trained on latching with adam: whole updates.\n")
    functions = {node.name for node in ast.parse(done.out).body if isinstance(node, ast.FunctionDef)}
    assert {"run", "add_gradients", "judge_classes", "is_over"} <= functions
    assert done.out.count("# step backwards") == 1
    step = done.out.split("# step forwards")[1].split("shortest")[0]
    assert step.count(" = sigmoid(") == 3 * 2, "three gates of two units"
    assert step.count(" = tanh(") == 2 * 2


def test_of_what_is_not_fused_the_passes_are(rnnbench: Command) -> None:
    done = rnnbench("show", "orthogonal", "--kernel")
    first, *_ = done.out.splitlines()
    assert first.startswith("# orthogonal, 1 unit, trained on latching with adam: passes over time (updates are not fu")
    functions = {node.name for node in ast.parse(done.out).body if isinstance(node, ast.FunctionDef)}
    assert {"forward", "backward"} <= functions
    assert "run" not in functions


def test_what_has_no_kernel_is_a_mistake(rnnbench: Command) -> None:
    for words, told in (
        (("show", "latching", "--kernel"), "unknown cell 'latching'"),
        (("show", "lstn", "--kernel"), "Did you mean 'lstm'?"),
        (("show", "lstm", "--kernel", "--hidden", "0"), "--hidden must be at least 1, got 0."),
        (
            ("show", "lstm", "--kernel", "--hidden", "300"),
            "--hidden must be at most 256, got 300: larger cells run eager",
        ),
        (("show", "transformer", "--kernel"), "has no kernel and runs eagerly: it reads whole sequences."),
    ):
        done = rnnbench(*words)
        assert done.code == 2
        assert told in done.err
        assert len(done.err.splitlines()) == 1


BROKEN = {
    "kernel_start": ("reset_parameters = lambda self, rng: [][0]", " raises IndexError: list index out of range"),
    "kernel_derive": ("derive = lambda self: exit(0)", " raises SystemExit: 0"),
    "kernel_state": (
        "initial_state = lambda self, batch: None",
        ": initial_state must return a tuple of tensors, each `batch width`, got one NoneType.",
    ),
    "kernel_output": (
        "step = lambda self, x, state: (0.5, state)",
        ": step must return its output as a tensor, got one float.",
    ),
}
"""A line of the class, and what is said of it."""


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_cell_is_one_line(name: str, rnnbench: Command, tmp_path: Path) -> None:
    line, message = BROKEN[name]
    text = CELL.replace("{name}", name).replace("{body}", "return h, (h,)") + f"\n    {line}\n"
    (tmp_path / "broken.py").write_text(text)
    for words in (["show", name, "--kernel"], ["bench", "--cell", name, "--hidden", "1"],
                  ["explain", "gradients", "--cell", name, "--hidden", "1"]):  # fmt: skip
        done = rnnbench(*words, "--plugin", "broken.py")
        assert (done.code, done.out, done.err) == (2, "", f"error: cell {name!r} with hidden=1{message}\n"), words


def test_a_cell_that_cannot_be_built_is_one_line(rnnbench: Command, tmp_path: Path) -> None:
    text = CELL.replace("{name}", "kernel_built").replace("{body}", "return h, (h,)")
    (tmp_path / "broken.py").write_text(text.replace("self.w =", "self.w = [][0],"))
    done = rnnbench("show", "kernel_built", "--kernel", "--plugin", "broken.py")
    message = "cell kernel_built cannot be built with hidden=1: IndexError: list index out of range"
    assert (done.code, done.out, done.err) == (2, "", f"error: {message}\n")
