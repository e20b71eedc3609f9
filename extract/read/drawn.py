"""Tables drawn with characters in plain text (`+---+`, `┌──┬──┐`): their rulings make a grid like those of a page.

Converters print such tables when cells span rows or columns: pandoc's grid tables, reStructuredText, the dump of
text browsers. Each character has a place on a page of fixed pitch, so `extract.read.ruled` reads the rulings, spans
and wrapped cells as it does on paper. A table whose rows stand line by line between few rulings (the output of
database shells) is left to the reader of pipe rows.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace

from extract.model import Geometry, Grid, GridCell, Place
from extract.read.layout import PageLayout, Run, Segment
from extract.read.ruled import read_ruled

PITCH = 5.0
LINE = 12.0
"""Width of a half-width character and height of a line on the page of fixed pitch, in points; so narrow that a cell's
two spaces are what a word processor leaves free (`extract.read.flow.PADDING`), and a wrapped number is told by it."""
MAX_LINES = 2000
"""A longer stretch of drawn lines is no statutory table."""
MAX_STRAYS = 0.15
"""Share of the bars that may stand under no joint (converters draw the inside of spanning cells carelessly)."""

_BARS = "|│┃║"
_JOINTS = "+┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬╒╕╘╛╞╡╤╧╪╓╖╙╜╟╢╥╨╫┍┑┕┙┝┥┯┷┿┎┒┖┚┠┨┰┸╂"
_DASHES = "-=─━═┄┅┈┉"
_RULE = re.compile(
    rf"^\s*[{re.escape(_JOINTS)}][{re.escape(_JOINTS + _DASHES)}\s:]*[{re.escape(_JOINTS)}]\s*$"
)
_PART_RULE = re.compile(rf"[{re.escape(_JOINTS)}][{re.escape(_DASHES + _JOINTS)}]{{2,}}")
_DRAWN = re.compile(rf"^\s*[{re.escape(_BARS + _JOINTS)}]")
_NUMBER = re.compile(r"^[+-]?[\d.,０-９．]+$|^[-/]$")

_Width = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """A drawn table: the line behind its last, counted from 0, and its grid."""

    end: int
    grid: Grid


def drawn_table(lines: Sequence[str], at: int) -> DrawnTable | None:
    """The table whose first ruling is a line, if it is drawn wholly and its rulings part its rows.

    Args:
        lines: the text's lines.
        at: the line that may be a table's first ruling.
    """
    if not _RULE.match(lines[at]):
        return None
    end = at
    while end < len(lines) and _DRAWN.match(lines[end]):
        end += 1
    while end > at and not _RULE.match(lines[end - 1]):
        end -= 1
    block = lines[at:end]
    if not 3 <= len(block) <= MAX_LINES or _has_line_rows(block):
        return None
    strays, width = min(
        ((_strays(block, width), width) for width in _WIDTHS), key=lambda found: len(found[0])
    )
    if len(strays) > MAX_STRAYS * sum(c in _BARS for line in block for c in line):
        return None
    layout = _page(block, width)
    grids = read_ruled(layout).grids
    if len(grids) != 1:
        return None
    grid = _with_lines(grids[0], layout, at + 1)
    return DrawnTable(end, _full_rows(grid, {at + 1 + line for line in strays}) if strays else grid)


# --- widths: programs disagree on how wide a Chinese character and a line of a box are


def _terminal(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _counted(character: str) -> int:
    return 1


def _wide(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


_WIDTHS: tuple[_Width, ...] = (_terminal, _counted, _wide)


def _places(line: str, width: _Width) -> Iterator[tuple[str, int]]:
    """The characters of a line and the columns they begin at."""
    at = 0
    for character in line:
        if unicodedata.combining(character):
            continue
        yield character, at
        at += width(character)


def _strays(block: Sequence[str], width: _Width) -> list[int]:
    """The line of each bar that stands under or over no joint of a ruling."""
    joints, bars = set[int](), list[tuple[int, int]]()
    for y, line in enumerate(block):
        is_rule = _is_rule(line)
        for c, at in _places(line, width):
            if c in _BARS:
                bars.append((y, at))
            elif is_rule and c in _JOINTS:
                joints.add(at)
    return [y for y, at in bars if at not in joints]


def _is_rule(line: str) -> bool:
    """Whether rulings are drawn in a line, right across or beside cells that span it."""
    return _RULE.match(line) is not None or _PART_RULE.search(line) is not None


def _has_line_rows(block: Sequence[str]) -> bool:
    """Whether two lines between the same rulings are full of numbers: rows that no ruling parts."""
    full = 0
    for line in block:
        if _is_rule(line):
            full = 0
            continue
        cells = [cell.strip() for cell in re.split(f"[{_BARS}]", line)[1:-1]]
        numbers = sum(1 for cell in cells if _NUMBER.match(cell))
        full += numbers >= max(2, len(cells) // 2)
        if full > 1:
            return True
    return False


# --- the page of fixed pitch


def _page(block: Sequence[str], width: _Width) -> PageLayout:
    rows = [list(_places(line, width)) for line in block]
    horizontals = [segment for y, row in enumerate(rows) for segment in _rules(row, y, block[y])]
    verticals = list(_uprights(rows))
    runs: list[Run] = []
    for y, row in enumerate(rows):
        if not _RULE.match(block[y]):
            runs += _runs(row, y, width, len(runs), block[y])
    across = max((at + width(c) for row in rows for c, at in row), default=0)
    return PageLayout(1, across * PITCH, len(rows) * LINE, tuple(runs), tuple(horizontals), tuple(verticals))


def _middle(at: int) -> float:
    return (at + 0.5) * PITCH


def _rules(row: Sequence[tuple[str, int]], y: int, line: str) -> Iterator[Segment]:
    """The horizontal rulings of a line: from joint to joint where dashes join them."""
    if not _is_rule(line):
        return
    height = (y + 0.5) * LINE
    joints = [i for i, (c, _) in enumerate(row) if c in _JOINTS or c in _BARS]
    for a, b in itertools.pairwise(joints):
        between = [c for c, _ in row[a + 1 : b]]
        if between and all(c in _DASHES or c == ":" for c in between):
            yield Segment(height, _middle(row[a][1]), _middle(row[b][1]))


def _uprights(rows: Sequence[Sequence[tuple[str, int]]]) -> Iterator[Segment]:
    """Bars as vertical rulings, each joined to the joints right over and under it."""
    bars = {(at, y) for y, row in enumerate(rows) for c, at in row if c in _BARS}
    joints = {(at, y) for y, row in enumerate(rows) for c, at in row if c in _JOINTS}
    for at, y in bars:
        top = y - 0.5 if (at, y - 1) in joints else y
        bottom = y + 1.5 if (at, y + 1) in joints else y + 1
        yield Segment(_middle(at), top * LINE, bottom * LINE)


def _runs(row: Sequence[tuple[str, int]], y: int, width: _Width, order: int, line: str) -> list[Run]:
    """The texts between the bars of a line."""
    runs: list[Run] = []
    piece: list[tuple[str, int]] = []
    is_part_rule = _PART_RULE.search(line) is not None
    for c, at in [*row, ("|", -1)]:
        if c not in _BARS and not (is_part_rule and c in _JOINTS):
            piece.append((c, at))
            continue
        while piece and piece[0][0].isspace():
            piece.pop(0)
        while piece and piece[-1][0].isspace():
            piece.pop()
        if piece and not (is_part_rule and all(p in _DASHES for p, _ in piece)):
            edges = tuple(edge * PITCH for p, x in piece for edge in (x, x + width(p)))
            box = (edges[0], y * LINE + 1, edges[-1], (y + 1) * LINE - 1)
            runs.append(Run("".join(p for p, _ in piece), box, order + len(runs), edges))
        piece = []
    return runs


def _with_lines(grid: Grid, layout: PageLayout, first: int) -> Grid:
    """The grid with lines of the text as places: of a cell's first printed line, or of its first line."""
    cells = []
    for cell in grid.cells:
        box = cell.place.box or (0.0, 0.0, 0.0, 0.0)
        inside = [
            run.box[1]
            for run in layout.runs
            if box[0] <= (run.box[0] + run.box[2]) / 2 <= box[2] and box[1] <= run.box[1] <= box[3]
        ]
        top = min(inside, default=box[1] + LINE)
        cells.append(replace(cell, place=Place(line=first + int(top / LINE))))
    return replace(grid, cells=tuple(cells), place=Place(line=first))


def _full_rows(grid: Grid, strays: Set[int]) -> Grid:
    """The grid of a carelessly drawn table: rows with a stray bar and a blank cell become one cell each.

    Where bars stand under no joint, a blank cell may be one of the rulings' making.

    Args:
        grid: the table as its rulings part it.
        strays: the lines with bars that stand under no joint.
    """
    rows: dict[int, list[GridCell]] = {}
    for cell in grid.cells:
        rows.setdefault(cell.row, []).append(cell)
    starts = [min(cell.place.line or 0 for cell in row) for row in rows.values()]
    cells: list[GridCell] = []
    for row, start, end in zip(rows.values(), starts, [*starts[1:], max(strays) + 1], strict=True):
        words = [i for i, cell in enumerate(row) if cell.text and not _NUMBER.match(cell.text)]
        behind = row[words[-1] + 1 :] if words else row
        if strays.isdisjoint(range(start, end)) or all(cell.text for cell in behind):
            cells += row
        else:
            cells.append(replace(row[0], text=" ".join(cell.text for cell in row if cell.text)))
    return replace(grid, cells=tuple(cells), geometry=Geometry.RAGGED)
