"""sLSTM, mLSTM, gated linear attention and delta networks: without stabiliser, head by head, and in parallel form."""

import numpy as np
import pytest
import torch

from rnnbench.errors import RnnbenchError
from tests.cells.over_time import Array, make, noise, outputs, shaken, sigmoid, weights

TIME, BATCH, HIDDEN = 7, 3, 6


def silu(x: Array) -> Array:
    return np.asarray(x * sigmoid(x))


def softplus(x: Array) -> Array:
    return np.asarray(np.log1p(np.exp(x)))


def rms(x: Array) -> Array:
    return np.asarray(x / np.sqrt(np.mean(x**2) + 1e-5))


def parts(own: dict[str, Array], x: Array, *widths: int) -> list[Array]:
    """x W + b, cut into pieces of ``widths``."""
    return np.split(x @ own["kernel"] + own["bias"], np.cumsum(widths)[:-1], axis=-1)


@pytest.mark.parametrize("forget", ["sigmoid", "exponential"])
@pytest.mark.parametrize("heads", [1, 2])
def test_slstm_equals_its_equations_without_stabiliser(heads: int, forget: str) -> None:
    cell, x = shaken(f"slstm[heads={heads},forget={forget}]", 2, HIDDEN), noise(TIME, BATCH, 2)
    own, width = weights(cell), HIDDEN // heads
    r = np.zeros((HIDDEN, 4, HIDDEN))
    for head in range(heads):
        here = slice(head * width, (head + 1) * width)
        r[here, :, here] = own["recurrent"][head].reshape(width, 4, width)
    h = c = n = np.zeros((BATCH, HIDDEN))
    for now, output in zip(x, outputs(cell, x), strict=True):
        i, f, z, o = np.split(now @ own["kernel"] + own["bias"] + h @ r.reshape(HIDDEN, -1), 4, axis=1)
        i, f = np.exp(i), np.exp(f) if forget == "exponential" else sigmoid(f)
        c, n = f * c + i * np.tanh(z), f * n + i
        h = sigmoid(o) * c / n
        np.testing.assert_allclose(output, h, rtol=0, atol=1e-11)


@pytest.mark.parametrize("forget", ["sigmoid", "exponential"])
@pytest.mark.parametrize("heads", [1, 2])
def test_mlstm_equals_its_equations_without_stabiliser(heads: int, forget: str) -> None:
    cell, x = shaken(f"mlstm[heads={heads},key=3,forget={forget}]", 2, HIDDEN, 1.0), noise(TIME, BATCH, 2)
    own, width = weights(cell), HIDDEN // heads
    made = outputs(cell, x)
    q, k, v, o, i, f = parts(own, x, 3 * heads, 3 * heads, HIDDEN, HIDDEN, heads, heads)
    i, f = np.exp(i), np.exp(f) if forget == "exponential" else sigmoid(f)
    for row in range(BATCH):
        for head in range(heads):
            keys, here = slice(3 * head, 3 * head + 3), slice(head * width, (head + 1) * width)
            c, n = np.zeros((width, 3)), np.zeros(3)
            for t in range(TIME):
                key = k[t, row, keys] / np.sqrt(3)
                c = f[t, row, head] * c + i[t, row, head] * np.outer(v[t, row, here], key)
                n = f[t, row, head] * n + i[t, row, head] * key
                query = q[t, row, keys]
                h = sigmoid(o[t, row, here]) * (c @ query) / max(abs(n @ query), 1.0)
                np.testing.assert_allclose(made[t, row, here], h, rtol=0, atol=1e-11)


def test_exponential_gates_do_not_overflow() -> None:
    """Input gates of e^200 and e^-200: what was weighted more stays, and every number is finite."""
    for text in ("slstm", "mlstm"):
        cell = make(text, 1, 2).float()
        columns = slice(0, 2) if text == "slstm" else slice(-2, -1)
        with torch.no_grad():
            cell.get_parameter("kernel")[:, columns] = 200.0
        state, kept = cell.initial_state(1), []
        for x in (1.0, -1.0, -1.0):
            output, state = cell.step(torch.full((1, 1), x), state)
            kept.append(state[1 if text == "slstm" else 0].clone())
            assert all(bool(part.isfinite().all()) for part in (output, *state))
        torch.testing.assert_close(kept[2], kept[0], rtol=0.2, atol=0)
        assert bool((kept[2] != 0).all())


