"""``rnnbench run``: train what is asked for and is not in the store."""

import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnbench.cli import options
from rnnbench.cli.failure import BAD_INPUT, complain, user_errors
from rnnbench.registry import add_plugin
from rnnbench.words import some

if TYPE_CHECKING:
    from rnnbench.cli.request import Request
    from rnnbench.execute.machine import Machine
    from rnnbench.store.store import Store
    from rnnbench.study import Study
    from rnnbench.trial import Trial

INTERRUPTED = 130
FAILED = 1


def run(
    studies: options.Studies = None,
    task: options.Tasks = None,
    cell: options.Cells = None,
    hidden: Annotated[list[str] | None, typer.Option(help="Units, e.g. 8 or 1,8. Repeatable.")] = None,
    match: Annotated[
        str | None, typer.Option(help="Choose the units of each cell by a budget: params=10k or state=64.")
    ] = None,
    length: Annotated[list[str] | None, typer.Option(help="Lengths, e.g. 50 or 10:200:10. Repeatable.")] = None,
    repeats: Annotated[int | None, typer.Option(help="Seeds for each point of the grid.")] = None,
    seed: Annotated[int | None, typer.Option(help="The first seed.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A protocol value, key=value; a comma makes an axis. Repeatable.")
    ] = None,
    precision: Annotated[str | None, typer.Option(help="32, 64 or bf16-mixed.")] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the run; by default the study's, or made of the flags.")
    ] = None,
    store: options.StorePath = options.DEFAULT_STORE,
    again: Annotated[bool, typer.Option("--again", help="Train again what is stored.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Render the report at the end.")] = False,
    report_dir: options.ReportFolder = Path("reports"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be trained, and train nothing.")] = False,
    jobs: Annotated[int | None, typer.Option(help="Populations at a time; by default one a core or device.")] = None,
    accelerator: Annotated[str, typer.Option(help="auto, cpu, cuda, mps, tpu.")] = "auto",
    kernel: Annotated[
        str, typer.Option(help="What runs cells over time: auto, eager, numba (CPU), triton (CUDA).")
    ] = "auto",
    devices: Annotated[int, typer.Option(help="Devices to use, each for populations of its own.")] = 1,
    memory: Annotated[
        str | None, typer.Option(help="Memory for all workers, e.g. 4GB; by default most that is free.")
    ] = None,
    weights: Annotated[bool, typer.Option("--weights", help="Keep the weights of large models too.")] = False,
    plugin: options.Plugins = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Train every trial of STUDIES, or of the grid that the flags describe, that the store does not hold yet.

    Flags beside a study change it, and the run is named STUDY-changed unless --name is given. Without studies and flags
    the study `quick` is run. What is finished is kept: the same command goes on after any interruption.
    """
    from rnnbench.cli.request import Request

    with user_errors():
        request = Request(
            studies=studies or (),
            tasks=task or (),
            cells=cell or (),
            hidden=hidden or (),
            match=match,
            lengths=length or (),
            settings=settings or (),
            repeats=repeats,
            seed=seed,
            precision=precision,
            name=name,
            plugins=[str(path) for path in plugin or ()],
        )
        for path in plugin or ():
            add_plugin(path)
        wanted = request.resolve()
        from rnnbench.cli.size import parse_bytes
        from rnnbench.execute.options import Options
        from rnnbench.execute.worker import warm_up

        if not dry_run:
            warm_up()
        asked = Options(
            jobs,
            accelerator,
            devices,
            parse_bytes(memory),
            tuple(path.resolve() for path in plugin or ()),
            kernel,
            weights,
        )
        how = How(store, again, asked.settled(), _display(quiet, as_json))
        if dry_run:
            from rnnbench.cli.forecast import forecast

            raise typer.Exit(forecast(wanted, store, how.machine, again=again, as_json=as_json))
        code, run_now = _run_all(wanted, request, how)
        if report and run_now:
            from rnnbench.cli.report import render

            render(store, run_now, report_dir, how.display.say)
    raise typer.Exit(code)


@dataclass(frozen=True)
class How:
    """How studies are run, whichever they are."""

    store: Path
    again: bool
    machine: "Machine"
    display: Any


def _display(quiet: bool, as_json: bool) -> Any:
    from rnnbench.cli.display import choose

    return choose(quiet=quiet, as_json=as_json, terminal=sys.stdout.isatty())


def _run_all(studies: Sequence["Study"], request: "Request", how: How) -> tuple[int, list[str]]:
    """Run one study after another; returns the exit code and the names of those that were not refused wholly."""
    codes = [
        _run(study, request.command(request.studies[number] if request.studies else None), how)
        for number, study in enumerate(studies)
    ]
    names = [study.name for study, code in zip(studies, codes, strict=True) if code is not None]
    return max((BAD_INPUT if code is None else code for code in codes), default=0), names


def _run(study: "Study", command: str, how: How) -> int | None:
    """Run one study; returns the exit code, or None if all of it is refused."""
    import pandas  # noqa: F401  # the summary's, read while the fork server is busy with imports of its own
    import scipy.stats  # noqa: F401

    from rnnbench.cli.matching import matched_units, off_budget
    from rnnbench.execute.probe import check_plugins
    from rnnbench.store.store import Store

    trials, complaints = check_plugins(study.trials())
    for note in (*study.notes(), *matched_units(study, trials)):
        how.display.say(note)
    complain("\n".join(complaints))
    if not trials:
        return None
    with Store(how.store, create=True) as store:
        ids = [trial.id for trial in trials]
        if store.planned(study.name) not in (set(), set(ids)):
            told = "the latest run of this name had another grid, and a report shows the latest alone"
            how.display.say(f"{study.name}: {told}; --name tells runs apart.")
        number = store.begin_run(study.name, study.model_dump(mode="json"), command, ids)
        with _interruptible(study.name, ids, how), how.display.watching(study.name):
            _train(study.name, trials, store, how)
        store.finish_run(number)
        table = store.trials(number)
        how.display.summary(study.name, table)
        for line in off_budget(study, table):
            how.display.say(line)
    failed = bool((table["status"] == "error").any())
    return BAD_INPUT if complaints else FAILED if failed else 0


def _train(name: str, trials: Sequence["Trial"], store: "Store", how: How) -> None:
    """Train what ``store`` lacks of ``trials``."""
    from rnnbench.execute.local import run_trials

    stored = set() if how.again else store.finished()
    todo = [trial for trial in trials if trial.id not in stored]
    if todo:
        run_trials(todo, store, how.machine, how.display, stored=len(trials) - len(todo))
    else:
        how.display.say(f"{name}: {how.store} has all of it, {some(len(trials), 'trial')}; --again trains anew.")


@contextmanager
def _interruptible(name: str, ids: Sequence[str], how: How) -> Iterator[None]:
    """Ctrl-C and a polite kill end the run with what is stored and how to go on."""
    from rnnbench.store.store import Store

    def stop(number: int, _: object) -> None:
        raise KeyboardInterrupt(number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt as interrupt:
        with Store(how.store) as store:
            done = len(store.finished() & set(ids))
        print(f"interrupted: {done} of {some(len(ids), 'trial')} of {name} are in {how.store}.", file=sys.stderr)
        onward = "start anew with" if how.again else "go on with"
        print(f"{onward}: {shlex.join(['rnnbench', *sys.argv[1:]])}", file=sys.stderr)
        raise typer.Exit(143 if signal.SIGTERM in interrupt.args else INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)
