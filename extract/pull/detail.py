"""What was found behind a link: the report, a page that leads to it, or something that stands in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, unquote, urlsplit

from selectolax.lexbor import LexborNode

from extract.pull.page import HtmlPage, squeeze, year_in
from extract.pull.page_rules import holds_table, stands_in_place
from extract.pull.web.results import Answer
from extract.pull.web_kind import TITLE, Detail, Link
from extract.read.kind import FileKind, sniff

DEPTH = 3
"""How many pages may lead from a list's link to its report."""

_BEST_FIRST = ("docx", "xlsx", "html", "pdf", "doc", "wps", "ofd", "rtf", "odt", "xls", "et", "mht", "zip")
"""Of one report in several formats the first is pulled."""
_FILE = re.compile(
    r"\.(pdf|docx?|wps|xlsx?|et|ofd|rtf|odt|zip|rar|7z|mht|jpe?g|png|tiff?|bmp)(?![A-Za-z0-9])", re.IGNORECASE
)
_VIEWED = re.compile(r"""['"]([^'"\s<>]+?\.(?:pdf|ofd|docx?|wps)(?:\?[^'"\s<>]*)?)['"]""", re.IGNORECASE)
_GOES_ON = re.compile(r"""(?:window\.|document\.|top\.|self\.)?location(?:\.href)?\s*=\s*['"]([^'"]+)['"]""")
_REFRESH = re.compile(r"url\s*=\s*['\"]?([^'\"\s;]+)", re.IGNORECASE)
_ORNAMENT = re.compile(
    r"logo|icon|banner|button|weixin|wechat|qrcode|ewm|beian|gongan|jiucuo|share|(?:^|/)(?:bg|nav|top|foot|dot|line)[^/]*$",
    re.IGNORECASE,
)
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:header|footer|nav|navbar|menu|sidebar|friendlink|links|copyright)(?:$|[\s_-])", re.I
)
_MIME = re.compile(
    rb"\A(?:From|MIME-Version|Subject|Date|Content-Type|Snapshot-Content-Location):", re.IGNORECASE
)
_ARTICLE = 1500
"""Characters from which a page without the table is an article, whatever pictures stand in it."""
_NUMBERING = re.compile(r"^附件\s*\d*\s*[：:.、]?\s*|[(（【\[].*?[)）】\]]\s*$|\s*(?:下载|点击下载|查看)$")


@dataclass(frozen=True, slots=True)
class Document:
    """The answer is a document."""

    name: str


@dataclass(frozen=True, slots=True)
class Passage:
    """The answer is a page that leads to documents.

    Attributes:
        links: where it leads, with what the list said.
        alternates: further formats of the same, not pulled.
    """

    links: tuple[Link, ...]
    alternates: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Mistaken:
    """The answer stands in the place of what was asked for."""

    rule: str
    sentence: str


def examine(answer: Answer, link: Link, detail: Detail, depth: int) -> Document | Passage | Mistaken:
    """Decide what an answer to a document's address is.

    Args:
        answer: the answer, status 200.
        link: what led there.
        detail: how the source's pages are read.
        depth: how many pages led there.
    """
    if not answer.content.strip():
        return Mistaken("empty", f"{answer.address} 的内容为空，没有得到文件；请在浏览器中核对")
    kind = sniff(answer.content)
    if kind.family != "html" or _MIME.match(answer.content.lstrip()):
        return _file(answer, kind)
    page = HtmlPage(answer.final_address, answer.content, answer.charset)
    if holds_table(page):
        return Document(_page_name(answer))
    found = list(_attachments(page, detail)) if depth < DEPTH else []
    names_report = any(re.search(TITLE, each.title or "") for each in found)
    if not names_report and (rule := stands_in_place(page)):
        return Mistaken(rule.rule, f"{answer.address} {rule.sentence}")
    if found:
        chosen, alternates = _best_formats(found)
        alone = len(chosen) == 1
        return Passage(tuple(_inherit(each, link, alone) for each in chosen), tuple(alternates))
    if _file_suffix(answer.address):
        return Mistaken(
            "page_instead", f"{answer.address} 应为文件，得到的却是网页“{page.title[:40]}”；请在浏览器中核对"
        )
    return Document(_page_name(answer))


def _file(answer: Answer, kind: FileKind) -> Document | Mistaken:
    if kind.family == "text" and (answer.content_type or "").endswith("json"):
        said = squeeze(answer.content[:200].decode("utf-8", "replace"))
        return Mistaken("json_instead", f"{answer.address} 返回的是程序消息，不是文件：{said[:80]}")
    name = answer.file_name or PurePosixPath(urlsplit(answer.final_address).path).name or "document"
    return Document(name)


def _page_name(answer: Answer) -> str:
    name = answer.file_name or PurePosixPath(unquote(urlsplit(answer.final_address).path)).name or "index"
    return name if re.search(r"\.(?:[sx]?html?|mht)$", name, re.IGNORECASE) else f"{name}.html"


def _attachments(page: HtmlPage, detail: Detail) -> Iterator[Link]:
    """Where a page leads: by the source's selector, else files linked to, then shown in frames, scripts, pictures."""
    scope = page.tree.css_first(detail.content) if detail.content else None
    if detail.content and scope is None:
        return
    ways = (
        [_selected(page, scope, detail.attachments)]
        if detail.attachments
        else [
            _files(page, scope),
            _framed(page, scope),
            _scripted(page),
            _forwarded(page),
            _pictured(page, scope),
        ]
    )
    for way in ways:
        found = {
            each.address: each
            for each in way
            if each.address != page.address
            and (detail.attachment_title is None or re.search(detail.attachment_title, each.title or ""))
        }
        if found:
            yield from found.values()
            return


