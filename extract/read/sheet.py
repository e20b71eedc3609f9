"""Sheets of workbooks as blocks: lines of text as paragraphs, everything else as explicit grids, as shown on screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from extract.model import Block, Geometry, Grid, GridCell, Paragraph, Place

MAX_CELLS = 1_000_000
"""Filled or framed cells of a workbook; one with more is refused by its reader."""
MAX_COLUMNS = 200
"""Columns that are read; what stands further right belongs to no statutory table."""
MAX_AREA = 200_000
"""Places that all merges of a sheet, or a grid, may cover; a larger one is no table of a report."""
MAX_MERGES = 5_000
MIN_KEPT = 5
LONG_TEXT = 30
"""A lone text longer than this is running text, framed or not."""

Spot = tuple[int, int]
"""(row, column) from 0."""


@dataclass(slots=True)
class Sheet:
    """One visible sheet: shown texts by spot, merges by their first spot, and what is framed or hidden.

    Attributes:
        name: as on its tab.
        texts: shown text of the filled cells.
        merges: first spot -> last spot of merged cells.
        framed: spots with a border.
        kept: empty cells that the file keeps all the same (they have a style).
        hidden_rows: rows that are not shown.
        hidden_columns: columns that are not shown.
    """

    name: str
    texts: dict[Spot, str] = field(default_factory=dict)
    merges: dict[Spot, Spot] = field(default_factory=dict)
    framed: set[Spot] = field(default_factory=set)
    kept: set[Spot] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def sheet_blocks(sheet: Sheet) -> Iterator[Block]:
    """The sheet's blocks in reading order.

    A row that holds one text and no frame beside it is a paragraph; rows in company are a grid with every place in
    it, blanks included. Hidden rows and columns are not there.
    """
    yield from _Blocks(sheet).blocks()


class _Blocks:
    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.merges: dict[Spot, Spot] = {}
        area = MAX_AREA
        for first, last in sheet.merges.items():
            own = max(0, last[0] - first[0] + 1) * max(0, last[1] - first[1] + 1)
            if 1 < own <= area and len(self.merges) < MAX_MERGES:
                self.merges[first] = last
                area -= own
        self.tall = [(first[0], last[0]) for first, last in self.merges.items() if last[0] > first[0] + 1]
        self.covered = {
            (row, col): first
            for first, last in self.merges.items()
            for row in range(first[0], last[0] + 1)
            for col in range(first[1], min(last[1] + 1, MAX_COLUMNS))
            if (row, col) != first
        }
        self.filled: dict[int, list[int]] = {}
        for row, col in sorted(spot for spot, text in sheet.texts.items() if text.strip()):
            if self._shown(row, col) and (row, col) not in self.covered:
                self.filled.setdefault(row, []).append(col)
        self.right = max((last for _, last in self.merges.values()), default=0)
        self.right = max((self.right, *(columns[-1] for columns in self.filled.values())))
        self.framed: dict[int, set[int]] = {}
        for row, col in sheet.framed or sheet.kept:
            if self._shown(row, col) and (sheet.framed or row not in self.filled):
                self.framed.setdefault(row, set()).add(col)
        if (
            not sheet.framed
        ):  # without frames an empty row is one of a table only as far as cells are kept for it
            self.framed = {row: columns for row, columns in self.framed.items() if len(columns) >= MIN_KEPT}

    def _shown(self, row: int, col: int) -> bool:
        return (
            row not in self.sheet.hidden_rows and col not in self.sheet.hidden_columns and col < MAX_COLUMNS
        )

    def blocks(self) -> Iterator[Block]:
        rows: list[int] = []
        for row in sorted(self.filled.keys() | self.framed.keys()):
            lone = self._lone(row)
            between = range(rows[-1] + 1, row)[:1000] if rows else range(0)
            gap = any(r not in self.sheet.hidden_rows for r in between)
            if rows and (lone is not None or (gap and not self._bridged(rows[-1], row))):
                yield from self._grid(rows)
                rows = []
            if lone is not None:
                text = self.sheet.texts[row, lone].strip()
                yield Paragraph(text, Place(path=spot_name(self.sheet.name, (row, lone))))
            else:
                rows.append(row)
        if rows:
            yield from self._grid(rows)

    def _bridged(self, above: int, below: int) -> bool:
        """Whether a merged cell joins two rows over the empty ones between them."""
        return any(first <= above and last >= below for first, last in self.tall)

    def _lone(self, row: int) -> int | None:
        """The column of a row's only text, if the row is a line of text and no row of a table."""
        columns = self.filled.get(row, [])
        if len(columns) != 1:
            return None
        col = columns[0]
        last = self.merges.get((row, col), (row, col))[1]
        beside = self.framed.get(row, set()) - set(range(col, last + 1))
        if beside or any((row, c) in self.covered for c in range(col)):  # a group's label stands left of it
            return None
        if self.sheet.framed and row not in self.framed:
            return col
        # without frames the label of an empty row looks the same, but it does not go over the whole sheet
        text = self.sheet.texts[row, col].strip()
        is_line = len(text) > LONG_TEXT or text.endswith(("。", "；"))
        return col if is_line or last >= self.right > col else None

    def _grid(self, rows: list[int]) -> Iterator[Block]:
        """The grid of some rows; a single column of texts is so many paragraphs."""
        columns = self._columns(rows)
        number = {row: i for i, row in enumerate(rows)}
        places = {col: i for i, col in enumerate(columns)}
        if not columns or len(rows) * len(columns) > MAX_AREA:
            return
        cells: list[GridCell] = []
        for row in rows:
            for col in columns:
                if (row, col) in self.covered:
                    continue
                last_row, last_col = self.merges.get((row, col), (row, col))
                height = max(1, sum(1 for r in range(row, min(last_row, rows[-1]) + 1) if r in number))
                width = max(1, sum(1 for c in range(col, min(last_col, columns[-1]) + 1) if c in places))
                text = self.sheet.texts.get((row, col), "").strip()
                place = Place(path=spot_name(self.sheet.name, (row, col)))
                cells.append(GridCell(number[row], places[col], text, place, height, width))
        if not cells:
            return
        if len(columns) == 1:
            yield from (Paragraph(cell.text, cell.place) for cell in cells)
        else:
            yield Grid(tuple(cells), Geometry.EXPLICIT, cells[0].place)

    def _columns(self, rows: list[int]) -> list[int]:
        """The shown columns from the first used one to the last."""
        used = [col for row in rows for col in (*self.filled.get(row, ()), *self.framed.get(row, ()))]
        for row in rows:
            ends = (self.merges[row, col][1] for col in self.filled.get(row, ()) if (row, col) in self.merges)
            used += [min(last, MAX_COLUMNS - 1) for last in ends]
        return (
            [c for c in range(min(used), max(used) + 1) if c not in self.sheet.hidden_columns] if used else []
        )


