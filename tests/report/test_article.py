"""Pages besides reports of runs: the same words in both formats, nothing from outside, strangers' text harmless."""

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from rnnbench.errors import RnnbenchError
from rnnbench.report import canvas
from rnnbench.report.article import Article, Block, table, write_article
from rnnbench.report.prose import html_cell, html_prose
from rnnbench.report.svg import Figure, render


def article() -> Article:
    with canvas.panels(1, 1, 1.5) as (drawing, axes):
        axes[0][0].plot([0, 1], [1, 0])
        svg = render(drawing, "fall")
    figure = Figure("fall", "A fall", "From one to nought.", "A line that falls.", svg)
    rows: list[list[str | float | int | None]] = [["a | b", 0.123456, 1234567], ["<i>", 2.0, None]]
    block = Block(
        "walls",
        "Walls & cliffs",
        ["`E` jumps by 3."],
        ["Seen once."],
        [figure],
        [table("t", "All.", ["x", "y", "n"], rows)],
    )
    return Article("demo", "A <b>title</b>", "About it.", [block], "rnnbench demo", {"seed": "7"})


def test_both_formats_say_the_same(tmp_path: Path) -> None:
    files = write_article(article(), tmp_path / "page")
    assert files.figures == (tmp_path / "page" / "figures" / "fall.svg",)
    markdown, html = files.markdown.read_text(encoding="utf-8"), files.html.read_text(encoding="utf-8")
    rendered = MarkdownIt("commonmark").enable("table").render(markdown)
    for text in ("<code>E</code> jumps by 3.", "Walls &amp; cliffs", "0.1235", "1,234,567", "seed", "rnnbench demo"):
        assert text in rendered
        assert text in html
    assert rendered.count("<table>") == html.count("<table ") == 2
    assert "<b>title</b>" not in html
    assert "<i>" not in html
    assert "<i>" not in rendered
    assert 'src="http' not in html
    assert "<svg" in html


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(
        RnnbenchError, match=r"^the report cannot be written to .*taken: .*\. Name a folder that can be"
    ):
        write_article(article(), tmp_path / "taken")


def test_numbers_stand_at_the_right_and_sort_by_value() -> None:
    made = table("t", "c", ["word", "number"], [["b", 0.5], ["a", None]])
    assert [column.number for column in made.columns] == [False, True]
    assert [entry.key for entry in made.rows[0]] == [None, 0.5]
    assert made.rows[1][1].text == "–"


def test_addresses_are_links_and_names_may_break() -> None:
    told = html_prose("see (https://a.org/q/1?x=2&y=3). Not `https://b.org`, nor https://<script>")
    link = '<a href="https://a.org/q/1?x=2&amp;y=3">https://a.org/q/1?x=2&amp;y=3</a>'
    assert told == f"see ({link}). Not <code>https://b.org</code>, nor https://&lt;script&gt;"
    assert html_cell("lstm[a=1,b=<2>] 1,500") == "lstm[a=1,<wbr>b=&lt;2&gt;] 1,500"
    assert html_cell("0.9 to 1.0, as it seems to be") == "0.9&nbsp;to&nbsp;1.0, as it seems to be"
