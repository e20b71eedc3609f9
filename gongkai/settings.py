"""Where everything lives: one home directory, its parts by name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The checkout (or the folder the project is installed in): `sources/`, `samples/`, `dbt_project/` are below it."""

TIME_ZONE = ZoneInfo("Asia/Shanghai")
"""The time zone of load ids, schedules and everything people see."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one installation; created when first used.

    Attributes:
        root: the home itself (`GONGKAI_HOME`, default `data/` in the checkout).
    """

    root: Path

    @classmethod
    def from_environment(cls) -> Home:
        """The home that `GONGKAI_HOME` names, else `data/` in the checkout."""
        return cls(Path(os.environ.get("GONGKAI_HOME") or PROJECT_ROOT / "data").resolve())

    @property
    def documents(self) -> Path:
        """Documents as pulled: `documents/<first two digits>/<sha256>`."""
        return self.root / "documents"

    @property
    def pulls(self) -> Path:
        """What is known of each source's addresses: `pull/<source>.sqlite`."""
        return self.root / "pull"

    @property
    def archive(self) -> Path:
        """What went over the wire, as WARC: `archive/<load id>/<source>-00001.warc.gz`."""
        return self.root / "archive"

    @property
    def landing(self) -> Path:
        """Parquet datasets: `landing/<dataset>/load=<id>/part-<name>.parquet`."""
        return self.root / "landing"

    @property
    def corrections(self) -> Path:
        """Reviewed CSV files of corrections that people have made: `corrections/*.csv`."""
        return self.root / "corrections"

    @property
    def review(self) -> Path:
        """What people have decided: `review/decisions.jsonl`."""
        return self.root / "review"

    @property
    def operations(self) -> Path:
        """Operations records (loads, validations, quarantine, lease): apart from what is published."""
        return self.root / "operations"

    @property
    def build(self) -> Path:
        """Databases under construction and dbt's own files: no reader opens these."""
        return self.root / "build"

    @property
    def reports(self) -> Path:
        """One folder a load with what people read about it: `reports/<load id>/`."""
        return self.root / "reports"

    @property
    def airflow(self) -> Path:
        """Airflow's home (metadata database, logs, generated configuration)."""
        return self.root / "airflow"

    @property
    def exports(self) -> Path:
        """What is published besides the warehouse: `parquet/current/`, `sheets/`."""
        return self.root / "exports"

    @property
    def warehouse(self) -> Path:
        """The published warehouse: the one DuckDB file that readers open."""
        return self.root / "warehouse.duckdb"
