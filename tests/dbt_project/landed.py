"""A small hand-made landing zone: reports by agency and year, with the figures a test cares about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from extract.form import load_form
from extract.landing import SCHEMAS, write_part
from gongkai.settings import Home

WHEN = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Report:
    """A report to land; every cell it does not set is a reported 0."""

    name: str
    agency: str | None
    year: int | None
    source: str = "folder"
    source_place: str | None = None
    generation: str = "2021"
    published_on: date | None = None
    figures: Mapping[tuple[str, str], int | Decimal | None] = field(default_factory=dict)
    statuses: Mapping[tuple[str, str], str] = field(default_factory=dict)
    findings: Sequence[Mapping[str, Any]] = ()
    claims: Sequence[Mapping[str, Any]] = ()
    held: str | None = None
    address: str | None = None
    retrieved_at: datetime = WHEN
    raws: Mapping[tuple[str, str], str] = field(default_factory=dict)
    units: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    narrative: tuple[str, int] | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()

    @property
    def report_id(self) -> str:
        return f"{self.sha256[:16]}-0"


def open_landing(home: Home, load_id: str) -> None:
    """What opening a load leaves: an empty part in every dataset."""
    for dataset in SCHEMAS:
        write_part(home.landing, dataset, load_id, "open", [])


def land(
    home: Home,
    load_id: str,
    reports: Sequence[Report],
    rejects: Sequence[str] = (),
    expected: Sequence[Mapping[str, Any]] = (),
    rejected_in: str = "folder",
) -> None:
    """Write the parts of a load that has read these reports, and not the documents in `rejects`."""
    open_landing(home, load_id)
    rows: dict[str, list[dict[str, Any]]] = {dataset: [] for dataset in SCHEMAS}
    for report in reports:
        _add(rows, load_id, report)
    for name in rejects:
        sha256 = hashlib.sha256(name.encode()).hexdigest()
        rows["rejects"].append(
            {
                "load_id": load_id,
                "document_sha256": sha256,
                "source": rejected_in,
                "error_class": "empty",
                "sentence": "空文件。",
            }
        )
        rows["documents"].append(
            _document(load_id, sha256, name, Report(name, None, None, source=rejected_in))
        )
    rows["expected_agencies"] += [
        {"load_id": load_id, "row_index": number} | dict(row) for number, row in enumerate(expected)
    ]
    for dataset, listed in rows.items():
        if listed:
            write_part(home.landing, dataset, load_id, "batch-0001", listed)


def publish_mark(home: Home, load_id: str) -> None:
    """Mark a load as published without building it."""
    mark = {
        "load_id": load_id,
        "mode": "full",
        "sources": ["folder"],
        "started_at": WHEN,
        "published_at": WHEN,
    }
    write_part(home.landing, "loads", load_id, "mark", [mark])


def _document(load_id: str, sha256: str, name: str, report: Report) -> dict[str, Any]:
    return {
        "load_id": load_id,
        "document_sha256": sha256,
        "source": report.source,
        "source_place": report.source_place,
        "address": report.address or f"folder/{name}",
        "name": name,
        "size_bytes": 1,
        "retrieved_at": report.retrieved_at,
        "published_on": report.published_on,
        "is_new": True,
    }


def _add(rows: dict[str, list[dict[str, Any]]], load_id: str, report: Report) -> None:
    key = {"load_id": load_id, "report_id": report.report_id}
    rows["documents"].append(_document(load_id, report.sha256, report.name, report))
    cells = [_cell(key, report, metric, applicant) for metric, applicant in _cells(report.generation)]
    counts = {
        f"cells_{status}": sum(cell["status"] == status for cell in cells)
        for status in ("reported", "blank", "doubtful", "missing")
    }
    rows["cells"] += cells
    rows["reports"].append(
        key
        | counts
        | {
            "document_sha256": report.sha256,
            "document_path": report.name,
            "report_index": 0,
            "source": report.source,
            "source_place": report.source_place,
            "format": "text",
            "title": report.name,
            "agency": report.agency,
            "year": report.year,
            "generation": report.generation,
            "reader_version": "1",
            "cells_expected": len(cells),
            "retrieved_at": report.retrieved_at,
            "published_on": report.published_on,
            "narrative_sha256": report.narrative[0] if report.narrative else None,
            "narrative_characters": report.narrative[1] if report.narrative else None,
        }
    )
    rows["findings"] += [key | dict(finding) for finding in report.findings]
    rows["claims"] += [key | {"claim_index": i} | dict(claim) for i, claim in enumerate(report.claims)]
    if report.held:
        rows["quarantine"].append(key | {"reason": report.held, "message": "请人工查看。", "held_at": WHEN})


def _cells(generation: str) -> tuple[tuple[str, str], ...]:
    return load_form().generation(generation).expected_cells(None)


def _cell(key: dict[str, str], report: Report, metric: str, applicant: str) -> dict[str, Any]:
    address = (metric, applicant)
    status = report.statuses.get(address, "reported")
    value = report.figures.get(address, 0 if status == "reported" else None)
    unit = load_form().generation(report.generation).metric(metric).unit
    return key | {
        "metric": metric,
        "applicant": applicant,
        "status": status,
        "value": None if value is None else Decimal(value),
        "unit": report.units.get(address, unit),
        "raw": report.raws.get(address, "" if value is None else str(value)),
        "line": 1,
        "evidence": [],
    }
