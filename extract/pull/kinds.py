"""Every kind of source there is: its name, its model and how it is pulled. A new kind is one module and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from extract.pull.directory import DirectorySource
from extract.pull.feed import FEED, FeedSource
from extract.pull.listing import LISTING, ListingSource
from extract.pull.manifest import MANIFEST, ManifestSource
from extract.pull.portal import PORTAL, PortalSource
from extract.pull.schema import Source
from extract.pull.sitemap import SITEMAP, SitemapSource
from extract.pull.web_kind import WebKind

MODELS: Mapping[str, type[Source]] = MappingProxyType(
    {
        "directory": DirectorySource,
        "listing": ListingSource,
        "manifest": ManifestSource,
        "sitemap": SitemapSource,
        "rss": FeedSource,
        "json": PortalSource,
    }
)
"""The model of a source's file by its `kind`."""

WEB_KINDS: Mapping[str, WebKind] = MappingProxyType(
    {"listing": LISTING, "manifest": MANIFEST, "sitemap": SITEMAP, "rss": FEED, "json": PORTAL}
)
"""How lists of addresses are read, by `kind`; folders have no lists."""
