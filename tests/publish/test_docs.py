"""dbt's documentation page in a real browser: it opens from disk and asks nobody for anything."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from extract.landing import SCHEMAS, write_part
from gongkai.settings import Home
from publish.docs import write_dbt_docs

pytestmark = pytest.mark.services


def test_the_page_shows_columns_metrics_and_exposures_and_fetches_nothing(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    home = Home(tmp_path / "home")
    for dataset in SCHEMAS:
        write_part(home.landing, dataset, "20261101T020000-0001", "open", [])
    page_file = write_dbt_docs(home, tmp_path / "docs.html")
    asked: list[str] = []
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        shown = {}
        for part in (
            "model/model.gongkai.mart_agency_year",
            "metric/metric.gongkai.grant_rate",
            "exposure/exposure.gongkai.bulletin",
        ):
            page.goto(f"{page_file.as_uri()}#!/{part}")
            page.reload()
            page.wait_for_selector("h1", timeout=30_000)
            page.wait_for_function("document.body.innerText.length > 600", timeout=30_000)
            shown[part] = page.inner_text("body")
        browser.close()
    assert "予以公开率" in shown["model/model.gongkai.mart_agency_year"]
    assert "grant_rate" in shown["metric/metric.gongkai.grant_rate"]
    assert "mart_filing" in shown["exposure/exposure.gongkai.bulletin"]
    assert not [address for address in asked if not address.startswith("file:")]
    text = page_file.read_text("utf-8")
    assert "connect-src" not in text.partition("</head>")[0][:600] and "default-src 'none'" in text[:600]
    assert str(home.root) not in text, "no folder of this machine"
