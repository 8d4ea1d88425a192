"""The flip-flop language against its definition, instruction by instruction."""

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.task import Task
from rnnbench.train.sampling import complaint_about

NAMES = "wir01"


def make(text: str = "flip_flop") -> Task:
    task: Task = TASKS["flip_flop"](**resolve(TASKS, text).parameters)
    return task


@pytest.mark.parametrize("length", [4, 6, 60])
@pytest.mark.parametrize("text", ["flip_flop", "flip_flop:sparse", "flip_flop:dense"])
def test_every_string_is_a_valid_flip_flop(text: str, length: int) -> None:
    task = make(text)
    batch = task.sample(np.random.default_rng(length), 500, length)
    assert complaint_about(task, batch, 500) is None
    assert batch.inputs.shape == (500, length)
    for tokens, targets, scored in zip(batch.inputs, batch.targets, batch.scored, strict=True):
        word = "".join(NAMES[token] for token in tokens)
        assert (word[0], word[-2]) == ("w", "r")
        register = ""
        for step in range(0, length, 2):
            instruction, bit = word[step], word[step + 1]
            assert instruction in "wir"
            assert bit in "01"
            if instruction == "w":
                register = bit
            if instruction == "r":
                assert bit == register
                assert targets[step] == int(register)
            assert scored[step] == (instruction == "r")
            assert not scored[step + 1]
    answers = task.solve(batch.inputs)
    assert answers is not None
    assert (answers[batch.scored] == batch.targets[batch.scored]).all()


@pytest.mark.parametrize(("text", "ignore"), [("flip_flop", 0.8), ("flip_flop:sparse", 0.98), ("flip_flop:dense", 0.1)])
def test_instructions_and_bits_have_the_published_probabilities(text: str, ignore: float) -> None:
    tokens = make(text).sample(np.random.default_rng(0), 4000, 24).inputs
    middle, bits = tokens[:, 2:-2:2], tokens[:, 1::2] - 3
    for instruction, probability in ((0, (1 - ignore) / 2), (1, ignore), (2, (1 - ignore) / 2)):
        deviation = abs(float(np.mean(middle == instruction)) - probability)
        assert deviation < 4.5 * np.sqrt(probability * (1 - probability) / middle.size)
    for instruction in (0, 1):
        free = bits[:, 1:-1][middle == instruction]
        assert abs(float(free.mean()) - 0.5) < 4.5 * 0.5 / np.sqrt(free.size)


def test_the_bit_before_a_read_tells_only_if_it_was_written() -> None:
    """After w the bit is the answer; after i it agrees half of the time."""
    tokens = make().sample(np.random.default_rng(1), 20_000, 12).inputs
    agree = tokens[:, -3] == tokens[:, -1]
    assert agree[tokens[:, -4] == 0].all()
    ignored = agree[tokens[:, -4] == 1]
    assert abs(float(ignored.mean()) - 0.5) < 4.5 * 0.5 / np.sqrt(ignored.size)


def test_the_example_of_the_docstring() -> None:
    task = make()
    lines = [
        line.split()[1:] for line in (task.__doc__ or "").splitlines() if line.split()[:1] in (["input"], ["target"])
    ]
    tokens = np.array([[NAMES.index(letter) for letter in lines[0]]])
    answers = task.solve(tokens)
    assert answers is not None
    asked = [step for step, word in enumerate(lines[1]) if word != "."]
    assert asked == [step for step, letter in enumerate(lines[0]) if letter == "r"]
    assert answers[0, asked].tolist() == [int(lines[1][step]) for step in asked] == [1, 0]


def test_chance_and_balance() -> None:
    task = make()
    batch = task.sample(np.random.default_rng(2), 20_000, task.small.length)
    asked = batch.targets[batch.scored]
    assert task.class_balance == (0.5, 0.5)
    assert abs(float(asked.mean()) - 0.5) < 4.5 * 0.5 / np.sqrt(20_000)
    assert task.memoryless(10) == 0.5


def test_later_tokens_do_not_change_earlier_answers() -> None:
    task = make("flip_flop:dense")
    batch = task.sample(np.random.default_rng(3), 200, 20)
    changed = batch.inputs.copy()
    changed[:, 11:] = np.where(np.arange(11, 20) % 2, 7 - changed[:, 11:], 0)  # other bits, all instructions w
    answers = task.solve(changed)
    assert answers is not None
    asked = batch.scored[:, :11]
    assert (answers[:, :11][asked] == batch.targets[:, :11][asked]).all()


def test_refusals() -> None:
    make().check_length(4)
    with pytest.raises(RnnbenchError, match=r"task 'flip_flop' needs length ≥ 4, got 2."):
        make().check_length(2)
    with pytest.raises(RnnbenchError, match=r"needs an even length, .* got 7; take 6 or 8."):
        make().check_length(7)
