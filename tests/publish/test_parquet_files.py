from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import pyarrow.parquet as pq
import pytest

from publish.parquet_files import export_parquet
from publish.snapshot import PublishError
from tests.publish.small_warehouse import FIRST, SECOND, THIRD, Filed, Small, write_warehouse

FILED = [
    Filed("99", 2023, {"requests.received": 3}),
    Filed("99", 2024, {"requests.received": 4}, evidence=("a", None)),
    Filed("9901", 2024, {"requests.received": None}),
]


def _package(folder: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((folder / "current" / "datapackage.json").read_text("utf-8"))
    return described


def _export(tmp_path: Path, small: Small) -> Path:
    warehouse = write_warehouse(tmp_path / "warehouse.duckdb", small)
    return export_parquet(warehouse, tmp_path / "parquet", {"name": "CC-BY-4.0"})


def test_the_package_is_sound_to_frictionless(tmp_path: Path) -> None:
    package = _export(tmp_path, Small(filed=FILED))
    described = _package(tmp_path / "parquet")
    assert frictionless.Package.from_descriptor(described) is not None
    assert not list(frictionless.Package.metadata_validate(described))
    for resource in described["resources"]:
        content = (package / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    # frictionless reads Parquet through pandas, which makes floats of whole numbers with gaps: so it is given the rows
    with_rows = described | {
        "resources": [
            {
                "name": resource["name"],
                "data": [
                    [field["name"] for field in resource["schema"]["fields"]],
                    *(
                        list(row.values())
                        for row in pq.read_table(package / resource["path"], partitioning=None).to_pylist()
                    ),
                ],
                "schema": resource["schema"],
            }
            for resource in described["resources"]
        ]
    }
    report = frictionless.Package.from_descriptor(with_rows).validate()
    assert report.valid, report.flatten(["title", "note", "message"])
    assert report.stats["errors"] == 0


def test_a_broken_reference_is_an_error_to_frictionless(tmp_path: Path) -> None:
    """The package's keys are such that a tool can tell: a figure of a report that is not there."""
    package = _export(tmp_path, Small(filed=FILED))
    resources = {resource["name"]: resource for resource in _package(tmp_path / "parquet")["resources"]}
    figures = pq.read_table(package / resources["fct_figure-2024"]["path"], partitioning=None).to_pylist()
    data = [list(figures[0]), *(list((row | {"report_id": "nobody"}).values()) for row in figures)]
    reports = pq.read_table(package / resources["dim_report"]["path"]).to_pylist()
    broken = frictionless.Package.from_descriptor(
        {
            "name": "p",
            "resources": [
                {
                    "name": "f",
                    "data": data,
                    "schema": {
                        "fields": resources["fct_figure-2024"]["schema"]["fields"],
                        "missingValues": [],
                        "foreignKeys": [
                            key
                            for key in resources["fct_figure-2024"]["schema"]["foreignKeys"]
                            if key["reference"]["resource"] == "dim_report"
                        ],
                    },
                },
                {
                    "name": "dim_report",
                    "data": [list(reports[0]), *(list(row.values()) for row in reports)],
                    "schema": {"fields": resources["dim_report"]["schema"]["fields"], "missingValues": []},
                },
            ],
        }
    )
    assert not broken.validate().valid


def test_facts_are_divided_by_year_and_told_in_chinese(tmp_path: Path) -> None:
    package = _export(tmp_path, Small(filed=FILED))
    described = _package(tmp_path / "parquet")
    assert described["licenses"] == [{"name": "CC-BY-4.0"}]
    assert described["version"] == FIRST
    assert "samples" in json.dumps(described["sources"], ensure_ascii=False)
    names = {resource["name"]: resource for resource in described["resources"]}
    assert names["fct_figure-2024"]["path"] == "fct_figure/year=2024/part-0.parquet"
    assert names["fct_figure-2024"]["title"] == "数值（2024 年度）"
    assert names["dim_report"]["path"] == "dim_report.parquet"
    value = next(field for field in names["fct_figure-2024"]["schema"]["fields"] if field["name"] == "value")
    assert (value["type"], value["title"]) == ("number", "值")
    assert names["fct_figure-2024"]["schema"]["primaryKey"] == ["report_id", "metric_key", "applicant_key"]
    rows = duckdb.sql(
        f"from read_parquet('{package}/fct_figure/*/*.parquet') order by year, agency_key"
    ).fetchall()
    assert len(rows) == 3


def test_rows_are_those_of_the_warehouse(tmp_path: Path) -> None:
    package = _export(tmp_path, Small(filed=FILED))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        for resource in {entry["gongkai:table"] for entry in _package(tmp_path / "parquet")["resources"]}:
            files = f"read_parquet('{package}/{resource}.parquet')"
            if (package / resource).is_dir():
                files = f"read_parquet('{package}/{resource}/*/*.parquet', hive_partitioning = false)"
            differing = connection.execute(
                f"(from {files} except all from marts.{resource})"
                f" union all (from marts.{resource} except all from {files})"
            ).fetchall()
            assert not differing, resource


def test_only_what_has_changed_is_written(tmp_path: Path) -> None:
    first = _export(tmp_path, Small(filed=FILED))
    changed = [FILED[0], Filed("99", 2024, {"requests.received": 5}, load_id=SECOND), FILED[2]]
    second = _export(tmp_path, Small(load_id=SECOND, filed=changed))
    assert (tmp_path / "parquet" / "current").resolve() == second
    old, new = "fct_figure/year=2023/part-0.parquet", "fct_figure/year=2024/part-0.parquet"
    assert (first / old).samefile(second / old)
    assert not (first / new).samefile(second / new)
    third = _export(tmp_path, Small(load_id=THIRD, filed=changed))
    assert sorted(path.name for path in (tmp_path / "parquet").glob("load-*")) == [second.name, third.name]
    assert pq.read_table(third / old, partitioning=None).num_rows == 1


def test_a_reader_of_current_never_finds_half_a_package(tmp_path: Path) -> None:
    """Killed while it writes: `current` still leads to the package before, and the next run completes its own."""
    first = _export(tmp_path, Small(filed=FILED))
    write_warehouse(tmp_path / "warehouse.duckdb", Small(load_id=SECOND, filed=FILED[:2]))
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, pathlib, sys, unittest.mock, publish.parquet_files as files\n"
            "with unittest.mock.patch.object(files, 'describe', lambda *a, **k: os._exit(9)):\n"
            "    files.export_parquet(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))",
            tmp_path / "warehouse.duckdb",
            tmp_path / "parquet",
        ],
        check=False,
    )
    assert killed.returncode == 9
    assert (tmp_path / "parquet" / "current").resolve() == first
    second = export_parquet(tmp_path / "warehouse.duckdb", tmp_path / "parquet")
    assert (tmp_path / "parquet" / "current").resolve() == second
    assert not list((tmp_path / "parquet").glob(".*unfinished"))


def test_there_is_nothing_to_export_without_a_warehouse(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="还没有已发布"):
        export_parquet(tmp_path / "warehouse.duckdb", tmp_path / "parquet")
