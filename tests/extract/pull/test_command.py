"""`gongkai source`, and several sources at a time."""

from __future__ import annotations

import json
import threading
from functools import partial
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

import extract.pull.source as source_module
from extract.pull import command as command_module
from extract.pull import preview, pull_sources
from extract.pull.web.archive import WarcArchive
from extract.pull.web.client import WebClient
from extract.pull.web_kind import WebSource
from gongkai.cli import main
from tests.extract.pull.conftest import Nights
from tests.extract.pull.sites import connect, settings_of, source_of


@pytest.fixture
def sources(nights: Nights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test site's sections as files in sources/."""
    folder = tmp_path / "sources"
    folder.mkdir()
    for name in nights.site.sections:
        settings = settings_of(nights.site, name)
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(source_module, "SOURCES", folder)
    monkeypatch.setattr(command_module, "preview", partial(preview, connect=connect))
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["source", *arguments])


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_check_shows_what_would_be_pulled_and_stores_nothing(
    nights: Nights, sources: Path, tmp_path: Path
) -> None:
    before = files(tmp_path)
    result = run("check", "numbered", "--limit", "3", "--home", str(nights.home.root))
    assert result.exit_code == 0, result.output
    truth = [truth for truth in nights.site.truth.values() if truth.section == "numbered"]
    assert sum(t.agency in result.output for t in truth) >= 3 and "…另有" in result.output
    assert f"列出 {len(truth)} 份" in result.output and "没有保存任何内容" in result.output
    assert files(tmp_path) == before
    assert {path.rpartition("/")[2] for path, _ in nights.asked} == {"index.html"}, "one page, no document"
    nights.pull("numbered")
    assert "已知，到期复查" in run("check", "numbered", "--home", str(nights.home.root)).output


def test_check_of_a_list_that_matches_nothing_fails_with_the_reason(nights: Nights, sources: Path) -> None:
    nights.site.redesign("next")
    result = run("check", "next")
    assert result.exit_code == 1 and "没有一个链接符合 match" in result.output
    assert run("check", "no-such").exit_code == 2


def test_list_names_every_source_and_every_mistake(sources: Path) -> None:
    assert run("list").exit_code == 0
    (sources / "bad.yaml").write_text("kind: listing\ncolour: red\n", encoding="utf-8")
    result = run("list")
    assert result.exit_code == 1 and "colour" in result.output and "numbered" in result.output


def test_schema_is_json_schema(sources: Path) -> None:
    assert json.loads(run("schema").output)["$schema"].startswith("https://json-schema.org/")


def test_a_dry_run_reads_all_lists_and_tells_wanted_and_known(nights: Nights) -> None:
    truth = [truth for truth in nights.site.truth.values() if truth.section == "json"]
    latest = max(t.year for t in truth)
    source = source_of(nights.site, "json")
    found = preview(source, nights.home, years={latest}, connect=connect)
    assert {link.address for link in found.links} == {t.address for t in truth}
    assert {link.year for link in found.links if link.is_wanted} == {latest}
    assert not any(link.known for link in found.links) and found.problems == () and found.further == 0
    assert not nights.home.root.exists()
    nights.pull("json")
    assert all(link.known for link in preview(source, nights.home, connect=connect).links)


def test_sources_that_share_a_host_are_pulled_one_after_the_other(nights: Nights, sources: Path) -> None:
    at_work: set[str] = set()
    met: set[frozenset[str]] = set()
    lock = threading.Lock()

    def watched(source: WebSource, archive: WarcArchive | None) -> WebClient:
        client = connect(source, archive)
        with lock:
            at_work.add(source.name)
            met.add(frozenset(at_work))
        close = client.close

        def leave() -> None:
            with lock:
                at_work.discard(source.name)
            close()

        client.close = leave  # type: ignore[method-assign]
        return client

    names = ["sitemap", "rss", "numbered", "json"]
    results = pull_sources(names, nights.home, "20261122T020000-0000", connect=watched)
    assert [result.source for result in results] == names
    assert all(result.documents and result.ok for result in results)
    assert not any({"sitemap", "rss"} <= together for together in met)