def test_mlstm_by_hand() -> None:
    """One unit, k = q = 1, v = 3, o large, f = 1/2, i = 1: C is 3, 4.5, 5.25, n is 1, 1.5, 1.75, h their ratio."""
    cell = make("mlstm[key=1]", 1, 1)
    with torch.no_grad():
        cell.get_parameter("kernel").zero_()
        cell.get_parameter("bias").copy_(torch.tensor([1.0, 1.0, 3.0, 40.0, 0.0, 0.0]))
    x = np.zeros((3, 1, 1))
    np.testing.assert_allclose(outputs(cell, x).ravel(), [3, 3, 3], rtol=0, atol=1e-12)
    with torch.no_grad():
        cell.get_parameter("bias")[0] = 0.1  # |n q| below one: h is C q
    np.testing.assert_allclose(outputs(cell, x).ravel(), [0.3, 0.45, 0.525], rtol=0, atol=1e-12)


@pytest.mark.parametrize("text", ["gla[key=3]", "gla[like=paper,heads=2,key=3,tau=4]", "gla[like=paper,key=3]"])
def test_gla_equals_gated_attention_in_parallel(text: str) -> None:
    """o_t = sum over s of ((q_t ⊙ product of α after s) · k_s) v_s: no state."""
    cell, x = shaken(text, 2, HIDDEN, 1.0), noise(TIME, BATCH, 2)
    heads, tau = 2 if "heads=2" in text else 1, 4.0 if "tau=4" in text else 16.0
    own, made, width = weights(cell), outputs(cell, x), HIDDEN // heads
    q, k, alpha, v, r = parts(own, x, *[3 * heads] * 3, HIDDEN, HIDDEN)
    alpha = sigmoid(alpha) ** (1 / tau)
    for head in range(heads):
        keys, here = slice(3 * head, 3 * head + 3), slice(head * width, (head + 1) * width)
        for row in range(BATCH):
            for t in range(TIME):
                o = np.zeros(width)
                for s in range(t + 1):
                    gates = np.prod(alpha[s + 1 : t + 1, row, keys], axis=0)
                    o += (q[t, row, keys] * gates) @ k[s, row, keys] / np.sqrt(3) * v[s, row, here]
                y = silu(r[t, row, here]) * (rms(o) if "paper" in text else o)
                np.testing.assert_allclose(made[t, row, here], y, rtol=0, atol=1e-11)


def feature(text: str, x: Array) -> Array:
    """φ of a head's query or key."""
    if "dpfp" not in text:
        return np.asarray(silu(x) / np.sqrt(np.sum(silu(x) ** 2) + 1e-6))
    r = np.maximum([*x, *-x], 0)
    products = np.array([r[place] * r[(place + 1) % len(r)] for place in range(len(r))])
    return np.asarray(products / (products.sum() + 1e-6))


DELTAS = ["deltanet[key=3]", "deltanet[heads=2,gated=true,norm=none]", "deltanet[features=dpfp,key=6,norm=none]"]


