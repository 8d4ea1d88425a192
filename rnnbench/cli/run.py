"""``rnnbench run``: train what is asked for and is not in the store."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from rnnbench.cli import options
from rnnbench.cli.failure import user_errors
from rnnbench.registry import add_plugin


def run(
    studies: options.Studies = None,
    task: options.Tasks = None,
    cell: options.Cells = None,
    hidden: options.Hidden = None,
    match: Annotated[
        str | None,
        typer.Option(
            help="Choose the units of each cell by a budget: params=10k or state=64.", rich_help_panel=options.GRID
        ),
    ] = None,
    length: options.Lengths = None,
    repeats: Annotated[
        int | None, typer.Option(help="Seeds for each point of the grid.", rich_help_panel=options.GRID)
    ] = None,
    seed: options.FirstSeed = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A protocol value, key=value; a comma makes an axis. Repeatable.",
            rich_help_panel=options.GRID,
        ),
    ] = None,
    tune: Annotated[
        list[str] | None,
        typer.Option(
            help="Candidates for a protocol value, key=A,B; validation chooses. Repeatable.",
            rich_help_panel=options.GRID,
        ),
    ] = None,
    tuning_repeats: Annotated[
        int | None, typer.Option(help="Seeds for each candidate; by default 5.", rich_help_panel=options.GRID)
    ] = None,
    precision: Annotated[str | None, typer.Option(help="32, 64 or bf16-mixed.", rich_help_panel=options.GRID)] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the run; by default the study's, or made of the flags.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be trained, and train nothing.")] = False,
    store: options.StorePath = options.DEFAULT_STORE,
    again: Annotated[
        bool, typer.Option("--again", help="Train again what is stored.", rich_help_panel=options.KEPT)
    ] = False,
    weights: Annotated[
        bool, typer.Option("--weights", help="Keep the weights of large models too.", rich_help_panel=options.KEPT)
    ] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Render the report at the end.", rich_help_panel=options.KEPT)
    ] = False,
    report_dir: options.ReportFolder = Path("reports"),
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.", rich_help_panel=options.KEPT)] = False,
    as_json: options.AsJson = False,
    jobs: Annotated[
        int | None,
        typer.Option(help="Populations at a time; by default one a core or device.", rich_help_panel=options.MACHINE),
    ] = None,
    memory: Annotated[
        str | None,
        typer.Option(
            help="Memory for all workers, e.g. 4GB; by default most that is free.", rich_help_panel=options.MACHINE
        ),
    ] = None,
    accelerator: Annotated[
        str, typer.Option(help="auto, cpu, cuda, mps, tpu.", rich_help_panel=options.MACHINE)
    ] = "auto",
    devices: Annotated[
        int, typer.Option(help="Devices to use, each for populations of its own.", rich_help_panel=options.MACHINE)
    ] = 1,
    kernel: Annotated[
        str,
        typer.Option(
            help="What runs cells over time: auto, eager, numba (CPU), triton (CUDA).", rich_help_panel=options.MACHINE
        ),
    ] = "auto",
    plugin: options.Plugins = None,
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
            tune=tune or (),
            tuning_repeats=tuning_repeats,
            repeats=repeats,
            seed=seed,
            precision=precision,
            name=name,
            plugins=[str(path) for path in plugin or ()],
        )
        for path in plugin or ():
            add_plugin(path)
        wanted = request.resolve()
        from rnnbench.cli.carry_out import How, run_all
        from rnnbench.cli.size import parse_bytes
        from rnnbench.execute.options import Options
        from rnnbench.execute.worker import undisturbed, warm_up

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
        with undisturbed():  # what is half imported would say so in a way of its own
            machine = asked.settled()
        how = How(store, again, machine, _display(quiet, as_json))
        if dry_run:
            from rnnbench.cli.forecast import forecast

            raise typer.Exit(forecast(wanted, store, how.machine, again=again, as_json=as_json))
        code, run_now = run_all(wanted, request, how)
        if report and run_now:
            from rnnbench.cli.report import render

            render(store, run_now, report_dir, how.display.say)
    raise typer.Exit(code)


def _display(quiet: bool, as_json: bool) -> Any:
    from rnnbench.cli.display import choose

    return choose(quiet=quiet, as_json=as_json, terminal=sys.stdout.isatty())
