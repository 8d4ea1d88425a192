"""``rnnbench show CELL --kernel``."""

import ast

from tests.cli.conftest import Command


def test_a_kernel_is_printed_as_a_module(rnnbench: Command) -> None:
    done = rnnbench("show", "lstm:keras3", "--kernel", "--hidden", "2")
    assert done.code == 0
    functions = {node.name for node in ast.parse(done.out).body if isinstance(node, ast.FunctionDef)}
    assert {"add_gradients", "forward", "backward"} <= functions
    assert done.out.count("# step backwards") == 1
    step = done.out.split("# step forwards")[1].split("if t >= shortest")[0]
    assert step.count(" = sigmoid(") == 3 * 2, "three gates of two units"
    assert step.count(" = tanh(") == 2 * 2


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
