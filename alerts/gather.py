"""From a load's records, landing parts and marts to alerts: what is the matter now, and what is mended."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from alerts.alert import Alert, alert_of
from alerts.ledger import Ledger
from alerts.queries import FINDINGS_A_LOAD, Marts, Row, SourceNight, published_marts, source_nights, warnings
from alerts.settings import AlertSettings
from gongkai import loads
from gongkai.settings import PROJECT_ROOT, TIME_ZONE, Home

log = logging.getLogger(__name__)

_SOURCE_RULES: Final = PROJECT_ROOT / "dbt_project" / "seeds" / "source_rule.csv"
_GATES: Final = ("landing", "marts")
_MODES: Final = {
    "incremental": "每晚加载",
    "full": "全部重读的加载",
    "backfill": "补拉",
    "reread": "重读",
}
_ABOUT_SOURCES: Final = ("pull[", "open_load[")
"""Tasks whose failures are about one source: those are told as findings of the source."""
_LOAD_KINDS: Final = ("load_stopped", "load_failed", "load_late", "warehouse_stale", "task_failed")
"""What the next publication mends, unless it meets it itself."""


@dataclass(slots=True)
class Gathered:
    """What a load gives reason to tell.

    Attributes:
        met: what is the matter.
        gone: identities of open alerts that are the matter no more; what is among `met`, too, is still open.
    """

    met: list[Alert] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def gather(home: Home, record: Mapping[str, Any], ledger: Ledger, settings: AlertSettings) -> Gathered:
    """Everything a load gives reason to tell.

    Args:
        home: where.
        record: the load's record, its outcome settled.
        ledger: what is open, and which loads were gathered.
        settings: for how old what is published may be.
    """
    found = Gathered()
    published = record["state"] == loads.PUBLISHED
    _about_load(record, ledger, published, found)
    _about_interrupted(home, record, ledger, found)
    if not published:
        found.met += _stale(home, record, settings)
    _about_sources(home, record, ledger, found)
    _about_recipients(record, ledger, settings, found)
    _about_expectations(home, record, ledger, found)
    if published and home.warehouse.exists():
        with published_marts(home) as marts:
            _about_reports(marts, record, ledger, found)
    return found


def late(record: Mapping[str, Any] | None, load_id: str, due_at: datetime) -> Alert:
    """The alert that a load was not published when it was due.

    Args:
        record: the load's record; null if it has not begun.
        load_id: the load.
        due_at: when it was due.
    """
    if record is None:
        state = "还没有开始（可能在等另一个加载结束，或调度器繁忙）"
    else:
        done = list(record["steps"])
        state = f"已完成 {'、'.join(done)}，之后仍在进行" if done else "刚刚开始"
    due = due_at.astimezone(TIME_ZONE)
    message = (
        f"加载 {load_id} 应在 {due:%m-%d %H:%M} 前发布，至今没有发布：{state}。已发布的数据仍是上一次的。"
    )
    return alert_of("load_late", "nightly", message, subject="每晚加载")


# --- the load itself ---


def _about_load(record: Mapping[str, Any], ledger: Ledger, published: bool, found: Gathered) -> None:
    name, load_id = _MODES.get(record["mode"] or "", "加载"), record["load_id"]
    # a load that never began has failures, but nobody to settle what they come to
    why = record["error"] or "；".join(failure["message"] for failure in record["failures"])
    if published:
        found.gone += ledger.open_identities(*_LOAD_KINDS)
    elif record["state"] == loads.STOPPED:
        message = f"{name} {load_id} 被质量关卡拦下，没有发布，已发布的数据保持不变。{why}"
        found.met.append(alert_of("load_stopped", name, message, subject=name))
    else:
        message = f"{name} {load_id} 失败，没有发布，已发布的数据保持不变。{why}"
        found.met.append(alert_of("load_failed", name, message, subject=name))
    for failure in record["failures"]:
        if failure["task"].startswith("open_load["):
            source = failure["task"].partition("[")[2].rstrip("]")
            found.met.append(
                alert_of(
                    "source_settings", source, failure["message"], source=source, subject=f"来源 {source}"
                )
            )
        elif published and not failure["task"].startswith(_ABOUT_SOURCES):
            # of a load that came to nothing the load's own alert tells why
            task = failure["task"].partition("[")[0]
            message = f"{name} {load_id} 的任务 {failure['task']} 失败：{failure['message']}"
            found.met.append(alert_of("task_failed", f"{name}|{task}", message, subject=f"任务 {task}"))


def _about_interrupted(home: Home, record: Mapping[str, Any], ledger: Ledger, found: Gathered) -> None:
    """Loads that were killed and taken over, and have told nobody."""
    first = ledger.first_gathered() or record["load_id"]
    for other in loads.list_records(home, 50):
        told = other["load_id"] < first or ledger.was_gathered(other["load_id"])
        if other["state"] == loads.INTERRUPTED and not told:
            message = f"加载 {other['load_id']} 中断，没有发布。{other['error'] or ''}"
            found.met.append(alert_of("load_interrupted", other["load_id"], message, subject="加载中断"))


def _stale(home: Home, record: Mapping[str, Any], settings: AlertSettings) -> Iterator[Alert]:
    stamps = [other["published_at"] for other in loads.list_records(home) if other["published_at"]]
    if not stamps:
        return
    last = max(datetime.fromisoformat(stamp) for stamp in stamps)
    if datetime.now(TIME_ZONE) - last > timedelta(hours=settings.stale_after_hours):
        message = (
            f"已发布的数据停留在 {last:%Y-%m-%d %H:%M}，超过 {settings.stale_after_hours} 小时没有更新；"
            f"最近一次加载 {record['load_id']} 没有发布。"
        )
        yield alert_of("warehouse_stale", "warehouse", message, subject="数据仓库")


# --- sources ---


def _about_sources(home: Home, record: Mapping[str, Any], ledger: Ledger, found: Gathered) -> None:
    nights = source_nights(home, record["load_id"], record["sources"])
    for night in nights:
        found.met += _of_night(night)
    pulled = {night.source for night in nights}
    still = {alert.source for alert in found.met if alert.kind == "source_settings"}
    for identity in ledger.open_identities("source_finding", "empty_night", "source_settings", "source_dead"):
        kind, source = identity.split("|")[:2]
        # a source that was pulled says by itself what is still the matter; dead ones are the marts' to tell
        mended = source in pulled and kind != "source_dead"
        if (mended and source not in still) or _is_retired(source):
            found.gone.append(identity)


def _about_recipients(
    record: Mapping[str, Any], ledger: Ledger, settings: AlertSettings, found: Gathered
) -> None:
    """Sources whose file names somebody for their alerts whom the settings do not know."""
    for source in record["sources"] if settings.channels else ():
        recipient = source_recipient(source)
        if recipient is not None and not settings.knows(recipient):
            message = (
                f"来源 {source} 的告警接收人“{recipient}”在告警配置中既不是渠道，也不在 recipients 里；"
                "它的告警只按 routes 发送"
            )
            found.met.append(
                alert_of("recipient_unknown", source, message, source=source, subject=f"来源 {source}")
            )
    met = {alert.identity for alert in found.met}
    asked = {f"recipient_unknown|{source}" for source in record["sources"]}
    found.gone += [each for each in ledger.open_identities("recipient_unknown") if each in asked - met]


def _of_night(night: SourceNight) -> Iterator[Alert]:
    about = {"source": night.source, "place": source_place(night.source), "subject": f"来源 {night.source}"}
    for row in night.findings:
        yield alert_of(
            "source_finding",
            f"{night.source}|{row['rule']}|{row['address'] or ''}",
            row["message"],
            severity=_source_severities().get(row["rule"], "warn"),
            rule=row["rule"],
            position=row["address"],
            weight=abs((row["found"] or 0.0) - (row["expected"] or 0.0)),
            **about,
        )
    if not night.findings and not night.asked:
        message = f"来源 {night.source} 本次没有列出、也没有请求任何文件；请检查来源配置（地址、年度、目录是否为空）"
        yield alert_of("empty_night", night.source, message, **about)


@cache
def _source_severities() -> dict[str, str]:
    with _SOURCE_RULES.open(encoding="utf-8", newline="") as file:
        return {row["rule"]: row["severity"] for row in csv.DictReader(file)}


def _is_retired(name: str) -> bool:
    """Whether a source has a file no more, or is not enabled: what was the matter with it matters no more."""
    from extract.pull import SourceError, load_source, source_names

    if name not in source_names():
        return False  # a path that was given by hand: nothing says that it is gone
    try:
        return not load_source(name).enabled
    except SourceError:
        return False


def source_place(name: str | None) -> str | None:
    """The place that a source in `sources/` covers; null if it says none."""
    from extract.pull import SourceError, load_source

    try:
        return load_source(name).place if name else None
    except SourceError:
        return None


def source_recipient(name: str | None) -> str | None:
    """Who gets the alerts of a source in `sources/`, as its file says."""
    from extract.pull import SourceError, load_source

    try:
        return load_source(name).alert if name else None
    except SourceError:
        return None


# --- gates ---


def _about_expectations(home: Home, record: Mapping[str, Any], ledger: Ledger, found: Gathered) -> None:
    passed: set[str] = set()
    for gate in _GATES:
        failed, fine = warnings(home, record["load_id"], gate)
        passed |= {f"expectation|{gate}|{each}" for each in fine}
        for row in failed:
            examples = f"，例如 {'、'.join(row['examples'][:3])}" if row["examples"] else ""
            message = f"{row['sentence']}：{row['observed']}{examples}"
            found.met.append(
                alert_of(
                    "expectation",
                    f"{gate}|{row['expectation_id']}",
                    message,
                    rule=row["expectation_id"],
                    subject=row["title"],
                    weight=float(row["unexpected_count"] or 0),
                )
            )
    found.gone += [each for each in ledger.open_identities("expectation") if each in passed]


# --- reports ---


def _about_reports(marts: Marts, record: Mapping[str, Any], ledger: Ledger, found: Gathered) -> None:
    known = ledger.open_identities("finding")
    fresh = marts.new_findings(known)
    if len(fresh) >= FINDINGS_A_LOAD:
        log.warning("more than %d new findings: the rest is taken up by the next load", FINDINGS_A_LOAD)
    found.met += map(_of_finding, fresh)
    found.gone += marts.findings_gone(known)
    held = [_of_held(row) for row in marts.held()]
    found.met += held
    found.gone += set(ledger.open_identities("held")) - {alert.identity for alert in held}
    since = ledger.first_gathered() or record["load_id"]
    found.met += map(_of_revision, marts.new_revisions(since, sorted(ledger.known("revision"))))
    dead = [_of_dead(row) for row in marts.dead_sources() if not _is_retired(row["source"])]
    found.met += dead
    found.gone += set(ledger.open_identities("source_dead")) - {alert.identity for alert in dead}


def _of_finding(row: Row) -> Alert:
    difference = abs(row["found"] - row["expected"]) if None not in (row["found"], row["expected"]) else 0.0
    return alert_of(
        "finding",
        row["identity"].removeprefix("finding|"),
        row["message"],
        severity=row["severity"],
        subject=f"{row['agency_name']} {row['year']} 年度",
        rule=row["rule"],
        source=row["source"],
        place=row["division_code"] or source_place(row["source"]),
        agency_key=row["agency_key"],
        year=row["year"],
        position=position(row),
        weight=difference,
    )


def _of_held(row: Row) -> Alert:
    agency, year = row["agency_printed"] or "机关不明", row["year"] or "年度不明"
    return alert_of(
        "held",
        row["identity"].removeprefix("held|"),
        row["message"],
        subject=f"{agency} {year}（{row['document_name']}）",
        rule=row["rule"] or row["reason"],
        source=row["source"],
        place=source_place(row["source"]),
        year=row["year"],
        position=f"{row['document_name']}（sha256 {row['document_sha256'][:8]}）",
    )


def _of_revision(row: Row) -> Alert:
    return alert_of(
        "revision",
        row["identity"].removeprefix("revision|"),
        row["sentence"],
        subject=f"{row['agency_name']} {row['year']} 年度",
        severity="warn" if row["is_implausible"] else None,
        source=row["source"],
        place=row["division_code"] or source_place(row["source"]),
        agency_key=row["agency_key"],
        year=row["year"],
        position=f"{row['document_name']}（{row['arrival_zh']}）",
        weight=float(row["changes"]),
    )


def _of_dead(row: Row) -> Alert:
    last = f"{row['last_success_at']:%Y-%m-%d}"
    message = f"来源 {row['source']} 已有 {row['days_since_success']} 天没有成功（上次成功 {last}）。{row['last_message'] or ''}"
    return alert_of(
        "source_dead",
        row["source"],
        message,
        subject=f"来源 {row['source']}",
        source=row["source"],
        place=source_place(row["source"]),
        weight=float(row["days_since_success"]),
    )


def position(row: Mapping[str, Any]) -> str:
    """Where in a document something stands, in words: file, page and box, element path or line."""
    parts: list[str] = [row["document_name"]]
    if row["page"] is not None:
        parts.append(f"第 {row['page']} 页")
    if row["x0"] is not None:
        box = "，".join(f"{row[side]:.0f}" for side in ("x0", "top", "x1", "bottom"))
        parts.append(f"框（{box}）")
    if row["path"]:
        parts.append(f"路径 {row['path']}")
    if row["line"] is not None:
        parts.append(f"第 {row['line']} 行")
    return " ".join(parts)
