"""Loads as the extractor lands them and marts as dbt builds them, small enough to break one thing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from expectations.contracts import declared_marts
from extract.form import load_form
from extract.landing import SCHEMAS, published_loads, write_part
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
            "reader_version": "1",
            "cells_expected": len(cells),
            "cells_reported": statuses.count("reported"),
            "cells_blank": statuses.count("blank"),
            "cells_doubtful": statuses.count("doubtful"),
            "cells_missing": statuses.count("missing"),
            "retrieved_at": NOW,
        }
    )


def build_marts(home: Home, load_id: str = LOAD, *, database: Path | None = None) -> Path:
    """Build the marts from one load's landing parts, as dbt would: all of the contracts, with rows in those that the gate looks into."""
    path = database or home.build / f"load={load_id}.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_empty_marts())
    with duckdb.connect(str(path)) as connection:
        connection.execute("begin")
        for dataset in SCHEMAS:
            parts = f"{home.landing}/{dataset}/load={load_id}/part-*.parquet"
            source = f"read_parquet('{parts}', hive_partitioning = false)"
            connection.execute(f"create temp view {dataset} as select * from {source}")
        marks = {*published_loads(home.landing), load_id}
        connection.executemany(
            "insert into marts.mart_load (load_id) values (?)", [(mark,) for mark in marks]
        )
        connection.execute(_MARTS)
        connection.execute("commit")
    return path


@cache
def _empty_marts() -> bytes:
    """A DuckDB file with every mart of the contracts and the words of the form."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema marts")
            for mart, declared in declared_marts().items():
                columns = ", ".join(f'"{name}" {kind}' for name, kind in declared.columns.items())
                connection.execute(f'create table marts."{mart}" ({columns})')
            form = load_form()
            words = {
                "dim_metric (metric_key)": [metric.key for metric in form.metrics()],
                "dim_applicant (applicant_key)": ["all", *(one.key for one in form.shared.applicants)],
                "dim_rule (rule)": [rule.key for rule in form.shared.rules],
            }
            for table, keys in words.items():
                connection.executemany(
                    f"insert into marts.{table} values (?)", [(key,) for key in dict.fromkeys(keys)]
                )
        return path.read_bytes()


_WIDE = ", ".join(
    f"max(value) filter (where metric_key = '{metric.key}') as {name}"
    for metric in load_form().metrics()
    if (name := metric.key.removeprefix("proactive.").replace(".", "_"))
    in declared_marts()["mart_agency_year"].columns
    and metric.key != "requests.other"
)
_MARTS = f"""
insert into marts.dim_report by name
    select report_id, row_number() over (order by report_id) as report_no, agency as agency_key, year,
           agency || '@0' as agency_version_key, 1 as revision, true as is_current, document_sha256, generation, source, format,
           cells_expected, cells_reported, cells_blank, cells_doubtful, cells_missing, 0 as findings_broken, load_id
    from reports where report_id not in (select report_id from quarantine);
insert into marts.dim_agency by name
    select distinct agency_key, 'township' as level, null::varchar as parent_key from marts.dim_report;
insert into marts.dim_agency_history by name
    select agency_key, agency_key || '@0' as agency_version_key, 1 as version from marts.dim_agency;
insert into marts.dim_year by name select unnest(range(2019, 2031))::integer as year;
insert into marts.fct_figure by name
    select report_id, agency_key, year, metric as metric_key, applicant as applicant_key,
           case when status = 'reported' then value end as value, status as value_status,
           case when status = 'doubtful' then value end as doubtful_reading, false as is_corrected, is_current
    from cells join marts.dim_report using (report_id);
insert into marts.fct_claim by name
    select report_id, claim_index, agency_key, year, applicant as applicant_key
    from claims join marts.dim_report using (report_id);
insert into marts.fct_finding by name
    select uuid()::varchar as finding_id, report_id, agency_key, year, rule
    from findings join marts.dim_report using (report_id);
insert into marts.mart_review_list by name
    select report_id, year, metric_key, applicant_key from marts.fct_figure where value_status = 'doubtful';
insert into marts.mart_filing by name
    select agency_key, year, report_id, 'filed' as filing, false as is_expected from marts.dim_report where is_current;
insert into marts.mart_source_freshness by name select '样本' as source, 'fresh' as state, '正常' as state_zh, 1 as documents;
insert into marts.mart_quarantine by name select report_id, reason, coalesce(rule, '') as rule from quarantine;
insert into marts.mart_reject by name select document_sha256, coalesce(member, '') as member from rejects;
insert into marts.mart_agency_year by name
    select any_value(report_id) as report_id, agency_key, year, agency_key || '@0' as agency_version_key, 'township' as level,
           '32' as province_code, any_value(generation) as generation, {_WIDE},
           litigation_direct_total + litigation_after_review_total as litigation_total
    from marts.fct_figure join (select report_id, generation from marts.dim_report) using (report_id)
    where applicant_key in ('total', 'all') group by agency_key, year;
insert into marts.mart_region_year by name
    select unnest(['CN', '32']) as place_code, unnest(['country', 'province']) as place_level, level, year,
           count(*) as agencies_reported, sum(requests_received) as requests_received, sum(requests_total) as requests_total,
           sum(review_total) as review_total, sum(litigation_total) as litigation_total, sum(fees_amount) as fees_amount
    from marts.mart_agency_year group by level, year;
insert into marts.mart_outcome_mix by name
    select agency_key, year, 'granted' as outcome, requests_granted as requests, requests_total from marts.mart_agency_year;
insert into marts.mart_denial_reason by name
    select agency_key, year, 'requests.denied.state_secret' as metric_key, requests_denied_state_secret as requests, requests_total
    from marts.mart_agency_year;
insert into marts.mart_review_litigation by name
    select agency_key, year, 'review' as channel, review_total as total from marts.mart_agency_year;
insert into marts.mart_year_over_year by name
    select agency_key, year, requests_received, requests_total, fees_amount from marts.mart_agency_year;
insert into marts.mart_peer by name
    select agency_key, year, requests_received, requests_total, review_total from marts.mart_agency_year;
insert into marts.mart_quality_source by name select source, year, count(*) as reports from marts.dim_report group by source, year;
insert into marts.mart_quality_reader by name
    select '' as reader_version, format, generation, year, count(*) as reports from marts.dim_report
    group by format, generation, year;
insert into marts.mart_quality_agency by name
    select agency_key, count(*) as reports from marts.dim_report group by agency_key;
insert into marts.mart_quality_rule by name
    select rule, year, 'township' as level, '32' as province_code, count(*) as reports
    from marts.dim_report cross join (select rule from marts.dim_rule) group by rule, year;
"""
