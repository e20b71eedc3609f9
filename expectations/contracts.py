"""Queries of gate two that are written from what is declared: the YAML beside each mart says its columns, keys and references.

A mart that is added is judged from its first night on; nothing about it is repeated here.
"""

# ruff: noqa: S608 - put together from names in the project's own files
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

import pandas as pd

from expectations.suite import vocabulary
from publish.catalog import MODELS, Declared, read_declared

MADE_ANEW: Mapping[str, tuple[str, ...]] = {
    "report_id": (
        "dim_report",
        "fct_claim",
        "fct_extra",
        "fct_figure",
        "fct_finding",
        "fct_revision_change",
        "mart_review_list",
        "mart_revision",
    ),
    "agency_year": (
        "mart_agency_year",
        "mart_denial_reason",
        "mart_outcome_mix",
        "mart_peer",
        "mart_review_litigation",
        "mart_year_over_year",
    ),
    "load_id": ("fct_pull_failure", "mart_pull", "mart_quarantine", "mart_reject", "mart_source_finding"),
}
"""Marts of which a build on top of the last one has made a part anew, by what tells it: touched reports, touched agency-years,
or the load itself. All others are judged whole: they are made whole, and small."""

REPEATED: Mapping[str, Mapping[str, str]] = {
    "mart_outcome_mix": {"requests": "case outcome {outcomes} end", "requests_total": "requests_total"},
    "mart_denial_reason": {
        "requests": "case replace(metric_key, '.', '_') {reasons} end",
        "requests_total": "requests_total",
    },
    "mart_review_litigation": {"total": "case channel {channels} end"},
    "mart_year_over_year": {
        name: name for name in ("requests_received", "requests_total", "fees_amount", "grant_rate")
    },
    "mart_peer": {
        name: name for name in ("requests_received", "requests_total", "review_total", "denial_rate")
    },
}
"""Columns of long marts that repeat the wide one, and what of the wide mart they must be equal to."""

_OUTCOMES = ("granted", "partially_granted", "denied", "unavailable", "not_processed", "other")
_CHANNELS = ("review", "litigation_direct", "litigation_after_review", "litigation")
_SHARE = re.compile(r"(^|_)(share|coverage|percentile)$")
_PRINTED = frozenset({"mart_agency_year", "mart_denial_reason", "mart_outcome_mix", "mart_year_over_year"})
"""Marts whose shares are of numbers that one agency has printed: a part that is more than its whole is a finding, no fault of ours."""
_FIGURES = "fct_figure"
"""Judged by sums a report that have been made already: nobody reads figures twice."""


@cache
def declared_marts() -> Mapping[str, Declared]:
    """What the YAML says of each mart."""
    return read_declared(MODELS / "marts")


def declared_columns() -> pd.DataFrame:
    """One row a mart and column that readers are promised: `mart`, `column_name`, `type`."""
    rows = [
        (mart, name, kind)
        for mart, declared in declared_marts().items()
        for name, kind in declared.columns.items()
    ]
    return pd.DataFrame(rows, columns=["mart", "column_name", "type"])


def values_query() -> str:
    """One row a dataset, column of a closed list and value that the load has landed there."""
    columns = dict.fromkeys((dataset, column) for dataset, column, _ in vocabulary())
    rows = [
        f"select '{dataset}' as dataset, '{column}' as column_name, {column} as value, count(*) as rows"
        f" from {dataset} where {column} is not null group by {column}"
        for dataset, column in columns
    ]
    return (
        f"select found.*, vocabulary.value is not null as is_known from ({_union(rows)}) as found"
        " left join vocabulary using (dataset, column_name, value) order by all"
    )


def grain_query() -> str:
    """One row a mart and key: rows, rows whose key is not whole, rows beyond the first of their key."""
    rows = []
    for mart, declared in declared_marts().items():
        for key in declared.keys if mart != _FIGURES else ():
            keyless = " or ".join(f"{column} is null" for column in key)
            one = key[0] if len(key) == 1 else f"hash({', '.join(key)})"
            rows.append(
                f"select '{mart}' as mart, '{', '.join(key)}' as key_columns, count(*) as rows,"
                f" count(*) filter (where {keyless}) as rows_without_key,"
                f" count(*) - count(distinct {one}) as rows_repeated from {_judged(mart)}"
            )
    rows.append(
        f"select '{_FIGURES}', 'report_id, metric_key, applicant_key', coalesce(sum(cells), 0),"
        " coalesce(sum(if(report_id is null, cells, cells_without_key)), 0), coalesce(sum(cells_repeated), 0) from report_figures"
    )
    # one current revision an agency and year
    rows.append(
        "select 'dim_report (is_current)', 'agency_key, year', count(*), 0, count(*) - count(distinct hash(agency_key, year))"
        f" from {_judged('dim_report')} where is_current"
    )
    return f"select * from ({_union(rows)}) order by all"


