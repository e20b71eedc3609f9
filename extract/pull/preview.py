"""What a source would pull, without pulling: its lists are read, nothing is stored."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from extract.pull.crawl import canonical
from extract.pull.directory import DirectorySource, Unlisted, files
from extract.pull.fetching import local_fetch
from extract.pull.kinds import WEB_KINDS
from extract.pull.pulling import Connect, Wanted, wanted_years, web_client
from extract.pull.schema import Source, SourceError
from extract.pull.web.client import WebClient
from extract.pull.web.results import Fetch
from extract.pull.web_kind import Link, ListPage, ListReading, ListRequest, UnreadableListError, WebSource
from gongkai.settings import Home

FILES_SHOWN: Final = 200
"""Files of a folder that one page of a preview holds."""


@dataclass(frozen=True, slots=True)
class PreviewedLink:
    """A document that a source would pull.

    Attributes:
        address: where it is.
        title: as the list prints it, or the name of the file.
        agency: whose report, if the list says so.
        year: which year's, if the list says so.
        published_on: the date on the list.
        is_wanted: whether its year is.
        known: whether it has been pulled before.
    """

    address: str
    title: str | None
    agency: str | None
    year: int | None
    published_on: date | None
    is_wanted: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a source would pull.

    Attributes:
        links: the documents, in the order of the lists.
        problems: what is wrong with the lists, in sentences.
        lists: lists that were read.
        further: lists that were not looked at any more.
    """

    links: tuple[PreviewedLink, ...]
    problems: tuple[str, ...]
    lists: int
    further: int


def preview(
    source: Source,
    home: Home | None = None,
    *,
    years: Wanted = None,
    pages: int | None = None,
    connect: Connect = web_client,
) -> Preview:
    """Read a source's lists and say what a load would pull.

    Args:
        source: the source.
        home: where to look up what is known; null: nothing is.
        years: report years wanted instead of the source's own.
        pages: lists to read at most; null: all.
        connect: makes the web client.

    Raises:
        SourceError: the source as a whole can't be pulled.
    """
    wanted = wanted_years(years, source)
    with closing(_Memory(home, source)) as memory:

        def shown(link: Link) -> PreviewedLink:
            return PreviewedLink(
                link.address,
                link.title,
                link.agency,
                link.year,
                link.published_on,
                wanted.cover(link.year),
                memory.knows(link.address),
            )

        if isinstance(source, DirectorySource):
            return _folder(source, shown, pages)
        if not isinstance(source, WebSource):
            raise SourceError(f"kind {source.kind}")
        with connect(source, None) as client:
            return _lists(source, client, shown, pages)


def _folder(source: DirectorySource, shown: Callable[[Link], PreviewedLink], pages: int | None) -> Preview:
    links: list[PreviewedLink] = []
    problems: list[str] = []
    found = files(source)
    for file in islice(found, pages * FILES_SHOWN) if pages else found:
        if isinstance(file, Unlisted):
            problems.append(file.sentence)
        else:
            links.append(shown(Link(file.address, file.name)))
    further = sum(1 for _ in found)
    if not links:
        problems.append("文件夹里没有文件")
    return Preview(tuple(links), tuple(problems), 1, further)


def _lists(
    source: WebSource, client: WebClient, shown: Callable[[Link], PreviewedLink], pages: int | None
) -> Preview:
    kind = WEB_KINDS[source.kind]
    waiting = deque(kind.start(source))
    seen = {canonical(request.address) for request in waiting}
    signatures: set[str] = set()
    links: dict[str, PreviewedLink] = {}
    problems: list[str] = []
    lists = 0
    while waiting and (pages is None or lists < pages) and lists < source.max_lists:
        request = waiting.popleft()
        lists += 1
        fetch = _get(client, source, request.address)
        reading = _read(source, request, fetch, problems)
        if reading is None:
            continue
        for link in reading.links:
            address = canonical(link.address)
            links.setdefault(address, shown(link))
        repeats = request.page > 1 and reading.signature and reading.signature in signatures
        signatures.add(reading.signature)
        for more in () if repeats else reading.more:
            if (address := canonical(more.address)) not in seen:
                seen.add(address)
                waiting.append(more)
    return Preview(tuple(links.values()), tuple(problems), lists, len(waiting))


def _read(source: WebSource, request: ListRequest, fetch: Fetch, problems: list[str]) -> ListReading | None:
    """A list that was fetched; what is wrong with it goes to the problems."""
    if fetch.answer is None or fetch.outcome != "fetched":
        if not (request.probe and fetch.outcome == "gone"):
            problems.append(fetch.sentence or f"{request.address} 没有得到")
        return None
    page = ListPage(fetch.answer.final_address, fetch.answer.content, fetch.answer.charset)
    try:
        reading: ListReading = WEB_KINDS[source.kind].read(source, request, page)
    except UnreadableListError as error:
        problems.append(str(error))
        return None
    problems.extend(trouble.message for trouble in reading.troubles)
    if not reading.links and not reading.empty_is_fine:
        problems.append(f"列表页 {request.address} 上没有一个链接符合 match 的条件")
    return reading


def _get(client: WebClient, source: WebSource, address: str) -> Fetch:
    if urlsplit(address).scheme == "file" and getattr(source, "path", None) is not None:
        return local_fetch(address)
    return client.get(address, kind="list")


class _Memory:
    """What a home knows of a source's addresses; looks only."""

    def __init__(self, home: Home | None, source: Source) -> None:
        path = home.pulls / f"{source.key}.sqlite" if home is not None else None
        self._connection = _open(path) if path is not None and path.is_file() else None

    def knows(self, address: str) -> bool:
        """Whether something has been had from an address."""
        if self._connection is None:
            return False
        row = self._connection.execute(
            "select 1 from address where address = ? and not is_list and good_at is not null",
            (canonical(address),),
        ).fetchone()
        return row is not None

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)
