"""Notices to agencies: whom they are about, what they say, how they are set."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from docx import Document
from docx.shared import Mm

from extract.form import load_form
from gongkai.cli import main
from gongkai.settings import Home
from publish.notice.wording import load_wording

_MARTS = """
create schema marts;
create table marts.dim_agency as select * from (values
    ('990102:财政局', '示例省云海市临港区财政局', '临港区财政局', '990102', '99', '9901', '990102', 'resolved', ['财政局']),
    ('990121:财政局', '示例省云海市青岚县财政局', '青岚县财政局', '990121', '99', '9901', '990121', 'resolved', ['财政局']),
    ('990121101', '示例省云海市青岚县石桥镇', '石桥镇', '990121101', '99', '9901', '990121', 'resolved', ['石桥镇人民政府']),
    ('x~某局', '某局', '某局', null, null, null, null, 'unknown', ['某局'])
) as t(agency_key, full_name, agency_name, division_code, province_code, city_code, county_code, resolution, printed_names);
create table marts.dim_report as select * from (values
    ('r1', '990102:财政局', 2023, true, 'r1' || chr(7) || '.pdf', 'ab12', date '2024-01-20'),
    ('r0', '990102:财政局', 2023, false, 'r0.pdf', 'ab11', date '2024-01-10'),
    ('r2', '990121:财政局', 2023, true, 'r2.html', 'ab13', null),
    ('r3', '990121101', 2023, true, 'r3.txt', 'ab14', null),
    ('r4', 'x~某局', 2023, true, 'r4.txt', 'ab15', null)
) as t(report_id, agency_key, year, is_current, document_name, document_sha256, published_on);
create table marts.dim_rule as select * from (values
    ('row_total', 1), ('outcome_total', 2), ('narrative', 9), ('year_jump', 16), ('figures_shared', 19)
) as t(rule, rule_order);
create table marts.dim_metric as select * from (values ('requests.total', 20), ('requests.received', 1)) as t(metric_key, metric_order);
create table marts.dim_applicant as select * from (values ('research', 3), ('total', 7)) as t(applicant_key, applicant_order);
create table marts.fct_finding as select * from (values
    ('r1', 'row_total', 'broken', 'requests.total', 'total', 182, 172, '第三部分“办理结果总计”行“总计”列：按各项计算应为 182，表中为 172'),
    ('r1', 'outcome_total', 'broken', 'requests.total', 'research', 3, 13, '“科研机构”列：按各项计算应为 3，表中为 13'),
    ('r1', 'narrative', 'broken', 'requests.received', 'total', 32, 31, '正文称 32 件，与表中的 31 不一致。'),
    ('r1', 'narrative', 'not_assessable', 'requests.received', 'total', 1, 2, '无法核对'),
    ('r1', 'figures_shared', 'broken', null, null, null, null, '与他机关数值全同'),
    ('r0', 'row_total', 'broken', 'requests.total', 'total', 9, 8, '上一版的问题'),
    ('r2', 'year_jump', 'broken', 'requests.received', 'total', 3, 3000, '由 3 变为 3000'),
    ('r3', 'figures_shared', 'broken', null, null, null, null, '与他机关数值全同'),
    ('r4', 'row_total', 'broken', 'requests.total', 'total', 5, 4, '不明机关的问题')
) as t(report_id, rule, outcome, metric_key, applicant_key, expected, found, message);
create table marts.fct_figure as select * from (values
    ('r1', 'requests.total', 'total', 2, 498.2, 136.0, 531.0, 148.0, null, null)
) as t(report_id, metric_key, applicant_key, page, x0, top, x1, bottom, path, line);
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(_MARTS)
    return home


def notice(home: Home, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        main, ["notice", "--office", "云海市人民政府办公室", "--home", str(home.root), *arguments]
    )
    return done.exit_code, done.output


def read(path: Path) -> tuple[list[str], list[list[str]], Any]:
    document = Document(io.BytesIO(path.read_bytes()))
    words = [paragraph.text for paragraph in document.paragraphs]
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    return words, rows, document


