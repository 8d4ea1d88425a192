"""Every mistake is one line on standard error with exit code 2: the rule, the value, the way out."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from rnnbench import registry
from rnnbench.studies import shipped
from tests.cli.conftest import SMALL, Command

CELLS = f"Known cells: {', '.join(registry.CELLS)}."
TASKS = f"Known tasks: {', '.join(registry.TASKS)}."
SHOWN = [*registry.TASKS, *registry.CELLS, *registry.OPTIMISERS, *shipped()]
LENGTH = "a length is a number or first:last:step such as 10:200:10, got "

MISTAKES: dict[str, tuple[list[str], str]] = {
    "study": (["run", "latchin"], "unknown study 'latchin'. Did you mean 'latching'? "
              "Known studies: bit-relay, latching, latching-2018, memory, quick."),
    "study file": (["run", "none.toml"], "study file none.toml cannot be read: No such file or directory."),
    "task": (["run", "--task", "laching"],
             f"unknown task 'laching'. Did you mean 'latching'? {TASKS}"),
    "cell": (["run", "--task", "latching", "--cell", "lstn"], f"unknown cell 'lstn'. Did you mean 'lstm'? {CELLS}"),
    "no cell": (["run", "--task", "latching", "--cell", ""],
                'cells: it must hold at least one, such as cells = ["lstm", "gru"].'),
    "no task": (["run", "--cell", "lstm"],
                "flags alone need a task: add --task NAME, or name a study for the flags to change."),
    "length word": (["run", "--task", "latching", "--length", "a"], LENGTH + "'a'."),
    "length range": (["run", "--task", "latching", "--length", "5:1:1"], LENGTH + "'5:1:1'."),
    "length zero": (["run", "--task", "latching", "--length", "0"], "lengths must be at least 1, got 0."),
    "length short": (["run", "--task", "bit_relay", "--length", "1"], "task 'bit_relay' needs length ≥ 2, got 1."),
    "hidden": (["run", "--task", "latching", "--hidden", "0"], "--hidden takes whole numbers of at least 1, got '0'."),
    "size and budget": (["run", "--task", "latching", "--hidden", "2", "--match", "state=2"],
                        "give either hidden or match, got hidden=[2] and match=state=2."),
    "budget": (["run", "quick", "--match", "10k"], "match: a budget is params=NUMBER or state=NUMBER, a whole number "
               "such as 64, 10k or 1.5M, up to 1000M (got '10k')."),
    "repeats": (["run", "quick", "--repeats", "0"], "repeats: Input should be greater than 0 (got 0)."),
    "repeats of a slip": (["run", "quick", "--repeats", "9" * 20],
                          f"repeats: Input should be less than or equal to 1000000000 (got {'9' * 20})."),
    "seed": (["run", "quick", "--seed", "9223372036854775807"],
             "seed and repeats must add up to less than 2**63, got 9223372036854775807 and 8."),
    "hidden of a slip": (["run", "quick", "--hidden", "9" * 20],
                         f"hidden.0: Input should be less than or equal to 1000000000 (got {'9' * 20})."),
    "length of a slip": (["run", "quick", "--length", "1:" + "9" * 23 + ":" + "9" * 19],
                         f"lengths must be at most 1,000,000,000, got '1:{'9' * 23}:{'9' * 19}'."),
    "study of a long name": (["run", "a" * 300], f"study file {'a' * 300} cannot be read: File name too long."),
    "store of a dry run": (["run", *SMALL, "--dry-run", "--store", "no/x.sqlite"],
                           "the folder of the store no/x.sqlite does not exist; create it first."),
    "set word": (["run", "quick", "--set", "fast"], "--set takes key=value such as learning_rate=1e-2, got 'fast'."),
    "set value": (["run", "quick", "--set", "learning_rate=-1"],
                  "study 'quick-changed': learning_rate: Input should be greater than 0 (got -1)"),
    "set both": (["run", "quick", "--set", "epochs=1", "--set", "updates=1"],
                 "study 'quick-changed': give either epochs or updates, got both"),
    "set twice": (["run", "quick", "--set", "updates=5", "--set", "updates=6"],
                  "--set takes each value once, got updates twice: a comma makes an axis, updates=A,B."),
    "tune what is no training": (["run", "quick", "--tune", "sequences=500,1000"],
                                 "unknown value that can be tuned 'sequences'. Known values that can be tuned: batch, "
                                 "clip, clip_threshold, learning_rate, optimiser, readout, schedule, warmup."),
    "tune one": (["run", "quick", "--tune", "learning_rate=1e-3"],
                 "tune: learning_rate needs two candidates or more, each once, got [0.001]."),
    "tune twice": (["run", "quick", "--tune", "batch=8,16", "--tune", "batch=4,8"],
                   "--tune takes each value once, got batch twice: a comma makes candidates, batch=A,B."),
    "tune and set": (["run", "quick", "--set", "batch=8", "--tune", "batch=4,8"],
                     "batch stands in the protocol and in tune: give it once."),
    "tune badly": (["run", "quick", "--tune", "learning_rate=1e-3,-1"],
                   "study 'quick-changed': learning_rate: Input should be greater than 0 (got -1)"),
    "tuning seeds": (["run", "quick", "--tune", "batch=4,8", "--seed", "1000000000"],
                     "a study that tunes has seeds and data seeds below 1,000,000,000, got seeds up to 1000000007."),
    "set lines": (["run", "quick", "--set", "learning_rate=1\nx=2"],
                  r"--set takes key=value such as learning_rate=1e-2, got 'learning_rate=1\nx=2'."),
    "set nothing": (["run", "quick", "--set", "updates=,"],
                    "study 'quick-changed': updates: Input should be a valid integer, unable to parse string as an "
                    "integer (got ',')"),
    "set truth": (["run", "quick", "--set", "updates=true"],
                  "study 'quick-changed': updates: Input should be a number (got true)"),
    "set truth in a list": (["run", "quick", "--set", "learning_rate=1,true"],
                            "study 'quick-changed': learning_rate: Input should be a number (got true)"),
    "set too much": (["run", "quick", "--set", "batch=" + "9" * 20],
                     "study 'quick-changed': batch: Input should be less than or equal to 1000000000 "
                     f"(got {'9' * 20})"),
    "set digits": (["run", "quick", "--set", "updates=" + "9" * 5000],
                   "study 'quick-changed': updates: Unable to parse input string as an integer, exceeded maximum size "
                   f"(got '{'9' * 59}... (5,002 letters))"),
    "set nested": (["run", "quick", "--set", "learning_rate=" + "[" * 3000],
                   "study 'quick-changed': learning_rate: Input should be a valid number, unable to parse string as a "
                   f"number (got '{'[' * 59}... (3,002 letters))"),
    "precision": (["run", "quick", "--precision", "16"],
                  "precision: Input should be '32', '64' or 'bf16-mixed' (got '16')."),
    "a table": (["run", "quick", "--set", "learning_rate={a=1}"],
                "study 'quick-changed': learning_rate: Input should be a valid number (got {{'a': 1}})"),
    "two keys": (["run", "quick", "--set", "updates=10,epochs=3"],
                 "--set takes one key, got 'updates=10,epochs=3': give --set again, --set epochs=3."),
    "memory": (["run", "quick", "--memory", "much"], "--memory takes a size such as 4GB or 512MiB, got 'much'."),
    "memory of a slip": (["run", "quick", "--memory", "9" * 400 + "GB"], "--memory takes a size such as 4GB or 512MiB, "
                         f"got '{'9' * 59}... (404 letters)."),
    "jobs": (["run", "quick", "--jobs", "0"], "--jobs must be at least 1, got 0."),
    "accelerator": (["run", "quick", "--accelerator", "cdua"], "unknown accelerator 'cdua'. Did you mean 'cuda'? "
                    "Known accelerators: auto, cpu, cuda, gpu, mps, tpu."),
    "two names": (["run", "quick", "latching", "--name", "x"],
                  "--name names one run, got 2 studies; run them one by one."),
    "no name": (["run", "--task", "latching", "--name", ""],
                "--name needs a letter or a digit first, got none: leave it out, and the run is named for you."),
    "odd name": (["run", "quick", "--name", "a/b"],
                 "name: String should match pattern '^[A-Za-z0-9][A-Za-z0-9._-]*$' (got 'a/b')."),
    "plugin": (["run", "--plugin", "none.py"], "plug-in {folder}/none.py cannot be read: No such file or directory."),
    "no store": (["report"], "there is no store at rnnbench.sqlite: run a study first, or name another with --store."),
    "long store": (["run", "quick", "--store", "s" * 300],
                   f"no store can be at {'s' * 80!r}: File name too long; name another with --store."),
    "store folder": (["run", "quick", "--store", "none/x.sqlite"],
                     "the folder of the store none/x.sqlite does not exist; create it first."),
    "show": (["show", "lstn"],
             f"unknown name 'lstn'. Did you mean 'lstm'? Known names: {', '.join(sorted(set(SHOWN))[:8])} and "
             f"{len(set(SHOWN)) - 8} more."),
    "show length of a cell": (["show", "lstm", "--length", "5"],
                              "show lstm does not read --length: leave it out."),
    "show units of a cell": (["show", "lstm", "--hidden", "8"], "show lstm does not read --hidden: leave it out."),
    "show length of a kernel": (["show", "lstm", "--kernel", "--length", "5"],
                                "show --kernel does not read --length: leave it out."),
    "show length of a study": (["show", "quick", "--length", "5"],
                               "show quick does not read --length: leave it out."),
    "show length of a trial": (["show", "0" * 16, "--length", "5"],
                               "show of a trial does not read --length: leave it out."),
    "show length": (["show", "bit_relay", "--length", "1"], "task 'bit_relay' needs length ≥ 2, got 1."),
    "show long": (["show", "copy", "--length", "99999999999999999999"],
                  "--length must be at most 1,000,000, got 99,999,999,999,999,999,999: its last 150 steps are shown."),
    "bench cell": (["bench", "--cell", "lstn"], f"unknown cell 'lstn'. Did you mean 'lstm'? {CELLS}"),
    "bench kernel": (["bench", "--kernel", "nunba"],
                     "unknown kernel 'nunba'. Did you mean 'numba'? Known kernels: auto, eager, numba."),
    "bench triton": (["bench", "--kernel", "triton"], "unknown kernel 'triton'. It runs on CUDA, with `rnnbench run`. "
                     "Known kernels: auto, eager, numba."),
    "bench no kernel": (["bench", "--kernel", ""], "unknown kernel ''. Known kernels: auto, eager, numba."),
    "bench batch of a slip": (["bench", "--batch", "9" * 11], f"--batch must be at most 100,000, got {'9' * 11}."),
    "bench members of a slip": (["bench", "--members", "9" * 9], f"--members must be at most 10,000, got {'9' * 9}."),
    "bench rounds of a slip": (["bench", "--rounds", "9" * 9], f"--rounds must be at most 10,000, got {'9' * 9}."),
    "bench hidden": (["bench", "--hidden", "0"], "--hidden takes whole numbers of at least 1, got '0'."),
    "bench length": (["bench", "--length", "x"], LENGTH + "'x'."),
    "bench batch": (["bench", "--batch", "0"], "--batch must be at least 1, got 0."),
    "bench members": (["bench", "--members", "-1"], "--members must be at least 1, got -1."),
    "bench seconds": (["bench", "--seconds", "nan"], "--seconds must be above 0, got nan."),
    "command": (["rum", "quick"], "no such command 'rum'. Did you mean 'run'? See rnnbench --help."),
    "option": (["run", "quick", "--repeat", "3"],
               "there is no option '--repeat'. Did you mean '--repeats'? See rnnbench run --help."),
    "option of none": (["run", "-x"], "there is no option '-x'. See rnnbench run --help."),
    "option alone": (["run", "quick", "--repeats"], "option '--repeats' requires an argument."),
    "option with a word": (["run", "quick", "--repeats", "x"],
                           "--repeats takes a whole number, got 'x'. See rnnbench run --help."),
    "option of a number": (["bench", "--seconds", "x"],
                           "--seconds takes a number, got 'x'. See rnnbench bench --help."),
    "choice": (["list", "task"], "unknown kind 'task'. Did you mean 'tasks'? "
               "Known kinds: cells, optimisers, protocol, runs, studies, tasks. See rnnbench list --help."),
    "quoted choice": (["list", "ta'ks"], "unknown kind \"ta'ks\". Did you mean 'tasks'? "
                      "Known kinds: cells, optimisers, protocol, runs, studies, tasks. See rnnbench list --help."),
    "argument": (["show"], "missing argument 'name'. See rnnbench show --help."),
    "arguments": (["show", "a", "b"], "got unexpected extra argument(s) (b). See rnnbench show --help."),
    "export": (["export", "x.xls"], "export writes .csv or .parquet, got 'x.xls'."),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_one_line_and_exit_code_2(name: str, rnnbench: Command, tmp_path: Path) -> None:
    words, message = MISTAKES[name]
    done = rnnbench(*words)
    assert done.err == f"error: {message.format(folder=tmp_path)}\n"
    assert (done.code, done.out) == (2, "")


def _text(path: Path) -> None:
    path.write_text("not a store " * 20)


def _foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (a)")
    connection.commit()
    connection.close()


def _newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA application_id = 1919839842")
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.mkdir, "store s.sqlite is a folder; --store names a file."),
        (_text, "s.sqlite is not a store: it is no SQLite file. Name another with --store."),
        (_foreign, "s.sqlite is not a store: it is some other SQLite file. Name another with --store."),
        (_newer, "store s.sqlite has schema 99, this rnnbench knows up to 2: upgrade rnnbench, "
                 "or name another store with --store."),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "words", [["run", *SMALL], ["report"], ["export", "x.csv"], ["list", "runs"]], ids=lambda w: w[0]
)
def test_files_that_are_no_store(
    make: Callable[[Path], None], message: str, words: list[str], rnnbench: Command, tmp_path: Path
) -> None:
    make(tmp_path / "s.sqlite")
    before = (tmp_path / "s.sqlite").read_bytes() if (tmp_path / "s.sqlite").is_file() else b""
    done = rnnbench(*words, "--store", "s.sqlite")
    assert (done.code, done.err) == (2, f"error: {message}\n")
    assert not before or (tmp_path / "s.sqlite").read_bytes() == before


def test_a_study_file_names_every_mistake_at_its_line(rnnbench: Command, tmp_path: Path) -> None:
    text = 'name = "x"\ntasks = ["latching"]\ncells = ["srnn"]\nlengths = [3, "x"]\n[protocol]\nlearning_rate = -1\n'
    (tmp_path / "study.toml").write_text(text)
    done = rnnbench("run", "study.toml")
    assert done.code == 2
    assert done.err.splitlines() == [
        f"error: study.toml:4: lengths: {LENGTH}'x'.",
        "error: study.toml:6: protocol.learning_rate: Input should be greater than 0, got -1",
    ]


def test_a_name_that_a_study_file_misspells_is_told_with_its_line(rnnbench: Command, tmp_path: Path) -> None:
    text = 'name = "x"\ntasks = ["latching"]\ncells = ["srn"]\nlengths = [3]\n[protocol]\nepochs = 1\n'
    (tmp_path / "study.toml").write_text(text)
    told = f"unknown cell 'srn'. Did you mean 'srnn'? {CELLS}"
    assert rnnbench("run", "study.toml").err == f"error: study.toml:3: {told}\n"
    assert rnnbench("run", "study.toml", "--cell", "srn").err == f"error: {told}\n", "the flag's, not the file's"


@pytest.mark.parametrize("words", [["report"], ["export", "x.csv"], ["list", "runs"]], ids=lambda w: w[0])
def test_an_empty_file_is_a_store_without_runs(words: list[str], rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").touch()
    done = rnnbench(*words, "--store", "s.sqlite")
    message = "the store s.sqlite is empty: run a study first, or name another with --store."
    assert (done.code, done.err) == (2, f"error: {message}\n")


def test_every_unknown_name_is_told_at_once(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'tasks = ["latchin", "latching"]\ncells = ["srn", "lstn"]\nlengths = [5]\nprotocol.epochs = 1\n',
        encoding="utf-8",
    )
    done = rnnbench("run", "own.toml")
    assert done.code == 2
    assert [line.partition(" Known ")[0] for line in done.err.splitlines()] == [
        "error: own.toml:1: unknown task 'latchin'. Did you mean 'latching'?",
        "error: own.toml:2: unknown cell 'srn'. Did you mean 'srnn'?",
        "error: own.toml:2: unknown cell 'lstn'. Did you mean 'lstm'?",
    ]
