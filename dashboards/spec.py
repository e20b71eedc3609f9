"""What a dashboard is made of: the YAML files of this folder, read and checked.

`datasets/<name>.yaml` says what a dashboard may ask of a mart, `boards/<name>.yaml` what it shows and how it can be filtered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from gongkai.errors import GongkaiError

FOLDER: Final = Path(__file__).resolve().parent

Type = Literal["text", "whole", "number", "share", "small_share", "year", "date", "time", "flag"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class SpecError(GongkaiError):
    """A description of a dashboard or dataset is wrong; the sentence says where."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """A column of a dataset: its Chinese label and what it holds."""

    label: str
    type: Type = "text"


class Metric(_Strict):
    """An aggregate that is no rate or sum of the semantic definitions, in SQL for DuckDB and PostgreSQL.

    `{name}` in it stands for the SQL of a rate or sum of the dataset. `apart`: it is guarded by the dataset's `kept_apart`.
    """

    label: str
    sql: str
    apart: bool = False
    type: Type = "whole"


_Model = TypeVar("_Model", bound=BaseModel)


def _column(value: object) -> object:
    return {"label": value} if isinstance(value, str) else value


class Dataset(_Strict):
    """What dashboards may ask of a mart.

    Attributes:
        title: its Chinese name.
        sql: the query, over tables of schema `marts` only, in SQL that DuckDB and PostgreSQL share.
        columns: by name, in the order of the query.
        kept_apart: a column over whose values figures must never be added (levels: a government's report covers its
            departments). A rate or sum over rows of more than one of its values is null.
        rates, sums: names of the semantic definitions (`publish.metrics`), whose SQL is used as it is.
        metrics: others.
    """

    title: str
    sql: str
    columns: dict[Name, Annotated[Column, BeforeValidator(_column)]]
    kept_apart: Name | None = None
    rates: tuple[Name, ...] = ()
    sums: tuple[Name, ...] = ()
    metrics: dict[Name, Metric] = {}


class Condition(_Strict):
    """Which rows a chart takes: those whose column has one of the values; of `is: []`, those that have any."""

    column: Name
    values: tuple[str | int | bool, ...] = Field(alias="is")


class Chart(_Strict):
    """One chart.

    Attributes:
        title, about: what people read above it and behind its question mark.
        kind: how it looks; see `charts.py`.
        data: the dataset.
        metrics: of the dataset.
        by: the columns grouped by: the first is the axis, the second the colours; of a table, its first columns.
        columns: of a table of single rows, what it shows.
        where: conditions beyond the filters.
        order: columns or metrics; `-` in front: the largest first.
        limit: how many rows at most.
        stacked: bars on top of each other; `share`: as parts of 100 %.
        lying: bars from left to right.
        widths: of columns, in pixels.
        page: how many rows of a table at a time; 0: all.
    """

    title: str
    about: str = ""
    kind: Literal["number", "bars", "lines", "table", "list", "tiles"]
    data: Name
    metrics: tuple[Name, ...] = ()
    by: tuple[Name, ...] = ()
    columns: tuple[Name, ...] = ()
    where: tuple[Condition, ...] = ()
    order: tuple[str, ...] = ()
    limit: int = Field(default=1000, ge=1, le=10_000)
    stacked: bool | Literal["share"] = False
    lying: bool = False
    widths: dict[Name, int] = {}
    page: int = Field(default=0, ge=0)


class Filter(_Strict):
    """One filter in the bar on top.

    Attributes:
        label: its Chinese name.
        data, column: whose values it offers; it applies to every chart whose dataset has a column of that name.
        order_by: a metric of `data` by which the values are ordered, the largest first (else by the values themselves).
        latest: values in falling order.
        single: one value at a time.
        required: there is always a value; the first one to begin with.
        below: filters that narrow what this one offers.
        without: charts that it does not apply to.
    """

    label: str
    data: Name
    column: Name
    order_by: Name | None = None
    latest: bool = False
    single: bool = False
    required: bool = False
    below: tuple[Name, ...] = ()
    without: tuple[Name, ...] = ()
    where: tuple[Condition, ...] = ()


class Row(_Strict):
    """Charts beside each other: their widths in twelfths, their height in lines of 8 pixels."""

    height: int = Field(ge=3, le=100)
    charts: dict[Name, int]

    @model_validator(mode="after")
    def _fits(self) -> Row:
        if sum(self.charts.values()) > 12:
            raise ValueError("a row is wider than twelve twelfths")
        return self


class Board(_Strict):
    """One dashboard: what it is for, its filters, its charts and where they stand."""

    title: str
    about: str
    order: int
    filters: dict[Name, Filter]
    charts: dict[Name, Chart]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """All dashboards and datasets, by name."""

    datasets: dict[str, Dataset]
    boards: dict[str, Board]


def load_spec(folder: Path = FOLDER) -> Spec:
    """Read all descriptions.

    Args:
        folder: holds `datasets/` and `boards/`.

    Raises:
        SpecError: a file is not as it must be, or names something that is not there.
    """
    datasets = {path.stem: _read(path, Dataset) for path in sorted((folder / "datasets").glob("*.yaml"))}
    boards = {path.stem: _read(path, Board) for path in sorted((folder / "boards").glob("*.yaml"))}
    for name, board in boards.items():
        for problem in _problems(board, datasets):
            raise SpecError(f"看板 boards/{name}.yaml：{problem}")
    return Spec(datasets, dict(sorted(boards.items(), key=lambda pair: pair[1].order)))


def _read(path: Path, model: type[_Model]) -> _Model:
    try:
        return model.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise SpecError(f"{path.parent.name}/{path.name}：{error}") from error


def _problems(board: Board, datasets: dict[str, Dataset]) -> Iterator[str]:
    """What a board names that is not there, in words."""
    for name, chart in board.charts.items():
        dataset = datasets.get(chart.data)
        if dataset is None:
            yield f"图 {name} 的数据集 {chart.data} 不存在"
            continue
        columns, metrics = set(dataset.columns), {*dataset.rates, *dataset.sums, *dataset.metrics}
        if unknown := {*chart.by, *chart.columns, *(one.column for one in chart.where)} - columns:
            yield f"图 {name} 的列 {'、'.join(sorted(unknown))} 不在数据集 {chart.data} 中"
        if unknown := set(chart.metrics) - metrics:
            yield f"图 {name} 的指标 {'、'.join(sorted(unknown))} 不在数据集 {chart.data} 中"
        if unknown := {one.removeprefix("-") for one in chart.order} - columns - metrics:
            yield f"图 {name} 的排序 {'、'.join(sorted(unknown))} 不在数据集 {chart.data} 中"
    for name, one in board.filters.items():
        if one.data not in datasets or one.column not in datasets[one.data].columns:
            yield f"筛选器 {name} 的列 {one.data}.{one.column} 不存在"
        if unknown := {*one.below} - set(board.filters):
            yield f"筛选器 {name} 的上级 {'、'.join(sorted(unknown))} 不存在"
        if unknown := {*one.without} - set(board.charts):
            yield f"筛选器 {name} 排除的图 {'、'.join(sorted(unknown))} 不存在"
    placed = [name for row in board.rows for name in row.charts]
    if sorted(placed) != sorted(board.charts):
        yield f"放在版面上的图与定义的图不一致：{'、'.join(sorted(set(placed) ^ set(board.charts)))}"
