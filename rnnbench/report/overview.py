"""All tasks of a study at a glance: which series solves what, how far, and how much altogether."""

import math
from collections.abc import Mapping, Sequence

from rnnbench.report import canvas
from rnnbench.report.data import TaskData
from rnnbench.report.labels import NOTHING, count, percent
from rnnbench.report.leader import Points, leader_sentence, ranked, total
from rnnbench.report.palette import INK
from rnnbench.report.separation import by_name
from rnnbench.report.svg import Figure, render
from rnnbench.report.tables import Column, Entry, Table
from rnnbench.report.tiles import CAPTION, HEIGHT, MOST_LETTERS, draw_tiles
from rnnbench.stats.horizon import THRESHOLD, horizons
from rnnbench.stats.proportion import Proportion

NAME = "_overview"
"""No task's: names of tasks begin with a letter."""
MOST_LENGTHS, MOST_ROWS = 30, 40
"""More tiles beside or above each other cannot be told apart."""
Solved = Mapping[str, Points]


def solved_everywhere(tasks: Sequence[TaskData]) -> Solved:
    """For each series, the one that solves most first, the success rate at every task and length."""
    found: dict[str, dict[tuple[str, int], Proportion]] = {}
    for task in tasks:
        for name, shares in by_name(task, sorted(set(task.summary["length"]))).items():
            found.setdefault(name, {}).update({(task.task, length): share for length, share in shares.items()})
    return {name: found[name] for name in ranked(found)}


def overall_sentence(solved: Solved) -> str:
    """Which series solves most over all tasks; empty where nothing is solved."""
    return leader_sentence(solved, "Over all tasks and lengths together")


def overview_table(tasks: Sequence[TaskData], solved: Solved) -> Table:
    """Make one row for each series and one column for each task."""
    reached = {
        (task.names.series(horizon.series), task.task): horizon.length
        for task in tasks
        for horizon in horizons(task.summary)
    }
    rows = []
    for name, points in solved.items():
        all_solved, of = total(points)
        entries = [_entry(reached.get((name, task.task)), points, task.task) for task in tasks]
        rows.append([Entry(name), *entries, Entry(f"{count(all_solved)} of {count(of)}", float(all_solved))])
    names = [task.names.head(task.task) for task in tasks]
    columns = [Column("Series"), *(Column(name, number=True) for name in names), Column("All solved", number=True)]
    caption = (
        f"For each task the longest length that is solved in at least {percent(THRESHOLD)} % of repeats, and in "
        "brackets how many repeats are solved at all its lengths together."
    )
    return Table(NAME, caption, columns, rows, sortable=True)


def _entry(longest: int | None, points: Points, task: str) -> Entry:
    own: Points = {point: share for point, share in points.items() if point[0] == task}
    solved, of = total(own)
    if not of:
        return Entry(NOTHING)
    return Entry(f"{longest or 'none'} ({count(solved)} of {count(of)})", (longest or 0) + solved / (of + 1))


def overview_figure(tasks: Sequence[TaskData], solved: Solved) -> Figure | None:
    """Draw a tile for every series, task and length; None where there are too many."""
    lengths = sorted({int(length) for task in tasks for length in task.summary["length"]})
    names = list(solved)
    if len(lengths) > MOST_LENGTHS or not 0 < len(names) <= MOST_ROWS or max(map(len, names)) > MOST_LETTERS:
        return None
    across = max(1, min(len(tasks), MOST_LENGTHS // len(lengths), 5))
    down = math.ceil(len(tasks) / across)
    with canvas.panels(down, across, HEIGHT * len(names) + 0.3) as (drawing, axes):
        flat = list(axes.flat)
        for panel, task in zip(flat, tasks, strict=False):
            rows = [[points.get((task.task, length)) for length in lengths] for points in solved.values()]
            draw_tiles(panel, rows, [str(length) for length in lengths])
            panel.set_title(task.names.head(task.task), loc="left", color=INK, fontweight="bold", fontsize=7.5)
        for panel in flat[len(tasks) :]:
            panel.set_visible(False)
        flat[0].set_yticks(range(len(names)), names, color=INK)
        drawing.supxlabel("length", fontsize=8.5)
        svg = render(drawing, NAME)
    caption = f"{CAPTION} Series stand in the order of how much they solve altogether."
    return Figure(NAME, "What is solved", caption, _describe(solved), svg)


def _describe(solved: Solved) -> str:
    told = [f"{name} {total(points)[0]} of {total(points)[1]}" for name, points in list(solved.items())[:24]]
    return f"A tile for every series, task and length, fuller the more is solved. Altogether: {', '.join(told)}."
