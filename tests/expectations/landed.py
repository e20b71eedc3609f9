"""Loads as the extractor lands them and marts as dbt builds them, small enough to break one thing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from extract.form import load_form
from extract.landing import SCHEMAS, write_part
from gongkai.settings import Home

LOAD = "20261101T020000-0001"
NOW = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


@dataclass
class Report:
    """A report to land: every cell of its form reported as 0, but for `cells` and `without`."""

    agency: str | None = "清溪镇"
    year: int | None = 2023
    generation: str = "2021"
    alternative: str | None = None
    cells: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    without: Sequence[tuple[str, str]] = ()
    findings: Sequence[Mapping[str, Any]] = ()
    title: str | None = None
    name: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(f"{self.name}{self.agency}{self.year}".encode()).hexdigest()

    @property
    def report_id(self) -> str:
        return f"{self.sha256[:16]}-0"


def many(number: int, **facts: Any) -> list[Report]:
    """So many sound reports of different agencies."""
    return [Report(agency=f"第{index}镇", **facts) for index in range(number)]


def land(
    home: Home,
    reports: Iterable[Report] = (),
    *,
    load_id: str = LOAD,
    rejects: Sequence[Mapping[str, Any]] = (),
    documents: Sequence[Mapping[str, Any]] = (),
    published: bool = False,
) -> None:
    """Land a load: its reports with their documents, rejects with theirs, and further documents."""
    rows: dict[str, list[dict[str, Any]]] = {dataset: [] for dataset in SCHEMAS}
    for report in reports:
        _add_report(rows, load_id, report)
    for reject in rejects:
        row = {
            "error_class": "corrupt",
            "sentence": "文件不完整",
            "source": "样本",
            **reject,
            "load_id": load_id,
        }
        rows["rejects"].append({**row, "document_path": row.get("document_path", "坏.pdf")})
        rows["documents"].append(_document(load_id, str(reject["document_sha256"]), "坏.pdf"))
    rows["documents"] += [{**_document(load_id, "", "旧.txt"), **facts} for facts in documents]
    for dataset in SCHEMAS:
        write_part(home.landing, dataset, load_id, "open", [])
        if dataset != "loads":
            write_part(home.landing, dataset, load_id, "batch-0001", rows[dataset])
    if published:
        write_part(home.landing, "loads", load_id, "commit", [{"load_id": load_id, "published_at": NOW}])


def _document(load_id: str, sha256: str, name: str) -> dict[str, Any]:
    facts = {"load_id": load_id, "document_sha256": sha256, "source": "样本", "address": name, "name": name}
    return {**facts, "size_bytes": 1, "retrieved_at": NOW, "is_new": True}


def _add_report(rows: dict[str, list[dict[str, Any]]], load_id: str, report: Report) -> None:
    key = {"load_id": load_id, "report_id": report.report_id}
    cells = []
    generation = load_form().generation(report.generation)
    for number, (metric, applicant) in enumerate(generation.expected_cells(report.alternative)):
        if (metric, applicant) in report.without:
            continue
        changed = report.cells.get((metric, applicant), {})
        sound = {"status": "reported", "value": Decimal(0), "unit": "件", "raw": "0", "line": number + 1}
        cells.append({**key, "metric": metric, "applicant": applicant, **sound, **changed})
    statuses = [cell["status"] for cell in cells]
    rows["cells"] += cells
    rows["findings"] += [{**key, "outcome": "broken", **finding} for finding in report.findings]
    rows["documents"].append(_document(load_id, report.sha256, report.name or f"{report.agency}.txt"))
    rows["reports"].append(
        {
            **key,
            "document_sha256": report.sha256,
            "document_path": report.name or f"{report.agency}.txt",
            "report_index": 0,
            "source": "样本",
            "format": "text",
            "title": report.title or f"{report.agency}{report.year}年政府信息公开工作年度报告",
            "agency": report.agency,
            "year": report.year,
            "generation": report.generation,
            "cells_expected": len(cells),
            "cells_reported": statuses.count("reported"),
            "cells_blank": statuses.count("blank"),
            "cells_doubtful": statuses.count("doubtful"),
            "cells_missing": statuses.count("missing"),
            "retrieved_at": NOW,
        }
    )


def build_marts(home: Home, load_id: str = LOAD, *, database: Path | None = None) -> Path:
    """Build the marts that the gate looks at from one load's landing parts, as dbt would."""
    path = database or home.build / f"load={load_id}.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for dataset in SCHEMAS:
            parts = f"{home.landing}/{dataset}/load={load_id}/part-*.parquet"
            source = f"read_parquet('{parts}', hive_partitioning = false)"
            connection.execute(f"create temp view {dataset} as select * from {source}")
        metrics = [(metric.key,) for metric in load_form().metrics()]
        connection.execute("create schema marts")
        connection.execute("create table marts.dim_metric (metric_key varchar)")
        connection.executemany("insert into marts.dim_metric values (?)", metrics)
        rules = [(rule.key,) for rule in load_form().shared.rules]
        connection.execute("create table marts.dim_rule (rule varchar)")
        connection.executemany("insert into marts.dim_rule values (?)", rules)
        connection.execute(_MARTS)
    return path


