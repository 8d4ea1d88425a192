"""Clipping and schedules, per member, against torch and by hand."""

import pytest
import torch

from rnnbench.population import tile_size
from rnnbench.train.optimise import TileOptimiser
from tests.train.conftest import make_trials


def advance(trials: list, gradient: torch.Tensor, updates: int = 1) -> torch.Tensor:  # type: ignore[type-arg]
    flat = torch.nn.Parameter(torch.zeros_like(gradient))
    optimiser = TileOptimiser(flat, trials)
    for update in range(1, updates + 1):
        flat.grad = gradient.clone()
        optimiser.advance(update, torch.ones(len(flat)))
    return flat.detach()


def test_clip_by_norm_equals_torch_for_each_member() -> None:
    thresholds = [0.1, 1.0, 100.0]
    protocol = {"optimiser": "sgd", "learning_rate": 1.0, "clip": "norm", "clip_threshold": thresholds}
    trials = make_trials(lengths=[3], repeats=1, protocol=protocol)
    gradient = torch.tensor([[3.0, -4.0], [3.0, -4.0], [3.0, -4.0]])
    moved = advance(trials, gradient)
    for row, threshold in enumerate(thresholds):
        twin = torch.nn.Parameter(torch.zeros(2))
        twin.grad = gradient[row].clone()
        torch.nn.utils.clip_grad_norm_([twin], threshold)
        torch.testing.assert_close(moved[row], -twin.grad, rtol=1e-6, atol=0)


def test_clip_by_value_cuts_each_component() -> None:
    protocol = {"optimiser": "sgd", "learning_rate": 1.0, "clip": "value", "clip_threshold": [0.5, 2.0]}
    moved = advance(make_trials(lengths=[3], repeats=1, protocol=protocol), torch.tensor([[1.0, -3.0], [1.0, -3.0]]))
    assert moved.tolist() == [[-0.5, 0.5], [-1.0, 2.0]]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"warmup": 4}, 0.25 + 0.5 + 0.75 + 1.0),
        ({"schedule": "cosine"}, 1.0 + 0.8535533905932737 + 0.5 + 0.14644660940672627),
    ],
)
def test_schedules_by_hand(schedule: dict[str, object], expected: float) -> None:
    protocol = {"optimiser": "sgd", "learning_rate": 1.0, "updates": 4, **schedule}
    moved = advance(make_trials(lengths=[3], repeats=1, protocol=protocol), torch.ones(1, 1), updates=4)
    assert moved.item() == pytest.approx(-expected, rel=1e-6)


def test_tile_size_depends_on_the_trial_alone() -> None:
    sizes = {hidden: tile_size(make_trials(hidden=[hidden])[0]) for hidden in (1, 2, 8, 32, 33, 128)}
    assert sizes == {1: 128, 2: 64, 8: 32, 32: 32, 33: 1, 128: 1}
    assert tile_size(make_trials(lengths=[5_000])[0]) == 32
