"""The client on a real site: what it brings home, what it repeats, what it leaves alone."""

from __future__ import annotations

import gc
import hashlib
import itertools
import os
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.pull.web import ERROR_CLASSES, Operator, Outcome, Validators, WarcArchive, WebClient
from tests.pull_site import CRAWL_DELAY, PullSite, fault_names
from tests.pull_site.pages import Page
from tests.pull_site.server import Reply, Request

FAULTS = fault_names()


@pytest.mark.parametrize("name", FAULTS)
def test_everything_that_goes_wrong(name: str, site: PullSite, client: Callable[..., WebClient]) -> None:
    fault = site.faults[name]
    fetch = client().get(fault.address)
    assert (fetch.outcome, fetch.error_class) == (fault.outcome, fault.error_class)
    assert fetch.address == fault.address
    assert (fetch.sentence is None) == (fetch.error_class is None)
    assert (fetch.answer is None) == (fetch.outcome in ("refused", "failed"))
    if fault.error_class is not None:
        assert fault.address in (fetch.sentence or "")
        assert "；" in (fetch.sentence or ""), "says what to do"
    if fault.report is not None:
        assert fetch.answer is not None
        assert fetch.answer.content == fault.report.content
    assert site.internal_log == []
    assert site.foreign_log == []


def test_every_error_class_is_met(site: PullSite) -> None:
    met = {fault.error_class for fault in site.faults.values()} - {None}
    elsewhere = {"robots_delay", "tls", "host_given_up"}
    assert met | elsewhere == set(ERROR_CLASSES)


def test_no_forbidden_path_is_ever_asked_for(site: PullSite, client: Callable[..., WebClient]) -> None:
    site.clear_log()
    asker = client()
    for name in ("disallowed", "print", "to_private_path", "closed", "foreign"):
        asker.get(site.faults[name].address)
    paths = [(visit.request.host, visit.request.path) for visit in site.log]
    assert not [path for host, path in paths if path.startswith("/private/") or "print=" in path]
    assert set(paths) == {
        ("faults.test", "/robots.txt"),
        ("faults.test", "/nb/to_private_path.html"),
        ("closed.test", "/robots.txt"),
    }


def test_who_asks_is_said(site: PullSite, client: Callable[..., WebClient]) -> None:
    site.clear_log()
    client().get(site.faults["gbk"].address)
    for visit in site.log:
        agent = visit.request.headers["user-agent"]
        assert agent.startswith("gongkai/")
        assert "(+test@example.invalid; operator %E6%B5%8B" in agent


def test_the_operator_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GONGKAI_OPERATOR", raising=False)
    monkeypatch.delenv("GONGKAI_CONTACT", raising=False)
    assert "operator not named" in Operator.from_environment().user_agent
    monkeypatch.setenv("GONGKAI_OPERATOR", "某市\r\nX-Evil: 1")
    monkeypatch.setenv("GONGKAI_CONTACT", "a@b.test")
    agent = Operator.from_environment().user_agent
    assert agent.isascii()
    assert agent.isprintable()
    assert "+a@b.test" in agent


def test_an_answer_in_full(site: PullSite, client: Callable[..., WebClient]) -> None:
    address = site.sections["query"].documents[0]
    fetch = client().get(address, kind="document")
    answer = fetch.answer
    assert answer is not None
    assert (fetch.status, fetch.attempts, answer.status) == (200, 1, 200)
    assert (answer.content_type, answer.charset) == ("text/html", "gbk")
    assert answer.file_name == address.rpartition("/")[2]
    assert hashlib.sha256(answer.content).hexdigest() == site.truth[address].sha256
    assert answer.validators.last_modified and not answer.validators.etag
    assert answer.redirects == ()
    assert answer.archived is None
    assert abs((datetime.now(UTC) - answer.retrieved_at).total_seconds()) < 60


