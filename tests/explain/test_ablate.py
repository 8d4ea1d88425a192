"""Which changes are made, that the planted one is found, and what the page says."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from rnnbench.errors import PluginError
from rnnbench.explain import ablate as module
from rnnbench.explain.ablate import Ablation, Change, ablate, changes, preset_settings
from rnnbench.explain.ablate_page import ablate_block
from rnnbench.explain.subject import Subject
from rnnbench.stats.proportion import wilson
from rnnbench.store.row import TrialRow
from rnnbench.store.store import Store
from rnnbench.study import Study
from rnnbench.trial import Trial
from tests.explain.small import subject
from tests.report.conftest import result


def test_changes_come_from_the_cell_and_differ_in_one_thing() -> None:
    looked_at = subject("lstm:keras2", length=30)
    made = dict(changes(looked_at, {}))
    assert {"learning rate 0.01", "4 times the updates", "clipping at norm 1", "gate=sigmoid", "preset torch"} <= set(
        made
    )
    assert "chrono forget_bias and input_bias" in made
    both = made["chrono forget_bias and input_bias"][0].cell.parameters
    assert (both["forget_bias"], both["input_bias"], both["longest"]) == ("chrono", "chrono", 30)
    base = looked_at.trial.cell.parameters
    changed = {key for key, value in made["gate=sigmoid"][0].cell.parameters.items() if value != base.get(key)}
    assert changed == {"gate"}
    assert all([trial.seed for trial in trials] == [0, 1] for trials in made.values())
    protocols = {what: trials[0].protocol for what, trials in made.items()}
    assert protocols["4 times the updates"].total_updates == 4 * looked_at.updates
    assert protocols["learning rate 0.01"].learning_rate == pytest.approx(10 * looked_at.trial.protocol.learning_rate)
    assert (protocols["clipping at norm 1"].clip, protocols["clipping at norm 1"].clip_threshold) == ("norm", 1.0)


def test_the_planted_change_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A learning rate that is far too small: less is hopeless too, and so are more updates; much more is right."""
    study = Study(
        name="x", tasks=["latching"], cells=["srnn:keras2"], lengths=[2], repeats=10,
        protocol={"updates": 150, "sequences": 400, "validation": 40, "test": 200, "learning_rate": 1e-6},
    )  # fmt: skip
    monkeypatch.setattr(module, "FASTER", 30_000.0)
    monkeypatch.setattr(module, "_of_cell", lambda _: iter([]))
    found = ablate(Subject.of(study))
    assert found.unchanged.what == "nothing"
    assert found.unchanged.share.solved <= 2  # at two steps a start may be right by luck
    assert [change.what for change in found.decided(better=True)] == ["learning rate 0.03"]
    assert found.changes[0].share.solved == 10
    assert found.impossible == {}


def test_of_errors_the_smaller_is_better(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is solved; the mean errors alone tell the changes apart."""
    study = Study(
        name="x", tasks=["adding"], cells=["srnn"], lengths=[4], repeats=2,
        protocol={"updates": 2, "sequences": 40, "validation": 20, "test": 20, "learning_rate": 1e-2},
    )  # fmt: skip
    monkeypatch.setattr(module, "_of_cell", lambda _: iter([]))
    means = [change.mean for change in ablate(Subject.of(study)).changes]
    assert len(set(means)) > 1
    assert means == sorted(means)


def test_an_error_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change whose trials end in errors has no rate; where the unchanged do, there is nothing to compare."""
    study = Study(
        name="x", tasks=["latching"], cells=["srnn"], lengths=[2], repeats=2,
        protocol={"updates": 2, "sequences": 40, "validation": 20, "test": 20},
    )  # fmt: skip

    def run(broken: Callable[[Trial], bool]) -> Callable[..., None]:
        def add(trials: Sequence[Trial], store: Store, *_: Any) -> None:
            told = {True: {"status": "error", "reason": "no memory"}, False: result(trials[0], 1.0)}
            weights = {"final_weights": None, "initial_weights": None}
            store.add(TrialRow(**trial.columns() | told[broken(trial)] | weights) for trial in trials)

        return add

    monkeypatch.setattr(module, "_of_cell", lambda _: iter([]))
    monkeypatch.setattr(module, "run_trials", run(lambda trial: trial.protocol.clip == "norm"))
    found = ablate(Subject.of(study))
    assert found.impossible == {"clipping at norm 1": "2 trials ended without a result: no memory"}
    assert {change.share.rate for change in (found.unchanged, *found.changes)} == {1.0}
    monkeypatch.setattr(module, "run_trials", run(lambda _: True))
    with pytest.raises(PluginError, match="2 trials ended without a result: no memory"):
        ablate(Subject.of(study))


def test_what_cannot_be_made_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three heads of one unit, and a value that the parameter does not take; two biases are what it has already."""
    texts = [("heads=3", "deltanet[heads=3]"), ("gate=open", "lstm[gate=open]"), ("two biases", "srnn[biases=2]")]
    study = Study(
        name="x", tasks=["latching"], cells=["srnn"], lengths=[2], repeats=2,
        protocol={"updates": 2, "sequences": 40, "validation": 20, "test": 20},
    )  # fmt: skip
    monkeypatch.setattr(module, "_of_training", lambda _: iter([]))
    monkeypatch.setattr(module, "_of_cell", lambda _: iter(texts))
    subject = Subject.of(study)
    found = ablate(subject)
    assert found.impossible["gate=open"] == "lstm: gate=open: input should be 'sigmoid' or 'hard_sigmoid'."
    assert "heads" in found.impossible["heads=3"]
    assert (len(found.impossible), found.changes) == (2, [])
    monkeypatch.setattr("rnnbench.explain.ablate_page.ablate", lambda *_: found)
    block = ablate_block(subject)
    assert block.notes[-1] == "2 changes cannot be made, for the reasons below."
    assert [row[0].text for row in block.tables[1].rows] == ["gate=open", "heads=3"]


def test_what_a_preset_sets_is_told() -> None:
    found = preset_settings(subject("lstm:keras2"))
    assert "keras2" not in found, "it has that already"
    assert {"gate=sigmoid", "forget_bias=chrono", "input_bias=chrono"} <= {*found["chrono"].split(", ")}
    assert not any(text.startswith("kernel_init=") for text in found["keras3"].split(", ")), "that is the same"


def test_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Change("nothing", wilson(0, 20), 0.5)
    told = [
        Change("gate=sigmoid", wilson(19, 20), 0.99, 1e-8),
        Change("a=2", wilson(1, 20), 0.55, 1.0),
    ]
    monkeypatch.setattr("rnnbench.explain.ablate_page.ablate", lambda *_: Ablation(nothing, told, {}))
    block = ablate_block(subject("srnn"))
    assert block.sentences == [
        "Unchanged, 0 of 20 (95 %: 0.00 to 0.16) of the seeds solve. Of 2 changes 1 lifts that by more than chance "
        "would: `gate=sigmoid` (19 of 20)."
    ]
    assert [row[0].text for row in block.tables[0].rows] == ["nothing", "gate=sigmoid", "a=2"]
    assert [row[4].text for row in block.tables[0].rows] == ["–", "1e-08", "1"]
    assert "`keras2` sets " in block.notes[1]
