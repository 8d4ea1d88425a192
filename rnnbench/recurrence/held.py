"""The backward pass of a small cell in registers: each chunk of lanes goes back through time on its own.

What a cell with few weights accumulates, and the cotangents of its state, fit the registers of a processor; in memory
every step would read and write each of them. Weights whose gradients are always alike (two biases that are added) share
one sum. A sequence that has ended is asked for nothing, so that its cotangents are noughts until its last step: nobody
need look at lengths. Only cells of one unit are so simple: from two units on, one unit's values are read for another,
from memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rnnbench.recurrence.adjoint import Gradient
from rnnbench.recurrence.body import Body, Place
from rnnbench.recurrence.compile import text
from rnnbench.recurrence.indented import indented, without_notes

MOST = 16
"""Rows of gradients and state that are held at most."""

PASS = '''
def held_in_registers():
    """The pass back in vectors of its own width."""
    CHUNKS = LANES // {vector}
    read, write, spread, splat = memory({double}, {vector})
    weight = {weight}{moderate}

    @inlined
    def back_through_time(steps, wanted, work, input_cotangents, busy):
        """From the last step to the first, chunk by chunk: sums (g) and what is passed on (c) stay in registers."""
        inputs, kept, weights, given = work.x, work.kept, work.weights, work.given
{first}
        for l in range((busy + {vector} - 1) // {vector}):
{begin}
            for back in range(steps - first):
                t = steps - 1 - back
                at = (wanted[t] + 1) * (OUT * CHUNKS)
                x, now = t * (X * CHUNKS), t * (ROWS * CHUNKS)
{step}
{before}
{end}

    return back_through_time


back_through_time = held_in_registers()
'''


BEFORE = """\
for back in range(first):  # nothing is wanted of these steps
    t = first - 1 - back
    x, now = t * (X * CHUNKS), t * (ROWS * CHUNKS)
"""
FIRST = """\
first = 0
while first < steps and wanted[first] < 0:
    first += 1"""
EARLY = """\
if t % {often} == 0 and {vanished} and are_moderate(weights, l):
    break  # earlier steps add noughts"""
OFTEN = 8
"""Steps after which a pass asks whether its cotangents have vanished."""


class NotHeld(Exception):
    """The step needs loops or memory of its own."""


@dataclass(frozen=True)
class Held:
    """The sums that stay in registers."""

    rows: Sequence[int]
    """The rows of gradients that are added up."""
    twins: Sequence[tuple[int, int]]
    """Rows that get the same as a row of those."""


def held_sums(gradients: Mapping[Gradient, Sequence[int]]) -> Held:
    """Of ``gradients``, each with the rows where its like begin, itself first."""
    rows = [row for gradient in gradients for row in gradient.places]
    twins = [
        (row - gradient.start + start, row)
        for gradient, (_, *others) in gradients.items()
        for start in others
        for row in gradient.places
    ]
    return Held(rows, twins)


class HeldBody(Body):
    """Statements on one chunk, in which cotangents (``c``, new ones ``n``) and gradients (``g``) are names."""

    def looped(self) -> Iterator[str]:
        """Once: the loop over chunks is outside."""
        yield from self.statements()

    def write(self, place: Place, unit: str, value: str) -> None:
        """To memory only what is wanted there."""
        if place.array == "new":
            value = f"splat({value})" if value in self.constants.values() else value
            self._writes.append(f"n{place.row + number(unit)} = {value}")
        else:
            super().write(place, unit, value)

    def grow(self, start: int, unit: str, value: str) -> None:
        """Add to a gradient."""
        row = start + number(unit)
        self._writes.append(f"g{row} = g{row} + {value}")

    def load(self, place: Place, unit: str) -> str:
        """What is summed up or passed on has a name."""
        return f"c{place.row + number(unit)}" if place.array == "cotangent" else super().load(place, unit)


def number(unit: str) -> int:
    """A unit that is known now. Raises NotHeld for one that a loop counts."""
    if not unit.isdigit():
        raise NotHeld
    return int(unit)


@dataclass(frozen=True)
class HeldSteps:
    """The statements of one step back on one chunk."""

    wanted: Sequence[str]
    """Where the output may be wanted for itself."""
    before: Sequence[str]
    """Of steps before the first such one; nothing if they are computed alike."""
    states: int
    early: bool
    """Whether the loop over steps ``before`` may end where every cotangent is nought (see ``vanishing``)."""


def held_pass(steps: HeldSteps, sums: Held, layout: Mapping[str, object]) -> str:
    """``back_through_time`` around ``steps``; ``layout`` names vectors and how to read them."""
    every = range(steps.states)
    leave = [f"c{j} = n{j}" for j in every]
    vanished = " and ".join(f"is_nought(c{j})" for j in every)
    ending = EARLY.format(often=OFTEN, vanished=vanished).splitlines() if steps.early else []
    before = [*BEFORE.splitlines(), *(f"    {line}" for line in (*steps.before, *leave, *ending))]
    return PASS.format(
        **layout,
        moderate=indented(1, ["", *without_notes(text("moderate").splitlines())]) if steps.early else "",
        first=indented(2, (FIRST if steps.before else "first = 0").splitlines()),
        begin=indented(3, [*(f"g{row} = splat(ZERO)" for row in sums.rows),
                            *(f"c{j} = read(work.cotangent, {j} * CHUNKS + l)" for j in every)]),
        step=indented(4, [*steps.wanted, *leave]),
        before=indented(3, before if steps.before else []),
        end=indented(3, [*(f"write(work.cotangent, {j} * CHUNKS + l, c{j})" for j in every),
                          *(f"write(work.gradient, {row} * CHUNKS + l, g{like})"
                            for row, like in [*((row, row) for row in sums.rows), *sums.twins])]),
    )  # fmt: skip
