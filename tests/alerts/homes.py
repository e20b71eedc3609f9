"""Homes with loads that have ended, as far as alerts look at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from extract.landing import write_part
from gongkai import loads
from gongkai.settings import Home

HOLDER = loads.Holder.scheduler()

_MARTS = """
create schema marts;
create table marts.dim_rule (rule varchar, rule_order integer, severity varchar);
insert into marts.dim_rule values ('outcome_total', 2, 'warn'), ('carry_over', 7, 'warn'), ('non_negative', 10, 'critical');
create table marts.dim_agency (agency_key varchar, full_name varchar, division_code varchar);
insert into marts.dim_agency values
    ('990102:财政局', '示例省云海市临港区财政局', '990102'), ('990121101', '示例省云海市青岚县石桥镇', '990121101'),
    ('office~某局', '某局', null);
create table marts.dim_report (report_id varchar, source varchar, document_name varchar);
create table marts.fct_finding (
    report_id varchar, agency_key varchar, year integer, rule varchar, outcome varchar, metric_key varchar,
    applicant_key varchar, expected decimal(24, 6), found decimal(24, 6), message varchar, is_current boolean, load_id varchar
);
create table marts.fct_figure (
    report_id varchar, metric_key varchar, applicant_key varchar, page integer, x0 double, top double, x1 double,
    bottom double, path varchar, line integer
);
create table marts.mart_quarantine (
    report_id varchar, reason varchar, rule varchar, message varchar, source varchar, year integer,
    agency_printed varchar, document_name varchar, document_sha256 varchar
);
create table marts.mart_revision (
    report_id varchar, sentence varchar, agency_key varchar, agency_name varchar, year integer, source varchar,
    changes integer, arrival_zh varchar, document_name varchar, is_implausible boolean, verdict varchar,
    first_load_id varchar
);
create table marts.mart_source_freshness (
    source varchar, state varchar, state_zh varchar, last_success_at timestamp, days_since_success integer,
    last_message varchar
);
"""


def finding(number: int, **more: Any) -> dict[str, Any]:
    """A broken rule of report `number`, in its one cell."""
    return {
        "report_id": f"report-{number}",
        "agency_key": "990102:财政局",
        "year": 2000 + number,
        "rule": "outcome_total",
        "outcome": "broken",
        "metric_key": "requests.total",
        "applicant_key": "research",
        "expected": 3,
        "found": 3 + number,
        "message": f"示例省云海市临港区财政局 {2000 + number} 年度报告第三部分“办理结果总计”行“科研机构”列：按各项计算应为 3，表中为 {3 + number}",
        "is_current": True,
        "load_id": "L",
        **more,
    }


def publish(
    home: Home,
    load_id: str,
    findings: Iterable[Mapping[str, Any]] = (),
    *,
    tables: Mapping[str, Iterable[Mapping[str, Any]]] | None = None,
    failures: Mapping[str, str] | None = None,
    sources: Mapping[str, Iterable[Mapping[str, Any]] | None] | None = None,
) -> None:
    """End a load as published, with these marts."""
    begin(home, load_id, sources)
    every = list(findings)
    home.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(_MARTS)
        rows: dict[str, Iterable[Mapping[str, Any]]] = {"fct_finding": every, **(tables or {})}
        rows["dim_report"] = [
            {"report_id": each, "source": "office", "document_name": f"{each}.pdf"}
            for each in sorted({row["report_id"] for row in every})
        ]
        rows["fct_figure"] = [
            {"report_id": row["report_id"], "metric_key": row["metric_key"], "applicant_key": row["applicant_key"],
             "page": 2, "x0": 101.2, "top": 220.0, "x1": 130.4, "bottom": 232.1}
            for row in {(r["report_id"], r["metric_key"], r["applicant_key"]): r for r in every}.values()
        ]  # fmt: skip
        for table, contents in rows.items():
            for row in contents:
                marks = ", ".join("?" * len(row))
                columns = ", ".join(row)
                connection.execute(
                    f"insert into marts.{table} ({columns}) values ({marks})", list(row.values())
                )
    now = datetime.now(UTC)
    mark = {"load_id": load_id, "mode": "incremental", "started_at": now, "published_at": now}
    write_part(home.landing, "loads", load_id, "mark", [mark])
    for task, sentence in (failures or {}).items():
        loads.record_failure(home, load_id, task, sentence)
    loads.close_load(home, load_id)


def begin(
    home: Home, load_id: str, sources: Mapping[str, Iterable[Mapping[str, Any]] | None] | None = None
) -> None:
    """Begin a load that pulls sources: their findings; null for one that gives nothing at all."""
    pulled = {"office": []} if sources is None else sources
    loads.open_load(
        home, sources=list(pulled) or ["none"], mode="incremental", holder=HOLDER, load_id=load_id
    )
    for name, found in pulled.items():
        rows = [
            {"load_id": load_id, "source": name, "outcome": "broken", "address": None, **row}
            for row in found or ()
        ]
        write_part(home.landing, "source_findings", load_id, f"source-{name}", rows)
        asked = (
            [] if found is None else [{"load_id": load_id, "source": name, "address": "x", "outcome": "new"}]
        )
        write_part(home.landing, "fetches", load_id, f"source-{name}", asked)


def fail(home: Home, load_id: str, task: str, sentence: str, *, gate: str | None = None) -> None:
    """End a load as failed, or as stopped by a gate."""
    if loads.read_record(home, load_id) is None:
        begin(home, load_id)
    if gate:
        loads.record_update(home, load_id, lambda record: record["gates"].update({gate: {"passed": False}}))
    loads.record_failure(home, load_id, task, sentence)
    loads.close_load(home, load_id)


def configure(home: Home, address: str, **more: Any) -> None:
    """Alerts of this home go to a webhook."""
    content = {
        "channels": {"office": {"service": "webhook", "address": "env:ALERT_ADDRESS", "allow_http": True}},
        "routes": [{"to": ["office"]}],
        **more,
    }
    home.root.mkdir(parents=True, exist_ok=True)
    Path(home.root / "alerts.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
