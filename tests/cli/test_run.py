"""Runs from the shell: rows, resumption, reports, plug-ins, interruption."""

import errno
import json
import re
import shlex
import sqlite3
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from rnnbench.protocol import Protocol
from rnnbench.store.store import Store
from tests.cli.conftest import SMALL, Command

TASK = """
from dataclasses import dataclass
from rnnbench.registry import TASKS
from rnnbench.task import Batch, Task

@TASKS.register("dropped_task")
@dataclass(frozen=True, kw_only=True)
class Dropped(Task):
    \"\"\"Which sign had the first number?\"\"\"
    source = "a test"

    def sample(self, rng, batch, length):
        {fault}
        x = rng.normal(size=(batch, length, 1))
        return Batch.at_end(x, x[:, 0, 0] > 0)
"""
CELL = """
import torch
from torch import nn
from rnnbench.cell import Cell
from rnnbench.registry import CELLS

@CELLS.register("dropped_cell")
class Dropped(Cell):
    \"\"\"h' = a h + (1 - a) tanh(x W + h U).\"\"\"
    source = "a test"

    def __init__(self, inputs, hidden, *, a: float = 0.9):
        super().__init__(inputs, hidden)
        self.a = a
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u = nn.Parameter(torch.empty(hidden, hidden))

    def step(self, x, state):
        h = self.a * state[0] + (1 - self.a) * torch.tanh(x @ self.w + state[0] @ self.u)
        return h, (h,)
"""


def rows(folder: Path) -> pd.DataFrame:
    with Store(folder / "rnnbench.sqlite") as store:
        return store.trials()


def test_flags_end_to_end(rnnbench: Command, tmp_path: Path) -> None:
    done = rnnbench("run", *SMALL, "--report")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == "latching-srnn: 2 trials in 1 population"
    assert "latching-srnn: 2 trials (2 ok); 2 trained now in" in done.out
    assert (tmp_path / "reports" / "latching-srnn" / "report.html").exists()
    assert rows(tmp_path).status.tolist() == ["ok", "ok"]
    again = rnnbench("run", *SMALL)
    assert "latching-srnn: rnnbench.sqlite has all of it, 2 trials; --again trains anew." in again.out
    anew = rnnbench("run", *SMALL, "--again")
    assert "2 trained now" in anew.out
    assert len(rows(tmp_path)) == 2


def test_units_by_budget(rnnbench: Command, tmp_path: Path) -> None:
    small = [word for at, word in enumerate(SMALL) if "--hidden" not in (word, SMALL[at - 1])]
    small[small.index("srnn")] = "srnn,gru"
    done = rnnbench("run", *small, "--match", "params=40", "--kernel", "eager", "--report")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("latching: units for params=40: srnn 4, gru 2.\n")
    (said,) = [line for line in done.out.splitlines() if line.startswith("off the budget")]
    assert said.endswith("gru on latching with 2 units has 36 of 40 (params −10.0 %).")
    table = rows(tmp_path)[["cell", "hidden", "parameters", "state_size", "operations"]].drop_duplicates()
    assert sorted(table.to_numpy().tolist()) == [["gru", 2, 36, 2, 52], ["srnn", 4, 38, 4, 36]]
    markdown = (tmp_path / "reports" / "latching-srnn-gru" / "report.md").read_text()
    assert markdown.count("| gru (params −10.0 %) |") == 2
    assert "Units of each cell are matched to params=40." in markdown
    assert "| srnn | 2 |" in markdown
    assert "| Units | Parameters | State size | Operations |" in markdown
    assert "gru 2." in rnnbench("run", *small, "--match", "params=40", "--dry-run").out
    changed = rnnbench("run", "quick", "--match", "state=2", "--dry-run").out
    assert "units for state=2: srnn[like=keras2] 2, lstm[like=keras2] 1" in changed


def fill_the_disk(table: pd.DataFrame, file: Path, **_: object) -> None:
    """After half of it."""
    file.write_text("half", encoding="utf-8")
    raise OSError(errno.ENOSPC, "No space left on device")


