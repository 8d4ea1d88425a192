"""How the gated and simple cells start: the distributions of their papers."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnbench.errors import RnnbenchError
from rnnbench.parts.initialise import chrono
from tests.cells.test_paper_equations import make

Array = NDArray[np.float64]


def started(text: str, inputs: int = 2, hidden: int = 3, seed: int = 0) -> dict[str, Array]:
    cell = make(text, inputs, hidden)
    cell.reset_parameters(np.random.default_rng(seed))
    return {name: value.detach().numpy() for name, value in cell.named_parameters()}


def uniform_within(values: Array, low: float, high: float) -> None:
    """Each of ten bins holds a tenth, to 4.5 standard deviations, and nothing lies outside."""
    assert low <= values.min() < values.max() <= high
    counts, _ = np.histogram(values, bins=10, range=(low, high))
    assert np.abs(counts / values.size - 0.1).max() < 4.5 * math.sqrt(0.09 / values.size)


def gaussian(values: Array, std: float) -> None:
    assert abs(values.mean()) < 4.5 * std / math.sqrt(values.size)
    assert values.std() == pytest.approx(std, rel=4.5 / math.sqrt(2 * values.size))
    assert 0.6 < np.mean(np.abs(values) < std) < 0.76  # 68 %


def test_chrono_times_are_uniform() -> None:
    times = np.exp(chrono(np.random.default_rng(0), 5000, 200))
    uniform_within(times, 1.0, 199.0)


def test_chrono_of_one_unit_is_the_longest_time_and_draws_nothing() -> None:
    rng = np.random.default_rng(0)
    assert chrono(rng, 1, 200).tolist() == [pytest.approx(5.2933048)]  # log 199
    assert rng.random() == np.random.default_rng(0).random()
    assert started("lstm[forget_bias=chrono,longest=200]", 1, 1)["bias.0"][1] == pytest.approx(5.2933048)
    with pytest.raises(RnnbenchError, match=r"a chrono bias needs the steps to remember.*longest=STEPS"):
        chrono(rng, 1, None)


@pytest.mark.parametrize("longest", [2, 30])
def test_chrono_biases_of_an_lstm_are_opposite(longest: int) -> None:
    text = f"lstm[forget_bias=chrono,input_bias=chrono,longest={longest}]"
    chosen, plain = started(text, hidden=40), started("lstm", hidden=40)
    total = (chosen["bias.0"] + chosen["bias.1"]).reshape(4, 40)
    assert (total[0] == -total[1]).all()
    assert 0.0 <= total[1].min() <= total[1].max() <= math.log(longest - 1)
    assert len(set(total[1])) == (40 if longest > 2 else 1)
    assert (chosen["kernel"] == plain["kernel"]).all()
    assert (chosen["recurrent"] == plain["recurrent"]).all()
    assert (chosen["bias.1"][80:] == plain["bias.1"][80:]).all()


@pytest.mark.parametrize(
    ("text", "gate", "sign", "rest"),
    [
        ("gru[bias_init=zeros,update_bias=chrono,longest=50]", 1, 1, (0, 2)),
        ("mgu[update_bias=chrono,longest=50]", 0, -1, (1,)),
        ("ugrnn[update_bias=chrono,longest=50]", 0, 1, (1,)),
        ("janet[forget_bias=chrono,longest=50]", 0, 1, (1,)),
        ("lstm[bias_init=zeros,input_bias=chrono,longest=50]", 0, -1, (1, 2, 3)),
        ("lstm[bias_init=zeros,coupled=true,forget_bias=chrono,longest=50]", 0, 1, (1, 2)),
    ],
)
def test_chrono_biases_keep_for_their_times(text: str, gate: int, sign: int, rest: tuple[int, ...]) -> None:
    drawn = started(text, hidden=400)
    total = np.sum([value for name, value in drawn.items() if name.startswith("bias")], axis=0).reshape(-1, 400)
    uniform_within(np.exp(sign * total[gate]), 1.0, 49.0)
    assert (total[list(rest)] == 0).all()


@pytest.mark.parametrize(
    ("text", "bias"),
    [("janet", 1.0), ("ugrnn", 1.0), ("mgu", 0.0), ("mgu[update_bias=-2]", -2.0), ("janet[forget_bias=3]", 3.0)],
)
def test_gate_biases_by_default_and_by_number(text: str, bias: float) -> None:
    assert started(text)["bias"].tolist() == [bias] * 3 + [0.0] * 3


def test_weights_of_gated_cells() -> None:
    for text in ("mgu", "ugrnn", "ur_lstm"):
        uniform_within(started(text, hidden=50)["recurrent"], -(50**-0.5), 50**-0.5)
    limit = math.sqrt(6 / (2 + 100))
    uniform_within(started("janet", hidden=50)["kernel"], -limit, limit)


def test_irnn_starts_at_the_identity() -> None:
    drawn = started("irnn[scale=0.01]", inputs=20, hidden=50)
    assert (drawn["recurrent"] == 0.01 * np.eye(50)).all()
    assert (drawn["bias"] == 0).all()
    gaussian(drawn["kernel"], 0.001)
    assert (started("irnn")["recurrent"] == np.eye(3)).all()


def test_gates_of_ur_lstm_start_uniform_and_refined_by_their_mirror() -> None:
    bias = started("ur_lstm", hidden=1000)["bias"].reshape(4, 1000)
    uniform_within(1 / (1 + np.exp(-bias[0])), 0.001, 0.999)
    assert (bias[1] == -bias[0]).all()
    assert (bias[2:] == 0).all()
    assert (started("ur_lstm[uniform_gate=false]")["bias"] == 0).all()
    unrefined = started("ur_lstm[refine=false]", hidden=4)["bias"].reshape(3, 4)
    assert (unrefined[0] != 0).all()
    assert (unrefined[1:] == 0).all()
    one = np.array([started("ur_lstm", 1, 1, seed)["bias"][0] for seed in range(300)])
    uniform_within(1 / (1 + np.exp(-one)), 0.0, 1.0)


def test_bistable_cells_start_as_in_the_authors_code() -> None:
    drawn, limit = started("brc", inputs=30, hidden=50), math.sqrt(6 / 80)
    assert (drawn["recurrent"] == 1).all()
    assert (drawn["bias"] == 0).all()
    for part in np.split(drawn["kernel"], 3, axis=1):
        uniform_within(part, -limit, limit)
    for part in np.split(started("nbrc", hidden=50)["recurrent"], 2, axis=1):
        uniform_within(part, -math.sqrt(6 / 100), math.sqrt(6 / 100))


def test_a_bistable_unit_holds_either_sign_and_one_with_weak_feedback_forgets() -> None:
    """With a = 1 + tanh(1) the map h -> tanh(a h) has fixed points ±0.92632 = ±tanh(1.63176); with a = 0.24 only 0."""
    for bias, fixed in ((1.0, 0.92632), (-1.0, 0.0)):
        for first in (0.1, -0.1):
            cell, h = make("brc", 1, 1), torch.full((1, 1), first, dtype=torch.float64)
            with torch.no_grad():
                for parameter in cell.parameters():
                    parameter.zero_()
                cell.get_parameter("bias")[0] = bias
            for _ in range(100):
                h, _ = cell.step(torch.zeros(1, 1, dtype=torch.float64), (h,))
            assert h.item() == pytest.approx(math.copysign(fixed, first), abs=1e-5)


def test_recurrent_weights_of_indrnn_lie_in_their_range() -> None:
    uniform_within(started("indrnn", hidden=1000)["recurrent"], 0.0, 1.0)
    uniform_within(started("indrnn[recurrent_low=-0.5,recurrent_high=1.1]", hidden=1000)["recurrent"], -0.5, 1.1)
    assert (started("indrnn")["bias"] == 0).all()


def test_antisymmetric_weights() -> None:
    drawn = started("antisymmetric[recurrent_std=2]", inputs=16, hidden=64)
    gaussian(drawn["kernel"], 0.25)
    gaussian(drawn["recurrent"], 0.25)
    assert (drawn["bias"] == 0).all()


@pytest.mark.parametrize("hidden", [1, 2, 5, 20, 60])
def test_a_reservoir_has_its_radius_and_its_share_of_connections(hidden: int) -> None:
    for seed in range(5):
        drawn = started("esn[spectral_radius=0.7,sparsity=0.85,input_scaling=0.5]", 2, hidden, seed)
        assert np.abs(np.linalg.eigvals(drawn["recurrent"])).max() == pytest.approx(0.7, abs=1e-9)
        assert set((drawn["recurrent"] != 0).sum(axis=0)) == {max(1, round(0.15 * hidden))}, (
            "a column is what a unit reads"
        )
        assert max(np.abs(drawn["kernel"]).max(), np.abs(drawn["bias"]).max()) <= 0.5
    uniform_within(started("esn[input_scaling=0.5]", 10, 200)["kernel"], -0.5, 0.5)


def test_nothing_of_a_reservoir_is_trained() -> None:
    cell = make("esn")
    assert cell.fixed == {name for name, _ in cell.named_parameters()} == {"kernel", "recurrent", "bias"}
    assert make("gru").fixed == frozenset()
