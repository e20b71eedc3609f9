"""Text as people read it: runs joined to lines, lines to the text of a cell or to paragraphs, in reading order.

Works in reading orientation and knows neither the file format nor the form.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from extract.model import Block, Box, Grid, Paragraph, Place
from extract.read.layout import PageLayout, PageRead, Run, union
from extract.value_class import value_class

PADDING = 11.6
"""What word processors leave free in a cell, both sides together, in points."""
EDGE = 0.12
"""Share of a page's height at its top and bottom where page numbers and running heads stand."""

_SUPPLEMENT = {
    "⺁": "厂", "⺅": "亻", "⺆": "冂", "⺈": "刀", "⺊": "卜", "⺋": "卩", "⺌": "小", "⺍": "小", "⺎": "兀", "⺏": "尢",
    "⺓": "幺", "⺔": "彑", "⺕": "彐", "⺗": "心", "⺘": "手", "⺙": "攵", "⺛": "旡", "⺜": "日", "⺝": "月", "⺟": "母",
    "⺠": "民", "⺡": "水", "⺣": "火", "⺤": "爪", "⺥": "爪", "⺦": "丬", "⺧": "牛", "⺨": "犬", "⺩": "王", "⺪": "疋",
    "⺫": "目", "⺬": "示", "⺭": "礻", "⺮": "竹", "⺰": "纟", "⺲": "罒", "⺳": "网", "⺶": "羊", "⺷": "羊", "⺸": "羊",
    "⺹": "老", "⺻": "聿", "⺼": "肉", "⺾": "艹", "⺿": "艹", "⻀": "艹", "⻁": "虎", "⻂": "衤", "⻃": "覀", "⻄": "西",
    "⻅": "见", "⻆": "角", "⻈": "讠", "⻉": "贝", "⻊": "足", "⻋": "车", "⻌": "辶", "⻍": "辶", "⻎": "辶", "⻏": "邑",
    "⻐": "钅", "⻑": "長", "⻒": "镸", "⻓": "长", "⻔": "门", "⻖": "阜", "⻘": "青", "⻙": "韦", "⻚": "页", "⻛": "风",
    "⻜": "飞", "⻝": "食", "⻟": "饣", "⻠": "饣", "⻢": "马", "⻣": "骨", "⻤": "鬼", "⻥": "鱼", "⻦": "鸟", "⻧": "卤",
    "⻨": "麦", "⻩": "黄", "⻪": "黾", "⻬": "齐", "⻮": "齿", "⻰": "龙", "⻳": "龟",
}  # fmt: skip
RADICALS = {ord(radical): character for radical, character in _SUPPLEMENT.items()} | {
    code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)
}
"""Radicals that a font's map gives for the character of the same shape (⾏ for 行), for `str.translate`."""

_PAGE_NUMBER = re.compile(
    r"[-—–―·•\s]*\d{1,4}[-—–―·•\s]*|第\s*\d+\s*页[\s,，、/／]*(?:共\s*\d+\s*页)?|\d+\s*[/／]\s*\d+|[Pp](?:age|\.)?\s*\d+"
)
_HEADING = re.compile(r"[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)]|\d{1,2}[.．、](?!\d)")
_SENTENCE_END = "。！？；：.!?;:"


@value_class(frozen=True, slots=True)
class Line:
    """A line of text: its runs from left to right."""

    runs: tuple[Run, ...]
    box: Box

    @property
    def text(self) -> str:
        return join_runs(self.runs)

    @property
    def size(self) -> float:
        """Height of the highest run."""
        if len(self.runs) == 1:
            return self.box[3] - self.box[1]
        return max(run.box[3] - run.box[1] for run in self.runs)


def group_lines(runs: Iterable[Run]) -> list[Line]:
    """Runs as lines from top to bottom, each from left to right."""
    groups: list[list[Run]] = []
    middle = height = 0.0
    for run in sorted(runs, key=lambda run: run.box[1] + run.box[3]):
        _, top, _, bottom = run.box
        at, size = (top + bottom) / 2, bottom - top
        if groups and at - middle <= 0.5 * min(height, size):
            groups[-1].append(run)
        else:
            groups.append([run])
            middle, height = at, size
    return [_line(group) for group in groups]