_MARTS = """
create table marts.dim_report as
    select report_id, agency as agency_key, year, 1 as revision, true as is_current, document_sha256, generation,
           cells_reported, load_id
    from reports where report_id not in (select report_id from quarantine);
create table marts.dim_agency as select distinct agency_key from marts.dim_report;
create table marts.dim_year as select unnest(range(2019, 2031))::integer as year;
create table marts.dim_applicant as select distinct applicant as applicant_key from cells;
create table marts.fct_figure as
    select report_id, agency_key, year, metric as metric_key, applicant as applicant_key,
           case when status = 'reported' then value end as value, status as value_status,
           case when status = 'doubtful' then value end as doubtful_reading,
           false as is_corrected, null::varchar as read_status, null::decimal(24, 6) as read_value, is_current
    from cells join marts.dim_report using (report_id);
create table marts.fct_claim as
    select report_id, claim_index, agency_key, year from claims join marts.dim_report using (report_id);
create table marts.fct_finding as
    select uuid() as finding_id, report_id, agency_key, year, rule from findings
    join marts.dim_report using (report_id);
create table marts.mart_review_list as
    select report_id, metric_key, applicant_key from marts.fct_figure where value_status = 'doubtful';
create table marts.fct_revision_change as
    select report_id, report_id as previous_report_id, metric_key, applicant_key from marts.fct_figure where false;
create table marts.mart_revision as
    select report_id, report_id as previous_report_id, agency_key from marts.dim_report where false;
create table marts.mart_filing as
    select agency_key, year, report_id, 'filed' as filing from marts.dim_report where is_current;
create table marts.mart_filing_summary as select '99' as place_code, 'township' as level, 2023 as year;
create table marts.mart_correction (file varchar, line integer);
create table marts.dim_agency_history as select agency_key, 1 as version from marts.dim_agency;
create table marts.mart_outcome_mix as select agency_key, year from marts.dim_report where false;
create table marts.mart_denial_reason as from marts.mart_outcome_mix;
create table marts.mart_review_litigation as from marts.mart_outcome_mix;
create table marts.mart_year_over_year as from marts.mart_outcome_mix;
create table marts.mart_peer as from marts.mart_outcome_mix;
create table marts.mart_region_year as from marts.mart_filing_summary;
create table marts.mart_quality_agency as from marts.dim_agency;
create table marts.mart_quality_finding as from marts.mart_outcome_mix;
create table marts.mart_quality_reader as from marts.mart_outcome_mix;
create table marts.mart_quality_rule as from marts.mart_outcome_mix;
create table marts.mart_quality_source as from marts.mart_outcome_mix;
create table marts.mart_source_freshness as select '样本' as source;
create table marts.mart_load as select distinct load_id, now() as published_at from documents;
create table marts.mart_quarantine as select report_id, reason from quarantine;
create table marts.mart_reject as select document_sha256 from rejects;
create table marts.mart_agency_year as
    select agency_key, year,
           max(value) filter (where metric_key = 'requests.received') as requests_received,
           max(value) filter (where metric_key = 'requests.carried_in') as requests_carried_in,
           max(value) filter (where metric_key = 'requests.total') as requests_total,
           max(value) filter (where metric_key = 'requests.carried_forward') as requests_carried_forward,
           max(value) filter (where metric_key = 'review.total') as review_total,
           max(value) filter (where metric_key = 'litigation.direct.total') as litigation_direct_total,
           max(value) filter (where metric_key = 'litigation.after_review.total')
               as litigation_after_review_total
    from marts.fct_figure where applicant_key in ('total', 'all') group by agency_key, year;
"""
