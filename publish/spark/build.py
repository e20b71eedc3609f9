"""Builds the warehouse in a Spark session; runs in Spark's environment, by `gongkai build` or by spark-submit.

python -m publish.spark.build --landing FOLDER --warehouse FOLDER [--master local[*]] [--load-id ID] [--no-tests]
spark-submit --master yarn publish/spark/build.py --landing s3a://bucket/landing --warehouse s3a://bucket/warehouse
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    # spark-submit puts this file's folder on the path, and not the project's
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from gongkai.settings import PROJECT_ROOT
from publish.spark.landing import LandingError, last_published, open_landing, open_validations
from publish.spark.session import open_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
MARTS = "marts"


class SparkBuildError(Exception):
    """dbt ended with an error; its output says which."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be built.

    Attributes:
        landing: folder or address (`s3a://…`) of the landing zone.
        warehouse: folder or address that the tables are kept under.
        validations: folder or address of what the gates have said (`operations/validations` in a home), if it is at hand.
        master: where the work is done; None leaves it to spark-submit.
        memory: of the driver, as Spark writes it.
        load_id: the load whose day is "today"; None is the one published last.
        settings: Spark's own settings.
        with_tests: whether dbt's tests are run too; what depends on a table that fails one is not built.
        with_files: whether views among the marts are written as Parquet beside the tables.
        work: folder for dbt's own files; None is a temporary one.
    """

    landing: str
    warehouse: str
    validations: str | None = None
    master: str | None = None
    memory: str = "4g"
    load_id: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    with_tests: bool = True
    with_files: bool = False
    work: Path | None = None


def main(arguments: Sequence[str] | None = None) -> None:
    """Build what the command line orders; ends the process with status 1 where that fails."""
    order = _read_order(arguments)
    try:
        load_id = build(order)
    except (LandingError, SparkBuildError) as error:
        sys.exit(str(error))
    # the last line says which load it was (`publish.spark.launch` reads it)
    sys.stdout.write(f"{load_id}\n")


def build(order: Order) -> str:
    """Build the warehouse and return the load it shows.

    Raises:
        LandingError: nothing was published from this landing zone.
        SparkBuildError: a model or a test failed.
    """
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        # each failed statement with all of Java's stack: dbt tells which model it was
        logging.getLogger(name).setLevel(logging.CRITICAL)
    session = open_session(order.warehouse, master=order.master, memory=order.memory, settings=order.settings)
    session.sparkContext.setLogLevel("ERROR")
    open_landing(session, order.landing)
    open_validations(session, order.validations)
    load_id = order.load_id or last_published(session, order.landing)
    _run_dbt(order, load_id)
    if order.with_files:
        _write_views(session, order.warehouse)
    return load_id


def _run_dbt(order: Order, load_id: str) -> None:
    """Dbt in this process, which holds the session."""
    os.environ.update(
        GONGKAI_BUILD="full",
        GONGKAI_LOAD_ID=load_id,
        # what the other target's sources ask for; the tables of `landing` are there
        GONGKAI_LANDING=order.landing,
        GONGKAI_MARKS="[]",
        GONGKAI_VALIDATIONS="[]",
        DO_NOT_TRACK="1",
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    )
    from dbt.cli.main import dbtRunner

    from publish.spark.adapter import register

    register()
    command = ["build", "--full-refresh", "--exclude-resource-type", "unit_test"]
    if not order.with_tests:
        command += ["--exclude-resource-type", "test"]
    with tempfile.TemporaryDirectory() as temporary:
        work = order.work or Path(temporary)
        for option, value in {
            "--target": "spark",
            "--project-dir": DBT_PROJECT,
            "--profiles-dir": DBT_PROJECT,
            "--target-path": work / "target",
            "--log-path": work / "logs",
        }.items():
            command += [option, str(value)]
        done = dbtRunner().invoke([*command, "--no-use-colors"])
    if not done.success:
        raise SparkBuildError(f"dbt 没有完成：{done.exception or '见上面的输出'}")


def _write_views(session: SparkSession, warehouse: str) -> None:
    """Write the marts that are views as Parquet where the tables' files are."""
    views = session.sql(f"show views in {MARTS}").collect()
    for row in (view for view in views if not view["isTemporary"]):
        view = row["viewName"]
        session.table(f"{MARTS}.{view}").write.mode("overwrite").parquet(f"{warehouse}/{MARTS}.db/{view}")


def _read_order(arguments: Sequence[str] | None) -> Order:
    parser = argparse.ArgumentParser(
        prog="python -m publish.spark.build", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--landing", required=True, help="folder or address (s3a://…) of the landing zone")
    parser.add_argument("--warehouse", required=True, help="folder or address that the tables are kept under")
    parser.add_argument(
        "--master", help="where the work is done (local[*]); left out: spark-submit's settings"
    )
    parser.add_argument("--validations", help="folder or address of what the gates have said")
    parser.add_argument("--memory", default="4g", help="of the driver on this machine")
    parser.add_argument("--load-id", help="the load to show (default: the one published last)")
    parser.add_argument(
        "--conf", action="append", default=[], metavar="NAME=VALUE", help="a setting of Spark's"
    )
    parser.add_argument("--no-tests", action="store_true", help="leave dbt's tests out")
    parser.add_argument("--files", action="store_true", help="write the marts that are views as Parquet, too")
    parser.add_argument("--work", type=Path, help="folder for dbt's own files")
    given = parser.parse_args(arguments)
    settings = dict(_pair(parser, text) for text in given.conf)
    return Order(
        landing=given.landing.rstrip("/"),
        warehouse=given.warehouse.rstrip("/"),
        validations=given.validations,
        master=given.master,
        memory=given.memory,
        load_id=given.load_id,
        settings=settings,
        with_tests=not given.no_tests,
        with_files=given.files,
        work=given.work,
    )


def _pair(parser: argparse.ArgumentParser, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        parser.error(f"--conf 须写作 名称=值：{text}")
    return name, value


if __name__ == "__main__":
    main()
