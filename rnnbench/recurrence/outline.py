"""Loops that differ in numbers alone become one function, which is called with the numbers.

The products of four gates are one loop four times over, with other rows of memory, and numba takes its time over each
line wherever it stands. LLVM puts the function back where it is called: the machine computes as if it were not there.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LEAST = 10
"""Lines of a loop that is worth a function."""
MOST = 24
"""Numbers that a function is called with: each is a value more to pass, which numba is slow at too."""
NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
FIRST = re.compile(r"((?:read|write|weight)\(\w+, )(?!\d)")
"""Where a place is written that begins with no number: as good as one that begins with 0."""
GIVEN = (
    "inputs", "x", "kept", "now", "weights", "scratch", "cotangent", "new", "given", "at", "late", "slot",
    "input_cotangents", "gradient", "first", "last", "chunks",
)  # fmt: skip
"""What the passes around a loop may give it, by name."""
FUNCTION = '''
@inlined
def {name}({parameters}):
    """One of {count} loops that differ in these numbers."""
{lines}
'''


@dataclass(frozen=True)
class Outlined:
    """``lines`` that call ``functions``."""

    lines: list[str]
    functions: str


def outlined(lines: Sequence[str], name: str) -> Outlined:
    """``lines`` with a function ``name...`` for each long loop that, but for its numbers, is there twice or more."""
    blocks = [*_blocks(lines)]
    alike: dict[str, list[str]] = {}
    for block in blocks:
        if block.startswith("for ") and block.count("\n") + 1 >= LEAST and _stands_alone(block):
            alike.setdefault(NUMBER.sub("#", _with_noughts(block)), []).append(block)
    functions, calls = [], dict[str, str]()
    worth = [group for group in alike.values() if len(group) > 1 and len(_differing(group)) <= MOST]
    for number, group in enumerate(worth):
        function, own = _function(f"{name}{number}", group)
        functions.append(function)
        calls |= own
    return Outlined([line for block in blocks for line in calls.get(block, block).split("\n")], "\n".join(functions))


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    """Each line of the outermost level with what is below it."""
    block: list[str] = []
    for line in lines:
        if block and not line.startswith(" "):
            yield "\n".join(block)
            block = []
        block.append(line)
    if block:
        yield "\n".join(block)


def _names(block: str) -> tuple[dict[str, int], dict[str, int]]:
    """The names that are read and those that are made there, each with the first line where it is."""
    nodes = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Name)]
    nodes.sort(key=lambda node: -node.lineno)
    read = {node.id: node.lineno for node in nodes if isinstance(node.ctx, ast.Load)}
    return read, {node.id: node.lineno for node in nodes if isinstance(node.ctx, ast.Store)}


def _stands_alone(block: str) -> bool:
    """Whether it goes on with nothing that was begun outside, such as a sum: that would be needed outside again."""
    read, made = _names(block)
    return all(line > made[name] for name, line in read.items() if name in made)


def _with_noughts(block: str) -> str:
    return FIRST.sub(r"\g<1>0 + ", block)


def _columns(group: Sequence[str]) -> list[tuple[str, ...]]:
    """Each number of alike loops, as it stands in every one of them."""
    return [*zip(*(NUMBER.findall(_with_noughts(block)) for block in group), strict=True)]


def _differing(group: Sequence[str]) -> list[tuple[str, ...]]:
    """Those that differ, each once."""
    return [*dict.fromkeys(column for column in _columns(group) if len({*column}) > 1)]


def _function(name: str, group: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The function for loops that differ in numbers, and the call instead of each."""
    differing = _differing(group)
    names = iter([f"n{differing.index(column)}" if column in differing else column[0] for column in _columns(group)])
    body = NUMBER.sub(lambda _: next(names), _with_noughts(group[0])).replace(" 0 + ", " ")
    read, made = _names(body)
    given = [variable for variable in GIVEN if variable in read and variable not in made]
    parameters = ", ".join([*given, *(f"n{number}" for number in range(len(differing)))])
    text = FUNCTION.format(
        name=name, parameters=parameters, count=len(group), lines="\n".join(f"    {line}" for line in body.split("\n"))
    )
    calls = {
        block: f"{name}({', '.join([*given, *(f'whole({column[place]})' for column in differing)])})"
        for place, block in enumerate(group)
    }
    return text, calls
