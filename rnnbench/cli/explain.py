"""``rnnbench explain``: what happened inside a model, and what two papers and a question of 2018 say about it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnnbench.cli import complete, options
from rnnbench.cli.failure import user_errors
from rnnbench.cli.working import working
from rnnbench.errors import RnnbenchError, UnknownName
from rnnbench.registry import add_plugin

if TYPE_CHECKING:
    from rnnbench.report.article import Article
    from rnnbench.study import Study

LENGTH, REPEATS, CELL = "100", 20, "lstm:keras2"
"""What is looked at unless flags say otherwise: the 2018 question's LSTM."""
TRAINED = ("task", "cell", "hidden", "length", "repeats", "seed", "settings", "kernel", "plugin")
READ: dict[str, tuple[str, ...]] = {
    "gradients": TRAINED,
    "landscape": (*TRAINED, "along", "member"),
    "dynamics": (*TRAINED, "along", "member"),
    "ablate": TRAINED,
    "extrapolate": TRAINED,
    "diagnose": ("store", "plugin"),
}
"""What each instrument reads; a source reads nothing, as what it is about is settled."""


@dataclass(frozen=True)
class Wanted:
    """What was asked for, checked as far as it can be without importing anything heavy."""

    name: str
    trial: str | None
    """What ``diagnose`` is about."""
    study: "Callable[[], Study]"
    along: str | None
    member: int
    store: Path
    kernel: str
    say: Callable[[str], None]
    """Tells whoever waits what is being done."""


def explain(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="One of the names above.",
            autocompletion=complete.explained,
        ),
    ],
    trial: Annotated[str | None, typer.Argument(help="For diagnose: a trial's id, as `export` gives it.")] = None,
    task: options.Tasks = None,
    cell: options.Cells = None,
    hidden: options.Hidden = None,
    length: Annotated[
        list[str] | None,
        typer.Option(
            help="Length; several for landscape, and for extrapolate, which trains at the shortest.",
            rich_help_panel=options.GRID,
        ),
    ] = None,
    repeats: Annotated[int, typer.Option(help="Seeds.", rich_help_panel=options.GRID)] = REPEATS,
    seed: options.FirstSeed = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="A protocol value, key=value. Repeatable.", rich_help_panel=options.GRID),
    ] = None,
    along: Annotated[
        str | None,
        typer.Option(
            help="landscape: path, random or two parameters, A;B. dynamics: a parameter, e.g. recurrent[0,0]."
        ),
    ] = None,
    member: Annotated[int, typer.Option(help="Which repeat is drawn, from 0.")] = 0,
    kernel: Annotated[str, typer.Option(help="What trains: auto, eager or numba.")] = "auto",
    store: options.StorePath = options.DEFAULT_STORE,
    report_dir: options.ReportFolder = Path("reports"),
    plugin: options.Plugins = None,
) -> None:
    """Explain what a cell does on a task: its gradients, its loss, its states, what would help, how far it reaches.

    NAME is gradients, landscape, dynamics, ablate, extrapolate, or diagnose with a TRIAL. A model is trained as the
    study `latching` does it, unless flags change that; any recurrent cell and any task will do. NAME may also be a
    source: bengio-1994, pascanu-2013, or why-lstm-cannot-latch, the answer to the question of 2018.
    """
    with user_errors():
        if name not in complete.EXPLAINED:
            raise UnknownName("explanation", name, complete.EXPLAINED)
        if (trial is not None) != (name == "diagnose"):
            raise RnnbenchError(
                f"diagnose needs a TRIAL and the others take none, got {name}{f' {trial}' if trial else ''}: "
                "`rnnbench export results.csv` lists trials."
            )
        options.refuse_unread(context, f"explain {name}", ("name", "trial", "report_dir", *READ.get(name, ())))
        options.check_cpu_kernel(kernel)
        for path in plugin or ():
            add_plugin(path)

        def study() -> "Study":
            from rnnbench.cli.request import Request

            (found,) = Request(
                studies=("latching",), tasks=task or (), cells=cell or (CELL,), hidden=hidden or (),
                lengths=length or (LENGTH,), settings=settings or (), repeats=repeats, seed=seed,
            ).resolve()  # fmt: skip
            return found

        with working(f"{name} ...") as say:
            from rnnbench.cli.explanations import article_of
            from rnnbench.report.article import write_article

            made = article_of(Wanted(name, trial, study, along, member, store, kernel, say))
        _tell(made)
        files = write_article(made, report_dir / made.name)
    print(f"report: {files.html}")
    print(f"        {files.markdown}")


def _tell(article: "Article") -> None:
    """The findings, on the terminal."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(emoji=False)
    for block in article.blocks:
        console.print(f"[bold]{escape(block.heading)}[/bold]")
        for sentence in block.sentences:
            console.print(f"  {escape(sentence)}", highlight=False)
