"""Chores. Sessions run in the environment that nox is called from: pip install -c constraints.txt -e '.[dev]'."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "tests"]
ROOT = Path(__file__).parent
STUDIES = ("latching-2018", "latching", "bit-relay", "memory")


def python(session: nox.Session, *arguments: str, env: dict[str, str] | None = None) -> None:
    """Run the calling environment's Python."""
    session.run(sys.executable, *arguments, external=True, env=env)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff's rules, ruff's format, spelling."""
    python(session, "-m", "ruff", "check", ".")
    python(session, "-m", "ruff", "format", "--check", ".")
    session.run(str(Path(sys.executable).with_name("codespell")), external=True)


@nox.session
def types(session: nox.Session) -> None:
    """Strict mypy over package, tasks, tests and this file."""
    python(session, "-m", "mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """The test suite, spread over up to four cores; arguments after -- go to pytest."""
    python(session, "-m", "pytest", "-n", "logical", "--maxprocesses", "4", "--dist", "worksteal", *session.posargs)


@nox.session
def kernels(session: nox.Session) -> None:
    """Every pair of cell, size, batch, length and members, and random cells, fused against eager (about 40 minutes)."""
    files = [f"tests/recurrence/test_{name}.py" for name in ("kernels", "random_cells", "triton")]
    python(session, "-m", "pytest", *files, "tests/train/test_company.py", env={"RNNBENCH_FULL": "1"})


@nox.session
def peers(session: nox.Session) -> None:
    """Time rnnbench beside JAX, torch.nn, Lightning and Keras, into reports/speed (half an hour; -- --matrix: more)."""
    with session.chdir(ROOT):
        python(session, "-m", "peers.run", *session.posargs)


@nox.session
def package(session: nox.Session) -> None:
    """Build a wheel, install it into a fresh environment elsewhere, and run a study from there."""
    with tempfile.TemporaryDirectory() as folder:
        python(session, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, str(ROOT))
        (wheel,) = Path(folder).glob("rnnbench-*.whl")
        python(session, "-m", "venv", f"{folder}/venv")
        fresh = f"{folder}/venv/bin"
        session.run(f"{fresh}/pip", "install", "-q", "-c", str(ROOT / "constraints.txt"), str(wheel), external=True)
        with session.chdir(folder):
            session.run(f"{fresh}/rnnbench", "list", "tasks", external=True)
            session.run(f"{fresh}/rnnbench", "run", "quick", "--report", external=True)


@nox.session
def plugin(session: nox.Session) -> None:
    """Install rnnbench and the example package of tests/third_party into a fresh environment, and use it elsewhere."""
    constraints = str(ROOT / "constraints.txt")
    with tempfile.TemporaryDirectory() as folder:
        python(session, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", folder, str(ROOT))
        (wheel,) = Path(folder).glob("rnnbench-*.whl")
        python(session, "-m", "venv", f"{folder}/venv")
        fresh = f"{folder}/venv/bin"
        example = shutil.copytree(ROOT / "tests" / "third_party", f"{folder}/example")  # a build leaves files behind
        session.run(f"{fresh}/pip", "install", "-q", "-c", constraints, str(wheel), str(example), external=True)
        with session.chdir(folder):
            for kind in ("tasks", "cells"):
                session.run(f"{fresh}/rnnbench", "list", kind, external=True)
            session.run(f"{fresh}/rnnbench", "check", "rnnbench-memory-zoo", external=True)
            words = ["--task", "count_ones", "--cell", "leaky,gru", "--length", "5", "--repeats", "2"]
            session.run(f"{fresh}/rnnbench", "run", *words, "--report", external=True)


@nox.session
def catalogue(session: nox.Session) -> None:
    """Train every pair of task and cell, and every task at its small shape, into reports/catalogue (16 minutes)."""
    with session.chdir(ROOT):
        python(session, "-m", "rnnbench.catalogue")


@nox.session
def studies(session: nox.Session) -> None:
    """Run the shipped studies anew and render their reports under reports/ (a minute; `memory` an hour)."""
    for study in session.posargs or STUDIES:
        store = ROOT / "reports" / study / "store.sqlite"
        store.parent.mkdir(parents=True, exist_ok=True)
        store.unlink(missing_ok=True)  # what is stored would not be trained again
        with session.chdir(ROOT):
            command = ["-m", "rnnbench", "run", study, "--report", "--store", os.path.relpath(store)]
            python(session, *command)


@nox.session
def explanations(session: nox.Session) -> None:
    """Make the pages of the question and of its sources anew, under reports/ (some minutes)."""
    with session.chdir(ROOT):
        for name in session.posargs or ("why-lstm-cannot-latch", "bengio-1994", "pascanu-2013"):
            python(session, "-m", "rnnbench", "explain", name)


@nox.session
def reports(session: nox.Session) -> None:
    """Render the committed reports anew from their stores."""
    for study in STUDIES:
        store = ROOT / "reports" / study / "store.sqlite"
        python(session, "-m", "rnnbench", "report", study, "--store", str(store), "--report-dir", str(ROOT / "reports"))


@nox.session
def verify(session: nox.Session) -> None:
    """Train trials of the committed stores again, 20 of each, and compare (a minute or two; arguments after --)."""
    for study in STUDIES:
        store = ROOT / "reports" / study / "store.sqlite"
        python(session, "-m", "rnnbench", "verify", "--store", str(store), *session.posargs)
