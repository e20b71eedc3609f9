"""What style sheets inside of a page hide and add: text that is not shown, and shown content that is no text.

Only rules for single elements (`.note`, `span.x`, `#id`) are followed. A rule that also asks for what stands around the
element (`.print .x`) may or may not hold: then it is not sure what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import lru_cache

from lxml import etree

MAX_CSS = 400_000
"""Characters of style sheets that are looked at; a page of a content management system has some thousand."""

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_BLOCK = re.compile(r"(@[^{};]*)\{((?:[^{}]*\{[^{}]*\})*[^{}]*)\}")
_ON_SCREEN = re.compile(r"@media\s+(?:only\s+)?(?:screen|all)\s*")
_COMPOUND = re.compile(r"(?P<tag>[\w-]+|\*)?(?P<rest>(?:[.#][\w-]+)*)")
_PSEUDO = re.compile(r"::?(before|after)$")
_GENERATED = re.compile(
    r"content\s*:\s*(?!none|normal|['\"]{2}|['\"](?:[\s.·•|:：,，、。()（）\-—>»]|\\\\[0-9a-f]{2,6})*['\"])\S",
    re.IGNORECASE,
)
_DISPLAYED = re.compile(r"display\s*:\s*(?!none)\w", re.IGNORECASE)
_REMOVED = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_UNSEEN = re.compile(
    r"visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])"
    r"|(?:left|text-indent)\s*:\s*-\d{3}",
    re.IGNORECASE,
)
_STRUCK = re.compile(r"text-decoration[^;]*line-through", re.IGNORECASE)
_ODD = re.compile(r"bidi-override|scaleX\(\s*-|rotate\(\s*180|background[^;]*\burl\(", re.IGNORECASE)
_PLAIN_PICTURE = re.compile(r"background[^;]*url\([^)]*(?:bg|back|line|dot|icon|logo)[^)]*\)", re.IGNORECASE)


class Shown(Enum):
    """How an element is shown."""

    PLAIN = auto()
    REMOVED = auto()
    """Not there at all."""
    UNSEEN = auto()
    """It keeps its place, and nothing is seen in it."""
    STRUCK = auto()
    ODD = auto()
    """Otherwise than its text says, or perhaps not: mirrored, with a picture or generated text in it."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule for elements of a tag, with all of some classes and an id."""

    tag: str
    classes: frozenset[str]
    identity: str
    shown: Shown

    def fits(self, element: etree._Element, classes: frozenset[str]) -> bool:
        return (
            self.tag in ("", element.tag)
            and self.classes <= classes
            and self.identity in ("", element.get("id"))
        )


@dataclass(slots=True)
class Styles:
    """The rules of one page that say what is shown."""

    rules: dict[str, list[_Rule]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: etree._Element) -> Styles:
        """The rules in the style sheets inside of a page.

        Args:
            root: the page.
        """
        css = "\n".join(text for element in root.iter("style") if (text := element.text))[:MAX_CSS]
        found = cls()
        if not re.search(r"none|hid|content|opacity|line-through|font-size\s*:\s*0|bidi|url\(", css):
            return found
        displayed: list[_Rule] = []
        for selector, body in _rules(css):
            if _DISPLAYED.search(body):
                displayed += _parsed(selector, Shown.PLAIN)
            shown = _shown_by(body)
            if _PSEUDO.search(selector):
                shown = Shown.ODD if shown is Shown.PLAIN and _GENERATED.search(body) else Shown.PLAIN
            if shown is not Shown.PLAIN:
                for rule in _parsed(selector, shown):
                    key = rule.identity or next(iter(sorted(rule.classes)), rule.tag)
                    found.rules.setdefault(key, []).append(rule)
        for rules in found.rules.values():
            # .pane hides what .pane.open shows
            rules[:] = [
                replace(rule, shown=Shown.ODD) if any(rule.classes <= r.classes for r in displayed) else rule
                for rule in rules
            ]
        return found

    def shown(self, element: etree._Element) -> Shown:
        """How an element is shown, by the page's rules and by its own style."""
        style = element.get("style")
        if element.get("hidden") is not None:
            return Shown.REMOVED
        own = Shown.PLAIN if style is None else _shown_by(style)
        if not self.rules or own is not Shown.PLAIN:
            return own
        classes = frozenset((element.get("class") or "").split())
        keys = (element.get("id"), *classes, element.tag)
        fitting = [
            rule.shown for key in keys for rule in self.rules.get(str(key), ()) if rule.fits(element, classes)
        ]
        return min(fitting, key=lambda shown: shown.value, default=Shown.PLAIN)


def shown_by_itself(element: etree._Element) -> Shown:
    """How an element is shown by its own style and attributes."""
    if element.get("hidden") is not None:
        return Shown.REMOVED
    style = element.get("style")
    return _shown_by(style) if style is not None else Shown.PLAIN


@lru_cache(maxsize=4096)
def _shown_by(style: str) -> Shown:
    """How declarations have an element shown."""
    if _REMOVED.search(style):
        return Shown.REMOVED
    if _UNSEEN.search(style):
        return Shown.UNSEEN
    if _STRUCK.search(style):
        return Shown.STRUCK
    return Shown.ODD if _ODD.search(style) and not _PLAIN_PICTURE.search(style) else Shown.PLAIN


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations that hold on a screen of any size."""
    css = _COMMENT.sub("", css)
    css = _BLOCK.sub(lambda block: block[2] if _ON_SCREEN.fullmatch(block[1]) else "", css)
    for rule in _RULE.finditer(css):
        for selector in rule[1].split(","):
            yield selector.rpartition(";")[2].strip(), rule[2]


def _parsed(selector: str, shown: Shown) -> Iterator[_Rule]:
    """The rule of one selector; what asks for more than the element itself is not sure to hold."""
    pseudo = _PSEUDO.search(selector)
    if pseudo is not None:
        selector = selector[: pseudo.start()]
    parts = [part for part in re.split(r"[\s>+~]+", selector) if part]
    if not parts:
        return
    last = re.split(r"[:\[]", parts[-1])[0]
    match = _COMPOUND.fullmatch(last)
    if match is None or ":" in selector.replace(":root", ""):
        return
    tag = match["tag"] or ""
    names = re.findall(r"[.#][\w-]+", match["rest"])
    is_sure = len(parts) == 1 and "[" not in parts[-1]
    if tag == "*":
        tag = ""
    if not tag and not names:
        return
    yield _Rule(
        tag.lower(),
        frozenset(name[1:] for name in names if name[0] == "."),
        next((name[1:] for name in names if name[0] == "#"), ""),
        shown if is_sure or shown is Shown.PLAIN else Shown.ODD,
    )
