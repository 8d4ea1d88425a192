"""``rnnbench explain``: every instrument takes a stranger's cell; mistakes are a line each."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rnnbench.store.store import Store
from tests.cli.conftest import SMALL, Command
from tests.execute.broken import TASK

PLUGIN = str(Path(__file__).parents[1] / "explain" / "pascanu_plugin.py")
QUICK = [
    *(
        "--set",
        "updates=6",
        "--set",
        "interval=3",
        "--set",
        "sequences=200",
        "--set",
        "validation=40",
        "--set",
        "test=50",
    ),
    *("--length", "5", "--repeats", "2"),
]
STRANGER = ["--plugin", PLUGIN, "--task", "seventy", "--cell", "wall", *QUICK]


@pytest.mark.parametrize(
    ("words", "figure"),
    [
        (["gradients"], "gradients"),
        (["landscape", "--along", "w;b"], "landscape-maps"),
        (["dynamics", "--along", "w"], "bifurcation"),
        (["ablate"], "ablate"),
        (["extrapolate"], "extrapolate"),
    ],
    ids=lambda item: item[0] if isinstance(item, list) else "",
)
def test_a_strangers_cell_goes_through(words: list[str], figure: str, rnnbench: Command, tmp_path: Path) -> None:
    done = rnnbench("explain", *words, *STRANGER)
    assert (done.code, done.err) == (0, "")
    assert "wall (1 unit) on seventy" in done.out.replace("\n", " ")
    folder = tmp_path / "reports" / f"explain-{words[0]}"
    assert (folder / "figures" / f"{figure}.svg").exists()
    page = (folder / "report.md").read_text(encoding="utf-8")
    assert "| nan" not in page
    assert "wall (1 unit) on seventy at length 5, 2 seeds, 6 updates of adam" in page


def test_a_strangers_trial_is_diagnosed(rnnbench: Command, tmp_path: Path) -> None:
    where = ["--plugin", PLUGIN, "--task", "seventy", "--cell", "wall", "--hidden", "1", *QUICK]
    assert rnnbench("run", *where, "--quiet").code == 0
    with Store(tmp_path / "rnnbench.sqlite") as store:
        trial = store.trials()["trial"][0]
    done = rnnbench("explain", "diagnose", trial, "--plugin", PLUGIN)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Diagnosis: ")
    assert (tmp_path / "reports" / "explain-diagnose" / "report.html").exists()


def test_whose_plugin_is_needed_is_told(rnnbench: Command, tmp_path: Path) -> None:
    """Another name of a task, as if the file were not at hand."""
    assert rnnbench("run", *SMALL, "--quiet").code == 0
    path = tmp_path / "rnnbench.sqlite"
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.execute("UPDATE trials SET spec = replace(spec, 'latching[', 'lacing[')")
        opened.execute("UPDATE runs SET command = command || ' --plugin own.py'")
        (trial,) = opened.execute("SELECT trial FROM trials LIMIT 1").fetchone()
    done = rnnbench("explain", "diagnose", trial)
    assert (done.code, done.err) == (
        2, "error: unknown task 'lacing' here; the trial's run had --plugin own.py: add it.\n",
    )  # fmt: skip


NEEDS = "diagnose needs a TRIAL and the others take none, got {}: `rnnbench export results.csv` lists trials."
MISTAKES = {
    "name": (
        ["lstm"],
        "unknown explanation 'lstm'. Known explanations: ablate, bengio-1994, diagnose, dynamics, extrapolate, "
        "gradients, landscape, pascanu-2013, why-lstm-cannot-latch.",
    ),
    "no trial": (["diagnose"], NEEDS.format("diagnose")),
    "a trial": (["gradients", "0" * 16], NEEDS.format("gradients " + "0" * 16)),
    "along": (["gradients", "--along", "w"], "explain gradients does not read --along: leave it out."),
    "member of all": (["ablate", "--member", "1"], "explain ablate does not read --member: leave it out."),
    "unread by a source": (
        ["bengio-1994", "--along", "nope", "--cell", "bogus", "--task", "bogus", "--length", "0", "--set", "x=1"],
        "explain bengio-1994 does not read --task, --cell, --length, --set, --along: leave them out.",
    ),
    "unread by diagnose": (
        ["diagnose", "0" * 16, "--cell", "gru", "--kernel", "eager"],
        "explain diagnose does not read --cell, --kernel: leave them out.",
    ),
    "no repeats": (["gradients", "--repeats", "0"], "repeats: Input should be greater than 0 (got 0)."),
    "kernel": (["gradients", "--kernel", "bogus"], "unknown kernel 'bogus'. Known kernels: auto, eager, numba."),
    "triton": (
        ["gradients", "--kernel", "triton"],
        "unknown kernel 'triton'. It runs on CUDA, with `rnnbench run`. Known kernels: auto, eager, numba.",
    ),
    "no plane": (["landscape", "--along", ""], "--along takes path, random or two parameters such as 'A;B', got ''."),
    "plane": (["landscape", "--along", "w"], "--along takes path, random or two parameters such as 'A;B', got 'w'."),
    "several": (["gradients", "--cell", "lstm,gru"], "an explanation is of one model, repeated: give one cell."),
    "member": (["dynamics", "--repeats", "2", "--member", "2"], "--member is from 0 to 1, got 2."),
    "no store": (
        ["diagnose", "0" * 16],
        "there is no store at rnnbench.sqlite: run a study first, or name another with --store.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str, rnnbench: Command) -> None:
    words, message = MISTAKES[name]
    done = rnnbench("explain", *words)
    assert (done.err, done.code, done.out) == (f"error: {message}\n", 2, "")


def test_a_parameter_that_does_not_exist(rnnbench: Command) -> None:
    done = rnnbench("explain", "landscape", "--along", "recurent;kernel[0,0]", *QUICK)
    assert done.err.startswith("error: unknown parameter of the model 'recurent'. Did you mean")
    assert (done.code, done.err.count("\n")) == (2, 1)


def test_many_units_have_no_map(rnnbench: Command) -> None:
    done = rnnbench("explain", "dynamics", "--cell", "gru", "--hidden", "3", "--along", "recurrent[0,0]", *QUICK)
    assert "has 3: choose --hidden 1 or leave --along out" in done.err
    assert (done.code, done.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("fault", "told"), [("[][0]", "IndexError: list index out of range"), ("exit(0)", "SystemExit: 0")]
)
def test_what_a_plug_in_raises_later_is_one_line_that_names_its_line(
    fault: str, told: str, rnnbench: Command, tmp_path: Path
) -> None:
    """What no check before can see: only test sequences fail."""
    name = f"late_{len(fault)}"
    text = TASK.replace("{name}", name).replace("{body}", "return Batch(x, y, n, s)").rstrip() + (
        "\n    def draw(self, rng, batch, length, purpose):"
        f"\n        return {fault} if purpose == 'test' else self.sample(rng, batch, length)\n"
    )
    (tmp_path / "late.py").write_text(text)
    done = rnnbench("explain", "gradients", "--task", name, "--plugin", "late.py", *QUICK)
    line = len(text.splitlines())
    assert done.err.splitlines()[-1] == f"error: plug-in {tmp_path / 'late.py'}:{line} raises {told}"
    assert (done.code, done.out) == (2, "")