@pytest.mark.parametrize("text", DELTAS)
def test_deltanet_equals_its_product_of_matrices(text: str) -> None:
    """S_t = S_(t−1) α (I − β k kᵀ) + β v kᵀ, the transpose of what the cell keeps."""
    cell, x = shaken(text, 2, HIDDEN, 1.0), noise(TIME, BATCH, 2)
    heads, key, gated = (2, 4, 1) if "heads" in text else (1, 6 if "dpfp" in text else 3, 0)
    own, made, width = weights(cell), outputs(cell, x), HIDDEN // heads
    each = key // 2 if "dpfp" in text else key
    q, k, v, beta, alpha = parts(own, x, heads * each, heads * each, HIDDEN, heads, heads * gated)
    v = v if "dpfp" in text else silu(v)
    for head in range(heads):
        keys, here = slice(each * head, each * (head + 1)), slice(head * width, (head + 1) * width)
        for row in range(BATCH):
            s = np.zeros((width, key))
            for t in range(TIME):
                phi, b = feature(text, k[t, row, keys]), sigmoid(beta[t, row, head])
                decay = np.exp(-np.exp(own["a_log"][head]) * softplus(alpha[t, row, head])) if gated else 1.0
                s = decay * s @ (np.eye(key) - b * np.outer(phi, phi)) + b * np.outer(v[t, row, here], phi)
                y = s @ feature(text, q[t, row, keys])
                np.testing.assert_allclose(made[t, row, here], y if "none" in text else rms(y), rtol=0, atol=1e-11)


def test_deltanet_replaces_what_was_under_a_key() -> None:
    """β near one: what is written last under a key is read, not the sum of all."""
    cell = make("deltanet[key=2,norm=none]", 1, 1)
    with torch.no_grad():
        cell.get_parameter("kernel").copy_(torch.tensor([[0.0, 0, 0, 0, 1, 0]]))
        cell.get_parameter("bias").copy_(torch.tensor([2.0, 1, 2, 1, 0, 40]))
    x = np.array([5.0, 1.0, 3.0]).reshape(3, 1, 1)
    np.testing.assert_allclose(outputs(cell, x).ravel(), silu(x).ravel(), rtol=0, atol=1e-5)


def test_start() -> None:
    drawn = [weights(make("mlstm[heads=2]", 4, 6, seed)) for seed in range(200)]
    kernels, biases = np.array([own["kernel"] for own in drawn]), np.array([own["bias"] for own in drawn])
    assert (kernels[..., -4:] == 0).all()
    assert 0.48 < np.abs(kernels).max() <= 0.5
    assert (biases[:, -2:] == [3.0, 6.0]).all()
    assert np.std(biases[:, -4:-2]) == pytest.approx(0.1, rel=0.15)
    slstm = weights(make("slstm", 2, 4))
    assert slstm["bias"][4:8].tolist() == [3.0, 4.0, 5.0, 6.0]
    assert np.abs(slstm["kernel"]).max() <= 0.5
    gated = [weights(make("deltanet[gated=true]", 2, 6, seed)) for seed in range(300)]
    paces = np.exp([own["a_log"][0] for own in gated])
    assert 0 < paces.min() < 0.5 < 15.5 < paces.max() < 16
    steps = softplus(np.array([own["bias"][-1] for own in gated]))
    assert 0.001 <= steps.min() < 0.0012 < 0.08 < steps.max() <= 0.1
    assert 0.68 < max(np.abs(weights(make("gla", 2, 6, seed))["kernel"]).max() for seed in range(20)) <= 0.5**0.5


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("slstm[heads=2]", 4 * 6),
        ("mlstm[heads=2,key=5]", 5 * 6 + 2 * 5 + 2),
        ("gla[heads=3,key=5]", 5 * 6),
        ("deltanet[heads=2,key=5]", 5 * 6),
        ("deltanet[features=dpfp,key=8]", 8 * 6),
    ],
)
def test_states_are_counted(text: str, size: int) -> None:
    assert make(text, 2, 6).state_size == size


@pytest.mark.parametrize("name", ["slstm", "mlstm", "gla", "deltanet"])
def test_heads_must_share_the_units(name: str) -> None:
    with pytest.raises(RnnbenchError, match=f"^{name}: heads must divide hidden=6, got 4; choose another number of"):
        make(f"{name}[heads=4]", 1, 6)


def test_dpfp_needs_an_even_key() -> None:
    with pytest.raises(
        RnnbenchError, match=r"^deltanet: features=dpfp needs an even key of at least 4, got 3; choose key=4\.$"
    ):
        make("deltanet[features=dpfp,key=3]", 1, 6)
