"""The sheets of an export: their heads, and their rows as text, numbers and dates that any program can take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict

Value = str | int | float | Decimal | bool | date | datetime | None
"""What a cell holds."""

_FOLDER = Path(__file__).parent
_BATCH = 5_000
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_HARMLESS = re.compile(r"[+\-]?[0-9][0-9.,]*%?|[+\-]")
"""A number, or a lone dash as agencies print it: no program makes a formula of these."""
_LIST_SEPARATOR = "；"


class SheetSpec(BaseModel):
    """A sheet as `sheets.yaml` describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    query: str
    about: str
    percent: tuple[str, ...] = ()
    marked: Mapping[str, str] = {}


class _Specs(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sheets: tuple[SheetSpec, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's head and rows; the rows can be gone through once.

    Attributes:
        spec: what it is.
        heads: the columns' names.
        rows: the cells of each row, as many as heads.
    """

    spec: SheetSpec
    heads: tuple[str, ...]
    rows: Iterator[tuple[Value, ...]]

    def is_marked(self, row: Sequence[Value]) -> bool:
        """Whether a row is one that people must look at."""
        return any(row[self.heads.index(head)] == word for head, word in self.spec.marked.items())


@cache
def sheet_specs() -> tuple[SheetSpec, ...]:
    """The sheets of every export, in order."""
    return _Specs.model_validate(yaml.safe_load((_FOLDER / "sheets.yaml").read_text("utf-8"))).sheets


def read_sheet(rows: duckdb.DuckDBPyConnection, spec: SheetSpec, year: int) -> Sheet:
    """A sheet's rows for a year and the agencies in the table `chosen_agency`; read before the next sheet is asked for."""
    result = rows.execute((_FOLDER / spec.query).read_text("utf-8"), {"year": year})
    heads = tuple(column[0] for column in result.description or ())
    return Sheet(spec, heads, _rows(result))


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Value, ...]]:
    while batch := result.fetchmany(_BATCH):
        for row in batch:
            yield tuple(map(_plain, row))


def _plain(value: object) -> Value:
    if isinstance(value, list):
        return _LIST_SEPARATOR.join(str(item) for item in value if item is not None)
    if value is None or isinstance(value, str | int | float | Decimal | date | datetime):
        return value
    return str(value)


def number_text(value: Decimal) -> str:
    """A number's digits without an exponent and without zeros at its end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def neutral(text: str) -> str:
    """A text that a spreadsheet can't take for a formula: with an apostrophe in front if it begins like one.

    What reports print and pages name comes from strangers: `=cmd|…` in a cell must stay a text. NUL characters,
    which no file format takes, are replaced.
    """
    text = text.replace("\0", "�")
    if _FORMULA.match(text) and not _HARMLESS.fullmatch(text):
        return f"'{text}"
    return text
