"""From the descriptions to the files that Superset imports.

Every part has a UUID made from its name, so that importing again updates what is there, and links to a dashboard stay. Nothing
here depends on a machine or a moment: the same descriptions give the same files.
"""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

import yaml

from dashboards import charts
from dashboards.spec import FOLDER, Board, Chart, Dataset, Filter, Row, Spec, Type
from publish.metrics import Metrics, load_metrics

OWNED: Final = "gongkai:dashboards"
"""Marks, in Superset's `external_url`, what is made from the repository: the web interface doesn't offer to change it."""
DATABASE_NAME: Final = "公开数据仓库"
SCHEMA: Final = "marts"
_VERSION: Final = "1.0.0"
_SPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "gongkai:dashboards")
_SQL_TYPES: Final[dict[Type, str]] = {
    "text": "VARCHAR",
    "whole": "BIGINT",
    "number": "DOUBLE PRECISION",
    "share": "DOUBLE PRECISION",
    "small_share": "DOUBLE PRECISION",
    "year": "INTEGER",
    "date": "DATE",
    "time": "TIMESTAMP",
    "flag": "BOOLEAN",
}


def identity(kind: str, name: str) -> str:
    """The UUID of a part: `database`, `dataset`, `chart` (`<board>/<chart>`) or `dashboard`."""
    return str(uuid.uuid5(_SPACE, f"{kind}/{name}"))


def slug(board: str) -> str:
    """The last part of a dashboard's address: `/superset/dashboard/<slug>/`."""
    return f"gongkai-{board}"


def compile_bundle(spec: Spec, database_uri: str) -> dict[str, str]:
    """Make the files of an assets bundle.

    Args:
        spec: what the dashboards are.
        database_uri: SQLAlchemy address of the warehouse; kept out of files, as it may hold a password.

    Returns:
        YAML text by path.
    """
    files: dict[str, Any] = {
        "metadata.yaml": {"version": _VERSION, "type": "assets", "timestamp": "2026-01-01T00:00:00+00:00"},
        "databases/warehouse.yaml": _database(database_uri),
    }
    for name, dataset in spec.datasets.items():
        files[f"datasets/warehouse/{name}.yaml"] = _dataset(name, dataset)
    for board_name, board in spec.boards.items():
        numbers = {chart: number for number, chart in enumerate(board.charts, start=1)}
        for name, chart in board.charts.items():
            files[f"charts/{board_name}_{name}.yaml"] = _chart(
                f"{board_name}/{name}", chart, spec.datasets[chart.data]
            )
        files[f"dashboards/{board_name}.yaml"] = _dashboard(board_name, board, numbers, spec.datasets)
    return {path: _dump(content) for path, content in files.items()}


def metric_sql(dataset: Dataset) -> dict[str, str]:
    """The SQL of every metric of a dataset, by name: definitions as they are, guarded where rows must be kept apart."""
    definitions = _definitions()
    rates = {rate.name: rate.sql for rate in definitions.rates}
    sums = {measure.name: measure.sum_sql for measure in definitions.measures}
    known = {name: _apart(dataset, rates[name]) for name in dataset.rates}
    known |= {name: _apart(dataset, sums[name]) for name in dataset.sums}
    for name, one in dataset.metrics.items():
        sql = one.sql.format_map(known).strip()
        known[name] = _apart(dataset, sql) if one.apart else sql
    return known


def metric_labels(dataset: Dataset) -> dict[str, str]:
    """The Chinese label of every metric of a dataset, by name."""
    definitions = _definitions()
    labels = {rate.name: rate.label for rate in definitions.rates}
    labels |= {measure.name: measure.label for measure in definitions.measures}
    return {name: labels[name] for name in (*dataset.rates, *dataset.sums)} | {
        name: one.label for name, one in dataset.metrics.items()
    }


@functools.cache
def _definitions() -> Metrics:
    return load_metrics()


def _apart(dataset: Dataset, sql: str) -> str:
    if dataset.kept_apart is None:
        return sql
    column = dataset.kept_apart
    return f"case when min({column}) = max({column}) then {sql} end"


def _database(uri: str) -> dict[str, Any]:
    return {
        "database_name": DATABASE_NAME,
        "sqlalchemy_uri": uri,
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {"allows_virtual_table_explore": True, "metadata_params": {}, "engine_params": {}},
        "uuid": identity("database", "warehouse"),
        "version": _VERSION,
        "is_managed_externally": True,
        "external_url": OWNED,
    }


def _dataset(name: str, dataset: Dataset) -> dict[str, Any]:
    labels = metric_labels(dataset)
    return {
        "table_name": dataset.title,
        "main_dttm_col": None,
        "description": None,
        "schema": SCHEMA,
        "catalog": None,
        "sql": dataset.sql.strip(),
        "filter_select_enabled": True,
        "normalize_columns": False,
        "always_filter_main_dttm": False,
        "uuid": identity("dataset", name),
        "columns": [
            {
                "column_name": column,
                "verbose_name": one.label,
                "type": _SQL_TYPES[one.type],
                "is_dttm": False,
                "is_active": True,
                "groupby": True,
                "filterable": True,
                "expression": None,
                "description": None,
            }
            for column, one in dataset.columns.items()
        ],
        "metrics": [
            {
                "metric_name": metric,
                "verbose_name": labels[metric],
                "metric_type": None,
                "expression": sql,
                "d3format": charts.FORMATS.get(charts.metric_type(dataset, metric)),
                "description": None,
                "warning_text": None,
            }
            for metric, sql in metric_sql(dataset).items()
        ],
        "version": _VERSION,
        "database_uuid": identity("database", "warehouse"),
        "is_managed_externally": True,
        "external_url": OWNED,
    }


