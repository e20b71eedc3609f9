"""How a list goes on: every style of paging met on the sites of agencies, found on the page or said by the source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from extract.pull.page import HtmlPage, squeeze
from extract.pull.schema import Selector, Settings
from extract.pull.web_kind import ListRequest, Trouble

_NEXT = re.compile(r"^[\[【(（]?(?:下一?页|后一?页|下页|next|>|»|›|>>|→)[\]】)）]?[>»›]*$", re.IGNORECASE)
_NUMBER = re.compile(r"^[\[【(（]?(\d{1,4})[\]】)）]?$")
_CALL = re.compile(r"createPage(?:HTML|Html|html)\s*\(([^()]*)\)")
_COUNT_PAGE = re.compile(r"var\s+(?:countPage|pageCount|totalPage)\s*=\s*['\"]?(\d+)")
_CURRENT_PAGE = re.compile(r"var\s+(?:currentPage|pageIndex)\s*=\s*['\"]?(\d+)")
_TOTAL = re.compile(
    r"共\s*(\d{1,4})\s*页|第\s*\d+\s*[/／]\s*(\d{1,4})\s*页|(?<![\d/])\d{1,3}\s*/\s*(\d{1,3})\s*页"
)


class Paging(Settings):
    """How a list goes on.

    Attributes:
        style: `auto` finds out; `next` follows the link to the next page; `pattern` counts; `script` reads
            `createPageHTML(…)`; `none` asks for one page only.
        next: the link to the next page.
        pattern: address of the further pages, relative to the first, with `{page}`.
        first: number that the pattern's first page has (the second page of the list, as a rule).
        step: what it grows by.
        max_pages: how many pages of one list are asked for at most.
    """

    style: Literal["auto", "next", "pattern", "script", "none"] = "auto"
    next: Selector | None = None
    pattern: str | None = None
    first: int = Field(default=1, ge=0)
    step: int = Field(default=1, ge=1)
    max_pages: int = Field(default=500, ge=1)

    @field_validator("pattern")
    @classmethod
    def _counts(cls, value: str | None) -> str | None:
        if value is not None and "{page}" not in value:
            raise ValueError("要含有 {page} / must hold {page}")
        return value


def further_pages(
    page: HtmlPage, request: ListRequest, paging: Paging
) -> tuple[list[ListRequest], list[Trouble]]:
    """The pages that a page leads to, and what is not understood about its paging.

    Addresses may come again and again; whoever asks keeps those it has seen.
    """
    if paging.style == "none":
        return [], []
    if request.page >= paging.max_pages:
        return [], [
            Trouble(
                "paging_limit",
                f"{page.address} 已是第 {request.page} 页，达到 max_pages，后面的没有拉取",
                request.page,
            )
        ]
    if paging.style == "pattern" or (paging.style == "auto" and paging.pattern):
        return _by_pattern(page, request, paging), []
    found: list[ListRequest] = []
    if paging.style in ("auto", "next"):
        found += _by_next(page, request, paging)
    if paging.style in ("auto", "script"):
        found += _by_script(page, request)
    if paging.style == "auto":
        found += _by_number(page, request)
    unique = list({other.address: other for other in found if other.address != page.address}.values())
    troubles = []
    if not unique and request.page == 1 and (total := _pages_named(page)) > 1:
        troubles.append(
            Trouble(
                "paging_unclear",
                f"列表页 {page.address} 写明共 {total} 页，但看不出如何翻页；请在 paging 中说明（next 或 pattern）",
                total,
            )
        )
    return unique, troubles


def _by_pattern(page: HtmlPage, request: ListRequest, paging: Paging) -> list[ListRequest]:
    number = paging.first + (request.page - 1) * paging.step
    address = page.resolve((paging.pattern or "").replace("{page}", str(number)))
    return [ListRequest(address, request.page + 1, probe=True, depth=request.depth)] if address else []


def _by_next(page: HtmlPage, request: ListRequest, paging: Paging) -> Iterator[ListRequest]:
    if paging.next is not None:
        nodes = page.tree.css(paging.next)
    else:
        nodes = [*page.tree.css("link[rel=next]"), *page.tree.css("a[rel=next]"), *page.tree.css("a")]
    for node in nodes:
        words = squeeze(node.text()).replace(" ", "")
        is_next = paging.next is not None or node.attributes.get("rel") == "next"
        if (is_next or _NEXT.match(words)) and (anchor := page.anchor(node)) is not None:
            yield ListRequest(anchor.address, request.page + 1, depth=request.depth)
            return


def _by_number(page: HtmlPage, request: ListRequest) -> Iterator[ListRequest]:
    """Links that are page numbers: to the list's own folder or the list with another query."""
    here = urlsplit(page.address)
    folder = here.path.rsplit("/", 1)[0]
    for anchor in page.anchors():
        number = _NUMBER.match(anchor.text)
        there = urlsplit(anchor.address)
        beside = there.hostname == here.hostname and there.path.rsplit("/", 1)[0] == folder
        if number and beside and int(number[1]) > 1:
            yield ListRequest(anchor.address, int(number[1]), depth=request.depth)


def _by_script(page: HtmlPage, request: ListRequest) -> Iterator[ListRequest]:
    """`createPageHTML(count, index, "index", "html")`: page n is `index_n.html`, counted as the first page counts.

    A first argument in quotes is the element that the links are written to; older pages keep the numbers in variables.
    """
    if request.page > 1:
        return
    call = _CALL.search(page.markup)
    if call is None:
        return
    arguments = [argument.strip() for argument in call[1].split(",")]
    if len(arguments) > 4 and not _is_number_or_name(arguments[0]):
        arguments = arguments[1:]
    if len(arguments) < 4:
        return
    count = _number(arguments[0], _COUNT_PAGE, page.markup)
    current = _number(arguments[1], _CURRENT_PAGE, page.markup) or 0
    name, suffix = (argument.strip("'\"") for argument in arguments[2:4])
    if count is None or not name:
        return
    for number in range(1, count):
        if address := page.resolve(f"{name}_{number + current}.{suffix}"):
            yield ListRequest(address, number + 1, depth=request.depth)


def _is_number_or_name(argument: str) -> bool:
    return not argument.startswith(("'", '"')) or argument.strip("'\"").isdigit()


def _number(argument: str, variable: re.Pattern[str], markup: str) -> int | None:
    plain = argument.strip("'\"")
    if plain.isdigit():
        return int(plain)
    found = variable.search(markup)
    return int(found[1]) if found else None


def _pages_named(page: HtmlPage) -> int:
    found = _TOTAL.search(page.text)
    return int(next(group for group in found.groups() if group)) if found else 0
