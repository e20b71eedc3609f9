"""The descriptions and what is made of them, without Superset."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from dashboards import exposures
from dashboards.bundle import OWNED, compile_bundle, identity, metric_labels, metric_sql, unfiltered
from dashboards.charts import build, provinces
from dashboards.spec import Dataset, SpecError, load_spec
from publish.metrics import load_metrics
from tests.dashboards.contracts import contracted, empty_marts

CHINESE = re.compile("[\u4e00-\u9fff]")
SPEC = load_spec()


@pytest.fixture(scope="module")
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_marts() as connection:
        yield connection


@pytest.fixture(scope="module")
def bundle() -> dict[str, str]:
    return compile_bundle(SPEC, "duckdb:////warehouse.duckdb")


def test_there_are_the_four_dashboards() -> None:
    assert [board.title for board in SPEC.boards.values()] == ["全国概览", "机关画像", "数据质量", "报送进度"]


@pytest.mark.parametrize("name", SPEC.datasets)
def test_datasets_read_only_contracted_marts(name: str) -> None:
    assert exposures.marts(SPEC.datasets[name]) <= set(contracted())


@pytest.mark.parametrize("name", SPEC.datasets)
def test_columns_and_metrics_of_datasets_work_on_the_contracted_marts(
    name: str, marts: duckdb.DuckDBPyConnection
) -> None:
    dataset = SPEC.datasets[name]
    columns = ", ".join(f'"{column}"' for column in dataset.columns)
    marts.execute(f"select {columns} from ({dataset.sql}) as virtual_table")
    for metric, sql in metric_sql(dataset).items():
        marts.execute(f'select {sql} as "{metric}" from ({dataset.sql}) as virtual_table')


@pytest.mark.parametrize("name", SPEC.datasets)
def test_types_of_columns_fit_the_contracted_marts(name: str, marts: duckdb.DuckDBPyConnection) -> None:
    dataset = SPEC.datasets[name]
    described = marts.execute(f"describe select * from ({dataset.sql}) as virtual_table").fetchall()
    types = {row[0]: row[1] for row in described}
    fits = {
        "text": r"VARCHAR",
        "whole": r"INTEGER|BIGINT|DECIMAL.*",
        "number": r"DOUBLE|DECIMAL.*",
        "share": r"DOUBLE",
        "year": r"INTEGER",
        "date": r"DATE",
        "time": r"TIMESTAMP.*",
        "flag": r"BOOLEAN",
    }
    wrong = {
        column: types[column]
        for column, one in dataset.columns.items()
        if not re.fullmatch(fits[one.type], types[column])
    }
    assert not wrong


def _labels() -> Iterator[tuple[str, str]]:
    for name, dataset in SPEC.datasets.items():
        yield f"dataset {name}", dataset.title
        yield from ((f"{name}.{column}", one.label) for column, one in dataset.columns.items())
        yield from ((f"{name}.{metric}", label) for metric, label in metric_labels(dataset).items())
    for name, board in SPEC.boards.items():
        yield f"board {name}", board.title
        yield from ((f"{name}/{key}", one.label) for key, one in board.filters.items())
        yield from ((f"{name}/{key}", one.title) for key, one in board.charts.items())


def test_everything_people_read_is_chinese() -> None:
    assert [where for where, text in _labels() if not CHINESE.search(text)] == []


def test_labels_within_a_chart_are_distinct() -> None:
    # Superset draws series of the same label as one
    for board in SPEC.boards.values():
        for chart in board.charts.values():
            labels = metric_labels(SPEC.datasets[chart.data])
            assert len({labels[metric] for metric in chart.metrics}) == len(chart.metrics)


def test_every_dataset_is_used() -> None:
    used = {
        one.data
        for board in SPEC.boards.values()
        for one in (*board.charts.values(), *board.filters.values())
    }
    assert set(SPEC.datasets) == used


def test_identities_do_not_change() -> None:
    # links that people keep, and what is already in their Superset, hang on these
    assert identity("dashboard", "overview") == "3419e23e-6aae-55f2-924b-d56c7683c088"


def test_bundle_is_the_same_every_time_and_hangs_together(bundle: dict[str, str]) -> None:
    assert bundle == compile_bundle(load_spec(), "duckdb:////warehouse.duckdb")
    files = {path: yaml.safe_load(text) for path, text in bundle.items()}
    uuids = [one["uuid"] for one in files.values() if "uuid" in one]
    assert len(set(uuids)) == len(uuids)
    datasets = {one["uuid"] for path, one in files.items() if path.startswith("datasets/")}
    charts = {one["uuid"] for path, one in files.items() if path.startswith("charts/")}
    assert {one["dataset_uuid"] for path, one in files.items() if path.startswith("charts/")} <= datasets
    for path, one in files.items():
        if not path.startswith("dashboards/"):
            continue
        placed = {
            cell["meta"]["uuid"]
            for cell in one["position"].values()
            if isinstance(cell, dict) and cell["type"] == "CHART"
        }
        assert placed <= charts
        targets = {
            target["datasetUuid"]
            for native in one["metadata"]["native_filter_configuration"]
            for target in native["targets"]
        }
        assert targets <= datasets
    assert all(one["external_url"] == OWNED for path, one in files.items() if path != "metadata.yaml")


def test_address_of_the_database_is_in_no_file_of_the_repository() -> None:
    secret = "postgresql://reader:very-secret@host/db"
    holding = [path for path, text in compile_bundle(SPEC, secret).items() if "very-secret" in text]
    assert holding == ["databases/warehouse.yaml"]


def test_tables_render_no_markup(bundle: dict[str, str]) -> None:
    tables = [
        one["params"]
        for path, text in bundle.items()
        if path.startswith("charts/") and (one := yaml.safe_load(text))["viz_type"] == "table"
    ]
    assert tables
    assert all(params["allow_render_html"] is False for params in tables)


def test_place_level_and_year_reach_every_chart_that_knows_them() -> None:
    # the rest shows what has no such column, or is left out on purpose: series over the years
    assert {
        name: {key: sorted(unfiltered(one, board, SPEC.datasets)) for key, one in board.filters.items()}
        for name, board in SPEC.boards.items()
    } == json.loads((Path(__file__).parent / "unfiltered.json").read_text("utf-8"))


@pytest.mark.parametrize("name", SPEC.datasets)
def test_rates_and_sums_are_those_of_the_definitions(name: str) -> None:
    dataset = SPEC.datasets[name]
    definitions = load_metrics()
    defined = {one.name: one.sql for one in definitions.rates} | {
        one.name: one.sum_sql for one in definitions.measures
    }
    models = {
        one.name: one.model
        for one in (*(rate.numerator for rate in definitions.rates), *definitions.measures)
    }
    models |= {rate.name: rate.numerator.model for rate in definitions.rates}
    sql = metric_sql(dataset)
    for metric in (*dataset.rates, *dataset.sums):
        assert defined[metric] in sql[metric]
        assert models[metric] in exposures.marts(dataset)
    labels = {
        one.label
        for one in (*definitions.rates, *definitions.measures)
        if models[one.name] in exposures.marts(dataset)
    }
    redefined = {
        metric for metric, one in dataset.metrics.items() if metric in defined or one.label in labels
    }
    assert not redefined, "a metric that the definitions have is taken from there"


def test_figures_of_two_levels_are_never_added() -> None:
    dataset = SPEC.datasets["agency_year"]
    sql = metric_sql(dataset)["requests_received"]
    rows = "(values (1, 'county', 5), (1, 'county', 6), (2, 'county', 5), (2, 'city', 9)) as r(place, level, requests_received)"
    answer = duckdb.sql(f"select place, {sql} from {rows} group by place order by place").fetchall()
    assert answer == [(1, 11), (2, None)]


def test_rates_of_two_agencies_are_never_mixed() -> None:
    dataset = SPEC.datasets["peer"]
    sql = metric_sql(dataset)["own_grant_rate"]
    rows = "(values (2024, 'a', 0.5), (2025, 'a', 0.5), (2025, 'b', 0.9)) as r(year, agency_key, grant_rate)"
    answer = duckdb.sql(f"select year, {sql} from {rows} group by year order by year").fetchall()
    assert [(year, rate is None) for year, rate in answer] == [(2024, False), (2025, True)]


def test_every_province_has_a_place_of_its_own_on_the_map() -> None:
    places = provinces()
    assert len({tuple(one["at"]) for one in places.values()}) == len(places)
    assert {71, 81, 82} <= set(places)  # 台湾、香港、澳门 are on the map though they publish nothing
    seeds = Path(exposures.PROJECT_ROOT / "dbt_project" / "seeds")
    registered = {
        int(line.split(",")[0])
        for name in ("division.csv", "division_extra.csv")
        for line in (seeds / name).read_text("utf-8").splitlines()
        if ",province," in line
    }
    assert registered <= set(places)


def test_exposures_are_written_from_the_descriptions() -> None:
    assert exposures.FILE.read_text("utf-8") == exposures.exposures(SPEC)


def test_what_is_wrong_in_a_description_is_said(tmp_path: Path) -> None:
    for folder in ("datasets", "boards"):
        (tmp_path / folder).mkdir()
    (tmp_path / "datasets" / "one.yaml").write_text("title: 一\nsql: select 1\ncolumns: {year: 年度}\n")
    board = {
        "title": "板",
        "about": "",
        "order": 1,
        "filters": {},
        "charts": {"a": {"title": "图", "kind": "table", "data": "one", "by": ["nothing"], "metrics": []}},
        "rows": [{"height": 10, "charts": {"a": 12}}],
    }
    (tmp_path / "boards" / "bad.yaml").write_text(yaml.safe_dump(board, allow_unicode=True))
    with pytest.raises(SpecError, match=r"bad\.yaml.*nothing"):
        load_spec(tmp_path)


def test_a_series_over_the_years_is_in_the_order_of_the_years() -> None:
    dataset: Dataset = SPEC.datasets["agency_year"]
    built = build(SPEC.boards["overview"].charts["received_by_year"], dataset)
    assert (built.params["x_axis_sort"], built.params["x_axis_sort_asc"]) == ("year", True)
