"""What a bulletin's page is made of. Contents are plain text and a few marked kinds of cell and chart; only renderers make markup."""

from __future__ import annotations

import re
from dataclasses import dataclass

GOOD, NOTICE, BAD, QUIET = "good", "notice", "bad", "quiet"
"""Tones of a badge or a callout."""

LONGEST_TEXT = 400
"""Characters of one cell or line that are shown: a report's title may be a whole page by mistake."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A word in a coloured frame."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Shares of a whole: (what, how many, CSS class) in order. `whole` is their sum, if it is not said."""

    parts: tuple[tuple[str, int, str], ...]
    whole: int | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number or quantity, set to the right."""

    text: str


Cell = str | Number | Badge | Bar


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `more` says what was left out, if anything was."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: str = ""

    def number_columns(self) -> set[int]:
        """The columns in which every cell is a number."""
        return {
            index
            for index in range(len(self.columns))
            if self.rows and all(isinstance(row[index], Number) for row in self.rows)
        }


@dataclass(frozen=True, slots=True)
class Callout:
    """Sentences set apart."""

    lines: tuple[str, ...]
    tone: str


@dataclass(frozen=True, slots=True)
class Fold:
    """A table that opens on a click; on paper it stands as it was left."""

    summary: str
    table: Table


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section, with a count and a sentence."""

    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of horizontal bars: (label, bar, its numbers in words); `legend` names the colours (name, CSS class)."""

    title: str
    rows: tuple[tuple[str, Bar, str], ...]
    legend: tuple[tuple[str, str], ...] = ()
    more: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A chart of one value over loads, oldest first; null where it is not known."""

    title: str
    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    unit: str = ""

    def words(self) -> str:
        """The chart in words."""
        said = (
            f"{label} {'不详' if value is None else f'{value:.4g}{self.unit}'}"
            for label, value in zip(self.labels, self.values, strict=True)
        )
        return f"{self.title}：{'，'.join(said)}"


Block = str | Table | Callout | Fold | Heading | Bars | Line


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the page."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline number with its label, a remark and a tone."""

    label: str
    value: str
    remark: str = ""
    tone: str = QUIET


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page: title, state, facts below the title, what matters in sentences, headline numbers, sections.

    Attributes:
        links: other pages in the same folder (words, file name).
    """

    title: str
    state: Badge
    facts: tuple[tuple[str, str], ...]
    lead: tuple[str, ...]
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    footer: str
    links: tuple[tuple[str, str], ...] = ()


def printable(text: str) -> str:
    """Text as it is shown: no control characters or direction overrides, which can make a name look like another, and not endless."""
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "\ufffd", text)
    return f"{text[:LONGEST_TEXT]}…（共 {len(text)} 字）" if len(text) > LONGEST_TEXT else text


def bar_words(bar: Bar) -> str:
    """A bar in words."""
    return "，".join(f"{name} {count:,}" for name, count, _ in bar.parts if count)