def test_redirects_are_told(site: PullSite, client: Callable[..., WebClient]) -> None:
    fault = site.faults["chain"]
    fetch = client().get(fault.address)
    assert fetch.answer is not None
    assert [status for status, _, _ in fetch.answer.redirects] == [308, 307]
    assert fetch.answer.redirects[0][1] == fault.address == fetch.answer.address
    assert fetch.answer.redirects[-1][2] == fetch.answer.final_address
    assert fetch.answer.final_address.endswith("/new/chain.html")


@pytest.mark.parametrize("section", ["numbered", "query", "next", "sitemap", "json"])
def test_a_second_night_is_conditional(
    section: str, site: PullSite, client: Callable[..., WebClient]
) -> None:
    """ETag and date, date alone, a weak tag, a tag alone; and a server that gives none sends the whole again."""
    address = site.sections[section].documents[1]
    asker = client()
    first = asker.get(address)
    assert first.answer is not None
    site.clear_log()
    second = asker.get(address, validators=first.answer.validators)
    if section == "json":
        assert not first.answer.validators
        assert second.outcome is Outcome.fetched
        return
    assert second.outcome is Outcome.not_modified
    assert second.answer is not None
    assert second.answer.content == b""
    assert second.answer.validators == first.answer.validators
    assert site.log[-1].request.conditional
    site.change(address)
    third = asker.get(address, validators=second.answer.validators)
    assert third.outcome is Outcome.fetched
    assert third.answer is not None
    assert hashlib.sha256(third.answer.content).hexdigest() == site.truth[address].sha256


def test_validators_that_no_header_may_hold_are_not_sent(
    site: PullSite, client: Callable[..., WebClient]
) -> None:
    site.clear_log()
    fetch = client().get(site.faults["gbk"].address, validators=Validators('"a"\r\nX: 1', "年月日"))
    assert fetch.outcome is Outcome.fetched
    assert not any(visit.request.conditional for visit in site.log)


def test_another_page_that_is_older_is_not_the_unchanged_document(
    site: PullSite, client: Callable[..., WebClient]
) -> None:
    """Moved to a page that has not changed for years: its 304 would say nothing about the document."""
    date = "Mon, 20 Jan 2025 01:00:00 GMT"

    def old(request: Request) -> Reply:
        since = request.headers.get("if-modified-since")
        return Reply(304) if since else Reply(200, b"another page", [("Last-Modified", date)])

    target = site.serve("faults.test", "/old.html", old)
    address = site.serve("faults.test", "/was.html", lambda _: Reply(302, headers=[("Location", target)]))
    fetch = client().get(address, validators=Validators(None, "Tue, 21 Jan 2025 01:00:00 GMT"))
    assert fetch.outcome is Outcome.fetched
    assert fetch.answer is not None
    assert fetch.answer.content == b"another page"


def test_a_tag_counts_past_a_redirect(site: PullSite, client: Callable[..., WebClient]) -> None:
    first = client().get(site.faults["moved"].address).answer
    assert first is not None
    again = client().get(site.faults["moved"].address, validators=first.validators)
    assert again.outcome is Outcome.not_modified


def test_a_304_that_was_not_asked_for_is_no_answer(site: PullSite, client: Callable[..., WebClient]) -> None:
    fetch = client().get(site.faults["not_asked_304"].address, validators=Validators('"\x00"', None))
    assert fetch.error_class == "http_status"


def test_sentences_are_fit_for_a_screen(site: PullSite, client: Callable[..., WebClient]) -> None:
    fetch = client().get("http://a.test/\x1b[31m\u202e" + "x" * 9000)
    assert fetch.error_class == "bad_address"
    assert fetch.sentence is not None
    assert fetch.sentence.isprintable()
    assert len(fetch.sentence) < 800


def test_deleted_and_moved_pages(site: PullSite, client: Callable[..., WebClient]) -> None:
    section = site.sections["manifest"]
    asker = client()
    known = asker.get(section.documents[2])
    assert known.answer is not None
    site.move(section.documents[2], "/archive/2.html")
    moved = asker.get(section.documents[2], validators=known.answer.validators)
    assert moved.answer is not None
    assert moved.answer.final_address.endswith("/archive/2.html")
    assert moved.answer.redirects[0][0] == 301
    site.delete(section.documents[3], 410)
    gone = asker.get(section.documents[3])
    assert (gone.outcome, gone.status, gone.answer is not None) == (Outcome.gone, 410, True)


