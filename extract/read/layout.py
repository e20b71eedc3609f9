"""A page as runs of text, rulings and fills: what readers of paged formats find before tables are known.

A PDF reader, an OFD reader and a recogniser of scans fill the same `PageLayout`; `extract.read.ruled` makes
grids from its rulings, `extract.read.flow` paragraphs from its lines, and `extract.recognise.geometry` finds
the tables that no ruling draws.

All coordinates of a layout are in *reading orientation*: points from the top left corner of the page as a
person would hold it to read the text. Where the text of a page is turned against the page as displayed,
`PageLayout.displayed` maps a box back.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from extract.model import PICTURE, Box, Grid, ReadDocument
from extract.value_class import value_class

LEAST_PICTURE = 4.0
"""A smaller picture, in points, shows no figure."""


@value_class(frozen=True, slots=True)
class Run:
    """Characters that stand together on one line, with no gap that a cell border could hide in.

    Attributes:
        text: the characters, without spaces at either end.
        box: x0, top, x1, bottom, in reading orientation.
        order: position in the file's own drawing order; runs of one cell mostly follow each other.
        edges: x0 and x1 of each character in turn (twice as many numbers as characters).
    """

    text: str
    box: Box
    order: int
    edges: tuple[float, ...]

    def part(self, start: int, end: int) -> Run:
        """The characters from `start` up to `end` as a run of their own."""
        edges = self.edges[2 * start : 2 * end]
        box = (min(edges), self.box[1], max(edges), self.box[3])
        return Run(self.text[start:end], box, self.order, edges)

    @property
    def size(self) -> float:
        """Height of a line of this text, in points."""
        return self.box[3] - self.box[1]


@value_class(frozen=True, slots=True)
class Segment:
    """A drawn line: `at` is y of a horizontal and x of a vertical line, `start` and `end` its extent."""

    at: float
    start: float
    end: float


@value_class(frozen=True, slots=True)
class Fill:
    """A filled rectangle that is no line: box and colour (red, green, blue)."""

    box: Box
    colour: tuple[int, int, int]


@value_class(frozen=True, slots=True)
class PageLayout:
    """What stands on one page, in reading orientation.

    Attributes:
        number: page number from 1.
        width: width of the page in reading orientation.
        height: height of the page in reading orientation.
        runs: runs of text in drawing order.
        horizontals: horizontal rulings, as drawn (not merged).
        verticals: vertical rulings, as drawn.
        fills: filled rectangles that are no lines and not white.
        turn: degrees (0, 90, 180, 270) by which the displayed page has to be turned clockwise to be read.
        pictures: boxes of the pictures among the text.
    """

    number: int
    width: float
    height: float
    runs: tuple[Run, ...]
    horizontals: tuple[Segment, ...]
    verticals: tuple[Segment, ...]
    fills: tuple[Fill, ...] = ()
    turn: int = 0
    pictures: tuple[Box, ...] = field(default=(), kw_only=True)

    def shown(self, text: str, box: Box) -> str:
        """A cell's text; for an empty cell with a picture in it the sign of one: it may show the cell's figure."""
        if text or not self.pictures:
            return text
        return PICTURE if any(_is_inside(picture, box) for picture in self.pictures) else ""

    def displayed(self, box: Box) -> Box:
        """Map a box in reading orientation to the page as displayed."""
        x0, top, x1, bottom = box
        if self.turn == 90:
            return (top, self.width - x1, bottom, self.width - x0)
        if self.turn == 180:
            return (self.width - x1, self.height - bottom, self.width - x0, self.height - top)
        if self.turn == 270:
            return (self.height - bottom, x0, self.height - top, x1)
        return box


@value_class(frozen=True, slots=True)
class PageRead:
    """One page and what its rulings tell: the explicit grids, and the runs that stand outside of them.

    Attributes:
        layout: the page.
        grids: grids drawn by rulings, with boxes as displayed.
        frames: for each grid its box in reading orientation.
        loose: indices (into `layout.runs`) of the runs outside of all grids, in drawing order.
        known: what has been worked out about the page already; `flow.lines_of` keeps its lines here.
    """

    layout: PageLayout
    grids: tuple[Grid, ...]
    frames: tuple[Box, ...]
    loose: tuple[int, ...]
    known: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)


@value_class(frozen=True, slots=True)
class LaidOutDocument(ReadDocument):
    """A read document that still has its page layouts, for tables that need the form to be found.

    Attributes:
        read_pages: one entry a page, in page order.
    """

    read_pages: tuple[PageRead, ...] = ()


def _is_inside(picture: Box, cell: Box) -> bool:
    """Whether a picture that is no spot stands mainly in a cell."""
    width, height = picture[2] - picture[0], picture[3] - picture[1]
    if min(width, height) < LEAST_PICTURE:
        return False
    across = min(picture[2], cell[2]) - max(picture[0], cell[0])
    down = min(picture[3], cell[3]) - max(picture[1], cell[1])
    return across > 0 and down > 0 and across * down > 0.5 * width * height


def union(boxes: list[Box]) -> Box:
    """The smallest box around boxes (at least one)."""
    if len(boxes) == 1:
        return boxes[0]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))
