"""Tables side by side: the figures of several years, or of several agencies, in one grid or in neighbouring ones.

The report's own are taken, none mixed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from extract.model import Block, Geometry, Grid, GridCell, Place
from extract.recognise.labels import Kind, meanings, of_kind, section_of
from extract.recognise.script import simplify, squeeze
from extract.recognise.split_rows import beside
from extract.recognise.year_lines import MIN_CELLS, lines_of_one_year

_YEAR = re.compile(r"^[(（]?(20\d\d)年度?[)）]?(?:数据|情况|数量|数)?$")
_BARE = re.compile(r"^20\d\d$")
_OWN = re.compile(r"^(?:本年|本年度|当年|今年)(?:数据|情况|数)?$")
_OTHER = re.compile(r"^(?:上年|上年度|上一年|上一年度|去年|往年)(?:数据|情况|数)?$")
MAX_LABEL = 60
"""A longer text is no label."""
MIN_TWINS = 3
"""So many labels printed twice, in two columns, show two tables."""
MAX_HEAD = 24
"""A longer text is no head of a column."""
HEAD_ROWS = 3
"""Rows that the heads of one table take."""
_ORGAN = re.compile(
    r"^[\u4e00-\u9fff]{2,30}(?:政府|局|委|委员会|管委会|街道|办公室|办事处|厅|中心|院|部|会|镇|乡|处|队|站|所|省|市|区|县|旗|州)$"
)
MIN_NAME = 3
"""A shorter text names no agency."""
OWN, OTHER = -1, -2
"""Stand for the report's own year and another one where words tell them."""


@dataclass(frozen=True, slots=True)
class OneYear:
    """Blocks with comparison sheets reduced to one year's columns.

    Attributes:
        blocks: the blocks; a reduced grid in place of each comparison sheet.
        unsure: places of the cells of grids where the report's own year can't be told.
    """

    blocks: tuple[Block, ...]
    unsure: frozenset[Place]


Owner = int | str | None
"""Whose figures columns are: a year, an agency, or not told."""


def one_year(blocks: Sequence[Block], year: int | None, agency: str | None = None) -> OneYear:
    """Reduce comparison sheets to the columns of the report's own year and agency.

    Args:
        blocks: the report's blocks.
        year: the report's year.
        agency: the report's agency.

    Returns:
        The blocks. Where no heading tells which columns are the report's own, the left ones stand and are unsure.
    """
    return _Reduction(year, agency).of(blocks)


