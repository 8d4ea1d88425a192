"""Every rule against torch.optim, member by member, and Keras's forms against their formulas."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnbench.optimiser import Optimiser
from rnnbench.parameters import resolve
from rnnbench.registry import OPTIMISERS

UPDATES, SIZE = 50, 6
Members = Mapping[str, tuple[float, ...]]
Array = NDArray[np.float64]

RATES = (1e-3, 0.1, 1e-2, 0.3)
ADAM: Members = {
    "learning_rate": RATES,
    "beta1": (0.9, 0.5, 0.0, 0.99),
    "beta2": (0.999, 0.99, 0.9, 0.5),
    "epsilon": (1e-8, 1e-3, 1e-6, 1e-10),
}
ADAMW: Members = {**ADAM, "weight_decay": (0.01, 0.0, 0.5, 0.1)}
RMSPROP: Members = {"learning_rate": RATES, "decay": (0.99, 0.9, 0.0, 0.5), "epsilon": (1e-8, 1e-3, 1e-6, 1e-10)}
MOMENTUM: Members = {"learning_rate": RATES, "momentum": (0.9, 0.5, 0.0, 0.99)}


def make(text: str) -> Optimiser:
    resolved = resolve(OPTIMISERS, text)
    rule: Optimiser = OPTIMISERS[resolved.name](**resolved.parameters)
    return rule


def start() -> Tensor:
    return torch.from_numpy(np.random.default_rng(0).normal(size=(len(RATES), SIZE)))


def gradients() -> Tensor:
    """``update member parameter``, from ordinary to so small that epsilon rules."""
    rng = np.random.default_rng(1)
    return torch.from_numpy(rng.normal(size=(UPDATES, len(RATES), SIZE)) * 10.0 ** -np.arange(0.0, 2 * SIZE, 2))


def run(text: str, members: Members) -> list[Tensor]:
    """The parameters of all members, as one population, after each update."""
    rule, p, path = make(text), start(), []
    h = {name: torch.tensor(values, dtype=torch.float64).unsqueeze(1) for name, values in members.items()}
    slots = {name: torch.zeros_like(p) for name in rule.slots}
    for t, g in enumerate(gradients(), start=1):
        p = rule.update(p, g, slots, t, h)
        path.append(p)
        assert set(slots) == set(rule.slots)
    return path


def adam(p: Tensor, h: Mapping[str, float]) -> torch.optim.Optimizer:
    return torch.optim.Adam([p], h["learning_rate"], (h["beta1"], h["beta2"]), h["epsilon"])


def adamw(p: Tensor, h: Mapping[str, float]) -> torch.optim.Optimizer:
    betas = (h["beta1"], h["beta2"])
    return torch.optim.AdamW([p], h["learning_rate"], betas, h["epsilon"], weight_decay=h["weight_decay"])


def rmsprop(p: Tensor, h: Mapping[str, float]) -> torch.optim.Optimizer:
    return torch.optim.RMSprop([p], h["learning_rate"], alpha=h["decay"], eps=h["epsilon"])


def sgd(p: Tensor, h: Mapping[str, float]) -> torch.optim.Optimizer:
    return torch.optim.SGD([p], h["learning_rate"])


def momentum(p: Tensor, h: Mapping[str, float]) -> torch.optim.Optimizer:
    return torch.optim.SGD([p], h["learning_rate"], momentum=h["momentum"])


def nesterov(p: Tensor, h: Mapping[str, float]) -> torch.optim.Optimizer:
    return torch.optim.SGD([p], h["learning_rate"], momentum=h["momentum"], nesterov=h["momentum"] > 0)


Make = Callable[[Tensor, Mapping[str, float]], torch.optim.Optimizer]
TWINS: dict[str, tuple[Members, Make]] = {
    "adam": (ADAM, adam),
    "adam[like=torch]": (ADAM, adam),
    "adamw": (ADAMW, adamw),
    "adamw[like=torch]": (ADAMW, adamw),
    "rmsprop": (RMSPROP, rmsprop),
    "rmsprop[like=torch]": (RMSPROP, rmsprop),
    "sgd": ({"learning_rate": RATES}, sgd),
    "momentum": (MOMENTUM, momentum),
    "momentum[nesterov=true]": (MOMENTUM, nesterov),
}


def test_every_optimiser_has_a_twin() -> None:
    assert {text.partition("[")[0] for text in TWINS} == set(OPTIMISERS)


@pytest.mark.parametrize("text", TWINS)
def test_equals_torch_member_by_member(text: str) -> None:
    members, make_twin = TWINS[text]
    path = run(text, members)
    for member in range(len(RATES)):
        p = start()[member].clone().requires_grad_()
        twin = make_twin(p, {name: values[member] for name, values in members.items()})
        for t, g in enumerate(gradients()):
            p.grad = g[member].clone()
            twin.step()
            torch.testing.assert_close(path[t][member], p.detach(), rtol=0, atol=1e-12, msg=f"{member=} {t=}")


@pytest.mark.parametrize(
    ("text", "make_twin", "names"),
    [
        ("adam", torch.optim.Adam, {"beta1": "betas", "beta2": "betas", "epsilon": "eps"}),
        (
            "adamw",
            torch.optim.AdamW,
            {"beta1": "betas", "beta2": "betas", "epsilon": "eps", "weight_decay": "weight_decay"},
        ),
        ("rmsprop", torch.optim.RMSprop, {"decay": "alpha", "epsilon": "eps"}),
    ],
)
def test_defaults_are_those_of_torch(
    text: str, make_twin: type[torch.optim.Optimizer], names: Mapping[str, str]
) -> None:
    defaults = make_twin([torch.zeros(1, requires_grad=True)]).defaults  # type: ignore[call-arg]
    for like in ("", "[like=torch]"):
        ours = resolve(OPTIMISERS, text + like).parameters
        for name, torch_name in names.items():
            wanted = defaults[torch_name]
            assert ours[name] == (wanted[int(name[-1]) - 1] if torch_name == "betas" else wanted), name


def test_defaults_are_those_of_keras() -> None:
    """Keras 2.1.5: epsilon is 1e-7 everywhere, rho of RMSprop is 0.9."""
    ours = resolve(OPTIMISERS, "adam[like=keras]").parameters
    assert ours == {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "epsilon_at": "raw"}
    assert resolve(OPTIMISERS, "rmsprop[like=keras2]").parameters == {"decay": 0.9, "epsilon": 1e-7}


def as_members(text: str) -> Members:
    """The float parameters that ``text`` resolves to, the same for all members but the learning rate."""
    parameters = resolve(OPTIMISERS, text).parameters
    same = {name: (value,) * len(RATES) for name, value in parameters.items() if isinstance(value, float)}
    return {"learning_rate": RATES, **same}


def keras_adam(p: Array, gs: Array, rate: float) -> list[Array]:
    """p − lr·√(1−β2^t)/(1−β1^t)·m/(√v+eps) with β 0.9 and 0.999, eps 1e-7."""
    m, v, path = np.zeros_like(p), np.zeros_like(p), []
    for t, g in enumerate(gs, start=1):
        m += (g - m) * 0.1
        v += (g**2 - v) * 0.001
        p = p - rate * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t) * m / (v**0.5 + 1e-7)
        path.append(p)
    return path


def keras_rmsprop(p: Array, gs: Array, rate: float) -> list[Array]:
    """p − lr·g/(√a+eps) with ρ 0.9, eps 1e-7."""
    a, path = np.zeros_like(p), []
    for g in gs:
        a += (g**2 - a) * 0.1
        p = p - rate * g / (a**0.5 + 1e-7)
        path.append(p)
    return path


@pytest.mark.parametrize(
    ("text", "formula"), [("adam[like=keras]", keras_adam), ("rmsprop[like=keras2]", keras_rmsprop)]
)
def test_equals_the_formula_of_keras(text: str, formula: Callable[[Array, Array, float], list[Array]]) -> None:
    path = run(text, as_members(text))
    p, gs = start().numpy(), gradients().numpy()
    for member, rate in enumerate(RATES):
        for t, expected in enumerate(formula(p[member], gs[:, member], rate)):
            np.testing.assert_allclose(path[t][member].numpy(), expected, rtol=0, atol=1e-12, err_msg=f"{member=} {t=}")


def test_the_two_places_of_epsilon_by_hand() -> None:
    """One update of p = 0, g = 1e-6 at rate 0.1 and eps = 1e-7: m = 1e-7, v = 1e-15, √v = 3.162278e-8."""
    members = as_members("adam[like=keras]")
    h = {name: torch.tensor([[values[1]]], dtype=torch.float64) for name, values in members.items()}
    got = {}
    for place in ("raw", "corrected"):
        rule = make(f"adam[like=keras,epsilon_at={place}]")
        zero = torch.zeros(1, 1, dtype=torch.float64)
        got[place] = rule.update(zero, zero + 1e-6, {"m": zero, "v": zero}, 1, h).item()
    # raw: 0.1 · √0.001 / 0.1 · 1e-7 / (3.162278e-8 + 1e-7) = 3.162278e-9 / 1.3162278e-7 = 0.02402531
    assert got["raw"] == pytest.approx(-0.02402531, abs=1e-8)
    # corrected: 0.1 · 1e-6 / (1e-6 + 1e-7) = 1/11
    assert got["corrected"] == pytest.approx(-0.09090909, abs=1e-8)
