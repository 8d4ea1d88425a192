"""The Triton source of one cell: a pass forwards and a pass backwards over time, a program a member and 16 sequences.

Weights, state and the gradients of weights stay on chip through the time loop. ``kept`` holds, for each step, the state
before it and what the backward pass reads again, each value a block ``batch width``, so that neighbours in a tile are
neighbours in memory. Rows of a tile beyond the batch repeat its last sequence, lest they divide nought by nought; they
are never written, and no cotangent reaches them. Every program leaves its own gradients: whatever runs first, they are
added in one order.
"""

from collections.abc import Iterator, Sequence
from importlib import resources

from rnnbench.recurrence.indented import indented
from rnnbench.recurrence.triton_emit import Emitter
from rnnbench.recurrence.triton_layout import Block, Chip, Layout

HEAD = """
    member = tl.program_id(0).to(tl.int64)
    place = tl.program_id(1) * {rows} + tl.arange(0, {rows})[:, None]
    live = place < batch
    row = tl.minimum(place, batch - 1)
    length = tl.load(lengths + member * batch + row)
    weights += member * {weights}"""
FORWARD = '''
@triton.jit(do_not_specialize=["steps", "members", "batch"])
def forward(inputs, lengths, weights, tables, initial, wanted, kept, outputs, steps, members, batch,
            keep: tl.constexpr):
    """A member's sequences through time. ``wanted[t]`` is where the output of step t goes, or -1."""{head}
    initial += member * batch * {states}
{ahead}
    for t in range(steps):
        first = (t * members + member) * batch
        x = inputs + first * {x}
        slot = tl.load(wanted + t)
        asked = place < tl.where(slot < 0, 0, batch)
        out = outputs + (slot * members + member) * batch * {out}
{body}
        if keep:
            now = kept + first * {kept}
{keep}
{turn}
    if keep:
        now = kept + (steps * members + member) * batch * {kept}
{last}
'''
BACKWARD = '''
@triton.jit(do_not_specialize=["steps", "members", "batch"])
def backward(inputs, lengths, weights, tables, wanted, kept, output_cotangents, gradients, initial_cotangents,
             input_cotangents, steps, members, batch):
    """The same sequences back through time. An output after a sequence's end has no cotangent."""{head}
    initial_cotangents += member * batch * {states}
    gradients += (member * tl.num_programs(1) + tl.program_id(1)) * {gradients}
{ahead}
    for back in range(steps):
        t = steps - 1 - back
        first = (t * members + member) * batch
        x = inputs + first * {x}
        gx = input_cotangents + first * {x}
        now = kept + first * {kept}
        then = kept + (first + members * batch) * {kept}
        slot = tl.load(wanted + t)
        asked = (length > t) & (place < tl.where(slot < 0, 0, batch))
        given = output_cotangents + (slot * members + member) * batch * {out}
{body}
{turn}
{last}
'''


def source(layout: Layout) -> tuple[str, list[int]]:
    """A Python module with ``forward`` and ``backward``, and the numbers that both read as ``tables``."""
    tables: list[int] = []
    preamble = resources.files(__package__).joinpath("preamble_triton.py").read_text("utf-8")
    return f"{preamble}\n{_forward(layout, tables)}\n{_backward(layout, tables)}", tables or [0]


def _forward(layout: Layout, tables: list[int]) -> str:
    step = layout.step
    chips = [Chip(f"s{n}", width) for n, width in enumerate(step.states)]
    leaves: dict[str, Sequence[Block | Chip]] = {"state": chips, "inputs": [Block("x", 0, step.inputs)]}
    emitter = Emitter(layout.tiles, leaves, tables=tables)
    new = [f"tl.where(length > t, {emitter.full(node)}, s{n})" for n, node in enumerate(step.new_states)]
    emitter.lines.append(emitter.write(Block("out", 0, step.output.width, "asked"), emitter.value(step.output)))
    states = [emitter.write(block, chip.name) for block, chip in zip(layout.states("now"), chips, strict=True)]
    values = [emitter.write(block, emitter.value(node)) for node, block in layout.inside.items()]
    initial = zip(layout.states("initial"), chips, strict=True)
    start = [f"{chip.name} = {emitter.read(block)}" for block, chip in initial]
    return FORWARD.format(
        **_numbers(layout),
        ahead=indented(1, [*start, *emitter.ahead]),
        body=indented(2, emitter.lines),
        keep=indented(3, [*states, *values]),
        turn=indented(2, _turn("s", new)),
        last=indented(2, states),
    )


def _backward(layout: Layout, tables: list[int]) -> str:
    step, states = layout.step, range(len(layout.step.states))
    leaves: dict[str, Sequence[Block | Chip]] = {
        "state": layout.states("now"),
        "inputs": [Block("x", 0, step.inputs)],
        "cotangent": [Chip(f"c{n}", step.states[n]) for n in states],
        "output_cotangent": [Block("given", 0, step.output.width, "asked")],
    }
    emitter = Emitter(layout.tiles, leaves, layout.places, tables)
    start = [f"c{n} = {emitter.zeros(step.states[n])}" for n in states]
    new = [emitter.full(node) for node in layout.adjoint.states]
    if layout.inputs_wanted:
        emitter.lines.append(emitter.write(Block("gx", 0, step.inputs), emitter.value(layout.adjoint.inputs)))
    left = [emitter.accumulate(gradient, copy * step.weights) for gradient, copy in layout.gradients]
    initial = [emitter.write(block, f"c{n}") for n, block in enumerate(layout.states("initial_cotangents"))]
    return BACKWARD.format(
        **_numbers(layout),
        ahead=indented(1, [*start, *emitter.ahead]),
        body=indented(2, emitter.lines),
        turn=indented(2, _turn("c", new)),
        last=indented(1, [*initial, *left]),
    )


def _turn(name: str, new: Sequence[str]) -> Iterator[str]:
    """A step's end: what was computed takes the place of what it was computed from, all at once."""
    yield from (f"n{n} = {value}" for n, value in enumerate(new))
    yield from (f"{name}{n} = n{n}" for n in range(len(new)))


def _numbers(layout: Layout) -> dict[str, int | str]:
    """What the templates are filled with, whatever the pass."""
    weights = layout.step.weights
    numbers = {
        "states": sum(layout.step.states),
        "x": layout.step.inputs,
        "out": layout.step.output.width,
        "kept": layout.kept,
        "gradients": layout.copies * weights,
    }
    return numbers | {"head": HEAD.format(rows=layout.tiles.rows, weights=weights)}
