"""Lines of text that hold whole table rows: labels on the left, figures behind them, columns by position or by order alone.

That is how `pdftotext -layout` and its like print a table, how text comes in the order of a page's content, and how
flip-books hold it. What a line says is split here into words and figures, each with the columns it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from extract.model import Block, Paragraph, Place
from extract.recognise.labels import meanings, section_of
from extract.recognise.rows import value_like
from extract.recognise.script import fold_width, squeeze
from extract.value_class import value_class

PAGE_BREAK = "\f"
"""The text of a paragraph that stands for the end of a page."""
MAX_LINE = 400
MIN_LINES = 3
"""So many lines with several figures each make a dump of rows."""
_WORD = re.compile(r"\S+")
_WIDE = re.compile(
    r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]"
)
"""Characters as wide as Chinese ones."""
_GLUED = re.compile(r"^(.*[^\d\s.,，．、/+\-−－＋—(（〔\[０-９])([\d０-９][\d０-９,，.．]*)$")
_NUMBERING = re.compile(r"^(?:[（(]?[一二三四五六七八九十]+[）)、.．]|[（(]?\d{1,2}[）)、.．])$")
_UNIT = re.compile(r"^(?:万元|亿元|元|[件条项起份个宗篇次例])$")
_CUE = re.compile(r"[\d０-９][\d０-９,.，．]*(?:\s+[\d０-９+\-−/—][\d０-９,.，．]*){2}")
_SEVERAL = re.compile(r"\S\s{2,}\S")
_PAGE_MARK = re.compile(
    r"^(?:[-—–―·]+\s*\d{1,4}\s*[-—–―·]+|第\s*\d{1,4}\s*页.*|P\.?\s*\d{1,4}|Page\s*\d{1,4}(?:\s*[-–—].*)?)$",
    re.IGNORECASE,
)


@value_class(frozen=True, slots=True)
class Token:
    """A word or a figure and the columns [start, end) it takes on its line."""

    text: str
    start: int
    end: int

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


@value_class(frozen=True, slots=True)
class TextLine:
    """A line: its words, then the figures that end it.

    Attributes:
        page: counts page breaks.
        mixed: figures stand between the words too: what they belong to is not told.
    """

    place: Place
    page: int
    words: tuple[Token, ...]
    values: tuple[Token, ...]
    mixed: bool = False


@value_class(frozen=True, slots=True)
class Zones:
    """The lines of the statutory tables by section (`proactive`, `requests`, `review`), and whether positions count."""

    lines: dict[str, list[TextLine]]
    positional: bool


def holds_rows(blocks: Sequence[Block]) -> bool:
    """Whether the paragraphs of a document are a dump that prints rows of a table on lines."""
    found = 0
    for block in blocks:
        if isinstance(block, Paragraph) and len(block.text) <= MAX_LINE and _CUE.search(block.text):
            found += 1
            if found >= MIN_LINES:
                return True
    return False


def table_lines(blocks: Iterable[Block], *, wide: bool = False) -> Zones:
    """The lines of the statutory tables.

    Args:
        blocks: a report's blocks; grids are passed over.
        wide: count two columns for a character as wide as Chinese ones are.
    """
    lines: dict[str, list[TextLine]] = {}
    gaps = 0
    for section, place, page, text in _raw_lines(blocks):
        line = make_line(text, place, page, wide=wide)
        lines.setdefault(section, []).append(line)
        gaps += bool(line.values) and _SEVERAL.search(text) is not None
    return Zones(lines, gaps >= MIN_LINES)


def _raw_lines(blocks: Iterable[Block]) -> Iterator[tuple[str, Place, int, str]]:
    section = ""
    page = 0
    empty = True  # the line before was empty
    for block in blocks:
        if not isinstance(block, Paragraph):
            continue
        text = fold_width(block.text)
        plain = text.strip().strip("| ")
        if block.text == PAGE_BREAK:
            page += 1
            empty = True
            continue
        if not plain:
            empty = True
            continue
        if not _PAGE_MARK.match(plain) and not (empty and plain == str(page + 1)):
            heading = section_of(plain)
            if heading is not None:
                section = heading
            else:
                section = _changed(section, plain)
                if section in ("proactive", "requests", "review") and len(text) <= MAX_LINE:
                    yield section, block.place, page, block.text
        empty = False


def _changed(section: str, plain: str) -> str:
    """The section a line belongs to by what it says, where headings are lacking or late."""
    if section not in ("", "overview", "proactive", "requests", "review"):
        return section
    if len(plain) > 120:
        return section
    head = squeeze(plain)
    if "勾稽关系" in head or "申请人情况" in head:
        return "requests"
    if section in ("", "overview") and head.startswith("第二十条第") and len(head) < 14:
        return "proactive"
    if section == "requests" and any(
        label.kind in ("review_head", "litigation_head") for word in plain.split() for label in meanings(word)
    ):
        return "review"
    return section


def make_line(text: str, place: Place, page: int, *, wide: bool = False) -> TextLine:
    """Split a line into its words and the figures that end it."""
    tokens = list(_tokens(text.replace("|", " "), wide))
    at = len(tokens)
    while at and _is_figure(tokens[at - 1].text):
        at -= 1
    values = tokens[at:]
    if at and values and (glued := _GLUED.match(tokens[at - 1].text)):
        last = tokens[at - 1]
        cut = last.end - (last.end - last.start) * len(glued[2]) // len(last.text)
        tokens[at - 1 : at] = [Token(glued[1], last.start, cut)]
        values = [Token(glued[2], cut, last.end), *values]
    elif at and not values and (glued := _GLUED.match(tokens[at - 1].text)) and len(tokens[0].text) > 1:
        last = tokens[at - 1]
        tokens[at - 1 : at] = [Token(glued[1], last.start, last.end - len(glued[2]))]
        values = [Token(glued[2], last.end - len(glued[2]), last.end)]
    words = tokens[:at]
    mixed = any(_is_figure(word.text) and word.text[0].isdigit() for word in words)
    return TextLine(place, page, tuple(words), tuple(values), mixed)


def _is_figure(text: str) -> bool:
    return value_like(text) and not _NUMBERING.match(text)


def _tokens(text: str, wide: bool) -> Iterator[Token]:
    """Words between spaces; a unit or a remark in brackets goes with the figure before it."""
    open_text, start, end = "", 0, 0
    last = 0
    extra = 0  # what wide characters so far take beyond one column each
    for match in _WORD.finditer(text):
        word = match[0]
        if wide:
            extra += len(_WIDE.findall(text, last, match.start()))
        left = match.start() + extra
        if wide:
            extra += len(_WIDE.findall(word))
        right, last = match.end() + extra, match.end()
        word = fold_width(word)
        if not word:
            continue
        unclosed = open_text and _unclosed(open_text)
        unit = open_text and left - end <= 1 and open_text[-1].isdigit() and _UNIT.match(word)
        if unclosed or unit:
            open_text, end = open_text + word, right
            continue
        if open_text:
            yield Token(open_text, start, end)
        open_text, start, end = word, left, right
    if open_text:
        yield Token(open_text, start, end)


def _unclosed(text: str) -> bool:
    """A figure whose remark goes on behind a space (`22（其中修订 16 件）`)."""
    return text[:1].isdigit() and text.count("(") > text.count(")")
