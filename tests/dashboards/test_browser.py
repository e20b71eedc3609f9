"""The dashboards in a real browser, as a reader on a laptop sees them."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from dashboards.bundle import slug
from dashboards.spec import load_spec
from tests.dashboards.conftest import HOSTILE, Server

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
SPEC = load_spec()
LAPTOP = {"width": 1366, "height": 768}
WAITING = "[data-test=loading-indicator], .loading, .ant-spin-spinning"


@pytest.fixture(scope="module")
def requests() -> list[tuple[str, str | None]]:
    """Every address that the browser asked for, and why that failed (None: it did not)."""
    return []


@pytest.fixture(scope="module")
def page(server: Server, requests: list[tuple[str, str | None]]) -> Iterator[Page]:
    """A browser logged in as the reader."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_context(viewport=LAPTOP, locale="zh-CN").new_page()
        page.on("requestfinished", lambda request: requests.append((request.url, None)))
        page.on("requestfailed", lambda request: requests.append((request.url, request.failure)))
        page.goto(f"{server.base}/login/")
        page.fill("input#username", "reader")
        page.fill("input[type=password]", server.passwords["reader"])
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url, timeout=120_000)
        yield page
        browser.close()


def _settle(page: Page) -> None:
    """Wait until nothing has been loading for a while."""
    calm = 0
    for _ in range(300):
        page.wait_for_timeout(300)
        waiting = page.locator(WAITING).count()
        shown = page.locator("[data-test=slice-container]").count()
        calm = calm + 1 if shown and not waiting else 0
        if calm == 5:
            return
    pytest.fail("the dashboard went on loading")


def _open(page: Page, server: Server, board: str) -> None:
    page.goto(f"{server.base}/superset/dashboard/{slug(board)}/")
    _settle(page)


def _chart(board: str, chart: str) -> str:
    return f'[data-test-chart-name="{SPEC.boards[board].charts[chart].title}"]'


def _number(page: Page, board: str, chart: str) -> str:
    return page.locator(f"{_chart(board, chart)} .header-line").inner_text()


def _pick(page: Page, key: str, value: str) -> None:
    """Choose a value of a filter in the bar and apply it."""
    page.locator(f"input#NATIVE_FILTER-{key}").click()
    page.locator(f".ant-select-dropdown:visible [title='{value}']").first.click()
    page.keyboard.press("Escape")
    page.locator("[data-test=filter-bar__apply-button]").click()
    _settle(page)


@pytest.mark.parametrize("board", SPEC.boards)
def test_a_dashboard_opens_and_shows_its_charts(board: str, page: Page, server: Server) -> None:
    _open(page, server, board)
    assert page.locator("[data-test=editable-title-input]").input_value() == SPEC.boards[board].title
    page.set_viewport_size({"width": 1366, "height": 2600})
    _settle(page)
    assert page.locator("[data-test=error-message], .ant-alert-error").count() == 0
    assert page.locator("[data-test=slice-container]").count() == len(SPEC.boards[board].charts)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    picture = Image.open(io.BytesIO(page.screenshot()))
    assert len(picture.convert("RGB").getcolors(maxcolors=1 << 24) or []) > 200
    page.set_viewport_size(LAPTOP)


def test_provinces_stand_where_they_lie_on_the_map(page: Page, server: Server) -> None:
    _open(page, server, "overview")
    rows = page.locator(f"{_chart('overview', 'map')} tbody tr:visible")
    boxes = {row.locator("td").nth(1).inner_text(): row.bounding_box() for row in rows.all()}
    jiangsu, guangdong = boxes["江苏省"], boxes["广东省"]
    assert jiangsu is not None
    assert guangdong is not None
    assert guangdong["y"] > jiangsu["y"]
    assert guangdong["x"] < jiangsu["x"]
    assert abs(jiangsu["width"] - guangdong["width"]) < 1


def test_a_click_on_a_province_filters_the_other_charts(page: Page, server: Server) -> None:
    _open(page, server, "overview")
    assert _number(page, "overview", "received") == "108"
    page.locator(f"{_chart('overview', 'map')} tbody tr:visible", has_text="江苏省").locator("td").nth(
        1
    ).click()
    _settle(page)
    assert _number(page, "overview", "received") == "34"


def test_a_filter_in_the_bar_applies(page: Page, server: Server) -> None:
    _open(page, server, "overview")
    assert _number(page, "overview", "received") == "108"
    _pick(page, "province", "广东省")
    assert _number(page, "overview", "received") == "74"


def test_what_an_agency_writes_is_never_markup(page: Page, server: Server) -> None:
    _open(page, server, "quality")
    page.set_viewport_size({"width": 1366, "height": 2600})
    _settle(page)
    cells = page.locator("td", has_text="onerror")
    assert cells.count() >= 1
    assert "<img" in cells.first.inner_text()
    assert page.locator("td img, td b").count() == 0
    assert HOSTILE.count("<b>") == 1
    page.set_viewport_size(LAPTOP)


def test_the_words_around_are_chinese(page: Page, server: Server) -> None:
    _open(page, server, "overview")
    text = page.locator("body").inner_text()
    assert "应用" in text.replace(" ", "")
    for word in ("Loading", "Apply", "Clear all", "Filters", "Search", "Show", "No data"):
        assert word not in text


def test_no_traffic_leaves_the_machine(
    page: Page, server: Server, requests: list[tuple[str, str | None]]
) -> None:
    _open(page, server, "overview")
    here = urlsplit(server.base).netloc
    outside = [(url, why) for url, why in requests if url.startswith("http") and urlsplit(url).netloc != here]
    assert all(why == "csp" for _, why in outside), outside
