"""The landing zone: Parquet datasets with declared schemas, one part a load and batch.

`landing/<dataset>/load=<load id>/part-<part>.parquet`. A part is written whole or not at all (a temporary file is
renamed into place), and writing it again replaces it and nothing else.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

AMOUNT = pa.decimal128(24, 6)
_TEXT = pa.string()
_PLACE: list[tuple[str, pa.DataType]] = [
    ("page", pa.int32()),
    ("x0", pa.float64()),
    ("top", pa.float64()),
    ("x1", pa.float64()),
    ("bottom", pa.float64()),
    ("path", _TEXT),
    ("line", pa.int32()),
]
_KEY: list[tuple[str, pa.DataType]] = [("load_id", _TEXT), ("report_id", _TEXT)]

_FIELDS: Mapping[str, list[tuple[str, pa.DataType]]] = {
    # One row a document met by the load, known or new.
    "documents": [
        ("load_id", _TEXT),
        ("document_sha256", _TEXT),
        ("source", _TEXT),  # name of the source
        ("source_place", _TEXT),  # division code the source covers, or null
        ("address", _TEXT),  # file path or address it was pulled from
        ("name", _TEXT),  # file name
        ("size_bytes", pa.int64()),
        ("retrieved_at", pa.timestamp("us", tz="UTC")),
        ("published_on", pa.date32()),
        ("is_new", pa.bool_()),  # false: already published by an earlier load with this reader version
        ("parent_address", _TEXT),  # list or page that led to it
        ("final_address", _TEXT),  # after redirects
        ("hint_title", _TEXT),  # what the list or manifest says of it
        ("hint_agency", _TEXT),
        ("hint_year", pa.int32()),
        (
            "hint_evidence",
            _TEXT,
        ),  # title, stated (fields of their own), mixed (agency stated, year from title), page (has several)
    ],
    # One row an address of a source and outcome, of those that the load asked for; also what became of an address
    # (new, changed, gone, moved, delisted) in a load that was not published.
    "fetches": [
        ("load_id", _TEXT),
        ("asked_load_id", _TEXT),  # the load that asked
        ("source", _TEXT),
        ("address", _TEXT),
        ("parent_address", _TEXT),
        ("role", _TEXT),  # list page document
        ("outcome", _TEXT),  # new changed unchanged not_modified gone moved delisted refused failed skipped
        ("status", pa.int32()),
        ("error_class", _TEXT),
        ("sentence", _TEXT),
        ("attempts", pa.int32()),
        ("document_sha256", _TEXT),
        ("previous_sha256", _TEXT),
        ("moved_to", _TEXT),
        ("content_type", _TEXT),
        ("size_bytes", pa.int64()),
        ("retrieved_at", pa.timestamp("us", tz="UTC")),
        ("archived", _TEXT),  # file below `archive/` and offset of the response in it
    ],
    # What is wrong with a source as a whole, or with one of its lists.
    "source_findings": [
        ("load_id", _TEXT),
        ("source", _TEXT),
        ("rule", _TEXT),
        ("outcome", _TEXT),  # broken
        ("address", _TEXT),
        ("expected", pa.float64()),
        ("found", pa.float64()),
        ("message", _TEXT),
    ],
    # One row a report read. report_id = first 16 digits of the document's sha256, "-", in an archive the number of the
    # member and "-", index in the document.
    "reports": [
        *_KEY,
        ("document_sha256", _TEXT),
        ("document_path", _TEXT),
        ("member", _TEXT),
        ("report_index", pa.int32()),
        ("source", _TEXT),
        ("source_place", _TEXT),
        ("format", _TEXT),
        ("pages", pa.int32()),
        ("title", _TEXT),
        ("agency", _TEXT),  # as printed (null: can't be told)
        (
            "agency_evidence",
            _TEXT,
        ),  # title, metadata, text, source (a hint of its own field), review (a person)
        ("year", pa.int32()),  # null: can't be told
        ("year_evidence", _TEXT),
        ("generation", _TEXT),  # 2019 or 2021, from the table itself
        ("reader_version", _TEXT),
        ("cells_expected", pa.int32()),
        ("cells_reported", pa.int32()),
        ("cells_blank", pa.int32()),
        ("cells_doubtful", pa.int32()),
        ("cells_missing", pa.int32()),
        ("retrieved_at", pa.timestamp("us", tz="UTC")),
        ("published_on", pa.date32()),
        ("narrative_sha256", _TEXT),  # of the text outside the tables, without numbers and the agency's name
        ("narrative_characters", pa.int32()),
    ],
    # One row a report x metric x applicant of the recognised generation.
    "cells": [
        *_KEY,
        ("metric", _TEXT),
        ("applicant", _TEXT),
        ("status", _TEXT),  # reported blank not_applicable text missing doubtful
        ("value", AMOUNT),  # for doubtful the best reading
        ("unit", _TEXT),
        ("raw", _TEXT),
        *_PLACE,
        ("evidence", pa.list_(_TEXT)),
    ],
    "claims": [
        *_KEY,
        ("claim_index", pa.int32()),
        ("metrics", pa.list_(_TEXT)),
        ("applicant", _TEXT),
        ("value", AMOUNT),
        ("approximate", pa.bool_()),
        ("scope", _TEXT),
        ("quote", _TEXT),
        *_PLACE,
    ],
    # Rules broken or not assessable inside one report. outcome: broken, not_assessable.
    "findings": [
        *_KEY,
        ("rule", _TEXT),
        ("outcome", _TEXT),
        ("metric", _TEXT),
        ("applicant", _TEXT),
        ("expected", AMOUNT),
        ("found", AMOUNT),
        ("message", _TEXT),
    ],
    # Rows the form does not know, kept as printed.
    "extras": [*_KEY, ("extra_index", pa.int32()), ("label", _TEXT), ("raw", pa.list_(_TEXT)), *_PLACE],
    # One row a document (or archive member) that could not be read.
    "rejects": [
        ("load_id", _TEXT),
        ("document_sha256", _TEXT),
        ("document_path", _TEXT),
        ("member", _TEXT),
        ("source", _TEXT),
        ("error_class", _TEXT),
        ("sentence", _TEXT),
    ],
    # Reports held back, written by gate one: one row a report and reason.
    "quarantine": [
        *_KEY,
        ("reason", _TEXT),
        ("rule", _TEXT),
        ("message", _TEXT),
        ("held_at", pa.timestamp("us", tz="UTC")),
    ],
    # Reports that pass gate one although they break a rule, because a person has decided so: one row a report and rule.
    "releases": [
        *_KEY,
        ("reason", _TEXT),
        ("rule", _TEXT),
        ("message", _TEXT),
        ("decision_id", _TEXT),
    ],
    # One row a load whose marts passed both gates and were published: the commit mark of its other parts.
    "loads": [
        ("load_id", _TEXT),
        ("mode", _TEXT),  # incremental or full
        ("sources", pa.list_(_TEXT)),
        ("started_at", pa.timestamp("us", tz="UTC")),
        ("published_at", pa.timestamp("us", tz="UTC")),
        ("reader_version", _TEXT),
    ],
    # What a source expects to be filed, one row a statement; one row with origin `none` where it states nothing.
    "expected_agencies": [
        ("load_id", _TEXT),
        ("source", _TEXT),
        ("source_place", _TEXT),
        ("row_index", pa.int32()),
        ("origin", _TEXT),  # levels, list, none
        ("level", _TEXT),
        ("agency_name", _TEXT),  # as the office's list has it
        ("agency_key", _TEXT),  # division code, or code:name
        ("first_year", pa.int32()),
        ("last_year", pa.int32()),  # null: the last that can be due
        ("pulled_at", pa.timestamp("us", tz="UTC")),
    ],
    # What people have corrected: each load lands every line of the home's files as they stood when it was opened.
    "corrections": [
        ("load_id", _TEXT),
        ("correction_id", _TEXT),
        ("file", _TEXT),
        ("line", pa.int32()),
        ("refusal", _TEXT),  # why the line counts for nothing, or null
        ("report_id", _TEXT),
        ("agency", _TEXT),
        ("year", pa.int32()),
        ("metric", _TEXT),
        ("applicant", _TEXT),
        ("read_value", AMOUNT),  # what the warehouse showed when the person looked
        ("status", _TEXT),
        ("value", AMOUNT),
        ("unit", _TEXT),
        ("corrected_by", _TEXT),
        ("corrected_on", pa.date32()),
        ("reason", _TEXT),
        ("evidence", _TEXT),
        ("read_status", _TEXT),  # how the cell stood when the person looked, or null: not told
        ("read_agency", _TEXT),  # likewise which agency was read, where the line says whose report it is
    ],
    # What people have decided: each load lands every decision, withdrawn ones included, as they stood when it was opened.
    "decisions": [
        ("load_id", _TEXT),
        ("decision_id", _TEXT),
        ("line", pa.int32()),  # of review/decisions.jsonl
        ("refusal", _TEXT),  # why the line counts for nothing, or null
        ("subject", _TEXT),  # report, cell
        ("report_id", _TEXT),
        ("document_sha256", _TEXT),
        ("reader_version", _TEXT),  # of the reading that the person saw
        ("agency", _TEXT),  # as shown to the person
        ("year", pa.int32()),
        ("rules", pa.list_(_TEXT)),  # what the report was held for
        ("metric", _TEXT),
        ("applicant", _TEXT),
        ("read_status", _TEXT),
        ("read_value", AMOUNT),
        ("decision", _TEXT),  # publish_as_printed correct reject ask_agency
        ("status", _TEXT),  # correct: what the cell holds
        ("value", AMOUNT),
        ("right_agency", _TEXT),  # correct: whose report it is
        ("right_year", pa.int32()),
        ("decided_by", _TEXT),
        ("decided_at", pa.timestamp("us", tz="UTC")),
        ("reason", _TEXT),
        ("evidence", _TEXT),
        ("channel", _TEXT),  # airflow workbook command
        ("standing", _TEXT),  # in_force withdrawn overridden refused
        ("withdrawn_by", _TEXT),
        ("withdrawn_at", pa.timestamp("us", tz="UTC")),
        ("withdrawn_reason", _TEXT),
    ],
}
SCHEMAS: Mapping[str, pa.Schema] = {dataset: pa.schema(fields) for dataset, fields in _FIELDS.items()}
"""Every dataset's schema. dbt declares the same columns in its sources; a test holds the two together."""


