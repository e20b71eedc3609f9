"""Telling a page that is asked for from one that stands in its place: the rules are data (`page_rules.yaml`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from extract.pull.page import HtmlPage

_BLANK = re.compile(r"\s+|&nbsp;|&#160;")
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class PageRule:
    """One way in which a page is not what was asked for; see `page_rules.yaml`."""

    rule: str
    sentence: str
    at_most: int
    title: re.Pattern[str] | None = None
    text: re.Pattern[str] | None = None
    address: re.Pattern[str] | None = None
    element: str | None = None

    def holds(self, page: HtmlPage, text: str) -> bool:
        """Whether the page, with this text (blanks removed), is one of these."""
        if len(text) > self.at_most:
            return False
        if self.title is not None and not self.title.search(_BLANK.sub("", page.title)):
            return False
        if self.text is not None and not self.text.search(text):
            return False
        if self.address is not None and not self.address.search(page.address):
            return False
        return self.element is None or page.tree.css_first(self.element) is not None


@dataclass(frozen=True, slots=True)
class PageRules:
    """All of them, and the words by which the statutory table is known."""

    rules: tuple[PageRule, ...]
    table_words: tuple[str, ...]
    table_words_needed: int


@cache
def page_rules() -> PageRules:
    """The rules of `page_rules.yaml`."""
    read = yaml.safe_load((resources.files("extract.pull") / "page_rules.yaml").read_text(encoding="utf-8"))
    signs = read["table_signs"]
    return PageRules(tuple(_rule(entry) for entry in read["rules"]), tuple(signs["words"]), signs["at_least"])


def _rule(entry: dict[str, str | int]) -> PageRule:
    patterns = {
        key: re.compile(str(entry[key])) for key in ("title", "text", "address") if entry.get(key) is not None
    }
    element = str(entry["element"]) if "element" in entry else None
    return PageRule(
        str(entry["rule"]), str(entry["sentence"]), int(entry["at_most"]), element=element, **patterns
    )


def holds_table(page: HtmlPage) -> bool:
    """Whether the statutory table is on the page, be it in a script that will write it.

    Tags are taken out first: words may be cut by them.
    """
    rules = page_rules()
    plain = _BLANK.sub("", _TAG.sub("", page.markup))
    return sum(word in plain for word in rules.table_words) >= rules.table_words_needed


def stands_in_place(page: HtmlPage) -> PageRule | None:
    """The rule by which a page without the table is not what was asked for."""
    text = _BLANK.sub("", page.text)
    return next((rule for rule in page_rules().rules if rule.holds(page, text)), None)


def not_the_list(page: HtmlPage) -> str | None:
    """The sentence for a page that stands in the place of a list; null if it may be the list."""
    rule = stands_in_place(page)
    return f"列表页 {page.address} {rule.sentence}" if rule else None
