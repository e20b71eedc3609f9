"""Batches of documents: planned once a load, each extracted into landing parts of its own."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from extract.document import READER_VERSION, Extraction, extract_all
from extract.landing import read_load, write_part
from extract.limits import LIMITS
from extract.model import Place, UnreadableError
from extract.pull.pulling import stored_document
from extract.recognise.messages import subject
from extract.recognise.report import Report
from extract.recognise.script import squeeze
from extract.recognise.values import Status
from extract.warming import warm_up
from extract.worker import Outcome, shared_pool
from gongkai.settings import Home

__all__ = [
    "DATASETS",
    "Identity",
    "amount",
    "extract_batch",
    "land_document",
    "landing_rows",
    "plan",
    "same_name",
    "warm_up",
]

log = logging.getLogger(__name__)

BATCH_DOCUMENTS = 200
"""Documents a batch: a digital report costs some 20 ms to 0.2 s, and a mapped task about a second by itself."""
BATCHES_AT_MOST = 1000
"""Below Airflow's `max_map_length` (1024): a very large load has larger batches instead."""

REVIEWED = "review"
"""Evidence of an agency or a year that a person has told."""

Row = dict[str, Any]
DATASETS = ("reports", "cells", "claims", "findings", "extras", "rejects")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose report it is, as a person has said.

    Attributes:
        agency, year: the right ones.
        read_agency, read_year: what was read when the person looked; null for nothing.
    """

    agency: str
    year: int
    read_agency: str | None
    read_year: int | None

    def fits(self, agency: str | None, year: int | None) -> bool:
        """Whether a reading is the one that the person saw, or says the same as they do as far as it says anything."""
        agency_fits = agency is None or same_name(agency, self.agency) or same_name(agency, self.read_agency)
        return agency_fits and year in (None, self.year, self.read_year)


def same_name(one: str | None, other: str | None) -> bool:
    """Whether two names are one but for width and spaces."""
    return one is not None and other is not None and squeeze(one) == squeeze(other)


def plan(home: Home, load_id: str, mode: str, also: Collection[str] = ()) -> list[str]:
    """Divide a load's documents into batches and keep the plan; the same load gives the same plan.

    Args:
        home: the installation.
        load_id: the load; its `documents` have landed.
        mode: `incremental` leaves out documents that a published load has read already, `full` none.
        also: sha256 of documents that are not left out.

    Returns:
        Batch names in order; empty if there is nothing to extract.
    """
    chosen: dict[str, Row] = {}
    for row in sorted(
        read_load(home.landing, "documents", load_id).to_pylist(), key=lambda r: (r["source"], r["name"])
    ):
        if row["is_new"] or mode == "full" or row["document_sha256"] in also:
            chosen.setdefault(row["document_sha256"], row)
    digests = sorted(chosen)
    size = max(BATCH_DOCUMENTS, -(-len(digests) // BATCHES_AT_MOST))
    batches = {f"batch-{at // size + 1:05d}": digests[at : at + size] for at in range(0, len(digests), size)}
    path = _plan_path(home, load_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(json.dumps(batches), encoding="utf-8")
    temporary.replace(path)
    return list(batches)


def extract_batch(
    home: Home, load_id: str, batch: str, identities: Mapping[str, Identity] | None = None
) -> dict[str, int]:
    """Extract one batch and land its rows; repeating it replaces them.

    Args:
        home: the installation.
        load_id: the load.
        batch: its name in the plan.
        identities: whose a report is, by report, where a person has said so.

    Returns:
        Number of rows by dataset.
    """
    digests = set(json.loads(_plan_path(home, load_id).read_text(encoding="utf-8"))[batch])
    pulled: dict[str, Row] = {}
    for row in sorted(
        read_load(home.landing, "documents", load_id).to_pylist(), key=lambda r: (r["source"], r["name"])
    ):
        if row["document_sha256"] in digests:
            pulled.setdefault(row["document_sha256"], row)
    rows: dict[str, list[Row]] = {dataset: [] for dataset in DATASETS}
    said = dict(identities or {})
    for report_id, identity in said.items():
        for digest in digests:
            if digest.startswith(report_id.partition("-")[0]):
                pulled[digest].setdefault("identities", {})[report_id] = identity
    jobs = ((load_id, pulled[digest], str(stored_document(home, digest))) for digest in sorted(digests))
    for (_, document, _), outcome in shared_pool("extract.batch:land_document").map(jobs):
        for dataset, row in _rows_of(load_id, document, outcome):
            rows[dataset].append(row)
    for dataset in DATASETS:
        write_part(home.landing, dataset, load_id, batch, rows[dataset])
    return {dataset: len(found) for dataset, found in rows.items()}


def land_document(job: tuple[str, Row, str]) -> list[tuple[str, Row]]:
    """Extract one stored document, in a worker: its landing rows.

    Args:
        job: the load's id, the document's row in `documents`, and where its bytes are.
    """
    load_id, document, stored = job
    name = Path(document["name"]).name
    path = Path(stored)
    if path.stat().st_size > LIMITS.file_bytes:
        error = UnreadableError(
            "too_large", f"文件 {name} 超过 {LIMITS.file_bytes // 2**20} MB 的上限，未读取"
        )
        return list(landing_rows(load_id, document, Extraction(None, None, (), error)))
    return [
        row
        for number, extraction in enumerate(extract_all(path.read_bytes(), name))
        for row in landing_rows(load_id, document, extraction, number)
    ]


def _rows_of(load_id: str, document: Row, outcome: Outcome) -> Iterator[tuple[str, Row]]:
    """The rows that a worker made, or the reject that stands for a document it could not bring to an end."""
    landed: Iterable[tuple[str, Row]] = outcome.value or ()
    if outcome.failure is not None:
        failure = outcome.failure
        error = UnreadableError(failure.error_class, failure.sentence(Path(document["name"]).name))
        landed = landing_rows(load_id, document, Extraction(None, None, (), error))
    for dataset, row in landed:
        if dataset == "rejects":
            log.warning("%s (%s): %s", document["name"], row["error_class"], row["sentence"])
        yield dataset, row


def _plan_path(home: Home, load_id: str) -> Path:
    return home.operations / "plans" / f"{load_id}.json"


def landing_rows(
    load_id: str, document: Mapping[str, Any], extraction: Extraction, number: int = 0
) -> Iterator[tuple[str, Row]]:
    """A document's rows: (dataset, row). `number`: which of an archive's documents it is."""
    if extraction.error is not None or not extraction.reports:
        error = extraction.error
        yield (
            "rejects",
            {
                "load_id": load_id,
                "document_sha256": document["document_sha256"],
                "document_path": document["name"],
                "member": extraction.member,
                "source": document["source"],
                "error_class": error.error_class if error else "not_a_report",
                "sentence": error.sentence if error else f"文件 {document['name']} 中没有报告",
            },
        )
        return
    for index, report in enumerate(extraction.reports):
        which = f"{index}" if extraction.member is None else f"{number}-{index}"
        report_id = f"{document['document_sha256'][:16]}-{which}"
        alone = extraction.member is None and len(extraction.reports) == 1
        yield from _report_rows(load_id, report_id, document, extraction, index, report, alone)


def _report_rows(
    load_id: str,
    report_id: str,
    document: Mapping[str, Any],
    extraction: Extraction,
    index: int,
    report: Report,
    alone: bool,
) -> Iterator[tuple[str, Row]]:
    """A report's rows. `alone`: it is the document's only report, so that what is said of the document is said of it."""
    key: Row = {"load_id": load_id, "report_id": report_id}
    header = report.header
    agency, agency_evidence = header.agency, header.agency_evidence
    year, year_evidence = header.year, header.year_evidence
    stated = document.get("hint_evidence") if alone else None
    # the report's own words win; what its source states of it in fields of their own is better than nothing
    if agency is None and document.get("hint_agency") and stated in ("stated", "mixed"):
        agency, agency_evidence = document["hint_agency"], "source"
    if year is None and document.get("hint_year") and stated == "stated":
        year, year_evidence = document["hint_year"], "source"
    identity = document.get("identities", {}).get(report_id)
    # what a person has said counts as long as the document reads as it did then
    if identity is not None and identity.fits(agency, year):
        if not same_name(agency, identity.agency):
            agency, agency_evidence = identity.agency, REVIEWED
        if year != identity.year:
            year, year_evidence = identity.year, REVIEWED
    read_as, known_as = subject(header), subject(replace(header, agency=agency, year=year))
    count = {status: sum(cell.status is status for cell in report.cells) for status in Status}
    yield (
        "reports",
        {
            **key,
            "document_sha256": document["document_sha256"],
            "document_path": document["name"],
            "member": extraction.member,
            "report_index": index,
            "source": document["source"],
            "source_place": document["source_place"],
            "format": extraction.format,
            "pages": extraction.pages,
            "title": header.title,
            "agency": agency,
            "agency_evidence": agency_evidence,
            "year": year,
            "year_evidence": year_evidence,
            "generation": report.generation,
            "reader_version": READER_VERSION,
            "cells_expected": len(report.cells),
            "cells_reported": count[Status.REPORTED],
            "cells_blank": count[Status.BLANK],
            "cells_doubtful": count[Status.DOUBTFUL],
            "cells_missing": count[Status.MISSING],
            "retrieved_at": document["retrieved_at"],
            "published_on": header.published_on or document["published_on"],
            "narrative_sha256": report.narrative.sha256 if report.narrative else None,
            "narrative_characters": report.narrative.characters if report.narrative else None,
        },
    )
    for cell in report.cells:
        yield (
            "cells",
            {
                **key,
                "metric": cell.metric,
                "applicant": cell.applicant,
                "status": cell.status.value,
                "value": amount(cell.value),
                "unit": cell.unit,
                "raw": cell.raw,
                **_place(cell.place),
                "evidence": list(cell.evidence),
            },
        )
    for number, claim in enumerate(report.claims):
        yield (
            "claims",
            {
                **key,
                "claim_index": number,
                "metrics": list(claim.metrics),
                "applicant": claim.applicant,
                "value": amount(claim.value),
                "approximate": claim.approximate,
                "scope": claim.scope,
                "quote": claim.quote,
                **_place(claim.place),
            },
        )
    for finding in report.findings:
        yield (
            "findings",
            {
                **key,
                "rule": finding.rule,
                "outcome": finding.outcome,
                "metric": finding.metric,
                "applicant": finding.applicant,
                "expected": amount(finding.expected),
                "found": amount(finding.found),
                "message": finding.message.replace(read_as, known_as, 1),
            },
        )
    for number, extra in enumerate(report.extras):
        yield (
            "extras",
            {
                **key,
                "extra_index": number,
                "label": extra.label,
                "raw": list(extra.raw),
                **_place(extra.place),
            },
        )


def amount(value: Decimal | None) -> Decimal | None:
    """A value as the landing schema keeps it: six decimals."""
    return None if value is None else value.quantize(Decimal("0.000001"))


def _place(place: Place) -> Row:
    x0, top, x1, bottom = place.box or (None, None, None, None)
    return {
        "page": place.page,
        "x0": x0,
        "top": top,
        "x1": x1,
        "bottom": bottom,
        "path": place.path,
        "line": place.line,
    }
