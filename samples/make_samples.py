"""Make the bundled samples and their truth files anew: `python -m samples.make_samples [--only NAME]`.

The reports are printed by `benchmarks.corpus` from figures that are known beforehand; the truth files hold
those figures and never what a reader found. Text, HTML and DOCX come out the same byte by byte; the two PDFs
need Chromium and LibreOffice and are made only with `--pdf`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.corpus import text, web, word
from benchmarks.corpus.figures import FigureOptions, Figures, carried_forward, draw_figures
from benchmarks.corpus.keys import REVIEW_METRICS
from benchmarks.corpus.narrative import TITLES, Agency, Narrative, draw_narrative, without_names
from benchmarks.corpus.report import Report, assemble
from benchmarks.corpus.tables import LabelStyle, Table, TableCell
from benchmarks.corpus.truth import broken_identities, truth_cells

FOLDER = Path(__file__).resolve().parent

FORMATS = {".txt": "text", ".md": "markdown", ".html": "html", ".docx": "docx", ".pdf": "pdf"}

_TITLES = {style.name: style for style in TITLES}

Printer = Callable[[Report, Random], bytes]

_FORM_STYLE = LabelStyle()


@dataclass(frozen=True, slots=True)
class Sample:
    """A bundled report.

    Attributes:
        file: its file name.
        shows: what it is there to show, in a sentence.
        agency: who reports.
        year: the year reported on.
        seed: of its figures and its text.
        options: sizes and printing of the figures.
        printer: how it becomes a file's bytes.
        title: name of the title's spelling.
        style: of the labels.
        proactive: numbers of section two that are given.
        before: the sample of the year before, whose pending requests this one carries in.
        disagree: one claim differs from the table.
        doubtful: rows of section three, or `四`, whose cells the dump has lost.
        held: reasons the report is held back for.
        across: findings between reports.
        metadata: lines before the title.
    """

    file: str
    shows: str
    agency: Agency
    year: int
    seed: int
    options: FigureOptions
    printer: Printer
    title: str = "norm"
    style: LabelStyle = _FORM_STYLE
    proactive: Mapping[str, Decimal | int] = field(default_factory=dict)
    before: str | None = None
    disagree: bool = False
    doubtful: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    across: tuple[Mapping[str, Any], ...] = ()
    metadata: bool = False
    published: str | None = None


def _text(tables: text.TableWriter, *, markdown: bool = False, gap: bool = True) -> Printer:
    return lambda report, rng: text.write_document(report, rng, tables, markdown=markdown, gap=gap).encode()


def _html(
    cell: web.CellWriter, *, charset: str = "utf-8", one_table: bool = False, framed: bool = True
) -> Printer:
    def printer(report: Report, rng: Random) -> bytes:
        body = web.body_html(report, rng, cell, one_table=one_table)
        return web.page(report, body, charset, framed=framed).encode(charset, "xmlcharrefreplace")

    return printer


def _docx(style: word.WordStyle) -> Printer:
    return lambda report, rng: word.write_docx(report, rng, style)


def _chromium(report: Report, _: Random) -> bytes:
    from benchmarks.corpus import pdf

    style = pdf.PageStyle(
        numbers=True, font="WenQuanYi Zen Hei", font_size=9, value_width=38, weight="normal", tagged=False
    )
    return pdf.render_page(report, style)


def _libreoffice(report: Report, rng: Random) -> bytes:
    from benchmarks.corpus import pdf

    style = word.WordStyle(
        page_numbers=True, font="WenQuanYi Zen Hei", size=17, value_twips=660, heading_styles=False
    )
    return pdf.print_docx([word.write_docx(report, rng, style)])[0]


LOST_ROWS = (
    "requests.received",
    "requests.granted",
    "requests.unavailable.not_held",
    "requests.total",
)
"""Rows of the damaged sample that have four of their seven values left."""


def _metric(cell: TableCell) -> str | None:
    return cell.key[0] if cell.key else None


def _lost(report: Report, rng: Random) -> bytes:
    """Tab rows; the rows of `LOST_ROWS` have lost three values, section four has one too many."""

    def write(table: Table, inner: Random) -> list[str]:
        lines = text.tab_rows("bare")(table, inner)
        for index, row in enumerate(table.rows()):
            values = [cell for cell in row if cell.key]
            if table.name == "四" and values:
                lines[index] = "\t".join(["0", *(cell.text for cell in values)])
            elif table.name == "三" and values and _metric(values[0]) in LOST_ROWS:
                labels = lines[index].split("\t")[: -len(values)]
                lines[index] = "\t".join([*labels, *(cell.text for cell in values[3:])])
        return lines

    return _text(write)(report, rng)


_COUNTY_EDUCATION = Agency("青岚县教育局", "我局", "bureau")
_STONE_BRIDGE = Agency("石桥镇人民政府", "我镇", "town")
_PINE_SLOPE = Agency("松坪乡人民政府", "我乡", "town")
_EMERGENCY = Agency("临港区应急管理局", "我局", "bureau")
_DOCUMENTS = "proactive.normative_documents"
_NO_RULES: Mapping[str, Decimal | int] = {
    f"proactive.rules.{key}": 0 for key in ("issued", "repealed", "in_force")
}

SAMPLES: tuple[Sample, ...] = (
    Sample(
        "yunhai-government-2023.pdf",
        "a city's large figures in ruled tables over three pages, printed by a browser",
        Agency("云海市人民政府", "我市", "government"),
        2023,
        11,
        FigureOptions(scale="hundreds"),
        _chromium,
    ),
    Sample(
        "qinglan-education-2021.txt",
        "tab-separated rows; the first of two years that fit together",
        _COUNTY_EDUCATION,
        2021,
        21,
        FigureOptions(scale="tens"),
        _text(text.tab_rows("short")),
        proactive={
            **_NO_RULES,
            f"{_DOCUMENTS}.issued": 3,
            f"{_DOCUMENTS}.repealed": 1,
            f"{_DOCUMENTS}.in_force": 14,
        },
        title="spaced",
    ),
    Sample(
        "qinglan-education-2022.docx",
        "merged cells and split runs; carries in what 2021 carried forward",
        _COUNTY_EDUCATION,
        2022,
        22,
        FigureOptions(scale="tens"),
        _docx(word.WordStyle(split_runs=True, multi_paragraph=True, vertical_group=True)),
        proactive={
            **_NO_RULES,
            f"{_DOCUMENTS}.issued": 2,
            f"{_DOCUMENTS}.repealed": 0,
            f"{_DOCUMENTS}.in_force": 16,
        },
        before="qinglan-education-2021.txt",
        style=LabelStyle(wrapped_heads=True),
        title="year_first",
    ),
    Sample(
        "shiqiao-town-2022.txt",
        "rows with pipes and span tails behind metadata lines; blanks that are not zeros",
        _STONE_BRIDGE,
        2022,
        33,
        FigureOptions(scale="few", blanks="applicants"),
        _text(text.pipe_rows(tails=True), gap=False),
        proactive={f"{_DOCUMENTS}.issued": 1, f"{_DOCUMENTS}.repealed": 0, f"{_DOCUMENTS}.in_force": 4},
        metadata=True,
    ),
    Sample(
        "shiqiao-town-2023.html",
        "a plain page of a content system; does not carry in what 2022 carried forward",
        _STONE_BRIDGE,
        2023,
        34,
        FigureOptions(scale="few"),
        _html(web.plain_cell),
        proactive={f"{_DOCUMENTS}.issued": 0, f"{_DOCUMENTS}.repealed": 0, f"{_DOCUMENTS}.in_force": 4},
        style=LabelStyle(half_brackets=True),
        title="two_lines",
    ),
    Sample(
        "songping-township-2020.txt",
        "the older form, one cell a paragraph, an amount without a unit",
        _PINE_SLOPE,
        2020,
        41,
        FigureOptions(generation="2019", scale="few", amount_style="bare", change_style="plus"),
        _text(text.cell_paragraphs),
        proactive={"proactive.procurement.items": 2, "proactive.procurement.amount": 386500},
        title="short_noun",
    ),
    Sample(
        "songping-township-2021.txt",
        "the older form used for a newer year, one cell a line with a pipe at its end",
        _PINE_SLOPE,
        2021,
        42,
        FigureOptions(generation="2019", scale="few", amount_style="cell_wan", change_style="words"),
        _text(text.cell_pipe, gap=False),
        proactive={"proactive.procurement.items": 3, "proactive.procurement.amount": 125000},
        before="songping-township-2020.txt",
        title="year_behind",
    ),
    Sample(
        "beidu-street-2024.md",
        "a markdown table whose text claims a count that the table does not show",
        Agency("北渡街道办事处", "我街道", "town"),
        2024,
        51,
        FigureOptions(scale="few"),
        _text(text.markdown_rows(repeat=False), markdown=True),
        disagree=True,
        style=LabelStyle(numbering_space=True),
    ),
    Sample(
        "lingang-natural-resources-2019.html",
        "the older form in a page made by a word processor: a span for every character, signed changes",
        Agency("临港区自然资源局", "我局", "bureau"),
        2019,
        61,
        FigureOptions(generation="2019", scale="tens", amount_style="cell_yuan", change_style="words"),
        _html(web.word_cell, framed=False),
        proactive={"proactive.procurement.items": 4, "proactive.procurement.amount": Decimal("251000.5")},
        style=LabelStyle(wrapped_heads=True),
    ),
    Sample(
        "baiyu-finance-2023.pdf",
        "ruled tables printed by an office program; the agency's own total is wrong",
        Agency("白榆县财政局", "我局", "bureau"),
        2023,
        71,
        FigureOptions(scale="tens", inject=("outcome_total",)),
        _libreoffice,
        proactive={"proactive.fees.amount": Decimal("59237.2449")},
    ),
    Sample(
        "shuanghe-town-2022.txt",
        "a dump that has lost cells, of a town whose name two counties share",
        Agency("双河镇", "我镇", "town"),
        2022,
        81,
        FigureOptions(scale="few"),
        _lost,
        doubtful=(*LOST_ROWS, "四"),
    ),
    Sample(
        "unnamed-bureau.txt",
        "no agency and no year anywhere: held back",
        Agency("某局", "我局", "bureau"),
        2022,
        91,
        FigureOptions(scale="few"),
        _text(text.tab_rows("compact")),
        held=("agency_unknown", "year_unknown"),
    ),
    Sample(
        "lingang-emergency-2024-v1.html",
        "the first of two documents for one agency and year, with a mistake; all tables in one, GB18030",
        _EMERGENCY,
        2024,
        101,
        FigureOptions(scale="few", one_other=True, inject=("balance",)),
        _html(web.plain_cell, charset="gb18030", one_table=True),
        title="year_degree",
    ),
    Sample(
        "lingang-emergency-2024-v2.docx",
        "the corrected document for the same agency and year, with tracked changes",
        _EMERGENCY,
        2024,
        101,
        FigureOptions(scale="few", one_other=True),
        _docx(word.WordStyle(tracked=True)),
        title="year_degree",
        published="2025年2月18日",
    ),
    Sample(
        "yunhai-statistics-2025.txt",
        "tab-indented, one cell a line, as a word file's dump prints it; remarks and large numbers",
        Agency("云海市统计局", "我局", "bureau"),
        2025,
        111,
        FigureOptions(scale="tens", remark=True, thousands=True),
        _text(text.tab_lines),
        proactive={
            f"{_DOCUMENTS}.issued": 22,
            f"{_DOCUMENTS}.in_force": 57,
            "proactive.penalty.decisions": 1204,
        },
        style=LabelStyle(wrapped_heads=True),
        title="no_year",
    ),
)


@dataclass(frozen=True, slots=True)
class Expected:
    """An agency on the samples' list of those that must file.

    Attributes:
        agency: as the list has it.
        key: its key where the name alone does not say which agency it is.
        first_year: the first report year it is expected for.
        states: what has become of the report on each year from the first on; on no day does that change.
    """

    agency: str
    first_year: int
    states: tuple[str, ...]
    key: str = ""


EXPECTED: tuple[Expected, ...] = (
    Expected("云海市人民政府", 2023, ("filed", "missing", "missing")),
    Expected("云海市统计局", 2025, ("filed",)),
    Expected("临港区应急管理局", 2024, ("filed",)),
    Expected("北渡街道办事处", 2024, ("filed_date_unknown",)),
    Expected("石桥镇人民政府", 2022, ("filed", "filed", "missing", "missing")),
    Expected("松坪乡人民政府", 2020, ("filed", "late")),
    # its report is there, but two counties have a town of this name
    Expected("青岚县双河镇", 2022, ("missing",), key="990121102"),
    Expected("白榆县财政局", 2023, ("filed_date_unknown",)),
)

EXPECTED_LIST = "expected.csv"
NOTICE = "meeting-notice.html"

_NOTICE_PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>关于召开政务公开工作培训会议的通知</title></head>
<body>
<h1>关于召开2023年政府信息公开工作培训会议的通知</h1>
<p>各乡镇人民政府、街道办事处，县直各部门：</p>
<p>为做好政府信息公开年度报告的编制和发布，定于近期召开培训会议。现将有关事项通知如下。</p>
<p>一、时间：2023年11月16日上午9时，会期半天。</p>
<p>二、地点：县政务服务中心三楼会议室。</p>
<p>三、议程：</p>
<table border="1">
<tr><td>序号</td><td>内容</td><td>时长（分钟）</td></tr>
<tr><td>1</td><td>年度报告六个部分的写法</td><td>60</td></tr>
<tr><td>2</td><td>申请答复中的常见问题</td><td>45</td></tr>
<tr><td>3</td><td>交流讨论</td><td>30</td></tr>
</table>
<p>请各单位于11月14日前报送参会人员名单，每单位限2人。</p>
<p style="text-align:right">青岚县人民政府办公室</p>
</body></html>
"""


