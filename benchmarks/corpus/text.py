"""Text dumps: the many ways tables look once somebody has turned a report into plain text or markdown."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from benchmarks.corpus.keys import request_rows
from benchmarks.corpus.report import Report
from benchmarks.corpus.tables import APPLICANT_HEADS, OUTCOME_HEADS, Table, TableCell

Lines = list[str]
TableWriter = Callable[[Table, Random], Lines]


def write_document(
    report: Report, rng: Random, tables: TableWriter, *, markdown: bool = False, gap: bool = True
) -> str:
    """The report as text.

    Args:
        report: what to print.
        rng: the source of chance.
        tables: how a table becomes lines.
        markdown: headings with `#`.
        gap: an empty line between paragraphs.
    """
    text = report.narrative
    lines: Lines = _metadata_lines(report, rng)
    for index, line in enumerate(text.title):
        lines.append(f"# {line}" if markdown and index == 0 else line)
    lines += ["", *text.preface] if text.preface else []
    for section in text.sections:
        lines += [""] if gap else []
        lines.append(f"## {section.heading}" if markdown else section.heading)
        for paragraph in section.paragraphs:
            lines += ["", paragraph] if gap else [paragraph]
        if section.table:
            lines += [""] if gap else []
            lines += tables(report.tables[section.table], rng)
        lines += section.after
    lines += ["", *text.footer] if text.footer else []
    return "\n".join(lines) + "\n"


def _metadata_lines(report: Report, rng: Random) -> Lines:
    pairs = report.narrative.metadata
    if not pairs:
        return []
    match rng.randint(0, 2):
        case 0:
            return [f"{label}: {value} |" for label, value in pairs]
        case 1:
            return [" | ".join(f"{label}: {value}" for label, value in pairs) + " |"]
        case _:
            return [f"{label}：{value}" for label, value in pairs] + [""]


def one_line(text: str) -> str:
    """A header that is wrapped in the table, on one line."""
    return text.replace("\n", " ")


# -- rows on a line ------------------------------------------------------------------------------------------


def tab_rows(padding: str) -> TableWriter:
    """Tab-separated rows.

    Args:
        padding: `grid` every position of the grid has its field, covered ones empty; `compact` what a cell
            covers to its right is dropped and the row filled up at its end; `bare` the same, not filled up;
            `short` one position less than it covers, as word processors' converters do.
    """

    def write(table: Table, _: Random) -> Lines:
        lines: Lines = []
        for row in table.filled():
            fields = _row_fields(row, padding)
            if padding in ("compact", "short"):
                fields += [""] * (table.width - len(fields))
            lines.append("\t".join(fields))
        return lines

    return write


def _row_fields(row: list[tuple[TableCell, str]], padding: str) -> list[str]:
    fields: list[str] = []
    for col, (cell, why) in enumerate(row):
        if why == "own":
            fields.append(one_line(cell.text))
        elif why == "down" and padding != "grid":
            if col == cell.col:
                fields.append("")
        elif padding == "grid" or (padding == "short" and cell.col == 0 and 0 < col < cell.col_span - 1):
            fields.append("")
    return fields


def pipe_rows(tails: bool, blank: str = " ") -> TableWriter:
    """Rows with pipes; what is covered by a span is dropped, the row filled up by `| |||` if `tails`."""

    def write(table: Table, _: Random) -> Lines:
        lines: Lines = []
        for row in table.rows():
            line = "".join(f"{one_line(cell.text) or blank} | " for cell in row).rstrip()
            missing = table.width - len(row)
            if tails and missing > 0:
                line += " " + "|" * missing
            lines.append(line)
        return lines

    return write


def lead_pipe(table: Table, rng: Random) -> Lines:
    """A lone pipe on the line before each row (or each cell)."""
    lines: Lines = []
    by_cell = rng.random() < 0.4
    for row, tail in zip(table.rows(), pipe_rows(tails=True)(table, rng), strict=True):
        if by_cell:
            lines += [line for cell in row for line in ("|", f" {one_line(cell.text)}  |")]
        else:
            lines += ["|", tail]
    return lines


# -- a cell on a line ----------------------------------------------------------------------------------------


def cell_pipe(table: Table, rng: Random) -> Lines:
    """One cell a line, a pipe at its end; a row may end with an extra pipe."""
    ending = rng.random() < 0.5
    lines: Lines = []
    for row in table.rows():
        lines += [f"{one_line(cell.text)} |" if cell.text else "|" for cell in row]
        if ending:
            lines.append("|")
    return lines


def cell_lone_pipe(table: Table, _: Random) -> Lines:
    """One cell a line, a lone pipe on the line between two cells."""
    lines: Lines = []
    for row in table.rows():
        for cell in row:
            lines += [one_line(cell.text), "|"]
        lines[-1] = ""
    return lines


def cell_paragraphs(table: Table, rng: Random) -> Lines:
    """One cell a paragraph with an empty line between; a blank cell is one more run of empty lines."""
    split = rng.random() < 0.5
    stray = rng.random() < 0.2
    lines: Lines = []
    for row in table.rows():
        for cell in row:
            parts = cell.text.split("\n") if split else [one_line(cell.text)]
            for part in parts:
                padded = f" {part}" if stray and cell.key and part and rng.random() < 0.3 else part
                lines += [padded, ""]
    return lines


def tab_lines(table: Table, rng: Random) -> Lines:
    """Tab-indented, one cell a line, an empty line between rows, as a word file's text dump prints them."""
    blank = rng.choice(("\t\u00a0", "\t"))
    lines: Lines = []
    for row in table.filled():
        for col, (cell, why) in enumerate(row):
            if why == "own":
                first, *more = cell.text.split("\n")
                lines += [f"\t{first}" if cell.text or not cell.key else blank, *more]
            elif why == "down" and col == cell.col:
                lines.append("\t")
        lines.append("")
    return lines


