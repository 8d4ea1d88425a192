"""Cells that nobody here ships: what plug-ins may do, in a dozen lines each."""

import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State


class Halves(Cell):
    """A slice of the state, a division and two states of different width."""

    name, source = "halves", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u = nn.Parameter(torch.empty(hidden + 1, hidden))
        self.v = nn.Parameter(torch.empty(hidden, 1))

    def initial_state(self, batch: int) -> State:
        return torch.zeros(batch, self.hidden), torch.ones(batch, 1)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h, n = state
        first = h[:, : (self.hidden + 1) // 2].mean(1, keepdim=True)
        new = torch.tanh(x @ self.w + torch.cat([h, n], dim=1) @ self.u) / (1 + n * n)
        n = 0.5 * n + torch.sigmoid(new @ self.v) * first
        return new, (new, n)


class Choosing(Cell):
    """A `where`, a maximum, a broadcast scalar weight, an operation on weights alone and a value without a gradient."""

    name, source = "choosing", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.decay = nn.Parameter(torch.empty(hidden))
        self.gain = nn.Parameter(torch.empty(()))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        (h,) = state
        a = x @ self.w
        b = torch.where(a > 0.1, a * self.gain, torch.relu(-a) - 0.3)
        h = torch.exp(-torch.exp(self.decay)) * h + torch.maximum(b, -0.5 * h.abs()) + torch.clamp(h, -0.1, 0.1)
        return torch.sin(h) * torch.cos(b.detach()), (0.7 * h,)


class Memory(Cell):
    """A matrix as state: an outer product is written, a product with it is read."""

    name, source = "memory", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.k = nn.Parameter(torch.empty(inputs, hidden))
        self.v = nn.Parameter(torch.empty(inputs, hidden))

    def initial_state(self, batch: int) -> State:
        return (torch.zeros(batch, self.hidden, self.hidden),)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        (s,) = state
        k, v = torch.nn.functional.softplus(x @ self.k), torch.log1p((x @ self.v) ** 2)
        s = 0.8 * s + v.unsqueeze(2) * k.unsqueeze(1) / (1 + k.sum(1, keepdim=True)).unsqueeze(2)
        return torch.sqrt(1 + torch.bmm(s, k.unsqueeze(2)).squeeze(2) ** 2), (s,)


class Tied(Cell):
    """Matrices and biases that are added two by two, one of each read once more, and a number that is read twice."""

    name, source = "tied", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u, self.v = nn.Parameter(torch.empty(hidden, hidden)), nn.Parameter(torch.empty(hidden, hidden))
        self.a, self.b = nn.Parameter(torch.empty(hidden)), nn.Parameter(torch.empty(hidden))
        self.gain = nn.Parameter(torch.empty(1))

    def initial_state(self, batch: int) -> State:
        return (torch.zeros(batch, self.hidden), torch.zeros(batch, self.hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h, c = state
        c = 0.5 * c + 0.3 * torch.sin(h * self.a)
        h = torch.tanh(x @ self.w + h @ self.u + h @ self.v + c @ self.v + self.a + self.b + self.gain * h * self.gain)
        return h, (h, c)


class Unsupported(Cell):
    """An operation outside the closed set."""

    name, source = "unsupported", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h = torch.cumsum(x @ self.w + 0.5 * state[0], dim=1) * 0.1
        return h, (h,)


ODD: dict[str, type[Cell]] = {kind.name: kind for kind in (Halves, Choosing, Memory, Tied)}
