"""The test site: offices' web sites on loopback, all that goes wrong on them, and the truth about them."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import quote, urljoin, urlsplit

from tests.pull_site import faults as faults_module
from tests.pull_site import lists
from tests.pull_site.faults import Fault, Faults
from tests.pull_site.hosts import ADDRESSES, INTERNAL_ADDRESS, SERVED, resolve
from tests.pull_site.lists import STYLES, Entry
from tests.pull_site.pages import TYPES, Page, conditional
from tests.pull_site.reports import Agency, Made, make, print_report, printed_pdfs
from tests.pull_site.server import Reply, Request, Server, Visit

Answerer = Callable[[Request], Reply]

_SIZES = {
    "numbered": 500,
    "query": 300,
    "script": 200,
    "next": 250,
    "json": 350,
    "sitemap": 250,
    "rss": 40,
    "manifest": 200,
}
_NOISE = ("关于召开政务公开工作会议的通知", "政府信息公开指南", "2024年部门预算公开", "重大行政决策事项目录")
_PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Truth:
    """A report that is to be had at an address.

    Attributes:
        sha256: of its bytes as they are now.
        section: name of the section that leads to it.
    """

    address: str
    sha256: str
    agency: str
    year: int
    suffix: str
    section: str


@dataclass(slots=True)
class Section:
    """A part of the site that one source would cover.

    Attributes:
        name: `numbered`, `query`, `script`, `next` (list pages, see `lists.STYLES`), `json`, `sitemap`, `rss`,
            `manifest`, `faults`.
        kind: `listing`, `json`, `sitemap`, `rss` or `manifest`.
        address: where pulling begins.
        hosts: hosts of the source itself, the first is the address's; the rest serve attachments.
        charset: of its list and detail pages.
        entries: the lines of its list, other news included.
        documents: addresses of its reports.
        redesigned: the list looks different now, and no pattern of old matches.
    """

    name: str
    kind: str
    address: str
    hosts: tuple[str, ...]
    charset: str = "utf-8"
    entries: list[Entry] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    redesigned: bool = False

    def pages(self) -> int:
        """How many list pages there are."""
        return max(1, -(-len(self.entries) // _PAGE_SIZE))

    def on_page(self, index: int) -> list[Entry]:
        """The lines of one list page."""
        return self.entries[index * _PAGE_SIZE : (index + 1) * _PAGE_SIZE]


class PullSite(AbstractContextManager["PullSite"]):
    """A running test site. Use as a context manager, or call `stop`.

    Hosts resolve by `resolver` alone (`tests.pull_site.resolve`); sources must allow `SITE_NETWORK`.

    Args:
        reports: about how many reports there are (2,000 and more by default), faults not counted.
        port: 0 picks a free one.

    Attributes:
        port: that all hosts listen at.
        sections: by name.
        faults: by name; their list is the section `faults`.
        robots: host -> text of robots.txt, a status or a whole reply; hosts not named have none (404).
    """

    def __init__(self, reports: int = 2_090, port: int = 0) -> None:
        self.sections: dict[str, Section] = {}
        self.robots: dict[str, str | int | Reply] = {
            faults_module.HOST: faults_module.ROBOTS,
            "www.yunhai.test": "User-agent: *\nDisallow: /admin/\n",
            "closed.test": 503,
        }
        self._places: dict[tuple[str, str], Page | Answerer] = {}
        self._made: dict[str, tuple[Made, str]] = {}
        self._server = Server(
            [ADDRESSES[name][0] for name in SERVED if name != "internal.test"], self._reply, port
        )
        self.port = self._server.port
        self._internal = Server([INTERNAL_ADDRESS], lambda _: Reply(200, b"secret"), self.port)
        share = reports / sum(_SIZES.values())
        sizes = {name: max(12, round(size * share)) for name, size in _SIZES.items()}
        self._build(sizes)
        self.faults: dict[str, Fault] = Faults(self.port, self.serve).all
        self._build_fault_list()

    # -- what tests look at --------------------------------------------------------------------------------------

    @property
    def resolver(self) -> Callable[[str, int], Sequence[str]]:
        """For `WebClient`."""
        return resolve

    @property
    def truth(self) -> dict[str, Truth]:
        """Every report that is to be had now, by the address that lists, feeds and manifests give."""
        return {truth.address: truth for truth in self._truths()}

    @property
    def log(self) -> list[Visit]:
        """Every request so far, of all hosts but the internal service."""
        return list(self._server.log)

    @property
    def internal_log(self) -> list[Visit]:
        """Who has visited the internal service: nobody, if all is well."""
        return list(self._internal.log)

    @property
    def foreign_log(self) -> list[Visit]:
        """Who has visited the foreign host."""
        return [visit for visit in self._server.log if visit.request.host == faults_module.FOREIGN]

    def clear_log(self) -> None:
        """Begin a new night."""
        self._server.log.clear()
        self._internal.log.clear()

    def address(self, host: str, path: str = "/") -> str:
        """An address on a host of the site."""
        return f"http://{host}:{self.port}{path}"

    def manifest(self) -> str:
        """The manifest as a file that an office would give (also served at the section's address)."""
        rows = [self._made[address] for address in self.sections["manifest"].documents]
        lines = [
            f"{address},{made.agency},{made.year}"
            for address, (made, _) in zip(self.sections["manifest"].documents, rows, strict=True)
        ]
        return "\n".join(["address,agency,year", *lines]) + "\n"

    # -- what tests turn -----------------------------------------------------------------------------------------

    def change(self, address: str) -> Truth:
        """Correct a report without a word: same address, other figures. Returns the new truth (HTML and DOCX only)."""
        made, section = self._made[address]
        page = self._page(address)
        kind = "town" if made.agency[-1] in "镇乡道" else "bureau"
        agency = Agency(made.agency, "我单位", kind)
        page.version += 1
        new = print_report(agency, made.year, made.suffix, self.sections[section].charset, page.version)
        page.content = new.content
        self._made[address] = (new, section)
        return self.truth[address]

    def delete(self, address: str, status: int = 404) -> None:
        """Take a document off; the lists still lead to it."""
        self._page(address).status = status

    def move(self, address: str, path: str) -> str:
        """Move a document on its host and redirect; the lists still give the old address. Returns the new one."""
        page = self._page(address)
        new = self.serve(
            str(urlsplit(address).hostname), path, Page(page.content, page.content_type, page.validators)
        )
        page.moved_to = new
        return new

    def unlist(self, name: str, keep: float = 0.5) -> list[str]:
        """Shorten a section's list; returns the addresses of the reports that are no longer in it."""
        section = self.sections[name]
        kept = section.entries[: int(len(section.entries) * keep)]
        hrefs = {entry.href for entry in kept}
        lost = [a for a in section.documents if self._listed_as.get(a, a) not in hrefs]
        section.entries = kept
        section.documents = [a for a in section.documents if a not in set(lost)]
        return lost

    def redesign(self, name: str) -> None:
        """Give a section's list another look: links stand in scripts, no pattern matches."""
        self.sections[name].redesigned = True

    def add_report(self, name: str, agency: str, year: int) -> Truth:
        """Publish another report at the top of a section's list (sections whose reports are HTML pages)."""
        section = self.sections[name]
        made = print_report(Agency(agency, "我单位", "town"), year, ".html", section.charset)
        base = next(a for a in section.documents)
        href = quote(
            f"t{year}0131_{hashlib.sha1(agency.encode(), usedforsecurity=False).hexdigest()[:8]}.html"
        )
        address = urljoin(base, href)
        absolute = section.kind != "listing"
        self._put(section, address, made, address if absolute else urlsplit(address).path, top=True)
        return self.truth[address]

    def serve(self, host: str, path: str, content: Page | Answerer) -> str:
        """Put a page, or a function of the request, at an address. Returns the address."""
        self._places[host, path] = content
        return self.address(host, path)

    # -- building ------------------------------------------------------------------------------------------------

    def _build(self, sizes: dict[str, int]) -> None:
        self._listed_as: dict[str, str] = {}
        self._html_listing("numbered", "www.yunhai.test", "/zwgk/nb/", "云海市", sizes["numbered"], "both")
        self._html_listing(
            "query", "xxgk.lingang.test", "/xxgk/ndbg/", "临港区", sizes["query"], "date", "gbk"
        )
        self._attachment_listing(sizes["script"])
        self._html_listing("next", "www.songping.test", "/gk/nianbao/", "麦浦县", sizes["next"], "weak")
        self._flat("json", "search.beidu.test", "/api/search", "鹤汀市", sizes["json"], "none")
        self._flat("sitemap", "map.shiqiao.test", "/sitemap.xml", "青岚县", sizes["sitemap"], "etag")
        self._flat("rss", "map.shiqiao.test", "/rss.xml", "清溪湖县", sizes["rss"], "etag")
        self._flat("manifest", "bulk.hekou.test", "/manifest.csv", "砚山湖区", sizes["manifest"], "both")
        self._serve_flat()

    def _html_listing(
        self,
        name: str,
        host: str,
        folder: str,
        place: str,
        count: int,
        validators: str,
        charset: str = "utf-8",
    ) -> None:
        section = self._listing(name, host, folder, (host,), charset)
        for index, made in enumerate(make(place, count, charset=charset)):
            self._noise(section, index, folder, validators)
            path = f"{folder}{made.year + 1}01/t{made.year + 1}0120_{index:05d}.html"
            href = path.removeprefix(folder) if index % 3 else path
            self._put(section, self.address(host, path), made, href, validators)
        # Offices pin a report to the top of later pages: the same link twice.
        section.entries.insert(min(_PAGE_SIZE, len(section.entries)), section.entries[1])

    def _attachment_listing(self, count: int) -> None:
        host, files = "zwgk.baiyu.test", "files.baiyu.test"
        section = self._listing("script", host, "/nb/", (host, files), "utf-8")
        pdfs = printed_pdfs()
        words = make("栖霞岭市", (count - len(pdfs)) * 4 // 5, ".docx")
        zips = make("栖霞岭市", count - len(pdfs) - len(words), ".zip", skip=len(words))
        for index, made in enumerate([*words, *zips, *pdfs]):
            self._noise(section, index, "/nb/", "both")
            detail = f"/nb/{made.year + 1}01/t{index:05d}.html"
            if index % 3 == 0:
                target = self.address(files, f"/download.jsp?id={index}")
            elif index % 3 == 1:
                target = self.address(host, f"/nb/{made.year + 1}01/P{index:05d}{made.suffix}")
            else:
                name = quote(f"{made.agency}{made.year}年年度报告{made.suffix}")
                target = self.address(files, f"/upload/{made.year + 1}/{name}")
            self._attach(section, detail, target, made, index % 3 == 0)

    def _attach(self, section: Section, detail: str, target: str, made: Made, download: bool) -> None:
        parts = urlsplit(target)
        page = Page(made.content, "application/octet-stream" if download else TYPES[made.suffix])
        if download:
            name = f"{made.agency}{made.year}年年报{made.suffix}"
            page.disposition = b'attachment; filename="' + name.encode("gbk") + b'"'
        query = f"?{parts.query}" if parts.query else ""
        self.serve(str(parts.hostname), parts.path + query, page)
        own = parts.hostname == section.hosts[0]
        shown = [(f"./{parts.path.rpartition('/')[2]}" if own else target, f"{made.title}{made.suffix}")]
        text = lists.detail_page(made.title, shown, section.charset)
        self.serve(section.hosts[0], detail, Page(text.encode(section.charset), TYPES[".html"]))
        self._made[target] = (made, section.name)
        self._listed_as[target] = detail
        section.documents.append(target)
        section.entries.append(Entry(made.title, detail, f"{made.year + 1}-01-20"))

    def _flat(self, name: str, host: str, path: str, place: str, count: int, validators: str) -> None:
        section = Section(name, name, self.address(host, path), (host,))
        self.sections[name] = section
        for index, made in enumerate(make(place, count)):
            self._noise(section, index, f"/{name}/news/", validators, absolute=True)
            address = self.address(host, f"/{name}/nb/{made.year}/{index:05d}.html")
            self._put(section, address, made, address, validators)

    def _serve_flat(self) -> None:
        section = self.sections["json"]
        self._places[section.hosts[0], "/api/search"] = self._search
        host = self.sections["sitemap"].hosts[0]
        self._places[host, "/sitemap.xml"] = self._sitemap_index
        self._places[host, "/sitemap-1.xml"] = lambda request: self._sitemap(request, 0)
        self._places[host, "/sitemap-2.xml.gz"] = lambda request: self._sitemap(request, 1)
        self._places[host, "/rss.xml"] = lambda request: conditional(
            request, lists.feed("年度报告", self.sections["rss"].entries).encode(), TYPES[".xml"]
        )
        self._places[self.sections["manifest"].hosts[0], "/manifest.csv"] = lambda request: conditional(
            request, self.manifest().encode("utf-8-sig"), TYPES[".csv"]
        )

    def _build_fault_list(self) -> None:
        section = self._listing("faults", faults_module.HOST, "/list/", faults_module.OWN_HOSTS, "utf-8")
        for index, fault in enumerate(self.faults.values()):
            title = fault.report.title if fault.report else f"异常{index}局2023年政府信息公开工作年度报告"
            section.entries.append(Entry(title, fault.address, "2024-01-20"))
            if fault.report is not None:
                section.documents.append(fault.address)
                self._made[fault.address] = (fault.report, "faults")

    def _listing(self, name: str, host: str, folder: str, hosts: tuple[str, ...], charset: str) -> Section:
        style = "numbered" if name == "faults" else name
        first = STYLES[style].path(0)
        section = Section(name, "listing", self.address(host, folder + first), hosts, charset)
        self.sections[name] = section
        for index in range(80):
            self._places[host, folder + STYLES[style].path(index)] = self._list_page(section, style, index)
        self._places[host, folder] = self._places[host, folder + first]
        return section

    def _list_page(self, section: Section, style: str, index: int) -> Answerer:
        def answer(request: Request) -> Reply:
            if index >= section.pages():
                return Reply(404, "页面不存在".encode(), [("Content-Type", TYPES[".html"])])
            bar = STYLES[style].links(index, section.pages())
            entries = section.on_page(index)
            if section.redesigned:
                text = f"<html><body><div id='app'></div><script>load({index})</script></body></html>"
            else:
                text = lists.list_page("政府信息公开年报", entries, bar, section.charset)
            kind = f"text/html; charset={section.charset}"
            return conditional(request, text.encode(section.charset), kind)

        return answer

    def _search(self, request: Request) -> Reply:
        section = self.sections["json"]
        query = request.query
        page, size = int(query.get("pageNo", "1")), int(query.get("pageSize", "10"))
        entries = section.entries[(page - 1) * size : page * size]
        text = lists.search_answer(entries, len(section.entries), page, size)
        if section.redesigned:
            text = '{"code": 200, "msg": "success", "data": {"rows": []}}'
        return conditional(request, text.encode(), TYPES[".json"])

    def _sitemap_index(self, request: Request) -> Reply:
        host = self.sections["sitemap"].hosts[0]
        parts = [self.address(host, "/sitemap-1.xml"), self.address(host, "/sitemap-2.xml.gz")]
        return conditional(request, lists.sitemap_index(parts).encode(), TYPES[".xml"])

    def _sitemap(self, request: Request, part: int) -> Reply:
        entries = self.sections["sitemap"].entries
        half = len(entries) // 2
        text = lists.sitemap(entries[half:] if part else entries[:half]).encode()
        if part:
            return conditional(request, gzip.compress(text, mtime=0), "application/x-gzip")
        return conditional(request, text, TYPES[".xml"])

    def _put(
        self,
        section: Section,
        address: str,
        made: Made,
        href: str,
        validators: str = "both",
        top: bool = False,
    ) -> None:
        parts = urlsplit(address)
        kind = f"text/html; charset={section.charset}" if validators != "weak" else "text/html"
        self.serve(str(parts.hostname), parts.path, Page(made.content, kind, validators))
        self._made[address] = (made, section.name)
        self._listed_as[address] = href
        entry = Entry(made.title, href, f"{made.year + 1}-01-20")
        section.documents.insert(0 if top else len(section.documents), address)
        section.entries.insert(0 if top else len(section.entries), entry)

    def _noise(
        self, section: Section, index: int, folder: str, validators: str, absolute: bool = False
    ) -> None:
        if index % 9 != 4:
            return
        path = f"{folder}news_{index}.html"
        host = section.hosts[0]
        text = f"<html><body><p>{_NOISE[index % len(_NOISE)]}</p></body></html>"
        self.serve(host, path, Page(text.encode(), TYPES[".html"], validators))
        href = self.address(host, path) if absolute else path
        section.entries.append(Entry(_NOISE[index % len(_NOISE)], href, "2025-03-01"))

    def _page(self, address: str) -> Page:
        parts = urlsplit(address)
        query = f"?{parts.query}" if parts.query else ""
        page = self._places[str(parts.hostname), parts.path + query]
        if not isinstance(page, Page):
            raise TypeError(f"{address} is no page that can be turned")
        return page

    def _truths(self) -> Iterator[Truth]:
        for section in self.sections.values():
            for address in section.documents:
                made, _ = self._made[address]
                sha256 = hashlib.sha256(made.content).hexdigest()
                place = self._places[self._key(address)]
                if not isinstance(place, Page) or place.status == 200:
                    yield Truth(address, sha256, made.agency, made.year, made.suffix, section.name)

    def _key(self, address: str) -> tuple[str, str]:
        parts = urlsplit(address)
        return str(parts.hostname), parts.path + (f"?{parts.query}" if parts.query else "")

    # -- answering -----------------------------------------------------------------------------------------------

    def _reply(self, request: Request) -> Reply:
        if request.path == "/robots.txt":
            rules = self.robots.get(request.host, 404)
            if isinstance(rules, Reply):
                return rules
            if isinstance(rules, int):
                return Reply(rules, b"")
            return Reply(200, rules.encode(), [("Content-Type", "text/plain")])
        place = self._places.get((request.host, request.path))
        if place is None:
            place = self._places.get((request.host, request.path.partition("?")[0]))
        if place is None:
            return Reply(404, "页面不存在".encode(), [("Content-Type", TYPES[".html"])])
        return place.reply(request) if isinstance(place, Page) else place(request)

    def stop(self) -> None:
        """Close the site."""
        self._server.stop()
        self._internal.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
