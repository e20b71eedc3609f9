"""What a gate found, one row an expectation: kept for every load, also for one that was stopped.

`operations/validations/load=<load id>-<gate>.parquet`; these files, not log lines, are what reports and
alerts read.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from gongkai.settings import Home

PASSED = "passed"
FAILED = "failed"
ERROR = "error"
NO_DATA = "no_data"

GATES_ZH: Final = {"landing": "落地关卡", "marts": "发布关卡"}
SEVERITIES_ZH: Final = {"critical": "拦下加载", "report": "暂缓报告", "warn": "提示"}
OUTCOMES_ZH: Final = {PASSED: "通过", FAILED: "未通过", ERROR: "没有结论", NO_DATA: "无数据可查"}
"""What people read for these words: in the records, the warehouse, the bulletin."""

_FIELDS: list[tuple[str, pa.DataType]] = [
    ("load_id", pa.string()),
    ("gate", pa.string()),
    ("suite", pa.string()),
    ("expectation_id", pa.string()),
    ("dataset", pa.string()),
    ("severity", pa.string()),
    ("outcome", pa.string()),  # passed, failed, error (could not be judged), no_data (nothing to judge)
    ("observed", pa.string()),
    ("expected", pa.string()),  # expectation type and arguments, JSON
    ("unexpected_count", pa.int64()),
    ("examples", pa.list_(pa.string())),
    ("title", pa.string()),
    ("sentence", pa.string()),
    ("owner", pa.string()),
    ("validated_at", pa.timestamp("us", tz="UTC")),
    ("gate_zh", pa.string()),
    ("severity_zh", pa.string()),
    ("outcome_zh", pa.string()),
]
SCHEMA = pa.schema(_FIELDS)


@dataclass(frozen=True, slots=True)
class ExpectationOutcome:
    """How one expectation came out.

    Attributes:
        outcome: `passed`, `failed`, `error` (could not be judged) or `no_data` (nothing to judge).
        observed: what was found, in few words; for `error` what went wrong.
        examples: a few of the rows that broke it.
        report_ids: every report that broke it (frames that are about reports).
        sentence: what it protects, in Chinese.
    """

    suite: str
    expectation_id: str
    dataset: str
    severity: str
    outcome: str
    observed: str
    expected: str
    title: str
    sentence: str
    owner: str
    unexpected_count: int = 0
    examples: tuple[str, ...] = ()
    report_ids: tuple[str, ...] = field(default=(), repr=False)

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against it: passed, or nothing to judge."""
        return self.outcome in (PASSED, NO_DATA)

    @property
    def message(self) -> str:
        """What it protects, what was found and where, for people."""
        where = f"，例如 {'、'.join(self.examples[:3])}" if self.examples and not self.passed else ""
        return f"{self.sentence}（{self.expectation_id}：{self.observed}{where}）"


def validations_path(home: Home, load_id: str, gate: str) -> Path:
    """Where a gate's outcomes for a load are kept."""
    return home.operations / "validations" / f"load={load_id}-{gate}.parquet"


def write_validations(
    home: Home, load_id: str, gate: str, outcomes: Sequence[ExpectationOutcome], validated_at: datetime
) -> Path:
    """Keep a gate's outcomes, replacing those of an earlier try; the file's path."""
    rows = [
        {
            "load_id": load_id,
            "gate": gate,
            "validated_at": validated_at,
            "gate_zh": GATES_ZH.get(gate, gate),
            "severity_zh": SEVERITIES_ZH.get(outcome.severity, outcome.severity),
            "outcome_zh": OUTCOMES_ZH[outcome.outcome],
            **{name: getattr(outcome, name) for name in SCHEMA.names if hasattr(outcome, name)},
        }
        for outcome in outcomes
    ]
    path = validations_path(home, load_id, gate)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def read_validations(home: Home, load_id: str) -> pa.Table:
    """The outcomes of all gates that judged a load, landing before marts; empty if none has."""
    paths = sorted((home.operations / "validations").glob(f"load={load_id}-*.parquet"))
    # ParquetFile: the name load=... must not turn into a partition column of its own
    tables = [pq.ParquetFile(path).read() for path in paths]
    # columns that came later are null in records that were written before
    return (
        pa.concat_tables([SCHEMA.empty_table(), *tables], promote_options="default")
        if tables
        else SCHEMA.empty_table()
    )
