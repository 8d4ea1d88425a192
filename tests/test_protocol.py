"""Updates, evaluations and what does not fit together."""

import pytest
from pydantic import ValidationError

from rnnbench.data_key import DataKey
from rnnbench.protocol import Protocol
from rnnbench.study import Study


def test_the_seeds_numbers() -> None:
    protocol = Protocol(epochs=5)
    assert (protocol.training_sequences, protocol.updates_per_epoch, protocol.total_updates) == (8000, 500, 2500)
    assert protocol.evaluations == (500, 1000, 1500, 2000, 2500)


def test_a_repeat_has_fresh_data_of_its_own() -> None:
    assert Protocol(data="fresh", updates=10).dataset == "per_seed"
    assert Protocol(data="fresh", updates=10, dataset="shared").dataset == "shared"
    assert Protocol(updates=10).dataset == "shared"
    one, other = Study(
        name="x", tasks=["latching"], cells=["srnn"], lengths=[5], repeats=2, protocol={"data": "fresh", "updates": 10}
    ).trials()
    drawn = [DataKey.of(trial).rng("fresh", 0).integers(2**60) for trial in (one, other)]
    assert drawn[0] != drawn[1]


def test_a_partial_batch_is_an_update() -> None:
    protocol = Protocol(epochs=2, sequences=110, validation=10, batch=16)
    assert (protocol.updates_per_epoch, protocol.total_updates) == (7, 14)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"updates": 1200}, (500, 1000, 1200)),
        ({"updates": 100}, (100,)),
        ({"updates": 10, "interval": 4}, (4, 8, 10)),
        ({"updates": 10, "interval": 5}, (5, 10)),
        ({"epochs": 1, "interval": 200}, (200, 400, 500)),
    ],
)
def test_the_last_update_is_always_evaluated(settings: dict[str, int], expected: tuple[int, ...]) -> None:
    assert Protocol.model_validate(settings).evaluations == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "give either epochs or updates, got neither"),
        ({"epochs": 1, "updates": 1}, "give either epochs or updates, got both"),
        ({"data": "fresh", "epochs": 1}, "fresh data has no epochs: give updates"),
        ({"epochs": 1, "sequences": 10, "validation": 10}, "validation must be smaller than sequences, got 10 of 10"),
        ({"epochs": 1, "learning_rate": 0}, "greater than 0"),
        ({"epochs": 1, "learning_rate": True}, "Input should be a number"),
        ({"epochs": True}, "Input should be a number"),
        ({"epochs": 1, "test": 10**9 + 1}, "less than or equal to 1000000000"),
        ({"epochs": 1, "data_seed": 2**63}, "less than or equal to 9223372036854775807"),
        ({"epochs": 1, "steps": 3}, "Extra inputs are not permitted"),
    ],
)
def test_refuses(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Protocol.model_validate(settings)


def test_schedules() -> None:
    warm = Protocol(updates=10, warmup=4)
    assert warm.learning_rate_factors(range(1, 7)) == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    cosine = Protocol(updates=10, schedule="cosine")
    assert cosine.learning_rate_factors(range(1, 2)) == [1.0]
    assert cosine.learning_rate_factors(range(6, 7)) == [pytest.approx(0.5)]
