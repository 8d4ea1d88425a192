"""A planted failure of each kind is named; a success is none; what cannot be diagnosed is told in a line."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rnnbench.errors import RnnbenchError
from rnnbench.execute.local import run_trials
from rnnbench.execute.options import Options
from rnnbench.explain.again import feedback
from rnnbench.explain.diagnose import Diagnosis, _jump, diagnose
from rnnbench.explain.diagnose_page import diagnose_block
from rnnbench.explain.stored import Stored, stored_trial
from rnnbench.store.row import Curve
from rnnbench.store.store import Store
from rnnbench.study import Study
from rnnbench.train.fit import fit
from tests.explain.small import subject

Make = Callable[..., Stored]
OPEN = "lstm[like=keras2,gate=sigmoid,forget_bias=4.6,input_bias=-4.6]"
PROTOCOL: dict[str, Any] = {
    "sequences": 1000, "validation": 100, "test": 400, "updates": 300, "interval": 50, "learning_rate": 1e-2,
    "optimiser": "adam:keras", "readout": "glorot",
}  # fmt: skip


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Train one trial, store it, and read it back."""

    def made(
        cell: str, task: str = "latching", length: int = 10, seed: int = 0, hidden: int = 1, **protocol: Any
    ) -> Stored:
        study = Study(
            name="x", tasks=[task], cells=[cell], hidden=[hidden], lengths=[length], repeats=1, seed=seed,
            protocol=PROTOCOL | protocol,
        )  # fmt: skip
        (trial,) = study.trials()
        with Store(tmp_path / "store.sqlite", create=True) as store:
            store.add(fit([trial]))
            return stored_trial(store, trial.id)

    return made


PLANTED: dict[str, dict[str, Any]] = {
    "none": {"cell": OPEN, "length": 10},
    "diverged at a cliff": {"cell": "srnn:keras2", "length": 10, "optimiser": "sgd", "learning_rate": 1e6},
    "gate that never opened": {"cell": "lstm[like=keras2,forget_bias=5.3,input_bias=-5.3]", "length": 10},
    "too few updates": {"cell": OPEN, "length": 10, "updates": 40, "interval": 20},
    "wrong sign of the recurrent weight": {
        "cell": "lstm[like=keras2,gate=sigmoid,forget_bias=4.6]", "length": 40, "seed": 4, "updates": 400,
    },
    "a rule that is out of reach": {"cell": OPEN, "task": "latching:noise=1.5", "length": 30, "updates": 400},
    "noise integrated": {"cell": OPEN, "task": "latching:noise=0.42", "length": 60, "updates": 400},
    "capacity": {"cell": "gru:keras3", "task": "memory_size:bits=3", "length": 2, "updates": 500},
    "vanished gradient": {"cell": "lstm:keras2", "length": 80},
}  # fmt: skip


@pytest.mark.parametrize("cause", PLANTED)
def test_the_planted_cause_is_named(cause: str, make: Make) -> None:
    found = diagnose(make(**PLANTED[cause]))
    assert found.cause == cause, found.text


def test_the_page_shows_what_was_tried(make: Make) -> None:
    block = diagnose_block(make(**PLANTED["too few updates"]))
    assert block.heading == "Diagnosis: too few updates"
    assert block.sentences[0].startswith(
        "The cause is: too few updates. With 4 times the updates, all else the same, it solves"
    )
    assert [row[1].text for row in block.tables[0].rows] == ["no", "yes"]
    assert block.figures[0].name == "loss"


def test_the_text_of_an_unknown_cause() -> None:
    assert Diagnosis("unknown", ["A."]).text == "None of the known causes explains this trial. A."


@pytest.mark.parametrize(
    ("cell", "name"),
    [("srnn", "recurrent"), ("lstm", "recurrent"), ("gru", "recurrent"), ("indrnn", "recurrent"), ("lru", None)],
)
def test_which_weights_multiply_the_state(cell: str, name: str | None) -> None:
    looked_at = subject(cell, hidden=3, repeats=1)
    layout = looked_at.models(torch.zeros(1, 1)).layout
    generator = torch.Generator().manual_seed(0)
    models = looked_at.models(torch.randn(1, layout.total, generator=generator))
    wanted: list[int] = []
    place = 0
    for own, size in zip(layout.shapes, layout.sizes, strict=True):
        wanted += range(place, place + size) if own == f"cell.{name}" else []
        place += size
    assert feedback(models) == wanted


def test_a_trial_that_cannot_be_diagnosed_is_told_in_a_line(make: Make, tmp_path: Path) -> None:
    make("srnn", updates=2, interval=2)
    path = tmp_path / "store.sqlite"
    with Store(path) as store, pytest.raises(RnnbenchError, match=r"unknown trial '0123456789abcdef': store .* has"):
        stored_trial(store, "0123456789abcdef")


def test_weights_of_a_large_model_are_kept_on_request(tmp_path: Path) -> None:
    study = Study(name="x", tasks=["latching"], cells=["lstm"], hidden=[16], lengths=[3], repeats=1, protocol=PROTOCOL)
    (trial,) = study.model_copy(update={"protocol": PROTOCOL | {"updates": 2, "interval": 2}}).trials()
    with Store(tmp_path / "store.sqlite", create=True) as store:
        how = Options(jobs=1, accelerator="cpu", kernel="eager", large_weights=True).settled()
        run_trials([trial], store, how, lambda _: None)
        stored = stored_trial(store, trial.id)
    assert stored.final.shape == stored.initial.shape == (1, stored.row["parameters"])
    assert not stored.final.equal(stored.initial)


def test_a_large_model_has_no_weights(make: Make) -> None:
    with pytest.raises(
        RnnbenchError, match=r"has 1,\d\d\d parameters, and the store keeps the weights of models of up to 1,024"
    ):
        make("lstm", hidden=16, updates=2, interval=2)


def test_a_loss_that_jumped_and_stayed_fell_off_a_cliff(make: Make) -> None:
    """The trial did not diverge, but its curve says so; one that came back did not fall."""
    stored = make(OPEN, length=40, updates=20, interval=10)
    updates = np.array([10, 20, 30, 40], dtype=np.int32)

    def after(*points: float) -> Stored:
        curve = Curve(updates, np.array(points, dtype=np.float32))
        return replace(stored, row=stored.row | {"success": 0, "status": "ok"}, curves={"train_loss": curve})

    found = diagnose(after(0.5, 0.1, 4.0, 3.0))
    assert found.cause == "diverged at a cliff"
    assert "By update 30 the training loss had jumped from 0.1 to 4" in found.text
    assert _jump(after(0.5, 0.1, 4.0, 0.2).curves["train_loss"]) is None
