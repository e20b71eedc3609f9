from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from gongkai.errors import UsageError
from publish.sheets.content import Sheet, SheetSpec, Value, neutral, sheet_specs
from publish.sheets.export import export_sheets
from publish.sheets.workbook import write_workbook
from tests.publish.small_warehouse import FIRST, Filed, Small, write_warehouse

EVIL = "=cmd|'/C calc'!A0"
SMALL = Small(
    filed=[
        Filed("99", 2024, {"requests.received": 12, "requests.granted": None}, raw=EVIL),
        Filed("9901", 2024, {"requests.received": Decimal("0.5")}, raw="\t@SUM(1)"),
        Filed("990102:教育局", 2024, {"requests.received": -3}, raw="-"),
        Filed("98", 2024, {"requests.received": 1}),
        Filed("98", 2023, {"requests.received": 1}),
    ],
    names={"99": "示例省", "9901": "示例省云海市", "98": "../../邻省/\n", "990102:教育局": "=2+5教育局"},
    more={"mart_filing": [{"agency_key": "99", "year": 2025, "full_name": "示例省", "filing_zh": "未报"}]},
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_warehouse(tmp_path_factory.mktemp("warehouse") / "warehouse.duckdb", SMALL)


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_place_has_its_own_agencies_and_those_below_it_and_no_others(
    warehouse: Path, tmp_path: Path
) -> None:
    folder = export_sheets(warehouse, year=2024, place="990000", file_format="csv", out=tmp_path)
    assert {row["机关代码"] for row in _csv(folder / "数值.csv")} == {"99", "9901", "990102:教育局"}
    city = export_sheets(warehouse, year=2024, place="示例省云海市", file_format="csv", out=tmp_path)
    assert {row["机关代码"] for row in _csv(city / "机关年度.csv")} == {"9901", "990102:教育局"}
    everything = export_sheets(warehouse, year=2024, place=None, file_format="csv", out=tmp_path)
    assert {row["机关代码"] for row in _csv(everything / "机关年度.csv")} >= {"98", "99"}
    assert [path.name for path in (folder, city, everything)] == [
        "2024_99_示例省",
        "2024_9901_示例省云海市",
        "2024_全部",
    ]


def test_csv_opens_in_excel_and_holds_no_formula(warehouse: Path, tmp_path: Path) -> None:
    folder = export_sheets(warehouse, year=2024, place="99", file_format="csv", out=tmp_path)
    content = (folder / "数值.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    rows = _csv(folder / "数值.csv")
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.lstrip()[:1] in {"=", "@", "+"} or cell[:1] in {"\t", "\r"}]
    by_agency = {(row["机关代码"], row["指标代码"]): row for row in rows}
    assert by_agency["99", "requests.received"]["原样文字"] == f"'{EVIL}"
    assert by_agency["9901", "requests.received"]["原样文字"] == "'\t@SUM(1)"
    assert by_agency["990102:教育局", "requests.received"]["原样文字"] == "-"
    assert by_agency["990102:教育局", "requests.received"]["机关"] == "'=2+5教育局"
    assert by_agency["990102:教育局", "requests.received"]["数值"] == "-3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("+cmd", "'+cmd"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("  =1", "'  =1"),
        ("-", "-"),
        ("-12.5%", "-12.5%"),
        ("+3", "+3"),
        ("1-2", "1-2"),
        ("", ""),
        ("甲=乙", "甲=乙"),
        ("a\0b", "a�b"),
    ],
)
def test_what_begins_like_a_formula_gets_an_apostrophe(text: str, expected: str) -> None:
    assert neutral(text) == expected


def test_a_doubtful_figure_has_no_value_and_says_so(warehouse: Path, tmp_path: Path) -> None:
    folder = export_sheets(warehouse, year=2024, place="99", file_format="csv", out=tmp_path)
    [row] = [row for row in _csv(folder / "数值.csv") if row["指标代码"] == "requests.granted"]
    assert (row["数值"], row["数值状态"], row["存疑读数"]) == ("", "存疑", "7")


