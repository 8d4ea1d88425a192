"""Modular arithmetic, against Python's own and the published grammar."""

import ast
import functools
import itertools
from collections import Counter, defaultdict
from fractions import Fraction

import numpy as np
import pytest

from rnnbench.task import Classes, Tokens
from tests.tasks.formal import Word, as_often, assert_examples_hold, draw, equally_often, make, read_tapes

FORMS = ["modular_arithmetic", "modular_arithmetic[modulus=3]"]
BRACKETS = ["modular_arithmetic[brackets=true]", "modular_arithmetic[brackets=true,modulus=3]"]


def written(word: Word, modulus: int) -> str:
    return "".join(str(token) if token < modulus else "+-*()"[token - modulus] for token in word)


def worth(node: ast.AST) -> int:
    """The value of an expression that Python has parsed."""
    match node:
        case ast.Expression(body=body):
            return worth(body)
        case ast.Constant(value=int(number)):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -worth(operand)
        case ast.BinOp(left=left, op=operation, right=right):
            a, b = worth(left), worth(right)
            return {ast.Add: a + b, ast.Sub: a - b, ast.Mult: a * b}[type(operation)]
    raise AssertionError(node)


def value(text: str, modulus: int) -> int:
    return worth(ast.parse(text, mode="eval")) % modulus


@functools.cache
def shapes(size: int) -> dict[str, Fraction]:
    """Expressions of ``size`` tokens with d for digits and o for operators, and how often each is drawn."""
    if size <= 4:
        return {["d", "-d", "(d)", "(-d)"][size - 1]: Fraction(1)}
    odds: dict[str, Fraction] = defaultdict(Fraction)
    for left in range(1, size - 3):
        for (a, p), (b, q) in itertools.product(shapes(left).items(), shapes(size - 3 - left).items()):
            odds[f"({a}o{b})"] += p * q / (size - 4)
    return odds


@functools.cache
def values(size: int, modulus: int) -> tuple[Fraction, ...]:
    """How often each value is that of a bracketed expression of ``size`` tokens."""
    if size <= 4:
        return (Fraction(1, modulus),) * modulus
    odds = [Fraction(0)] * modulus
    for left in range(1, size - 3):
        parts = enumerate(values(left, modulus)), enumerate(values(size - 3 - left, modulus))
        for (a, p), (b, q) in itertools.product(*parts):
            for made in (a + b, a - b, a * b):
                odds[made % modulus] += p * q / 3 / (size - 4)
    return tuple(odds)


@pytest.mark.parametrize("lengths", ["fixed", "half", "uniform"])
@pytest.mark.parametrize("text", FORMS + BRACKETS)
def test_answers_are_what_python_makes_of_it(text: str, lengths: str) -> None:
    modulus, brackets = 3 if "=3" in text else 5, text in BRACKETS
    task = make(text[:-1] + f",lengths={lengths}]" if text.endswith("]") else f"{text}[lengths={lengths}]")
    symbols = modulus + (5 if brackets else 3)
    assert (task.inputs, task.answer) == (Tokens(symbols + 1), Classes(modulus))
    for length in (1, 2, 3, 4, 5, 6, 21, 40):
        batch = task.sample(np.random.default_rng(length), 60, length)
        assert batch.inputs.shape == (60, task.steps(length))
        for word, answer in read_tapes(batch, symbols):
            assert answer == (value(written(word, modulus), modulus),)
        if lengths == "fixed":
            assert (batch.lengths == (length if brackets else length - 1 + length % 2) + 1).all()
        solved = task.solve(batch.inputs)
        assert solved is not None
        assert (solved == batch.targets)[batch.scored].all()


def test_without_brackets_all_expressions_are_equally_frequent() -> None:
    words = [written(word, 3) for word, _ in read_tapes(draw("modular_arithmetic[modulus=3]", 6000, 3), 6)]
    assert equally_often(words, ["".join(one) for one in itertools.product("012", "+-*", "012")])


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 10])
def test_brackets_follow_the_published_grammar(length: int) -> None:
    drawn, digits, operators = [], [], []
    for word, _ in read_tapes(draw("modular_arithmetic[brackets=true]", 6000, length), 10):
        text = written(word, 5)
        digits += [token for token in text if token.isdigit()]
        binary = {place for place in range(1, length) if text[place] in "+-*" and text[place - 1] not in "(+-*"}
        operators += [text[place] for place in binary]
        drawn.append(
            "".join("o" if place in binary else "d" if one.isdigit() else one for place, one in enumerate(text))
        )
    assert as_often(drawn, {shape: float(p) for shape, p in shapes(length).items()})
    assert equally_often(digits, list("01234"))
    assert equally_often(operators, list("+-*"))


@pytest.mark.parametrize("modulus", [2, 3, 5])
def test_how_often_each_value_is_right(modulus: int) -> None:
    bracketed = make(f"modular_arithmetic[brackets=true,modulus={modulus}]")
    for length in (1, 4, 5, 9, 14):
        assert bracketed.memoryless(length) == pytest.approx(float(max(values(length, modulus))), abs=1e-12)
    plain = make(f"modular_arithmetic[modulus={modulus}]")
    for length in (1, 2, 3, 5):
        size = length - 1 + length % 2
        symbols = ["".join(map(str, range(modulus))) if place % 2 == 0 else "+-*" for place in range(size)]
        counts = Counter(value("".join(one), modulus) for one in itertools.product(*symbols))
        assert plain.memoryless(length) == pytest.approx(max(counts.values()) / counts.total(), abs=1e-12)
        if size == plain.small.length:
            balance = tuple(counts[digit] / counts.total() for digit in range(modulus))
            assert plain.class_balance == pytest.approx(balance, abs=1e-12)


@pytest.mark.parametrize("preset", ["simple", "brackets"])
def test_published_protocol(preset: str) -> None:
    task = make(f"modular_arithmetic[like={preset}]")
    blank = 10 if preset == "brackets" else 8
    lengths = (task.sample(np.random.default_rng(0), 4000, 40).inputs == blank).argmax(axis=1).tolist()
    assert equally_often(lengths, range(1, 41) if preset == "brackets" else range(1, 40, 2))
    tested = task.draw(np.random.default_rng(0), 40, 40, "test")
    assert (tested.lengths == (101 if preset == "brackets" else 100)).all()
    assert task.steps(40) == tested.inputs.shape[1]
    for word, answer in read_tapes(tested, blank):
        assert answer == (value(written(word, 5), 5),)


def test_docstring_examples() -> None:
    assert_examples_hold(lambda _: make("modular_arithmetic"), "modular_arithmetic", 2)
