"""The landing zone (and what gates said) as Spark sees it: a table over the Parquet of each dataset, with the declared types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from expectations.records import SCHEMA as VALIDATIONS
from extract.landing import SCHEMAS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class LandingError(Exception):
    """The landing zone has nothing to build; the message says what is missing where."""


def open_landing(session: SparkSession, landing: str) -> None:
    """Make the tables `landing.<dataset>` over a landing zone; a dataset without any part is an empty table.

    Args:
        session: whose catalog gets the tables.
        landing: folder or address (`s3a://…`) of the landing zone.
    """
    session.sql("create schema if not exists landing")
    for dataset, schema in SCHEMAS.items():
        _open_table(session, f"landing.{dataset}", schema, f"{landing}/{dataset}", "part-*.parquet")


def open_validations(session: SparkSession, folder: str | None) -> None:
    """Make the table `operations.validations`, what gates have said, over the folder of that name; empty if none is given."""
    session.sql("create schema if not exists operations")
    _open_table(session, "operations.validations", VALIDATIONS, folder, "load=*.parquet")


def _open_table(session: SparkSession, name: str, schema: pa.Schema, folder: str | None, files: str) -> None:
    # the folders load=… make no column, as every row carries its load
    found = {"recursiveFileLookup": "true", "pathGlobFilter": files}
    columns = ", ".join(f"`{field.name}` {spark_type(field.type)}" for field in schema)
    options = ""
    if folder and _has_files(session, folder, columns, found):
        path = folder.replace("\\", "\\\\").replace("'", "\\'")
        listed = ", ".join(f"{option} '{value}'" for option, value in {"path": path, **found}.items())
        options = f"options ({listed})"
    session.sql(f"drop table if exists {name}")
    session.sql(f"create table {name} ({columns}) using parquet {options}")


def last_published(session: SparkSession, landing: str) -> str:
    """The load that was published last.

    Raises:
        LandingError: none has been.
    """
    loads = session.table("landing.loads")
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


def _has_files(session: SparkSession, folder: str, columns: str, found: Mapping[str, str]) -> bool:
    """Whether a table has files; they are listed, not read."""
    from pyspark.errors import AnalysisException

    try:
        return bool(session.read.schema(columns).options(**found).parquet(folder).inputFiles())
    except AnalysisException as error:
        if error.getCondition() == "PATH_NOT_FOUND":
            return False
        raise