def build(sample: Sample) -> Report:
    """The sample's report: figures, text and tables."""
    rng = Random(sample.seed)
    carried = carried_forward(build(_by_file(sample.before)).figures) if sample.before else None
    figures = draw_figures(rng, sample.options, carried, sample.proactive)
    narrative = draw_narrative(
        rng,
        figures,
        sample.agency,
        sample.year,
        title=_TITLES[sample.title],
        disagree=sample.disagree,
        metadata=sample.metadata,
    )
    if sample.published:
        narrative = replace(narrative, footer=(*narrative.footer[:-1], sample.published))
    if sample.held:
        narrative = _without_year(without_names(narrative), sample.year)
    return assemble(figures, narrative, sample.style)


def _by_file(file: str) -> Sample:
    return next(sample for sample in SAMPLES if sample.file == file)


def _without_year(narrative: Narrative, year: int) -> Narrative:
    def plain(lines: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(line.replace(f"{year}年", "本年度").replace(f"{year - 1}年", "上年度") for line in lines)

    sections = tuple(replace(section, paragraphs=plain(section.paragraphs)) for section in narrative.sections)
    return replace(narrative, sections=sections)


def print_sample(sample: Sample) -> bytes:
    """The sample's file."""
    return sample.printer(build(sample), Random(f"print {sample.seed}"))


def truth(sample: Sample) -> dict[str, Any]:
    """The sample's truth: the output contract's shape without places, `held` and `across` beside it."""
    report = build(sample)
    return {
        "document": {"path": sample.file, "format": FORMATS[Path(sample.file).suffix]},
        "shows": sample.shows,
        "report": {
            "agency": None if sample.held else sample.agency.name,
            "year": None if sample.held else sample.year,
            "generation": sample.options.generation,
        },
        "cells": [_marked(cell, sample) for cell in truth_cells(report.figures)],
        "claims": [
            {key: value for key, value in claim.as_json().items() if key != "agrees"}
            for claim in report.narrative.claims
        ],
        "findings": _findings(sample, report),
        "held": list(sample.held),
        "across": across(sample, report.figures),
        "error": None,
    }


def _marked(cell: dict[str, Any], sample: Sample) -> dict[str, Any]:
    """Cells that the dump has lost can only be doubtful: no value is the truth of them."""
    lost = cell["metric"] in sample.doubtful or ("四" in sample.doubtful and cell["metric"] in REVIEW_METRICS)
    return {**cell, "status": "doubtful", "value": None, "raw": None} if lost else cell


def _findings(sample: Sample, report: Report) -> list[dict[str, Any]]:
    """What must be found broken, and what is known beside the sums; nothing else may be broken."""
    findings = [] if sample.doubtful else broken_identities(report.figures)
    usual = "2019" if sample.year <= 2020 else "2021"
    if usual != sample.options.generation and not sample.held:
        findings.append(_finding("generation_year", None, None, None, None))
    amount = report.figures.cells.get(("proactive.procurement.amount", "all"))
    if amount and amount.status == "reported" and amount.unit is None:
        findings.append(_finding("unit_unknown", "proactive.procurement.amount", "all", None, None))
    for claim in report.narrative.claims:
        if claim.agrees is False:
            applicant = "total" if claim.metrics[0].startswith("requests") else "all"
            cell = report.figures.cells[claim.metrics[0], applicant].value
            findings.append(
                _finding("narrative", claim.metrics[0], applicant, int(claim.value), int(cell or 0))
            )
    return findings


def _finding(
    rule: str, metric: str | None, applicant: str | None, expected: int | None, found: int | None
) -> dict[str, Any]:
    return {
        "rule": rule,
        "outcome": "broken",
        "metric": metric,
        "applicant": applicant,
        "expected": expected,
        "found": found,
    }


def across(sample: Sample, figures: Figures) -> list[dict[str, Any]]:
    """Rules between this report and the same agency's report of the year before."""
    earlier = next((s for s in SAMPLES if s.agency == sample.agency and s.year == sample.year - 1), None)
    if earlier is None:
        return []
    expected = int(build(earlier).figures.numbers["requests.carried_forward", "total"])
    found = int(figures.numbers["requests.carried_in", "total"])
    outcome = "broken" if expected != found else "holds"
    return [{"rule": "carry_over", "outcome": outcome, "expected": expected, "found": found}]


def notice_truth() -> dict[str, Any]:
    """The truth of the document that is no report."""
    return {
        "document": {"path": NOTICE, "format": "html"},
        "shows": "a meeting notice that speaks of disclosure and has a table: no report",
        "report": None,
        "cells": [],
        "claims": [],
        "findings": [],
        "held": [],
        "across": [],
        "error": {"class": "not_a_report"},
    }


def write_truth(name: str, content: Mapping[str, Any]) -> None:
    """Write `truth/<name>.json`, a cell a line."""
    head = {key: value for key, value in content.items() if key not in ("cells", "claims", "findings")}
    parts = [f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    for key in ("cells", "claims", "findings"):
        rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in content[key])
        parts.append(f' "{key}": [\n{rows}\n ]' if rows else f' "{key}": []')
    path = FOLDER / "truth" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def expected_list() -> str:
    """The samples' list of agencies that must file, as an office would give it."""
    rows = [
        (entry.agency, entry.key, entry.first_year, entry.first_year + len(entry.states) - 1)
        for entry in EXPECTED
    ]
    return _csv(("agency", "key", "from_year", "to_year"), rows)


def filing_truth() -> str:
    """Who of the list has filed: agency, year, state."""
    rows = [
        (entry.agency, entry.first_year + number, state)
        for entry in EXPECTED
        for number, state in enumerate(entry.states)
    ]
    return _csv(("agency", "year", "filing"), rows)


def revision_truth() -> str:
    """What later samples of an agency and year say otherwise than the one before: a row a cell."""
    rows = []
    for sample, earlier in _revisions():
        before, after = build(earlier).figures.cells, build(sample).figures.cells
        for metric, applicant in sorted(before):
            old, new = before[metric, applicant].value, after[metric, applicant].value
            if old != new:
                rows.append((earlier.file, sample.file, metric, applicant, old, new))
    return _csv(("previous", "document", "metric", "applicant", "old", "new"), rows)


def _revisions() -> list[tuple[Sample, Sample]]:
    """Samples that follow another of the same agency and year, with that one."""
    pairs = zip(SAMPLES[1:], SAMPLES, strict=False)
    return [
        (later, earlier)
        for later, earlier in pairs
        if (later.agency, later.year) == (earlier.agency, earlier.year)
    ]


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, *rows]
    return "".join(",".join("" if cell is None else str(cell) for cell in line) + "\n" for line in lines)


def main() -> None:
    """Write the samples and their truth."""
    parser = argparse.ArgumentParser(prog="python -m samples.make_samples", description=__doc__)
    parser.add_argument("--only", help="one sample's file name")
    parser.add_argument(
        "--pdf", action="store_true", help="print the PDFs too (Chromium and LibreOffice needed)"
    )
    arguments = parser.parse_args()
    for sample in SAMPLES:
        if arguments.only not in (None, sample.file):
            continue
        write_truth(Path(sample.file).stem, truth(sample))
        if arguments.pdf or not sample.file.endswith(".pdf"):
            (FOLDER / sample.file).write_bytes(print_sample(sample))
    if arguments.only in (None, NOTICE):
        (FOLDER / NOTICE).write_text(_NOTICE_PAGE, encoding="utf-8")
        write_truth(Path(NOTICE).stem, notice_truth())
    if arguments.only is None:
        (FOLDER / EXPECTED_LIST).write_text(expected_list(), encoding="utf-8")
        (FOLDER / "truth" / "filing.csv").write_text(filing_truth(), encoding="utf-8")
        (FOLDER / "truth" / "revision.csv").write_text(revision_truth(), encoding="utf-8")


if __name__ == "__main__":
    main()
