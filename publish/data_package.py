"""The published tables as a Frictionless data package: what each file is, its columns, keys, hash and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from publish.catalog import Column, Table
from publish.snapshot import PublishError

NAME: Final = "gongkai"
_DECIMAL = re.compile(r"DECIMAL\(\d+,\s*\d+\)")
_TYPES: Final[Mapping[str, str]] = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "FLOAT": "number",
    "DOUBLE": "number",
} | dict.fromkeys(
    ("TINYINT", "UTINYINT", "SMALLINT", "USMALLINT", "INTEGER", "UINTEGER", "BIGINT", "UBIGINT", "HUGEINT"),
    "integer",
)
_ATTRIBUTION: Final = (
    {
        "title": "各行政机关依法公开的政府信息公开工作年度报告；数值以机关公布的报告原文为准 / annual disclosure reports of the agencies",
    },
    {
        "title": "china-division：行政区划名称与代码，据国家统计局公布的统计用区划代码编成 / administrative divisions",
        "path": "https://github.com/modood/Administrative-divisions-of-China",
    },
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the package.

    Attributes:
        table: the table whose rows it holds.
        path: relative to the package, with `/`.
        year: the report year of its rows; null where the table is not divided by year.
        rows: how many.
        size: in bytes.
        sha256: of its bytes, hexadecimal.
        digest: of its rows, by which an unchanged file is known.
    """

    table: str
    path: str
    year: int | None
    rows: int
    size: int
    sha256: str
    digest: str


def describe(
    tables: Sequence[Table],
    files: Sequence[File],
    *,
    load_id: str,
    published_at: datetime,
    sources: Sequence[str],
    licence: Mapping[str, str] | None,
) -> dict[str, Any]:
    """The content of `datapackage.json`.

    Args:
        tables: the published tables.
        files: their files.
        load_id: the load that published them.
        published_at: when, Shanghai time.
        sources: names of the sources that the reports were pulled from.
        licence: what the operator allows (`name`, `title`, `path`), if he has said so.
    """
    by_name = {table.name: table for table in tables}
    package: dict[str, Any] = {
        "name": NAME,
        "id": load_id,
        "title": "政府信息公开工作年度报告数据仓库",
        "description": (
            "各表含义见各资源的说明。空值表示未填、不明或存疑，从不代表 0；value_status 为 doubtful 的数没有值，读数另列。"
            f"由加载 {load_id} 于 {published_at:%Y-%m-%d %H:%M}（北京时间）发布。"
        ),
        "version": load_id,
        "created": f"{published_at:%Y-%m-%dT%H:%M:%S}+08:00",
        "keywords": ["政府信息公开", "年度报告", "政务公开"],
        "sources": [*_ATTRIBUTION, *({"title": f"来源 {name}"} for name in sources)],
        "resources": [_resource(file, by_name[file.table]) for file in files],
    }
    if licence:
        package["licenses"] = [dict(licence)]
    return package


def table_schema(table: Table) -> dict[str, Any]:
    """A table's schema: fields with Chinese titles, keys.

    Raises:
        PublishError: a column's type has no counterpart.
    """
    # nulls are nulls in Parquet; an empty text is a text
    schema: dict[str, Any] = {"fields": [_field(column) for column in table.columns], "missingValues": []}
    if table.key:
        schema["primaryKey"] = list(table.key)
    if table.references:
        schema["foreignKeys"] = [
            {
                "fields": [each.column],
                # a package refers to itself by an empty name
                "reference": {
                    "resource": "" if each.table == table.name else each.table,
                    "fields": [each.target],
                },
            }
            for each in table.references
        ]
    return schema


def titles(comment: str) -> str:
    """The Chinese part of a description, short: up to where the English begins or details follow."""
    return re.split(r" / |/ |[：；。]", comment, maxsplit=1)[0].strip()


def _resource(file: File, table: Table) -> dict[str, Any]:
    year = "" if file.year is None else f"（{file.year} 年度）"
    return {
        "name": table.name if file.year is None else f"{table.name}-{file.year}",
        "type": "table",
        "title": f"{titles(table.comment) or table.name}{year}",
        "description": table.comment,
        "path": file.path,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
        "schema": table_schema(table),
        "gongkai:table": table.name,
        "gongkai:rows": file.rows,
        "gongkai:digest": file.digest,
    }


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": _type(column)}
    if title := titles(column.comment):
        field["title"] = title
    if column.comment:
        field["description"] = column.comment
    if column.required:
        field["constraints"] = {"required": True}
    return field


def _type(column: Column) -> str:
    if column.type.endswith("[]"):
        return "array"
    if _DECIMAL.fullmatch(column.type):
        return "number"
    known = "string" if column.type.startswith("ENUM") else _TYPES.get(column.type)
    if known is None:
        raise PublishError(f"列 {column.name} 的类型 {column.type} 在数据包里没有对应，无法导出。")
    return known
