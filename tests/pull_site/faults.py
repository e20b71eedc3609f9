"""Everything that goes wrong on real sites, one address each."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from tests.pull_site.hosts import INTERNAL_ADDRESS
from tests.pull_site.pages import TYPES, Page
from tests.pull_site.reports import Made, make, other_pdf
from tests.pull_site.server import Reply, Request

HOST = "faults.test"
FILES = "files.faults.test"
FOREIGN = "foreign.test"
CRAWL_DELAY = 0.02
ROBOTS = f"User-agent: *\nDisallow: /private/\nDisallow: /*?print=\nCrawl-delay: {CRAWL_DELAY}\n"
LOGIN = "<html><head><title>用户登录</title></head><body><form action='/login'>用户名<input name='u'>密码<input type='password' name='p'></form></body></html>"

Answerer = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        name: what it is called in tests.
        address: where it is met; a list page links it.
        outcome: what a fetch of it must say (`Outcome`).
        error_class: likewise.
        report: what is to be had there in spite of it; None: no report.
    """

    name: str
    address: str
    outcome: str
    error_class: str | None = None
    report: Made | None = None


def _page(made: Made, content_type: str | None = None) -> Page:
    return Page(made.content, content_type or TYPES[made.suffix])


def _drip(content: bytes) -> Reply:
    return Reply(200, content, [("Content-Type", TYPES[".html"])], drip=0.05)


