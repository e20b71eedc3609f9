"""The statutory tables as abstract grids: cells with spans and texts, in the spellings met in the wild."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from benchmarks.corpus.figures import Figures, Key
from benchmarks.corpus.keys import APPLICANTS, PROACTIVE, REVIEW_METRICS, RequestRow, request_rows

NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell covering `row_span` x `col_span` places from (row, col). `key` is set for value cells."""

    row: int
    col: int
    text: str
    row_span: int = 1
    col_span: int = 1
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """An abstract table: `width` columns, cells in reading order; `header_rows` rows repeat over pages."""

    name: str
    width: int
    cells: tuple[TableCell, ...]
    header_rows: int

    @property
    def height(self) -> int:
        return max(cell.row + cell.row_span for cell in self.cells)

    def rows(self) -> list[list[TableCell]]:
        """The cells by the row they begin in."""
        rows: list[list[TableCell]] = [[] for _ in range(self.height)]
        for cell in self.cells:
            rows[cell.row].append(cell)
        return rows

    def filled(self) -> list[list[tuple[TableCell, str]]]:
        """Every grid position with its cell and why: `own`, `across` (colspan) or `down` (rowspan)."""
        grid: list[list[tuple[TableCell, str] | None]] = [[None] * self.width for _ in range(self.height)]
        for cell in self.cells:
            for row in range(cell.row, cell.row + cell.row_span):
                for col in range(cell.col, cell.col + cell.col_span):
                    kind = "down" if row > cell.row else "across" if col > cell.col else "own"
                    grid[row][col] = (cell, kind)
        return [[place for place in row if place is not None] for row in grid]


@dataclass(frozen=True, slots=True)
class LabelStyle:
    """How labels are spelled.

    Attributes:
        half_brackets: (一) instead of （一）.
        numbering_space: `1. 属于` instead of `1.属于`.
        bracket_space: `(一) 予以公开`.
        wrapped_heads: applicant and outcome headers in two lines.
        spaced_heads: the same in one line with a space.
        split_nonprofit: 社会公益 / 组织.
        typos: spellings with slips, as printed by agencies.
        short_other: 1.逾期不补正 2.逾期不缴费.
        total_low: 总计 stands in the last header row instead of spanning down.
        unnamed_unit: the header of the fee column says no unit.
    """

    half_brackets: bool = False
    numbering_space: bool = False
    bracket_space: bool = False
    wrapped_heads: bool = False
    spaced_heads: bool = False
    split_nonprofit: bool = False
    typos: bool = False
    short_other: bool = False
    total_low: bool = False
    half_quotes: bool = False


def draw_style(rng: Random) -> LabelStyle:
    """A style as met: mostly the printed form, with one or two peculiarities."""

    def chance(share: float) -> bool:
        return rng.random() < share

    return LabelStyle(
        half_brackets=chance(0.25),
        numbering_space=chance(0.2),
        bracket_space=chance(0.12),
        wrapped_heads=chance(0.3),
        spaced_heads=chance(0.15),
        split_nonprofit=chance(0.08),
        typos=chance(0.12),
        short_other=chance(0.08),
        total_low=chance(0.06),
        half_quotes=chance(0.2),
    )


def spell(text: str, style: LabelStyle) -> str:
    """A printed label in the given style."""
    if style.typos:
        for right, wrong in _TYPOS:
            text = text.replace(right, wrong)
    if style.short_other:
        text = re.sub(r"^1\.申请人无正当理由逾期不补正.*", "1.逾期不补正", text)
        text = re.sub(r"^2\.申请人逾期未按收费通知.*", "2.逾期不缴费", text)
    if style.numbering_space:
        text = re.sub(r"^(\d\.)", r"\1 ", text)
    if style.bracket_space:
        text = re.sub(r"^(（.）)", r"\1 ", text)
    if style.half_quotes:
        text = text.replace("“", '"').replace("”", '"')
    if style.half_brackets:
        text = text.replace("（", "(").replace("）", ")")
    return text


_TYPOS = (
    ("其他法律行政法规禁止公开", "其他法律行政止公开"),
    ("本年废止件数", "本年度止件数"),
    ("现行有效件数", "现行有效件"),
    ("行政事业性收费", "行政事业型收费"),
    ("结转下年度继续办理", "结转下一年度继续办理"),
    ("危及“三安全一稳定”", "危及“国家安全”"),
    ("未经复议直接起诉", "未经复议直接诉讼"),
    ("本年增/减", "本年增/"),
)


