"""``rnnbench show`` of every task and preset: sample sequences, or what is missing for them."""

from itertools import pairwise
from pathlib import Path

import pytest

from rnnbench.cli.sketch import sketch
from rnnbench.parameters import resolve
from rnnbench.posed import make_task
from rnnbench.registry import TASKS
from rnnbench.words import wrapped
from tests.cli.conftest import Command
from tests.execute.broken import TASK

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


@pytest.mark.parametrize("columns", [50, 60, 80, 200])
@pytest.mark.parametrize("text", ["associative_recall", "bit_relay", "copy", "adding"])
def test_a_terminal_s_width_is_kept(text: str, columns: int) -> None:
    task = make_task(resolve(TASKS, text))
    _, _, drawn = sketch(task, 40, columns).partition("answer is wanted:\n\n")
    for sequence in drawn.split("\n\n"):
        lines = sequence.splitlines()
        for above, line in pairwise(lines):
            assert line.rfind("^") < len(above), "a mark stands below its step"
        assert all(len(line) <= columns for line in lines)


def test_words_are_kept_whole_at_a_terminal_s_edge() -> None:
    text = "one two three four\n    five six seven eight nine\n\nten"
    assert wrapped(text, 20) == ["one two three four", "    five six seven", "    eight nine", "", "ten"]
    assert wrapped(text, None) == text.splitlines()


BROKEN = {
    "shown_raising": ("raise ValueError('odd')", " at length 24 raises ValueError: odd"),
    "shown_leaving": ("raise SystemExit(0)", " at length 24 raises SystemExit: 0"),
    "shown_none": ("return None", " at length 24: sample must return a Batch, got NoneType."),
    "shown_lists": ("return Batch([1], y, n, s)", " at length 24: inputs must be a numpy array, got list."),
    "shown_flat": (
        "return Batch(x[:, 0, 0], y, n, s)",
        " at length 24: inputs must be float32 (4, 0, 1), got float32 (4,).",
    ),
    "shown_nan": ("return Batch(x + np.inf, y, n, s)", " at length 24: inputs must be finite, got NaN or infinity."),
    "shown_empty": (
        "return Batch(x[:0], y, n, s)",
        " at length 24: inputs must be float32 (4, 24, 1), got float32 (0, 24, 1).",
    ),
    "shown_made": ("pass\n    __post_init__ = lambda self: 1 / 0", " raises ZeroDivisionError: division by zero"),
    "shown_chance": ("pass\n    chance = 'half'", ": chance must be a finite number, got 'half'."),
    "shown_minimum": ("pass\n    minimum_length = 'x'", ": minimum_length must be a whole number, got 'x'."),
    "shown_length": ("pass\n    check_length = lambda self, length: {}[0]", " raises KeyError: 0"),
    "shown_presets": (
        "pass\n    presets = 5",
        ": presets must be a dict of dicts such as {'noisy': {'noise': 0.1}}, got 5.",
    ),
}
"""How ``sample`` ends, or a line of the class behind it, and what is said of it."""


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_task_is_one_line(name: str, rnnbench: Command, tmp_path: Path) -> None:
    body, message = BROKEN[name]
    (tmp_path / "broken.py").write_text(TASK.replace("{name}", name).replace("{body}", body))
    done = rnnbench("show", name, "--plugin", "broken.py")
    assert (done.code, done.out, done.err) == (2, "", f"error: task {name!r}{message}\n")


def test_a_task_without_a_source_is_shown(rnnbench: Command, tmp_path: Path) -> None:
    text = TASK.replace("{name}", "shown_anonymous").replace("{body}", "return Batch(x, y, n, s)")
    (tmp_path / "anonymous.py").write_text(text.replace('source = "a test"', ""))
    done = rnnbench("show", "shown_anonymous", "--plugin", "anonymous.py")
    assert (done.code, done.err) == (0, "")
    assert "\nsource: none given\n" in done.out
