"""The ledger: only added to, whole or as it was, and nothing in it that can't be right counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from extract.landing import read_load
from gongkai.corrections import land_corrections
from gongkai.settings import PROJECT_ROOT, Home
from review.decisions import (
    Decision,
    DecisionError,
    add_decisions,
    decisions_path,
    land_decisions,
    read_decisions,
    sentence_of,
    withdraw,
)

LOAD = "20261122T020000-0001"
SHA = "0123456789abcdef" * 4
WHEN = datetime(2026, 11, 21, 8, tzinfo=UTC)
CELL: dict[str, Any] = {
    "decision_id": "a" * 16,
    "subject": "cell",
    "report_id": "0123456789abcdef-0",
    "document_sha256": SHA,
    "reader_version": "3",
    "agency": "某市某局",
    "year": 2023,
    "metric": "requests.received",
    "applicant": "total",
    "read_status": "doubtful",
    "read_value": Decimal(81),
    "decision": "correct",
    "status": "reported",
    "value": Decimal(18),
    "decided_by": "王芳",
    "decided_at": WHEN,
    "reason": "与原件核对",
    "evidence": "原件第 2 页",
    "channel": "command",
}
REPORT: dict[str, Any] = {
    **{name: CELL[name] for name in CELL if name not in ("metric", "applicant", "read_status", "read_value", "status", "value")},
    "decision_id": "b" * 16,
    "subject": "report",
    "agency": None,
    "rules": ("report_agency_known",),
    "right_agency": "某市某局",
    "right_year": 2023,
}  # fmt: skip


def cell(**changes: Any) -> Decision:
    return Decision.model_validate(CELL | changes)


def report(**changes: Any) -> Decision:
    return Decision.model_validate(REPORT | changes)


def landed(home: Home, dataset: str) -> list[dict[str, Any]]:
    land_corrections(home, LOAD, WHEN.date())
    land_decisions(home, LOAD)
    return read_load(home.landing, dataset, LOAD).to_pylist()


def test_a_correction_is_a_line_of_the_corrections_and_lands_with_them(tmp_path: Path) -> None:
    home = Home(tmp_path)
    add_decisions(home, [cell()])
    (row,) = landed(home, "corrections")
    assert (row["correction_id"], row["file"], row["line"], row["refusal"]) == (
        "a" * 16,
        "decisions.jsonl",
        1,
        None,
    )
    assert (row["read_status"], row["read_value"], row["value"], row["unit"]) == ("doubtful", 81, 18, "件")
    assert (row["corrected_by"], row["agency"], row["year"]) == ("王芳", "某市某局", 2023)


def test_as_printed_is_a_correction_to_what_was_read(tmp_path: Path) -> None:
    home = Home(tmp_path)
    add_decisions(home, [cell(decision="publish_as_printed", status=None, value=None)])
    (row,) = landed(home, "corrections")
    assert (row["status"], row["value"], row["read_value"], row["read_status"]) == (
        "reported",
        81,
        81,
        "doubtful",
    )


def test_whose_a_report_is_lands_as_a_correction_too(tmp_path: Path) -> None:
    home = Home(tmp_path)
    add_decisions(home, [report(year=2031)])
    (row,) = landed(home, "corrections")
    assert (row["metric"], row["agency"], row["year"]) == ("report.identity", "某市某局", 2023)
    assert (row["read_value"], row["read_agency"]) == (2031, None)


def test_rejecting_and_asking_correct_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    add_decisions(home, [cell(decision="reject", status=None, value=None)])
    add_decisions(home, [report(decision="ask_agency", right_agency=None, right_year=None)])
    assert landed(home, "corrections") == []
    assert [row["decision"] for row in landed(home, "decisions")] == ["reject", "ask_agency"]


def test_the_last_decision_that_nobody_took_back_counts(tmp_path: Path) -> None:
    home = Home(tmp_path)
    add_decisions(home, [cell(), cell(decision_id="c" * 16, value=Decimal(19))])
    assert [row["value"] for row in landed(home, "corrections")] == [19]
    assert [row["standing"] for row in landed(home, "decisions")] == ["overridden", "in_force"]
    withdraw(home, "cccc", by="李雷", reason="看错了行")
    assert [row["value"] for row in landed(home, "corrections")] == [18]
    last = landed(home, "decisions")[1]
    assert (last["standing"], last["withdrawn_by"], last["withdrawn_reason"]) == (
        "withdrawn",
        "李雷",
        "看错了行",
    )
    withdraw(home, "aaaa", by="李雷", reason="也错了")
    assert landed(home, "corrections") == []


def test_taking_a_decision_down_again_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert len(add_decisions(home, [cell(), cell()])) == 1
    before = decisions_path(home).read_bytes()
    assert add_decisions(home, [cell(), cell(value=Decimal(7))]) == []
    assert decisions_path(home).read_bytes() == before


@pytest.mark.parametrize("wanted", ["ffff", "a", "aaa", ""])
def test_what_is_not_there_cannot_be_taken_back(tmp_path: Path, wanted: str) -> None:
    home = Home(tmp_path)
    add_decisions(home, [cell()])
    with pytest.raises(DecisionError, match="没有这样的决定"):
        withdraw(home, wanted, by="李雷", reason="错了")


def test_nothing_is_taken_back_twice_or_without_a_reason(tmp_path: Path) -> None:
    home = Home(tmp_path)
    add_decisions(home, [cell()])
    with pytest.raises(DecisionError, match="reason 不能为空"):
        withdraw(home, "aaaa", by="李雷", reason=" ")
    withdraw(home, "aaaa", by="李雷", reason="错了")
    with pytest.raises(DecisionError, match="已经撤回"):
        withdraw(home, "aaaa", by="李雷", reason="错了")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"reason": "=HYPERLINK(1)"}, "以 = + - @ 开头"),
        ({"decided_by": "  "}, "decided_by 不能为空"),
        ({"evidence": "甲\n乙"}, "换行"),
        ({"value": None}, "状态为 reported 时须有 value"),
        ({"value": Decimal("1.5")}, "须为整数"),
        ({"value": Decimal(-1)}, "不能为负"),
        ({"metric": "requests.recieved"}, "没有指标"),
        ({"metric": "requests.recieved", "decision": "reject", "status": None, "value": None}, "没有指标"),
        ({"decision": "publish_as_printed"}, "只有更正|其他决定不能给"),
        ({"decision": "publish_as_printed", "status": None, "value": None, "read_value": None}, "没有读数"),
        ({"right_agency": "某局"}, "不能更正机关"),
        ({"document_sha256": "f" * 64}, "报告与文件不符"),
        ({"decided_at": datetime(2026, 1, 1)}, "时区"),  # noqa: DTZ001 - that is the fault
    ],
)
def test_a_decision_that_cannot_be_right_is_none(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError) as refused:
        cell(**changes)
    assert any(part in sentence_of(refused.value) for part in problem.split("|"))


def test_a_breach_of_the_readers_own_making_cannot_pass_as_printed() -> None:
    released = report(
        decision="publish_as_printed", right_agency=None, right_year=None, rules=("report_has_table",)
    )
    assert released.correction_line() is None
    with pytest.raises(ValidationError, match="不能按原样发布"):
        report(decision="publish_as_printed", right_agency=None, right_year=None)


def test_a_line_that_somebody_has_spoilt_costs_only_itself_and_stays(tmp_path: Path) -> None:
    home = Home(tmp_path)
    add_decisions(home, [cell(), report()])
    path = decisions_path(home)
    first, second = path.read_text("utf-8").splitlines()
    later = json.dumps(json.loads(first) | {"version": 2, "decision_id": "d" * 16})
    path.write_text("\n".join([first.replace("王芳", ""), second, later, first[:40], first]), "utf-8")
    add_decisions(home, [cell(decision_id="e" * 16, metric="requests.total")])
    rows = landed(home, "decisions")
    refused = [row["refusal"] for row in rows if row["refusal"]]
    assert [sentence.split("未采用")[0] for sentence in refused] == [
        f"复核决定 decisions.jsonl 第 {number} 行" for number in (1, 3, 4)
    ]
    assert "版本 2 不是本程序所知的 1" in refused[1]
    assert {row["decision_id"] for row in rows if not row["refusal"]} == {"a" * 16, "b" * 16, "e" * 16}
    assert path.read_text("utf-8").splitlines()[3] == first[:40]


def test_a_ledger_that_cannot_be_read_stops_the_load_and_takes_nothing_back(tmp_path: Path) -> None:
    home = Home(tmp_path)
    add_decisions(home, [cell()])
    decisions_path(home).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DecisionError, match="请从备份恢复"):
        land_decisions(home, LOAD)
    with pytest.raises(DecisionError):
        add_decisions(home, [report()])


def test_decisions_taken_at_once_are_all_kept(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from gongkai.settings import Home\n"
        "from review.decisions import add_decisions\n"
        "from tests.review.test_decisions import cell\n"
        "for n in range(10):\n"
        "    add_decisions(Home(Path(sys.argv[1])), [cell(decision_id=f'{int(sys.argv[2]) * 100 + n:016x}')])\n"
    )
    others = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(who)], cwd=PROJECT_ROOT, env=os.environ
        )
        for who in range(3)
    ]
    assert [other.wait(120) for other in others] == [0, 0, 0]
    ledger = read_decisions(Home(tmp_path))
    assert (len(ledger.decisions), ledger.refused) == (30, ())
