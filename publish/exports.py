"""What every load exports besides the warehouse: as `exports.yaml` in the home says, nothing without it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gongkai.errors import GongkaiError, UsageError
from gongkai.settings import Home
from publish.catalog import open_warehouse
from publish.snapshot import PublishError

SETTINGS: Final = "GONGKAI_EXPORTS"
"""Environment: the file to use instead of `exports.yaml` in the home."""


class Licence(BaseModel):
    """What the operator allows others to do with the data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str | None = None
    path: str | None = None


class SheetsWanted(BaseModel):
    """Workbooks or CSV files to write after every load.

    Attributes:
        place: a division code or a name; null for all agencies.
        years: report years, or `latest` for the newest one in the warehouse.
        format: `xlsx` or `csv`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    place: str | None = Field(default=None, coerce_numbers_to_str=True)
    years: Literal["latest"] | tuple[int, ...] = "latest"
    format: Literal["xlsx", "csv"] = "xlsx"


class ExportsWanted(BaseModel):
    """`exports.yaml`.

    Attributes:
        parquet: whether the tables are written as Parquet with a data package.
        licence: stated in the data package.
        sheets: files for people without tools.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    parquet: bool = False
    licence: Licence | None = None
    sheets: tuple[SheetsWanted, ...] = ()

    @classmethod
    def read(cls, home: Home) -> ExportsWanted:
        """What the home wants; nothing if it says nothing.

        Raises:
            UsageError: the file is missing although it was named, or is not as it should be.
        """
        named = os.environ.get(SETTINGS)
        path = Path(named) if named else home.root / "exports.yaml"
        if not named and not path.exists():
            return cls()
        try:
            return cls.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
        except (OSError, yaml.YAMLError, ValidationError) as error:
            raise UsageError(f"导出设置 {path} 读不了或写得不对：{error}") from error


def export_wanted(home: Home) -> list[Path]:
    """Write everything that `exports.yaml` asks for; what was written.

    One that fails does not keep the others from being written.

    Raises:
        GongkaiError: at least one could not be written; the sentence names each.
    """
    wanted = ExportsWanted.read(home)
    written, failures = [], []
    if wanted.parquet:
        from publish.parquet_files import export_parquet

        licence = wanted.licence.model_dump(exclude_none=True) if wanted.licence else None
        try:
            written.append(export_parquet(home.warehouse, home.exports / "parquet", licence))
        except (PublishError, OSError) as error:
            failures.append(f"Parquet：{error}")
    for sheets in wanted.sheets:
        try:
            written += _write_sheets(home, sheets)
        except (PublishError, UsageError, OSError) as error:
            failures.append(f"{sheets.place or '全部'} {sheets.format}：{error}")
    if failures:
        raise GongkaiError("导出没有全部完成，未完成的仍是上一次的文件：" + "；".join(failures))
    return written


def _write_sheets(home: Home, wanted: SheetsWanted) -> list[Path]:
    from publish.sheets.export import export_sheets

    years = (_latest_year(home),) if wanted.years == "latest" else wanted.years
    return [
        export_sheets(
            home.warehouse,
            year=year,
            place=wanted.place,
            file_format=wanted.format,
            out=home.exports / "sheets",
        )
        for year in years
    ]


def _latest_year(home: Home) -> int:
    with open_warehouse(home.warehouse) as rows:
        [(year,)] = rows.execute("select max(year) from marts.dim_report").fetchall()
    if year is None:
        raise PublishError("数据仓库里还没有报告，没有可导出的年度。")
    return int(year)
