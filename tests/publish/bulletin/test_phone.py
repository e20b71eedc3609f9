"""The bulletin in a real browser: on a phone, on paper, in the dark, with the page's own policy in force."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gongkai.settings import Home
from publish.bulletin import write_bulletin
from tests.expectations.landed import LOAD, Report, land
from tests.publish.bulletin.test_bulletin import BALANCE, DOUBTFUL, HOSTILE, record
from tests.publish.bulletin.test_comparison import BALANCE as BROKEN
from tests.publish.bulletin.test_comparison import FIRST, SECOND, publish

pytestmark = pytest.mark.services
PHONE = 390


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Home(tmp_path_factory.mktemp("home"))
    names = ["很长的机关名称" * 12, "a" * 300, HOSTILE, "清溪镇"]
    reports = [
        Report(
            agency=name,
            cells={("requests.received", "total"): {**DOUBTFUL, "raw": "x" * 200}},
            findings=[
                {**BALANCE, "message": "没有空格的一长串" * 40, "found": Decimal("123456789012.5")},
                {**BALANCE, "outcome": "not_assessable"},
            ],
        )
        for name in names
    ]
    rejects = [{"document_sha256": "f" * 64, "document_path": "b" * 200 + ".pdf", "sentence": HOSTILE}]
    land(home, reports, rejects=rejects)
    failures = [{"task": "gate_landing", "message": HOSTILE}, {"task": "y" * 120, "message": "路径/" * 60}]
    record(home, state="stopped", failures=failures, sources=["s" * 200])
    return write_bulletin(home, LOAD)


@pytest.fixture(scope="module")
def compared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bulletin of a published load with one before it."""
    home = Home(tmp_path_factory.mktemp("compared"))
    publish(home, FIRST, [BROKEN], doubtful=3)
    publish(home, SECOND, [("乙县", 2023, "balance", "requests.total", 123456789, 9)], doubtful=5)
    return home.reports / SECOND / "bulletin.html"


def opened(browser: Any, path: Path, **options: Any) -> tuple[Any, list[str]]:
    page = browser.new_page(**options)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: said.append(request.url))
    page.goto(path.as_uri())
    said.remove(path.as_uri())
    return page, said


@pytest.mark.parametrize("width", [PHONE, 768, 1440])
@pytest.mark.parametrize("name", ["page_file", "compared_file"])
def test_nothing_is_wider_than_the_screen(
    browser: Any, request: pytest.FixtureRequest, width: int, name: str
) -> None:
    path = request.getfixturevalue(name)
    page, said = opened(browser, path, viewport={"width": width, "height": 844})
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == PHONE:
        tables = page.evaluate(
            "[...document.querySelectorAll('.wide')].filter(t => t.scrollWidth > t.clientWidth + 1).length"
        )
        assert tables == 0, "no table has to be pushed sideways on a phone"
    assert said == [], "nothing is fetched, run or complained of"
    assert (
        page.evaluate("getComputedStyle(document.querySelector('section')).borderTopLeftRadius") == "6px"
    ), "styled"
    page.close()


def test_a_phone_gives_each_value_its_columns_name(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, viewport={"width": PHONE, "height": 844})
    label = "getComputedStyle(document.querySelector('#findings table.stacked td'), '::before').content"
    assert page.evaluate(label) == '"机关"'
    page.close()


def test_the_dark_page_is_dark_and_can_be_read(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, color_scheme="dark")
    ground, ink = (
        page.evaluate(f"getComputedStyle(document.body).{name}")
        .removeprefix("rgb(")
        .removesuffix(")")
        .split(", ")
        for name in ("backgroundColor", "color")
    )
    assert max(map(int, ground)) < 60 and min(map(int, ink)) > 200
    page.close()


def test_it_prints_on_paper(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    page.close()


def test_nothing_in_a_document_runs_in_a_browser(browser: Any, page_file: Path) -> None:
    page, said = opened(browser, page_file)
    assert said == []
    assert page.evaluate("document.querySelectorAll('script, img, iframe, a:not([href^=\"#\"])').length") == 0
    page.close()
