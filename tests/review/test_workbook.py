"""Many cases at once: a workbook goes out with pictures and drop-downs, and comes back checked row by row."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from PIL import Image

from gongkai.errors import UsageError
from gongkai.settings import Home
from review import workbook_import
from review.command import review_command
from review.decisions import decisions_path, read_decisions, withdraw
from review.workbook import COLUMNS, SHEET, export_cases
from review.workbook_import import Taken, import_workbook
from tests.end_to_end.conftest import Run

AT = {name: number for number, name in enumerate(COLUMNS, start=1)}
REPORT, CELL, OTHER = 2, 3, 4
"""Rows: the held report, and two doubtful figures."""
AS_PRINTED = {"verdict": "按原样发布", "reason": "与原件核对", "who": "王芳"}


@pytest.fixture(scope="module")
def workbook(samples_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What goes out, made once."""
    path = tmp_path_factory.mktemp("out") / "复核.xlsx"
    assert export_cases(samples_run.home, path, source=None, place=None, limit=6) == 6
    return path


@pytest.fixture
def exported(workbook: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(workbook, tmp_path))


def fill(path: Path, rows: dict[int, dict[str, Any]], change: Callable[[Any], None] | None = None) -> Path:
    book = openpyxl.load_workbook(path)
    for row, answers in rows.items():
        for name, value in answers.items():
            book[SHEET].cell(row, AT[name], value)
    if change:
        change(book[SHEET])
    filled = path.with_name("填好.xlsx")
    book.save(filled)
    return filled


def refusals(taken: Taken) -> dict[int, str]:
    return dict(taken.refused)


