"""What is read of the landing zone, the published marts and the operations records for alerts: every query is here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from extract.landing import read_load
from gongkai.settings import Home

Row = dict[str, Any]

FINDINGS_A_LOAD: Final = 200_000
"""Broken rules that one load takes up; what is beyond comes with the next one, as it is not known by then."""

_FINDINGS: Final = """
with met as (
    select
        concat_ws('|', 'finding', finding.rule, finding.agency_key, cast(finding.year as varchar),
                  coalesce(finding.metric_key, ''), coalesce(finding.applicant_key, '')) as identity,
        finding.*
    from marts.fct_finding as finding
    where finding.outcome = 'broken' and finding.is_current
),

fresh as (
    select * from met
    where not exists (select 1 from known where known.identity = met.identity)
    qualify row_number() over (
        partition by identity order by abs(met.found - met.expected) desc nulls last, met.message nulls last
    ) = 1
)

select
    fresh.identity,
    fresh.rule,
    rule.severity,
    rule.rule_order,
    fresh.agency_key,
    agency.full_name as agency_name,
    agency.division_code,
    fresh.year,
    cast(fresh.expected as double) as expected,
    cast(fresh.found as double) as found,
    fresh.message,
    report.source,
    report.document_name,
    figure.page, figure.x0, figure.top, figure.x1, figure.bottom, figure.path, figure.line
from fresh
inner join marts.dim_rule as rule using (rule)
inner join marts.dim_agency as agency on agency.agency_key = fresh.agency_key
inner join marts.dim_report as report on report.report_id = fresh.report_id
left join marts.fct_figure as figure
    on figure.report_id = fresh.report_id
    and figure.metric_key = fresh.metric_key
    and figure.applicant_key = fresh.applicant_key
order by fresh.identity
limit {limit}
"""

_FINDINGS_GONE: Final = """
select known.identity
from known
where not exists (
    select 1
    from marts.fct_finding as finding
    where finding.outcome = 'broken' and finding.is_current
      and known.identity = concat_ws(
          '|', 'finding', finding.rule, finding.agency_key, cast(finding.year as varchar),
          coalesce(finding.metric_key, ''), coalesce(finding.applicant_key, '')
      )
)
"""

_HELD: Final = """
select concat_ws('|', 'held', report_id, reason, rule) as identity, reason, rule, message, source, year,
       agency_printed, document_name, document_sha256
from marts.mart_quarantine
order by identity
"""

_REVISIONS: Final = """
select concat_ws('|', 'revision', revision.report_id) as identity, revision.sentence, revision.agency_key,
       revision.agency_name, agency.division_code, revision.year, revision.source, revision.changes,
       revision.arrival_zh, revision.document_name, revision.is_implausible
from marts.mart_revision as revision
inner join marts.dim_agency as agency using (agency_key)
where revision.verdict = 'changed' and revision.first_load_id >= ?
  and not exists (select 1 from known where known.identity = concat_ws('|', 'revision', revision.report_id))
order by identity
"""

_DEAD: Final = """
select concat_ws('|', 'source_dead', source) as identity, source, state_zh, last_success_at, days_since_success,
       last_message
from marts.mart_source_freshness
where state = 'dead'
order by source
"""


class Marts:
    """The published marts, read only."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def new_findings(self, known: Sequence[str]) -> list[Row]:
        """Broken rules of current reports, one a rule, agency, year and cell, besides those known to be open."""
        return self._rows(_FINDINGS.format(limit=FINDINGS_A_LOAD), known)

    def findings_gone(self, known: Sequence[str]) -> list[str]:
        """Those of some identities that no current report breaks any more."""
        return [row["identity"] for row in self._rows(_FINDINGS_GONE, known)] if known else []

    def held(self) -> list[Row]:
        """Reports that are held back, one a reason."""
        return self._rows(_HELD)

    def new_revisions(self, since: str, known: Sequence[str]) -> list[Row]:
        """Corrections that a load from `since` on has met first, besides known ones."""
        return self._rows(_REVISIONS, known, since)

    def dead_sources(self) -> list[Row]:
        """Sources without success for days."""
        return self._rows(_DEAD)

    def _rows(self, query: str, known: Sequence[str] = (), *values: object) -> list[Row]:
        self._connection.register("known", pa.table({"identity": pa.array(known, pa.string())}))
        cursor = self._connection.execute(query, list(values))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def published_marts(home: Home) -> Iterator[Marts]:
    """The warehouse as readers see it."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        yield Marts(connection)


@dataclass(frozen=True, slots=True)
class SourceNight:
    """What one source came to in a load.

    Attributes:
        source: its name.
        findings: rows of `source_findings`.
        asked: addresses asked for, files read, documents offered: 0 is an empty night.
    """

    source: str
    findings: tuple[Row, ...]
    asked: int


def source_nights(home: Home, load_id: str, sources: Sequence[str]) -> list[SourceNight]:
    """What each source that a load has pulled came to; one that it did not get to is left out.

    Args:
        home: where.
        load_id: the load, published or not.
        sources: as the load's record names them: names or paths.
    """
    findings = read_load(home.landing, "source_findings", load_id).to_pylist()
    counted: dict[str, int] = {}
    for dataset in ("fetches", "documents"):
        for part in (home.landing / dataset / f"load={load_id}").glob("part-*.parquet"):
            sources_met = pq.ParquetFile(part).read(["source"]).column("source")
            for name, count in Counter(map(str, sources_met.to_pylist())).items():
                counted[name] = counted.get(name, 0) + count
    pulled = _pulled(home, load_id)
    names = {_name(each) for each in sources}
    met = {row["source"] for row in findings} | counted.keys() | (names & pulled)
    return [
        SourceNight(name, tuple(row for row in findings if row["source"] == name), counted.get(name, 0))
        for name in sorted(met)
    ]


def _pulled(home: Home, load_id: str) -> set[str]:
    """Sources that a load has been through: each leaves a part, an empty one, too."""
    parts = (home.landing / "source_findings" / f"load={load_id}").glob("part-source-*.parquet")
    return {part.stem.removeprefix("part-source-").split("~")[0] for part in parts}


def _name(spec: str) -> str:
    """The name that rows carry for a source that was named, or given by its path."""
    from extract.pull import SourceError, load_source

    try:
        return load_source(spec).name
    except SourceError:
        return spec


def warnings(home: Home, load_id: str, gate: str) -> tuple[list[Row], set[str]]:
    """The expectations of severity `warn` that failed in a gate, and all that passed; empty if it did not run."""
    from expectations.records import FAILED, PASSED, validations_path

    path = validations_path(home, load_id, gate)
    if not path.exists():
        return [], set()
    rows = pq.read_table(path).to_pylist()
    failed = [row for row in rows if row["outcome"] == FAILED and row["severity"] == "warn"]
    return failed, {row["expectation_id"] for row in rows if row["outcome"] == PASSED}
