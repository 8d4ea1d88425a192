"""``rnnbench bench``: how fast cells run on this machine, kernel by kernel."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnbench.cli import options
from rnnbench.cli.failure import user_errors
from rnnbench.cli.json_output import print_json
from rnnbench.errors import RnnbenchError
from rnnbench.registry import add_plugin
from rnnbench.words import received, some

if TYPE_CHECKING:
    from rnnbench.bench.measure import Timing
    from rnnbench.trial import Trial

TRAINING = 1024
"""Sequences in the data set, at least: batches are drawn from it as in a run."""
MOST = {"--batch": 100_000, "--members": 10_000, "--rounds": 10_000}
"""Beyond, one core would have no end in sight, or no memory."""


def bench(
    cell: options.Cells = None,
    hidden: options.Hidden = None,
    length: options.Lengths = None,
    kernel: Annotated[list[str] | None, typer.Option(help="auto, eager or numba. Repeatable.")] = None,
    batch: Annotated[int, typer.Option(help="Sequences in a batch.")] = 16,
    members: Annotated[int | None, typer.Option(help="Models at once; by default what fills a tile.")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds; figures are their medians.")] = 5,
    seconds: Annotated[float, typer.Option(help="How long a kernel runs in a round.")] = 0.2,
    plugin: options.Plugins = None,
    as_json: options.AsJson = False,
) -> None:
    """Time kernels side by side on one core: nanoseconds for one sequence of one model to advance one step.

    Whole updates are timed, optimiser included. The last column is the share of the core's arithmetic limit: the
    operations that the equations need, over the multiply-adds that compiled code reaches here.
    """
    with user_errors():
        for path in plugin or ():
            add_plugin(path)
        _check({"--batch": batch, "--members": members, "--rounds": rounds}, seconds)
        kernels = _kernels(kernel or ())
        trials = _trials(cell or (), hidden or ("1,8",), length or ("200",), batch)
        timings = _measured(trials, kernels, members, rounds, seconds, quiet=as_json)
    if as_json:
        print_json([_row(timing, timings) for timing in timings], indent=1)
    else:
        _show(timings)


def _check(counts: dict[str, int | None], seconds: float) -> None:
    for name, value in counts.items():
        if value is not None and value < 1:
            raise RnnbenchError(f"{name} must be at least 1, got {value}.")
        if value is not None and value > MOST[name]:
            raise RnnbenchError(f"{name} must be at most {MOST[name]:,}, got {received(value)}.")
    if not 0 < seconds < float("inf"):
        raise RnnbenchError(f"--seconds must be above 0, got {seconds:g}.")


def _kernels(texts: Sequence[str]) -> list[str]:
    from rnnbench import grammar

    names = [name for text in texts or ("eager,auto",) for name in grammar.split_list(text) or [text]]
    for name in names:
        options.check_cpu_kernel(name)
    return list(dict.fromkeys(names))


def _trials(cells: Sequence[str], hidden: Sequence[str], lengths: Sequence[str], batch: int) -> "list[Trial]":
    """A trial for each cell, size and length."""
    from rnnbench.cli.request import Request

    sequences = batch * -(-TRAINING // batch) + 1
    settings = [f"batch={batch}", "updates=1000000", f"sequences={sequences}", "validation=1"]
    request = Request(
        tasks=["latching"], cells=cells, hidden=hidden, lengths=lengths, settings=settings, repeats=1, name="bench"
    )
    return [trial for study in request.resolve() for trial in study.trials()]


def _measured(
    trials: "Sequence[Trial]", kernels: Sequence[str], members: int | None, rounds: int, seconds: float, *, quiet: bool
) -> "list[Timing]":
    from rich.console import Console
    from rich.markup import escape

    from rnnbench.bench.measure import measure
    from rnnbench.execute.probe import require_sound_plugins

    require_sound_plugins(trials)
    console, timings = Console(stderr=True, quiet=quiet, emoji=False), []
    for trial in trials:
        with console.status(f"{escape(trial.cell.label)}, {some(trial.hidden, 'unit')}, length {trial.length}"):
            try:
                timings += measure(trial, kernels, members=members, rounds=rounds, seconds=seconds)
            except MemoryError:
                raise RnnbenchError(
                    f"length {trial.length} with batches of {trial.protocol.batch} needs more memory than there is: "
                    "make --length, --batch or --members smaller."
                ) from None
    return timings


def _row(timing: "Timing", timings: "Sequence[Timing]") -> dict[str, Any]:
    """A timing with what follows from it; ``times_eager`` is how many times as fast as eager it is."""
    import dataclasses

    same = ("cell", "hidden", "length")
    eager = [
        other.nanoseconds
        for other in timings
        if other.kernel == "eager" and all(getattr(other, key) == getattr(timing, key) for key in same)
    ]
    return dataclasses.asdict(timing) | {
        "ran": str(timing.ran),
        "nanoseconds": timing.nanoseconds,
        "spread": timing.spread,
        "times_eager": eager[0] / timing.nanoseconds if eager else None,
        "share": timing.share,
    }


def _show(timings: "Sequence[Timing]") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    limit = f"{max(timing.peak for timing in timings) / 1e9:.0f} Gflop/s"
    about = f"ns, flop: one sequence of one model advancing one step; limit: {limit}, one core"
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=about, caption_justify="left")
    table.add_column("cell", overflow="fold")
    table.add_column("kernel", overflow="fold")
    for head in ("units", "length", "models", "ns", "±", "x eager", "flop", "of limit"):
        table.add_column(head, justify="right")
    for timing in timings:
        row = _row(timing, timings)
        table.add_row(
            Text(timing.cell), _kernel(timing), str(timing.hidden), str(timing.length), str(timing.members),
            _figures(timing.nanoseconds), f"{timing.spread:.0%}", _figures(row["times_eager"]),
            _figures(timing.operations), _share(timing.share),
        )  # fmt: skip
    console = Console(emoji=False, highlight=False)
    console.print(table)
    for note in dict.fromkeys(f"* {timing.cell}: {timing.ran.reason}" for timing in timings if timing.ran.reason):
        console.print(note, markup=False)


def _kernel(timing: "Timing") -> str:
    """What ran; where that is not what was asked for, both; with a star if a note says why."""
    name, reason = timing.ran
    compiled = timing.kernel == "auto" and name != "eager"
    return (name if compiled or name == timing.kernel else f"{timing.kernel}: {name}") + (" *" if reason else "")


def _figures(value: float | None) -> str:
    """Three figures, no exponent."""
    return "" if value is None else f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
