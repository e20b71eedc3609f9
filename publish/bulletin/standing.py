"""What each published load left standing, kept so that the next one can be held against it.

`operations/standing/<load id>.json` holds counts and is kept for good (the charts over the last loads are drawn from it);
`<load id>.parquet` holds the findings, and only those of the last loads are kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gongkai.settings import Home
from publish.bulletin.facts import Facts, Query

FINDINGS_KEPT = 3
"""Of how many published loads the findings are kept."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stood after a published load.

    Attributes:
        load_id: the load.
        published_at: when, ISO 8601.
        seconds: how long the load took; null if that is not known.
        counts: numbers by name, see `_COUNTS`.
        phases: seconds of what it went through, see `facts.phases`.
        findings: the file with the broken rules that stood, if it is still kept.
    """

    load_id: str
    published_at: str
    seconds: float | None
    counts: Mapping[str, int | None]
    phases: Mapping[str, float]
    findings: Path | None

    def share(self, part: str, whole: str) -> float | None:
        """A count over another; null where either is unknown or the whole is 0."""
        above, below = self.counts.get(part), self.counts.get(whole)
        return above / below if above is not None and below else None


def keep_standing(facts: Facts) -> None:
    """Write down what stands now; nothing if the published warehouse is not this load's. Repeating it changes nothing.

    Raises:
        duckdb.Error: the warehouse lacks what is counted.
    """
    if not facts.is_published:
        return
    [counts] = facts.query(_COUNTS)
    folder = _folder(facts.home)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{facts.load_id}.parquet"
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    target = str(temporary).replace("'", "''")
    facts.query(f"copy ({_FINDINGS}) to '{target}' (format parquet, compression zstd)")
    temporary.replace(path)
    record = facts.record
    content = {
        "published_at": record.get("published_at") or "",
        "started_at": record.get("started_at"),
        "ended_at": record.get("ended_at"),
        "counts": counts,
        "phases": facts.phases,
    }
    listed = folder / f"{facts.load_id}.json"
    temporary = listed.with_name(f".{listed.name}.{os.getpid()}.tmp")
    temporary.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    temporary.replace(listed)
    for old in sorted(folder.glob("*.parquet"))[:-FINDINGS_KEPT]:
        old.unlink()


def standings(home: Home, until: str, limit: int) -> list[Standing]:
    """What the last published loads left standing, oldest first, up to the load `until` and with it."""
    listed = sorted(path for path in _folder(home).glob("*.json") if path.stem <= until)
    return [_read(path) for path in listed[-limit:]]


def before(home: Home, load_id: str) -> Standing | None:
    """What stood before a load: what the last published one left."""
    listed = sorted(path for path in _folder(home).glob("*.json") if path.stem < load_id)
    return _read(listed[-1]) if listed else None


def _folder(home: Home) -> Path:
    return home.operations / "standing"


def _read(path: Path) -> Standing:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    seconds = None
    if content["started_at"] and content["published_at"]:
        started, published = map(datetime.fromisoformat, (content["started_at"], content["published_at"]))
        seconds = (published - started).total_seconds()
    findings = path.with_suffix(".parquet")
    return Standing(
        path.stem,
        content["published_at"],
        seconds,
        content["counts"],
        content["phases"],
        findings if findings.exists() else None,
    )


def compare_findings(query: Query, old: Path, new: Path, limit: int) -> dict[str, list[dict[str, Any]]]:
    """Broken rules that are `new`, `changed` (same spot, other numbers) or `mended` between two files.

    Returns:
        Rows by kind, at most so many each, the widest gaps first, with `total` beside each.
    """
    rows = query(_COMPARISON, str(old), str(new), limit)
    return {kind: [row for row in rows if row["kind"] == kind] for kind in ("new", "changed", "mended")}


_COUNTS = """
with current as (select * from published.marts.dim_report where is_current),
due as (select max(year) as year from published.marts.mart_filing where is_expected and filing <> 'not_yet_due')
select (select count(*) from current) as reports,
       (select count(distinct agency_key) from current) as agencies,
       (select sum(cells_expected) from current)::bigint as cells,
       (select sum(cells_reported) from current)::bigint as reported,
       (select sum(cells_doubtful) from current)::bigint as doubtful,
       (select sum(cells_missing) from current)::bigint as missing,
       (select count(*) from published.marts.fct_finding where is_current and outcome = 'broken') as broken,
       (select count(*) from published.marts.fct_finding where is_current and outcome = 'not_assessable') as unclear,
       (select count(distinct report_id) from published.marts.mart_quarantine) as held,
       (select count(*) from published.marts.mart_reject) as rejects,
       (select year from due) as due_year,
       (select count(*) from published.marts.mart_filing, due
        where is_expected and mart_filing.year = due.year and filing <> 'not_yet_due') as due,
       (select count(*) from published.marts.mart_filing, due
        where is_expected and mart_filing.year = due.year and filing in ('filed', 'late', 'filed_date_unknown')) as filed
"""
_FINDINGS = """
select finding.agency_key, agency.agency_name, finding.year, finding.rule, finding.metric_key, finding.applicant_key,
       finding.expected, finding.found, finding.message,
       row_number() over (
           partition by finding.agency_key, finding.year, finding.rule, finding.metric_key, finding.applicant_key
           order by finding.expected, finding.found, finding.message
       ) as occurrence
from published.marts.fct_finding as finding
join published.marts.dim_agency as agency using (agency_key)
where finding.is_current and finding.outcome = 'broken'
order by all
"""
_COMPARISON = """
with old as (select * from read_parquet(?)),
new as (select * from read_parquet(?)),
paired as (
    select old.agency_key is not null as was, new.agency_key is not null as stands,
           coalesce(new.agency_name, old.agency_name) as agency_name,
           coalesce(new.year, old.year) as year,
           coalesce(new.rule, old.rule) as rule,
           coalesce(new.metric_key, old.metric_key) as metric_key,
           coalesce(new.applicant_key, old.applicant_key) as applicant_key,
           old.expected as old_expected, old.found as old_found,
           new.expected, new.found,
           coalesce(new.message, old.message) as message
    from old
    full join new
        on new.agency_key = old.agency_key and new.year = old.year and new.rule = old.rule
        and new.occurrence = old.occurrence
        and new.metric_key is not distinct from old.metric_key
        and new.applicant_key is not distinct from old.applicant_key
),
judged as (
    select *, case
        when not was then 'new'
        when not stands then 'mended'
        when expected is distinct from old_expected or found is distinct from old_found then 'changed'
        else 'same'
    end as kind
    from paired
)
select *, count(*) over (partition by kind) as total
from judged
where kind <> 'same'
qualify row_number() over (
    partition by kind
    order by abs(coalesce(found, old_found) - coalesce(expected, old_expected)) desc nulls last,
             agency_name, year, rule, metric_key, applicant_key
) <= ?
order by kind, abs(coalesce(found, old_found) - coalesce(expected, old_expected)) desc nulls last,
         agency_name, year, rule, metric_key, applicant_key
"""