# -- markdown ------------------------------------------------------------------------------------------------


def markdown_rows(repeat: bool) -> TableWriter:
    """Pipe tables with a `|---|` line; covered positions are empty or repeat the cell's text."""

    def write(table: Table, _: Random) -> Lines:
        lines: Lines = []
        for index, row in enumerate(table.filled()):
            fields = [one_line(cell.text) if why == "own" or repeat else "" for cell, why in row]
            lines.append("| " + " | ".join(fields) + " |")
            if index == 0:
                lines.append("|" + " --- |" * table.width)
        return ["", *lines, ""]

    return write


def _markdown_table(head: list[str], rows: list[list[str]]) -> Lines:
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return ["", *out, *("| " + " | ".join(row) + " |" for row in rows), ""]


def ocr_tables(report: Report) -> TableWriter:
    """Markdown as optical recognition prints it: a small table for every group, headers repeated."""

    def write(table: Table, rng: Random) -> Lines:
        if table.name == "二":
            return _ocr_proactive(table)
        if table.name == "三":
            return _ocr_requests(report, rng)
        return _ocr_review(table)

    return write


def _ocr_proactive(table: Table) -> Lines:
    lines: Lines = []
    pending: list[list[str]] = []
    head: list[str] = []
    for row in table.rows():
        if len(row) == 1:
            lines += _markdown_table(head, pending) if head else []
            lines.append(f"### {row[0].text}")
            head, pending = [], []
        elif not head:
            head = [one_line(cell.text) for cell in row]
        else:
            pending.append([one_line(cell.text) for cell in row])
    return lines + _markdown_table(head, pending)


def _ocr_requests(report: Report, rng: Random) -> Lines:
    options = report.figures.options
    rows = request_rows(options.generation, options.one_other)
    table = report.tables["三"]
    texts = {
        cell.key[0]: [c.text for c in line if c.key] for line in table.rows() for cell in line if cell.key
    }
    labels = {
        cell.key[0]: one_line([c for c in line if not c.key][-1].text)
        for line in table.rows()
        for cell in line
        if cell.key
    }
    head = ["类别", *APPLICANT_HEADS]
    lines: Lines = []
    current: str | None = None
    pending: list[list[str]] = []
    for row in rows:
        if row.group != current and pending:
            lines += _markdown_table(head, pending)
            pending = []
        if row.group and row.group != current:
            lines.append(f"#### {row.group}" if rng.random() < 0.7 else row.group)
        current = row.group
        pending.append([labels[row.metric], *texts[row.metric]])
    return lines + _markdown_table(head, pending)


def _ocr_review(table: Table) -> Lines:
    values = [cell.text for cell in table.cells if cell.key]
    lines: Lines = []
    captions = ("行政复议", "行政诉讼——未经复议直接起诉", "行政诉讼——复议后起诉")
    for index, caption in enumerate(captions):
        lines.append(f"#### {caption}")
        lines += _markdown_table(list(OUTCOME_HEADS), [values[index * 5 : index * 5 + 5]])
    return lines


# -- damage --------------------------------------------------------------------------------------------------


def with_page_marks(inner: TableWriter, slip: bool) -> TableWriter:
    """Page marks inside the tables; `slip`: the row after a mark loses its leading empty fields."""

    def write(table: Table, rng: Random) -> Lines:
        lines = inner(table, rng)
        mark = rng.choice(("— {} —", "-{}-", "- {} -", "第 {} 页 共 6 页", "{}"))
        for number, at in enumerate(
            sorted(rng.sample(range(1, len(lines)), min(2, len(lines) - 1)), reverse=True)
        ):
            if slip and table.name != "四" and lines[at].startswith("\t"):
                stripped = lines[at].lstrip("\t")
                lines[at] = stripped + "\t" * (len(lines[at]) - len(stripped))
            lines[at:at] = ["", mark.format(5 - number), ""]
        return lines

    return write