def test_the_workbook_has_pictures_drop_downs_and_locked_columns(exported: Path) -> None:
    book = openpyxl.load_workbook(exported)
    sheet = book[SHEET]
    with zipfile.ZipFile(exported) as packed:
        pictures = [name for name in packed.namelist() if name.endswith(".png")]
        assert len(pictures) >= 4  # figures of one line share theirs
        for name in pictures:
            assert Image.open(io.BytesIO(packed.read(name))).width > 300
    lists = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    column = openpyxl.utils.get_column_letter(AT["verdict"])
    assert lists[f"{column}{REPORT}"] == '"更正,不予采用,请机关核实"'
    assert lists[f"{column}{CELL}"] == '"按原样发布,更正,不予采用,请机关核实"'
    assert sheet.protection.sheet
    locked = {name: sheet.cell(CELL, at).protection.locked for name, at in AT.items()}
    assert {name for name, is_locked in locked.items() if not is_locked} == {
        "verdict", "value", "right_agency", "right_year", "reason", "who",
    }  # fmt: skip
    said = [sheet.cell(CELL, AT[name]).value for name in ("agency", "year", "reading", "ways", "place")]
    assert said == ["双河镇", "2022", "14", "按行内顺序读：14", "第 39 行"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_good_rows_are_taken_and_doing_so_again_changes_nothing(home: Home, exported: Path) -> None:
    right = {"verdict": "更正", "right_agency": "示例省云海市青岚县林业局", "right_year": 2023}
    filled = fill(exported, {REPORT: right | {"reason": "来函", "who": "王芳"}, CELL: AS_PRINTED})
    checked = import_workbook(home, filled, dry_run=True)
    assert (len(checked.written), decisions_path(home).exists()) == (2, False)
    taken = import_workbook(home, filled)
    assert ([one.decision for one in taken.written], taken.blank, taken.refused) == (
        ["correct", "publish_as_printed"],
        4,
        [],
    )
    before = decisions_path(home).read_bytes()
    again = import_workbook(home, filled)
    assert (again.written, again.known, again.refused) == ([], 2, [])
    withdraw(home, taken.written[1].decision_id, by="李雷", reason="看错")
    assert (
        import_workbook(home, filled).written == []
    )  # what was taken back does not come again by the same file
    assert decisions_path(home).read_bytes().startswith(before)
    assert read_decisions(home).decisions[taken.written[0].decision_id].right_year == 2023


@pytest.mark.parametrize(
    ("row", "answers", "problem"),
    [
        (CELL, AS_PRINTED | {"reason": None}, "没有写理由"),
        (CELL, AS_PRINTED | {"who": " "}, "没有写复核人"),
        (CELL, AS_PRINTED | {"verdict": "同意"}, "可以选：按原样发布、更正"),
        (CELL, AS_PRINTED | {"verdict": None}, "没有写决定"),
        (REPORT, AS_PRINTED, "不能决定“按原样发布”"),
        (CELL, AS_PRINTED | {"value": 18}, "不能同时填数值"),
        (CELL, AS_PRINTED | {"verdict": "更正"}, "须为普通写法的数字"),
        (CELL, AS_PRINTED | {"verdict": "更正", "value": "1,800"}, "须为普通写法的数字"),
        (CELL, AS_PRINTED | {"verdict": "更正", "value": 1.5}, "须为整数"),
        (CELL, AS_PRINTED | {"verdict": "更正", "value": "-3"}, "不能为负"),
        (CELL, AS_PRINTED | {"verdict": "更正", "value": "=1+1"}, "是公式"),
        (CELL, AS_PRINTED | {"verdict": "更正", "value": True}, "是非值"),
        (CELL, AS_PRINTED | {"verdict": "更正", "value": datetime(2026, 3, 5)}, "当成了日期"),  # noqa: DTZ001
        (CELL, AS_PRINTED | {"reason": "=HYPERLINK(A1)"}, "是公式"),
        (CELL, AS_PRINTED | {"reason": "@sum"}, "以 = + - @ 开头"),
        (REPORT, AS_PRINTED | {"verdict": "更正", "right_agency": "某局"}, "须写明机关的全称和年度"),
        (CELL, AS_PRINTED | {"case_id": "cell:0000000000000000-0:requests.total:total"}, "被改动过"),
        (CELL, AS_PRINTED | {"document_sha256": "f" * 64}, "被改动过"),
        (CELL, AS_PRINTED | {"agency": "别的镇"}, "被改动过"),
        (CELL, AS_PRINTED | {"seen": "doubtful|99"}, "被改动过"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_taken_is_named_and_costs_only_itself(
    home: Home, exported: Path, row: int, answers: dict[str, Any], problem: str
) -> None:
    taken = import_workbook(home, fill(exported, {row: answers, OTHER: AS_PRINTED}))
    assert problem in refusals(taken)[row]
    assert len(taken.written) == 1


def test_rows_twice_torn_or_overtaken_are_refused(home: Home, exported: Path) -> None:
    def twice(sheet: Any) -> None:
        for at in AT.values():
            sheet.cell(9, at, sheet.cell(CELL, at).value)

    filled = fill(exported, {CELL: AS_PRINTED, OTHER: AS_PRINTED}, twice)
    taken = import_workbook(home, filled)
    assert "与第 3 行是同一件" in refusals(taken)[9]
    later = fill(exported, {CELL: AS_PRINTED | {"verdict": "不予采用"}})
    assert "要改变，请先撤回原决定" in refusals(import_workbook(home, later))[CELL]


def test_the_command_names_refused_rows_and_ends_with_their_status(home: Home, exported: Path) -> None:
    filled = fill(exported, {CELL: AS_PRINTED, OTHER: AS_PRINTED | {"who": None}})
    ended = CliRunner().invoke(review_command, ["import", str(filled), "--home", str(home.root)])
    assert ended.exit_code == 3
    assert "第 4 行未采用：没有写复核人。" in ended.output
    assert "已记录 1 条决定，原已记录 0 条，未填 4 行，未采用 1 行。" in ended.output


@pytest.mark.parametrize("what", ["text", "another", "bomb", "entity"])
def test_a_file_that_is_none_of_ours_is_refused(
    home: Home, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_import, "MAX_UNPACKED", 1 << 20)
    path = tmp_path / "x.xlsx"
    if what == "text":
        path.write_text("编号,决定\n", "utf-8")
    elif what == "another":
        openpyxl.Workbook().save(path)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            content = b"\0" * (2 << 20) if what == "bomb" else b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'
            packed.writestr("xl/workbook.xml", content)
    with pytest.raises(UsageError):
        import_workbook(home, path)


@pytest.mark.services
@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
def test_a_workbook_saved_by_libreoffice_comes_back(home: Home, exported: Path, tmp_path: Path) -> None:
    filled = fill(exported, {CELL: AS_PRINTED, OTHER: AS_PRINTED | {"verdict": "更正", "value": 14}})
    saved = tmp_path / "saved"
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to", "xlsx",
         "--outdir", str(saved), str(filled)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    taken = import_workbook(home, saved / filled.name)
    assert ([one.decision for one in taken.written], taken.refused) == (["publish_as_printed", "correct"], [])
    with zipfile.ZipFile(saved / filled.name) as packed:
        assert any(name.endswith(".png") for name in packed.namelist())
