"""The `rss` kind: RSS and Atom feeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urljoin

from lxml import etree

from extract.pull.page import date_in, squeeze, year_in
from extract.pull.web_kind import (
    Link,
    ListPage,
    ListReading,
    ListRequest,
    UnreadableListError,
    WebSource,
    signature_of,
)
from extract.pull.xml_list import local_name, parse_xml
from gongkai.settings import TIME_ZONE


class FeedSource(WebSource):
    """An RSS or Atom feed."""

    kind: Literal["rss"]


class Feed:
    """How feeds are read."""

    def start(self, source: FeedSource) -> Sequence[ListRequest]:
        """The addresses of the source."""
        return [ListRequest(address) for address in source.address]

    def read(self, source: FeedSource, request: ListRequest, page: ListPage) -> ListReading:
        """The entries whose titles fit, and the feed's next page where it names one."""
        root = parse_xml(page.content, page.address)
        if local_name(root) not in ("rss", "rdf", "feed"):
            raise UnreadableListError(
                f"{page.address} 不是 RSS 或 Atom（根元素是 {local_name(root) or '无'}）"
            )
        entries = list(_entries(root, page.address))
        fitting = tuple(link for link in entries if source.match.accepts(link.title or "", link.address))
        following = tuple(
            ListRequest(urljoin(page.address, str(element.get("href"))), request.page + 1)
            for element in root.iter()
            if local_name(element) == "link" and element.get("rel") == "next" and element.get("href")
        )
        return ListReading(
            tuple({link.address: link for link in fitting}.values()),
            following,
            empty_is_fine=request.page > 1,
            signature=signature_of(f"{link.address} {link.title}" for link in entries),
        )


FEED = Feed()


def _entries(root: etree._Element, base: str) -> Iterator[Link]:
    for element in root.iter():
        if local_name(element) not in ("item", "entry"):
            continue
        title, address, day = "", None, None
        for part in element:
            name = local_name(part)
            words = squeeze("".join(str(text) for text in part.itertext()))
            if name == "title":
                title = words
            elif name == "link" and part.get("rel", "alternate") == "alternate":
                address = words or part.get("href") or address
            elif name in ("pubdate", "published", "date") or (name == "updated" and day is None):
                day = _day(words) or day
        if address:
            year = year_in(title)
            evidence = "title" if year is not None else None
            yield Link(urljoin(base, address), title, None, year, day, evidence)


def _day(words: str) -> date | None:
    """A date of RSS (RFC 822) or Atom (ISO 8601), as people in China date it."""
    if found := date_in(words):
        return found
    try:
        moment = parsedate_to_datetime(words)
    except ValueError:
        return None
    return (moment.astimezone(TIME_ZONE) if moment.tzinfo else moment).date()
