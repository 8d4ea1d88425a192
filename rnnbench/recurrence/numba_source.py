"""The numba source of one cell at one shape: the passes over time, with a step forwards and a step backwards in them.

Lanes are the sequences of a group of members, side by side. All arrays are flat: rows of lanes, one after another.
``kept`` holds, for each step, the state before it and what the backward pass reads again.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from rnnbench.recurrence.adjoint import Adjoint, Gradient, adjoint, alike, ordered
from rnnbench.recurrence.body import Body, Place
from rnnbench.recurrence.compile import text
from rnnbench.recurrence.emit import Emitter
from rnnbench.recurrence.graph import Constant, Leaf, Node, Product, Select, Step, Weight
from rnnbench.recurrence.held import MOST, HeldBody, HeldSteps, NotHeld, held_pass, held_sums
from rnnbench.recurrence.indented import without_notes
from rnnbench.recurrence.kept import kept_values, made_of_weights, roots
from rnnbench.recurrence.outer import add_gradients, sums_of
from rnnbench.recurrence.outline import outlined
from rnnbench.recurrence.ranges import LARGEST_WEIGHT
from rnnbench.recurrence.shape import Shape

HEADER = '''"""{title}"""

import numba as nb
import numpy as np

from rnnbench.recurrence.arguments import Work
from rnnbench.recurrence.denormal import flush_denormals, restore
from rnnbench.recurrence.lane_math import cos, exp, log, log1p, power, sigmoid, sin, sqrt, tanh
from rnnbench.recurrence.lanes import is_nought, memory, where, whole

Real = np.float{bits}
ZERO, ONE = Real(0.0), Real(1.0)
{names}
{constants}
read, write, spread, splat = memory({double}, VECTOR)
weight = {weight}
inlined = nb.njit(nogil=True, error_model="numpy", fastmath={{"contract"}}, _nrt=False, no_rewrites=True,
                  forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
called = nb.njit(nogil=True, error_model="numpy", fastmath={{"contract"}}, _nrt=False, no_rewrites=True,
                no_cpython_wrapper=True, no_cfunc_wrapper=True)
compiled = nb.njit(nogil=True, error_model="numpy", fastmath={{"contract"}}, _nrt=False, no_rewrites=True,
                  no_cfunc_wrapper=True, cache=True)
'''
INPUTS = Place("inputs", 0, "x")
STRETCH = 16
"""Steps whose products are added up at once."""
OVER = ("if is_over(t, wanted, cotangent, weights, chunks):", "    break")


@dataclass(frozen=True)
class Kernel:
    """The layout and the text of one cell's kernel."""

    step: Step
    shape: Shape
    double: bool
    inputs_wanted: bool
    """Whether cotangents of the inputs are computed (an embedding learns from them)."""
    early: bool = False
    """Whether the pass back may end where all cotangents have vanished (:mod:`rnnbench.recurrence.vanishing`)."""

    @cached_property
    def states(self) -> int:
        """Rows of all states together."""
        return sum(self.step.states)

    @cached_property
    def adjoint(self) -> Adjoint:
        """The backward pass as a graph."""
        return adjoint(self.step)

    @cached_property
    def _kept(self) -> list[Node]:
        """What the forward pass leaves for the backward pass, beside inputs and states; the output too."""
        kept = dict.fromkeys(kept_values(self.step, roots(self.adjoint, self.inputs_wanted)))
        for gradient in self.adjoint.gradients:
            if gradient.source is not None and not isinstance(gradient.source, (Leaf, Weight, Constant)):
                kept[gradient.source] = None
        return [*kept] if self.step.output in self.step.new_states else [*(kept | {self.step.output: None})]

    @cached_property
    def _places(self) -> dict[Node, Place]:
        """Where each kept value lies from a step's rows on; new states lie in the next step's."""
        inside = [node for node in self._kept if node not in self.step.new_states]
        ends = accumulate((node.width for node in inside), initial=self.states)
        places = {node: Place("kept", row, "now") for node, row in zip(inside, ends, strict=False)}
        for node, row in zip(self.step.new_states, self._state_rows(), strict=True):
            places.setdefault(node, Place("kept", self.rows + row, "now"))
        return places

    @cached_property
    def rows(self) -> int:
        """Rows that a step keeps."""
        return self.states + sum(node.width for node in self._kept if node not in self.step.new_states)

    def _state_rows(self) -> list[int]:
        return list(accumulate(self.step.states, initial=0))[:-1]

    @cached_property
    def _written(self) -> "Written":
        constants: dict[float, str] = {}
        rows = self.shape.rows
        leaves = {"state": Place("kept", 0, "now"), "inputs": INPUTS}
        forward = Emitter(rows, leaves, constants=constants)
        ready = forward.lines([(node, forward.take(node.width)) for node in made_of_weights(self.step)], ())
        stores = [(node, self._places[node]) for node in self._kept]
        for node, row in zip(self.step.new_states, self._state_rows(), strict=True):
            place = Place("kept", self.rows + row, "now")
            if (node, place) not in stores:
                stores.append((node, place))
        ahead = outlined(forward.lines(stores, ()), "ahead")
        held = self._held(dict(constants))
        if held is not None:
            functions, constants = held
            return Written(ready, ahead.lines, [], ahead.functions + functions, constants, max(forward.scratch, 1))
        backward, back, sums = self._in_memory(constants, "new")
        in_place = backward.blocks == 1 and self._reads_before_it_writes()
        if in_place:
            backward, back, sums = self._in_memory(constants, "cotangent")
        scratch = max(forward.scratch, backward.scratch, 1)
        short = outlined(back, "back")
        passed = pasted(pasted(text("back"), "step_backwards", short.lines), "end_early", OVER if self.early else [])
        over = [text("moderate"), text("vanished")] if self.early else []
        return Written(
            ready,
            ahead.lines,
            passed.splitlines(),
            "\n".join([ahead.functions, short.functions, sums, *over]),
            constants,
            scratch,
            in_place,
            self._late_rows,
        )

    def _held(self, constants: dict[float, str]) -> tuple[str, dict[float, str]] | None:
        """The whole backward pass with sums in registers, and the numbers in it; None if the cell is too large."""
        gradients = alike(self.adjoint.gradients)
        sums = held_sums(gradients)
        values = len({*sums.rows}) + self.states
        if values > MOST:
            return None
        shape = self.shape.holding(values, early=self.early)
        backs = [self.adjoint]
        if self.step.output in self.step.new_states:  # else sums have fewer parts, and would be rounded otherwise
            backs.append(adjoint(self.step, wanted=False))
        try:
            wanted, *before = (self._held_step(back, {*gradients}, constants, shape) for back in backs)
        except NotHeld:
            return None
        layout = {"double": self.double, "vector": shape.vector, "weight": self._weight}
        steps = HeldSteps(wanted, before[0] if before else [], self.states, self.early)
        return held_pass(steps, sums, layout), constants

    def _held_step(
        self, back: Adjoint, summed: Iterable[Gradient], constants: dict[float, str], shape: Shape
    ) -> list[str]:
        """The statements of a step ``back``; of gradients those that begin where one of ``summed`` does."""
        emitter = self._emitter_back(constants, HeldBody, shape)
        starts = {gradient.start for gradient in summed}
        own = [gradient for gradient in back.gradients if gradient.start in starts]
        lines = emitter.lines(self._stores_back("new", back), own)
        if emitter.blocks != 1:
            raise NotHeld
        return lines

    def _in_memory(self, constants: dict[float, str], new: str) -> tuple[Emitter, list[str], str]:
        """The step backwards, and the sums over a stretch; new cotangents of the state go to ``new``."""
        emitter = self._emitter_back(constants, Body, self.shape)
        late = [(node, Place("late", row, "slot")) for node, row in self._late_places.items()]
        lines = emitter.lines([*self._stores_back(new, self.adjoint), *late], ())
        sums = sums_of(self.adjoint.gradients, self._late_places)
        added_up = add_gradients(sums, self._emitter_back(constants, Body, self.shape).fresh)
        return emitter, lines, added_up

    def _reads_before_it_writes(self) -> bool:
        """Whether, in a single loop, every cotangent of the state is read before a unit replaces it."""
        parts = set(zip(self._state_rows(), self.step.states, strict=True))
        nodes = ordered([*(node for node, _ in self._stores_back("", self.adjoint)), *self._late_places])
        across = (node.source for node in nodes if isinstance(node, (Select, Product)))
        leaves = [node for node in nodes if isinstance(node, Leaf) and node.array == "cotangent"]
        return {(leaf.start, leaf.width) for leaf in leaves} <= parts and not {*leaves} & {*across}

    def _emitter_back(self, constants: dict[float, str], body: type[Body], shape: Shape) -> Emitter:
        leaves = {
            "state": Place("kept", 0, "now"),
            "inputs": INPUTS,
            "cotangent": Place("cotangent", 0),
            "output_cotangent": Place("given", 0, "at"),
        }
        return Emitter(shape.rows, leaves, places=dict(self._places), constants=constants, body=body)

    def _stores_back(self, new: str, back: Adjoint) -> list[tuple[Node, Place]]:
        """What the step ``back`` leaves, beside cotangents of weights."""
        stores = [
            (node, Place(new, row)) for node, row in zip(back.states, self._state_rows(), strict=True)
        ]  # fmt: skip
        if self.inputs_wanted:
            stores.append((back.inputs, Place("input_cotangents", 0, "x")))
        return stores

    @cached_property
    def _late_places(self) -> dict[Node, int]:
        """In which rows a step leaves the cotangents that gradients are made of; those of neighbours are neighbours."""
        nodes = dict.fromkeys(g.cotangent for g in sorted(self.adjoint.gradients, key=lambda g: g.start))
        return dict(zip(nodes, accumulate((node.width for node in nodes), initial=0), strict=False))

    @property
    def _late_rows(self) -> int:
        return sum(node.width for node in self._late_places)

    @property
    def _weight(self) -> str:
        """What reads a weight in all lanes."""
        return "spread" if self.shape.rows.alone else "read"

    @property
    def late(self) -> int:
        """Rows of memory for the cotangents of a stretch."""
        return STRETCH * self._written.late_rows

    @property
    def scratch(self) -> int:
        """Rows of scratch memory."""
        return self._written.scratch

    @property
    def source(self) -> str:
        """A Python module with ``forward`` and ``backward``, the passes over time between PyTorch operations."""
        return self.module("A cell over time.", {}, [text("hold"), text("over_time")])

    def module(self, title: str, facts: Mapping[str, object], passes: Sequence[str]) -> str:
        """A Python module: names of sizes and ``facts``, then ``passes`` around the step forwards and the pass back."""
        written, shape = self._written, self.shape
        named = {
            "LANES": shape.lanes, "VECTOR": shape.vector, "CHUNKS": shape.rows.chunks, "BATCH": shape.batch,
            "ALONE": shape.rows.alone, "X": self.step.inputs, "STATES": self.states,
            "ROWS": self.rows, "OUT": self.step.output.width, "OUT_ROW": self._places[self.step.output].row,
            "WEIGHTS": self.step.weights, "IN_PLACE": written.in_place, "LATE": written.late_rows, "STRETCH": STRETCH,
            **({"LARGEST_WEIGHT": f"Real({LARGEST_WEIGHT})"} if self.early else {}), **facts,
        }  # fmt: skip
        header = HEADER.format(
            title=title,
            bits=64 if self.double else 32,
            double=self.double,
            names="\n".join(f"{name} = {value}" for name, value in named.items()),
            constants="\n".join(f"{name} = Real(float('{value!r}'))" for value, name in written.constants.items()),
            weight=self._weight,
        )
        around = pasted("\n\n".join([header, written.functions, *passes]), "step_forwards", written.step)
        around = pasted(around, "make_ready", written.ready)
        return pasted(around, "back_through_time", written.back) if written.back else around


@dataclass(frozen=True)
class Written:
    """The step forwards, the pass back, and what the passes around them must know."""

    ready: list[str]
    """What is computed once before all steps."""
    step: list[str]
    back: list[str]
    """Nothing if it is a function."""
    functions: str
    """What they call."""
    constants: dict[float, str]
    scratch: int
    in_place: bool = False
    """Whether cotangents of the state are overwritten where they lie."""
    late_rows: int = 0
    """Rows of cotangents that a step leaves for the gradients."""


def pasted(passes: str, name: str, lines: Sequence[str]) -> str:
    """``passes`` with ``lines``, less notes above them, where ``name`` is called with what they read under its names.

    numba inlines functions too, but takes as long over that as over all the rest of a large step.
    """
    below = [*without_notes(lines)]

    def instead(call: re.Match[str]) -> str:
        return "\n".join(call[1] + line for line in (f"# {name.replace('_', ' ')}", *below))

    return re.sub(rf"^( *){name}\([^)]*\)$", instead, passes, flags=re.MULTILINE)
