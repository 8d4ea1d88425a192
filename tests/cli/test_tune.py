"""``rnnbench run --tune``, end to end."""

import json
import shlex
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from rnnbench.store.store import Store
from tests.cli.conftest import SMALL, Command

LEARNS = (
    *("--task", "latching:noise=0.01", "--cell", "srnn", "--hidden", "4", "--length", "2", "--repeats", "3"),
    *("--set", "sequences=400", "--set", "validation=100", "--set", "test=100", "--set", "epochs=4"),
    *("--tune", "learning_rate=1e-7,3e-2", "--tuning-repeats", "2", "--accelerator", "cpu", "--jobs", "1"),
)
"""One rate at which nothing is learned, and one at which all is."""


def test_the_rate_that_learns_is_chosen_and_reported(rnnbench: Command, tmp_path: Path) -> None:
    done = rnnbench("run", *LEARNS, "--report")
    assert (done.code, done.err) == (0, "")
    assert "latching-srnn-tuning: 4 trials (4 ok)" in done.out
    told = "tuned: srnn (4) on latching[noise=0.01]: learning_rate=0.03 (the largest tried) at 2"
    assert told in done.out.splitlines()
    with Store(tmp_path / "rnnbench.sqlite") as store:
        halves = [store.trials(store.latest(name).id) for name in ("latching-srnn-tuning", "latching-srnn")]
        specs = [[json.loads(text) for text in half["spec"]] for half in halves]
    assert [len(half) for half in halves] == [4, 3]
    assert [sorted({spec["seed"] for spec in half}) for half in specs] == [[10**9, 10**9 + 1], [0, 1, 2]]
    assert {spec["protocol"]["learning_rate"] for spec in specs[1]} == {0.03}
    assert halves[1]["success"].all()
    markdown = (tmp_path / "reports" / "latching-srnn" / "report.md").read_text()
    assert "Tuned for each of 1 setting: learning rate of 1e-07 and 0.03 (the largest was taken in 1);" in markdown
    assert (
        "on 2 seeds, and on data that are not reported here; latching-srnn-tuning has a report of its own." in markdown
    )
    assert "(the largest was taken in 1)" in markdown
    assert "| srnn | 2 | 0.03 (largest) |" in markdown
    tuning = (tmp_path / "reports" / "latching-srnn-tuning" / "report.md").read_text()
    assert "learning_rate=1e-07" in tuning


def test_the_same_command_trains_nothing_again(rnnbench: Command, tmp_path: Path) -> None:
    rnnbench("run", *LEARNS)
    again = rnnbench("run", *LEARNS)
    assert "trained now" not in again.out
    with Store(tmp_path / "rnnbench.sqlite") as store:
        before = store.trials()
        command = store.latest("latching-srnn").command
    assert rnnbench(*shlex.split(command)[1:], "--store", "other.sqlite", "--jobs", "1").code == 0
    with Store(tmp_path / "other.sqlite") as store:
        assert store.trials()["trial"].tolist() == before["trial"].tolist()


def test_what_was_lost_between_the_halves_is_made_up_for(rnnbench: Command, tmp_path: Path) -> None:
    """A store with the tuning alone, as a kill leaves it: the choice is read from it, and is the same."""
    rnnbench("run", *LEARNS)
    with Store(tmp_path / "rnnbench.sqlite") as store:
        whole = store.trials()
    with sqlite3.connect(tmp_path / "rnnbench.sqlite") as connection:
        assert connection.execute("DELETE FROM trials WHERE seed < 1000").rowcount == 3
        connection.execute("DELETE FROM runs WHERE name = 'latching-srnn'")
    rnnbench("run", *LEARNS)
    with Store(tmp_path / "rnnbench.sqlite") as store:
        same = ["trial", "value", "test_loss", "train_loss"]
        assert store.trials()[same].equals(whole[same])


def test_a_dry_run_tells_both_halves(rnnbench: Command) -> None:
    done = rnnbench("run", *LEARNS, "--dry-run")
    assert done.code == 0
    assert "latching-srnn-tuning: 4 trials, 0 of them stored; 4 to train" in done.out
    assert "latching-srnn: 3 trials, 0 of them stored; 3 to train" in done.out
    assert "  tune.learning_rate = [1e-07, 0.03]" in done.out.splitlines()


def test_a_dry_run_knows_what_was_chosen_once_it_is(rnnbench: Command) -> None:
    rnnbench("run", *LEARNS)
    told = rnnbench("run", *LEARNS, "--dry-run").out
    assert "latching-srnn: 3 trials, 3 of them stored; 0 to train" in told


@pytest.mark.parametrize("seed", ["abc", "1,abc", "2020-01-01"])
def test_a_data_seed_that_is_none_is_told(rnnbench: Command, seed: str) -> None:
    done = rnnbench("run", "quick", "--tune", "batch=4,8", "--set", f"data_seed={seed}")
    assert done.code == 2
    assert done.err.startswith("error: study 'quick-changed': data_seed: ")
    assert done.err.count("\n") == 1


