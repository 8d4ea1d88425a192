"""Names and numbers as the report prints them."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rnnbench.stats.axes import Series
from rnnbench.stats.proportion import Proportion

NOTHING = "–"
SPACE = "\N{NO-BREAK SPACE}"
MOST_NAMED = 4
"""Things that a sentence names; a table has the others."""


@dataclass(frozen=True)
class Names:
    """Short names of cells and tasks: what all of them share is said once."""

    cells: dict[str, str]
    tasks: dict[str, str]

    @classmethod
    def of(cls, cells: Iterable[str], tasks: Iterable[str]) -> "Names":
        """Shorten the labels where they stay distinct."""
        return cls(_shorten(cells), _shorten(tasks))

    def series(self, series: Series) -> str:
        """Name a series inside its task."""
        return " ".join(filter(None, [self.cells[series.cell], series.variant]))

    def head(self, task: str) -> str:
        """The task's name without its parameters, unless another has the same."""
        head = task.partition("[")[0]
        return head if sum(other.partition("[")[0] == head for other in self.tasks) == 1 else self.tasks[task]

    @property
    def shared(self) -> str:
        """The settings that were cut from the cells' names."""
        cut = {label.partition("[")[2].rstrip("]") for label, name in self.cells.items() if label != name}
        return next(iter(cut), "")


def _shorten(labels: Iterable[str]) -> dict[str, str]:
    unique = list(dict.fromkeys(labels))
    short = {label: label.partition("[")[0] for label in unique}
    settings = {label.partition("[")[2] for label in unique}
    return (
        short if len(settings) == 1 and len(set(short.values())) == len(unique) else {label: label for label in unique}
    )


def one_line(text: object) -> str:
    """Collapse line breaks and runs of blanks."""
    return " ".join(str(text).split())


def listed(items: Sequence[str]) -> str:
    """Write ``a, b and c``."""
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items)


def shortened(items: Sequence[str], what: str) -> str:
    """List a few and count the rest, which are ``what``."""
    if len(items) <= MOST_NAMED:
        return listed(items)
    return f"{', '.join(items[:MOST_NAMED])} and {len(items) - MOST_NAMED} further {what}"


def count(number: float) -> str:
    """Write a whole number with thousands set apart."""
    return f"{int(number):,}"


def value(number: float | None, metric: str | None = "accuracy") -> str:
    """Write a metric's value: three decimals for an accuracy, three significant digits for an error."""
    if number is None or math.isnan(number):
        return NOTHING
    return f"{number:.3f}" if metric == "accuracy" else f"{number:.3g}"


def percent(share: float) -> str:
    """Write a share in per cent; only a share of exactly 0 or 1 is printed as 0 or 100."""
    if math.isnan(share):
        return NOTHING
    rounded = f"{100 * share:.0f}"
    hides = rounded in ("0", "100") and share not in (0.0, 1.0)
    return f"{min(max(100 * share, 0.1), 99.9):.1f}" if hides else rounded


def proportion(share: Proportion) -> str:
    """Write ``28 of 30; 93 %, 95 % interval 79–98 %``."""
    interval = f"{percent(share.low)}–{percent(share.high)}{SPACE}%"
    return f"{share.solved} of {share.n}; {percent(share.rate)}{SPACE}%, 95{SPACE}% interval {interval}"


def by_class(values: Sequence[float | None] | None) -> str:
    """Write the accuracy of each class, with a dash for a class that was never asked."""
    return " / ".join(NOTHING if item is None else f"{item:.2f}" for item in values) if values else NOTHING


def slug(text: str) -> str:
    """Make a file name and identifier of ``text``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "task"
