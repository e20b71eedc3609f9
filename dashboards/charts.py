"""From a chart's description to what Superset keeps of it: the form of its editor, and the query its interface answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import yaml

from dashboards.spec import FOLDER, Chart, Condition, Dataset, Type

VIZ: Final = {
    "number": "big_number_total",
    "bars": "echarts_timeseries_bar",
    "lines": "echarts_timeseries_line",
    "table": "table",
    "list": "table",
    "tiles": "table",
}
"""Superset's chart type of each kind."""

FORMATS: Final[dict[Type, str]] = {
    "whole": ",d",
    "number": ",.1f",
    "share": ".1%",
    "small_share": ".3%",
    "year": "d",
}
"""How numbers are written, in d3's notation."""

TONES: Final = (
    ("#f3f5f7", "#5c6a78"),
    ("#eaf2f9", "#1f3a57"),
    ("#c3dbee", "#1f3a57"),
    ("#8fbbdd", "#12304d"),
    ("#5595c6", "#ffffff"),
    ("#2b73ad", "#ffffff"),
    ("#154c7c", "#ffffff"),
)
"""Fill and ink of a map's tiles, from nothing known to the darkest."""


@dataclass(frozen=True, slots=True)
class Built:
    """A chart as Superset keeps it.

    Attributes:
        viz_type: its chart type.
        params: the form.
        query: the one query of the form, as the chart data interface takes it.
    """

    viz_type: str
    params: dict[str, Any]
    query: dict[str, Any]


def build(chart: Chart, dataset: Dataset) -> Built:
    """Make the form and the query of a chart over a dataset."""
    specific = {
        "number": _number,
        "bars": _series,
        "lines": _series,
        "table": _table,
        "list": _list,
        "tiles": _tiles,
    }[chart.kind](chart, dataset)
    params = {
        "viz_type": VIZ[chart.kind],
        "adhoc_filters": [adhoc(one, number) for number, one in enumerate(chart.where)],
        "time_range": "No filter",
        "color_scheme": "gongkai",
        "row_limit": chart.limit,
        **specific,
    }
    return Built(VIZ[chart.kind], params, _query(chart))


def _query(chart: Chart) -> dict[str, Any]:
    columns = list(chart.columns) if chart.kind == "list" else list(chart.by)
    order = chart.order or ((f"-{chart.metrics[0]}",) if chart.metrics else ())
    return {
        "columns": columns,
        "metrics": list(chart.metrics),
        "filters": [
            {"col": one.column, "op": "IN", "val": list(one.values)}
            if one.values
            else {"col": one.column, "op": "IS NOT NULL"}
            for one in chart.where
        ],
        "orderby": [[one.removeprefix("-"), not one.startswith("-")] for one in order] if columns else [],
        "row_limit": chart.limit,
        "extras": {"having": "", "where": ""},
        "annotation_layers": [],
        "applied_time_extras": {},
        "order_desc": True,
        "url_params": {},
        "custom_params": {},
        "custom_form_data": {},
    }


def adhoc(condition: Condition, number: int) -> dict[str, Any]:
    """A condition as the forms of charts and filters keep it."""
    return {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": condition.column,
        "operator": "IN" if condition.values else "IS NOT NULL",
        "operatorId": "IN" if condition.values else "IS_NOT_NULL",
        "comparator": list(condition.values) if condition.values else None,
        "filterOptionName": f"filter_{condition.column}_{number}",
        "isExtra": False,
        "isNew": False,
    }


def metric_type(dataset: Dataset, name: str) -> Type:
    """What a metric's values are: shares, whole numbers, …"""
    if name in dataset.rates:
        return "share"
    return dataset.metrics[name].type if name in dataset.metrics else "whole"


def _format(dataset: Dataset, name: str) -> str:
    return FORMATS.get(metric_type(dataset, name), "")


def _number(chart: Chart, dataset: Dataset) -> dict[str, Any]:
    [metric] = chart.metrics
    return {
        "metric": metric,
        "y_axis_format": _format(dataset, metric),
        "header_font_size": 0.5,
        "subtitle": chart.about,
        "subtitle_font_size": 0.2,
        "time_format": "smart_date",
    }


def _series(chart: Chart, dataset: Dataset) -> dict[str, Any]:
    axis, *groups = chart.by
    type_ = dataset.columns[axis].type
    return {
        "x_axis": axis,
        "xAxisForceCategorical": True,
        "x_axis_sort": axis if type_ == "year" else chart.metrics[0],
        "x_axis_sort_asc": type_ == "year" or chart.lying,
        "x_axis_number_format": FORMATS.get(type_, ""),
        "x_axis_time_format": "smart_date",
        "x_axis_title": "",
        "x_axis_title_margin": 15,
        "y_axis_title": "",
        "y_axis_title_margin": 15,
        "y_axis_title_position": "Left",
        "metrics": list(chart.metrics),
        "groupby": groups,
        "order_desc": True,
        "orientation": "horizontal" if chart.lying else "vertical",
        "stack": "Stack" if chart.stacked else None,
        "contributionMode": "row" if chart.stacked == "share" else None,
        "y_axis_format": ".0%" if chart.stacked == "share" else _format(dataset, chart.metrics[0]),
        "tooltipSortByMetric": False,
        "rich_tooltip": True,
        "showTooltipTotal": bool(chart.stacked),
        "truncateXAxis": False,
        # lines of shares end at 100 %
        "truncateYAxis": chart.kind == "lines" and metric_type(dataset, chart.metrics[0]) == "share",
        "y_axis_bounds": [0, 1]
        if chart.kind == "lines" and metric_type(dataset, chart.metrics[0]) == "share"
        else [None, None],
        "show_legend": len(chart.metrics) > 1 or bool(groups),
        "legendType": "scroll",
        "legendOrientation": "top",
        "show_value": len(chart.metrics) == 1 and not groups,
        "only_total": False,
        "markerEnabled": chart.kind == "lines",
        "markerSize": 6,
        "seriesType": "line",
        "zoomable": False,
        "minorSplitLine": False,
        "sort_series_type": "sum",
        "sort_series_ascending": False,
        "truncate_metric": True,
        "show_empty_columns": True,
        "comparison_type": "values",
        "annotation_layers": [],
        "forecastEnabled": False,
    }


