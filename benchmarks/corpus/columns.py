"""Tables printed with spaces, figures under each other, as `pdftotext -layout` and its like do, without needing them.

Labels wrap, their figures stand in the middle of them or on a line of their own; group labels stand in the middle of
their rows; blanks leave gaps; pages break. Columns are counted in characters, as poppler does, or in columns of a terminal, where a
Chinese character takes two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from random import Random

from benchmarks.corpus.report import Report
from benchmarks.corpus.tables import Table, TableCell
from benchmarks.corpus.text import Lines, TableWriter, write_document

GROUP, LABEL = 4, 14
"""Where group labels and labels begin."""


def column_lines(wide: bool) -> TableWriter:
    """A writer of tables in columns.

    Args:
        wide: count two columns a Chinese character.
    """

    def write(table: Table, rng: Random) -> Lines:
        page = _Page(wide, rng)
        if table.name == "三":
            page.requests(table)
        elif table.name == "二":
            page.proactive(table)
        else:
            page.review(table)
        return page.lines

    return write


class _Page:
    def __init__(self, wide: bool, rng: Random) -> None:
        self.wide = wide
        self.rng = rng
        self.lines: Lines = []

    def _width(self, text: str) -> int:
        if not self.wide:
            return len(text)
        return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

    def _line(self, pieces: list[tuple[int, str]]) -> None:
        """Pieces at their columns; where there is no room, one space keeps them apart."""
        text = ""
        for at, piece in sorted(pieces):
            if piece:
                gap = at - self._width(text)
                text += " " * (max(gap, 1) if text else max(gap, 0)) + piece
        self.lines.append(text)

    def _chunks(self, text: str, width: int) -> list[str]:
        plain = text.replace("\n", "")
        step = width // 2 if self.wide else width
        return [plain[at : at + step] for at in range(0, len(plain), step)]

    def _centred(self, text: str, at: int) -> tuple[int, str]:
        return at - self._width(text) // 2, text

    def _stacked(self, heads: list[tuple[int, str]]) -> None:
        """Heads two characters a line, all ending on the last."""
        pieces = [(at, [text[i : i + 2] for i in range(0, len(text), 2)]) for at, text in heads]
        height = max(len(parts) for _, parts in pieces)
        for line in range(height):
            self._line(
                [
                    self._centred(parts[line - height + len(parts)], at)
                    for at, parts in pieces
                    if line >= height - len(parts)
                ]
            )

    def requests(self, table: Table) -> None:
        width = self.rng.choice((14, 18, 26))
        first = LABEL + width + 8
        pitch = self.rng.choice((6, 8, 10))
        columns = [first + pitch * n for n in range(7)]
        heads = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
        self._line([self._centred("申请人情况", columns[3])])
        self._line([(0, "（本列数据的勾稽关系为：第一项"), self._centred("法人或其他组织", columns[3])])
        self._stacked(list(zip(columns, heads, strict=True)))
        groups = {c.row + c.row_span // 2: c.text for c in table.cells if c.col == 1 and c.row_span > 1}
        rows = table.rows()[table.header_rows :]
        broken = self.rng.sample(range(2, len(rows)), 1)
        for number, row in enumerate(rows):
            if number in broken:
                self.lines += ["", f"{' ' * 30}— 2 —"]
            start = len(self.lines)
            labels = [c for c in row if c.key is None]
            group = (
                [(GROUP, groups[labels[0].row].replace("\n", ""))]
                if labels and labels[0].row in groups
                else []
            )
            values = [
                self._centred(c.text, at) for c, at in zip((c for c in row if c.key), columns, strict=True)
            ]
            self._row(labels[-1], values, group, width)
            if number in broken:
                self.lines[start] = "\f" + self.lines[start]

    def _row(
        self, label: TableCell, values: list[tuple[int, str]], group: list[tuple[int, str]], width: int
    ) -> None:
        at = {0: 0, 1: GROUP}.get(label.col, LABEL)
        parts = self._chunks(label.text, width + LABEL - at)
        middle = len(parts) // 2
        for number, part in enumerate(parts):
            if len(parts) % 2 == 0 and number == middle:
                self._line([*group, *values])
            inline = len(parts) % 2 == 1 and number == middle
            self._line([*(group if inline else []), (at, part), *(values if inline else [])])

    def proactive(self, table: Table) -> None:
        for row in table.rows():
            self._line([(0 if c.col == 0 else 8 + 16 * c.col, c.text.replace("\n", "")) for c in row])

    def review(self, table: Table) -> None:
        columns = [2 + 6 * n for n in range(15)]
        self._line([self._centred("行政复议", columns[2]), self._centred("行政诉讼", columns[9])])
        self._line([self._centred("未经复议直接起诉", columns[7]), self._centred("复议后起诉", columns[12])])
        heads = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"] * 3
        self._stacked(list(zip(columns, heads, strict=True)))
        self._line(
            [
                self._centred(c.text, at)
                for c, at in zip((c for c in table.cells if c.key), columns, strict=True)
            ]
        )


def _family(wide: bool) -> Callable[[Report, Random], tuple[str, bytes]]:
    def render(report: Report, rng: Random) -> tuple[str, bytes]:
        return ".txt", write_document(report, rng, column_lines(wide), gap=rng.random() < 0.5).encode()

    return render


FAMILIES: dict[str, Callable[[Report, Random], tuple[str, bytes]]] = {
    "text_columns": _family(wide=False),
    "text_columns_wide": _family(wide=True),
}
"""Family name -> renderer returning (suffix, bytes)."""
