"""An HTML page as pulling sees it: its links with their words, dates and years, its text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from extract.read.encoding import decode

_SPACE = re.compile(r"\s+")
_DATE = re.compile(r"(20\d{2})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})")
_YEARS = re.compile(r"20\d{2}年?度?[-—–~～至到、]+20\d{2}年")
_OF_YEAR = re.compile(r"(?<!\d)(20\d{2})年?度")
_YEAR_NAMED = re.compile(r"(?<!\d)(20\d{2})年(?!\d{1,2}月)")
_YEAR = re.compile(r"(?<!\d)(20\d{2})(?![-\d/.年])")
_CHINESE_YEAR = re.compile(r"二[〇○Ｏ零O0]([〇○Ｏ零O0一二三四])([〇○Ｏ零O0一二三四五六七八九])")
_DIGITS = {**dict.fromkeys("〇○Ｏ零O0", 0), **{digit: at for at, digit in enumerate("一二三四五六七八九", 1)}}
_QUOTED = re.compile(
    r"""['"]((?:https?://|\.{0,2}/)?[^'"\s<>]+?\.(?:s?html?|jhtml|pdf|docx?|wps|xlsx?|ofd|zip)(?:\?[^'"\s<>]*)?)['"]""",
    re.IGNORECASE,
)
_CLIMB = 4
"""How many elements above a link its date may stand in."""


def squeeze(text: str | None) -> str:
    """Runs of blanks as one, none at the ends."""
    return _SPACE.sub(" ", text or "").strip()


def year_in(title: str) -> int | None:
    """The report year that a title names; null where it names none, or more than one."""
    compact = _SPACE.sub("", title)
    if _YEARS.search(compact):
        return None
    for pattern in (_OF_YEAR, _YEAR_NAMED, _YEAR):
        if found := {int(year) for year in pattern.findall(compact)}:
            return found.pop() if len(found) == 1 else None
        if pattern is _OF_YEAR and (spelled := _CHINESE_YEAR.search(compact)):
            return 2000 + 10 * _DIGITS[spelled[1]] + _DIGITS[spelled[2]]
    return None


def date_in(text: str) -> date | None:
    """The first date of the form 2024-01-31, 2024/1/31, 2024.1.31 or 2024年1月31日."""
    for year, month, day in _DATE.findall(text):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link on a page.

    Attributes:
        address: resolved against the page.
        text: its words.
        title: its words, or the fuller ones of its title attribute.
        published_on: a date that stands beside it.
        node: the element.
    """

    address: str
    text: str
    title: str
    published_on: date | None
    node: LexborNode


class HtmlPage:
    """A parsed page."""

    def __init__(self, address: str, content: bytes, charset: str | None = None) -> None:
        self.address = address
        self.markup = _decoded(content, charset)
        self.tree = LexborHTMLParser(self.markup)
        base = self.tree.css_first("base[href]")
        self.base = urljoin(address, squeeze(base.attributes.get("href"))) if base is not None else address

    @property
    def title(self) -> str:
        """The page's title."""
        node = self.tree.css_first("title")
        return squeeze(node.text()) if node is not None else ""

    @property
    def text(self) -> str:
        """The page's words without scripts and styles."""
        copy = LexborHTMLParser(self.markup)
        copy.strip_tags(["script", "style", "noscript", "template"])
        body = copy.body
        return squeeze(body.text(separator=" ")) if body is not None else ""

    def resolve(self, reference: str | None) -> str | None:
        """A reference as a full address of the web without its fragment; null if it is none."""
        written = squeeze(reference).replace("\\", "/")
        if not written or written.startswith("#"):
            return None
        try:
            full = urljoin(self.base, written)
        except ValueError:
            return None
        return full.partition("#")[0] if full.startswith(("http://", "https://")) else None

    def anchors(self, below: LexborNode | None = None, css: str = "a") -> Iterator[Anchor]:
        """The links on the page (or below an element) in their order."""
        root = below if below is not None else self.tree.root
        if root is None:
            return
        for node in root.css(css):
            if anchor := self.anchor(node):
                yield anchor

    def anchor(self, node: LexborNode) -> Anchor | None:
        """An element as a link: by its href, else by the address that its script opens."""
        address = self.resolve(node.attributes.get("href")) or self._scripted(node)
        if address is None:
            return None
        text = squeeze(node.text(separator=""))
        fuller = squeeze(node.attributes.get("title"))
        return Anchor(address, text, fuller if len(fuller) > len(text) else text, None, node)

    def _scripted(self, node: LexborNode) -> str | None:
        for attribute in ("onclick", "href"):
            script = node.attributes.get(attribute) or ""
            if (attribute == "onclick" or script.lower().startswith("javascript:")) and (
                found := _QUOTED.search(script)
            ):
                return self.resolve(found[1])
        return None


def date_beside(node: LexborNode) -> date | None:
    """The date that stands beside a link: in the closest element around it that has one and no other long link."""
    own = node.text(separator="")
    around = node.parent
    for _ in range(_CLIMB):
        if around is None or around.tag in ("body", "html"):
            return None
        others = [
            link
            for link in around.css("a")
            if len(squeeze(link.text())) > 6 and link.text(separator="") != own
        ]
        if others:
            return None
        if found := date_in(around.text(separator=" ").replace(own, " ")):
            return found
        around = around.parent
    return None


def _decoded(content: bytes, charset: str | None) -> str:
    """The header's charset if the bytes are valid in it and nothing better is known, else as documents are decoded."""
    if charset and not content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            try:
                return content.decode("gb18030" if charset.lower().startswith("gb") else charset)
            except (UnicodeDecodeError, LookupError):
                pass
    return decode(content)
