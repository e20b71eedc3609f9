"""The landing zone as Spark sees it: a table over the Parquet parts of each dataset, with the declared types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from extract.landing import SCHEMAS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMA = "landing"
_PARTS: Mapping[str, str] = {"recursiveFileLookup": "true", "pathGlobFilter": "part-*.parquet"}
"""How parts are found: the folders load=… make no column, as every row carries its load."""


class LandingError(Exception):
    """The landing zone has nothing to build; the message says what is missing where."""


def open_landing(session: SparkSession, landing: str) -> None:
    """Make the tables `landing.<dataset>` over a landing zone; a dataset without any part is an empty table.

    Args:
        session: whose catalog gets the tables.
        landing: folder or address (`s3a://…`) of the landing zone.
    """
    session.sql(f"create schema if not exists {SCHEMA}")
    for dataset, schema in SCHEMAS.items():
        session.sql(f"drop table if exists {SCHEMA}.{dataset}")
        columns = ", ".join(f"`{field.name}` {spark_type(field.type)}" for field in schema)
        options = ""
        if _has_parts(session, f"{landing}/{dataset}", columns):
            path = f"{landing}/{dataset}".replace("\\", "\\\\").replace("'", "\\'")
            listed = ", ".join(f"{name} '{value}'" for name, value in {"path": path, **_PARTS}.items())
            options = f"options ({listed})"
        session.sql(f"create table {SCHEMA}.{dataset} ({columns}) using parquet {options}")


def last_published(session: SparkSession, landing: str) -> str:
    """The load that was published last.

    Raises:
        LandingError: none has been.
    """
    loads = session.table(f"{SCHEMA}.loads")
    (row,) = loads.selectExpr("max_by(load_id, struct(published_at, load_id))").collect()
    if row[0] is None:
        raise LandingError(
            f"落地区 {landing} 中没有已发布的加载（数据集 loads 为空），请先运行 gongkai run，或检查路径"
        )
    return str(row[0])


def spark_type(kind: pa.DataType) -> str:
    """A landed column's type as Spark calls it.

    Raises:
        TypeError: the landing zone has no such columns yet, and it is not settled what they would be.
    """
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision}, {kind.scale})"
    if pa.types.is_list(kind):
        return f"array<{spark_type(kind.value_type)}>"
    if pa.types.is_timestamp(kind):
        return "timestamp" if kind.tz else "timestamp_ntz"
    names = {
        pa.string(): "string",
        pa.int32(): "int",
        pa.int64(): "bigint",
        pa.float64(): "double",
        pa.bool_(): "boolean",
        pa.date32(): "date",
    }
    if kind not in names:
        raise TypeError(f"no type of Spark's is known for {kind}")
    return names[kind]


def _has_parts(session: SparkSession, folder: str, columns: str) -> bool:
    """Whether a dataset has files; they are listed, not read."""
    from pyspark.errors import AnalysisException

    reader = session.read.schema(columns).options(**_PARTS)
    try:
        return bool(reader.parquet(folder).inputFiles())
    except AnalysisException as error:
        if error.getCondition() == "PATH_NOT_FOUND":
            return False
        raise