def _columns_config(chart: Chart, dataset: Dataset, names: tuple[str, ...]) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for name in names:
        is_column = name in dataset.columns and name not in chart.metrics
        type_ = dataset.columns[name].type if is_column else metric_type(dataset, name)
        one: dict[str, Any] = {"horizontalAlign": "right" if type_ in FORMATS else "left"}
        if type_ in FORMATS:
            one["d3NumberFormat"] = FORMATS[type_]
            one["showCellBars"] = type_ == "whole" and not is_column and chart.kind == "table"
        if type_ == "date":
            one["d3TimeFormat"] = "%Y-%m-%d"
        if type_ == "time":
            one["d3TimeFormat"] = "%Y-%m-%d %H:%M"
        if name in chart.widths:
            one["columnWidth"] = chart.widths[name]
        config[name] = one
    return config


_TABLE: Final[dict[str, Any]] = {
    # what agencies have written is shown as it is written: never as markup
    "allow_render_html": False,
    "allow_rearrange_columns": False,
    "show_cell_bars": True,
    "color_pn": False,
    "align_pn": False,
    "server_pagination": False,
    "table_timestamp_format": "%Y-%m-%d",
    "conditional_formatting": [],
    "comparison_type": "values",
}


def _table(chart: Chart, dataset: Dataset) -> dict[str, Any]:
    order = chart.order or (f"-{chart.metrics[0]}",)
    return {
        **_TABLE,
        "query_mode": "aggregate",
        "groupby": list(chart.by),
        "metrics": list(chart.metrics),
        "timeseries_limit_metric": order[0].removeprefix("-"),
        "order_desc": order[0].startswith("-"),
        "page_length": chart.page,
        "include_search": chart.page > 0,
        "column_config": _columns_config(chart, dataset, (*chart.by, *chart.metrics)),
    }


def _list(chart: Chart, dataset: Dataset) -> dict[str, Any]:
    return {
        **_TABLE,
        "query_mode": "raw",
        "all_columns": list(chart.columns),
        "order_by_cols": [
            json.dumps([one.removeprefix("-"), not one.startswith("-")]) for one in chart.order
        ],
        "page_length": chart.page,
        "include_search": chart.page > 0,
        "column_config": _columns_config(chart, dataset, chart.columns),
    }


def provinces() -> dict[int, dict[str, Any]]:
    """The provinces of the map, by the first two digits of their code: short name, column and row."""
    table: dict[int, dict[str, Any]] = yaml.safe_load((FOLDER / "provinces.yaml").read_text("utf-8"))
    return table


def _tiles(chart: Chart, dataset: Dataset) -> dict[str, Any]:
    """A table whose rows the dashboard's style sheet puts where the provinces are: number, name, value, tone."""
    form = _table(chart, dataset)
    return {**form, "show_cell_bars": False, "page_length": 0, "include_search": False}


def tiles_css(title: str) -> str:
    """The style sheet of one map: each row a tile in its province's place, as dark as its tone says.

    A tile is found by the number in its row's first cell, its tone by that in the fourth; both are not shown. A browser
    that can't do this shows the table.
    """
    chart = f'[data-test-chart-name="{title}"]'
    places = [
        f"{chart} tbody tr:has(> td:nth-child(1)[title='{code}']) "
        f"{{ grid-column: {one['at'][0]}; grid-row: {one['at'][1]}; }}\n"
        for code, one in provinces().items()
    ]
    names = [
        f"{chart} tbody tr:has(> td:nth-child(1)[title='{code}']) > td:nth-child(2)::before "
        f"{{ content: '{one['name']}'; }}\n"
        for code, one in provinces().items()
    ]
    tones = [
        f"{chart} tbody tr:has(> td:nth-child(4)[title='{tone}']) "
        f"{{ background: {fill} !important; color: {ink}; }}\n"
        for tone, (fill, ink) in enumerate(TONES)
    ]
    sheet = (FOLDER / "tiles.css").read_text("utf-8").replace("CHART", chart)
    return sheet.replace("EMPTY", _empty_tiles()) + "".join([*places, *names, *tones])


def _empty_tiles() -> str:
    """The picture behind a map's tiles, as a data address: every province's place, for those that have no row."""
    shapes = "".join(
        f"<g transform='translate({(column - 1) / 3:.2f} {(row - 1) * 47})'>"
        f"<rect x='{(column - 1) / 0.09:.2f}%' width='10.6%' height='44' rx='4' fill='#f3f5f7'/>"
        f"<text x='{(column - 1) / 0.09 + 5.3:.2f}%' y='26' text-anchor='middle' font-size='11' "
        f"font-family='sans-serif' fill='#9aa7b3'>{one['name']}</text></g>"
        for one in provinces().values()
        if not one.get("invented")
        for column, row in [one["at"]]
    )
    return "data:image/svg+xml," + quote(f"<svg xmlns='http://www.w3.org/2000/svg'>{shapes}</svg>")