class _Reduction:
    """Walks the blocks; remembers whose sets of columns an earlier grid said they are."""

    def __init__(self, year: int | None, agency: str | None) -> None:
        self.year = year
        self.agency = simplify(squeeze(agency)) if agency else None
        self.own = {OWN} if year is None else {OWN, year}
        self.order: list[Owner] = []
        self.unsure: set[Place] = set()

    def of(self, blocks: Sequence[Block]) -> OneYear:
        blocks = self._without_others(blocks)
        kept: list[Block] = []
        at = 0
        while at < len(blocks):
            block = blocks[at]
            end = at + 1
            if isinstance(block, Grid):
                while end < len(blocks) and _stand_beside(blocks[at:end], blocks[end]):
                    end += 1
                group = [part for part in blocks[at:end] if isinstance(part, Grid)]
                kept.append(self._one_of(group) if len(group) > 1 else self._part_of(block))
            else:
                kept.append(block)
            at = end
        return OneYear(tuple(kept), frozenset(self.unsure))

    def _without_others(self, blocks: Sequence[Block]) -> Sequence[Block]:
        """The blocks without tables under the name of another year or agency, where the same table stands under the
        report's own.
        """
        captions = _captions(blocks)
        if len(captions) < 2:
            return blocks
        dropped: set[int] = set()
        for group in _repeated(blocks, sorted(captions)):
            self.order = [captions[at] for at in group]
            chosen = self._own(len(group))
            if chosen is not None:
                dropped.update(at for number, at in enumerate(group) if number != chosen)
        self.order = []
        return [block for at, block in enumerate(blocks) if at not in dropped] if dropped else blocks

    def _one_of(self, grids: Sequence[Grid]) -> Grid:
        """The report's own of tables that stand side by side."""
        grids = sorted(grids, key=lambda grid: grid.place.box or (0.0, 0.0, 0.0, 0.0))
        owners = [_owner_of(grid) for grid in grids]
        if any(owner is not None for owner in owners):
            self.order = owners
        chosen = self._own(len(grids))
        grid = grids[chosen or 0]
        if chosen is None:
            self.unsure.update(cell.place for cell in grid.cells)
        return grid

    def _part_of(self, grid: Grid) -> Grid:
        """A grid, or the report's own columns of it."""
        if grid.geometry is Geometry.RAGGED:
            return grid
        lines = lines_of_one_year(grid, self.own, _year) if _has_years(grid) else None
        if lines is not None:
            if not lines.sure:
                self.unsure.update(cell.place for cell in lines.grid.cells)
            return lines.grid
        sets = _sets(grid) or _sets_by_labels(grid)
        if len(sets) < 2:
            if len(_loose_years(grid)) > 1:
                self.unsure.update(cell.place for cell in grid.cells)
            return grid
        owners = _owners(grid, sets)
        if any(owner is not None for owner in owners):
            self.order = owners
        chosen = self._own(len(sets))
        reduced = _reduced(grid, sets, chosen or 0)
        if chosen is None:
            self.unsure.update(cell.place for cell in reduced.cells)
        return reduced

    def _own(self, count: int) -> int | None:
        """Which of so many is the report's own; None if that can't be told."""
        if len(self.order) != count:
            return None
        if self.agency is not None and all(isinstance(owner, str) for owner in self.order):
            told = [at for at, owner in enumerate(self.order) if _is_named(self.agency, str(owner))]
        else:
            told = [at for at, owner in enumerate(self.order) if owner in self.own]
        return told[0] if len(told) == 1 else None


def _captions(blocks: Sequence[Block]) -> dict[int, Owner]:
    """Grids with the year or the agency that the line before each names, by number."""
    found: dict[int, Owner] = {}
    line = ""
    for at, block in enumerate(blocks):
        if isinstance(block, Grid):
            owner = _text_owner(line)
            if owner is not None and block.geometry is not Geometry.RAGGED:
                found[at] = owner
            line = ""
        elif block.text.strip():
            line = block.text.strip()
    return found


def _repeated(blocks: Sequence[Block], grids: Sequence[int]) -> list[list[int]]:
    """Of so many grids those that follow each other and print the same table, with no heading of a section between."""
    groups: list[list[int]] = []
    for at in grids:
        last = groups[-1][-1] if groups else None
        same = last is not None and _same_table(blocks, last, at)
        if same:
            groups[-1].append(at)
        else:
            groups.append([at])
    return [group for group in groups if len(group) > 1]


def _same_table(blocks: Sequence[Block], first: int, second: int) -> bool:
    between = blocks[first + 1 : second]
    if any(isinstance(block, Grid) or section_of(block.text) is not None for block in between):
        return False
    one, other = blocks[first], blocks[second]
    return isinstance(one, Grid) and isinstance(other, Grid) and _prints_as(one, other)


def _stand_beside(group: Sequence[Block], block: Block) -> bool:
    """Whether a grid stands beside all of a group, on one page, and prints the same table as they do."""
    boxes = [part.place.box for part in group if part.place.page == block.place.page]
    box = block.place.box
    return (
        isinstance(block, Grid)
        and box is not None
        and len(boxes) == len(group)
        and all(other is not None and beside(other, box) for other in boxes)
        and all(isinstance(part, Grid) and _prints_as(part, block) for part in group)
    )


def _prints_as(one: Grid, other: Grid) -> bool:
    """Whether two grids print the same rows, or both the heads of section four."""
    first, second = _rows(one), _rows(other)
    return 2 * len(first & second) >= min(len(first), len(second)) > 0


