"""What follows from the trials that were drawn."""

from typing import Any

import pytest
from scipy.stats import binom

from rnnbench.verify.compare import Compared, first_stage
from rnnbench.verify.verdict import Again, Verdict

ROW: dict[str, Any] = {"versions": {"torch": "2.1"}, "device": "cpu", "kernel": "numba"}


def verdict(identical: int, different: int, untrained: int, trials: int) -> Verdict:
    same, other = (Again(ROW, ROW, Compared(differs, True, True)) for differs in ([], ["value"]))
    drawn = [*[same] * identical, *[other] * different, *[Again(ROW, reason="why")] * untrained]
    return Verdict(0, None, trials, 0, 0, drawn)


def test_of_a_sample_without_a_difference_few_of_the_rest_can_have_one() -> None:
    low, high = verdict(20, 0, 0, 1_500).share_differing
    assert low == 0.0
    assert high == pytest.approx(1 - 0.025 ** (1 / 20))  # (1 - share)^20 is 2.5 % there
    assert verdict(20, 0, 5, 1_500).share_differing[1] == pytest.approx(high)  # who was not trained says nothing


def test_with_differences_the_share_has_two_sides() -> None:
    # Clopper & Pearson (1934), Biometrika 26, 404-413: of 10 trials 1 gives 0.25 to 44.5 %; 1 of 100 is known to differ
    assert verdict(9, 1, 0, 100).share_differing == pytest.approx((0.01, 0.44502), abs=1e-5)
    assert verdict(9, 1, 0, 10_000).share_differing == pytest.approx((0.00253, 0.44502), abs=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.139, 0.26, 0.5, 0.9])
def test_the_true_share_lies_within_as_often_as_is_said(share: float) -> None:
    within = [low <= share <= high for low, high in (verdict(20 - k, k, 0, 10**6).share_differing for k in range(21))]
    assert sum(binom.pmf(k, 20, share) for k in range(21) if within[k]) >= 0.95


def test_what_is_known_bounds_the_share() -> None:
    assert verdict(2, 1, 0, 4).share_differing == (0.25, 0.5)  # one differs, two do not
    assert verdict(3, 1, 0, 4).share_differing == (0.25, 0.25)
    assert verdict(2, 0, 2, 4).share_differing == (0.0, 0.0)  # all that can be trained were
    assert verdict(0, 0, 2, 4).share_differing == (0.0, 1.0)


@pytest.mark.parametrize(
    ("differing", "stage"),
    [
        ([], ""),
        (["length", "initial_weights"], "record"),
        (["cell"], "record"),
        (["test_loss", "initial_weights", "final_weights"], "start"),
        (["final_weights", "value"], "training"),
        (["test_loss", "curve train_loss"], "training"),
        (["curve validation_loss", "test_loss"], "evaluation"),
    ],
)
def test_what_differs_first(differing: list[str], stage: str) -> None:
    assert first_stage(differing) == stage


def test_without_the_weights_of_the_start_nobody_knows_whether_training_is_to_blame() -> None:
    stages = [Compared(["train_loss"], start, False).stage for start in (True, False)]
    assert stages == ["training", "start or training"]
    assert Compared(["value"], False, False).stage == "evaluation"


def test_versions_kernels_and_devices_that_are_not_those_of_here() -> None:
    here = {"versions": {"torch": "2.2"}, "device": "cpu", "kernel": "numba (unfused: a reason)"}
    other = ROW | {"device": "cuda (H100)", "kernel": "triton"}
    again = [Again(row, here, Compared([], True, True)) for row in (ROW, other)]
    assert Verdict(0, None, 2, 0, 0, again[:1]).other_circumstances() == {"torch": (["2.1"], ["2.2"])}
    assert Verdict(0, None, 2, 0, 0, again).other_circumstances() == {
        "torch": (["2.1"], ["2.2"]),
        "device": (["cuda (H100)"], ["cpu"]),
        "kernel": (["triton"], ["numba"]),
    }
    assert Verdict(0, None, 1, 0, 0, [Again(ROW, reason="why")]).other_circumstances() == {}
