"""What a notice is about, from the published marts: the agency, its current report of a year, what is broken in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import duckdb

from gongkai.errors import UsageError
from gongkai.settings import Home

_AGENCIES: Final = """
select agency_key, full_name
from marts.dim_agency
where agency_key = ? or full_name = ? or agency_name = ? or list_contains(printed_names, ?)
order by agency_key
"""
_BELOW: Final = """
select distinct report.agency_key
from marts.dim_report as report
inner join marts.dim_agency as agency using (agency_key)
inner join marts.fct_finding as finding on finding.report_id = report.report_id and finding.outcome = 'broken'
where report.is_current and report.year = ?
  and (agency.division_code = ? or agency.province_code = ? or agency.city_code = ? or agency.county_code = ?)
  and agency.resolution = 'resolved'
order by report.agency_key
"""
_REPORT: Final = """
select report.report_id, report.document_name, report.document_sha256, report.published_on, agency.full_name
from marts.dim_report as report
inner join marts.dim_agency as agency using (agency_key)
where report.is_current and report.agency_key = ? and report.year = ?
"""
_FAULTS: Final = """
select finding.rule, finding.metric_key, finding.applicant_key, finding.expected, finding.found, finding.message,
       figure.page, figure.x0, figure.top, figure.x1, figure.bottom, figure.path, figure.line
from marts.fct_finding as finding
inner join marts.dim_rule as rule using (rule)
left join marts.dim_metric as metric using (metric_key)
left join marts.dim_applicant as applicant on applicant.applicant_key = finding.applicant_key
left join marts.fct_figure as figure
    on figure.report_id = finding.report_id
    and figure.metric_key = finding.metric_key
    and figure.applicant_key = finding.applicant_key
where finding.report_id = ? and finding.outcome = 'broken'
order by rule.rule_order, metric.metric_order, applicant.applicant_order, finding.message
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is broken.

    Attributes:
        rule: which rule.
        metric_key: the row of the form; null if it is about the report as a whole.
        applicant_key: the column.
        expected: what it would have to be.
        found: what is printed.
        message: the sentence.
        place: page and box, path and line in the document.
    """

    rule: str
    metric_key: str | None
    applicant_key: str | None
    expected: Decimal | None
    found: Decimal | None
    message: str
    place: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """An agency's current report of a year and what is broken in it.

    Attributes:
        agency: full name.
        year: report year.
        document: the file's name.
        sha256: of the file.
        published_on: date that the report bears, if it is known.
        faults: in the order of rules and of the form.
    """

    agency: str
    year: int
    document: str
    sha256: str
    published_on: date | None
    faults: tuple[Fault, ...]


class Published:
    """The published marts, read for notices. Use as a context manager.

    Raises:
        UsageError: nothing is published.
    """

    def __init__(self, home: Home) -> None:
        if not home.warehouse.exists():
            raise UsageError("还没有发布过数据，请先运行 gongkai run。")
        self._connection = duckdb.connect(str(home.warehouse), read_only=True)

    def __enter__(self) -> Published:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def agency_key(self, named: str) -> str:
        """The agency that somebody means, by its key, its full name, or a name that is unique.

        Raises:
            UsageError: there is none, or several; names them.
        """
        rows = self._connection.execute(_AGENCIES, [named] * 4).fetchall()
        exact = [key for key, name in rows if named in (key, name)]
        if len(exact) == 1:
            return str(exact[0])
        if not rows:
            raise UsageError(f"没有名为 {named} 的机关；请用全称（如 某省某市某县教育局）或机关键。")
        if len(rows) > 1:
            choices = "、".join(f"{name}（{key}）" for key, name in rows)
            raise UsageError(f"名为 {named} 的机关不止一个，请写明是哪一个：{choices}。")
        return str(rows[0][0])

    def agencies_below(self, place: str, year: int) -> list[str]:
        """Keys of the agencies of a place, or below it, whose current report of a year breaks a rule."""
        rows = self._connection.execute(_BELOW, [year, *[place] * 4]).fetchall()
        return [str(key) for (key,) in rows]

    def case(self, agency_key: str, year: int, rules: Sequence[str]) -> Case:
        """What there is to tell an agency of its report of a year.

        Args:
            agency_key: the agency.
            year: report year.
            rules: those that notices name.

        Raises:
            UsageError: no report of that year is published.
        """
        row = self._connection.execute(_REPORT, [agency_key, year]).fetchone()
        if row is None:
            raise UsageError(f"没有机关 {agency_key} 已发布的 {year} 年度报告。")
        report_id, document, sha256, published_on, full_name = row
        cursor = self._connection.execute(_FAULTS, [report_id])
        names = [column[0] for column in cursor.description or ()]
        faults = []
        for values in cursor.fetchall():
            fault = dict(zip(names, values, strict=True))
            own = {
                name: fault.pop(name)
                for name in ("rule", "metric_key", "applicant_key", "expected", "found", "message")
            }
            if own["rule"] in rules:
                faults.append(Fault(**own, place=fault))
        return Case(full_name, year, document, sha256, published_on, tuple(faults))
