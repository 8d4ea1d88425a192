"""The page of ``rnnbench explain diagnose``."""

from collections.abc import Callable

from rnnbench.explain.diagnose import diagnose
from rnnbench.explain.stored import Stored
from rnnbench.report import canvas
from rnnbench.report.article import Block, table
from rnnbench.report.palette import MUTED, SERIES_COLOURS
from rnnbench.report.svg import Figure, render
from rnnbench.store.row import Curve
from rnnbench.words import some


def diagnose_block(stored: Stored, watch: Callable[[str], None] = lambda _: None) -> Block:
    """The paragraph, the loss against updates, and what was tried."""
    found = diagnose(stored, watch)
    trial, row = stored.trial, stored.row
    heads = ["Trained again with", "Solves", "Value"]
    rows: list[list[str | float | int | None]] = [
        ["nothing changed (the trial itself)", "yes" if row["success"] == 1 else "no", _number(row["value"])],
        *([made.change, "yes" if made.solved else "no", made.value] for made in found.attempts),
    ]
    notes = [
        f"Trial {trial.id}: {trial.cell.label}, {some(trial.hidden, 'unit')}, on {trial.task.label} at length "
        f"{trial.length}, seed {trial.seed}. One trial is one draw: `rnnbench explain ablate` asks the same of many."
    ]
    curve = stored.curves.get("train_loss")
    figures = [_figure(curve)] if curve is not None and len(curve.points) > 1 else []
    caption = "Changes that were tried, in order; the first that solves ends the search."
    return Block(
        "diagnosis", f"Diagnosis: {found.cause}", [found.text], notes, figures, [table("tried", caption, heads, rows)]
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value == value else None


def _figure(curve: Curve) -> Figure:
    with canvas.panels(1, 1, 2.0, 5.0) as (drawing, axes):
        panel = axes[0][0]
        panel.plot(curve.updates, curve.points, color=SERIES_COLOURS[0][0])
        panel.set_xlabel("updates")
        panel.set_ylabel("training loss")
        panel.tick_params(labelcolor=MUTED)
        svg = render(drawing, "loss")
    first, last = float(curve.points[0]), float(curve.points[-1])
    return Figure(
        "loss",
        "The training loss",
        "At each evaluation.",
        f"Line chart of the loss from {first:.3g} to {last:.3g}.",
        svg,
    )