def part_path(landing: Path, dataset: str, load_id: str, part: str) -> Path:
    """Where a part of a load's dataset lives."""
    return landing / dataset / f"load={load_id}" / f"part-{part}.parquet"


def write_part(
    landing: Path, dataset: str, load_id: str, part: str, rows: Iterable[Mapping[str, Any]]
) -> Path:
    """Write one part whole, replacing an earlier writing of it.

    Args:
        landing: the landing zone.
        dataset: a key of `SCHEMAS`.
        load_id: the load the rows belong to.
        part: the part's name, unique in the load and dataset (`batch-0001`).
        rows: one mapping a row; a missing key is null, an unknown key an error.

    Returns:
        The part's path.

    Raises:
        KeyError: unknown dataset, or a row with a column the schema does not have.
        pyarrow.ArrowInvalid: a value that does not fit its column.
    """
    schema = SCHEMAS[dataset]
    names = set(schema.names)
    listed = list(rows)
    for row in listed:
        if unknown := row.keys() - names:
            raise KeyError(f"dataset {dataset} has no column {', '.join(sorted(unknown))}")
    table = pa.Table.from_pylist([dict(row) for row in listed], schema=schema)
    path = part_path(landing, dataset, load_id, part)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        pq.write_table(table, temporary, compression="zstd")
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def read_load(landing: Path, dataset: str, load_id: str) -> pa.Table:
    """All parts of a load's dataset as one table (empty if it has none), in part order."""
    folder = landing / dataset / f"load={load_id}"
    parts = sorted(folder.glob("part-*.parquet")) if folder.is_dir() else []
    schema = SCHEMAS[dataset]
    if not parts:
        return schema.empty_table()
    # ParquetFile: the folder name load=... must not turn into a partition column of its own
    return pa.concat_tables([_read_part(part, schema) for part in parts])


