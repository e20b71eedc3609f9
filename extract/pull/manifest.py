"""The `manifest` kind: a CSV of addresses, each with its agency and year, kept by an office."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal
from urllib.parse import urljoin, urlsplit

from pydantic import Field, model_validator

from extract.pull.page import date_in, squeeze
from extract.pull.schema import Settings, WebAddress, local_path, project_path
from extract.pull.web_kind import (
    Link,
    ListPage,
    ListReading,
    ListRequest,
    Match,
    Trouble,
    UnreadableListError,
    WebSource,
    signature_of,
)
from extract.read.encoding import decode

_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "address": ("address", "url", "link", "地址", "网址", "链接"),
    "agency": ("agency", "机关", "单位", "单位名称", "机关名称", "机构"),
    "year": ("year", "年度", "年份"),
    "published_on": ("published_on", "date", "发布日期", "公开日期", "日期"),
    "title": ("title", "标题", "名称"),
}
_TROUBLES_TOLD = 5


class Columns(Settings):
    """Headings of the CSV, where they are none of the usual ones."""

    address: str | None = None
    agency: str | None = None
    year: str | None = None
    published_on: str | None = None
    title: str | None = None


class ManifestSource(WebSource):
    """A CSV of addresses.

    Attributes:
        address: where the CSV is on the web.
        path: or on this machine, relative to the checkout or absolute; its addresses may then be files, too.
        columns: headings, where they are none of the usual ones.
    """

    kind: Literal["manifest"]
    address: tuple[WebAddress, ...] = Field(default=())
    path: str | None = None
    columns: Columns = Columns()
    match: Match = Match()

    @model_validator(mode="after")
    def _one_place(self) -> ManifestSource:
        if bool(self.address) == (self.path is not None):
            raise ValueError("address 与 path 要写其中一个 / one of address and path is needed")
        return self

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of the CSV; for one on this machine those of the addresses in it: the office vouches for them."""
        if self.path is None:
            return super().hosts
        file = project_path(self.path)
        try:
            reading = MANIFEST.read(
                self, ListRequest(file.as_uri()), ListPage(file.as_uri(), file.read_bytes())
            )
        except (OSError, UnreadableListError):
            return ()  # pulling it will say why
        named = (urlsplit(link.address).hostname for link in reading.links)
        return tuple(dict.fromkeys(host for host in named if host))


class Manifest:
    """How such a CSV is read."""

    def start(self, source: ManifestSource) -> Sequence[ListRequest]:
        """The CSV itself."""
        if source.path is not None:
            return [ListRequest(project_path(source.path).as_uri())]
        return [ListRequest(address) for address in source.address]

    def read(self, source: ManifestSource, request: ListRequest, page: ListPage) -> ListReading:
        """One link a row; a row without a usable address is a trouble, not the end."""
        rows = list(csv.reader(io.StringIO(decode(page.content))))
        if not rows:
            raise UnreadableListError(f"清单 {page.address} 是空的")
        places = _places(source.columns, rows[0], page.address)
        links: dict[str, Link] = {}
        troubles: list[Trouble] = []
        for number, row in enumerate(rows[1:], 2):
            cells = {key: squeeze(row[at]) for key, at in places.items() if at < len(row)}
            if not any(map(squeeze, row)):
                continue
            link = _link(cells, page.address)
            if isinstance(link, str):
                troubles.append(
                    Trouble("manifest_row", f"清单 {page.address} 第 {number} 行：{link}", number)
                )
            elif source.match.accepts(link.title or "", link.address):
                links[link.address] = link
        if len(troubles) > _TROUBLES_TOLD:
            more = f"清单 {page.address} 共有 {len(troubles)} 行无法使用"
            troubles = [*troubles[:_TROUBLES_TOLD], Trouble("manifest_row", more, len(troubles))]
        return ListReading(tuple(links.values()), (), tuple(troubles), signature=signature_of(links))


MANIFEST = Manifest()


def _places(columns: Columns, heading: Sequence[str], address: str) -> dict[str, int]:
    """Where each column stands.

    Raises:
        UnreadableListError: there is no column of addresses, or one that the source names is missing.
    """
    headings = [squeeze(name).lower().strip("\ufeff") for name in heading]
    places: dict[str, int] = {}
    for key, usual in _HEADINGS.items():
        named = getattr(columns, key)
        wanted = (named.lower(),) if named else usual
        at = next((headings.index(name) for name in wanted if name in headings), None)
        if at is not None:
            places[key] = at
        elif named or key == "address":
            raise UnreadableListError(
                f"清单 {address} 没有“{named or 'address'}”这一列，只有：{'、'.join(heading)}"
            )
    return places


def _link(cells: Mapping[str, str], base: str) -> Link | str:
    """A row as a link, or the sentence that says what is wrong with it."""
    written = cells.get("address", "")
    if not written:
        return "没有地址"
    year: int | None = None
    if spelled := cells.get("year"):
        digits = spelled.removesuffix("度").removesuffix("年")
        if not (digits.isdigit() and len(digits) == 4):
            return f"年度“{spelled}”不是四位数字"
        year = int(digits)
    day: date | None = None
    if spelled := cells.get("published_on"):
        day = date_in(spelled)
        if day is None:
            return f"日期“{spelled}”认不出，应为 2024-01-31 这样的写法"
    agency = cells.get("agency") or None
    evidence = "stated" if agency or year is not None else None
    return Link(_address(written, base), cells.get("title") or None, agency, year, day, evidence)


def _address(written: str, base: str) -> str:
    """An address of the web, or for a CSV on this machine a file beside it; whether it may be asked for is decided there."""
    if base.startswith("file:") and "://" not in written:
        return (local_path(base).parent / written).resolve().as_uri()
    return urljoin(base, written)
