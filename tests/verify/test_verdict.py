"""What follows from the trials that were drawn."""

from typing import Any

import pytest

from rnnbench.verify.compare import first_stage
from rnnbench.verify.verdict import Again, Verdict

ROW: dict[str, Any] = {"status": "ok", "versions": {"torch": "2.1"}}


def verdict(identical: int, different: int, untrained: int, trials: int) -> Verdict:
    same, other = Again(ROW, ROW), Again(ROW, ROW, differs=["value"])
    return Verdict(trials, [*[same] * identical, *[other] * different, *[Again(ROW, reason="why")] * untrained])


def test_of_a_sample_without_a_difference_few_of_the_rest_can_have_one() -> None:
    low, high = verdict(20, 0, 0, 1_500).share_differing
    assert low == 0.0
    assert high == pytest.approx(1 - 0.05 ** (1 / 20))  # (1 - share)^20 is 5 % there
    assert verdict(20, 0, 5, 1_500).share_differing[1] == pytest.approx(high)  # who was not trained says nothing


def test_with_differences_the_share_has_two_sides() -> None:
    # Clopper & Pearson (1934), Biometrika 26, 404-413: of 10 trials 1 gives 0.25 to 44.5 %
    assert verdict(9, 1, 0, 100).share_differing == pytest.approx((0.00253, 0.44502), abs=1e-5)


def test_who_trains_all_knows_and_who_trains_none_does_not() -> None:
    assert verdict(3, 1, 0, 4).share_differing == (0.25, 0.25)
    assert verdict(0, 0, 2, 4).share_differing == (0.0, 1.0)
    assert [verdict(*counts, 9).all_identical for counts in ((2, 0, 0), (2, 1, 0), (2, 0, 1))] == [True, False, False]


@pytest.mark.parametrize(
    ("differing", "stage"),
    [
        (["test_loss", "initial_weights", "final_weights"], "start"),
        (["final_weights", "value"], "training"),
        (["test_loss", "curve train_loss"], "training"),
        (["curve validation_loss", "test_loss"], "evaluation"),
    ],
)
def test_where_two_trainings_part(differing: list[str], stage: str) -> None:
    assert first_stage(differing) == stage


def test_versions_that_are_not_those_of_here() -> None:
    drawn = verdict(2, 0, 0, 2)
    assert drawn.other_versions({"torch": "2.1"}) == {}
    assert drawn.other_versions({"torch": "2.2"}) == {"torch": (["2.1"], "2.2")}
    assert drawn.other_versions({}) == {"torch": (["2.1"], "none")}