def test_repeats_of_no_tuning_are_refused(rnnbench: Command) -> None:
    done = rnnbench("run", "quick", "--tuning-repeats", "3")
    assert (done.code, done.err.partition(": ")[2][:47]) == (2, "tuning_repeats is for a study that tunes: leave")


def test_the_report_shows_the_tuning_that_chose(rnnbench: Command, tmp_path: Path) -> None:
    """Not that of a later run of the same name, which was stopped before its second half."""
    rnnbench("run", *LEARNS)
    other = [word.replace("1e-7,3e-2", "1e-6,1e-1") for word in LEARNS]
    rnnbench("run", *other)
    with sqlite3.connect(tmp_path / "rnnbench.sqlite") as connection:
        connection.execute("DELETE FROM runs WHERE id = (SELECT max(id) FROM runs)")
    assert rnnbench("report", "latching-srnn").code == 0
    markdown = (tmp_path / "reports" / "latching-srnn" / "report.md").read_text()
    assert "| Task | Cell | 1e-07 | 0.03 |" in markdown


ALL_BAD = """
from dataclasses import dataclass
from rnnbench.registry import TASKS
from rnnbench.task import Batch, Task

@TASKS.register("fails_late")
@dataclass(frozen=True, kw_only=True)
class FailsLate(Task):
    source = "a test"

    def sample(self, rng, batch, length):
        if batch > 10:
            raise ValueError("too many")
        x = rng.normal(size=(batch, length, 1))
        return Batch.at_end(x, x[:, 0, 0] > 0)
"""


def test_a_tuning_without_a_result_chooses_nothing_and_says_so(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(ALL_BAD)
    small = [word.replace("latching", "fails_late") for word in SMALL]
    done = rnnbench("run", "--plugin", "bad.py", *small, "--tune", "learning_rate=1e-3,1e-1", "--report")
    assert done.code == 1
    assert "on fails_late: nothing to choose by, so learning_rate=0.001 (the smallest tried) at 3" in done.out
    markdown = (tmp_path / "reports" / "fails_late-srnn" / "report.md").read_text()
    assert "1 had no result to choose by" in markdown


def test_a_report_before_the_second_half_has_results(rnnbench: Command, tmp_path: Path) -> None:
    rnnbench("run", *LEARNS)
    with sqlite3.connect(tmp_path / "rnnbench.sqlite") as connection:
        connection.execute("DELETE FROM trials WHERE seed < 1000")
    assert rnnbench("report").code == 0
    assert "Incomplete: 0 of 3 trials are stored" in (tmp_path / "reports" / "latching-srnn" / "report.md").read_text()


def test_an_export_of_the_run_has_one_series_a_cell(rnnbench: Command, tmp_path: Path) -> None:
    rnnbench("run", *LEARNS)
    assert rnnbench("export", "x.csv", "--run", "latching-srnn").code == 0
    table = pd.read_csv(tmp_path / "x.csv", keep_default_na=False)
    assert set(table["variant"]) == {""}
    assert set(table["learning_rate"].astype(float)) == {0.03}


def test_a_shipped_study_is_shown_with_both_halves(rnnbench: Command) -> None:
    assert "5,625 trials of tuning, then 9,000 trials: rnnbench run memory --report" in rnnbench("show", "memory").out


def test_flags_on_a_study_that_tunes(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'tasks = ["latching"]\ncells = ["srnn"]\nlengths = [3]\nprotocol.epochs = 1\ntune.learning_rate = [1, 2]\n'
    )
    fixed = rnnbench("run", "mine.toml", "--set", "learning_rate=1e-3", "--dry-run").out
    assert "tune." not in fixed
    assert "protocol.learning_rate = 0.001" in fixed
    other = rnnbench("run", "quick", "--tune", "learning_rate=1e-3,1e-2", "--dry-run").out
    assert "protocol.learning_rate" not in other.split("quick-changed: ")[1]
    assert "tune.learning_rate = [0.001, 0.01]" in other


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("learning_rate = [1e-3, -1.0]", "mine.toml:7: tune.learning_rate: Input should be greater than 0, got -1.0"),
        (
            "learning_rte = [1e-3, 1e-2]",
            "mine.toml:7: tune.learning_rte: unknown value that can be tuned 'learning_rte'.",
        ),
        ("learning_rate = 1e-3", "mine.toml:7: tune.learning_rate: Input should be a valid list, got 0.001"),
        ("learning_rate = [1e-3]", "mine.toml:6: tune: learning_rate needs two candidates or more, each once"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_line(rnnbench: Command, tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "mine.toml").write_text(
        f'tasks = ["latching"]\ncells = ["srnn"]\nlengths = [3]\n[protocol]\nepochs = 1\n[tune]\n{line}\n'
    )
    done = rnnbench("run", "mine.toml")
    assert done.code == 2
    assert done.err.startswith(f"error: {told}")


def test_an_untuned_run_says_nothing_of_it(rnnbench: Command) -> None:
    assert "tuned" not in rnnbench("run", *SMALL).out