def _chart(name: str, chart: Chart, dataset: Dataset) -> dict[str, Any]:
    built = charts.build(chart, dataset)
    context = {
        # the importer puts the dataset's number in
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [built.query],
        "form_data": built.params,
        "result_format": "json",
        "result_type": "full",
    }
    return {
        "slice_name": chart.title,
        "description": chart.about or None,
        "viz_type": built.viz_type,
        "params": built.params,
        "query_context": json.dumps(context, ensure_ascii=False),
        "cache_timeout": None,
        "uuid": identity("chart", name),
        "version": _VERSION,
        "dataset_uuid": identity("dataset", chart.data),
        "is_managed_externally": True,
        "external_url": OWNED,
    }


def _dashboard(
    name: str, board: Board, numbers: Mapping[str, int], datasets: Mapping[str, Dataset]
) -> dict[str, Any]:
    return {
        "dashboard_title": board.title,
        "description": board.about,
        "css": _css(board),
        "slug": slug(name),
        "uuid": identity("dashboard", name),
        "position": _position(name, board, numbers),
        "metadata": {
            "native_filter_configuration": [
                _filter(key, one, board, numbers, datasets) for key, one in board.filters.items()
            ],
            "filter_bar_orientation": "HORIZONTAL",
            "cross_filters_enabled": True,
            "global_chart_configuration": {
                "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
                "chartsInScope": [],
            },
            "chart_configuration": {},
            "color_scheme": "gongkai",
            "label_colors": _colours(),
            "refresh_frequency": 0,
            "timed_refresh_immune_slices": [],
            "expanded_slices": {},
        },
        "version": _VERSION,
        "published": True,
        "is_managed_externally": True,
        "external_url": OWNED,
    }


def _css(board: Board) -> str:
    """What the dashboard's own style sheet says: where the tiles of its maps stand."""
    maps = [charts.tiles_css(chart.title) for chart in board.charts.values() if chart.kind == "tiles"]
    return (FOLDER / "look.css").read_text("utf-8") + "".join(maps)


def _colours() -> dict[str, str]:
    colours: dict[str, str] = yaml.safe_load((FOLDER / "colours.yaml").read_text("utf-8"))
    return colours


def _position(name: str, board: Board, numbers: Mapping[str, int]) -> dict[str, Any]:
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "parents": ["ROOT_ID"], "children": []},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": board.title}},
    }
    for number, row in enumerate(board.rows):
        row_id = f"ROW-{number}"
        position["GRID_ID"]["children"].append(row_id)
        cells = _cells(name, board, numbers, row)
        position[row_id] = {
            "type": "ROW",
            "id": row_id,
            "parents": ["ROOT_ID", "GRID_ID"],
            "children": list(cells),
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for cell_id, cell in cells.items():
            position[cell_id] = {
                "id": cell_id,
                "parents": ["ROOT_ID", "GRID_ID", row_id],
                "children": [],
                **cell,
            }
    return position


def _cells(name: str, board: Board, numbers: Mapping[str, int], row: Row) -> dict[str, dict[str, Any]]:
    return {
        f"CHART-{chart}": {
            "type": "CHART",
            "meta": {
                "chartId": numbers[chart],
                "sliceName": board.charts[chart].title,
                "uuid": identity("chart", f"{name}/{chart}"),
                "width": width,
                "height": row.height,
            },
        }
        for chart, width in row.charts.items()
    }


def unfiltered(one: Filter, board: Board, datasets: Mapping[str, Dataset]) -> list[str]:
    """The charts that a filter does not reach: those it leaves out, and those whose dataset has no such column."""
    return [
        name
        for name, chart in board.charts.items()
        if name in one.without or one.column not in datasets[chart.data].columns
    ]


def _filter(
    key: str, one: Filter, board: Board, numbers: Mapping[str, int], datasets: Mapping[str, Dataset]
) -> dict[str, Any]:
    return {
        "id": f"NATIVE_FILTER-{key}",
        "type": "NATIVE_FILTER",
        "filterType": "filter_select",
        "name": one.label,
        "description": "",
        "targets": [{"column": {"name": one.column}, "datasetUuid": identity("dataset", one.data)}],
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "controlValues": {
            "multiSelect": not one.single,
            "enableEmptyFilter": one.required,
            "defaultToFirstItem": one.required,
            "inverseSelection": False,
            "searchAllOptions": one.column == "full_name",
            "sortAscending": not one.latest and one.order_by is None,
        },
        # charts wait for its first value instead of showing everything for a moment
        "requiredFirst": one.required,
        "sortMetric": one.order_by,
        "adhoc_filters": [charts.adhoc(where, number) for number, where in enumerate(one.where)],
        "cascadeParentIds": [f"NATIVE_FILTER-{parent}" for parent in one.below],
        "scope": {
            "rootPath": ["ROOT_ID"],
            "excluded": [numbers[name] for name in unfiltered(one, board, datasets)],
        },
    }


def _dump(content: Any) -> str:
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
    return text