def test_a_workbook_has_notes_first_fixed_heads_typed_cells_and_no_formula(
    warehouse: Path, tmp_path: Path
) -> None:
    path = export_sheets(warehouse, year=2024, place="99", file_format="xlsx", out=tmp_path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["说明", *(spec.name for spec in sheet_specs())]
    notes = {row[0]: row[1] for row in book["说明"].iter_rows(values_only=True)}
    assert FIRST in notes["数据版本"]
    assert "存疑" in notes
    page = book["数值"]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref
    heads = [cell.value for cell in page[1]]
    cells = {
        (row[heads.index("机关代码")].value, row[heads.index("指标代码")].value): row
        for row in page.iter_rows(min_row=2)
    }
    raw = cells["99", "requests.received"][heads.index("原样文字")]
    assert (raw.value, raw.data_type) == (EVIL, "s")
    value = cells["9901", "requests.received"][heads.index("数值")]
    assert (value.value, value.data_type) == (0.5, "n")
    doubtful = cells["99", "requests.granted"]
    assert doubtful[0].fill.fgColor.rgb.endswith("FFF2CC")
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert page.column_dimensions["A"].width > 6


def test_numbers_that_a_spreadsheet_would_round_are_written_as_text(tmp_path: Path) -> None:
    long = Decimal("123456789012345678.25")

    def rows() -> Iterator[tuple[Value, ...]]:
        yield (long, Decimal("123456789.250000"), "x" * 40_000)

    spec = SheetSpec(name="数", query="figure.sql", about="")
    write_workbook(tmp_path / "a.xlsx", [("项目", "说明")], [Sheet(spec, ("大", "小", "长"), rows())])
    row = [cell.value for cell in openpyxl.load_workbook(tmp_path / "a.xlsx")["数"][2]]
    assert row[:2] == ["123456789012345678.25", 123456789.25]
    assert "已截断" in row[2]
    assert len(row[2]) <= 32_767


def test_more_rows_than_a_sheet_takes_go_on_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publish.sheets.workbook.ROWS_A_SHEET", 300)
    spec = SheetSpec(name="数", query="figure.sql", about="")
    rows: Iterator[tuple[Value, ...]] = ((number,) for number in range(601))
    write_workbook(tmp_path / "a.xlsx", [("项目", "说明")], [Sheet(spec, ("甲",), rows)])
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["说明", "数", "数（2）", "数（3）"]
    numbers = [
        row[0] for name in book.sheetnames[1:] for row in book[name].iter_rows(min_row=2, values_only=True)
    ]
    assert numbers == list(range(601))


def test_names_from_documents_lead_nowhere_else(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    path = export_sheets(warehouse, year=2024, place="98", file_format="xlsx", out=out)
    assert path == out / "2024_98_邻省.xlsx"
    assert [found.name for found in tmp_path.rglob("*") if found.is_file()] == [path.name]


@pytest.mark.parametrize("place", ["../99", "97", "99'; drop table x", "无名省", ""])
def test_an_unknown_place_is_refused_in_words(warehouse: Path, tmp_path: Path, place: str) -> None:
    with pytest.raises(UsageError, match="没有地方"):
        export_sheets(warehouse, year=2024, place=place, file_format="xlsx", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_year_without_data_is_refused_and_a_year_with_filings_only_is_not(
    warehouse: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"没有 2019 年度.*2023、2024"):
        export_sheets(warehouse, year=2019, place="98", file_format="csv", out=tmp_path)
    folder = export_sheets(warehouse, year=2025, place="99", file_format="csv", out=tmp_path)
    assert [row["报送情况"] for row in _csv(folder / "报送.csv")] == ["未报"]


def test_exporting_again_replaces_the_files(warehouse: Path, tmp_path: Path) -> None:
    for file_format in ("csv", "xlsx"):
        path = export_sheets(warehouse, year=2024, place="99", file_format=file_format, out=tmp_path)  # type: ignore[arg-type]
        again = export_sheets(warehouse, year=2024, place="99", file_format=file_format, out=tmp_path)  # type: ignore[arg-type]
        assert path == again
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2024_99_示例省", "2024_99_示例省.xlsx"]