def test_export_list_and_show(rnnbench: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rnnbench("run", *SMALL)
    assert rnnbench("export", "x.csv").out == "2 trials in x.csv\n"
    assert rnnbench("export", "x.parquet", "--run", "latching-srnn").code == 0
    whole = (tmp_path / "x.csv").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_csv", fill_the_disk)
        done = rnnbench("export", "x.csv")
    assert (done.code, done.err) == (2, "error: x.csv cannot be written: No space left on device.\n")
    assert (tmp_path / "x.csv").read_bytes() == whole
    assert sorted(path.name for path in tmp_path.glob("*x*.csv")) == ["x.csv"]
    no_name = rnnbench("export", "y.csv", "--run", "")
    assert (no_name.code, no_name.err) == (
        2, "error: unknown run in this store ''. Known runs in this store: latching-srnn.\n"
    )  # fmt: skip
    tables = [pd.read_csv(tmp_path / "x.csv"), pd.read_parquet(tmp_path / "x.parquet")]
    assert tables[0]["trial"].tolist() == tables[1]["trial"].tolist() == rows(tmp_path)["trial"].tolist()
    assert "latching-srnn  2 of 2 trials" in rnnbench("list", "runs").out
    trial = rows(tmp_path)["trial"][0]
    told = rnnbench("show", trial).out
    command = shlex.split(told.splitlines()[-1].partition(": ")[2])
    assert rnnbench(*command[1:], "--store", "other.sqlite").code == 0
    with Store(tmp_path / "other.sqlite") as store:
        assert store.trials()["trial"].tolist() == [trial]


def test_the_recorded_command_makes_the_same_trials(rnnbench: Command, tmp_path: Path) -> None:
    rnnbench("run", "quick", *SMALL[6:], "--set", "learning_rate=1e-3,1e-2", "--name", "mine")
    with Store(tmp_path / "rnnbench.sqlite") as store:
        run = store.latest("mine")
    assert rnnbench("export", "x.csv").code == 0
    assert sorted(set(pd.read_csv(tmp_path / "x.csv")["learning_rate"])) == [0.001, 0.01], "an axis has a column"
    assert rnnbench(*shlex.split(run.command)[1:], "--store", "again.sqlite").code == 0
    with Store(tmp_path / "again.sqlite") as store:
        assert store.trials()["trial"].tolist() == rows(tmp_path)["trial"].tolist()


def test_dry_run_trains_nothing(rnnbench: Command, tmp_path: Path) -> None:
    done = rnnbench("run", "latching-2018", "--dry-run", "--accelerator", "cpu", "--jobs", "2")
    first, second, *grid = done.out.splitlines()
    assert first == "length 30 stands 2 times in study 'latching-2018'; it is run once."
    assert re.fullmatch(
        r"latching-2018: 1,500 trials, 0 of them stored; 1,500 to train in \d+ populations, "
        r"2 at a time on cpu: about \d+ s, and 5 s more for each of 2 kernels unless the cache has it\.",
        second,
    )
    assert 'cells = ["srnn:keras2", "lstm:keras2"]' in [line.strip() for line in grid]
    assert tomllib.loads("\n".join(grid))["protocol"]["epochs"] == 5
    assert not (tmp_path / "rnnbench.sqlite").exists()


def test_dry_run_as_json(rnnbench: Command) -> None:
    told = json.loads(rnnbench("run", *SMALL, "--dry-run", "--json", "--accelerator", "cpu").out)
    assert (told["event"], told["trials"], told["stored"], told["populations"]) == ("forecast", 2, 0, 1)
    assert told["grid"]["lengths"] == [3]
    assert told["seconds"] > 0


def test_a_shown_study_is_a_study_file(rnnbench: Command, tmp_path: Path) -> None:
    """All that spans its grid: the same trials come of it."""
    told = rnnbench("show", "quick").out
    (tmp_path / "mine.toml").write_text(told[told.index("tasks = ") : told.index("\n96 trials")])
    mine, quick = (rnnbench("run", name, "--dry-run").out.splitlines() for name in ("mine.toml", "quick"))
    assert mine[0] == quick[0].replace("quick", "mine")
    assert mine[1:] == quick[1:]


def test_the_protocol_is_listed(rnnbench: Command) -> None:
    rows = json.loads(rnnbench("list", "protocol", "--json").out)
    assert [row["name"] for row in rows] == list(Protocol.model_fields)
    assert all(row["summary"] for row in rows)
    assert {row["name"]: row["values"] for row in rows}["split"] == 'random or last; default "random"'


def test_json_and_quiet(rnnbench: Command) -> None:
    lines = [json.loads(line) for line in rnnbench("run", *SMALL, "--json").out.splitlines()]
    assert [line["event"] for line in lines if line["event"] != "progress"] == ["planned", "finished", "summary"]
    assert lines[-1]["results"][0]["n"] == 2
    assert rnnbench("run", *SMALL, "--again", "--quiet").out == ""


def test_json_alone_whatever_a_plug_in_prints(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text("print('imported')\n" + TASK.format(fault="print('drawn')"))
    done = rnnbench("run", "--task", "dropped_task", *SMALL[2:], "--plugin", "task.py", "--json")
    assert done.code == 0
    assert {"imported", "drawn"} <= {*done.err.splitlines()}
    assert all(json.loads(line)["event"] for line in done.out.splitlines())
    assert rnnbench("list", "tasks").out.count("latching") > 1, "what is printed afterwards is seen again"


def test_quiet_prints_errors(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text(TASK.format(fault="assert batch < 50, 'too many'"))
    flags = ["--task", "dropped_task", *SMALL[2:], "--plugin", "task.py", "--quiet"]
    done = rnnbench("run", *flags)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[0].startswith("srnn length 3 seed 0: error, ")
    assert "too many" in done.err


def test_a_trial_that_is_not_there_is_told_with_how_many_are(rnnbench: Command) -> None:
    rnnbench("run", *SMALL)
    done = rnnbench("show", "0123456789abcdef")
    assert done.code == 2
    assert done.err == (
        "error: unknown trial '0123456789abcdef': store rnnbench.sqlite has 2, which `rnnbench export` lists, none of "
        "that id.\n"
    )


def test_a_run_s_name_leads_out_of_no_folder(rnnbench: Command, tmp_path: Path) -> None:
    rnnbench("run", *SMALL)
    connection = sqlite3.connect(tmp_path / "rnnbench.sqlite")
    connection.execute("UPDATE runs SET name = '../../escaped'")
    connection.commit()
    connection.close()
    done = rnnbench("report", "--report-dir", "some/where")
    assert (done.code, done.err) == (
        2, "error: no folder can be named after a run '../../escaped'; rnnbench gives no such names.\n"
    )  # fmt: skip
    assert not (tmp_path / "escaped").exists()


def test_dropped_files_run_by_name_and_stand_in_the_report(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text(TASK.format(fault=""))
    (tmp_path / "cell.py").write_text(CELL)
    assert max(len(text.strip().splitlines()) for text in (TASK, CELL)) <= 25
    plugins = ("--plugin", "task.py", "--plugin", "cell.py")
    flags = ("--task", "dropped_task", "--cell", "dropped_cell:a=0.5", *SMALL[4:])
    done = rnnbench("run", *plugins, *flags, "--name", "dropped", "--report")
    assert (done.code, done.err) == (0, "")
    told = rnnbench("show", rows(tmp_path)["trial"][0]).out
    assert told.endswith(" --plugin task.py --plugin cell.py --again\n")
    report = (tmp_path / "reports" / "dropped" / "report.html").read_text()
    assert "dropped_task" in report
    assert "dropped_cell" in report
    assert re.search("^dropped_task +Which sign", rnnbench("list", "tasks", "--plugin", "task.py").out, re.MULTILINE)


def test_a_plug_in_that_breaks_its_contract_stops_only_itself(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text(TASK.format(fault="return None"))
    done = rnnbench("run", "--plugin", "task.py", "--task", "dropped_task", *SMALL)
    assert done.code == 2
    assert done.err == "error: task 'dropped_task' at length 3: sample must return a Batch, got NoneType.\n"
    told = rows(tmp_path)[["task", "status"]].to_numpy().tolist()
    assert told == [["dropped_task", "skipped"]] * 2 + [["latching", "ok"]] * 2


def test_where_nothing_is_left_to_train_only_the_reason_is_told(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text(TASK.format(fault="return None"))
    for more in ([], ["--dry-run"]):
        done = rnnbench("run", "--plugin", "task.py", "--task", "dropped_task", *SMALL[2:], *more)
        assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert not (tmp_path / "rnnbench.sqlite").exists()


def test_only_studies_that_were_run_are_reported_on(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text(TASK.format(fault="return None"))
    refused = ("run", "--plugin", "task.py", "--task", "dropped_task", *SMALL[2:], "--report")
    done = rnnbench(*refused)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    study = 'name = "{name}"\ntasks = ["{task}"]\ncells = ["srnn"]\nlengths = [3]\n[protocol]\nupdates = 4\n'
    for name, task in (("bad", "dropped_task"), ("good", "latching")):
        (tmp_path / f"{name}.toml").write_text(study.format(name=name, task=task))
    done = rnnbench("run", "bad.toml", "good.toml", "--plugin", "task.py", *SMALL[8:], "--report")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["good-changed"]


def test_list_runs_tells_which_did_not_come_to_their_end(rnnbench: Command, tmp_path: Path) -> None:
    rnnbench("run", *SMALL)
    with Store(tmp_path / "rnnbench.sqlite", create=True) as store:
        store.begin_run("open", {}, "rnnbench run", [*rows(tmp_path)["trial"], "0" * 16])
    first, *_ = rnnbench("list", "runs").out.splitlines()
    assert re.fullmatch(r"open +2 of 3 trials, started \S+, interrupted or still running", first)


def test_a_task_that_fails_while_training_is_exit_code_1(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text(TASK.format(fault="assert batch <= 4, 'too many'"))
    done = rnnbench("run", "--plugin", "task.py", "--task", "dropped_task", *SMALL)
    assert done.code == 1
    failed = rows(tmp_path).query("status == 'error'")
    assert failed["reason"].tolist() == ["AssertionError: too many"] * 2
    assert "dropped_task" in done.out


def test_another_grid_of_the_same_name_is_told(rnnbench: Command) -> None:
    told = (
        "latching-srnn: the latest run of this name had other trials (another grid, or plug-ins that were other then)"
    )
    assert told not in rnnbench("run", *SMALL).out
    assert told not in rnnbench("run", *SMALL, "--set", "learning_rate=1e-3", "--name", "other").out
    assert told not in rnnbench("run", *SMALL).out
    assert (
        f"{told}, and a report shows the latest alone; --name tells runs apart."
        in rnnbench("run", *SMALL, "--set", "clip=norm").out
    )


def test_what_cannot_run_is_a_row_with_its_reason(rnnbench: Command) -> None:
    """A transformer of nine units has no two heads: its trials are skipped, in store and report, and asked for anew."""
    asked = ("run", "--task", "latching", "--cell", "srnn,transformer:heads=2", "--hidden", "9", *SMALL[6:], "--report")
    done = rnnbench(*asked, "--name", "parted")
    assert done.code == 2
    assert "heads" in done.err
    with Store(Path("rnnbench.sqlite")) as store:
        table = store.trials(store.latest("parted").id)
    counts = table.groupby(["cell", "status"]).size().to_dict()
    seeds = table["seed"].nunique()
    assert counts == {("srnn", "ok"): seeds, ("transformer[heads=2]", "skipped"): seeds}
    assert table.loc[table["status"] == "skipped", "reason"].str.contains("heads").all()
    report = Path("reports/parted/report.md").read_text()
    assert f"{seeds} were skipped; see Failures" in report
    assert "transformer\\[heads=2\\]" in report
    again = rnnbench(*asked, "--name", "parted")
    assert (again.code, again.err) == (2, done.err)


def test_curves_and_summaries_are_exported(rnnbench: Command, tmp_path: Path) -> None:
    assert rnnbench("run", *SMALL, "--set", "learning_rate=1e-3,1e-2", "--set", "interval=2").code == 0
    assert rnnbench("export", "points.csv", "--curve", "validation_value").out == "8 points in points.csv\n"
    points = pd.read_csv(tmp_path / "points.csv")
    assert sorted(points["update"].unique()) == [2, 4]
    assert points.groupby(["learning_rate", "seed"]).size().to_dict() == dict.fromkeys(
        [(rate, seed) for rate in (0.001, 0.01) for seed in (0, 1)], 2
    )
    with Store(tmp_path / "rnnbench.sqlite") as store:
        latest = store.latest(store.runs()[0].name)
        own = store.curves(latest, "validation_value")
        assert len(store.trials(latest)) == 4
    assert sorted(own["value"]) == pytest.approx(sorted(points["value"]))
    assert rnnbench("export", "table.csv", "--summary").out == "2 rows in table.csv\n"
    table = pd.read_csv(tmp_path / "table.csv")
    assert table["n"].tolist() == [2, 2]
    assert (table["low"] < table["high"]).all()
    both = rnnbench("export", "x.csv", "--summary", "--curve", "train_loss")
    assert both.code == 2
    assert both.err.startswith("error: export writes a --summary or a --curve, got both: call it twice.")
    unknown = rnnbench("export", "x.csv", "--curve", "accuracy")
    assert unknown.code == 2
    assert "unknown curve 'accuracy'" in unknown.err
    assert "validation_value" in unknown.err