class Faults:
    """Builds the faults.

    Args:
        port: of the site.
        add: puts something at an address (host, path).
    """

    def __init__(self, port: int, add: Callable[[str, str, Page | Answerer], str]) -> None:
        self.all: dict[str, Fault] = {}
        self._port = port
        self._add = add
        self._made = iter(make("杉洋县", 40))
        self._html = TYPES[".html"]
        self._redirects()
        self._statuses()
        self._bodies()
        self._types()
        self._forbidden()

    def _fault(
        self,
        name: str,
        content: Page | Answerer,
        outcome: str,
        error_class: str | None = None,
        *,
        report: Made | None = None,
        path: str | None = None,
        host: str = HOST,
    ) -> None:
        address = self._add(host, path or f"/nb/{name}.html", content)
        self.all[name] = Fault(name, address, outcome, error_class, report)

    def _there(self, host: str, path: str) -> str:
        return f"http://{host}:{self._port}{path}"

    def _redirect(
        self, name: str, location: str | bytes, outcome: str, error_class: str | None = None
    ) -> None:
        self._fault(name, _to(location), outcome, error_class)

    def _redirects(self) -> None:
        for name, status, host in (("moved", 301, HOST), ("found", 302, HOST), ("elsewhere", 302, FILES)):
            made = next(self._made)
            target = self._add(host, f"/new/{name}.html", _page(made))
            self._fault(
                name, _to(target if host != HOST else f"/new/{name}.html", status), "fetched", report=made
            )
        for name, charset in (("moved_gbk", "gbk"), ("moved_utf8", "utf-8")):
            made = next(self._made)
            path = f"/new/年报-{name}.html"
            self._add(HOST, quote(path, encoding=charset), _page(made))
            self._fault(name, _to(path.encode(charset)), "fetched", report=made)
        made = next(self._made)
        self._add(HOST, "/new/chain.html", _page(made))
        self._add(HOST, "/hop/chain.html", _to("../new/chain.html", 307))
        self._fault("chain", _to("/hop/chain.html", 308), "fetched", report=made)
        made = next(self._made)
        self._fault("cookie", _Cookie(_page(made)), "fetched", report=made)
        made = next(self._made)
        self._fault(
            "wild_cookie", _Cookie(_page(made), "seen=年报1; Path=/; Expires=昨天"), "fetched", report=made
        )
        self._redirect("to_foreign", self._there(FOREIGN, "/welcome.html"), "refused", "host_outside")
        self._redirect("to_internal", self._there(INTERNAL_ADDRESS, "/secret"), "refused", "host_outside")
        decimal = self._there(
            str(int.from_bytes(bytes(map(int, INTERNAL_ADDRESS.split("."))), "big")), "/secret"
        )
        self._redirect("to_internal_decimal", decimal, "refused", "host_outside")
        self._redirect(
            "to_internal_name", self._there("internal.test", "/secret"), "refused", "private_address"
        )
        self._redirect("to_metadata", self._there("metadata.test", "/latest/"), "refused", "private_address")
        self._redirect("to_file", "file:///etc/passwd", "refused", "bad_address")
        self._redirect("to_user", f"http://{HOST}@{INTERNAL_ADDRESS}/", "refused", "bad_address")
        self._redirect("to_private_path", "/private/report.html", "refused", "robots_disallowed")
        self._redirect("loop", "/hop/loop.html", "failed", "redirects")
        self._add(HOST, "/hop/loop.html", _to("/nb/loop.html"))
        for index in range(12):
            self._add(HOST, f"/hop/long{index}.html", _to(f"/hop/long{index + 1}.html"))
        self._redirect("long", "/hop/long0.html", "failed", "redirects")

    def _statuses(self) -> None:
        self._fault("missing", Page(b"", self._html, status=404), "gone", "gone")
        self._fault("removed", Page(b"", self._html, status=410), "gone", "gone")
        self._fault("denied", lambda _: Reply(403, b"no"), "failed", "forbidden")
        self._fault("teapot", lambda _: Reply(418, b"no"), "failed", "http_status")
        self._fault("partial", lambda _: Reply(206, b"no"), "failed", "http_status")
        self._fault("broken", lambda _: Reply(500, b"error"), "failed", "server_error")
        self._fault("not_asked_304", lambda _: Reply(304), "failed", "http_status")
        hour: list[tuple[str, str | bytes]] = [("Retry-After", "86400")]
        self._fault("go_away", lambda _: Reply(429, b"", hour), "failed", "rate_limited", host="busy.test")
        busy = Reply(429, b"busy", [("Retry-After", "1")])
        error = [Reply(500, b"error"), Reply(503, b"error", [("Retry-After", "0")])]
        self._passing("busy", [busy])
        self._passing("flaky", error)
        self._passing(
            "cut_once", [Reply(200, b"<html>", [("Content-Type", self._html)], length=5000, cut=True)]
        )
        self._passing("silent_once", [Reply(silent=True)])

    def _passing(self, name: str, first: list[Reply]) -> None:
        made = next(self._made)
        page = _page(made)
        page.first = first
        self._fault(name, page, "fetched", report=made)

    def _bodies(self) -> None:
        html: list[tuple[str, str | bytes]] = [("Content-Type", self._html)]
        zipped: list[tuple[str, str | bytes]] = [*html, ("Content-Encoding", "gzip")]
        made = [next(self._made) for _ in range(6)]
        packed = gzip.compress(made[0].content)
        bomb = _bomb()
        self._fault("packed", lambda _: Reply(200, packed, zipped), "fetched", report=made[0])
        deflated: list[tuple[str, str | bytes]] = [*html, ("Content-Encoding", "deflate")]
        raw = zlib.compress(made[1].content)[2:-4]
        self._fault("deflated", lambda _: Reply(200, raw, deflated), "fetched", report=made[1])
        self._fault(
            "chunks", lambda _: Reply(200, made[2].content, html, chunked=True), "fetched", report=made[2]
        )
        self._fault(
            "until_close",
            lambda _: Reply(200, made[3].content, html, close_delimited=True),
            "fetched",
            report=made[3],
        )
        content = made[4].content[:3000]
        self._fault("slow", lambda _: _drip(content), "failed", "timeout")
        self._fault("never", lambda _: Reply(200, b"", html, wait=60), "failed", "timeout")
        self._fault("cut", lambda _: Reply(200, content, html, length=9000, cut=True), "failed", "truncated")
        self._fault(
            "cut_chunks", lambda _: Reply(200, content, html, chunked=True, cut=True), "failed", "truncated"
        )
        self._fault(
            "cut_packed", lambda _: Reply(200, packed[: len(packed) // 2], zipped), "failed", "truncated"
        )
        self._fault("not_packed", lambda _: Reply(200, content, zipped), "failed", "encoding")
        brotli: list[tuple[str, str | bytes]] = [*html, ("Content-Encoding", "br")]
        self._fault("brotli", lambda _: Reply(200, content, brotli), "failed", "encoding")
        self._fault("silent", lambda _: Reply(silent=True), "failed", "unreachable")
        self._fault("junk", lambda _: Reply(raw=b"\x16\x03\x01 no HTTP at all\r\n\r\n"), "failed", "protocol")
        long = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n"
        self._fault("long_head", lambda _: Reply(raw=long), "failed", "protocol")
        hinted = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\n"
        hinted += b"Content-Length: %d\r\n\r\n%s" % (len(made[5].content), made[5].content)
        self._fault("hinted", lambda _: Reply(raw=hinted), "fetched", report=made[5])
        self._fault("huge", lambda _: Reply(200, b"x", html, length=10**11, cut=True), "failed", "too_large")
        self._fault("bomb", lambda _: Reply(200, bomb, zipped), "failed", "too_large")
        nothing: list[tuple[str, str | bytes]] = [*html]
        self._fault("empty", lambda _: Reply(200, b"", nothing), "fetched")

    def _types(self) -> None:
        made = [next(self._made) for _ in range(3)]
        word = make("杉洋县", 1, ".docx", skip=60)[0]
        gbk = make("杉洋县", 1, charset="gbk", skip=61)[0]
        self._fault("html_as_octets", _page(made[0], "application/octet-stream"), "fetched", report=made[0])
        self._fault("no_type", lambda _: Reply(200, made[1].content), "fetched", report=made[1])
        self._fault("word_as_html", _page(word, "text/html"), "fetched", report=word, path="/nb/word.doc")
        printed = other_pdf()
        self._fault("pdf_as_html", _page(printed, "text/html"), "fetched", report=printed)
        self._fault("gbk", _page(gbk, "text/html"), "fetched", report=gbk)
        self._fault(
            "gbk_called_utf8",
            _page(make("杉洋县", 1, charset="gbk", skip=62)[0]),
            "fetched",
            report=make("杉洋县", 1, charset="gbk", skip=62)[0],
        )
        named = _page(made[2], "application/x-download")
        named.disposition = b"attachment; filename=" + "年度报告.html".encode("gbk")
        self._fault("download", named, "fetched", report=made[2], path="/nb/download.jsp?id=17")
        self._fault("login", Page(LOGIN.encode(), self._html), "fetched")
        self._add(HOST, "/login.html", Page(LOGIN.encode(), self._html))
        self._fault("to_login", _to("/login.html"), "fetched")

    def _forbidden(self) -> None:
        made = make("杉洋县", 2, skip=70)
        self._fault("disallowed", _page(made[0]), "refused", "robots_disallowed", path="/private/report.html")
        self._fault("print", _page(made[0]), "refused", "robots_disallowed", path="/nb/a.html?print=1")
        self._fault("foreign", _page(made[1]), "refused", "host_outside", path="/nb/x.html", host=FOREIGN)
        self._fault("rebound", _page(made[1]), "refused", "private_address", host="rebound.test")
        self._fault("closed", _page(made[1]), "refused", "robots_unreachable", host="closed.test")
        self._fault("metadata", _page(made[1]), "refused", "private_address", host="metadata.test")
        self._fault("office", _page(made[1]), "refused", "private_address", host="office.test")
        self._fault("unknown_host", _page(made[1]), "failed", "unresolved", host="nowhere.test")
        self._fault("dead", _page(made[1]), "refused", "robots_unreachable", host="dead.test")


OWN_HOSTS = (
    HOST,
    FILES,
    "busy.test",
    "internal.test",
    "rebound.test",
    "closed.test",
    "metadata.test",
    "office.test",
    "nowhere.test",
    "dead.test",
)
"""Hosts that a source for the faults calls its own: some of them must be refused nevertheless."""


class _Cookie:
    """Redirects to itself until a cookie comes along."""

    def __init__(self, page: Page, cookie: str = "seen=1; Path=/") -> None:
        self._page = page
        self._cookie = cookie

    def __call__(self, request: Request) -> Reply:
        if "seen=" in request.headers.get("cookie", ""):
            return self._page.reply(request)
        return Reply(302, headers=[("Location", request.path), ("Set-Cookie", self._cookie)])


def _to(location: str | bytes, status: int = 302) -> Answerer:
    return lambda _: Reply(status, headers=[("Location", location)])


@cache
def _bomb() -> bytes:
    """100 MB of nothing in 100 KB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([*(packer.compress(bytes(2**20)) for _ in range(100)), packer.flush()])


def fault_names() -> tuple[str, ...]:
    """The names of all faults, without a site."""
    return tuple(Faults(0, lambda host, path, content: "").all)
