"""The numba source of one cell at one shape: a pass forwards and a pass backwards over time, for groups of lanes.

A group is a constant number of lanes: the sequences of a few members side by side. All arrays are flat, rows of lanes
one after another, so that every distance is known when LLVM decides what it may vectorise. ``kept`` holds, for each
step, the state before it and what the backward pass reads again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from itertools import accumulate

from rnnbench.recurrence.adjoint import Adjoint, adjoint, ordered
from rnnbench.recurrence.emit import Emitter, Place
from rnnbench.recurrence.graph import COMPARISONS, Apply, Constant, Leaf, Node, Step, Weight

DECORATOR = '@nb.njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")'

FORWARD = '''
{decorator}
def forward(inputs, lengths, shortest, weights, initial, wanted, kept, outputs):
    """Every group through time. ``wanted[t]`` is where the output of step t goes, or -1."""
    scratch = np.zeros({scratch}, Real)
    for group in range(len(inputs)):
        forward_group(inputs[group], lengths[group], shortest, weights[group], initial[group], wanted, kept[group],
                      outputs[group], scratch)


{decorator}
def forward_group(inputs, lengths, shortest, weights, initial, wanted, kept, outputs, scratch):
    kept[: {state}] = initial
    for t in range(len(wanted)):
        x = inputs[t * {x} : (t + 1) * {x}]
        now = kept[t * {kept} : (t + 2) * {kept}]
{body}
        if t >= shortest:
            for j in range({states}):
                for l in range({lanes}):
                    if lengths[l] <= t:
                        now[{kept} + j * {lanes} + l] = now[j * {lanes} + l]
        if wanted[t] >= 0:
            outputs[wanted[t] * {out} : (wanted[t] + 1) * {out}] = now[{out_row} : {out_row} + {out}]
'''

BACKWARD = '''
{decorator}
def backward(inputs, lengths, shortest, weights, wanted, kept, output_cotangents, cotangents, gradients,
             input_cotangents):
    """Every group back through time; ``cotangents`` becomes the initial state's, ``gradients`` are a lane's own."""
    scratch = np.zeros({scratch}, Real)
    nothing = np.zeros({out}, Real)
    for group in range(len(inputs)):
        backward_group(inputs[group], lengths[group], shortest, weights[group], wanted, kept[group],
                       output_cotangents[group], cotangents[group], gradients[group], input_cotangents[group], scratch,
                       nothing)


{decorator}
def backward_group(inputs, lengths, shortest, weights, wanted, kept, output_cotangents, cotangents, gradient,
                   input_cotangents, scratch, nothing):
    cotangent = np.zeros({state}, Real)
    new = np.zeros({state}, Real)
    for back in range(len(wanted)):
        t = len(wanted) - 1 - back
        x = inputs[t * {x} : (t + 1) * {x}]
        now = kept[t * {kept} : (t + 2) * {kept}]
        gx = input_cotangents[t * {gx} : (t + 1) * {gx}]
        given = output_cotangents[wanted[t] * {out} : (wanted[t] + 1) * {out}] if wanted[t] >= 0 else nothing
        cotangent[:] = cotangents
        if t >= shortest:
            for j in range({states}):
                for l in range({lanes}):
                    if lengths[l] <= t:
                        cotangent[j * {lanes} + l] = Real(0.0)
{body}
        if t < shortest:
            cotangents[:] = new
        else:
            for j in range({states}):
                for l in range({lanes}):
                    if lengths[l] > t:
                        cotangents[j * {lanes} + l] = new[j * {lanes} + l]
'''


@dataclass(frozen=True)
class Kernel:
    """The layout and the text of one cell's kernel."""

    step: Step
    lanes: int
    double: bool
    inputs_wanted: bool
    """Whether cotangents of the inputs are computed (an embedding learns from them)."""

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
        """What the forward pass leaves for the backward pass, beside inputs and states."""
        forward = set(ordered((*self.step.new_states, self.step.output)))
        kept: dict[Node, None] = {}
        seen: set[Node] = set()

        def visit(node: Node) -> None:
            if node in seen:
                return
            seen.add(node)
            if node in forward and not isinstance(node, (Leaf, Weight, Constant)) and not _is_cheap(node):
                kept[node] = None
                return
            for source in node.sources:
                visit(source)

        for root in self._roots():
            visit(root)
        for gradient in self.adjoint.gradients:
            if gradient.source is not None and not isinstance(gradient.source, (Leaf, Weight, Constant)):
                kept[gradient.source] = None
        return [*kept] if self.step.output in self.step.new_states else [*(kept | {self.step.output: None})]

    def _roots(self) -> Sequence[Node]:
        inputs = (self.adjoint.inputs,) if self.inputs_wanted else ()
        return (*self.adjoint.states, *inputs, *(gradient.cotangent for gradient in self.adjoint.gradients))

    @cached_property
    def _places(self) -> dict[Node, Place]:
        """Where each kept value lies from a step's rows on; new states lie in the next step's."""
        inside = [node for node in self._kept if node not in self.step.new_states]
        ends = [self.states, *accumulate((node.width for node in inside), initial=self.states)][1:]
        places = {node: Place("now", row) for node, row in zip(inside, ends, strict=False)}
        for node, row in zip(self.step.new_states, self._state_rows(), strict=True):
            places.setdefault(node, Place("now", self.rows + row))
        return places

    @cached_property
    def rows(self) -> int:
        """Rows that a step keeps."""
        return self.states + sum(node.width for node in self._kept if node not in self.step.new_states)

    def _state_rows(self) -> list[int]:
        return list(accumulate(self.step.states, initial=0))[:-1]

    @property
    def source(self) -> str:
        """A Python module with ``forward`` and ``backward``."""
        constants: dict[float, str] = {}
        forward, backward = self._forward(constants), self._backward(constants)
        preamble = resources.files(__package__).joinpath(f"preamble{64 if self.double else 32}.py").read_text("utf-8")
        named = "\n".join(f"{name} = Real(float('{value!r}'))" for value, name in constants.items())
        return f"{preamble}\n\n{named}\n\n{forward}\n{backward}"

    def _forward(self, constants: dict[float, str]) -> str:
        emitter = Emitter(self.lanes, {"state": Place("now", 0), "inputs": Place("x", 0)}, constants=constants)
        stores = [(node, self._places[node]) for node in self._kept]
        for node, row in zip(self.step.new_states, self._state_rows(), strict=True):
            place = Place("now", self.rows + row)
            if (node, place) not in stores:
                stores.append((node, place))
        lines = emitter.lines(stores, ())
        return self._filled(FORWARD, lines, emitter)

    def _backward(self, constants: dict[float, str]) -> str:
        leaves = {
            "state": Place("now", 0),
            "inputs": Place("x", 0),
            "cotangent": Place("cotangent", 0),
            "output_cotangent": Place("given", 0),
        }
        emitter = Emitter(self.lanes, leaves, places=dict(self._places), constants=constants)
        rows = zip(self.adjoint.states, self._state_rows(), strict=True)
        stores = [(node, Place("new", row)) for node, row in rows]
        if self.inputs_wanted:
            stores.append((self.adjoint.inputs, Place("gx", 0)))
        return self._filled(BACKWARD, emitter.lines(stores, self.adjoint.gradients), emitter)

    def _filled(self, template: str, lines: Sequence[str], emitter: Emitter) -> str:
        lanes = self.lanes
        return template.format(
            decorator=DECORATOR,
            body="\n".join(f"        {line}" for line in lines),
            lanes=lanes,
            states=self.states,
            state=self.states * lanes,
            x=self.step.inputs * lanes,
            gx=self.step.inputs * lanes if self.inputs_wanted else 0,
            kept=self.rows * lanes,
            out=self.step.output.width * lanes,
            out_row=self._places[self.step.output].row * lanes,
            scratch=max(emitter.scratch, 1) * lanes,
        )


def _is_cheap(node: Node) -> bool:
    """Whether computing it again costs no more than reading it."""
    if not isinstance(node, Apply):
        return False
    with_constant = any(isinstance(argument, Constant) for argument in node.arguments)
    return node.function in COMPARISONS or node.function == "neg" or (
        node.function in ("add", "sub", "mul") and with_constant)  # fmt: skip