def spot_name(sheet: str, spot: Spot) -> str:
    """A spot as people write it: `Sheet1!C7`."""
    letters, number = "", spot[1] + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{sheet}!{letters}{spot[0] + 1}"


# --- numbers as shown

_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DATE = re.compile(r"[ymdhs]|上午|下午", re.IGNORECASE)
FIRST_DAY, LAST_DAY = date(1899, 12, 30), 2_958_466
"""Day 0 and the end of a workbook's calendar."""


@lru_cache(maxsize=4096)
def shown_number(value: str, code: str) -> str:
    """A number as its format shows it (`12.0` under `0` is `12`, 0 under `#,##0;-#,##0;-` is `-`).

    Args:
        value: the stored number as text (`12`, `1.5E3`).
        code: its number format; `General` or empty for none.

    Returns:
        The shown text: a date as 2024年1月5日; for formats that are not understood the plain number.
    """
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite() or abs(number) >= Decimal("1e30"):
        return value
    # the stored number is a float of fifteen good digits
    number = Decimal(f"{number:.15g}") if len(number.as_tuple().digits) > 15 else number
    sections = _sections(code)
    if code.strip().lower() in ("", "general", "@") or "general" in code.lower() or not sections:
        return _plain(number)
    section, number = _chosen(sections, number)
    bare = _QUOTED.sub("", section)
    if re.search("[yd]", bare, re.IGNORECASE) and 1 <= number < LAST_DAY:
        day = FIRST_DAY + timedelta(days=int(number))
        return f"{day.year}年{day.month}月{day.day}日"
    if _DATE.search(bare) or "e" in bare.lower() or "/" in bare:
        return _plain(number)
    return _filled(section, number)


def _sections(code: str) -> list[str]:
    """A format's sections; semicolons in quotes do not part them."""
    parts, quoted = [""], False
    for character in code:
        quoted ^= character == '"'
        if character == ";" and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _chosen(sections: list[str], number: Decimal) -> tuple[str, Decimal]:
    """The section for a number (positive; negative; zero), which shows negative numbers without their sign."""
    if any(re.search(r"\[[<>=]", section) for section in sections):
        return "0.###############", number
    if number < 0 and len(sections) > 1:
        return sections[1], -number
    if number == 0 and len(sections) > 2:
        return sections[2], number
    return sections[0], number


def _filled(section: str, number: Decimal) -> str:
    """A section with the number in place of its digits."""
    pieces: list[str] = []
    digits = ""
    at = 0
    while at < len(section):
        match = _QUOTED.match(section, at)
        if match is not None:
            token = match[0]
            if token.startswith('"'):
                pieces.append(token[1:-1])
            elif token.startswith("\\"):
                pieces.append(token[1:])
            at = match.end()
            continue
        if section[at] in "0#?.,":
            if not digits:
                pieces.append("\x00")
            digits += section[at]
        else:
            pieces.append(section[at])
        at += 1
    text = "".join(pieces)
    percent = text.count("%")
    if not digits:
        return text.strip()
    return text.replace("\x00", _digits(digits, number.scaleb(2 * percent)), 1).strip()


def _digits(pattern: str, number: Decimal) -> str:
    whole, _, fraction = pattern.partition(".")
    thousands = len(whole) - len(whole.rstrip(","))
    number = number.scaleb(-3 * thousands)
    fraction = fraction.rstrip(",")
    rounded = number.quantize(Decimal(1).scaleb(-len(fraction)), rounding=ROUND_HALF_UP)
    text = f"{rounded:f}"
    if fraction:
        head, _, tail = text.partition(".")
        least = len(fraction.rstrip("#"))
        while len(tail) > least and tail.endswith("0"):
            tail = tail[:-1]
        text = f"{head}.{tail}" if tail or "." in pattern else head
    if text.lstrip("-") == "0" and "0" not in pattern:
        return ""  # `#` shows no zero
    sign = "-" if rounded < 0 else ""
    return sign + _padded(text.lstrip("-"), whole)


def _padded(text: str, whole: str) -> str:
    head, dot, tail = text.partition(".")
    head = head.rjust(whole.count("0"), "0")
    if "," in whole.rstrip(","):
        head = f"{int(head or 0):,}"
    return head + dot + tail


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
