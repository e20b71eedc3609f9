"""What is known of a load: its record, how the gates judged, what it landed, and the warehouse it published."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

import duckdb

from expectations.frames import landing_connection
from expectations.records import read_validations
from gongkai.settings import Home

log = logging.getLogger(__name__)

Row = dict[str, Any]
PUBLISHED = "published"
"""The state of a load that is published, and the name of the published warehouse in queries."""


class Query(Protocol):
    """Rows of a query; it sees the landing datasets of the load, and the published warehouse as `published` where there is one."""

    def __call__(self, sql: str, *arguments: object) -> list[Row]: ...


class Facts:
    """What a bulletin is made of, read when first asked for."""

    def __init__(self, home: Home, load_id: str, connection: duckdb.DuckDBPyConnection) -> None:
        self.home = home
        self.load_id = load_id
        self._connection = connection

    def query(self, sql: str, *arguments: object) -> list[Row]:
        """Rows as mappings."""
        result = self._connection.execute(sql, list(arguments))
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """The load's record; empty if it never began."""
        return _read_record(self.home, self.load_id)

    @cached_property
    def phases(self) -> dict[str, float]:
        """Seconds of what the load went through, in order; pulling and reading, which are spread over tasks, by what stands around
        them.
        """
        return phases(self.record)

    @cached_property
    def validations(self) -> list[Row]:
        """The gates' outcomes, landing first."""
        return read_validations(self.home, self.load_id).to_pylist()

    @cached_property
    def counts(self) -> Row:
        """What the load's landing parts hold."""
        [row] = self.query(_COUNTS)
        return row

    @cached_property
    def is_published(self) -> bool:
        """Whether the warehouse that readers see is this load's."""
        if self.record.get("state") != PUBLISHED or not self.home.warehouse.exists():
            return False
        self._attach()
        newest = self.query(
            "select load_id from published.marts.mart_load order by published_at desc, load_id desc limit 1"
        )
        return not newest or newest[0]["load_id"] == self.load_id

    def _attach(self) -> None:
        path = str(self.home.warehouse).replace("'", "''")
        self._connection.execute(f"attach if not exists '{path}' as published (read_only)")

    def add_all_findings(self) -> None:
        """Make the view `all_findings`: those landed, and those across years if the load got published."""
        try:
            self._connection.execute(_ALL_FINDINGS if self.is_published else _LANDED_FINDINGS)
        except duckdb.Error:
            log.exception("findings can't be read; the sections that need them will say so")


def phases(record: Mapping[str, Any]) -> dict[str, float]:
    """Seconds of what a load went through, in order, as far as it got."""
    steps = record.get("steps", {})
    took: dict[str, float] = {}
    behind = record.get("started_at")
    for name, step in sorted(steps.items(), key=lambda item: str(item[1]["ended_at"])):
        gathered = {"plan_batches": "pull", "gate_landing": "extract"}.get(name)
        if gathered and behind:
            took[gathered] = max(0.0, _seconds_between(behind, step["ended_at"]) - step["seconds"])
        took[name] = step["seconds"]
        behind = step["ended_at"]
    return took


def _seconds_between(first: str, last: str) -> float:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()


@contextmanager
def load_facts(home: Home, load_id: str) -> Iterator[Facts]:
    """What is known of a load, also of one that never began."""
    with landing_connection(home, load_id, strict=False) as connection:
        facts = Facts(home, load_id, connection)
        facts.add_all_findings()
        yield facts


def _read_record(home: Home, load_id: str) -> Mapping[str, Any]:
    path = home.operations / "loads" / f"{load_id}.json"
    if not path.exists():
        return {}
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


_COUNTS = """
select (select count(distinct document_sha256) from documents) as documents,
       (select count(distinct document_sha256) filter (where is_new) from documents) as documents_new,
       (select count(*) from reports) as reports,
       (select count(*) filter (where status = 'reported') from cells) as reported,
       (select count(*) filter (where status = 'doubtful') from cells) as doubtful,
       (select count(*) filter (where status = 'missing') from cells) as missing,
       (select count(*) from cells) as cells,
       (select count(*) filter (where outcome = 'broken') from all_findings) as broken,
       (select count(*) filter (where outcome = 'not_assessable') from all_findings) as unclear,
       (select count(distinct report_id) from quarantine) as held,
       (select count(*) from rejects) as rejects
"""

_LANDED_FINDINGS = """
create view all_findings as
select report_id, rule, outcome, metric, applicant, expected, found, message from findings
"""
_ALL_FINDINGS = """
create view all_findings as
select report_id, rule, outcome, metric, applicant, expected, found, message from findings
union all
select fact.report_id, fact.rule, fact.outcome, fact.metric_key, fact.applicant_key,
       fact.expected, fact.found, fact.message
from published.marts.fct_finding as fact
where fact.load_id = (select load_id from this_load)
and fact.rule not in (select rule from findings where rule is not null)
"""