def lines_of(page: PageRead) -> list[Line]:
    """The lines of a page outside of its grids; grouped once, though asked for by each step of reading."""
    if "lines" not in page.known:
        page.known["lines"] = group_lines([page.layout.runs[index] for index in page.loose])
    found: list[Line] = page.known["lines"]
    return found


def _line(runs: list[Run]) -> Line:
    if len(runs) == 1:
        return Line((runs[0],), runs[0].box)
    runs.sort(key=lambda run: run.box[0])
    return Line(tuple(runs), union([run.box for run in runs]))


def join_runs(runs: Sequence[Run]) -> str:
    """The text of runs on one line: a gap is a space between Latin letters and digits, nothing else."""
    if len(runs) == 1:
        return runs[0].text
    text = ""
    for run in runs:
        text += _glue(text, run.text) + run.text
    return text


def _glue(left: str, right: str) -> str:
    """What stands between two pieces of text: a space where joining could make a new word or number."""
    if left and right and _is_word(left[-1]) and _is_word(right[0]):
        return " "
    return ""


def _is_word(character: str) -> bool:
    return (
        character.isascii() and (character.isalnum() or character in ".,%+-/")
    ) or "０" <= character <= "９"


def cell_text(runs: Sequence[Run], box: Box) -> str:
    """The text of a cell: lines from top to bottom; upright text in the order in which it was drawn.

    A number that a narrow cell has wrapped is put together again: `12` over `34` is `1234` where the first
    line is full. Where it is not, the lines stay apart by a space, and no number is made of them.

    Args:
        runs: the runs of the cell.
        box: the box of the cell, in the orientation of the runs.
    """
    if len(runs) == 1:
        return runs[0].text
    if not runs:
        return ""
    lines = group_lines(runs)
    if _is_upright(lines):
        return "".join(run.text for run in sorted(runs, key=lambda run: run.order))
    text = lines[0].text
    for above, below in itertools.pairwise(lines):
        following = below.text
        glue = _glue(text, following)
        text += ("" if glue and is_wrapped(above, below, box) else glue) + following
    return text


def is_wrapped(above: Line, below: Line, box: Box) -> bool:
    """Whether a line was broken for want of room: another character would not have fitted, none was to spare."""
    first = below.runs[0]
    character = first.edges[1] - first.edges[0]
    room = (box[2] - box[0]) - (above.box[2] - above.box[0])
    padding = max(0.9 * above.size, PADDING)
    pitch = below.box[1] - above.box[1]
    wider = (below.box[2] - below.box[0]) - (above.box[2] - above.box[0])
    return room - character <= padding and pitch <= 2.2 * above.size and wider < 0.5 * character


def _is_upright(lines: Sequence[Line]) -> bool:
    """Several columns of single characters under each other."""
    if len(lines) < 3 or all(len(line.runs) == 1 for line in lines):
        return False
    return all(len(run.text) == 1 for line in lines for run in line.runs)


def assemble(read_pages: Sequence[PageRead]) -> tuple[Block, ...]:
    """All blocks of a document in reading order: grids where they stand, the other text as paragraphs."""
    writer = _Writer(running_heads(read_pages))
    for page in read_pages:
        writer.add_page(page)
    writer.close()
    return tuple(writer.blocks)


class Assembled(Sequence[Block]):
    """What `assemble` makes of pages, made when it is first looked at. Where the recogniser finds tables of its own
    among the lines, it puts the pages together anew, and half a millisecond was for nothing.
    """

    __slots__ = ("_blocks", "_pages")

    def __init__(self, read_pages: Sequence[PageRead]) -> None:
        self._pages = read_pages
        self._blocks: tuple[Block, ...] | None = None

    def _made(self) -> tuple[Block, ...]:
        if self._blocks is None:
            self._blocks = assemble(self._pages)
        return self._blocks

    def __len__(self) -> int:
        return len(self._made())

    @overload
    def __getitem__(self, at: int) -> Block: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Block]: ...

    def __getitem__(self, at: int | slice) -> Block | Sequence[Block]:
        return self._made()[at]

    def __iter__(self) -> Iterator[Block]:
        return iter(self._made())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._made() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._made())


Heads = frozenset[tuple[str, int]]
"""Running heads: text and height on the page."""


