"""Which agencies a source is expected to bring reports of, as its settings state it, landed with every pull.

The landing dataset `expected_agencies` keeps the statement as it is (levels, or the rows of an office's own list); the
warehouse turns it into agencies and years, since only the warehouse knows the registry and the deadlines.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from extract.landing import write_part
from gongkai.settings import PROJECT_ROOT, Home

Level = Literal["province", "city", "county", "township", "zone", "department"]

FIRST_YEAR = 2019
"""The first year that is reported in the statutory form."""

DATASET = "expected_agencies"


class ExpectedError(Exception):
    """An office's list that can't be read; the sentence names the file, the line and what is wrong."""


class Expected(BaseModel):
    """Which agencies are expected to file.

    Attributes:
        levels: agencies of these levels at or below the source's place. Places come from the registry; departments and
            zones, which no registry lists, are those that have reported before.
        list: an office's own list, a CSV file with the columns `agency` (a name as printed) or `key` (a division code,
            `code:name` for a department), and if wanted `level`, `from_year`, `to_year`.
        from_year: the first report year that is expected.
        to_year: the last one; without it, the last that can be due when the load runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    levels: tuple[Level, ...] = ()
    list: str | None = None
    from_year: int = Field(default=FIRST_YEAR, ge=2008, le=2100)
    to_year: int | None = Field(default=None, ge=2008, le=2100)

    @model_validator(mode="after")
    def _says_something(self) -> Expected:
        if not self.levels and self.list is None:
            raise ValueError("expected: give levels, or a list, or both")
        if self.to_year is not None and self.to_year < self.from_year:
            raise ValueError("expected: to_year is before from_year")
        return self


class _ListRow(BaseModel):
    """A row of an office's list."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    agency: str | None = None
    key: str | None = Field(default=None, pattern=r"^\d{2,12}(:\S.*)?$")
    level: Level | None = None
    from_year: int | None = Field(default=None, ge=2008, le=2100)
    to_year: int | None = Field(default=None, ge=2008, le=2100)

    @model_validator(mode="after")
    def _names_an_agency(self) -> _ListRow:
        if not self.agency and not self.key:
            raise ValueError("neither agency nor key")
        return self


class _Source(Protocol):
    """What is needed of a source."""

    @property
    def name(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def place(self) -> str | None: ...
    @property
    def expected(self) -> Expected | None: ...


def land_expected(source: _Source, home: Home, load_id: str) -> int:
    """Land what a source expects, replacing an earlier writing of the same load; the number of statements.

    A source that expects nothing lands one row that says so: without it an earlier load's list would go on counting.

    Raises:
        ExpectedError: the office's list is missing or malformed.
    """
    key = {
        "load_id": load_id,
        "source": source.name,
        "source_place": source.place,
        "pulled_at": datetime.now(UTC),
    }
    stated = [] if source.expected is None else list(_statements(source.expected))
    rows = [{**key, "row_index": number, **row} for number, row in enumerate(stated)]
    nothing = {**key, "row_index": 0, "origin": "none"}
    write_part(home.landing, DATASET, load_id, f"source-{source.key}", rows or [nothing])
    return len(rows)


def _statements(expected: Expected) -> Iterator[dict[str, Any]]:
    years = {"first_year": expected.from_year, "last_year": expected.to_year}
    for level in expected.levels:
        yield {"origin": "levels", "level": level, **years}
    if expected.list is None:
        return
    for row in read_list(PROJECT_ROOT / Path(expected.list).expanduser()):
        yield {
            "origin": "list",
            "level": row.level,
            "agency_name": row.agency,
            "agency_key": row.key,
            "first_year": row.from_year or expected.from_year,
            "last_year": row.to_year or expected.to_year,
        }


def read_list(path: Path) -> Iterator[_ListRow]:
    """The rows of an office's list.

    Raises:
        ExpectedError: there is no such file, it is no CSV, or a row has unknown columns or impossible values.
    """
    try:
        # cells beyond the last column are told as an unknown column of this name
        for row in csv.DictReader(io.StringIO(_text(path)), restkey="（多出的格）", strict=True):
            if filled := {name: value for name, value in row.items() if value}:
                yield _ListRow.model_validate(filled)
    except FileNotFoundError as error:
        raise ExpectedError(f"应报送机关名单 {path.name} 不存在") from error
    except (ValidationError, UnicodeDecodeError, csv.Error) as error:
        raise ExpectedError(f"应报送机关名单 {path.name} 有误：{error}") from error


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")  # what office programs write here
