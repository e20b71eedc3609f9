"""A person's answer about a case, wherever it was given, as a decision: checked, or refused with a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from pydantic import ValidationError

from gongkai.settings import Home
from review.cases import OPEN, STATES_ZH, Case
from review.decisions import (
    IDENTIFIABLE,
    RELEASABLE,
    VERDICTS,
    Channel,
    Decision,
    DecisionError,
    add_decisions,
    make_decision_id,
    read_decisions,
    sentence_of,
)

STATUS_WORDS: Final[Mapping[str, str]] = {
    "空白": "blank",
    "不适用": "not_applicable",
    "文字": "text",
    "缺失": "missing",
}
"""What a cell may hold besides a number, as people write it in the place of one."""
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_YEAR = re.compile(r"20\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person has answered.

    Attributes:
        verdict: a key of `VERDICTS`, or its word.
        who: their name.
        reason: why.
        value: `correct` of a cell: the number, or a key of `STATUS_WORDS` (or its value).
        agency, year: `correct` of a report: whose it is.
        evidence: what it rests on; the spot in the original, if nothing is said.
    """

    verdict: str
    who: str
    reason: str
    value: str = ""
    agency: str = ""
    year: str = ""
    evidence: str = ""


def possible_verdicts(case: Case) -> tuple[str, ...]:
    """What can be decided about a case; anything else would be refused."""
    if case.subject == "cell":
        able = {"correct"}
        # an amount whose unit is not printed can't be published as it stands: a person has to say what it comes to
        if case.read_value is not None and case.unit == _unit(case.metric):
            able.add("publish_as_printed")
    else:
        able = {"publish_as_printed"} if set(case.rules) <= RELEASABLE else set()
        if set(case.rules) & IDENTIFIABLE:
            able.add("correct")
    return tuple(verdict for verdict in VERDICTS if verdict in able | {"reject", "ask_agency"})


def decide(case: Case, answer: Answer, *, at: datetime, channel: Channel, key: str) -> Decision:
    """The decision that an answer is.

    Args:
        case: what was asked.
        answer: what was answered.
        at: when.
        channel: where.
        key: names the asking (a task of a run, an exported file, a moment): the same answer to the same asking is the same decision.

    Raises:
        DecisionError: it can't be one; the sentence says why.
    """
    verdict = _verdict(case, answer.verdict)
    said: dict[str, Any] = {}
    for name, given in (("复核人", answer.who), ("理由", answer.reason)):
        if not given.strip():
            raise DecisionError(f"没有写{name}。")
    if verdict == "correct" and case.subject == "cell":
        said = _cell_value(answer.value)
    elif verdict == "correct":
        said = _identity(case, answer)
    elif answer.value.strip():
        raise DecisionError(
            f"决定是“{VERDICTS[verdict]}”，不能同时填数值；要更正请选“{VERDICTS['correct']}”。"
        )
    content = [*said.values(), answer.who.strip(), answer.reason.strip()]
    try:
        return Decision(
            decision_id=make_decision_id(channel, key, case.case_id, verdict, case.read_value, *content),
            subject="cell" if case.subject == "cell" else "report",
            report_id=case.report_id,
            document_sha256=case.document_sha256,
            reader_version=case.reader_version,
            agency=case.agency,
            year=case.year,
            rules=case.rules,
            metric=case.metric,
            applicant=case.applicant,
            read_status=case.read_status,
            read_value=case.read_value,
            decision=verdict,  # type: ignore[arg-type]  # checked above
            decided_by=answer.who,
            decided_at=at.replace(microsecond=0),
            reason=answer.reason,
            evidence=answer.evidence.strip() or f"复核原件 {case.place if case.where else '全文'}",
            channel=channel,
            **said,
        )
    except ValidationError as error:
        raise DecisionError(f"{sentence_of(error)}。") from error


def take_down(home: Home, case: Case, decision: Decision) -> bool:
    """Take a decision down, unless it is there already; whether it was not.

    Raises:
        DecisionError: something else has been decided about the case.
    """
    if decision.decision_id in read_decisions(home).decisions:
        return False
    if case.standing != OPEN:
        raise DecisionError(f"{STATES_ZH[case.standing]}：{case.note or ''}要改变，请先撤回原决定。")
    return bool(add_decisions(home, [decision]))


def _verdict(case: Case, given: str) -> str:
    found = next((key for key, word in VERDICTS.items() if given.strip() in (key, word)), None)
    possible = possible_verdicts(case)
    if found is None or found not in possible:
        words = "、".join(VERDICTS[verdict] for verdict in possible)
        what = (
            "没有写决定"
            if not given.strip()
            else f"不能决定“{VERDICTS.get(found or '', given.strip()[:20])}”"
        )
        raise DecisionError(f"{what}；这一件可以选：{words}。{_why_not(case, found)}")
    return found


def _why_not(case: Case, verdict: str | None) -> str:
    if verdict == "publish_as_printed" and case.subject == "cell":
        return "这一格没有读数或没有写明计量单位，请选更正，写明数值或“空白”。"
    if verdict in ("publish_as_printed", "correct") and case.subject == "report":
        return "其余要等新版读取程序或机关重新发布。"
    return ""


def _unit(metric: str | None) -> str | None:
    from extract.form import load_form

    return next((known.unit for known in load_form().metrics() if known.key == metric), None)


def _cell_value(text: str) -> dict[str, Any]:
    given = text.strip()
    status = STATUS_WORDS.get(given) or next((key for key in STATUS_WORDS.values() if key == given), None)
    if status is not None:
        return {"status": status}
    if not _NUMBER.fullmatch(given):
        words = "、".join(STATUS_WORDS)
        raise DecisionError(f"应有数值须为普通写法的数字（不用千分位），或{words}。")
    return {"status": "reported", "value": Decimal(given)}


def _identity(case: Case, answer: Answer) -> dict[str, Any]:
    agency = answer.agency.strip() or (case.agency or "")
    year = answer.year.strip() or ("" if case.year is None else str(case.year))
    if not agency or not _YEAR.fullmatch(year):
        raise DecisionError("更正整份报告须写明机关的全称和年度（如 2023）。")
    if (agency, year) == (case.agency, str(case.year)):
        raise DecisionError("写明的机关和年度与读出的相同，没有更正什么。")
    return {"right_agency": agency, "right_year": int(year)}
