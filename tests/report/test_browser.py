"""The page in a browser: sorting, filtering, accessibility, and no word to the outside."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rnnbench.report import write_report
from rnnbench.trial import Trial
from tests.report.conftest import learned, result, write_store

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")]


def outcome(trial: Trial) -> dict[str, Any]:
    """Learned, with two kinds of failure."""
    if trial.seed == 3 and trial.length == 20:
        return result(trial, 0.5) | {"status": "diverged", "reason": "loss", "diverged_at": 37, "value": None}
    if trial.seed == 4:
        return {"status": "error", "reason": "killed"}
    return learned(trial)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report's page."""
    folder = tmp_path_factory.mktemp("report")
    store = write_store(folder / "store.sqlite", {}, outcome)
    return write_report(store, "small", folder).html.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser for all tests of this file."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Any, address: str) -> Iterator[Any]:
    """The loaded page in one colour scheme; whatever it complains of or asks for fails the test."""
    opened = browser.new_page(color_scheme=request.param, viewport={"width": 1000, "height": 900})
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda asked: complaints.extend([asked.url] * (not asked.url.startswith(("file:", "data:")))))
    opened.goto(address)
    yield opened
    opened.close()
    assert complaints == []


def column(page: Any, number: int) -> list[str]:
    """Texts of the shown rows in one column of the table of results."""
    results = page.locator("#task-latching ~ .sortable").first
    cells = results.locator(f"tbody tr:not([hidden]) td:nth-child({number})")
    return [text.strip() for text in cells.all_inner_texts()]


def test_sort_and_filter(page: Any) -> None:
    assert column(page, 2) == ["5", "20", "80"] * 3
    page.get_by_role("button", name="Length").first.click()
    assert column(page, 2) == ["5"] * 3 + ["20"] * 3 + ["80"] * 3
    page.get_by_role("button", name="Length").first.click()
    assert column(page, 2) == ["80"] * 3 + ["20"] * 3 + ["5"] * 3
    assert page.locator("th[aria-sort=descending]").first.inner_text().startswith("Length")
    page.get_by_label("Filter rows").first.fill("LSTM")
    assert column(page, 1) == ["lstm"] * 3
    assert page.locator("output").first.inner_text() == "3 of 9 rows"


def test_accessible(page: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()


def test_no_sideways_scrolling_on_a_phone(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_print_shows_everything(page: Any, tmp_path: Path) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(e => e.scrollHeight <= e.clientHeight + 1)")
