"""The `json` kind: search interfaces of portals that answer in JSON, page by page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal
from urllib.parse import quote, urljoin

from pydantic import Field, model_validator

from extract.pull.page import date_in, squeeze, year_in
from extract.pull.schema import Settings
from extract.pull.web_kind import (
    Link,
    ListPage,
    ListReading,
    ListRequest,
    Trouble,
    UnreadableListError,
    WebSource,
    signature_of,
)
from extract.read.encoding import decode
from gongkai.settings import TIME_ZONE

_TAG = re.compile(r"<[^<>]+>")
_WRAPPED = re.compile(r"\A\s*[A-Za-z_$][\w$.]*\s*\((.*)\)\s*;?\s*\Z", re.DOTALL)


class Items(Settings):
    """Where things stand in an answer, as dotted paths (`data.list`, `result.0.url`).

    Attributes:
        items: the list of documents; "" if the answer itself is the list.
        address: in an item: the document's address, or what `address_pattern` makes one of.
        address_pattern: an address with `{}` in it for what `address` holds (an id).
        title: in an item; tags that mark what was searched for are taken out.
        date: in an item: 2024-01-31, a time stamp in seconds or milliseconds.
        agency: in an item.
        year: in an item.
    """

    items: str
    address: str
    address_pattern: str | None = None
    title: str = "title"
    date: str | None = None
    agency: str | None = None
    year: str | None = None


class PortalPaging(Settings):
    """How the interface counts; `{page}`, `{offset}` or `{cursor}` stands in the source's address.

    Attributes:
        by: what stands there; `none` for an answer that comes whole.
        first: the first page's number, or the first offset.
        cursor: path to the next cursor in an answer; none there: the end.
        total: path to the number of all documents, or of all pages with `total_pages`.
        total_pages: path to the number of all pages.
        max_pages: how many pages are asked for at most.
    """

    by: Literal["page", "offset", "cursor", "none"] = "page"
    first: int = Field(default=1, ge=0)
    cursor: str | None = None
    total: str | None = None
    total_pages: str | None = None
    max_pages: int = Field(default=500, ge=1)


class PortalSource(WebSource):
    """A search interface. Its address holds `{page}`, `{offset}` or `{cursor}`.

    Attributes:
        list: where things stand in an answer.
        paging: how the interface counts.
    """

    kind: Literal["json"]
    list: Items
    paging: PortalPaging = PortalPaging()

    @model_validator(mode="after")
    def _counts(self) -> PortalSource:
        by = self.paging.by
        if by != "none" and not all(f"{{{by}}}" in address for address in self.address):
            raise ValueError(f"address 要含有 {{{by}}} / address must hold {{{by}}}")
        if by == "cursor" and self.paging.cursor is None:
            raise ValueError("按游标翻页要写 paging.cursor / paging.cursor is needed")
        return self


class Portal:
    """How such answers are read."""

    def start(self, source: PortalSource) -> Sequence[ListRequest]:
        """The first page of every address; `depth` tells which address a request belongs to."""
        first = {"page": source.paging.first, "offset": source.paging.first, "cursor": "", "none": ""}
        return [
            ListRequest(_numbered(address, source.paging.by, first[source.paging.by]), depth=number)
            for number, address in enumerate(source.address)
        ]

    def read(self, source: PortalSource, request: ListRequest, page: ListPage) -> ListReading:
        """The items whose titles fit, and the next page if there is one."""
        answer = _parsed(page)
        found = _at(answer, source.list.items)
        if not isinstance(found, list):
            raise UnreadableListError(
                f"{page.address} 的回答中没有列表 {source.list.items}；请核对 list.items，或接口已改变"
            )
        links, troubles = [], []
        for number, item in enumerate(found, 1):
            link = _link(source.list, item, page.address)
            if link is None:
                sentence = f"{page.address} 第 {number} 项没有 {source.list.address}，无法得到地址"
                troubles.append(Trouble("item_without_address", sentence, number))
            elif source.match.accepts(link.title or "", link.address):
                links.append(link)
        following = list(_next(source, request, answer, len(found)))
        troubles = [*troubles[:3], *(each for each in following if isinstance(each, Trouble))]
        return ListReading(
            tuple({link.address: link for link in links}.values()),
            tuple(each for each in following if isinstance(each, ListRequest)),
            tuple(troubles),
            empty_is_fine=request.page > 1,
            signature=signature_of(json.dumps(item, sort_keys=True, ensure_ascii=False) for item in found),
        )


PORTAL = Portal()


def _parsed(page: ListPage) -> Any:
    text = decode(page.content)
    if wrapped := _WRAPPED.match(text):
        text = wrapped[1]  # JSONP
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableListError(f"{page.address} 的回答不是 JSON（{error}）") from error


def _at(value: Any, path: str) -> Any:
    """What stands at a dotted path; null if nothing does."""
    for part in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _words(value: Any) -> str | None:
    if value is None or isinstance(value, (dict, list)):
        return None
    return squeeze(_TAG.sub("", str(value))) or None


def _link(settings: Items, item: Any, base: str) -> Link | None:
    written = _words(_at(item, settings.address))
    if written is None:
        return None
    if settings.address_pattern is not None:
        written = settings.address_pattern.replace("{}", quote(written, safe=""))
    title = _words(_at(item, settings.title))
    agency = _words(_at(item, settings.agency)) if settings.agency else None
    told = _words(_at(item, settings.year)) if settings.year else None
    stated = int(told[:4]) if told and told[:4].isdigit() else None
    year = stated if stated is not None else year_in(title or "")
    from_title = year is not None and stated is None
    evidence = ("mixed" if agency else "title") if from_title else "stated" if agency or stated else None
    day = _day(_at(item, settings.date)) if settings.date else None
    return Link(urljoin(base, written), title, agency, year, day, evidence)


def _day(value: Any) -> date | None:
    """A date as text or as a time stamp, as people in China date it."""
    if isinstance(value, bool) or value is None:
        return None
    digits = str(value)
    if digits.isdigit() and len(digits) in (10, 13):
        moment = datetime.fromtimestamp(int(digits) / (1000 if len(digits) == 13 else 1), UTC)
        return moment.astimezone(TIME_ZONE).date()
    if digits.isdigit() and len(digits) == 8:
        digits = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    return date_in(digits)


def _numbered(address: str, by: str, value: object) -> str:
    return address.replace(f"{{{by}}}", quote(str(value), safe=""))


def _next(
    source: PortalSource, request: ListRequest, answer: Any, found: int
) -> Iterator[ListRequest | Trouble]:
    """The next page, unless the answer says or shows that this was the last.

    What has been listed is counted, not reckoned from the size of a page: an interface may give fewer than it was asked for.
    """
    paging = source.paging
    listed = request.before + found
    pages = _number(answer, paging.total_pages)
    total = _number(answer, paging.total)
    if paging.by != "none" and not found and total is not None and listed < total:
        sentence = f"{request.address} 的接口说共有 {total} 条，到第 {request.page} 页只给出 {listed} 条"
        yield Trouble("list_short", sentence, listed)
    if paging.by == "none" or not found:
        return
    if (pages is not None and request.page >= pages) or (total is not None and listed >= total):
        return
    following: object = {
        "page": paging.first + request.page,
        "offset": paging.first + listed,
        "cursor": _words(_at(answer, paging.cursor or "")),
    }[paging.by]
    if following is None:
        return
    if request.page >= paging.max_pages:
        sentence = f"{request.address} 已是第 {request.page} 页，达到 max_pages，后面的没有拉取"
        yield Trouble("paging_limit", sentence, request.page)
        return
    address = _numbered(source.address[request.depth], paging.by, following)
    yield ListRequest(address, request.page + 1, depth=request.depth, before=listed)


def _number(answer: Any, path: str | None) -> int | None:
    words = _words(_at(answer, path)) if path else None
    return int(words) if words and words.isdigit() else None
