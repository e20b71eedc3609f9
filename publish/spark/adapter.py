"""dbt-spark with one thing more: it knows how to translate the models' SQL (`publish.spark.dialect`)."""

from __future__ import annotations

from dbt.adapters import spark
from dbt.adapters.base.meta import available
from dbt.adapters.spark import impl

from publish.spark import dialect


class SparkAdapter(impl.SparkAdapter):  # type: ignore[misc]
    """The adapter of the target `spark` (dbt tells its kind by this name); the macros in `macros/spark.sql` call what it adds."""

    @available
    def to_spark(self, sql: str) -> str:
        """A model's or test's query in Spark's SQL."""
        return dialect.to_spark(sql)

    @available
    def type_for_spark(self, name: str) -> str:
        """A column's type as Spark calls it."""
        return dialect.type_for_spark(name)


def register() -> None:
    """Have dbt take this adapter for profiles of the type `spark`."""
    spark.Plugin.adapter = SparkAdapter
