"""Gated and simple cells against the equations of their papers, sequence by sequence and column by column."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnbench.cell import Cell, assign
from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import CELLS

Array = NDArray[np.float64]
INPUTS, HIDDEN, STEPS, BATCH = 2, 3, 6, 4


def make(text: str, inputs: int = INPUTS, hidden: int = HIDDEN) -> Cell:
    resolved = resolve(CELLS, text)
    cell: Cell = CELLS[resolved.name](inputs, hidden, **resolved.parameters).double()
    return cell


def sigma(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


class Weights:
    """A cell's weights as columns: part ``k`` of the kernel is ``W(k)``, of the recurrent matrix ``U(k)``."""

    def __init__(self, cell: Cell) -> None:
        self.of = {name: value.detach().numpy() for name, value in cell.named_parameters()}

    def _part(self, name: str, k: int) -> Array:
        return self.of[name][..., k * HIDDEN : (k + 1) * HIDDEN].T

    def W(self, k: int = 0) -> Array:  # noqa: N802
        return self._part("kernel", k)

    def U(self, k: int = 0) -> Array:  # noqa: N802
        return self._part("recurrent", k)

    def b(self, k: int = 0) -> Array:
        return sum(self._part(name, k) for name in self.of if name.startswith("bias"))  # type: ignore[return-value]

    def L(self, k: int, x: Array, h: Array) -> Array:  # noqa: N802
        """The linear function of x and h of part ``k``."""
        return self.W(k) @ x + self.U(k) @ h + self.b(k)


def irnn(w: Weights, x: Array, h: Array) -> tuple[Array, ...]:
    return (np.maximum(0, w.L(0, x, h)),)


def mgu(w: Weights, x: Array, h: Array) -> tuple[Array, ...]:
    f = sigma(w.L(0, x, h))
    return ((1 - f) * h + f * np.tanh(w.L(1, x, f * h)),)


def janet(w: Weights, x: Array, c: Array, beta: float = 1.0) -> tuple[Array, ...]:
    s = w.L(0, x, c)
    return (sigma(s) * c + (1 - sigma(s - beta)) * np.tanh(w.L(1, x, c)),)


def ugrnn(w: Weights, x: Array, h: Array, s: Callable[[Array], Array] = np.tanh) -> tuple[Array, ...]:
    g = sigma(w.L(0, x, h))
    return (g * h + (1 - g) * s(w.L(1, x, h)),)


def ur_lstm(w: Weights, x: Array, h: Array, c: Array) -> tuple[Array, ...]:
    f, r, o = (sigma(w.L(k, x, h)) for k in (0, 1, 3))
    g = r * (1 - (1 - f) ** 2) + (1 - r) * f**2
    c = g * c + (1 - g) * np.tanh(w.L(2, x, h))
    return o * np.tanh(c), c


def u_lstm(w: Weights, x: Array, h: Array, c: Array) -> tuple[Array, ...]:
    f, o = (sigma(w.L(k, x, h)) for k in (0, 2))
    c = f * c + (1 - f) * np.tanh(w.L(1, x, h))
    return o * np.tanh(c), c


def brc(w: Weights, x: Array, h: Array) -> tuple[Array, ...]:
    w_a, w_c = w.of["recurrent"]
    a = 1 + np.tanh(w.W(0) @ x + w_a * h + w.b(0))
    c = sigma(w.W(1) @ x + w_c * h + w.b(1))
    return (c * h + (1 - c) * np.tanh(w.W(2) @ x + a * h),)


def nbrc(w: Weights, x: Array, h: Array) -> tuple[Array, ...]:
    a = 1 + np.tanh(w.L(0, x, h))
    c = sigma(w.L(1, x, h))
    return (c * h + (1 - c) * np.tanh(w.W(2) @ x + a * h),)


def indrnn(w: Weights, x: Array, h: Array) -> tuple[Array, ...]:
    return (np.maximum(0, w.W() @ x + w.of["recurrent"] * h + w.b()),)


def antisymmetric(w: Weights, x: Array, h: Array, epsilon: float = 0.01, gamma: float = 0.01) -> tuple[Array, ...]:
    inside = (w.U() - w.U().T - gamma * np.eye(len(h))) @ h
    return (h + epsilon * np.tanh(inside + w.W(0) @ x + w.b(0)),)


def gated_antisymmetric(w: Weights, x: Array, h: Array) -> tuple[Array, ...]:
    inside = (w.U() - w.U().T - 0.3 * np.eye(len(h))) @ h
    z = sigma(inside + w.W(1) @ x + w.b(1))
    return (h + 0.5 * z * np.tanh(inside + w.W(0) @ x + w.b(0)),)


def esn(w: Weights, x: Array, h: Array, a: float = 1.0) -> tuple[Array, ...]:
    return ((1 - a) * h + a * np.tanh(w.L(0, x, h)),)


