"""``rnnbench show`` of every task and preset: sample sequences, or what is missing for them."""

import pytest

from rnnbench.registry import TASKS
from tests.cli.conftest import Command

TEXTS = [text for name in TASKS for text in (name, *(f"{name}:{like}" for like in TASKS.entry(name).presets))]


@pytest.mark.parametrize("text", TEXTS)
def test_sequences_of_every_task_are_shown_at_a_length_that_it_has(
    text: str, rnnbench: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RNNBENCH_DATA", raising=False)
    done = rnnbench("show", text)
    assert (done.code, done.err) == (0, "")
    if text.startswith("sequential_mnist"):
        assert "No sequences to show: task 'sequential_mnist' needs MNIST's files" in done.out
    else:
        _, _, drawn = done.out.partition("sequences of length ")
        assert sum(line.lstrip().startswith("^") or " ^" in line for line in drawn.splitlines()[1:]) == 4


def test_of_a_long_sequence_the_end_is_shown_with_its_marks_below_it(rnnbench: Command) -> None:
    *_, drawn, marks, _ = [*rnnbench("show", "bit_relay", "--length", "400").out.splitlines(), ""]
    assert drawn.startswith("  ... ")
    assert len(drawn) == len("  ... ") + 150
    assert marks.index("^") == len(drawn) - 1