def test_a_notice_says_what_does_not_tie_in_which_cell_with_both_numbers(home: Home, tmp_path: Path) -> None:
    status, output = notice(
        home,
        "临港区财政局",
        "2023",
        "--out",
        str(tmp_path),
        "--date",
        "2024-04-02",
        "--days",
        "5",
        "--number",
        "云政办函〔2024〕3号",
    )
    assert status == 0 and "3 处" in output, output
    [path] = tmp_path.iterdir()
    words, rows, document = read(path)
    assert words[:3] == [
        "云政办函〔2024〕3号",
        "关于更正2023年度政府信息公开\n工作年度报告的函",
        "示例省云海市临港区财政局：",
    ]
    text = "\n".join(words)
    assert "（r1.pdf，2024年1月20日公布）进行了核对，发现3处问题" in text
    order = [
        "一、数据勾稽关系不符",
        "应为 182，表中为 172。",
        "应为 3，表中为 13。",
        "二、正文与表格不一致",
        "32 件，与表中的 31 不一致。",
        "5个工作日",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert "年际" not in text and "上一版" not in text and "雷同" not in text and "无法核对" not in text
    assert words[words.index("云海市人民政府办公室") + 1] == "2024年4月2日"
    assert rows == [
        ["序号", "规则", "表", "行", "列", "核对应为", "填报为", "位置"],
        ["1", "行合计", "表三", "办理结果总计", "总计", "182", "172", "第 2 页（498，136，531，148）"],
        ["2", "办理结果合计", "表三", "办理结果总计", "科研机构", "3", "13", ""],
        ["3", "文表一致", "表三", "本年新收政府信息公开申请数量", "总计", "32", "31", ""],
    ]
    first, second = document.sections
    margins = [first.top_margin, first.bottom_margin, first.left_margin, first.right_margin]
    assert [round(margin / Mm(1)) for margin in margins] == [37, 35, 28, 26]
    assert first.page_width < first.page_height and second.page_width > second.page_height
    assert "PAGE" in first.footer.paragraphs[0]._p.xml


def test_a_whole_city_gets_a_notice_each_and_a_list(home: Home, tmp_path: Path) -> None:
    status, output = notice(home, "--place", "9901", "2023", "--out", str(tmp_path))
    assert status == 0, output
    with (tmp_path / "index.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[:3] for row in rows[1:]] == [
        ["示例省云海市临港区财政局", "2023", "3"],
        ["示例省云海市青岚县财政局", "2023", "1"],
    ]
    assert {path.name for path in tmp_path.glob("*.docx")} == {row[3] for row in rows[1:]}
    assert "一、数值明显异常，请核实" in read(tmp_path / rows[2][3])[0]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("财政局", "2023"), 2, "990121:财政局"),
        (("没有的局", "2023"), 2, "没有的局"),
        (("临港区财政局", "2020"), 2, "2020 年度"),
        (("石桥镇", "2023"), 0, "没有需要更正"),
        (("2023",), 2, "二者择一"),
        (("2023", "石桥镇"), 2, "机关 年度"),
        (("a", "b", "2023"), 2, "机关 年度"),
        (("石桥镇", "2023", "--place", "99"), 2, "二者择一"),
        (("--place", "99", "2023", "--number", "1"), 2, "--number"),
    ],
)
def test_whom_it_is_about_must_be_clear(
    home: Home, tmp_path: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    found, output = notice(home, *arguments, "--out", str(tmp_path / "out"))
    assert (found, words in output) == (status, True), output
    assert not (tmp_path / "out").exists()


def test_without_a_warehouse_it_says_so(tmp_path: Path) -> None:
    status, output = notice(Home(tmp_path), "石桥镇", "2023")
    assert status == 2 and "gongkai run" in output


def test_every_rule_about_single_cells_stands_in_a_part() -> None:
    about = {"identity", "value", "form", "text", "years"}
    assert {rule.key for rule in load_form().shared.rules if rule.kind in about} == set(load_wording().rules)


@pytest.mark.services
def test_a_notice_is_printed_as_pdf(home: Home, tmp_path: Path) -> None:
    status, output = notice(home, "临港区财政局", "2023", "--out", str(tmp_path), "--pdf")
    assert status == 0, output
    [path] = tmp_path.glob("*.pdf")
    assert path.read_bytes().startswith(b"%PDF")


def test_without_libreoffice_the_docx_is_there_and_the_pdf_is_refused(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extract.read.office._program", lambda: None)
    status, output = notice(home, "临港区财政局", "2023", "--out", str(tmp_path), "--pdf")
    assert status == 1 and "LibreOffice" in output
    assert [path.suffix for path in tmp_path.iterdir()] == [".docx"]
