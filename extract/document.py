"""One document, from bytes to the reports in it, and their form in the output contract (JSON)."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from extract.limits import ask_for_time
from extract.model import Place, ReadDocument, UnreadableError
from extract.read import read_document
from extract.read.archive import is_archive, read_members
from extract.recognise.geometry import settle
from extract.recognise.pictured import Pictured
from extract.recognise.report import (
    Cell,
    Finding,
    OneWay,
    Report,
    SecondReading,
    recognise,
    ways_to_read,
)

log = logging.getLogger(__name__)

MEMBER_SECONDS = 5.0
"""Time that an archive has for each of its documents, beyond that of a single one."""
READER_VERSION = "4"
"""Raised whenever the same document may be read differently: documents are then extracted again."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What became of a document: its reports, or the error that kept it from being read.

    `member` is the document's name inside an archive, None for a document that stands by itself.
    """

    format: str | None
    pages: int | None
    reports: tuple[Report, ...]
    error: UnreadableError | None = None
    member: str | None = None


def extract_all(data: bytes, name: str) -> Iterator[Extraction]:
    """Read a file: the one document that it is, or the documents of an archive one after the other.

    An archive without documents, or one that can't be opened, is one result with an error.
    """
    if not is_archive(data):
        yield extract(data, name)
        return
    found = False
    try:
        for member in read_members(data, name):
            found = True
            ask_for_time(MEMBER_SECONDS)
            if member.error is not None:
                yield Extraction(None, None, (), member.error, member.name)
            else:
                yield replace(
                    extract(member.data, PurePosixPath(member.name).name or member.name), member=member.name
                )
    except UnreadableError as error:
        yield Extraction(None, None, (), error)
        return
    if not found:
        yield Extraction(
            None, None, (), UnreadableError("unsupported", f"压缩包 {name} 中没有任何文档；请重新获取")
        )


def extract(data: bytes, name: str) -> Extraction:
    """Read one document and recognise the reports in it; an unreadable one is a result, not an exception."""
    read: ReadDocument | None = None
    error: UnreadableError
    try:
        read = settle(read_document(data, name))
        second, close = _second_reading(data, read)
        try:
            reports = tuple(recognise(read, name, second))
        finally:
            close()
        return Extraction(read.format, read.pages, reports)
    except UnreadableError as unreadable:
        error = unreadable
    except MemoryError:
        raise  # whoever runs this process has set the limit and knows what to say
    except RecursionError:
        error = UnreadableError("too_large", f"文件 {name} 的结构嵌套过深，未读取；请检查文件是否正常")
    except Exception as fault:
        log.exception("reading %s failed", name)
        error = UnreadableError(
            "reader_failed", f"读取文件 {name} 时程序出错（{type(fault).__name__}: {fault}），请报告此问题"
        )
    return Extraction(read.format if read else None, read.pages if read else None, (), error)


def readings_of(data: bytes, name: str, index: int, metric: str, applicant: str) -> list[OneWay]:
    """Every way in which a cell of a document reads.

    Args:
        data: the document's bytes (of an archive: its member's).
        name: its file name.
        index: which of its reports.
        metric: of the cell.
        applicant: of the cell.

    Raises:
        UnreadableError: it can't be read.
    """
    read = settle(read_document(data, name))
    second, close = _second_reading(data, read)
    try:
        return ways_to_read(read, index, (metric, applicant), second)
    finally:
        close()


def _second_reading(data: bytes, read: ReadDocument) -> tuple[SecondReading | None, Callable[[], None]]:
    """An independent reader of spots, opened only when it is asked."""
    pictured = Pictured(read)
    if read.format != "pdf":
        return (pictured.second if pictured else None), lambda: None
    from extract.read.pdf import SecondReader

    reader = SecondReader(data)

    def ask(place: Place) -> str | None:
        if place.page is None or place.box is None:
            return None
        if pictured.holds(place):
            return pictured.second(place)
        try:
            return reader.text_in(place.page, place.box)
        except MemoryError:
            raise
        except Exception as fault:  # noqa: BLE001  (pdfminer gives up on damaged files in many ways)
            # without a second reading the cell is doubtful
            log.warning("no second reading (%s: %s)", type(fault).__name__, fault)
            return None

    return ask, reader.close


def extract_document(data: bytes, name: str, *, path: str | None = None) -> list[dict[str, Any]]:
    """Read a file into the JSON objects of the output contract: one a report, one with an error for what can't be read.

    Args:
        data: the file's bytes.
        name: its file name.
        path: the path to show; the name by default.
    """
    digest = hashlib.sha256(data).hexdigest()
    found: list[dict[str, Any]] = []
    for extraction in extract_all(data, name):
        document = {
            "path": path if path is not None else name,
            "member": extraction.member,
            "sha256": digest,
            "format": extraction.format,
            "pages": extraction.pages,
        }
        if extraction.error is not None or not extraction.reports:
            error = extraction.error or UnreadableError("not_a_report", f"文件 {name} 中没有报告")
            found.append(_object(document, None, {"class": error.error_class, "sentence": error.sentence}, 0))
        else:
            found += [
                _object(document, report, None, index) for index, report in enumerate(extraction.reports)
            ]
    return found


def error_object(path: str, sha256: str | None, error_class: str, sentence: str) -> dict[str, Any]:
    """The JSON object of a document that no reader could be given or that none has brought to an end."""
    document = {"path": path, "member": None, "sha256": sha256, "format": None, "pages": None}
    return _object(document, None, {"class": error_class, "sentence": sentence}, 0)


def _object(
    document: dict[str, Any], report: Report | None, error: dict[str, str] | None, index: int
) -> dict[str, Any]:
    if report is None:
        return {
            "document": document,
            "report": None,
            "cells": [],
            "claims": [],
            "extras": [],
            "findings": [],
            "error": error,
        }
    header = report.header
    return {
        "document": document,
        "report": {
            "index": index,
            "agency": header.agency,
            "year": header.year,
            "generation": report.generation,
            "title": header.title,
        },
        "cells": [_cell(cell) for cell in report.cells],
        "claims": [
            {
                "metrics": list(claim.metrics),
                "applicant": claim.applicant,
                "value": number(claim.value),
                "approximate": claim.approximate,
                "scope": claim.scope,
                "quote": claim.quote,
                "where": where(claim.place),
            }
            for claim in report.claims
        ],
        "extras": [{"label": e.label, "raw": list(e.raw), "where": where(e.place)} for e in report.extras],
        "findings": [_finding(finding) for finding in report.findings],
        "error": None,
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "metric": cell.metric,
        "applicant": cell.applicant,
        "status": cell.status.value,
        "value": number(cell.value),
        "unit": cell.unit,
        "raw": cell.raw,
        "where": where(cell.place),
        "evidence": list(cell.evidence),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "outcome": finding.outcome,
        "metric": finding.metric,
        "applicant": finding.applicant,
        "expected": number(finding.expected),
        "found": number(finding.found),
        "message": finding.message,
    }


def number(value: Decimal | None) -> int | float | None:
    """A decimal as a JSON number: whole ones as integers."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def where(place: Place) -> dict[str, Any]:
    """A place as the contract writes it: only what is known."""
    found: dict[str, Any] = {}
    if place.page is not None:
        found["page"] = place.page
    if place.box is not None:
        found["box"] = [round(edge, 2) for edge in place.box]
    if place.path is not None:
        found["path"] = place.path
    if place.line is not None:
        found["line"] = place.line
    return found
