"""How a cell lies on a GPU: its tiles, what a step keeps, where gradients are left, and what does not fit."""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from rnnbench.recurrence.adjoint import Adjoint, Gradient, adjoint, ordered
from rnnbench.recurrence.graph import Node, Product, Select, Step
from rnnbench.recurrence.kept import kept_values, roots
from rnnbench.recurrence.operations import NotLowered

ROWS = 16
"""Sequences a program: the fewest that a tensor core takes."""
SPREAD = 512
"""Numbers of all matrices up to which products are spread out over a tile and summed; beyond, they are dots."""
LEAST = 16
"""Units that a dot needs on every side."""
NUMBERS = 20480
"""Numbers of all matrices that fit on chip twice, as weights and as gradients: an LSTM of 64 units. In float64 half."""
WIDEST = 256
"""Numbers of one value, or of one selection: code for wider ones takes minutes to compile."""
PER_WARP = 1024
"""Numbers on chip that keep a warp busy."""
Table = tuple[tuple[int, ...], ...]
"""Of a selection: for each unit, what it adds up."""


@dataclass(frozen=True)
class Tiles:
    """How values are laid out on chip."""

    rows: int
    """Sequences a program."""
    least: int
    """Units that every value has at least, padding included."""
    dots: str
    """Precision of ``tl.dot``; empty where products are spread out and summed."""
    double: bool

    @property
    def real(self) -> str:
        """The type of every number."""
        return "tl.float64" if self.double else "tl.float32"

    def units(self, width: int) -> int:
        """Units of a tile that holds ``width`` numbers."""
        return max(self.least, 1 << (width - 1).bit_length())

    def selection(self, table: Table) -> tuple[int, int]:
        """Units and terms of the tile in which a selection is made; a single sum is not padded to ``least``."""
        most = max(map(len, table))
        terms = 1 << (most - 1).bit_length() if most else 0
        return self.units(len(table)) if len(table) > 1 else 1, terms

    def spread(self, node: Node) -> int:
        """Numbers a sequence that computing ``node`` takes at a time."""
        units, terms = self.selection(node.table) if isinstance(node, Select) else (1, 1)
        return max(self.units(node.width), units * terms)


@dataclass(frozen=True)
class Block:
    """Memory ``batch width`` from ``pointer`` on, ``start`` numbers of each sequence further."""

    pointer: str
    start: int
    width: int
    asked: str = ""
    """The name of a mask of sequences that are read, all by default, or written, by default those that exist."""

    @property
    def base(self) -> str:
        """Where it begins."""
        return f"{self.pointer} + {self.start} * batch" if self.start else self.pointer


@dataclass(frozen=True)
class Chip:
    """A tile that is in registers already."""

    name: str
    width: int


@dataclass(frozen=True)
class Layout:
    """One cell's kernel for ``batch`` sequences a member. Raises NotLowered for what does not fit on chip."""

    step: Step
    batch: int
    double: bool = False
    tf32: bool = False
    """Whether dots may round what they multiply to tf32."""
    inputs_wanted: bool = False
    """Whether cotangents of the inputs are computed (an embedding learns from them)."""

    def __post_init__(self) -> None:
        """Hold it against the limits."""
        limits = (("values", self._widest, WIDEST), ("matrices", self._held, NUMBERS // (2 if self.double else 1)))
        for what, number, most in limits:
            if number > most:
                raise NotLowered(f"the CUDA kernel holds {what} of {most} numbers at most, padding included: {number}")

    @cached_property
    def adjoint(self) -> Adjoint:
        """The backward pass as a graph."""
        return adjoint(self.step)

    @cached_property
    def tiles(self) -> Tiles:
        """How values lie on chip: few numbers are spread out, many go to the tensor cores."""
        if self._numbers(1) <= SPREAD:
            return Tiles(min(ROWS, 1 << (self.batch - 1).bit_length()), 1, "", self.double)
        return Tiles(ROWS, LEAST, self._precision, self.double)

    @property
    def _precision(self) -> str:
        """That of dots. Three of tf32 are as good as one of float32, which the tensor cores lack."""
        if self.double:
            return "ieee"
        return "tf32" if self.tf32 else "tf32x3"

    @property
    def programs(self) -> int:
        """Programs a member."""
        return -(-self.batch // self.tiles.rows)

    @property
    def warps(self) -> int:
        """Warps a program, a power of two."""
        values = 4 * self._widest * self.tiles.rows  # so many at a time, say
        matrices = self._held * (2 if self.tiles.dots else self.tiles.rows)
        busy = max(values, matrices) // PER_WARP
        return min(8, 1 << (max(busy, 1).bit_length() - 1))

    @cached_property
    def places(self) -> dict[Node, Block]:
        """Where each kept value lies; a new state is the state before the next step."""
        values = kept_values(self.step, self._roots)
        places: dict[Node, Block] = {}
        for node, block in zip(self.step.new_states, self.states("then"), strict=True):
            if node in values:
                places.setdefault(node, block)
        start = sum(self.step.states)
        for node in values:
            if node not in places:
                places[node] = Block("now", start, node.width)
                start += node.width
        return places

    @cached_property
    def inside(self) -> dict[Node, Block]:
        """The kept values that are not states."""
        return {node: block for node, block in self.places.items() if block.pointer == "now"}

    @property
    def kept(self) -> int:
        """Numbers that a step keeps for each sequence."""
        return sum(self.step.states) + sum(node.width for node in self.inside)

    def states(self, pointer: str) -> list[Block]:
        """The blocks of all states, one after another from ``pointer`` on."""
        starts = accumulate(self.step.states, initial=0)
        return [Block(pointer, start, width) for start, width in zip(starts, self.step.states, strict=False)]

    @cached_property
    def gradients(self) -> list[tuple[Gradient, int]]:
        """Each gradient with the copy of the weights that it is left in: those in one copy do not overlap."""
        copies: list[set[int]] = []
        chosen = []
        for gradient in self.adjoint.gradients:
            places = _places(gradient)
            copy = next((number for number, taken in enumerate(copies) if not taken & places), len(copies))
            copies += [set()] if copy == len(copies) else []
            copies[copy] |= places
            chosen.append((gradient, copy))
        return chosen

    @property
    def copies(self) -> int:
        """Copies of the weights in which every program leaves gradients."""
        return 1 + max((copy for _, copy in self.gradients), default=0)

    @cached_property
    def _roots(self) -> tuple[Node, ...]:
        return roots(self.adjoint, self.inputs_wanted)

    @property
    def _widest(self) -> int:
        nodes = ordered((*self.step.new_states, self.step.output, *self._roots))
        return max(self.tiles.spread(node) for node in nodes)

    @property
    def _held(self) -> int:
        return self._numbers(self.tiles.least)

    def _numbers(self, least: int) -> int:
        """Numbers of all matrices of the forward pass, each side padded to ``least`` and to a power of two."""
        units = Tiles(ROWS, least, "", self.double).units
        nodes = ordered((*self.step.new_states, self.step.output))
        return sum(units(node.source.width) * units(node.width) for node in nodes if isinstance(node, Product))


def _places(gradient: Gradient) -> set[int]:
    """The numbers of the weights that it belongs to."""
    inner = range(gradient.source.width if gradient.source is not None else 1)
    outer = range(gradient.cotangent.width)
    return {gradient.start + i * gradient.inner + o * gradient.outer for i in inner for o in outer}
