"""The `sitemap` kind: a site's own list of its addresses, plain or gzipped, with indexes of such lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from lxml import etree
from pydantic import model_validator

from extract.pull.web_kind import (
    Link,
    ListPage,
    ListReading,
    ListRequest,
    Match,
    UnreadableListError,
    WebSource,
    signature_of,
)
from extract.pull.xml_list import local_name, parse_xml

_DEPTH = 2
"""Indexes may name indexes, but not for ever."""


class SitemapSource(WebSource):
    """A site map. It names no titles, so `match.address` must say which addresses are reports."""

    kind: Literal["sitemap"]
    match: Match = Match()

    @model_validator(mode="after")
    def _some_addresses(self) -> SitemapSource:
        if self.match.address is None:
            raise ValueError("sitemap 要写 match.address（哪些地址是报告）/ match.address is needed")
        if self.match.title is not None or self.match.not_title is not None:
            raise ValueError(
                "站点地图没有标题，只能用 match.address / a site map has no titles, use match.address"
            )
        return self


class Sitemap:
    """How site maps are read."""

    def start(self, source: SitemapSource) -> Sequence[ListRequest]:
        """The addresses of the source."""
        return [ListRequest(address) for address in source.address]

    def read(self, source: SitemapSource, request: ListRequest, page: ListPage) -> ListReading:
        """The addresses that fit, or for an index the maps it names."""
        root = parse_xml(page.content, page.address)
        kind = local_name(root)
        if kind == "sitemapindex":
            maps = tuple(
                ListRequest(address, depth=request.depth + 1)
                for address in _locations(root, "sitemap")
                if request.depth < _DEPTH
            )
            return ListReading(more=maps, empty_is_fine=True)
        if kind != "urlset":
            raise UnreadableListError(f"{page.address} 不是站点地图（根元素是 {kind or '无'}）")
        fitting = tuple(
            Link(address)
            for address in dict.fromkeys(_locations(root, "url"))
            if source.match.accepts("", address)
        )
        # one map of many that an index names need not hold a report
        return ListReading(
            fitting, empty_is_fine=request.depth > 0, signature=signature_of(link.address for link in fitting)
        )


SITEMAP = Sitemap()


def _locations(root: etree._Element, entry: str) -> Iterator[str]:
    for element in root:
        if local_name(element) != entry:
            continue
        for part in element:
            if local_name(part) == "loc" and (part.text or "").strip():
                yield (part.text or "").strip()
