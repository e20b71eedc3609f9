"""Real reports' figures (../shared/real/figures) as reports of the corpus generator: what was printed, in its tables.

What the excerpt of a report does not show is printed blank. Read here by rules of its own, apart from the reader's.
"""

import json
import re
from decimal import Decimal
from pathlib import Path

from benchmarks.corpus.figures import FigureOptions, Figures, Printed
from benchmarks.corpus.keys import APPLICANTS, PROACTIVE, REVIEW_METRICS, all_keys, request_rows, unit_of
from benchmarks.corpus.narrative import Narrative, Section
from benchmarks.corpus.report import Report, assemble
from benchmarks.corpus.tables import LabelStyle

FIGURES = Path(__file__).parents[3] / "shared" / "real" / "figures"
_STEMS = {
    "规章": "rules", "規章": "rules", "规范性文件": "normative_documents", "規範性檔案": "normative_documents", "行政许可": "licensing",
    "行政許可": "licensing", "对外管理服务": "other_services", "對外管理服務": "other_services", "行政处罚": "penalty", "行政處罰": "penalty",
    "行政强制": "coercion", "行政強制": "coercion", "行政事业": "fees", "行政事業": "fees", "集中采购": "procurement",
}  # fmt: skip


def real_reports() -> list[tuple[str, dict]]:
    """(name, content) of every real report that has figures of a table; none without ../shared."""
    found = []
    for path in sorted(FIGURES.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["year"] and (content["proactive"] or content["requests"] or content["litigation"]):
            found.append((path.stem, content))
    return found


def as_report(content: dict) -> Report:
    """The report with its real figures and, as its text, the short quotes of its claims."""
    generation = content["format_generation"]
    one_other = generation == "2021" and any(row[0].endswith("其他处理") for row in content["requests"])
    options = FigureOptions(generation=generation, one_other=one_other)
    raws = {**_proactive(content), **_requests(content, one_other)}
    raws |= {(m, "all"): raw or "" for m, raw in zip(REVIEW_METRICS, content["litigation"], strict=False)}
    cells = {key: _printed(key[0], raws.get(key, "")) for key in all_keys(generation, one_other)}
    figures = Figures(options, {}, cells)
    return assemble(figures, _narrative(content), LabelStyle())


def _proactive(content: dict) -> dict[tuple[str, str], str]:
    rows = {
        row.metrics[0].split(".")[1]: row.metrics
        for part in PROACTIVE[content["format_generation"]]
        for row in part.rows
    }
    raws = {}
    for label, values in content["proactive"].items():
        if label and "其他主" in label:
            continue  # a row the form does not have
        stem = next((s for word, s in _STEMS.items() if word in label), None) if label else "rules"
        raws |= {(m, "all"): raw or "" for m, raw in zip(rows[stem], values, strict=False)}
    return raws


def _requests(content: dict, one_other: bool) -> dict[tuple[str, str], str]:
    rows = request_rows(content["format_generation"], one_other)
    raws = {}
    for label, *values in content["requests"]:
        if None in values or len(values) < len(APPLICANTS):
            continue  # the excerpt breaks off in this row: half of it with blanks is nothing that anybody printed
        own = label.split("|")[-1]
        (metric,) = [row.metric for row in rows if row.label == own]
        raws |= {(metric, a): raw or "" for a, raw in zip(APPLICANTS, values, strict=False)}
    return raws


def _printed(metric: str, raw: str) -> Printed:
    unit = unit_of(metric)
    if raw == "":
        unit = None if metric == "proactive.procurement.amount" else unit
        return Printed(raw, "blank", None, unit)
    if raw in ("/", "-"):
        return Printed(raw, "not_applicable", None, unit)
    if raw == "0/0":
        return Printed(raw, "reported", Decimal(0), unit)
    match = re.fullmatch(r"([增+-]?)(\d+(?:\.\d+)?)(万元|元)?", raw)
    if match is None:
        return Printed(raw, "text", None, unit)
    value = Decimal(match[2]) * (-1 if match[1] == "-" else 1) * (10_000 if match[3] == "万元" else 1)
    if metric == "proactive.procurement.amount" and value and not match[3]:
        unit = None
    return Printed(raw, "reported", value, unit)


def _narrative(content: dict) -> Narrative:
    quotes = tuple(claim["quote_short"] + "。" for claim in content["narrative_claims"])
    agency = re.sub(r"（.*?）", "", content["agency"])
    headings = (
        "一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况", "四、政府信息公开行政复议、行政诉讼情况",
        "五、存在的主要问题及改进情况", "六、其他需要报告的事项",
    )  # fmt: skip
    bodies = (
        quotes or ("本年度工作按要求开展。",),
        (),
        (),
        (),
        ("栏目更新偏慢，下一步按月检查。",),
        ("无。",),
    )
    tables = (None, "二", "三", "四", None, None)
    sections = tuple(Section(h, b, t) for h, b, t in zip(headings, bodies, tables, strict=True))
    title = (f"{agency}{content['year']}年政府信息公开工作年度报告",)
    return Narrative(agency, content["year"], (), title, (), sections, (), ())
