"""The Spark session that a build runs in: the one that is there (spark-submit, a cluster's notebook), or one of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CLOCK = "Asia/Shanghai"
_MEANING: Mapping[str, str] = {
    # moments are shown and cut into days by China's clock
    "spark.sql.session.timeZone": CLOCK,
    # what can't be computed is an error and no null
    "spark.sql.ansi.enabled": "true",
    # a timestamp in Parquet without a zone stays one
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
}
"""Settings that change what a query means."""


def open_session(
    warehouse: str, *, master: str | None, memory: str, settings: Mapping[str, str]
) -> SparkSession:
    """The running session, or a new one.

    Args:
        warehouse: folder or address under which the tables are kept; a running session keeps its own.
        master: where the work is done (`local[*]`, `spark://…`); None leaves it to spark-submit's settings.
        memory: of the driver, as Spark writes it (`4g`); counts for a new session on this machine.
        settings: further settings (`spark.hadoop.fs.s3a.endpoint`).
    """
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("gongkai").config("spark.sql.warehouse.dir", warehouse)
    if master:
        builder = builder.master(master)
    if master and master.startswith("local"):
        # nobody but this process speaks with it
        builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config(
            "spark.driver.host", "127.0.0.1"
        )
        builder = builder.config("spark.ui.enabled", "false").config("spark.driver.memory", memory)
        builder = builder.config("spark.ui.showConsoleProgress", "false")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session: SparkSession = builder.getOrCreate()
    for name, value in _MEANING.items():
        session.conf.set(name, value)
    return session
