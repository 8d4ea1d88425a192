"""``rnnbench verify``: does this machine come to the results that a store holds?"""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnnbench.cli import options
from rnnbench.cli.failure import FAILED, user_errors
from rnnbench.registry import add_plugin

if TYPE_CHECKING:
    from rnnbench.verify.verdict import Verdict

UNSURE = 3
"""Exit code where nothing differs, but not all could be trained."""
SEEDS = 10**6


def verify(
    store: options.StorePath = options.DEFAULT_STORE,
    trials: Annotated[int, typer.Option(min=1, help="How many are drawn; more than there are is all of them.")] = 20,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**32 - 1, help="Of the draw, to draw the same again; by default any.")
    ] = None,
    run: Annotated[str | None, typer.Option(help="Draw from the latest run of this name.")] = None,
    plugin: options.Plugins = None,
    as_json: options.AsJson = False,
    jobs: Annotated[
        int | None,
        typer.Option(help="Populations at a time; by default one a core or device.", rich_help_panel=options.MACHINE),
    ] = None,
    accelerator: Annotated[
        str,
        typer.Option(
            help="auto (that of each trial's row), cpu, cuda, mps, tpu.",
            rich_help_panel=options.MACHINE,
        ),
    ] = "auto",
) -> None:
    """Train trials of a store again, drawn at random, and compare all that it holds of them bit for bit.

    The store stays as it is. Where results differ it is said from where on, and by how much; versions, devices and
    kinds of vector registers that are others here are named. The exit code is 0 if all are the same, 1 if any differs,
    and 3 if none differs but some could not be trained here.
    """
    from rnnbench.cli.interruption import interruptible

    progress = ["nothing was trained yet"]
    with user_errors(), interruptible(lambda: [f"interrupted: {progress[-1]}; nothing of it is kept."]):
        for path in plugin or ():
            add_plugin(path)
        from rnnbench.cli.working import working
        from rnnbench.execute.options import Options
        from rnnbench.verify.again import verify
        from rnnbench.verify.draw import Draw

        asked = Options(jobs, accelerator, plugins=tuple(path.resolve() for path in plugin or ()))
        asked.settled()  # what this machine lacks of what is asked for is no trial's fault
        drawn = Draw(trials, secrets.randbelow(SEEDS) if seed is None else seed, run)
        with working("drawing trials") as show:

            def tell(text: str) -> None:
                progress.append(text)
                show(text)

            verdict = verify(store, drawn, asked, tell)
        _print(store, verdict, as_json=as_json)
    raise typer.Exit(_code(verdict))


def _print(store: Path, verdict: "Verdict", *, as_json: bool) -> None:
    if as_json:
        from rnnbench.cli.json_output import print_json
        from rnnbench.cli.verified_json import as_mapping

        print_json(as_mapping(store, verdict))
    else:
        from rnnbench.cli.verified import print_verified

        print_verified(store, verdict)


def _code(verdict: "Verdict") -> int:
    from rnnbench.verify.verdict import DIFFERENT, NOT_TRAINED

    if verdict.having(DIFFERENT):
        return FAILED
    return UNSURE if verdict.having(NOT_TRAINED) else 0
