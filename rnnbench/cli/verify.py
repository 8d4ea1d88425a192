"""``rnnbench verify``: does this machine come to the results that a store holds?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnbench.cli import options
from rnnbench.cli.failure import FAILED, user_errors
from rnnbench.registry import add_plugin

if TYPE_CHECKING:
    from rnnbench.verify.verdict import Again, Verdict

OUTCOMES = ("identical", "different", "not trained")


def verify(
    store: options.StorePath = options.DEFAULT_STORE,
    trials: Annotated[int, typer.Option(min=1, help="How many are drawn; more than there are is all of them.")] = 20,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the draw: another seed, other trials.")] = 0,
    run: Annotated[str | None, typer.Option(help="Draw from the latest run of this name.")] = None,
    jobs: Annotated[
        int | None,
        typer.Option(help="Populations at a time; by default one a core or device.", rich_help_panel=options.MACHINE),
    ] = None,
    accelerator: Annotated[
        str,
        typer.Option(
            help="auto (for what a CPU trained, the CPU), cpu, cuda, mps, tpu.", rich_help_panel=options.MACHINE
        ),
    ] = "auto",
    plugin: options.Plugins = None,
    as_json: options.AsJson = False,
) -> None:
    """Train trials of a store again, drawn at random, and compare every value, curve and weight bit for bit.

    The store stays as it is. The exit code is 0 if all are the same, else 1. Results depend on versions, on the kind of
    vector registers of the processor, and on the device; where they differ it is said where, and by how much.
    """
    with user_errors():
        for path in plugin or ():
            add_plugin(path)
        from rnnbench.cli.working import working
        from rnnbench.execute.options import Options
        from rnnbench.verify.again import Draw, verify

        asked = Options(jobs, accelerator, plugins=tuple(path.resolve() for path in plugin or ()))
        with working("drawing trials") as tell:
            verdict = verify(store, Draw(trials, seed, run), asked, tell)
        if as_json:
            from rnnbench.cli.json_output import print_json

            print_json(_as_json(store, verdict))
        else:
            from rnnbench.cli.verified import print_verified

            print_verified(store, verdict)
    raise typer.Exit(0 if verdict.all_identical else FAILED)


def _as_json(store: Path, verdict: "Verdict") -> dict[str, Any]:
    counts = {outcome.replace(" ", "_"): len(verdict.having(outcome)) for outcome in OUTCOMES}
    others = [_trial_as_json(again) for again in verdict.drawn if again.outcome != "identical"]
    return {"store": str(store), "trials": verdict.trials, "drawn": len(verdict.drawn), **counts,
            "share_differing": verdict.share_differing, "not_identical": others}  # fmt: skip


def _trial_as_json(again: "Again") -> dict[str, Any]:
    from rnnbench.verify.verdict import RESULT

    told = {key: again.stored[key] for key in ("trial", "task", "cell", "hidden", "length", "seed")}
    results = [{key: row[key] for key in RESULT} if row else None for row in (again.stored, again.here)]
    return told | {"outcome": again.outcome, "from": again.stage, "differs": [*again.differs], "reason": again.reason,
                   "stored": results[0], "here": results[1]}  # fmt: skip
