"""Small random cells of supported operations, as programs that can be read.

A program grows line by line. Each line is tried on a sample: lines that PyTorch refuses or that mix sequences are left
out, and what grows large goes through tanh. States are updated by contractions, so values stay bounded over time.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State

Shape = tuple[int, ...]
BATCH = 97
"""Sequences of the sample; no other size, so a line that mixes them is seen."""
LARGEST, WIDEST = 3.0, 24
"""Values of the sample, and numbers of one value."""

POINTWISE = (
    *("torch.tanh({a})", "torch.sigmoid({a})", "torch.exp(0.3 * {a})", "torch.log(1.5 + {a} * {a})", "-{a}"),
    *("torch.log1p({a}.abs())", "torch.sqrt(1 + {a} * {a})", "torch.rsqrt(1 + {a} ** 2)", "torch.sin({a})"),
    *("torch.cos({a})", "torch.relu({a})", "F.silu({a})", "F.softplus({a})", "F.softplus({a}, 3.0, 2.0)"),
    *("torch.reciprocal(2 + torch.sin({a}))", "F.hardtanh({a})", "F.relu6({a})", "{a} ** 3"),
    *("torch.clamp({a}, -0.3, 0.4)", "torch.clamp_min({a}, 0.1)", "torch.clamp_max({a}, 0.2)", "1 - 0.5 * {a}"),
    *("torch.zeros_like({a}) + 0.5 * {a}", "torch.ones_like({a}) - {a}", "torch.clamp({a}, {b})"),
    *("{a} + {b}", "{a} - {b}", "{a} * {b}", "{a} / (1.5 + torch.cos({b}))", "torch.rsub({a}, {b})"),
    *("torch.maximum({a}, {b})", "torch.minimum({a}, {b})", "torch.where({a} > {b}, {a}, -{b})"),
    *("torch.square({a})", "{a} * {b}.detach()", "torch.add({a}, {b}, alpha=0.5)", "torch.rsub({a}, {b}, alpha=2)"),
    *("torch.where({a} < 0.1, {a}, 0.3)", "({a} <= {b}) * {b}", "torch.where({a} == {b}, {b}, 0.5 * {a})"),
    *("torch.where({a} >= {b}, {b} * {a}, {a})", "torch.clamp({a}, 0.3 * {a} - 0.1, 0.2 + 0.4 * {a} ** 2)"),
)
"""Of any value ``a`` and of ``b``, another value or a weight. Not F.hardsigmoid: PyTorch's gradient is a float32's."""
MOVING = (
    *("{a}[:, {i}:{j}]", "{a}[:, ::{j}]", "{a}[:, {i}].reshape({a}.shape[0], -1)", "{a}.chunk({j}, 1)[-1]"),
    *("{a}.split({j}, 1)[0]", "{a}.split([1, {a}.shape[1] - 1], 1)[{i}]", "{a}.unbind(1)[{i}].unsqueeze(-1)"),
    *("{a}.unsqueeze(1)", "{a}.unsqueeze(2)", "{a}.squeeze(-1)", "{a}.flatten(1)"),
    *("{a}.transpose(1, 2)", "{a}.permute(0, 2, 1)", "{a}.sum({i}, keepdim=True)", "{a}.mean({i})"),
    *("{a}.sum((1, 2), keepdim=True)", "{a}.reshape({a}.shape[0], -1, {j})"),
    *("{a}.unsqueeze(1).expand(-1, {j}, -1)", "{a}.mean(-1, keepdim=True)", "torch.cat([{a}, {b}], {i})"),
    *("torch.cat([{a}, {b}, {a}], -1)", "torch.bmm({a}, {b})", "torch.bmm({a}.unsqueeze(2), {b}.unsqueeze(1))"),
    *("torch.bmm({a}, {b}.unsqueeze(2)).squeeze(2)", "torch.einsum('bi,bi->b', {a}, {b}).unsqueeze(1)", "{a}[..., :1]"),
)
"""Of values ``a`` and ``b`` and small numbers ``i`` and ``j``."""


@dataclass
class Program:
    """A cell in the making; its text once it is finished."""

    rng: random.Random
    inputs: int
    states: list[Shape]
    weights: list[Shape] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    values: dict[str, Tensor] = field(default_factory=dict)
    returned: str = ""

    def __str__(self) -> str:
        head = [f"# inputs {self.inputs}, states {self.states}"]
        head += [f"# self.w{number}: {shape}" for number, shape in enumerate(self.weights)]
        names = "".join(f"s{number}, " for number in range(len(self.states)))
        body = [f"{names.rstrip()} = state", *self.lines, f"return {self.returned}"]
        return "\n".join([*head, "def step(self, x, state):", *(f"    {line}" for line in body)])

    def weight(self, *shape: int) -> str:
        """The name of a new weight."""
        self.weights.append(shape)
        name = f"w{len(self.weights) - 1}"
        setattr(self, name, (torch.rand(shape, dtype=torch.float64) * 2 - 1).requires_grad_())
        return f"self.{name}"

    def line(self, expression: str) -> bool:
        """Add ``expression`` as a line, if it can be computed sequence by sequence."""
        known = len(self.weights)
        try:
            value: Tensor = eval(expression, NAMES | {"self": self}, self.values)
        except (RuntimeError, IndexError):
            return False
        shape = value.shape
        if len(shape) not in (2, 3) or shape[0] != BATCH or not 0 < shape[1:].numel() <= WIDEST:
            return False
        assert known == len(self.weights), "weights are drawn before"
        if float(value.detach().abs().max()) > LARGEST:
            expression, value = f"torch.tanh({expression})", torch.tanh(value)
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name} = {expression}")
        self.values[name] = value
        return True

    def reads(self, name: str) -> bool:
        """Whether a line uses the value ``name``."""
        return any(re.search(rf"\b{name}\b", line.partition(" = ")[2]) for line in self.lines)

    def operand(self, like: str) -> str:
        """Another value, or a weight that can be broadcast against ``like``."""
        if self.rng.random() < 0.7:
            return self.pick()
        width = self.values[like].shape[-1]
        return self.weight(*self.rng.choice([(width,), (), (1,), (1, width), tuple(self.values[like].shape[1:])]))

    def pick(self) -> str:
        """A value, of late more often."""
        names = [*self.values]
        return self.rng.choice(names[-3:] if self.rng.random() < 0.6 else names)

    def product(self, source: str, width: int) -> str:
        """``source`` times a new weight: ``batch width``."""
        if self.values[source].dim() == 3:
            source = f"{source}.flatten(1)"
        rows = eval(source, {}, self.values).shape[1]
        if self.rng.random() < 0.5:
            return f"{source} @ {self.weight(rows, width)}"
        return f"F.linear({source}, {self.weight(width, rows)}, {self.weight(width)})"

    def grow(self) -> None:
        """One more line of any kind."""
        kind = self.rng.randrange(5)
        for _ in range(50):
            a = self.pick()
            if kind == 0:
                expression = self.product(a, self.rng.randint(1, 6))
            elif kind == 1 and self.values[a].dim() == 2:
                b = self.rng.choice([name for name, value in self.values.items() if value.dim() == 2])
                rows = self.values[a].shape[1] + self.values[b].shape[1]
                expression = f"torch.cat([{a}, {b}], 1) @ {self.weight(rows, self.rng.randint(1, 6))}"
            elif kind < 4:
                expression = self.rng.choice(POINTWISE).format(a=a, b=self.operand(a))
            else:
                b, i = self.pick(), self.rng.randint(0, 2)
                expression = self.rng.choice(MOVING).format(a=a, b=b, i=i, j=i + self.rng.randint(1, 2))
            if self.line(expression):
                return


NAMES: dict[str, Any] = {"torch": torch, "F": nn.functional}


class RandomCell(Cell):
    """A cell that runs a program."""

    name, source = "random", "a test"

    def __init__(self, program: Program) -> None:
        super().__init__(program.inputs, program.states[0][0])
        self._shapes = program.states
        for number, shape in enumerate(program.weights):
            self.register_parameter(f"w{number}", nn.Parameter(torch.empty(shape, dtype=torch.float64)))
        made: dict[str, Callable[..., tuple[Tensor, State]]] = {}
        exec(compile(str(program), "random_cell.py", "exec"), dict(NAMES), made)
        self._step = made["step"]

    def initial_state(self, batch: int) -> State:
        return tuple(torch.full((batch, *shape), 0.1 * place) for place, shape in enumerate(self._shapes))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        return self._step(self, x, state)


def draw(rng: random.Random) -> Program:
    """A random program."""
    torch.manual_seed(0)
    states: list[Shape] = [(rng.randint(1, 6),)]
    for _ in range(rng.randint(0, 2)):
        states.append((rng.randint(1, 4),) if rng.random() < 0.7 else (rng.randint(1, 3), rng.randint(1, 3)))
    program = Program(rng, rng.randint(1, 3), states)
    program.values["x"] = torch.randn(BATCH, program.inputs, dtype=torch.float64, requires_grad=True)
    for number, shape in enumerate(states):
        program.values[f"s{number}"] = (torch.rand((BATCH, *shape), dtype=torch.float64) * 2 - 1).requires_grad_(
            not number
        )
    for _ in range(rng.randint(2, 10)):
        program.grow()
    _finish(program)
    return program


def _finish(program: Program) -> None:
    """Contractions for new states; the output is the first, which learns, or others that do, or all that is unused."""
    rng, news = program.rng, []
    for number, shape in enumerate(program.states):
        same = [name for name, value in program.values.items() if value.shape[1:] == shape]
        if number and rng.random() < 0.5:
            source = f"torch.tanh({rng.choice(same)})"
        else:
            source = f"torch.tanh({program.product(program.pick(), torch.Size(shape).numel())})"
            source += f".reshape(x.shape[0], {shape[0]}, {shape[1]})" if len(shape) == 2 else ""
        kept = rng.choice([f"s{number}", *(name for name in same if name[0] == "s")])
        program.lines.append(f"n{number} = 0.5 * {kept} + 0.4 * {source}")
        news.append(rng.choice([f"n{number}"] * 4 + [kept] * (number > 0)))
    flat = [name for name, value in program.values.items() if value.dim() == 2 and value.requires_grad]
    unused = [f"{name}.flatten(1)" for name in program.values if not program.reads(name)]
    everything = f"torch.cat([{', '.join(['n0', *unused])}], 1)"
    output = rng.choice(["n0", everything, everything, rng.choice(flat)])
    program.returned = f"{output}, ({', '.join(news)},)"
