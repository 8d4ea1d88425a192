"""The validation bug, apart from the cells."""

import numpy as np

from rnnbench.explain.why.arms import MIDDLE, Evidence
from rnnbench.report import canvas
from rnnbench.report.article import Block, Item, accuracy, table
from rnnbench.report.palette import FAINT, MUTED, SERIES_COLOURS
from rnnbench.report.svg import Figure, render

CELLS = {"srnn": "vanilla RNN", "lstm": "LSTM", "gru": "GRU"}


def bug_block(evidence: Evidence) -> Block:
    """What the split of 2018 does to the reported number, and to the model."""
    reported = {key: evidence[f"{key} bug"].mean("validation_value") for key in CELLS}
    true = {key: evidence[f"{key} bug"].mean("test_value") for key in CELLS}
    repaired = {key: evidence[f"{key} middle"].mean("test_value") for key in CELLS}
    low, high = evidence["lstm bug"].by_class("test_by_class")
    rnn = evidence["srnn bug"].by_class("test_by_class")
    sentences = [
        f"With the split of 2018 the LSTM's validation accuracy is {reported['lstm']:.3f}, far below chance, while on "
        "fresh "
        f'balanced sequences the same models score {true["lstm"]:.3f}: they answer "positive" to everything '
        f"(accuracy on positives {high:.3f}, on negatives {low:.3f}), and the validation set holds negatives only.",
        f"The bug moves the vanilla RNN's number from {true['srnn']:.3f} to {reported['srnn']:.3f} (positives "
        f"{rnn[1]:.3f}, negatives {rnn[0]:.3f}) and the GRU's from {true['gru']:.3f} to {reported['gru']:.3f}.",
        f"What is left without the bug is the cells' own: with a random split, on fresh sequences, "
        f"{', '.join(f'{name} {repaired[key]:.3f}' for key, name in CELLS.items())}.",
    ]
    notes = [
        "The data of 2018 are sorted, positives first, and Keras takes the last fifth for validation before it "
        f"shuffles: 5,000 positives and 3,000 negatives are trained on, 2,000 negatives validated on. T={MIDDLE}."
    ]
    rows: list[list[Item]] = []
    for split, suffix in (("last fifth (2018)", "bug"), ("random", "middle")):
        for key, name in CELLS.items():
            arm = evidence[f"{key} {suffix}"]
            negative, positive = arm.by_class("test_by_class")
            means = (arm.mean("validation_value"), arm.mean("test_value"), negative, positive)
            rows.append([split, name, arm.solved.n, *map(accuracy, means)])
    heads = ["Split", "Cell", "Seeds", "Validation", "Fresh", "Negatives", "Positives"]
    caption = "Mean accuracy over seeds; the last three columns on fresh, balanced sequences."
    return Block("bug", "The bug", sentences, notes, [_figure(evidence)], [table("bug", caption, heads, rows)])


def _figure(evidence: Evidence) -> Figure:
    """Accuracy by class, with the reported number, a panel for each split."""
    blue, red = SERIES_COLOURS[0][0], SERIES_COLOURS[1][0]
    with canvas.panels(1, 2, 2.3) as (drawing, axes):
        for panel, (suffix, title) in zip(axes[0], (("bug", "split of 2018"), ("middle", "random split")), strict=True):
            for place, key in enumerate(CELLS):
                arm = evidence[f"{key} {suffix}"]
                negative, positive = arm.by_class("test_by_class")
                panel.plot([place, place], [negative, positive], color=FAINT, zorder=1)
                panel.plot(place, negative, "v", color=blue, label="negatives" if not place else None)
                panel.plot(place, positive, "^", color=red, label="positives" if not place else None)
                panel.plot(
                    place + 0.18, arm.mean("validation_value"), "D", color=MUTED, markersize=4,
                    label="reported (validation)" if not place else None,
                )  # fmt: skip
            panel.set_xticks(range(len(CELLS)), CELLS.values())
            panel.set_xlim(-0.5, len(CELLS) - 0.5)
            canvas.name_panel(panel, title)
            canvas.value_axis(panel, "accuracy", [])
            canvas.level_line(panel, {0: 0.5}, "chance" if suffix == "middle" else "")
        axes[0][1].legend(loc="lower right", fontsize=canvas.SMALL)
        drawing.supylabel("accuracy", fontsize=8.5)
        svg = render(drawing, "bug")
    told = "; ".join(
        f"{name}, split of 2018: negatives {np.round(evidence[f'{key} bug'].by_class('test_by_class')[0], 2)}, "
        f"positives {np.round(evidence[f'{key} bug'].by_class('test_by_class')[1], 2)}"
        for key, name in CELLS.items()
    )
    return Figure(
        "bug", "Accuracy by class", "Means over seeds on fresh sequences; grey: the number that was reported.",
        f"Dot chart of accuracy by class for two splits. {told}.", svg,
    )  # fmt: skip