def _rows(grid: Grid) -> set[tuple[str, tuple[str, ...]]]:
    found: set[tuple[str, tuple[str, ...]]] = {
        (label.kind, label.keys)
        for cell in grid.cells
        if 1 < len(cell.text) <= MAX_LABEL
        for label in meanings(cell.text)
        if label.exact and label.kind in ("proactive_row", "requests_row", "review_head", "review_column")
    }
    return {row for row in found if row[0] != "review_column"} or found


def _is_named(agency: str, name: str) -> bool:
    """Whether a name, with or without its place, is the agency's."""
    return agency.endswith(name) or name.endswith(agency)


def _owner_of(grid: Grid) -> Owner:
    """The year or the agency that stands over a whole grid."""
    width = max(cell.col + cell.col_span for cell in grid.cells)
    told = {
        owner
        for cell in grid.cells
        if cell.row < HEAD_ROWS and cell.col_span == width and (owner := _head_owner(cell, width)) is not None
    }
    return told.pop() if len(told) == 1 else None


def _has_years(grid: Grid) -> bool:
    """Whether enough short texts could name years: most tables have none, and need no closer look."""
    return sum("年" in c.text or c.text.startswith("20") for c in grid.cells if len(c.text) < 16) >= MIN_CELLS


@dataclass(frozen=True, slots=True)
class _Set:
    """Columns of one year: from `first` (labels of its own included) its values begin at `values` and end before `end`."""

    first: int
    values: int
    end: int


def _sets(grid: Grid) -> list[_Set]:
    """The sets of value columns of a grid, from left to right; one or none in an ordinary table."""
    rows: dict[int, list[GridCell]] = {}
    for cell in grid.cells:
        if 1 < len(cell.text) <= MAX_HEAD and not cell.text.isascii():  # no value
            rows.setdefault(cell.row, []).append(cell)
    for row, cells in rows.items():
        if len(cells) < 2:
            continue
        for starts, heads in (_applicants(cells), _proactive(cells), _reviews(cells)):
            if len(starts) > 1:
                low = [cell for r in range(row + 1, row + HEAD_ROWS) for cell in rows.get(r, ())]
                low = [cell for cell in low if of_kind(cell.text, "applicant", "review_column")]
                ends = _ends(starts, [*heads, *low])
                return [_Set(*found) for found in zip([0, *ends[:-1]], starts, ends, strict=True)]
    return []


def _applicants(cells: Iterable[GridCell]) -> tuple[list[int], list[GridCell]]:
    """Where the columns of 自然人 begin in a row, and the heads of the row."""
    found = [(cell, label.keys[0]) for cell in cells if (label := of_kind(cell.text, "applicant"))]
    return [cell.col for cell, key in found if key == "natural_person"], [cell for cell, _ in found]


def _proactive(cells: Iterable[GridCell]) -> tuple[list[int], list[GridCell]]:
    found = [(cell, label.keys) for cell in cells if (label := of_kind(cell.text, "proactive_column"))]
    starts = [cell.col for cell, keys in found if keys == found[0][1]]
    # neighbours alike are one head, printed once a column that it spans
    starts = [col for at, col in enumerate(starts) if at == 0 or len(found) > len(starts)]
    return starts, [cell for cell, _ in found]


def _reviews(cells: Iterable[GridCell]) -> tuple[list[int], list[GridCell]]:
    heads = [
        (cell, label) for cell in cells if (label := of_kind(cell.text, "review_head", "litigation_head"))
    ]
    return [cell.col for cell, label in heads if label.keys[0] == "review"], [cell for cell, _ in heads]


def _ends(starts: Sequence[int], cells: Sequence[GridCell]) -> list[int]:
    """The end of each set: of the last headed column before the next set begins."""
    limits = [*starts[1:], 10**6]
    return [
        max(cell.col + cell.col_span for cell in cells if start <= cell.col < limit)
        for start, limit in zip(starts, limits, strict=True)
    ]


