"""Loads besides the nightly one, as real DAG runs: stored documents read again, years of a source pulled."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gongkai import loads
from gongkai.settings import PROJECT_ROOT, Home
from tests.end_to_end.conftest import TIMEOUT_SECONDS, Run, command, copied, environment, marts

TRUTH = PROJECT_ROOT / "samples" / "truth"


def gongkai(home: Home, *arguments: str) -> Run:
    """A command of `gongkai` besides `run`."""
    line = command(home)
    at = line.index("run")
    done = subprocess.run(
        [*line[:at], *arguments, "--home", str(home.root)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=3 * TIMEOUT_SECONDS,
    )
    return Run(home, done.returncode, done.stdout)


def age(home: Home) -> None:
    """Make everything read by an older reader."""
    for part in home.landing.glob("reports/load=*/part-*.parquet"):
        table = pq.ParquetFile(part).read()
        column = table.schema.get_field_index("reader_version")
        older = pa.array(["0"] * table.num_rows, pa.string())
        pq.write_table(table.set_column(column, "reader_version", older), part)


def published(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def without_versions(found: dict[str, Any]) -> dict[str, Any]:
    """Marts without the one that tells of readers."""
    return {name: rows for name, rows in found.items() if name != "dim_report"}


def test_documents_are_read_again_in_bounded_loads_until_none_is_left(
    samples_run: Run, tmp_path: Path
) -> None:
    home = copied(samples_run.home, tmp_path / "home")
    before = marts(home)
    age(home)

    again = gongkai(home, "reread", "--limit", "9", "--all")

    assert again.code == 0, again.output
    records = loads.list_records(home)
    assert [record["mode"] for record in records] == ["reread", "reread", "incremental"]
    steps = [record["steps"]["choose_documents"] for record in records[:2]]
    assert [(step["chosen"], step["remaining"]) for step in steps] == [(6, 0), (9, 6)]
    assert without_versions(dict(marts(home))) == without_versions(dict(before))
    assert published(home, "select distinct reader_version <> '0' from marts.dim_report") == [(True,)]
    assert published(home, "select count(*) from marts.dim_report where is_current and revision = 1") == [
        (12,)
    ]


def test_years_of_a_source_are_pulled_and_a_dry_run_stores_nothing(samples_run: Run, tmp_path: Path) -> None:
    home = copied(samples_run.home, tmp_path / "home")
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "again.txt").write_bytes((PROJECT_ROOT / "samples" / "shiqiao-town-2022.txt").read_bytes())
    code = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from gongkai import foreground\n"
        "from gongkai.settings import Home\n"
        "conf = {'source': sys.argv[2], 'years': '2022', 'dry_run': True}\n"
        "done = foreground._run_dag(Home(Path(sys.argv[1])), 'backfill_source', datetime.now(UTC), conf, sys.stdout)\n"
        "print('succeeded' if done else 'failed')\n"
    )

    tried = subprocess.run(
        [sys.executable, "-c", code, str(home.root), str(folder)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )

    assert tried.stdout.rstrip().endswith("succeeded"), tried.stdout
    assert "将拉取 1 份" in tried.stdout
    assert len(loads.list_records(home)) == 1
    done = gongkai(home, "backfill", str(folder), "--years", "2022")
    assert done.code == 0, done.output
    assert done.record["mode"] == "backfill"
    assert done.record["options"] == {"years": {"first": 2022, "last": 2022}}
    # the very document that the samples hold: no second report
    assert published(home, "select count(*) from marts.dim_report") == [(14,)]


def test_years_that_are_none_are_wrong_usage(tmp_path: Path) -> None:
    wrong = gongkai(Home(tmp_path), "backfill", "samples", "--years", "2025-2019")
    assert wrong.code == 2
    assert "2019-2025" in wrong.output


@pytest.mark.parametrize("name", ["filing", "revision"])
def test_published_filing_and_corrections_equal_the_truth(samples_run: Run, name: str) -> None:
    with (TRUTH / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        truth = [tuple(row.values()) for row in csv.DictReader(file)]
    queries = {
        "filing": """
            select list.agency, filing.year::varchar, filing.filing
            from marts.mart_filing as filing
            join read_csv('{list}', all_varchar = true) as list
                on list.key = filing.agency_key
                or list.key is null and ends_with(filing.full_name, regexp_replace(list.agency, '(人民政府|办事处)$', ''))
            where filing.is_expected
        """,
        "revision": """
            select previous_document_name, document_name, metric_key, applicant_key,
                   old_value::integer::varchar, new_value::integer::varchar
            from marts.fct_revision_change join marts.mart_revision using (report_id)
        """,
    }
    found = published(samples_run.home, queries[name].format(list=PROJECT_ROOT / "samples" / "expected.csv"))
    assert sorted(found) == sorted(truth)
