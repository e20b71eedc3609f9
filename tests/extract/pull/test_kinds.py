"""Manifests, site maps, feeds and search interfaces: what stands on them."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from extract.batch import extract_batch, plan
from extract.landing import read_load
from extract.pull import load_source, pull
from extract.pull.feed import FEED, FeedSource
from extract.pull.manifest import MANIFEST, ManifestSource
from extract.pull.portal import PORTAL, PortalSource
from extract.pull.sitemap import SITEMAP, SitemapSource
from extract.pull.web_kind import ListPage, ListReading, ListRequest, UnreadableListError
from gongkai.settings import PROJECT_ROOT, Home
from tests.extract.pull.sites import connect

HERE = "https://www.a.gov.cn/list"
TITLE = "耳口乡2023年政府信息公开工作年度报告"


def manifest(text: str | bytes, **more: Any) -> ListReading:
    source = ManifestSource.model_validate({"name": "s", "kind": "manifest", "address": HERE, **more})
    content = text if isinstance(text, bytes) else text.encode()
    return MANIFEST.read(source, ListRequest(HERE), ListPage(HERE, content))


def test_a_manifest_states_agency_year_and_date() -> None:
    reading = manifest(
        "address,agency,year,published_on,title,note\n"
        "https://a.gov.cn/1.pdf,耳口乡,2023,2024-01-20,年报,x\n/2.html,,2022年,,,\n,,,,,\n"
    )
    assert [
        (link.address, link.agency, link.year, link.published_on, link.evidence) for link in reading.links
    ] == [
        ("https://a.gov.cn/1.pdf", "耳口乡", 2023, date(2024, 1, 20), "stated"),
        ("https://www.a.gov.cn/2.html", None, 2022, None, "stated"),
    ]
    assert reading.troubles == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_manifest_in_chinese_as_office_programs_write_it(encoding: str) -> None:
    reading = manifest(
        "地址,单位名称,年度,发布日期\r\nhttps://a.gov.cn/1.pdf,民政局,2021年度,2022/1/9\r\n".encode(encoding)
    )
    assert [(link.agency, link.year) for link in reading.links] == [("民政局", 2021)]


def test_rows_that_can_t_be_used_are_told_and_the_others_go_on() -> None:
    lines = ["address,year,published_on", ",2023,", "/1,23,", "/2,2023,昨天", "/3,2023,"]
    reading = manifest("\n".join(lines))
    assert [link.address for link in reading.links] == ["https://www.a.gov.cn/3"]
    assert [trouble.found for trouble in reading.troubles] == [2, 3, 4]
    many = manifest("\n".join(["address,year", *(["/x,nn"] * 50)]))
    assert len(many.troubles) == 6 and "50 行" in many.troubles[-1].message


def test_a_manifest_without_addresses_is_refused_with_its_headings() -> None:
    with pytest.raises(UnreadableListError, match="机关、年份"):
        manifest("机关,年份\n民政局,2021\n")
    with pytest.raises(UnreadableListError, match="“网站”"):
        manifest("address\n/1\n", columns={"address": "网站"})
    with pytest.raises(UnreadableListError, match="空"):
        manifest("")


def test_a_manifest_of_this_machine_may_name_files_beside_it_and_one_of_the_web_may_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "年报 1.txt").write_text("2023年政府信息公开工作年度报告", encoding="utf-8")
    (tmp_path / "list.csv").write_text(
        "address,agency\n年报 1.txt,民政局\nmissing.pdf,财政局\n", encoding="utf-8"
    )
    source = ManifestSource.model_validate(
        {"name": "m", "kind": "manifest", "path": str(tmp_path / "list.csv")}
    )
    home = Home(tmp_path / "home")
    result = pull(source, home, "L1", connect=connect)
    [row] = read_load(home.landing, "documents", "L1").to_pylist()
    assert (row["name"], row["hint_agency"], row["hint_evidence"]) == ("年报 1.txt", "民政局", "stated")
    assert result.outcomes == {"new": 2, "gone": 1}
    assert result.findings == ()
    reading = manifest(f"address\n{(tmp_path / 'list.csv').as_uri()}\n")
    web = ManifestSource.model_validate({"name": "w", "kind": "manifest", "address": HERE})
    assert reading.links[0].address.startswith("file:")
    from extract.pull.fetching import refuse_local

    assert web.path is None and refuse_local(reading.links[0].address).outcome == "refused"


def test_what_a_source_states_helps_out_where_the_report_does_not_tell_and_only_there(tmp_path: Path) -> None:
    samples = PROJECT_ROOT / "samples"
    names = ("unnamed-bureau.txt", "qinglan-education-2021.txt")
    for name in names:
        (tmp_path / name).write_bytes((samples / name).read_bytes())
    lines = ["address,agency,year", *(f"{name},青岚县林业局,2020" for name in names)]
    (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    source = ManifestSource.model_validate(
        {"name": "m", "kind": "manifest", "path": str(tmp_path / "list.csv")}
    )
    home = Home(tmp_path / "home")
    pull(source, home, "L1", connect=connect)
    for batch in plan(home, "L1", "incremental"):
        extract_batch(home, "L1", batch)
    reports = {row["document_path"]: row for row in read_load(home.landing, "reports", "L1").to_pylist()}
    helped, own = (reports[name] for name in names)
    assert (helped["agency"], helped["agency_evidence"]) == ("青岚县林业局", "source")
    assert (helped["year"], helped["year_evidence"]) == (2020, "source")
    assert own["agency"] == "青岚县教育局" and own["agency_evidence"] != "source" and own["year"] == 2021


def sitemap(text: str | bytes, depth: int = 0) -> ListReading:
    settings = {"name": "s", "kind": "sitemap", "address": HERE, "match": {"address": "/nb/"}}
    content = text if isinstance(text, bytes) else text.encode()
    return SITEMAP.read(
        SitemapSource.model_validate(settings), ListRequest(HERE, depth=depth), ListPage(HERE, content)
    )


MAP = (
    '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    "<url><loc> https://a.gov.cn/nb/1.html </loc></url><url><loc>https://a.gov.cn/news/2.html</loc></url>"
    "<url><loc>https://a.gov.cn/nb/1.html</loc></url></urlset>"
)


def test_a_site_map_leads_to_the_addresses_that_fit() -> None:
    for content in (MAP.encode(), gzip.compress(MAP.encode())):
        assert [link.address for link in sitemap(content).links] == ["https://a.gov.cn/nb/1.html"]
    assert not sitemap("<urlset/>").empty_is_fine
    assert sitemap("<urlset/>", depth=1).empty_is_fine


def test_an_index_leads_to_maps_but_not_for_ever() -> None:
    index = "<sitemapindex><sitemap><loc>https://a.gov.cn/m1.xml</loc></sitemap></sitemapindex>"
    assert [request.depth for request in sitemap(index).more] == [1]
    assert sitemap(index, depth=2).more == ()


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body>404</body></html>",
        b"",
        b"not xml",
        gzip.compress(MAP.encode(), mtime=0)[:40],
        b"\x1f\x8bxx",
    ],
)
def test_what_is_no_site_map_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableListError):
        sitemap(content)


def test_hostile_xml_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extract.pull.xml_list.UNPACKED", 10_000)
    with pytest.raises(UnreadableListError, match="超过"):
        sitemap(gzip.compress(b"<urlset>" + b" " * 10**6 + b"</urlset>"))
    entity = (
        '<!DOCTYPE u [<!ENTITY e SYSTEM "file:///etc/passwd">]><urlset><url><loc>/nb/&e;</loc></url></urlset>'
    )
    assert all("root:" not in link.address for link in sitemap(entity).links)


def feed(text: str) -> ListReading:
    source = FeedSource.model_validate({"name": "s", "kind": "rss", "address": HERE})
    return FEED.read(source, ListRequest(HERE), ListPage(HERE, text.encode()))


def test_feeds_of_both_families() -> None:
    rss = (
        f"<rss><channel><link>https://a.gov.cn/</link><item><title>{TITLE}</title><link>/nb/1.html</link>"
        "<pubDate>Fri, 19 Jan 2024 17:30:00 GMT</pubDate></item>"
        "<item><title>会议通知</title><link>/2.html</link></item></channel></rss>"
    )
    atom = (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="?p=2"/><entry><title>{TITLE}</title>'
        '<link rel="self" href="/x"/><link href="/nb/1.html"/><updated>2024-01-20T01:30:00+08:00</updated></entry></feed>'
    )
    for text in (rss, atom):
        [link] = feed(text).links
        assert (link.address, link.year, link.published_on) == (
            "https://www.a.gov.cn/nb/1.html",
            2023,
            date(2024, 1, 20),
        )
    assert [request.address for request in feed(atom).more] == ["https://www.a.gov.cn/list?p=2"]
    with pytest.raises(UnreadableListError):
        feed("<html><body/></html>")


def portal(
    answer: object, page: int = 1, before: int = 0, address: str = "https://a.gov.cn/s?p={page}", **more: Any
) -> ListReading:
    settings = {
        "name": "s",
        "kind": "json",
        "address": address,
        "list": {"items": "data.rows", "address": "url", "title": "t", "date": "day", "agency": "org.name"},
    } | more
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return PORTAL.read(
        PortalSource.model_validate(settings),
        ListRequest(HERE, page, before=before),
        ListPage(HERE, text.encode()),
    )


def rows(count: int, **more: object) -> dict[str, Any]:
    found = [
        {"url": f"/nb/{n}.html", "t": f"<em>{TITLE}</em>", "day": 1705708800000, "org": {"name": "耳口乡"}}
        for n in range(count)
    ]
    return {"data": {"rows": found, **more}}


def test_an_answer_s_items_are_read_by_their_paths() -> None:
    reading = portal(rows(2))
    assert len(reading.links) == 2
    link = reading.links[0]
    assert (link.address, link.title, link.agency, link.year) == (
        "https://www.a.gov.cn/nb/0.html",
        TITLE,
        "耳口乡",
        2023,
    )
    assert (link.published_on, link.evidence) == (date(2024, 1, 20), "mixed")
    assert [more.address for more in reading.more] == ["https://a.gov.cn/s?p=2"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024-01-20 09:00", "2024-01-20"),
        ("20240120", "2024-01-20"),
        (1705708800, "2024-01-20"),
        ("soon", None),
        (None, None),
        (True, None),
    ],
)
def test_dates_in_their_spellings(day: object, expected: str | None) -> None:
    answer = rows(1)
    answer["data"]["rows"][0]["day"] = day
    found = portal(answer).links[0].published_on
    assert (found.isoformat() if found else None) == expected


def test_paging_by_page_offset_and_cursor_ends_where_the_answer_says() -> None:
    assert portal(rows(0)).more == ()
    assert portal(rows(2, pages=3), page=3, paging={"total_pages": "data.pages"}).more == ()
    total = {"total": "data.total"}
    assert portal(rows(2, total=40), page=2, before=38, paging=total).more == ()
    [more] = portal(rows(2, total=41), page=2, before=38, paging=total).more
    assert (more.address, more.before) == ("https://a.gov.cn/s?p=3", 40)
    short = portal(rows(0, total=41), page=3, before=40, paging=total)
    assert [trouble.rule for trouble in short.troubles] == ["list_short"]
    by_offset = {"by": "offset", "first": 0}
    offset = portal(rows(2), page=2, before=15, address="https://a.gov.cn/s?o={offset}", paging=by_offset)
    assert offset.more[0].address == "https://a.gov.cn/s?o=17", "what was listed counts"
    cursor = {"by": "cursor", "cursor": "data.next"}
    there = portal(rows(2, next="a b/c"), address="https://a.gov.cn/s?c={cursor}", paging=cursor)
    assert there.more[0].address == "https://a.gov.cn/s?c=a%20b%2Fc"
    assert portal(rows(2, next=""), address="https://a.gov.cn/s?c={cursor}", paging=cursor).more == ()
    assert portal(rows(2), page=9, paging={"max_pages": 9}).troubles[0].rule == "paging_limit"


def test_an_id_becomes_an_address() -> None:
    settings = {"items": "", "address": "id", "title": "t", "address_pattern": "https://a.gov.cn/show?id={}"}
    reading = portal([{"id": 7, "t": TITLE}, {"t": TITLE}], list=settings)
    assert [link.address for link in reading.links] == ["https://a.gov.cn/show?id=7"]
    assert [trouble.rule for trouble in reading.troubles] == ["item_without_address"]


def test_what_is_no_answer_is_refused() -> None:
    assert len(portal(f"callback({json.dumps(rows(1))});").links) == 1
    for text in ("<html>", '{"data": {"rows": {}}}', '{"code": 500}', "", "[" * 100_000):
        with pytest.raises(UnreadableListError):
            portal(text)


def test_an_unknown_kind_of_source_does_not_load() -> None:
    assert load_source("samples").kind == "directory"
