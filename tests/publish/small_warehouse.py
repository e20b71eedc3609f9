"""A small published warehouse made by hand: every mart as its YAML declares it, with the rows a test cares about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import duckdb
import yaml

from publish.catalog import MODELS

FIRST = "20261120T020000-0001"
SECOND = "20261121T020000-0002"
THIRD = "20261122T020000-0003"
_DOC = re.compile(r"\{\{ doc\('(\w+)'\) \}\}")


@dataclass(frozen=True)
class Filed:
    """A report of an agency: its figures by metric, all for the applicant `total`."""

    agency: str
    year: int
    figures: Mapping[str, int | Decimal | None]
    load_id: str = FIRST
    raw: str | None = None
    evidence: Sequence[str | None] | None = ("by_column",)

    @property
    def report_id(self) -> str:
        return f"{self.agency}-{self.year}-0".replace(":", "")


@dataclass(frozen=True)
class Small:
    """What the warehouse holds.

    Attributes:
        load_id: the load that published it; all loads up to it are in `mart_load`.
        filed: its reports.
        names: names of agencies by key; the key itself where there is none.
        more: further rows by table.
    """

    load_id: str = FIRST
    filed: Sequence[Filed] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


LOADS = (FIRST, SECOND, THIRD)
_ROWS_A_STATEMENT = 100
_SOME_TIME = datetime(2026, 11, 20, 6)  # noqa: DTZ001 - as the marts hold it: China time


def write_warehouse(path: Path, small: Small) -> Path:
    """Write the file anew, in one step, as a publication does."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(unfinished)) as connection:
        connection.execute("begin; create schema marts")
        for model in _models():
            _create(connection, model)
        for table, rows in _rows(small).items():
            _insert(connection, table, rows)
        connection.execute("commit")
    unfinished.replace(path)
    return path


@cache
def _models() -> list[dict[str, Any]]:
    found = []
    for path in sorted((MODELS / "marts").rglob("*.yml")):
        found += yaml.safe_load(path.read_text("utf-8")).get("models", [])
    return found


def _create(connection: duckdb.DuckDBPyConnection, model: Mapping[str, Any]) -> None:
    name = model["name"]
    columns = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in model["columns"])
    connection.execute(f'create table marts."{name}" ({columns})')
    connection.execute(f'comment on table marts."{name}" is {_literal(model["description"])}')
    for column in model["columns"]:
        said = _DOC.sub(r"\1", column.get("description", ""))
        connection.execute(f'comment on column marts."{name}"."{column["name"]}" is {_literal(said)}')


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; columns that must not be empty and are not given get something of their type."""
    [model] = [model for model in _models() if model["name"] == table]
    required = {
        column["name"]: column["data_type"]
        for column in model["columns"]
        if any(each["type"] == "not_null" for each in column.get("constraints", []))
    }
    alike: dict[tuple[str, ...], list[list[Any]]] = {}
    for row in rows:
        whole = {name: _something(kind) for name, kind in required.items()} | dict(row)
        alike.setdefault(tuple(whole), []).append(list(whole.values()))
    for columns, values in alike.items():
        names = ", ".join(f'"{name}"' for name in columns)
        marks = f"({', '.join('?' * len(columns))})"
        for begin in range(0, len(values), _ROWS_A_STATEMENT):
            some = values[begin : begin + _ROWS_A_STATEMENT]
            connection.execute(
                f'insert into marts."{table}" ({names}) values {", ".join([marks] * len(some))}',
                [value for row in some for value in row],
            )


def _something(kind: str) -> Any:
    if kind.endswith("[]"):
        return []
    if kind == "varchar":
        return ""
    if kind == "boolean":
        return True
    if kind.startswith(("timestamp", "date")):
        return _SOME_TIME
    return 0


def _rows(small: Small) -> dict[str, list[Mapping[str, Any]]]:
    agencies = sorted({filed.agency for filed in small.filed})
    years = sorted({filed.year for filed in small.filed})
    metrics = sorted({metric for filed in small.filed for metric in filed.figures})
    rows: dict[str, list[Mapping[str, Any]]] = {
        "dim_agency": [_agency(key, small.names.get(key, key)) for key in agencies],
        "dim_agency_history": [
            {"agency_version_key": f"{key}@0", "agency_key": key, "agency_name": small.names.get(key, key)}
            for key in agencies
        ],
        "dim_year": [{"year": year, "year_zh": f"{year} 年度"} for year in years],
        "dim_metric": [
            {"metric_key": key, "name_zh": f"指标 {key}", "metric_order": order}
            for order, key in enumerate(metrics)
        ],
        "dim_applicant": [{"applicant_key": "total", "name_zh": "总计", "applicant_order": 1}],
        "mart_load": [
            {
                "load_id": load_id,
                "mode": "full",
                "sources": ["samples"],
                "published_at": _SOME_TIME + timedelta(days=number),
            }
            for number, load_id in enumerate(LOADS)
            if small.load_id and load_id <= small.load_id
        ],
        "dim_report": [],
        "fct_figure": [],
        "mart_agency_year": [],
    }
    for filed in small.filed:
        common = {
            "report_id": filed.report_id,
            "agency_key": filed.agency,
            "year": filed.year,
            "load_id": filed.load_id,
        }
        version = {"agency_version_key": f"{filed.agency}@0"}
        name = small.names.get(filed.agency, filed.agency)
        rows["dim_report"].append(
            common
            | version
            | {"report_no": crc32(filed.report_id.encode())}
            | {"revision": 1, "is_current": True, "source": "samples", "quality_state_zh": "未发现问题"}
        )
        rows["mart_agency_year"].append(
            common | version | {"agency_name": name, "full_name": name, "level_zh": "县"}
        )
        for metric, value in filed.figures.items():
            rows["fct_figure"].append(
                common
                | {
                    "metric_key": metric,
                    "applicant_key": "total",
                    "value": value,
                    "value_status": "doubtful" if value is None else "reported",
                    "doubtful_reading": 7 if value is None else None,
                    "raw": filed.raw,
                    "evidence": None if filed.evidence is None else list(filed.evidence),
                    "is_current": True,
                }
            )
    for table, more in small.more.items():
        rows.setdefault(table, []).extend(more)
    return rows


def _agency(key: str, name: str) -> dict[str, Any]:
    place = key.partition(":")[0]
    return {
        "agency_key": key,
        "agency_name": name,
        "full_name": name,
        "level_zh": "县",
        "province_code": place[:2] if place[:2].isdigit() else None,
        "city_code": place[:4] if place[:4].isdigit() and len(place) >= 4 else None,
    }


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