def peepholes(w: Weights, x: Array, h: Array, c: Array) -> tuple[Array, ...]:
    p_i, p_f, p_o = (w.of[f"peephole.{name}"] for name in "ifo")
    i, f = sigma(w.L(0, x, h) + p_i * c), sigma(w.L(1, x, h) + p_f * c)
    c = f * c + i * np.tanh(w.L(2, x, h))
    return sigma(w.L(3, x, h) + p_o * c) * np.tanh(c), c


def coupled(w: Weights, x: Array, h: Array, c: Array) -> tuple[Array, ...]:
    f = sigma(w.L(0, x, h))
    c = f * c + (1 - f) * np.tanh(w.L(1, x, h))
    return sigma(w.L(2, x, h)) * np.tanh(c), c


def without_input_gate(w: Weights, x: Array, h: Array, c: Array) -> tuple[Array, ...]:
    c = sigma(w.L(0, x, h)) * c + np.tanh(w.L(1, x, h))
    return sigma(w.L(2, x, h)) * np.tanh(c), c


def without_output_gate(w: Weights, x: Array, h: Array, c: Array) -> tuple[Array, ...]:
    c = sigma(w.L(1, x, h)) * c + sigma(w.L(0, x, h)) * np.tanh(w.L(2, x, h))
    return np.tanh(c), c


def forget_gate_alone(w: Weights, x: Array, h: Array, c: Array) -> tuple[Array, ...]:
    c = sigma(w.L(0, x, h)) * c + np.tanh(w.L(1, x, h))
    return np.tanh(c), c


PAPERS: dict[str, Callable[..., tuple[Array, ...]]] = {
    "irnn": irnn,
    "mgu": mgu,
    "janet": janet,
    "janet[beta=0.4]": partial(janet, beta=0.4),
    "ugrnn": ugrnn,
    "ugrnn[nonlinearity=relu]": partial(ugrnn, s=lambda a: np.maximum(a, 0)),
    "ur_lstm": ur_lstm,
    "ur_lstm[like=u]": u_lstm,
    "brc": brc,
    "nbrc": nbrc,
    "indrnn": indrnn,
    "antisymmetric": antisymmetric,
    "antisymmetric[epsilon=0.5,gamma=0.3]": partial(antisymmetric, epsilon=0.5, gamma=0.3),
    "antisymmetric[gated=true,epsilon=0.5,gamma=0.3]": gated_antisymmetric,
    "esn": esn,
    "esn[leak=0.3]": partial(esn, a=0.3),
    "lstm[peephole=true]": peepholes,
    "lstm[coupled=true,biases=1]": coupled,
    "lstm[input_gate=false,biases=1]": without_input_gate,
    "lstm[output_gate=false]": without_output_gate,
    "lstm[input_gate=false,output_gate=false]": forget_gate_alone,
}


@pytest.mark.parametrize("text", PAPERS)
def test_equals_the_paper(text: str) -> None:
    rng, cell = np.random.default_rng(0), make(text)
    for parameter in cell.parameters():
        assign(parameter, rng.normal(size=tuple(parameter.shape)))
    weights, inputs = Weights(cell), rng.normal(size=(STEPS, BATCH, INPUTS))
    first = [rng.normal(size=(BATCH, HIDDEN)) for _ in cell.initial_state(BATCH)]
    state = tuple(map(torch.from_numpy, first))
    columns = [tuple(part[row] for part in first) for row in range(BATCH)]
    for now in inputs:
        output, state = cell.step(torch.from_numpy(now), state)
        columns = [PAPERS[text](weights, x, *column) for x, column in zip(now, columns, strict=True)]
        for part, expected in zip(state, zip(*columns, strict=True), strict=True):
            np.testing.assert_allclose(part.detach().numpy(), np.stack(expected), rtol=0, atol=1e-12)
        assert torch.equal(output, state[0])


BY_HAND: list[tuple[str, float, list[float], list[float]]] = [
    # text, fill of all weights, state, new state; one unit, x = 1
    ("irnn", 1.0, [2.0], [4.0]),  # 1 + 2 + 1
    ("irnn", -1.0, [2.0], [0.0]),
    ("indrnn[nonlinearity=tanh]", 0.0, [2.0], [0.0]),
    ("indrnn", 0.5, [2.0], [2.0]),  # (1 + 2 + 1) / 2
    ("mgu", 0.0, [0.8], [0.4]),  # f = 1/2, candidate 0
    ("janet", 0.0, [0.8], [0.4]),
    ("janet[beta=1]", 1.0, [0.0], [(1 - 1 / (1 + math.exp(-1))) * math.tanh(2)]),  # s = 2, s - β = 1, j = 2
    ("ugrnn[nonlinearity=relu]", 1.0, [0.0], [(1 - 1 / (1 + math.exp(-2))) * 2]),
    ("ur_lstm", 0.0, [0.0, 0.8], [math.tanh(0.4) / 2, 0.4]),  # g = (3/4 + 1/4) / 2
    ("brc", 0.0, [0.8], [0.4 + math.tanh(0.8) / 2]),  # a = 1, c = 1/2
    ("nbrc", 0.0, [0.8], [0.4 + math.tanh(0.8) / 2]),
    ("antisymmetric[epsilon=1,gamma=0.5]", 0.0, [0.8], [0.8 - math.tanh(0.4)]),
    # γ h = V x + b, whatever W: both arguments are 14 - 14
    ("antisymmetric[epsilon=1,gamma=0.5,gated=true]", 7.0, [28.0], [28.0]),
    ("antisymmetric[epsilon=1,gamma=0.5,gated=true]", 7.0, [26.0], [26.0 + math.tanh(1) / (1 + math.exp(-1))]),
    ("esn[leak=0.25]", 0.0, [0.8], [0.6]),
    ("lstm[coupled=true]", 0.0, [0.0, 0.8], [math.tanh(0.4) / 2, 0.4]),
    ("lstm[peephole=true]", 0.0, [0.0, 0.8], [math.tanh(0.4) / 2, 0.4]),
    ("lstm[input_gate=false,output_gate=false]", 0.0, [0.0, 0.8], [math.tanh(0.4), 0.4]),
]


