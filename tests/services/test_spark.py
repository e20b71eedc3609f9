"""The second engine: Spark, in its own environment, makes of the same landing zone the same marts, row for row."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from extract.landing import write_part
from gongkai.errors import GongkaiError
from gongkai.settings import Home
from publish.build import build_warehouse
from publish.spark.launch import JAVA, build_on_spark, java_version
from tests.dbt_project.landed import WHEN
from tests.dbt_project.marts_landing import LOAD, land_marts
from tests.end_to_end.conftest import command, environment
from tests.services.engines import compare

pytestmark = pytest.mark.services


@dataclass(frozen=True)
class Built:
    """One landing zone built on both engines: the DuckDB file, and the folder with a folder of Parquet for each mart."""

    database: Path
    files: Path


@pytest.fixture(scope="module", autouse=True)
def java() -> None:
    if (java_version() or 0) < JAVA:
        pytest.skip(f"no Java {JAVA}: apt-get install openjdk-17-jre-headless")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The bundled samples, loaded as people load them; dbt's tests have passed on both engines."""
    home = Home(tmp_path_factory.mktemp("spark") / "样 it's")
    subprocess.run(command(home), env=environment(), check=True, timeout=900)
    (load,) = (path.name.removeprefix("load=") for path in (home.landing / "loads").iterdir())
    lines: list[str] = []
    place = build_on_spark(home, write=lines.append, master="local[2]")
    # not the published file: publication fills in what a build can't know
    database = build_warehouse(home, load, full=True)
    assert any("PASS=" in line and "ERROR=0" in line for line in lines)
    return Built(database, Path(place) / "marts.db")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What the samples do not have: mergers, copies, jumps, corrections, peers, failed pulls, rows beside the form."""
    home = Home(tmp_path_factory.mktemp("county"))
    land_marts(home)
    _land_troubles(home)
    place = build_on_spark(home, write=lambda _line: None, load_id=LOAD, master="local[2]", with_tests=False)
    return Built(build_warehouse(home, LOAD, full=True), Path(place) / "marts.db")


def _land_troubles(home: Home) -> None:
    failed = {
        "load_id": LOAD, "asked_load_id": LOAD, "source": "site", "address": "http://a.test/x", "role": "document",
        "outcome": "failed", "error_class": "timeout", "sentence": "对方没有回答。", "retrieved_at": WHEN,
    }  # fmt: skip
    finding = {
        "load_id": LOAD,
        "source": "site",
        "rule": "source_dropped",
        "expected": 9.5,
        "message": "少了。",
    }
    write_part(home.landing, "fetches", LOAD, "source-site", [failed])
    write_part(home.landing, "source_findings", LOAD, "source-site", [finding])
    with duckdb.connect() as connection:
        (report,) = connection.execute(
            f"select min(report_id) from read_parquet('{home.landing}/reports/load={LOAD}/*.parquet')"
        ).fetchone() or ("",)
    extra = {
        "load_id": LOAD,
        "report_id": report,
        "extra_index": 1,
        "label": "另：",
        "raw": ["一", None, ""],
        "page": 2,
    }
    write_part(
        home.landing,
        "extras",
        LOAD,
        "troubles",
        [extra | {"x0": 1.25, "top": 2.0, "x1": 3.35, "bottom": 4.0}],
    )


def _assert_equal(built: Built) -> None:
    compared = compare(built.database, built.files)
    assert {name: mart for name, mart in compared.items() if not mart.is_equal} == {}


def test_every_mart_of_the_samples_is_the_same_on_both_engines(samples: Built) -> None:
    _assert_equal(samples)


def test_every_mart_of_a_county_in_trouble_is_the_same_on_both_engines(county: Built) -> None:
    _assert_equal(county)


def test_between_the_two_no_mart_is_compared_empty(samples: Built, county: Built) -> None:
    filled = [
        {name for name, mart in compare(built.database, built.files).items() if mart.rows}
        for built in (samples, county)
    ]
    assert filled[0] | filled[1] == set(compare(samples.database, samples.files))


@pytest.mark.parametrize(
    ("mart", "change"),
    [
        ("mart_agency_year", "update marts.mart_agency_year set requests_total = requests_total + 0.000001"
         " where requests_total is not null"),
        ("mart_agency_year", "update marts.mart_agency_year set rules_issued = 0 where rules_issued is null"),
        ("mart_agency_year", "update marts.mart_agency_year set denial_rate = denial_rate + 1e-15 where denial_rate > 0"),
        ("mart_review_list", "delete from marts.mart_review_list where true limit 1"),
        ("mart_quality_rule", "insert into marts.mart_quality_rule select * from marts.mart_quality_rule limit 1"),
        ("dim_rule", "update marts.dim_rule set generations = list_reverse(generations)"),
        ("mart_pull", "update marts.mart_pull set pulled_at = pulled_at + interval 1 second"),
    ],
)  # fmt: skip
def test_the_comparison_sees_a_difference(samples: Built, tmp_path: Path, mart: str, change: str) -> None:
    altered = tmp_path / "altered.duckdb"
    shutil.copyfile(samples.database, altered)
    with duckdb.connect(str(altered)) as connection:
        if "limit 1" in change and change.startswith("delete"):
            change = f"delete from marts.{mart} where rowid = (select min(rowid) from marts.{mart})"
        connection.execute(change)

    different = {name for name, found in compare(altered, samples.files).items() if not found.is_equal}
    assert mart in different


def test_a_landing_zone_without_a_published_load_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(GongkaiError, match="没有已发布的加载"):
        build_on_spark(Home(tmp_path), write=lambda _line: None, master="local[1]")
    assert not list((tmp_path / "spark").glob("load=*"))
