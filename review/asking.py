"""Asking people for decisions in Airflow's web interface: the cases, the question, and the answer taken down.

The question is a human-in-the-loop task: while it waits it takes no worker's place, and the nightly load knows nothing of it. It ends unanswered after
a while; the case stays open and comes up again after the next load. An answer that can't be taken is asked for again, with the reason.
"""

from __future__ import annotations

import hashlib
import logging
import os
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Final

from gongkai.settings import Home

log = logging.getLogger(__name__)

CASES = "GONGKAI_REVIEW_CASES"
"""How many reports, and how many figures, a run asks about."""
HOURS = "GONGKAI_REVIEW_HOURS"
"""How long a question waits: less than a day, so that each load's run finds the worst cases of that day."""
TRIES: Final = 5
"""How often an answer that can't be taken is asked for again."""
_FULL_WIDTH = str.maketrans("<>*`[]_|#{}!~$\\", "＜＞＊｀［］＿｜＃｛｝！～＄＼")
"""What documents say must be no markup, link or template in a question."""


def cases_a_run() -> int:
    """How many reports, and how many figures, a run asks about: 10, unless the environment says otherwise."""
    return max(1, min(int(os.environ.get(CASES, "10")), 100))


def response_timeout() -> timedelta:
    """How long a question waits: 22 hours, unless the environment says otherwise."""
    return timedelta(hours=float(os.environ.get(HOURS, "22")))


def option(verdict: str) -> str:
    """The button of a decision: its word, and its key."""
    from review.decisions import VERDICTS

    return f"{VERDICTS[verdict]} {verdict}"


def questions(home: Home, limit: int, subject: str) -> list[dict[str, Any]]:
    """The worst open cases as what a question needs: `subject`, `body`, `options` and `case_id`.

    Args:
        home: the installation.
        limit: how many at most.
        subject: those on reports (`report`) or those on figures (`cell`).

    Returns:
        None if nothing is published yet or nothing is open.
    """
    from itertools import islice

    from review.answers import possible_verdicts
    from review.cases import find_cases
    from review.evidence import evidence_of

    if not home.warehouse.exists():
        return []
    found = []
    for case in islice(find_cases(home, subject=subject), limit):
        what = f"暂缓发布：{case.document_name or case.report_id}" if case.subject == "report" else case.what
        found.append(
            {
                "case_id": case.case_id,
                "subject": harmless(f"{case.whose} {what}"),
                "body": _body(case, evidence_of(home, case, pictured=False)),
                "options": [option(verdict) for verdict in possible_verdicts(case)],
            }
        )
    return found


def harmless(text: str) -> str:
    """A text in which nothing is markup, a link or a template any more."""
    return " ".join(text.translate(_FULL_WIDTH).split())


def doubts_zh(evidence: tuple[str, ...]) -> str:
    """What makes a figure doubtful, in Chinese."""
    import yaml

    words = yaml.safe_load(resources.files("review").joinpath("words.yaml").read_text(encoding="utf-8"))
    return "；".join(dict.fromkeys(words[key] for key in evidence if key in words))


def _body(case: Any, evidence: Any) -> str:
    rows = [("机关", case.agency or "机关不明"), ("年度", case.year or "年度不明"), ("内容", case.what)]
    if case.subject == "cell":
        best = "（没有读数）" if case.read_value is None else f"{case.read_value.normalize():f}"
        rows.append(("读数", f"{best} {case.unit or ''}，原文“{case.raw or ''}”"))
        for number, (how, said) in enumerate(evidence.readings, start=1):
            rows.append((f"读法 {number}", f"{how}：{said}"))
        rows += [("存疑原因", doubts_zh(case.evidence)), ("位置", case.place)]
    rows += [
        ("原件", f"{case.document_name or ''}（sha256 {case.document_sha256[:16]}）"),
        ("来源", case.source),
    ]
    if case.note:
        rows.append(("此前的决定", case.note))
    if evidence.problem:
        rows.append(("说明", evidence.problem))
    lines = ["| 项目 | 内容 |", "| --- | --- |"]
    lines += [f"| {name} | {harmless(str(said)) or '—'} |" for name, said in rows]
    if evidence.excerpt:
        # a table: Airflow runs the lines of a block together
        lines += ["", "| 原文摘录 |", "| --- |", *(f"| {_excerpt_line(line)} |" for line in evidence.excerpt)]
    lines += ["", f"看图：`gongkai review show {case.case_id}`"]
    fill = (
        "选“更正”时填应有数值（或空白、不适用、文字、缺失）。"
        if case.subject == "cell"
        else "选“更正”时填机关全称和年度。"
    )
    return "\n".join([*lines, "", f"请选择决定并写明理由。{fill}"])


def _excerpt_line(line: str) -> str:
    """A line of the original; the one that the case is about stands out."""
    text = harmless(line.replace("⇥", " → ")) or "—"
    return f"**{text}**" if line.startswith("▶") else text


def problem_path(home: Home, key: str) -> Path:
    """Where the reason is kept for which an answer has to be asked for again."""
    return home.review / "asked" / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.txt"


def last_problem(home: Home, key: str) -> str | None:
    """Why the last answer could not be taken; null if it was not tried."""
    path = problem_path(home, key)
    return path.read_text(encoding="utf-8") if path.exists() else None


def keep_problem(home: Home, key: str, sentence: str | None) -> None:
    """Keep why an answer could not be taken, or forget it."""
    path = problem_path(home, key)
    if sentence is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(sentence, encoding="utf-8")
    temporary.replace(path)


def take_answer(home: Home, case_id: str, key: str, event: dict[str, Any]) -> str:
    """Take an answer down; doing so again changes nothing. The decision's id.

    Args:
        home: the installation.
        case_id: what was asked.
        key: the asking: the run and the question in it.
        event: what Airflow tells of the answer: `chosen_options`, `params_input`, `responded_by_user`, `responded_at`.

    Raises:
        DecisionError: it can't be taken; the sentence says why.
    """
    from review.answers import Answer, decide, take_down
    from review.cases import get_case

    given = {name: str(value or "") for name, value in (event.get("params_input") or {}).items()}
    user = event.get("responded_by_user") or {}
    at = event.get("responded_at") or datetime.now(UTC)
    answer = Answer(
        verdict=event["chosen_options"][0].rpartition(" ")[2],
        who=str(user.get("name") or user.get("id") or ""),
        **{name: given.get(name, "") for name in ("reason", "value", "agency", "year")},
    )
    case = get_case(home, case_id)
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
    decision = decide(case, answer, at=moment, channel="airflow", key=key)
    take_down(home, case, decision)
    log.info("decision %s of %s on %s", decision.decision_id, decision.decided_by, case_id)
    return decision.decision_id