def _selected(page: HtmlPage, scope: LexborNode | None, selector: str) -> Iterator[Link]:
    for node in (scope or page.tree).css(selector):
        written = node.attributes.get("href") or node.attributes.get("src") or node.attributes.get("data")
        if address := page.resolve(written):
            yield Link(address, _name(node, address))
        elif anchor := page.anchor(node):
            yield Link(anchor.address, anchor.title)


def _files(page: HtmlPage, scope: LexborNode | None) -> Iterator[Link]:
    for anchor in page.anchors(scope):
        named = _file_suffix(anchor.address) or _file_suffix(anchor.title)
        if named and (scope is not None or not _is_around(anchor.node)):
            yield Link(anchor.address, _name(anchor.node, anchor.address))


def _framed(page: HtmlPage, scope: LexborNode | None) -> Iterator[Link]:
    for node in (scope or page.tree).css("iframe, embed, object, frame"):
        written = node.attributes.get("src") or node.attributes.get("data")
        address = page.resolve(written)
        if address is None:
            continue
        inner = next((value for _, value in parse_qsl(urlsplit(address).query) if _file_suffix(value)), None)
        target = page.resolve(inner) if inner else address
        if target and (_file_suffix(target) or node.tag in ("iframe", "frame")):
            yield Link(target, None)


def _scripted(page: HtmlPage) -> Iterator[Link]:
    for script in page.tree.css("script"):
        for written in _VIEWED.findall(script.text()):
            if address := page.resolve(written.replace("\\/", "/")):
                yield Link(address, None)


def _forwarded(page: HtmlPage) -> Iterator[Link]:
    """Pages that only send the browser on."""
    if len(page.text) > 300:
        return
    for node in page.tree.css("meta[http-equiv]"):
        told = _REFRESH.search(node.attributes.get("content") or "")
        refreshes = (node.attributes.get("http-equiv") or "").lower() == "refresh"
        if refreshes and told and (address := page.resolve(told[1])):
            yield Link(address, None)
    for script in page.tree.css("script"):
        if (told := _GOES_ON.search(script.text())) and (address := page.resolve(told[1])):
            yield Link(address, None)


def _pictured(page: HtmlPage, scope: LexborNode | None) -> Iterator[Link]:
    """Pictures of a page that has little text: the report itself, scanned."""
    if len(page.text) > _ARTICLE:
        return
    for node in (scope or page.tree).css("img"):
        address = page.resolve(node.attributes.get("src") or node.attributes.get("data-src"))
        if address is None or not _file_suffix(address) or _ORNAMENT.search(urlsplit(address).path):
            continue
        if not _is_around(node) and not _is_small(node):
            yield Link(address, None)


def _is_small(node: LexborNode) -> bool:
    sides = [node.attributes.get(side) or "" for side in ("width", "height")]
    return any(side.removesuffix("px").isdigit() and int(side.removesuffix("px")) < 200 for side in sides)


def _is_around(node: LexborNode) -> bool:
    """Whether an element stands in the frame of the site and not in what the page is about."""
    above: LexborNode | None = node
    while above is not None and above.tag not in ("body", "html"):
        if above.tag in ("header", "footer", "nav"):
            return True
        if _AROUND.search(f"{above.attributes.get('class') or ''} {above.attributes.get('id') or ''}"):
            return True
        above = above.parent
    return False


def _file_suffix(text: str) -> str | None:
    """The suffix of a file that an address or a name ends with or names in its query."""
    parts = urlsplit(text) if "://" in text else None
    candidates: Iterable[str] = (
        (unquote(parts.path).rstrip("/"), *(value for _, value in parse_qsl(parts.query)))
        if parts
        else (text,)
    )
    for candidate in candidates:
        named = list(_FILE.finditer(candidate))
        if named and (parts is None or named[-1].end() == len(candidate)):
            return named[-1][1].lower()
    return None


def _name(node: LexborNode, address: str) -> str | None:
    return squeeze(node.attributes.get("title")) or squeeze(node.text(separator="")) or None


def _best_formats(found: list[Link]) -> tuple[list[Link], list[Link]]:
    """Of files with the same name in several formats the best; the others apart."""
    groups: dict[str, list[Link]] = {}
    for link in found:
        name = _FILE.sub("", _NUMBERING.sub("", link.title or ""))
        compact = re.sub(r"\W+", "", name)
        groups.setdefault(compact if len(compact) >= 6 else link.address, []).append(link)
    chosen: list[Link] = []
    alternates: list[Link] = []
    for group in groups.values():
        formats = [_format(link) for link in group]
        if len(group) == 1 or len(set(formats)) < len(group):
            chosen += group
            continue
        first = min(group, key=lambda link: _rank(_format(link)))
        chosen.append(first)
        alternates += [link for link in group if link is not first]
    return chosen, alternates


def _format(link: Link) -> str:
    return _file_suffix(link.title or "") or _file_suffix(link.address) or ""


def _rank(suffix: str) -> int:
    return _BEST_FIRST.index(suffix) if suffix in _BEST_FIRST else len(_BEST_FIRST)


def _inherit(found: Link, link: Link, alone: bool) -> Link:
    """An attachment with what the list said of its page. Where there are several, that need not hold for each of them."""
    own = year_in(found.title or "")
    year = own if own is not None and link.evidence != "stated" else link.year
    evidence = link.evidence or ("title" if year is not None else None)
    if not alone and evidence is not None:
        evidence = "page"
    return Link(found.address, found.title or link.title, link.agency, year, link.published_on, evidence)
