"""Sources for the sections of the test site, and a client that finds its hosts."""

from __future__ import annotations

from typing import Any

from extract.pull.kinds import MODELS
from extract.pull.schema import Source
from extract.pull.web.archive import WarcArchive
from extract.pull.web.client import WebClient
from extract.pull.web.settings import Operator
from extract.pull.web_kind import WebSource
from tests.pull_site import OWN_HOSTS, SITE_NETWORK, PullSite, resolve

FAST: dict[str, Any] = {
    "delay_seconds": 0,
    "allowed_private": [SITE_NETWORK],
    "timeout_seconds": 2,
    "total_seconds": 3,
    "backoff_seconds": 0.01,
    "retries": 2,
    "max_bytes": 4_000_000,
}

_MORE: dict[str, dict[str, Any]] = {
    "sitemap": {"match": {"address": r"/sitemap/nb/"}},
    "json": {
        "list": {"items": "data.list", "address": "url", "title": "title", "date": "publishTime"},
        "paging": {"by": "page", "total_pages": "data.pages"},
    },
}


def settings_of(site: PullSite, name: str) -> dict[str, Any]:
    """The settings of a source for a section."""
    section = site.sections[name]
    hosts = list(OWN_HOSTS if name == "faults" else section.hosts)
    address = section.address + ("?pageNo={page}&pageSize=20" if section.kind == "json" else "")
    return {
        "name": name,
        "kind": section.kind,
        "address": address,
        "politeness": {**FAST, "hosts": hosts},
        **_MORE.get(section.kind, {}),
    }


def source_of(site: PullSite, name: str, **more: Any) -> Source:
    """A source for a section."""
    settings = settings_of(site, name) | more
    return MODELS[settings["kind"]].model_validate(settings)


def connect(source: WebSource, archive: WarcArchive | None) -> WebClient:
    """A client that finds the test site's hosts."""
    return WebClient(
        source.politeness,
        Operator("测试", "test@example.invalid"),
        archive,
        own_hosts=source.hosts,
        resolver=resolve,
    )
