"""Optimisers that break their contract are named before anything trains."""

from pathlib import Path

import pytest

from rnnbench.execute.probe import check_plugins
from rnnbench.execute.probe_optimiser import check_optimiser
from rnnbench.parameters import resolve
from rnnbench.registry import OPTIMISERS, add_plugin
from tests.train.conftest import make_trials

RULE = '''
from dataclasses import dataclass
import torch
from rnnbench.optimiser import Optimiser
from rnnbench.registry import OPTIMISERS

@OPTIMISERS.register("{name}")
@dataclass(frozen=True, kw_only=True)
class Broken(Optimiser):
    """Wrong in one way."""
    source = "a test"
    slots = ("u",)
    rate: float = 0.5

    def update(self, p, g, slots, t, h):
        {body}
'''
BROKEN = {
    "o_none": (
        "return None",
        ": update: what it returns must be a tensor like p, `member parameter`, got one NoneType.",
    ),
    "o_narrow": (
        "return p[:, :1]",
        ": update: what it returns must be like p, float32 (3, 5), got float32 (3, 1).",
    ),
    "o_double": ("return p.double()", ": update: what it returns must be like p, float32 (3, 5), got float64 (3, 5)."),
    "o_in_place": (
        "p -= h['rate'] * g; return p",
        ": update must leave p and g as they are: it changes p in place; return a new tensor.",
    ),
    "o_clips": (
        "g.clamp_(-1, 1); return p - g",
        ": update must leave p and g as they are: it changes g in place; return a new tensor.",
    ),
    "o_slot": ("slots['v'] = g; return p", ": update must keep the slots that the class declares, u, got u, v."),
    "o_slot_shape": (
        "slots['u'] = g.sum(1); return p",
        ": update: slot 'u' must be like p, float32 (3, 5), got float32 (3,).",
    ),
    "o_random": (
        "return p - torch.rand(1) * g",
        ": update must compute the same when called again: it draws random numbers, or remembers beside its slots.",
    ),
    "o_company": (
        "return p - h['rate'] * g / g.norm()",
        ": update must do for a member what it does for it alone: it computes over members "
        "(sums go over parameters, with dim=1, keepdim=True).",
    ),
    "o_rate": (
        "return p - h['learning_rate'][0] * g",
        ": update must do for a member what it does for it alone: it computes over members "
        "(sums go over parameters, with dim=1, keepdim=True).",
    ),
    "o_raises": ("raise ValueError('no')", " raises ValueError: no"),
    "o_leaves": ("raise SystemExit(0)", " raises SystemExit: 0"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_named_and_others_go_on(name: str, tmp_path: Path) -> None:
    body, message = BROKEN[name]
    path = tmp_path / f"{name}.py"
    path.write_text(RULE.format(name=name, body=body))
    add_plugin(path)
    trials = make_trials(protocol={"optimiser": [name, "sgd"]})
    checked = check_plugins(trials)
    kept, complaints = checked.sound, checked.complaints
    assert complaints == [f"optimiser {name!r}{message}"]
    assert kept == [trial for trial in trials if trial.optimiser.name == "sgd"]


def test_sums_over_parameters_are_a_members_own(tmp_path: Path) -> None:
    path = tmp_path / "normed.py"
    path.write_text(RULE.format(name="normed", body="return p - h['learning_rate'] * g / g.norm(dim=1, keepdim=True)"))
    add_plugin(path)
    assert check_optimiser(resolve(OPTIMISERS, "normed")) == ""


@pytest.mark.parametrize("name", list(OPTIMISERS))
def test_shipped_rules_keep_it(name: str) -> None:
    for text in (name, *(f"{name}:{like}" for like in OPTIMISERS[name].presets)):
        assert check_optimiser(resolve(OPTIMISERS, text)) == ""


def test_a_rate_beyond_measure_is_no_mistake_of_the_rule() -> None:
    """Its trials diverge, each in its row."""
    assert check_optimiser(resolve(OPTIMISERS, "adamw:weight_decay=1e38")) == ""
