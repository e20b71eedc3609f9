"""The report's section on pulling, from landed rows."""

from __future__ import annotations

from typing import Any

import duckdb

from extract.landing import SCHEMAS
from publish.bulletin.page import Callout, Table
from publish.bulletin.sources import pull_blocks


def blocks(fetches: list[dict[str, Any]], findings: list[dict[str, Any]]) -> list[Any]:
    import pyarrow as pa

    with duckdb.connect() as connection:
        for name, rows in (("fetches", fetches), ("source_findings", findings)):
            full = [{column: row.get(column) for column in SCHEMAS[name].names} for row in rows]
            connection.register(name, pa.Table.from_pylist(full, schema=SCHEMAS[name]))

        def query(sql: str, *arguments: object) -> list[dict[str, Any]]:
            result = connection.execute(sql, list(arguments))
            names = [column[0] for column in result.description or []]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        return list(pull_blocks(query))


def fetch(address: str, outcome: str, **more: Any) -> dict[str, Any]:
    row = {"load_id": "L2", "asked_load_id": "L2", "source": "town", "address": address, "role": "document"}
    return row | {"outcome": outcome} | more


def test_nothing_pulled_is_said() -> None:
    assert blocks([], []) == ["没有拉取不到的文件和页面。"]


def test_what_is_wrong_comes_first_and_every_failure_is_named_once() -> None:
    said = blocks(
        [
            fetch("a", "new"),
            fetch("b", "failed", error_class="timeout", sentence="b 超时"),
            fetch("c", "gone", error_class="gone", sentence="旧", asked_load_id="L1"),
            fetch("d", "refused", role="list", error_class="robots_disallowed", sentence="d 被禁止"),
        ],
        [{"source": "town", "rule": "source_dropped", "message": "少了"}],
    )
    callout, sources, _, failures = said
    assert isinstance(callout, Callout) and callout.lines == ("少了（source_dropped）",)
    assert isinstance(sources, Table) and isinstance(failures, Table)
    assert [row[0] for row in sources.rows] == ["town"]
    assert [row[-1] for row in failures.rows] == ["d 被禁止", "b 超时"], "a load's own, lists first"