def _head(text: str, style: LabelStyle) -> str:
    """Applicant and outcome headers in one piece, with a space, or in two lines."""
    if style.split_nonprofit and text == "社会公益组织":
        return "社会公益\n组织"
    breaks = {"社会公益组织": 4, "法律服务机构": 4}
    if len(text) < 4:
        return text
    at = breaks.get(text, 2)
    if style.wrapped_heads:
        return f"{text[:at]}\n{text[at:]}"
    if style.spaced_heads:
        return f"{text[:at]} {text[at:]}"
    return text


def proactive_table(figures: Figures, style: LabelStyle) -> Table:
    """Section two: four columns, a heading row and a header row a part."""
    cells: list[TableCell] = []
    row = 0
    for part in PROACTIVE[figures.options.generation]:
        cells.append(TableCell(row, 0, spell(part.article, style), col_span=4))
        row += 1
        starts, spans = _value_columns(len(part.headers))
        cells.append(TableCell(row, 0, "信息内容"))
        for header, col, span in zip(part.headers, starts, spans, strict=True):
            cells.append(TableCell(row, col, _amount_header(header, figures, style), col_span=span))
        row += 1
        for line in part.rows:
            cells.append(TableCell(row, 0, spell(line.label, style)))
            for metric, col, span in zip(line.metrics, starts, spans, strict=True):
                key = (metric, "all")
                cells.append(TableCell(row, col, figures.cells[key].raw, col_span=span, key=key))
            row += 1
    return Table("二", 4, tuple(cells), 2)


def _value_columns(count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return {1: ((1,), (3,)), 2: ((1, 3), (2, 1)), 3: ((1, 2, 3), (1, 1, 1))}[count]


def _amount_header(header: str, figures: Figures, style: LabelStyle) -> str:
    if header == "采购总金额":
        style_of = figures.options.amount_style
        header += {"header_yuan": "（元）", "header_wan": "（单位：万元）"}.get(style_of, "")
    return spell(header, style)


APPLICANT_HEADS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")


def requests_table(figures: Figures, style: LabelStyle) -> Table:
    """Section three: three label columns, seven value columns, three header rows."""
    cells = _requests_head(style)
    rows = request_rows(figures.options.generation, figures.options.one_other)
    body = rows[2:-1]
    for index, line in enumerate(rows):
        row = 3 + index
        if line in body:
            if line is body[0]:
                cells.append(TableCell(row, 0, "三、本年度办理结果", row_span=len(body)))
            cells.extend(_group_cells(line, row, body, style))
        else:
            cells.append(TableCell(row, 0, spell(line.label, style), col_span=3))
        for offset, applicant in enumerate(APPLICANTS):
            key = (line.metric, applicant)
            cells.append(TableCell(row, 3 + offset, figures.cells[key].raw, key=key))
    return Table("三", 10, tuple(cells), 3)


def _requests_head(style: LabelStyle) -> list[TableCell]:
    cells = [
        TableCell(0, 0, spell(NOTE, style), row_span=3, col_span=3),
        TableCell(0, 3, "申请人情况", col_span=7),
        TableCell(1, 3, "自然人", row_span=2),
        TableCell(1, 4, "法人或其他组织", col_span=5),
    ]
    if style.total_low:
        cells.append(TableCell(1, 9, ""))
    else:
        cells.append(TableCell(1, 9, "总计", row_span=2))
    for offset, head in enumerate(APPLICANT_HEADS[1:-1]):
        cells.append(TableCell(2, 4 + offset, _head(head, style)))
    if style.total_low:
        cells.append(TableCell(2, 9, "总计"))
    return cells


def _group_cells(
    line: RequestRow, row: int, body: tuple[RequestRow, ...], style: LabelStyle
) -> list[TableCell]:
    if line.group is None:
        return [TableCell(row, 1, spell(line.label, style), col_span=2)]
    members = [other for other in body if other.group == line.group]
    label = TableCell(row, 2, spell(line.label, style))
    if line is not members[0]:
        return [label]
    return [TableCell(row, 1, spell(line.group, style), row_span=len(members)), label]


OUTCOME_HEADS = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")


def review_table(figures: Figures, style: LabelStyle) -> Table:
    """Section four: fifteen columns, three header rows, one row of values."""
    cells = [
        TableCell(0, 0, "行政复议", col_span=5),
        TableCell(0, 5, "行政诉讼", col_span=10),
        *(TableCell(1, col, _head(head, style), row_span=2) for col, head in enumerate(OUTCOME_HEADS)),
        TableCell(1, 5, spell("未经复议直接起诉", style), col_span=5),
        TableCell(1, 10, "复议后起诉", col_span=5),
        *(TableCell(2, 5 + col, _head(head, style)) for col, head in enumerate(OUTCOME_HEADS * 2)),
    ]
    for col, metric in enumerate(REVIEW_METRICS):
        key = (metric, "all")
        cells.append(TableCell(3, col, figures.cells[key].raw, key=key))
    return Table("四", 15, tuple(cells), 3)