def test_lists_and_documents_have_their_own_limits(site: PullSite, client: Callable[..., WebClient]) -> None:
    asker = client(max_list_bytes=2_000, max_bytes=100_000)
    address = site.sections["numbered"].address
    assert asker.get(address, kind="list").error_class == "too_large"
    assert asker.get(address, kind="document").outcome is Outcome.fetched


def test_a_bomb_is_never_unpacked_whole(site: PullSite, client: Callable[..., WebClient]) -> None:
    asker = client(max_bytes=2**20)
    asker.get(site.faults["gbk"].address)
    tracemalloc.start()
    try:
        assert asker.get(site.faults["bomb"].address).error_class == "too_large"
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


@pytest.fixture
def traced() -> Iterator[None]:
    """Memory as it is without the collector's help."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    yield
    tracemalloc.stop()
    gc.enable()


@pytest.mark.usefixtures("traced")
def test_a_large_document_is_held_as_long_as_it_is_wanted(
    site: PullSite, client: Callable[..., WebClient], tmp_path: Path
) -> None:
    """At most three times its size with the archive on (wire, content, packed record); afterwards nothing."""
    size = 16 * 2**20
    address = site.serve("faults.test", "/large.bin", Page(os.urandom(size), "application/octet-stream"))
    with WarcArchive(tmp_path, "L1", "s") as archive:
        asker = client(archive=archive, max_bytes=size, timeout_seconds=30, total_seconds=60)
        asker.get(site.faults["gbk"].address)
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        fetch = asker.get(address)
        most = tracemalloc.get_traced_memory()[1] - before
        assert fetch.outcome is Outcome.fetched
        del fetch
        left = tracemalloc.get_traced_memory()[0] - before
    assert most < 4 * size, "the site sends it from this process, which copies nothing"
    assert left < 2**20


@pytest.mark.usefixtures("traced")
def test_a_large_document_in_vain_leaves_nothing(site: PullSite, client: Callable[..., WebClient]) -> None:
    content = os.urandom(8 * 2**20)
    address = site.serve("faults.test", "/cut.bin", lambda _: Reply(200, content, length=10**7, cut=True))
    asker = client(max_bytes=10**8, timeout_seconds=30, total_seconds=60)
    asker.get(site.faults["gbk"].address)
    before = tracemalloc.get_traced_memory()[0]
    fetch = asker.get(address)
    assert (fetch.error_class, fetch.attempts) == ("truncated", 3)
    assert tracemalloc.get_traced_memory()[0] - before < 2**20


def test_slow_bytes_do_not_outlast_the_total_time(site: PullSite, client: Callable[..., WebClient]) -> None:
    began = time.monotonic()
    fetch = client(retries=0, timeout_seconds=30, total_seconds=0.6).get(site.faults["slow"].address)
    assert fetch.error_class == "timeout"
    assert time.monotonic() - began < 5


_STATUS_LINES = (
    b"HTTP/1.1 200 OK",
    b"HTTP/1.0 302 Found",
    b"HTTP/1.1 404 ",
    b"HTTP/1.1 304 x",
    b"HTTP/1.1 429 x",
)
_NAMES = (
    b"Location: ",
    b"Content-Length: ",
    b"Content-Type: ",
    b"Content-Disposition: ",
    b"Set-Cookie: ",
    b"ETag: ",
)
_FIELDS = (b"Transfer-Encoding: chunked", b"Content-Encoding: gzip", b"Retry-After: x", b"Content-Length: 3")


def _said(data: st.DataObject) -> bytes:
    """Something like a response."""
    some = st.binary(max_size=30)
    named = st.tuples(st.sampled_from(_NAMES), some).map(b"".join)
    fields = data.draw(st.lists(st.one_of(some, named, st.sampled_from(_FIELDS)), max_size=4))
    return b"\r\n".join([data.draw(st.sampled_from(_STATUS_LINES)), *fields, b"", data.draw(some)])


def test_whatever_a_server_says_is_an_outcome(
    site: PullSite, client: Callable[..., WebClient], tmp_path: Path
) -> None:
    with WarcArchive(tmp_path, "L1", "s") as archive:
        asker = client(respect_robots=False, retries=0, max_retry_after_seconds=0, archive=archive)

        @settings(max_examples=200, deadline=None)
        @given(st.data())
        def check(data: st.DataObject) -> None:
            said = _said(data)
            fetch = asker.get(site.serve("faults.test", "/said.html", lambda _: Reply(raw=said)))
            assert (fetch.error_class in ERROR_CLASSES) == (fetch.outcome not in ("fetched", "not_modified"))

        check()


# -- repetitions


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds


def _scripted(site: PullSite, name: str, replies: list[Reply]) -> str:
    page = Page(b"<html>report</html>", "text/html")
    page.first = list(replies)
    return site.serve("faults.test", f"/scripted/{name}.html", page)


def test_back_off_doubles_and_gives_up(site: PullSite, client: Callable[..., WebClient]) -> None:
    clock = Clock()
    asker = client(
        retries=3, backoff_seconds=2, delay_seconds=0.5, clock=clock, sleep=clock.sleep, respect_robots=False
    )
    fetch = asker.get(site.faults["broken"].address)
    assert (fetch.error_class, fetch.attempts, fetch.status) == ("server_error", 4, 500)
    assert clock.slept == [2, 4, 8]


def test_retry_after_is_kept(site: PullSite, client: Callable[..., WebClient]) -> None:
    clock = Clock()
    asker = client(max_retry_after_seconds=60, clock=clock, sleep=clock.sleep, respect_robots=False)
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    replies = [Reply(429, headers=[("Retry-After", "7")]), Reply(503, headers=[("Retry-After", later)])]
    fetch = asker.get(_scripted(site, "later", replies))
    assert (fetch.outcome, fetch.attempts) == (Outcome.fetched, 3)
    assert clock.slept[0] == 7
    assert 25 < clock.slept[1] <= 30


def test_a_host_that_asks_for_too_long_a_pause_is_left_alone(
    site: PullSite, client: Callable[..., WebClient]
) -> None:
    clock = Clock()
    asker = client(max_retry_after_seconds=60, clock=clock, sleep=clock.sleep)
    assert asker.get(site.faults["go_away"].address).error_class == "rate_limited"
    site.clear_log()
    assert asker.get(site.address("busy.test", "/other.html")).error_class == "rate_limited"
    assert site.log == []
    assert clock.slept == []
    clock.now += 86_401
    assert asker.get(site.address("busy.test", "/other.html")).outcome is Outcome.gone


def test_a_dead_host_costs_a_few_fetches_and_no_more(
    site: PullSite, client: Callable[..., WebClient]
) -> None:
    asker = client(respect_robots=False, give_up_after=2, retries=1)
    classes = [asker.get(site.address("dead.test", f"/{index}")).error_class for index in range(4)]
    assert classes == ["unreachable", "unreachable", "host_given_up", "host_given_up"]


def test_an_answer_in_between_keeps_a_host_alive(site: PullSite, client: Callable[..., WebClient]) -> None:
    asker = client(respect_robots=False, give_up_after=2, retries=0)
    for _ in range(3):
        assert asker.get(site.faults["silent"].address).error_class == "unreachable"
        assert asker.get(site.faults["gbk"].address).outcome is Outcome.fetched


@pytest.mark.parametrize("how", [Reply(429), Reply(200, b"x" * 50, drip=0.05)])
def test_a_host_that_only_makes_one_wait_is_given_up(
    how: Reply, site: PullSite, client: Callable[..., WebClient]
) -> None:
    addresses = [site.serve("faults.test", f"/wait/{index}.html", lambda _: how) for index in range(4)]
    asker = client(respect_robots=False, give_up_after=2, retries=1, total_seconds=0.2)
    classes = [asker.get(address).error_class for address in addresses]
    assert len(set(classes[:2])) == 1
    assert classes[0] in ("rate_limited", "timeout")
    assert classes[2:] == ["host_given_up"] * 2


def test_what_took_all_its_time_is_not_repeated(site: PullSite, client: Callable[..., WebClient]) -> None:
    assert client(total_seconds=0.3, retries=3).get(site.faults["slow"].address).attempts == 1
    assert client(timeout_seconds=0.2, retries=3).get(site.faults["never"].address).attempts == 4


# -- politeness


def _gaps(site: PullSite, host: str) -> list[float]:
    moments = sorted(visit.request.moment for visit in site.log if visit.request.host == host)
    return [after - before for before, after in itertools.pairwise(moments)]


@pytest.mark.parametrize("threads", [1, 4])
def test_one_request_at_a_time_with_a_pause(
    threads: int, site: PullSite, client: Callable[..., WebClient]
) -> None:
    site.clear_log()
    asker = client(delay_seconds=0.1)
    addresses = site.sections["numbered"].documents[:4] + site.sections["next"].documents[:4]
    with ThreadPoolExecutor(threads) as pool:
        fetches = list(pool.map(asker.get, addresses))
    assert all(fetch.outcome is Outcome.fetched for fetch in fetches)
    for host in ("www.yunhai.test", "www.songping.test"):
        gaps = _gaps(site, host)
        assert len(gaps) == 4, "robots.txt and four documents"
        assert min(gaps) >= 0.1


def test_hosts_do_not_wait_for_each_other(site: PullSite, client: Callable[..., WebClient]) -> None:
    """While one host is slow, another is asked in the meantime, and never two requests are under way at one."""
    under_way: dict[str, int] = {}
    most: dict[str, int] = {}
    lock = threading.Lock()

    def slow(request: Request) -> Reply:
        with lock:
            under_way[request.host] = under_way.get(request.host, 0) + 1
            most[request.host] = max(most.get(request.host, 0), under_way[request.host])
        time.sleep(0.1)
        with lock:
            under_way[request.host] -= 1
        return Reply(200, b"x")

    hosts = ("www.yunhai.test", "www.songping.test", "bulk.hekou.test")
    addresses = [site.serve(host, f"/slow{index}.html", slow) for index in range(3) for host in hosts]
    began = time.monotonic()
    with ThreadPoolExecutor(9) as pool:
        assert all(
            f.outcome is Outcome.fetched
            for f in pool.map(client(total_seconds=20, timeout_seconds=20).get, addresses)
        )
    assert set(most.values()) == {1}
    assert time.monotonic() - began < 9 * 0.1 + 3


def test_the_crawl_delay_counts_if_it_is_longer(site: PullSite, client: Callable[..., WebClient]) -> None:
    site.clear_log()
    asker = client()
    for name in ("gbk", "download", "no_type"):
        asker.get(site.faults[name].address)
    assert min(_gaps(site, "faults.test")[1:]) >= CRAWL_DELAY


# -- robots.txt


@pytest.mark.parametrize(
    ("rules", "error_class"),
    [
        (404, None),
        (403, None),
        ("", None),
        ("\ufeffUser-agent: *\nDisallow: /zwgk/nb/\n", "robots_disallowed"),
        ("User-agent: gongkai\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "robots_disallowed"),
        ("User-agent: *\nDisallow: /\n\nUser-agent: gongkai\nAllow: /\n", None),
        ("User-agent: *\nDisallow: /*.html$\n", "robots_disallowed"),
        ("User-agent: *\nCrawl-delay: 9999\n", "robots_delay"),
        ("User-agent: *\nRequest-rate: 1/9999\n", "robots_delay"),
        ("<html><body>页面不存在</body></html>", None),
        ("User-agent: *\nDisallow: /nothing\n" + "# x\n" * 200_000, None),
        (500, "robots_unreachable"),
        (503, "robots_unreachable"),
        (429, "robots_unreachable"),
    ],
)
def test_robots(
    rules: str | int, error_class: str | None, site: PullSite, client: Callable[..., WebClient]
) -> None:
    before = site.robots["www.yunhai.test"]
    site.robots["www.yunhai.test"] = rules
    site.clear_log()
    try:
        asker = client(retries=1)
        fetches = [asker.get(address) for address in site.sections["numbered"].documents[4:6]]
    finally:
        site.robots["www.yunhai.test"] = before
    assert [fetch.error_class for fetch in fetches] == [error_class] * 2
    paths = [visit.request.path for visit in site.log]
    repeated = rules in (429, 500, 503)
    assert paths.count("/robots.txt") == (2 if repeated else 1), "once a host and load"
    assert len(paths) - paths.count("/robots.txt") == (0 if error_class else 2)


def test_robots_may_be_passed_over_if_the_source_says_so(
    site: PullSite, client: Callable[..., WebClient]
) -> None:
    site.clear_log()
    fetch = client(respect_robots=False).get(site.faults["disallowed"].address)
    assert fetch.outcome is Outcome.fetched
    assert [visit.request.path for visit in site.log] == ["/private/report.html"]


def test_robots_that_lead_elsewhere(site: PullSite, client: Callable[..., WebClient]) -> None:
    """Within the source they are followed; out of it there are none; to a private place the host is refused."""
    section = site.sections["rss"]
    host = section.hosts[0]
    for target, error_class in (
        (site.address("faults.test", "/robots.txt"), None),
        (site.address("foreign.test", "/robots.txt"), None),
        ("/robots.txt", None),
        (site.address("internal.test", "/robots.txt"), "private_address"),
    ):
        site.robots[host] = Reply(302, headers=[("Location", target)])
        try:
            fetch = client(own_hosts=("*.shiqiao.test", "faults.test", "internal.test")).get(
                section.documents[0]
            )
        finally:
            del site.robots[host]
        assert fetch.error_class == error_class, target
    assert site.foreign_log == []
    assert site.internal_log == []


# -- hosts and cookies


def test_hosts_outside_the_source_are_refused(site: PullSite, client: Callable[..., WebClient]) -> None:
    address = site.sections["next"].documents[0]
    assert client(own_hosts=()).get(address).error_class == "host_outside"
    assert client(own_hosts=("songping.test",)).get(address).error_class == "host_outside"
    assert client(own_hosts=(), hosts=("*.songping.test",)).get(address).outcome is Outcome.fetched
    assert client(own_hosts=("WWW.Songping.Test.",)).get(address).outcome is Outcome.fetched


def test_cookies_stay_with_their_host(site: PullSite, client: Callable[..., WebClient]) -> None:
    asker = client()
    assert asker.get(site.faults["cookie"].address).outcome is Outcome.fetched
    site.clear_log()
    asker.get(site.faults["gbk"].address)
    asker.get(site.sections["next"].documents[0])
    cookies = {visit.request.host: visit.request.headers.get("cookie") for visit in site.log}
    assert cookies == {"faults.test": "seen=1", "www.songping.test": None}


def test_many_hosts_keep_few_connections(site: PullSite, client: Callable[..., WebClient]) -> None:
    import psutil

    asker = client(own_hosts=("*.many.test",), resolver=lambda h, p: ["127.0.0.10"], respect_robots=False)
    for index in range(150):
        asker.get(f"http://h{index}.many.test:{site.port}/x")
    mine = [c for c in psutil.Process().net_connections() if c.raddr and c.raddr.port == site.port]
    open_ones = [c for c in mine if c.status == "ESTABLISHED"]
    assert len(open_ones) <= 80
    assert asker.get(f"http://h0.many.test:{site.port}/x").outcome is Outcome.gone