def running_heads(read_pages: Sequence[PageRead]) -> Heads:
    """Texts that stand at the same height near the edge of several pages."""
    seen: Counter[tuple[str, int]] = Counter()
    for page in read_pages:
        lines = lines_of(page)
        seen.update({_head_key(line) for line in lines if _is_at_edge(line, page.layout)})
    return frozenset(key for key, count in seen.items() if count > 1)


def _head_key(line: Line) -> tuple[str, int]:
    return line.text, round(line.box[1] / 4)


def _is_at_edge(line: Line, layout: PageLayout) -> bool:
    return line.box[3] < EDGE * layout.height or line.box[1] > (1 - EDGE) * layout.height


def is_furniture(line: Line, layout: PageLayout, heads: Heads) -> bool:
    """Whether a line is a page number or a running head: it stands between the halves of a table or a sentence."""
    if not _is_at_edge(line, layout):
        return False
    if _head_key(line) in heads:
        return True
    # a number alone may also be the rest of a wrapped value: a page number stands apart from everything
    return _PAGE_NUMBER.fullmatch(line.text) is not None and _stands_apart(line, layout)


def _stands_apart(line: Line, layout: PageLayout) -> bool:
    own = {run.order for run in line.runs}
    others = [run.box for run in layout.runs if run.order not in own]
    high, low = line.box[1] - 0.8 * line.size, line.box[3] + 0.8 * line.size
    return all(box[1] >= low for box in others) or all(box[3] <= high for box in others)


@dataclass(slots=True)
class _Open:
    """A paragraph that may go on: its text so far, its first place, and its last line."""

    text: str
    page: PageLayout
    box: Box
    last: Line
    last_page: PageLayout
    full: bool


class _Writer:
    """Joins lines to paragraphs, over page breaks too, and puts grids in between."""

    def __init__(self, heads: Heads) -> None:
        self.blocks: list[Block] = []
        self._heads = heads
        self._open: _Open | None = None

    def close(self) -> None:
        if self._open is not None:
            place = Place(page=self._open.page.number, box=self._open.page.displayed(self._open.box))
            self.blocks.append(Paragraph(self._open.text, place))
            self._open = None

    def add_page(self, page: PageRead) -> None:
        layout = page.layout
        lines = lines_of(page)
        margins = _margins(lines)
        items: list[tuple[float, float, Line | Grid]] = [(line.box[1], line.box[0], line) for line in lines]
        items += [(box[1], box[0], grid) for box, grid in zip(page.frames, page.grids, strict=True)]
        items.sort(key=lambda item: item[:2])
        for _, _, item in items:
            if isinstance(item, Grid):
                self.close()
                self.blocks.append(item)
            elif is_furniture(item, layout, self._heads):
                self.blocks.append(Paragraph(item.text, Place(layout.number, layout.displayed(item.box))))
            else:
                self._add_line(item, layout, margins)

    def _add_line(self, line: Line, layout: PageLayout, margins: tuple[float, float]) -> None:
        text = line.text
        full = line.box[2] >= margins[1] - 1.6 * line.size
        if self._open is not None and self._continues(line, text, layout, margins):
            self._open.text += _glue(self._open.text, text) + text
            if self._open.page is layout:
                self._open.box = union([self._open.box, line.box])
            self._open.last, self._open.last_page, self._open.full = line, layout, full
            return
        self.close()
        self._open = _Open(text, layout, line.box, line, layout, full)

    def _continues(self, line: Line, text: str, layout: PageLayout, margins: tuple[float, float]) -> bool:
        paragraph = self._open
        if paragraph is None or not paragraph.full:
            return False
        last = paragraph.last
        if abs(last.size - line.size) > 0.25 * line.size or line.box[0] > margins[0] + 1.2 * line.size:
            return False
        if paragraph.text[-1:] in _SENTENCE_END and _HEADING.match(text):
            return False
        if paragraph.last_page is not layout:
            return line.box[1] < layout.height / 3
        return line.box[1] - last.box[1] <= 3 * line.size


def _margins(lines: Sequence[Line]) -> tuple[float, float]:
    """Left and right margin of the running text of a page."""
    wide = [line.box for line in lines if line.box[2] - line.box[0] > 12 * line.size] or [
        line.box for line in lines
    ]
    if not wide:
        return 0.0, 0.0
    return min(box[0] for box in wide), max(box[2] for box in wide)
