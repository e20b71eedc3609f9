"""The `listing` kind: list pages in HTML that lead to the pages of documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from pydantic import Field
from selectolax.lexbor import LexborNode

from extract.pull.page import Anchor, HtmlPage, date_beside, date_in, squeeze, year_in
from extract.pull.page_rules import not_the_list
from extract.pull.paging import Paging, further_pages
from extract.pull.schema import Pattern, Selector, Settings
from extract.pull.web_kind import (
    Link,
    ListPage,
    ListReading,
    ListRequest,
    UnreadableListError,
    WebSource,
    signature_of,
)

_ITEM = 6
"""Links with fewer characters are navigation, not items of the list."""


class ListSettings(Settings):
    """Where the links stand on a list page. Nothing said: every link of the page whose title fits is taken.

    Attributes:
        items: the element of one document, the link and its date in it.
        link: the link, inside the item or on the page.
        title: the title inside the item, where the link's own words are not it.
        date: the date inside the item.
        agency: the agency inside the item.
        follow: titles of links to further lists (years, departments).
        depth: how many lists deep those are followed.
    """

    items: Selector | None = None
    link: Selector = "a"
    title: Selector | None = None
    date: Selector | None = None
    agency: Selector | None = None
    follow: Pattern | None = None
    depth: int = Field(default=1, ge=1, le=5)


class ListingSource(WebSource):
    """List pages in HTML.

    Attributes:
        list: where the links stand.
        paging: how the list goes on.
    """

    kind: Literal["listing"]
    list: ListSettings = ListSettings()
    paging: Paging = Paging()


class Listing:
    """How HTML lists are read."""

    def start(self, source: ListingSource) -> Sequence[ListRequest]:
        """The addresses of the source."""
        return [ListRequest(address) for address in source.address]

    def read(self, source: ListingSource, request: ListRequest, page: ListPage) -> ListReading:
        """The links whose titles fit, the next pages and the lists to follow."""
        html = HtmlPage(page.address, page.content, page.charset)
        links = tuple({link.address: link for link in _links(source, html)}.values())
        if not links and (sentence := not_the_list(html)):
            raise UnreadableListError(sentence)
        more, troubles = further_pages(html, request, source.paging)
        sections = list(_sections(source, request, html))
        taken = {link.address for link in links}
        return ListReading(
            links,
            tuple(other for other in [*more, *sections] if other.address not in taken),
            tuple(troubles),
            empty_is_fine=bool(sections) or request.page > 1,
            signature=signature_of(
                f"{anchor.address} {anchor.title}" for anchor in html.anchors() if len(anchor.title) >= _ITEM
            ),
        )


LISTING = Listing()


def _links(source: ListingSource, page: HtmlPage) -> Iterator[Link]:
    settings = source.list
    if settings.items is None:
        for anchor in page.anchors(css=settings.link):
            if source.match.accepts(anchor.title, anchor.address):
                yield _link(anchor, anchor.title, date_beside(anchor.node), None)
        return
    for item in page.tree.css(settings.items):
        first = next(page.anchors(item, settings.link), None)
        if first is None:
            continue
        title = _words(item, settings.title) or first.title
        if source.match.accepts(title, first.address):
            written = _words(item, settings.date)
            published_on = date_in(written) if written else date_beside(first.node)
            yield _link(first, title, published_on, _words(item, settings.agency))


def _link(anchor: Anchor, title: str, published_on: date | None, agency: str | None) -> Link:
    year = year_in(title)
    evidence = ("mixed" if agency else "title") if year is not None else "stated" if agency else None
    return Link(anchor.address, title, agency, year, published_on, evidence)


def _words(item: LexborNode, selector: str | None) -> str | None:
    node = item.css_first(selector) if selector else None
    return squeeze(node.text(separator="")) or None if node is not None else None


def _sections(source: ListingSource, request: ListRequest, page: HtmlPage) -> Iterator[ListRequest]:
    if source.list.follow is None or request.depth >= source.list.depth:
        return
    for anchor in page.anchors():
        is_document = source.match.accepts(anchor.title, anchor.address)
        if re.search(source.list.follow, anchor.title) and not is_document:
            yield ListRequest(anchor.address, depth=request.depth + 1)
