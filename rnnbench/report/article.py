"""A page that is not the report of a run: headings, sentences, figures and tables, as Markdown and as HTML."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rnnbench.report.environment import environment
from rnnbench.report.html import dressed
from rnnbench.report.svg import Figure
from rnnbench.report.tables import Column, Entry, Table
from rnnbench.report.write import ReportFiles, write_files


@dataclass(frozen=True)
class Block:
    """A heading and what stands under it."""

    slug: str
    heading: str
    sentences: Sequence[str]
    """What was found; each must be backed by a figure, a table or a number in it."""
    notes: Sequence[str] = ()
    """How it was found, and what to keep in mind."""
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Article:
    """Everything that a page says."""

    name: str
    title: str
    about: str
    blocks: Sequence[Block]
    command: str
    """What makes the page again."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Versions, seeds, time: where the numbers come from."""

    def figures(self) -> Iterator[Figure]:
        """All figures in order."""
        for block in self.blocks:
            yield from block.figures

    @property
    def provenance(self) -> Table:
        """:attr:`facts` as a table."""
        rows = [[Entry(key), Entry(text)] for key, text in self.facts.items()]
        return Table("provenance", "Where the numbers come from.", [Column("What"), Column("Value")], rows)


def write_article(article: Article, folder: Path) -> ReportFiles:
    """Write ``report.md``, ``report.html`` and ``figures/`` to ``folder``. Raises RnnbenchError if it cannot be."""
    text = environment().get_template("article.md.j2").render(article=article)
    return write_files(folder, text, dressed("article.html.j2", article=article), article.figures())


Item = str | float | int | None | Entry
"""What stands in a table: an Entry is a number that is written in its own way."""


def accuracy(value: float) -> Entry:
    """With three digits after the point, as they are compared with each other."""
    return Entry(f"{value:.3f}", value)


def table(name: str, caption: str, heads: Sequence[str], rows: Sequence[Sequence[Item]]) -> Table:
    """A table of words and numbers; a column whose entries are numbers stands at the right and sorts by them."""
    numbers = [all(isinstance(row[place], int | float | None | Entry) for row in rows) for place in range(len(heads))]
    columns = [Column(head, number) for head, number in zip(heads, numbers, strict=True)]
    return Table(name, caption, columns, [[_entry(item) for item in row] for row in rows], sortable=len(rows) > 8)


def _entry(item: Item) -> Entry:
    if isinstance(item, Entry):
        return item
    if item is None:
        return Entry("–")
    if isinstance(item, str):
        return Entry(item)
    return Entry(f"{item:,}" if isinstance(item, int) else f"{item:.4g}", float(item))
