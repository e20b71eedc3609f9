"""The committed page about tables and metrics, and the exposures, are what the project gives."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from gongkai.settings import PROJECT_ROOT
from publish import exposures, tables_page
from publish.lineage import DBT_PROJECT, read_exposures, read_models, roots
from publish.metrics import load_metrics


def test_the_committed_page_is_fresh() -> None:
    assert not tables_page.is_stale(), "run: python -m publish.tables_page"


def test_the_committed_exposures_are_fresh() -> None:
    assert not exposures.is_stale(), "run: python -m publish.exposures"


def test_every_column_of_every_mart_is_described_on_the_page() -> None:
    page = tables_page.PAGE.read_text("utf-8")
    parts = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", page, re.DOTALL | re.MULTILINE))
    for path in sorted((DBT_PROJECT / "models" / "marts").glob("*.yml")):
        for model in yaml.safe_load(path.read_text("utf-8"))["models"]:
            for column in model["columns"]:
                [row] = [
                    line
                    for line in parts[model["name"]].splitlines()
                    if line.startswith(f"| `{column['name']}` |")
                ]
                assert row.count("|") >= 4 and len(row.split("|")[3].strip()) > 1, (
                    model["name"],
                    column["name"],
                )
    assert {path.stem for path in (DBT_PROJECT / "models" / "marts").glob("*.sql")} == set(parts)


def test_every_metric_is_on_the_page() -> None:
    page = tables_page.PAGE.read_text("utf-8")
    metrics = load_metrics()
    for metric in (*metrics.rates, *metrics.measures):
        assert f"| `{metric.name}` | {metric.label} |" in page


def test_what_an_export_reads_is_what_its_code_names() -> None:
    described = {exposure.name: set(exposure.models) for exposure in read_exposures()}
    marts = {path.stem for path in (DBT_PROJECT / "models" / "marts").glob("*.sql")}
    for name in ("warehouse_file", "postgresql", "parquet_package"):
        assert described[name] == marts
    assert (
        {"fct_finding", "mart_filing", "mart_filing_summary", "mart_revision"}
        <= described["bulletin"]
        < marts
    )
    assert {"mart_agency_year", "mart_filing"} <= described["sheets"] < marts


def test_lineage_goes_through_macros_and_past_comments_that_dbt_does_not_render(tmp_path: Path) -> None:
    (tmp_path / "models" / "marts").mkdir(parents=True)
    (tmp_path / "macros").mkdir()
    (tmp_path / "macros" / "m.sql").write_text(
        "{% macro outer() %}{{ inner() }}{% endmacro %}{% macro inner() %}{{ ref('seed') }}{% endmacro %}",
        "utf-8",
    )
    (tmp_path / "models" / "marts" / "a.sql").write_text(
        "-- not ref('gone')\n{# nor {{ ref('gone') }} #}\n-- but {{ ref('told') }}\nselect {{ outer() }} from {{ source('landing', 'cells') }}",
        "utf-8",
    )
    (tmp_path / "models" / "marts" / "b.sql").write_text("select * from {{ ref( 'a' ) }}", "utf-8")
    models = read_models(tmp_path)
    assert models["a"].parents == ("landing.cells", "seed", "told") and models["b"].parents == ("a",)
    assert roots(models, "b") == ("landing.cells", "seed", "told")


def test_pages_name_the_commands_that_write_them() -> None:
    assert "python -m publish.tables_page" in tables_page.PAGE.read_text("utf-8")
    assert (PROJECT_ROOT / "docs" / "data-dictionary.md").is_file()