def _read_part(part: Path, schema: pa.Schema) -> pa.Table:
    """A part as the schema has it now: columns that came later are null in parts written before."""
    table = pq.ParquetFile(part).read()
    for column in schema:
        if column.name not in table.column_names:
            table = table.append_column(column, pa.nulls(table.num_rows, column.type))
    return table.select(schema.names).cast(schema)


def drop_load(landing: Path, dataset: str, load_id: str) -> None:
    """Remove a load's parts of one dataset (before they are written anew with another batching)."""
    shutil.rmtree(landing / dataset / f"load={load_id}", ignore_errors=True)


def published_loads(landing: Path) -> dict[str, str]:
    """Load id -> reader version of every load that was published (those with a commit mark)."""
    folder = landing / "loads"
    found: dict[str, str] = {}
    for part in sorted(folder.glob("load=*/part-*.parquet")) if folder.is_dir() else []:
        for row in pq.ParquetFile(part).read(["load_id", "reader_version"]).to_pylist():
            found[row["load_id"]] = row["reader_version"]
    return found


def published_order(landing: Path) -> list[str]:
    """The loads that were published, in the order of their publication."""
    marks = []
    for part in (landing / "loads").glob("load=*/part-*.parquet"):
        for row in pq.ParquetFile(part).read(["load_id", "published_at"]).to_pylist():
            if row["published_at"] is not None:
                marks.append((row["published_at"], row["load_id"]))
    return [load_id for _, load_id in sorted(marks)]


def read_documents_published(landing: Path, reader_version: str) -> set[str]:
    """sha256 of every document that a published load has read, or rejected, with this reader version."""
    found: set[str] = set()
    for load_id, version in published_loads(landing).items():
        if version == reader_version:
            for dataset in ("reports", "rejects"):
                digests = read_load(landing, dataset, load_id).column("document_sha256").to_pylist()
                found.update(str(digest) for digest in digests)
    return found