def _sets_by_labels(grid: Grid) -> list[_Set]:
    """Two sets of columns, each with labels of its own, where a table goes on without its heads."""
    named: dict[tuple[Kind, tuple[str, ...]], set[int]] = {}
    for cell in grid.cells:
        if 1 < len(cell.text) <= MAX_LABEL and not cell.text.isascii():
            for label in meanings(cell.text):
                if label.exact and label.kind in ("requests_row", "requests_group", "proactive_row"):
                    named.setdefault((label.kind, label.keys), set()).add(cell.col)
    twins = [sorted(columns) for columns in named.values() if len(columns) == 2]
    if len(twins) < MIN_TWINS or 2 * len(twins) < len(named):
        return []
    second = min(right for _, right in twins)
    if any(left >= second for left, _ in twins):
        return []
    end = max(cell.col + cell.col_span for cell in grid.cells)
    return [_Set(0, 0, second), _Set(second, second + 1, end)]


def _owners(grid: Grid, sets: Sequence[_Set]) -> list[Owner]:
    """The year or the agency that a heading above each set names."""
    found: list[Owner] = []
    for columns in sets:
        told = {
            owner
            for cell in grid.cells
            if (owner := _head_owner(cell, columns.end - columns.values)) is not None
            and cell.col < columns.end
            and cell.col + cell.col_span > columns.first
            and sum(cell.col < s.end and cell.col + cell.col_span > s.values for s in sets) <= 1
        }
        found.append(told.pop() if len(told) == 1 else None)
    return found


def _head_owner(cell: GridCell, width: int) -> Owner:
    """The year, or the agency over most of so many columns, that a head names."""
    year = _head_year(cell)
    if year is not None:
        return year
    return _named_agency(cell.text) if 2 * cell.col_span > width else None


def _text_owner(text: str) -> Owner:
    """The year or the agency that a line names, and nothing besides."""
    if len(text) > MAX_LABEL:
        return None
    year = _year(text)
    return year if year is not None else _named_agency(text)


def _named_agency(text: str) -> str | None:
    if not MIN_NAME <= len(text) <= MAX_LABEL:
        return None
    plain = simplify(squeeze(text))
    return plain if _ORGAN.match(plain) and not meanings(text) else None


def _head_year(cell: GridCell) -> int | None:
    """The year of a head; bare digits are one only over several columns."""
    if cell.col_span > 1 and _BARE.match(plain := squeeze(cell.text)):
        return int(plain)
    return _year(cell.text)


def _year(text: str) -> int | None:
    plain = simplify(squeeze(text))
    if match := _YEAR.match(plain):
        return int(match[1])
    return OWN if _OWN.match(plain) else OTHER if _OTHER.match(plain) else None


def _loose_years(grid: Grid) -> set[int]:
    """Years that head columns of a statutory table which is no pair of tables."""
    years = {
        year
        for cell in grid.cells
        if len(cell.text) < 12 and "年" in cell.text and (year := _year(cell.text)) is not None
    }
    if len(years) < 2 or not any(
        label.kind in ("requests_row", "proactive_row", "review_column")
        for cell in grid.cells
        for label in meanings(cell.text)
    ):
        return set()
    return years


def _reduced(grid: Grid, sets: Sequence[_Set], chosen: int) -> Grid:
    """The grid with the labels and one set of columns."""
    columns = sets[chosen]
    labelled = chosen == 0 or any(
        columns.first <= cell.col < columns.values
        and any(x.kind in ("requests_row", "proactive_row", "content") for x in meanings(cell.text))
        for cell in grid.cells
    )
    kept = list(range(columns.first if labelled else columns.values, columns.end))
    if not labelled:
        kept = [*range(sets[0].values), *kept]
    places = {col: at for at, col in enumerate(kept)}
    cells = []
    for cell in grid.cells:
        inside = [places[col] for col in range(cell.col, cell.col + cell.col_span) if col in places]
        if inside:
            cells.append(replace(cell, col=inside[0], col_span=len(inside)))
    return Grid(tuple(cells), grid.geometry, grid.place)
