"""``like=keras2`` and ``like=keras3`` against a plain reading of Keras's layers, and against values worked by hand.

The reference below keeps Keras's own layout (gates z, r, h of a GRU and i, f, c, o of an LSTM in one matrix, biases of
``reset_after`` as two rows); weights are drawn in that layout and carried over to ours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnbench.cell import Cell
from rnnbench.parameters import resolve
from rnnbench.parts.gates import hard_sigmoid
from rnnbench.registry import CELLS

Array = NDArray[np.float64]
STEPS, BATCH = 7, 4


@dataclass(frozen=True)
class Layer:
    """The weights of a Keras layer: kernel, recurrent kernel, bias, and its gate nonlinearity."""

    kernel: Array
    recurrent: Array
    bias: Array
    gate: Callable[[Array], Array]

    def part(self, position: int) -> tuple[Array, Array, Array]:
        """What belongs to the gate at ``position`` in Keras's order."""
        units = self.recurrent.shape[0]
        here = slice(position * units, (position + 1) * units)
        return self.kernel[:, here], self.recurrent[:, here], self.bias[..., here]


def keras2_gate(x: Array) -> Array:
    return np.minimum(np.maximum(x / 5 + 0.5, 0.0), 1.0)


def keras3_gate(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def simple_rnn(layer: Layer, x: Array, state: Sequence[Array]) -> tuple[Array, ...]:
    return (np.tanh(x @ layer.kernel + layer.bias + state[0] @ layer.recurrent),)


def lstm(layer: Layer, x: Array, state: Sequence[Array]) -> tuple[Array, ...]:
    """Gates in the order i, f, c, o."""
    h, c = state
    i, f, candidate, o = (x @ w + h @ u + b for w, u, b in map(layer.part, range(4)))
    c = layer.gate(f) * c + layer.gate(i) * np.tanh(candidate)
    return layer.gate(o) * np.tanh(c), c


def gru_reset_before(layer: Layer, x: Array, state: Sequence[Array]) -> tuple[Array, ...]:
    """Keras 2: gates in the order z, r, h, one bias."""
    (h,) = state
    (wz, uz, bz), (wr, ur, br), (wh, uh, bh) = map(layer.part, range(3))
    z, r = layer.gate(x @ wz + h @ uz + bz), layer.gate(x @ wr + h @ ur + br)
    candidate = np.tanh(x @ wh + (r * h) @ uh + bh)
    return (z * h + (1 - z) * candidate,)


def gru_reset_after(layer: Layer, x: Array, state: Sequence[Array]) -> tuple[Array, ...]:
    """Keras 3: gates in the order z, r, h, an input bias and a recurrent one."""
    (h,) = state
    (wz, uz, bz), (wr, ur, br), (wh, uh, bh) = map(layer.part, range(3))
    z, r = layer.gate(x @ wz + bz[0] + h @ uz + bz[1]), layer.gate(x @ wr + br[0] + h @ ur + br[1])
    candidate = np.tanh(x @ wh + bh[0] + r * (h @ uh + bh[1]))
    return (z * h + (1 - z) * candidate,)


Step = Callable[[Layer, Array, Sequence[Array]], tuple[Array, ...]]
SIGMOIDS = {"keras2": keras2_gate, "keras3": keras3_gate}
LAYERS: dict[str, tuple[Step, tuple[int, ...], int]] = {
    # the step; which of Keras's gates stands at each of our places; how many biases
    "srnn[like=keras2]": (simple_rnn, (0,), 1),
    "srnn[like=keras3]": (simple_rnn, (0,), 1),
    "lstm[like=keras2]": (lstm, (0, 1, 2, 3), 1),
    "lstm[like=keras3]": (lstm, (0, 1, 2, 3), 1),
    "gru[like=keras2]": (gru_reset_before, (1, 0, 2), 1),
    "gru[like=keras3]": (gru_reset_after, (1, 0, 2), 2),
}


def make(text: str, inputs: int, hidden: int) -> Cell:
    resolved = resolve(CELLS, text)
    cell: Cell = CELLS[resolved.name](inputs, hidden, **resolved.parameters).double()
    return cell


def carry_over(layer: Layer, cell: Cell, places: Sequence[int], biases: int) -> None:
    """Put Keras's weights into ``cell``, gates in our order."""
    parts = [layer.part(place) for place in places]
    bias = np.atleast_2d(np.concatenate([b for _, _, b in parts], axis=-1))
    values = {
        "kernel": np.concatenate([w for w, _, _ in parts], axis=1),
        "recurrent": np.concatenate([u for _, u, _ in parts], axis=1),
        **{f"bias.{row}": bias[row] for row in range(biases)},
    }
    assert bias.shape[0] == biases
    assert {key: tuple(parameter.shape) for key, parameter in cell.named_parameters()} == {
        key: value.shape for key, value in values.items()
    }
    cell.load_state_dict({key: torch.from_numpy(value) for key, value in values.items()})


@pytest.mark.parametrize(("inputs", "hidden"), [(1, 1), (2, 3), (5, 8)])
@pytest.mark.parametrize("text", LAYERS)
def test_equals_a_plain_reading_of_keras(text: str, inputs: int, hidden: int) -> None:
    step, places, biases = LAYERS[text]
    rng, width = np.random.default_rng(2), len(places) * hidden
    layer = Layer(
        rng.normal(size=(inputs, width)),
        rng.normal(size=(hidden, width)),
        rng.normal(size=(2, width) if biases == 2 else width),
        SIGMOIDS[text[-7:-1]],
    )
    cell = make(text, inputs, hidden)
    carry_over(layer, cell, places, biases)
    expected: tuple[Array, ...] = tuple(rng.normal(size=(BATCH, hidden)) for _ in cell.initial_state(BATCH))
    state = tuple(torch.from_numpy(part) for part in expected)
    for x in rng.normal(size=(STEPS, BATCH, inputs)):
        expected = step(layer, x, expected)
        output, state = cell.step(torch.from_numpy(x), state)
        np.testing.assert_allclose(output.detach().numpy(), expected[0], rtol=0, atol=1e-12)
        for mine, theirs in zip(state, expected, strict=True):
            np.testing.assert_allclose(mine.detach().numpy(), theirs, rtol=0, atol=1e-12)


def one_unit(text: str, kernel: Sequence[float], recurrent: Sequence[float], *biases: Sequence[float]) -> Cell:
    """A cell of one unit and one input with weights in our order of gates."""
    cell = make(text, 1, 1)
    values = {"kernel": [kernel], "recurrent": [recurrent], **{f"bias.{row}": bias for row, bias in enumerate(biases)}}
    cell.load_state_dict({key: torch.tensor(value, dtype=torch.float64) for key, value in values.items()})
    return cell


def step_once(cell: Cell, x: float, *state: float) -> list[float]:
    """The new state, whose first part is also the output."""
    output, new = cell.step(
        torch.tensor([[x]], dtype=torch.float64), tuple(torch.tensor([[part]], dtype=torch.float64) for part in state)
    )
    assert torch.equal(output, new[0])
    return [part.item() for part in new]


@pytest.mark.parametrize("like", ["keras2", "keras3"])
def test_srnn_by_hand(like: str) -> None:
    cell = one_unit(f"srnn[like={like}]", [0.5], [-1.0], [0.25])
    # tanh(0.5·1 + 0.25) = tanh 0.75 = (e^1.5 − 1)/(e^1.5 + 1) = 3.481689/5.481689 = 0.635149
    assert step_once(cell, 1.0, 0.0) == pytest.approx([0.635149], abs=1e-6)
    # tanh(0.5·2 − 0.5 + 0.25) = tanh 0.75 again
    assert step_once(cell, 2.0, 0.5) == pytest.approx([0.635149], abs=1e-6)


def test_lstm_of_keras2_by_hand() -> None:
    # x = 1, h = 0.5, c = 2; i, f, z, o as x W + h U + b
    cell = one_unit("lstm[like=keras2]", [1.0, 0.0, 0.5, -1.0], [1.0, 2.0, 0.0, -1.0], [0.0, 1.0, 0.0, 0.25])
    # i = hard(1 + 0.5) = 0.2·1.5 + 0.5 = 0.8; f = hard(1 + 1) = 0.2·2 + 0.5 = 0.9; tanh z = tanh 0.5 = 0.462117
    # o = hard(−1 − 0.5 + 0.25) = hard(−1.25) = 0.25
    # c' = 0.9·2 + 0.8·0.462117 = 1.8 + 0.369694 = 2.169694
    # h' = 0.25·tanh 2.169694 = 0.25·0.974247 = 0.243562
    assert step_once(cell, 1.0, 0.5, 2.0) == pytest.approx([0.243562, 2.169694], abs=1e-6)
    # x = 4, h = 0: i = hard 4 = 1, f = hard 1 = 0.7, tanh z = tanh 2 = 0.964028, o = hard(−3.75) = 0
    # c' = 0.7·2 + 0.964028 = 2.364028; h' = 0
    assert step_once(cell, 4.0, 0.0, 2.0) == pytest.approx([0.0, 2.364028], abs=1e-6)


def test_lstm_of_keras3_by_hand() -> None:
    cell = one_unit("lstm[like=keras3]", [1.0, 0.0, 0.5, -1.0], [1.0, 2.0, 0.0, -1.0], [0.0, 1.0, 0.0, 0.25])
    # σ(1.5) = 1/(1 + 0.223130) = 0.817574; σ(2) = 1/(1 + 0.135335) = 0.880797; σ(−1.25) = 1/(1 + 3.490343) = 0.222700
    # c' = 0.880797·2 + 0.817574·0.462117 = 1.761594 + 0.377815 = 2.139409
    # h' = 0.222700·tanh 2.139409 = 0.222700·0.972661 = 0.216612
    assert step_once(cell, 1.0, 0.5, 2.0) == pytest.approx([0.216612, 2.139409], abs=1e-6)


def test_gru_of_keras2_by_hand() -> None:
    # x = 1, h = 0.5; r, z, n
    cell = one_unit("gru[like=keras2]", [-1.0, 1.0, 0.5], [1.0, 0.5, 2.0], [0.0, 0.25, -0.25])
    # r = hard(−1 + 0.5) = 0.4; z = hard(1 + 0.25 + 0.25) = 0.8
    # n = tanh(0.5 + (0.4·0.5)·2 − 0.25) = tanh 0.65 = 0.571670
    # h' = 0.8·0.5 + 0.2·0.571670 = 0.514334
    assert step_once(cell, 1.0, 0.5) == pytest.approx([0.514334], abs=1e-6)


def test_gru_of_keras3_by_hand() -> None:
    # as above, the recurrent bias 0.5 of the candidate behind the reset gate
    cell = one_unit("gru[like=keras3]", [-1.0, 1.0, 0.5], [1.0, 0.5, 2.0], [0.0, 0.0, -0.25], [0.0, 0.25, 0.5])
    # r = σ(−0.5) = 1/(1 + 1.648721) = 0.377541; z = σ(1.5) = 0.817574
    # n = tanh(0.5 − 0.25 + 0.377541·(0.5·2 + 0.5)) = tanh(0.25 + 0.566311) = tanh 0.816311 = 0.673057
    # h' = 0.817574·0.5 + 0.182426·0.673057 = 0.408787 + 0.122783 = 0.531570
    assert step_once(cell, 1.0, 0.5) == pytest.approx([0.531570], abs=1e-6)


def test_where_the_reset_gate_stands_matters_from_two_units_on() -> None:
    """With one unit and no bias r may stand on either side; with two units it may not."""
    rng = np.random.default_rng(5)
    for hidden, same in ((1, True), (2, False)):
        weights = {
            "kernel": rng.normal(size=(1, 3 * hidden)),
            "recurrent": rng.normal(size=(hidden, 3 * hidden)),
            "bias.0": np.zeros(3 * hidden),
        }
        outputs = []
        for reset_after in ("true", "false"):
            cell = make(f"gru[like=keras2,reset_after={reset_after}]", 1, hidden)
            cell.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()})
            outputs.append(cell.step(torch.ones(1, 1).double(), (torch.full((1, hidden), 0.7).double(),))[0])
        assert torch.allclose(outputs[0], outputs[1], rtol=0, atol=1e-12) is same


@pytest.mark.parametrize(
    ("x", "expected"),
    [(-3.0, 0.0), (-2.5, 0.0), (-1.0, 0.3), (0.0, 0.5), (1.0, 0.7), (2.0, 0.9), (2.5, 1.0), (3.0, 1.0)],
)
def test_hard_sigmoid(x: float, expected: float) -> None:
    assert hard_sigmoid(torch.tensor(x, dtype=torch.float64)).item() == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(("x", "slope"), [(-2.6, 0.0), (-1.0, 0.2), (2.4, 0.2), (2.6, 0.0)])
def test_hard_sigmoid_has_no_gradient_where_it_saturates(x: float, slope: float) -> None:
    at = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(hard_sigmoid(at), at)
    assert gradient.item() == pytest.approx(slope, abs=1e-15)
