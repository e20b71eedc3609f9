"""The test site keeps what it promises: enough reports, each at one address, and knobs that turn."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.pull_site import PullSite, resolve
from tests.pull_site.site import _SIZES


@pytest.fixture(scope="module")
def site() -> Iterator[PullSite]:
    with PullSite(reports=100) as running:
        yield running


def _get(address: str, **headers: str) -> tuple[int, bytes]:
    parts = urlsplit(address)
    ip = resolve(str(parts.hostname), parts.port or 80)[0]
    request = urllib.request.Request(
        address.replace(parts.netloc, f"{ip}:{parts.port}"), headers={"Host": parts.netloc, **headers}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b""


def test_it_is_large_enough_by_default() -> None:
    assert sum(_SIZES.values()) >= 2_000


def test_every_report_is_at_its_address_and_differs(site: PullSite) -> None:
    truths = site.truth
    assert len({t.sha256 for t in truths.values()}) == len(truths)
    assert max(Counter((t.agency, t.year) for t in truths.values()).values()) == 1
    for address, truth in truths.items():
        if truth.section != "faults":
            status, content = _get(address)
            assert status == 200
            assert hashlib.sha256(content).hexdigest() == truth.sha256
    assert {t.suffix for t in truths.values()} == {".html", ".docx", ".zip", ".pdf"}


@pytest.mark.parametrize("name", ["numbered", "query", "script", "next", "faults"])
def test_list_pages_name_everything(name: str, site: PullSite) -> None:
    section = site.sections[name]
    status, content = _get(section.address)
    assert status == 200
    text = content.decode(section.charset)
    assert section.entries[0].href.replace("&", "&amp;") in text
    listed = [entry.href for index in range(section.pages()) for entry in section.on_page(index)]
    assert listed == [entry.href for entry in section.entries]


def test_search_sitemap_feed_and_manifest(site: PullSite) -> None:
    address = site.sections["json"].address
    found = json.loads(_get(f"{address}?pageNo=1&pageSize=5")[1])["data"]
    assert len(found["list"]) == 5
    assert found["total"] == len(site.sections["json"].entries)
    index = _get(site.sections["sitemap"].address)[1].decode()
    assert index.count("<sitemap>") == 2
    assert _get(site.address("map.shiqiao.test", "/sitemap-2.xml.gz"))[1][:2] == b"\x1f\x8b"
    assert _get(site.sections["rss"].address)[1].count(b"<item>") == len(site.sections["rss"].entries)
    rows = _get(site.sections["manifest"].address)[1].decode("utf-8-sig").splitlines()
    assert len(rows) == 1 + len(site.sections["manifest"].documents)


def test_knobs(site: PullSite) -> None:
    section = site.sections["numbered"]
    changed, deleted, moved = section.documents[2], section.documents[3], section.documents[4]
    before = site.truth[changed].sha256
    assert site.change(changed).sha256 != before
    assert hashlib.sha256(_get(changed)[1]).hexdigest() == site.truth[changed].sha256
    site.delete(deleted, 410)
    assert _get(deleted)[0] == 410
    assert deleted not in site.truth
    new = site.move(moved, "/old/1.html")
    assert hashlib.sha256(_get(new)[1]).hexdigest() == site.truth[moved].sha256
    added = site.add_report("numbered", "云海市新设局", 2024)
    assert _get(added.address)[0] == 200
    assert section.entries[0].title.startswith("云海市新设局2024年")
    count = len(section.documents)
    lost = site.unlist("numbered")
    assert 0 < len(lost) < count
    assert not set(lost) & set(site.truth)
    site.redesign("numbered")
    assert b"<a " not in _get(section.address)[1]


def test_the_logs(site: PullSite) -> None:
    site.clear_log()
    address = site.sections["next"].documents[0]
    _get(address)
    _get(address, **{"If-None-Match": '"x"'})
    _get(site.address("internal.test", "/secret"))
    assert [visit.request.conditional for visit in site.log] == [False, True]
    assert site.log[0].request.host == "www.songping.test"
    assert len(site.internal_log) == 1
    site.clear_log()
    assert site.log == site.internal_log == []
