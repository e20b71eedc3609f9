from __future__ import annotations

import base64
import hashlib
import json
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from expectations.gates import run_landing_gate
from extract.landing import part_path
from gongkai.settings import Home
from publish.bulletin import documents, findings, write_bulletin
from publish.bulletin.markdown import ROWS
from tests.expectations.landed import LOAD, Report, build_marts, land, many

ON_PAGE = {"line": None, "page": 3, "x0": 101.2, "top": 220.0, "x1": 120.0, "bottom": 233.0}
DOUBTFUL = {
    "status": "doubtful",
    "value": Decimal(13),
    "raw": "1 3",
    "evidence": ["两次读取不一致：13 / 18"],
    **ON_PAGE,
}
BALANCE = {
    "rule": "balance",
    "metric": "requests.total",
    "applicant": "total",
    "expected": Decimal(3),
    "found": Decimal("2.5"),
    "message": "本年新收加上年结转应为 3",
}


class Reader(HTMLParser):
    """What a browser would see: tags, addresses to fetch, cells by row."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self.in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.in_cell = True

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.in_cell:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.in_cell = False


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def record(home: Home, **facts: Any) -> None:
    path = home.operations / "loads" / f"{LOAD}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"load_id": LOAD, "mode": "incremental", "sources": ["样本"], **facts}), "utf-8"
    )


def read(home: Home) -> tuple[Reader, str]:
    path = write_bulletin(home, LOAD)
    assert path == home.reports / LOAD / "bulletin.html"
    reader = Reader()
    reader.feed(path.read_text("utf-8"))
    return reader, (path.parent / "bulletin.md").read_text("utf-8")


def quarantine(home: Home, report: Report) -> None:
    """Hold a report as the gate would, without running it."""
    from extract.landing import write_part

    held = {
        "load_id": LOAD,
        "report_id": report.report_id,
        "reason": "agency_unknown",
        "message": "看不出机关",
    }
    write_part(home.landing, "quarantine", LOAD, "gate", [held])


def test_a_published_load_is_told_in_full(home: Home) -> None:
    unnamed = Report(agency=None, name="unnamed.txt")
    unclear = {
        **BALANCE,
        "outcome": "not_assessable",
        "applicant": "business",
        "expected": None,
        "found": None,
    }
    cells = {("requests.received", "total"): DOUBTFUL}
    land(
        home,
        [Report(agency="鹿固乡", year=2022, cells=cells, findings=[BALANCE, unclear]), unnamed, *many(2)],
        rejects=[{"document_sha256": "f" * 64, "document_path": "来件/坏.pdf", "sentence": "文件不完整"}],
    )
    quarantine(home, unnamed)
    record(home, state="published", started_at="2026-11-01T02:00:00+08:00")

    page, markdown = read(home)

    assert "已发布" in page.text and "样本" in page.text
    finding = [
        "鹿固乡",
        "2022",
        "表三",
        "办理结果总计",
        "总计",
        "3",
        "2.5",
        "本年新收加上年结转应为 3",
        "第 178 行",
    ]
    assert finding in page.rows
    doubtful = ["鹿固乡", "2022", "表三", "本年新收政府信息公开申请数量", "总计", "13", "1 3"]
    assert [*doubtful, "两次读取不一致：13 / 18", "第 3 页（101，220，120，233）"] in page.rows
    held = next(row for row in page.rows if row[0] == "unnamed.txt")
    assert held[:5] == ["unnamed.txt", "（未知）", "2023", "agency_unknown", "看不出机关"]
    assert held[5].startswith("gongkai quarantine show ")
    assert ["坏.pdf", "样本", "corrupt", "文件不完整"] in page.rows
    assert "无法核对 1 处" in page.text
    for words in ("鹿固乡", "本年新收加上年结转应为 3", "两次读取不一致：13 / 18", "看不出机关", "坏.pdf"):
        assert words in markdown


def test_the_headline_counts_what_landed(home: Home) -> None:
    blank = {"status": "blank", "value": None, "raw": ""}
    cells = {("requests.received", "total"): DOUBTFUL, ("review.total", "all"): blank}
    land(
        home,
        [Report(cells=cells, findings=[BALANCE])],
        documents=[{"document_sha256": "a" * 64, "is_new": False}],
    )
    record(home, state="published")

    _, markdown = read(home)

    headline = markdown.partition("## ")[0]
    figures = dict(re.findall(r"^\| (\S+) \| ([\d,]+) \| ", headline, re.MULTILINE))
    assert figures == {
        "文件": "2",
        "报告": "1",
        "数值": "198",
        "存疑": "1",
        "发现": "1",
        "暂缓": "0",
        "拒收": "0",
    }


def test_a_stopped_load_says_why_and_that_nothing_has_changed(home: Home) -> None:
    land(home, many(2), documents=[{"document_sha256": "b" * 64, "name": "丢了.html"}])
    assert not run_landing_gate(home, LOAD).passed
    record(home, state="stopped", failures=[{"task": "gate_landing", "message": "x"}])

    page, markdown = read(home)

    for text in (page.text, markdown):
        assert "为什么没有发布" in text and "丢了.html" in text and "已发布的数据保持不变" in text
    failures = [row for row in page.rows if "未通过" in row]
    assert len(failures) == 1 and "documents_accounted_for" in failures[0][3]
    assert not any("已发布" in row for row in page.rows)


def test_a_load_that_failed_without_a_gate_gives_its_failure(home: Home) -> None:
    record(home, state="failed", failures=[{"task": "build", "message": "dbt 没有通过：fct_figure"}])

    page, _ = read(home)

    assert "dbt 没有通过：fct_figure" in page.text and "质量关卡没有运行" in page.text


def test_an_empty_load_says_that_nothing_is_new(home: Home) -> None:
    land(home, documents=[{"document_sha256": "a" * 64, "is_new": False}])
    record(home, state="published")

    page, _ = read(home)

    for sentence in (
        "没有读入新的报告",
        "没有暂缓的报告",
        "没有无法读取的文件",
    ):
        assert sentence in page.text
    assert page.text.count("本次没有读入报告，没有可核对的内容") == 2, (
        "neither findings nor doubt were looked for"
    )
    assert "没有发现" not in page.text and "没有存疑的数值" not in page.text


def test_a_sound_load_says_that_nothing_was_found(home: Home) -> None:
    land(home, many(2))
    record(home, state="published")
    page, _ = read(home)
    assert "没有发现：读入的报告勾稽关系成立" in page.text and "没有存疑的数值" in page.text


def test_a_load_without_a_record_or_any_landing_still_has_a_report(home: Home) -> None:
    page, _ = read(home)
    assert "状态不明" in page.text


def test_landed_files_that_can_not_be_read_cost_their_section_only(home: Home) -> None:
    land(home, many(1), rejects=[{"document_sha256": "f" * 64, "document_path": "坏.pdf"}])
    part = part_path(home.landing, "findings", LOAD, "batch-0001")
    part.write_bytes(b"half a file")
    cells = part_path(home.landing, "cells", LOAD, "batch-0001")
    pq.write_table(pq.ParquetFile(cells).read().drop_columns(["evidence", "raw"]), cells)
    record(home, state="failed")

    page, _ = read(home)

    assert page.text.count("这一部分的数据无法读取") >= 1
    assert ["坏.pdf", "样本", "corrupt", "文件不完整"] in page.rows


HOSTILE = (
    '"><script>alert(1)</script><img src=x onerror=alert(2)>|`[点我](javascript:alert(3))`\n\x1b[31m\u202egnp'
)


def test_nothing_in_a_document_becomes_markup(home: Home) -> None:
    hostile = Report(
        agency=HOSTILE,
        title=HOSTILE,
        name=HOSTILE,
        cells={("requests.received", "total"): {**DOUBTFUL, "raw": HOSTILE, "evidence": [HOSTILE]}},
        findings=[{**BALANCE, "message": HOSTILE}, {**BALANCE, "rule": HOSTILE, "metric": HOSTILE}],
    )
    land(
        home,
        [hostile],
        rejects=[{"document_sha256": "f" * 64, "document_path": HOSTILE, "sentence": HOSTILE}],
    )
    quarantine(home, hostile)
    record(home, state="failed", sources=[HOSTILE], failures=[{"task": "x", "message": HOSTILE}])

    page, markdown = read(home)

    assert not {"script", "img", "iframe", "object", "link"} & set(page.tags)
    names = {name for name, _ in page.attributes}
    assert not any(name.startswith("on") for name in names) and not {"src", "srcset"} & names
    assert all(
        (value or "").startswith("#") or value == "validation.html"
        for name, value in page.attributes
        if name == "href"
    )
    for text in (page.text, markdown):
        assert "\x1b" not in text and "\u202e" not in text
    assert (
        "<script" not in markdown
        and "<img" not in markdown
        and "](javascript" not in markdown.replace("\\]", "")
    )
    assert not re.search(r"(?<!\\)[`<\[]", markdown), "neither code, nor markup, nor a link"
    for table in re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE):
        pipes = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(pipes) == 1, "a name must not add columns"


def test_the_page_needs_nothing_from_outside(home: Home) -> None:
    land(home, [Report(findings=[BALANCE])])
    record(home, state="published")

    page, _ = read(home)
    html = (home.reports / LOAD / "bulletin.html").read_text("utf-8")

    assert "script" not in page.tags and "link" not in page.tags
    assert "http://" not in html and "https://" not in html and "url(" not in html
    assert "svg" in page.tags and not any(name == "style" for name, _ in page.attributes)
    [policy] = re.findall(r'Security-Policy" content="([^"]+)"', html)
    [style] = re.findall(r"<style>(.*)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_long_lists_are_cut_and_say_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "REPORTS_SHOWN", 3)
    for name in ("FINDINGS_SHOWN", "DOUBTFUL_SHOWN"):
        monkeypatch.setattr(findings, name, 3)
    cells = {("requests.received", "total"): DOUBTFUL}
    land(home, many(8, cells=cells, findings=[BALANCE]))
    record(home, state="published")

    page, _ = read(home)

    for rest in ("另有 5 份报告未列出", "另有 5 处未列出", "另有 5 个存疑数值未列出"):
        assert rest in page.text


def test_findings_across_years_come_from_the_published_warehouse(home: Home) -> None:
    land(home, [Report(findings=[BALANCE])])
    build_marts(home, database=home.warehouse)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(
            """
            create or replace table marts.fct_finding as
            select report_id, 'carry_over' as rule, 'broken' as outcome, 'requests.carried_in' as metric_key,
                   'total' as applicant_key, 4::decimal(24, 6) as expected, 5::decimal(24, 6) as found,
                   '上年结转下年度 4 件，本年上年结转 5 件' as message, load_id
            from marts.dim_report
            """
        )
    record(home, state="published")

    page, _ = read(home)
    assert any("上年结转下年度 4 件，本年上年结转 5 件" in row for row in page.rows)

    record(home, state="stopped")
    page, _ = read(home)
    assert not any("上年结转下年度 4 件，本年上年结转 5 件" in row for row in page.rows)


def test_writing_again_replaces_the_report(home: Home) -> None:
    land(home)
    record(home, state="running")
    read(home)
    record(home, state="published")
    page, _ = read(home)

    assert "已发布" in page.text and "进行中" not in page.text
    assert sorted(path.name for path in (home.reports / LOAD).iterdir()) == [
        "bulletin.html",
        "bulletin.md",
        "validation.html",
    ]


def test_a_load_in_which_all_is_broken_makes_no_endless_page(home: Home) -> None:
    words = "“办理结果总计”一行不符，" * 200
    rules = [f"rule_{number}" for number in range(12)]
    reports = [
        Report(
            agency=f"第{number:03}镇" + "很长的名称" * 40,
            cells={("requests.received", "total"): DOUBTFUL},
            findings=[
                {**BALANCE, "rule": rule, "found": Decimal(number), "message": words}
                for rule in rules
                for _ in range(1 + (number == 77))
            ],
        )
        for number in range(300)
    ]
    land(home, reports)
    record(home, state="published")

    page, markdown = read(home)

    assert len((home.reports / LOAD / "bulletin.html").read_bytes()) < 3_000_000
    assert len(markdown.encode()) < 300_000
    broken = [row for row in page.rows if len(row) == 9 and row[3] == "办理结果总计"]
    assert broken[0][6] == "299", "the widest gap comes first"
    of_reports = [row for row in page.rows if len(row) == 12]
    assert of_reports[1][0].startswith("第077镇"), "the report with most findings comes first"
    assert "另有 251 处未列出，可查询数据仓库的 marts.fct_finding。" in page.text
    assert "共 2600 字" in page.text, "a sentence is cut and says so"


@pytest.mark.parametrize(
    ("state", "task", "way_on"),
    [
        ("stopped", "gate_landing", "expectations/suites/landing.yaml"),
        ("stopped", "gate_marts", "expectations/suites/marts.yaml"),
        ("failed", "build", "dbt.log"),
        ("failed", "pull[town]", "gongkai source check"),
        ("failed", "extract_batch[3]", "airflow.log"),
        ("interrupted", "nightly_load", "不会重复入库"),
    ],
)
def test_a_load_that_was_not_published_says_what_to_do(
    home: Home, state: str, task: str, way_on: str
) -> None:
    land(home, many(1))
    record(home, state=state, failures=[{"task": task, "message": "坏了"}])
    page, markdown = read(home)
    assert "怎么办" in page.text and way_on in page.text
    assert way_on.rsplit("/", maxsplit=1)[-1].replace("_", "\\_") in markdown
    assert "坏了" in page.text and "已发布的数据保持不变" in page.text


def test_markdown_is_short_and_sends_to_the_page_for_the_rest(home: Home) -> None:
    land(home, many(ROWS + 5))
    record(home, state="published")
    page, markdown = read(home)
    assert len([row for row in page.rows if len(row) == 12]) == ROWS + 6
    assert "其余 5 行见网页" in markdown


def test_the_time_of_each_step_is_told(home: Home) -> None:
    land(home, many(1))
    started = "2026-11-01T02:00:00+08:00"
    steps = {
        "plan_batches": {"ended_at": "2026-11-01T02:01:05+08:00", "seconds": 5.0},
        "gate_landing": {"ended_at": "2026-11-01T02:31:15+08:00", "seconds": 10.0},
        "build": {"ended_at": "2026-11-01T02:32:00+08:00", "seconds": 45.0},
    }
    record(home, state="failed", started_at=started, steps=steps)
    page, _ = read(home)
    for row in (
        ["拉取文件", "1 分"],
        ["分批", "5.0 秒"],
        ["读取报告", "30 分"],
        ["落地关卡", "10.0 秒"],
        ["构建数据仓库", "45.0 秒"],
    ):
        assert any(found[0] == row[0] and found[-1] == row[1] for found in page.rows), row


def test_a_place_that_was_not_published_to_is_told_with_its_reason(home: Home) -> None:
    land(home, many(1))
    steps = {"build": {"ended_at": "2026-11-01T02:32:00+08:00", "seconds": 45.0}}
    targets = {
        "postgres": {"state": "failed", "message": "连不上 PostgreSQL"},
        "exports": {"state": "published", "files": 3},
    }
    record(home, state="published", steps=steps, targets=targets)
    page, _ = read(home)
    assert ["PostgreSQL", "失败", "连不上 PostgreSQL"] in page.rows and ["导出文件", "完成", ""] in page.rows
