"""The page of ``rnnbench explain ablate``."""

from collections.abc import Callable

from rnnbench.execute.events import Event
from rnnbench.explain.ablate import Ablation, Change, ablate, preset_settings
from rnnbench.explain.subject import Subject
from rnnbench.explain.why.words import share
from rnnbench.report import canvas
from rnnbench.report.article import Block, table
from rnnbench.report.palette import FAINT, SERIES_COLOURS
from rnnbench.report.svg import Figure, render
from rnnbench.words import some

DRAWN = 30


def ablate_block(subject: Subject, watch: Callable[[Event], None] = lambda _: None) -> Block:
    """Every change of training and cell, ranked by the share of seeds that solve."""
    found = ablate(subject, watch)
    base, better, worse = found.unchanged, found.decided(better=True), found.decided(better=False)
    made = some(len(found.changes), "change")
    sentences = [
        f"Unchanged, {share(base.share)} of the seeds solve. Of {made} {len(better)} {_lift(better)} that by more than "
        f"chance would{_named(better)}.",
        *([f"{len(worse)} {'makes' if len(worse) == 1 else 'make'} it worse{_named(worse)}."] if worse else []),
    ]
    rows: list[list[str | float | int | None]] = [
        [change.what, f"{change.share.solved}/{change.share.n}", f"{change.share.low:.2f} to {change.share.high:.2f}",
         change.mean, None if change is base else change.p]
        for change in [base, *found.changes]
    ]  # fmt: skip
    heads = ["Changed", "Solved", "95 %", "Mean value", "p"]
    notes = [
        "Changes of the cell are those of its declared parameters and presets. Intervals are Wilson's; p is that of no "
        f"difference from the unchanged subject, by Fisher's exact test, with Holm's correction for {made}. A changed "
        "cell starts from draws of its own."
    ]
    if presets := preset_settings(subject):
        told = "; ".join(f"`{name}` sets {settings}" for name, settings in presets.items())
        notes.append(f"A preset changes several things at once: {told}.")
    if found.impossible:
        notes.append(f"{some(len(found.impossible), 'change')} cannot be made, for the reasons below.")
    tables = [table("ablate", "The unchanged subject, then every change, the best first.", heads, rows)]
    if found.impossible:
        why: list[list[str | float | int | None]] = [[what, reason] for what, reason in found.impossible.items()]
        tables.append(table("impossible", "Changes that cannot be made.", ["Change", "Why"], why))
    return Block("ablate", f"What would help: {subject.label}", sentences, notes, [_figure(found)], tables)


def _lift(changes: list[Change]) -> str:
    return "lifts" if len(changes) == 1 else "lift"


def _named(changes: list[Change]) -> str:
    if not changes:
        return ""
    told = ", ".join(f"`{change.what}` ({change.share.solved} of {change.share.n})" for change in changes[:5])
    more = f" and {len(changes) - 5} more" if len(changes) > 5 else ""
    return f": {told}{more}"


def _figure(found: Ablation) -> Figure:
    blue, red = SERIES_COLOURS[0][0], SERIES_COLOURS[1][0]
    base = found.unchanged
    ranked = sorted([base, *found.changes[:DRAWN]], key=lambda change: change.share.rate, reverse=True)
    with canvas.panels(1, 1, 0.6 + 0.2 * len(ranked)) as (drawing, axes):
        panel = axes[0][0]
        for place, change in enumerate(reversed(ranked)):
            colour = red if change is base else blue
            panel.plot([change.share.low, change.share.high], [place, place], color=colour, alpha=0.5, linewidth=2)
            panel.plot(change.share.rate, place, "o", color=colour)
        panel.axvspan(base.share.low, base.share.high, color=FAINT, alpha=0.25, linewidth=0)
        panel.set_yticks(range(len(ranked)), [change.what for change in reversed(ranked)])
        panel.set_xlim(-0.02, 1.02)
        panel.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "50 %", "", "100 %"])
        panel.set_xlabel("seeds that solve")
        panel.grid(axis="x")
        svg = render(drawing, "ablate")
    told = "; ".join(f"{change.what} {change.share.solved} of {change.share.n}" for change in ranked[:12])
    caption = "Bars: Wilson’s 95 % intervals. Red and shaded: nothing changed."
    return Figure("ablate", "Changes, ranked", caption, f"Dot chart of seeds that solve: {told}.", svg)