@pytest.mark.parametrize(("text", "fill", "state", "expected"), BY_HAND)
def test_one_unit_by_hand(text: str, fill: float, state: list[float], expected: list[float]) -> None:
    cell = make(text, 1, 1)
    for parameter in cell.parameters():
        assign(parameter, fill)
    one = torch.ones(1, 1, dtype=torch.float64)
    _, new = cell.step(one, tuple(part * one for part in state))
    assert [part.item() for part in new] == pytest.approx(expected, abs=1e-12)


COUNTS: dict[str, tuple[Any, int]] = {
    # numbers by m inputs and n units, and floats of state a unit
    "irnn": (lambda m, n: n * (m + n + 1), 1),
    "mgu": (lambda m, n: 2 * n * (m + n + 1), 1),
    "janet": (lambda m, n: 2 * n * (m + n + 1), 1),
    "ugrnn": (lambda m, n: 2 * n * (m + n + 1), 1),
    "ur_lstm": (lambda m, n: 4 * n * (m + n + 1), 2),
    "ur_lstm[like=u]": (lambda m, n: 3 * n * (m + n + 1), 2),
    "brc": (lambda m, n: 3 * n * m + 4 * n, 1),
    "nbrc": (lambda m, n: 3 * n * m + 2 * n * n + 2 * n, 1),
    "indrnn": (lambda m, n: n * (m + 2), 1),
    "antisymmetric": (lambda m, n: n * (m + n + 1), 1),
    "antisymmetric[gated=true]": (lambda m, n: n * (2 * m + n + 2), 1),
    "esn": (lambda m, n: 0, 1),
    "lstm[peephole=true]": (lambda m, n: 4 * n * (m + n + 2) + 3 * n, 2),
    "lstm[coupled=true,biases=1]": (lambda m, n: 3 * n * (m + n + 1), 2),
    "lstm[coupled=true,peephole=true,biases=1]": (lambda m, n: 3 * n * (m + n + 1) + 2 * n, 2),
    "lstm[input_gate=false,output_gate=false,biases=1]": (lambda m, n: 2 * n * (m + n + 1), 2),
}


@pytest.mark.parametrize("text", COUNTS)
def test_what_is_trained_and_carried_is_counted(text: str) -> None:
    for inputs, hidden in ((1, 1), (2, 5)):
        cell, (count, state) = make(text, inputs, hidden), COUNTS[text]
        assert sum(p.numel() for n, p in cell.named_parameters() if n not in cell.fixed) == count(inputs, hidden)
        assert cell.state_size == state * hidden


def test_peepholes_at_zero_are_an_lstm_without() -> None:
    rng, plain, peeping = np.random.default_rng(1), make("lstm"), make("lstm[peephole=true]")
    for parameter in plain.parameters():
        assign(parameter, rng.normal(size=tuple(parameter.shape)))
    noughts = {f"peephole.{name}": torch.zeros(HIDDEN) for name in "ifo"}
    peeping.load_state_dict({**plain.state_dict(), **noughts})
    x = torch.from_numpy(rng.normal(size=(BATCH, INPUTS)))
    state = tuple(torch.from_numpy(rng.normal(size=(BATCH, HIDDEN))) for _ in range(2))
    torch.testing.assert_close(peeping.step(x, state), plain.step(x, state), rtol=0, atol=1e-15)


@pytest.mark.parametrize("without", ["coupled=true", "input_gate=false"])
def test_where_there_is_no_input_gate_it_has_no_bias(without: str) -> None:
    with pytest.raises(RnnbenchError, match=r"without an input gate there is no input bias, got -1.0: leave it out."):
        make(f"lstm[{without},input_bias=-1]")


def test_coupled_gates_leave_no_input_gate_out() -> None:
    with pytest.raises(RnnbenchError, match="choose coupled or input_gate=false"):
        make("lstm[coupled=true,input_gate=false]")