def references_query() -> str:
    """One row a reference from a mart to another: rows, and rows whose key the other has not.

    Distinct keys are compared, each with the number of rows that carry it: no fact row is looked at twice.
    """
    rows = []
    for mart, column, table, target, is_required in _references():
        counted, relation = ("sum(cells)", "report_figures")
        if mart != _FIGURES or column in ("metric_key", "applicant_key"):
            counted, relation = "count(*)", _judged(mart)
        lost = f"key not in (select {target} from built.marts.{table} where {target} is not null)"
        rows.append(
            f"select '{mart}' as mart, '{column}' as key_column, '{table}' as dimension, coalesce(sum(n), 0) as rows,"
            f" coalesce(sum(n) filter (where {'key is null or ' if is_required else ''}{lost}), 0) as rows_unresolved"
            f" from (select {column} as key, {counted} as n from {relation} group by {column}) as keys"
        )
    return f"select * from ({_union(rows)}) order by all"


def _references() -> Iterable[tuple[str, str, str, str, bool]]:
    for mart, declared in declared_marts().items():
        named = {(each.column, each.table, each.target) for each in declared.references}
        if {"report_id", "year"} <= declared.required:
            named.add(("year", "dim_year", "year"))
        for column, table, target in sorted(named):
            if table in declared_marts():
                yield mart, column, table, target, column in declared.required


def shares_query() -> str:
    """One row a mart and column that is a share: values that are below 0 or above 1."""
    rows = []
    for mart, declared in declared_marts().items():
        shares = [name for name, kind in declared.columns.items() if kind == "double" and _SHARE.search(name)]
        rows += [
            f"select '{mart}' as mart, '{name}' as column_name, count({name}) as numbers,"
            f" count(*) filter (where {name} < 0 or {name} > 1 or isnan({name})) as values_outside from {_judged(mart)}"
            for name in shares
            if mart not in _PRINTED
        ]
    return f"select * from ({_union(rows)}) order by all"


def repeats_query() -> str:
    """One row a mart and column that repeats the wide mart: rows whose value is another, or that the wide mart lacks."""
    reasons = [
        name
        for name in declared_marts()["mart_agency_year"].columns
        if re.match(r"requests_[a-z]+_[a-z_]+$", name)
    ]
    named = {
        "outcomes": _branches((name, f"wide.requests_{name}") for name in _OUTCOMES),
        "reasons": _branches((name, f"wide.{name}") for name in reasons),
        "channels": _branches((name, f"wide.{name}_total") for name in _CHANNELS),
    }
    rows = []
    for mart, columns in REPEATED.items():
        for column, expression in columns.items():
            equal = expression.format(**named) if "{" in expression else f"wide.{expression}"
            rows.append(
                f"select '{mart}' as mart, '{column}' as column_name, count(*) as rows,"
                f" count(*) filter (where wide.agency_key is null or long.{column} is distinct from {equal}) as rows_off"
                f" from {_judged(mart)} as long left join {_judged('mart_agency_year')} as wide"
                " on wide.agency_key = long.agency_key and wide.year = long.year"
            )
    return f"select * from ({_union(rows)}) order by all"


QUERIES: Mapping[str, Callable[[], str]] = {
    "values": values_query,
    "grain": grain_query,
    "references": references_query,
    "shares": shares_query,
    "repeats": repeats_query,
}
"""The frames of the suites that are made here, by name."""


def _branches(pairs: Iterable[tuple[str, str]]) -> str:
    return " ".join(f"when '{value}' then {column}" for value, column in pairs)


def _judged(mart: str) -> str:
    """What of a mart this build has made."""
    is_anew = any(mart in marts for marts in MADE_ANEW.values())
    return f"anew.{mart}" if is_anew else f"built.marts.{mart}"


def _union(rows: Sequence[str]) -> str:
    return "\nunion all\n".join(rows)