def lost_cells(table: Table, rng: Random) -> Lines:
    """Rows that have lost cells: three of the seven values, or one too many in section four."""
    lines = tab_rows("compact")(table, rng)
    if table.name == "二":
        return lines
    for index, row in enumerate(table.rows()):
        values = [cell for cell in row if cell.key]
        if not values:
            continue
        fields = lines[index].rstrip("\t").split("\t")
        labels, texts = fields[: len(fields) - len(values)], [cell.text for cell in values]
        kept = texts[3:] if table.name == "三" else [texts[0], *texts]
        lines[index] = "\t".join([*labels, "", "", *kept] if table.name == "三" else kept)
    return lines


def dropped_blanks(table: Table, _: Random) -> Lines:
    """Pipe rows without their blank cells: `… | 3 | 3 |`."""
    return [" | ".join(one_line(cell.text) for cell in row if cell.text) + " |" for row in table.rows()]


def flip_lines(table: Table, rng: Random) -> Lines:
    """As a flip-book's text layer: label, then the filled values on a line; heads of section four interleaved."""
    if table.name == "四" and rng.random() < 0.6:
        heads = (
            " ".join(["结果"] * 2 + ["其他", "尚未", "总"]),
            " ".join(["维持", "纠正", "结果", "审结", "计"]),
        )
        values = [cell.text for cell in table.cells if cell.key and cell.text]
        return ["行政复议", "行政诉讼", "未经复议直接起诉", "复议后起诉", *heads * 3, " ".join(values)]
    lines: Lines = []
    for row in table.rows():
        lines += [part for cell in row if not cell.key for part in cell.text.split("\n") if part]
        values = [cell.text for cell in row if cell.key and cell.text]
        if values:
            lines.append(" ".join(values)) if rng.random() < 0.8 else lines.extend(values)
    return lines


def _flip(report: Report, rng: Random) -> tuple[str, bytes]:
    """A flip-book: one web page a page, each with its own mark and title."""
    text = write_document(report, rng, flip_lines, gap=False)
    lines, pages = text.split("\n"), []
    title = "".join(report.narrative.title)
    while lines:
        count = rng.randint(18, 40)
        pages.append(lines[:count])
        lines = lines[count:]
    marked = [[f"Page {n} - {title}", f"P. {n}", *page] for n, page in enumerate(pages, start=1)]
    return ".txt", "\n".join(line for page in marked for line in page).encode()


# -- families ------------------------------------------------------------------------------------------------


def _plain(
    tables: Callable[[Random], TableWriter], gap: bool = True
) -> Callable[[Report, Random], tuple[str, bytes]]:
    def render(report: Report, rng: Random) -> tuple[str, bytes]:
        return ".txt", write_document(report, rng, tables(rng), gap=gap).encode()

    return render


def _tab(report: Report, rng: Random) -> tuple[str, bytes]:
    padding = rng.choice(("grid", "compact", "short", "bare"))
    return ".txt", write_document(report, rng, tab_rows(padding)).encode()


def _encoded(report: Report, rng: Random) -> tuple[str, bytes]:
    text = write_document(report, rng, tab_rows("grid"))
    match rng.randint(0, 3):
        case 0:
            return ".txt", text.encode("gb18030")
        case 1:
            return ".txt", text.encode("utf-8-sig")
        case 2:
            return ".txt", text.replace("\n", "\r\n").encode("gbk", "replace")
        case _:
            return ".txt", text.encode("utf-16")


def _markdown(report: Report, rng: Random) -> tuple[str, bytes]:
    writer = markdown_rows(repeat=rng.random() < 0.4)
    return ".md", write_document(report, rng, writer, markdown=True).encode()


def _markdown_tabs(report: Report, rng: Random) -> tuple[str, bytes]:
    writer = tab_rows(rng.choice(("short", "grid")))
    return ".md", write_document(report, rng, writer, markdown=True).encode()


def _ocr(report: Report, rng: Random) -> tuple[str, bytes]:
    return ".md", write_document(report, rng, ocr_tables(report), markdown=True).encode()


FAMILIES: dict[str, Callable[[Report, Random], tuple[str, bytes]]] = {
    "text_tab": _tab,
    "text_tab_lines": _plain(lambda _: tab_lines),
    "text_pipe": _plain(lambda _: pipe_rows(tails=True), gap=False),
    "text_pipe_flat": _plain(lambda _: pipe_rows(tails=False), gap=False),
    "text_cell_pipe": _plain(lambda _: cell_pipe, gap=False),
    "text_cell_lone_pipe": _plain(lambda _: cell_lone_pipe, gap=False),
    "text_lead_pipe": _plain(lambda _: lead_pipe, gap=False),
    "text_cell": _plain(lambda _: cell_paragraphs),
    "text_page_marks": _plain(
        lambda rng: with_page_marks(
            rng.choice((tab_rows("short"), tab_rows("grid"), pipe_rows(tails=True))), slip=rng.random() < 0.4
        )
    ),
    "text_lost_cells": _plain(lambda _: lost_cells),
    "text_dropped_blanks": _plain(lambda _: dropped_blanks, gap=False),
    "text_encodings": _encoded,
    "text_flip": _flip,
    "markdown_pipe": _markdown,
    "markdown_tab": _markdown_tabs,
    "markdown_ocr": _ocr,
}
"""Family name -> renderer returning (suffix, bytes)."""
