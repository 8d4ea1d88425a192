"""The two documents: what they say, that they say the same, and that they say it safely."""

import re
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from rnnbench.errors import RnnbenchError, UnknownName
from rnnbench.report import ReportFiles, write_report, write_reports
from rnnbench.store.store import Store
from rnnbench.study.file import read
from rnnbench.trial import Trial
from tests.report.conftest import MakeStore, learned, result


class Page(HTMLParser):
    """What a browser would see: ids, text, and every address."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href"):
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def render(store: Path, name: str = "small") -> tuple[str, str, ReportFiles]:
    """Markdown, HTML and the files."""
    files = write_report(store, name, store.parent / "report")
    return files.markdown.read_text("utf-8"), files.html.read_text("utf-8"), files


def test_both_documents_say_everything(make_store: MakeStore) -> None:
    markdown, html, _ = render(make_store())
    text = Page(html).text
    for said in (
        "A small study",
        "The longest length at which latching is solved",
        "Success rate against length",
        "Accuracy by class",
        "Learning curves",
        "Cost of training",
        "None: no stored trial diverged, failed or was skipped.",
        "Everything else.",
        "nobody 2018",
        "rnnbench run small",
        "0123abc",
        "72 of 72 stored",
        "All cells have like=keras2.",
        "2.13.0",
    ):
        assert said in markdown, said
        assert said in text, said
    assert "secret-host" not in markdown + html
    assert "Incomplete" not in markdown + text


def test_numbers_are_those_of_the_store(make_store: MakeStore) -> None:
    def outcome(trial: Trial) -> dict[str, Any]:
        return result(trial, 1.0 if trial.seed < 17 else 0.5)

    study = {"cells": ["srnn"], "lengths": [5], "repeats": 20}
    markdown, html, _ = render(make_store(study, outcome))
    assert "| srnn | 5 | 0.925 ± 0.183 | 17 of 20 | 85 | 64–95 | 200 |" in markdown
    assert "solved by srnn (17 of 20; 85" in markdown
    assert re.search(r'data-key="0.925[^"]*">0.925 ± 0.183</td>', html)


def test_markdown_is_read_as_it_is_meant(make_store: MakeStore) -> None:
    markdown, _, files = render(make_store())
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    tables = sum(token.type == "table_open" for token in tokens)
    assert tables == len(re.findall(r"^\*\*Table \d+\.\*\*", markdown, re.MULTILINE)) == 5
    images = [str(child.attrs["src"]) for token in tokens for child in token.children or [] if child.type == "image"]
    assert [files.markdown.parent / image for image in images] == list(files.figures)


def test_page_stands_alone(make_store: MakeStore) -> None:
    _, html, _ = render(make_store())
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert all(link.startswith(("#", "data:")) for link in page.links)
    targets = {link[1:] for link in page.links if link.startswith("#")} | set(re.findall(r"url\(#([^)]+)\)", html))
    assert targets <= set(page.ids)
    assert page.tags.count("svg") == 4
    assert "&lt;svg" not in html, "drawings are markup"


def test_figures_are_files_with_descriptions(make_store: MakeStore) -> None:
    _, _, files = render(make_store())
    names = [path.name for path in files.figures]
    assert names == [f"latching-{kind}.svg" for kind in ("values", "solved", "classes", "learning")]
    for path in files.figures:
        root = ElementTree.fromstring(path.read_bytes())
        assert root.get("role") == "img"
        assert "latching" in (root.get("aria-label") or "")
        assert root[0].get("fill") == "#ffffff", "a file stands on white"


def test_the_same_store_gives_the_same_bytes(make_store: MakeStore) -> None:
    store = make_store()
    first, second = (write_report(store, "small", store.parent / folder) for folder in ("one", "two"))
    pairs = zip(
        [first.markdown, first.html, *first.figures], [second.markdown, second.html, *second.figures], strict=True
    )
    for one, two in pairs:
        assert one.read_bytes() == two.read_bytes()


def test_incomplete_runs_say_so_loudly(make_store: MakeStore) -> None:
    store = make_store(outcome=lambda trial: learned(trial) if trial.seed else None)
    for document in render(store)[:2]:
        assert "Incomplete: 63 of 72 trials are stored" in document


def test_failures_are_listed_with_reasons(make_store: MakeStore) -> None:
    def outcome(trial: Trial) -> dict[str, Any]:
        if trial.length == 20 and trial.seed == 1:
            return result(trial, 0.5) | {
                "status": "diverged", "reason": "loss at update 37", "diverged_at": 37, "value": None, "success": False,
                "validation_by_class": None, "test_by_class": None,
            }  # fmt: skip
        if trial.length == 80 and trial.seed == 2:
            return {"status": "error", "reason": "killed\nfrom | outside"}
        return learned(trial)

    markdown, html, _ = render(make_store(outcome=outcome))
    assert "| diverged | srnn | 20 | 1 | 37 | loss at update 37 |" in markdown
    assert r"| error | srnn | 80 | 2 | – | killed from \| outside |" in markdown
    assert "Not all trials are results: 3 failed with an error" in Page(html).text
    assert "69 ok" not in markdown
    assert "66 ok, 3 diverged, 3 error and 0 skipped" in markdown


@pytest.mark.parametrize("outcome", [lambda trial: None, lambda trial: {"status": "error", "reason": "no memory"}])
def test_a_run_without_results_has_a_report(make_store: MakeStore, outcome: Any) -> None:
    markdown, html, files = render(make_store(outcome=outcome))
    assert re.search("No trial (of latching )?has a result yet", markdown)
    assert re.search("No trial (of latching )?has a result yet", html)
    assert files.figures == ()


def test_a_single_cell_and_length_is_enough(make_store: MakeStore) -> None:
    markdown, _, files = render(make_store({"cells": ["lstm"], "lengths": [5], "repeats": 1}))
    assert "On latching at length 5, repeats are solved by lstm (1 of 1; 100" in markdown
    assert len(files.figures) == 4


def test_errors_are_labelled_as_errors(make_store: MakeStore) -> None:
    store = make_store(outcome=lambda trial: result(trial, 1e-4 * trial.length * (1 + trial.seed), "mse"))
    markdown, html, files = render(store)
    assert "Test mean squared error against length" in markdown
    assert "Lower is better." in Page(html).text
    assert "accuracy" not in Page(html).text.lower()
    assert not any("classes" in path.name for path in files.figures)
    assert "validation mean squared error" in files.figures[-1].read_text()


def test_nothing_is_pooled_over_axes_of_the_grid(make_store: MakeStore) -> None:
    study = {
        "tasks": ["latching:noise=0.1", "latching:noise=0.2"],
        "cells": ["srnn", "gru"],
        "hidden": [1, 2],
        "lengths": [5, 20],
        "repeats": 2,
        "protocol": {"epochs": 5, "sequences": 1000, "validation": 200, "learning_rate": [0.1, 0.01]},
    }
    markdown, html, files = render(make_store(study))
    assert len({path.name for path in files.figures}) == 1 + 8
    assert "srnn hidden=2 learning_rate=0.01" in files.figures[1].read_text()
    assert len(re.findall(r"^\| (srnn|gru) \| hidden=\d learning_rate=[\d.]+ \| \d", markdown, re.MULTILINE)) == 32
    assert len(Page(html).ids) == len(set(Page(html).ids))


def test_strangers_text_stays_text(make_store: MakeStore) -> None:
    hostile = '</title><script>alert("x")</script><img src=x onerror=alert(1)> **b** [l](http://e.org) {{ 7*7 }}'
    study = {"title": hostile, "about": f"`{hostile}`", "original": hostile, "ours": hostile, "source": hostile}
    store = make_store(study, lambda trial: {"status": "error", "reason": hostile})
    markdown, html, _ = render(store)
    page = Page(html)
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert hostile in page.text
    rendered = Page(MarkdownIt("commonmark").enable("table").render(markdown))
    assert not {"script", "img", "a"} & set(rendered.tags)
    assert rendered.text.count(hostile) > 5


def test_unknown_runs_and_closed_folders_are_one_line(make_store: MakeStore, tmp_path: Path) -> None:
    store = make_store()
    with pytest.raises(UnknownName, match=r"unknown run in this store 'smalls'\. Did you mean 'small'\?"):
        write_report(store, "smalls", tmp_path)
    with pytest.raises(RnnbenchError, match=r"cannot be written to .*: .*\. Name a folder"):
        write_report(store, "small", store / "below")


def test_all_runs_of_a_store(make_store: MakeStore, tmp_path: Path) -> None:
    (files,) = write_reports(make_store({"lengths": [5], "repeats": 2}), [], tmp_path / "reports")
    assert files.html == tmp_path / "reports" / "small" / "report.html"


def test_every_cell_is_drawn_before_any_twice(make_store: MakeStore) -> None:
    rates = [0.1 / number for number in range(1, 9)]
    protocol = {"epochs": 5, "sequences": 1000, "validation": 200, "learning_rate": rates}
    markdown, _, files = render(make_store({"lengths": [5], "repeats": 1, "protocol": protocol}))
    for path in files.figures[2:]:
        drawn = path.read_text()
        assert all(f"{cell} learning_rate=0.0125" in drawn for cell in ("srnn", "lstm", "gru"))
    assert "The first 12 of 24 series are drawn; the table has all." in markdown


@pytest.mark.parametrize(
    "study", [{}, {"protocol": {"epochs": 5, "clip": ["none", "norm"], "optimiser": "sgd"}, "hidden": [1, 2]}]
)
def test_the_study_is_printed_whatever_becomes_of_its_file(make_store: MakeStore, study: dict[str, Any]) -> None:
    store = make_store(study)
    (found,) = re.findall(r"```toml\n(.*?)\n```", render(store)[0], re.DOTALL)
    with Store(store) as opened:
        stored = set(opened.trials()["trial"])
    assert {trial.id for trial in read(found, "report").trials()} == stored


def test_a_stream_that_was_shared_is_printed_as_shared(make_store: MakeStore) -> None:
    """Before each repeat had its own, a study did not say so; its trials do."""
    shared = {"data": "fresh", "updates": 10, "dataset": "shared"}
    store = make_store({"protocol": shared})
    with closing(sqlite3.connect(store)) as opened, opened:
        opened.execute("UPDATE runs SET study = replace(study, ', \"dataset\": \"shared\"', '')")
    with Store(store) as kept:
        stored = set(kept.trials()["trial"])
        assert "dataset" not in kept.latest("small").study["protocol"]
    (found,) = re.findall(r"```toml\n(.*?)\n```", render(store)[0], re.DOTALL)
    assert {trial.id for trial in read(found, "report").trials()} == stored


@pytest.mark.parametrize("change", ["'$.protocol.schedule', 'linear'", "'$.protocol', json('{}')"])
def test_a_row_of_a_later_version_is_reported_on(make_store: MakeStore, change: str) -> None:
    store = make_store()
    with closing(sqlite3.connect(store)) as opened, opened:
        opened.execute(f"UPDATE trials SET spec = json_set(spec, {change})")
    assert "| units | 1 |" in render(store)[0]


def test_units_are_told(make_store: MakeStore) -> None:
    text = render(make_store({"hidden": [8]}))[0]
    assert "Each cell has 8 units." in text
    assert "| units | 8 |" in text
    several = render(make_store({"hidden": [8, 9], "name": "other"}), "other")[0]
    assert "Each cell has 8 and 9 units in turn." in several
    assert "| interval | 50 updates |" in several
