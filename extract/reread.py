"""Choose stored documents to be read again: those last read by an older reader, or named ones.

The landing zone says everything: a document's last reading is that of the latest published load that read or
rejected it, and what is known of the document (source, address, dates) is what a published load last landed of it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from extract.document import READER_VERSION
from extract.landing import SCHEMAS, published_loads, read_load, write_part
from extract.pull.pulling import stored_document
from gongkai.errors import UsageError
from gongkai.settings import Home

log = logging.getLogger(__name__)

_PART = "reread"
_RECONSIDERED = "reconsidered"

# Grain: one row a document that a published load has read or rejected, with that load and its reader's version.
_READINGS = """
create temp table readings as
with attempts as (
    select document_sha256, load_id, reader_version from reports
    union
    select document_sha256, load_id, null from rejects
)
select attempts.document_sha256,
       max(attempts.load_id) as load_id,
       arg_max(coalesce(attempts.reader_version, loads.reader_version, ''), attempts.load_id) as reader_version
from attempts
join loads on loads.load_id = attempts.load_id
group by attempts.document_sha256
"""
_OUTDATED = "select document_sha256 from readings where reader_version <> ? order by load_id, document_sha256"
_NAMED = "select document_sha256 from readings where starts_with(document_sha256, ?) order by 1"
# Grain: one row a document chosen and place it was met at, as last landed.
_KNOWN = """
select documents.*
from documents
join chosen using (document_sha256)
join loads on loads.load_id = documents.load_id
qualify row_number() over (
    partition by documents.document_sha256, documents.source, documents.address order by documents.load_id desc
) = 1
order by documents.document_sha256, documents.source, documents.address
"""


def land_known(home: Home, load_id: str, starts: Sequence[str]) -> set[str]:
    """Land the `documents` rows of documents that a load reads again besides what it finds itself.

    Documents that no published load has read, or that are no longer stored, are left out. Repeating it for the same load replaces
    the rows; what another step has landed of a document for the load stays.

    Args:
        home: the installation.
        load_id: the load.
        starts: the first digits of the documents' sha256.

    Returns:
        sha256 of the documents to read.
    """
    rows: list[dict[str, Any]] = []
    found: set[str] = set()
    if starts:
        with duckdb.connect() as connection:
            _prepare(connection, home)
            wanted = {digest for start in starts for digest in _starting(connection, start)}
            found = {digest for digest in wanted if _is_stored(home, digest)}
            known = _known(connection, sorted(found))
        met = {
            (row["document_sha256"], row["source"], row["address"])
            for row in read_load(home.landing, "documents", load_id).to_pylist()
        }
        rows = [
            {**row, "load_id": load_id, "is_new": True}
            for row in known
            if (row["document_sha256"], row["source"], row["address"]) not in met
        ]
    write_part(home.landing, "documents", load_id, _RECONSIDERED, rows)
    return found


def choose(home: Home, load_id: str, *, limit: int, documents: Sequence[str] = ()) -> dict[str, int]:
    """Land the `documents` rows of what a load reads again; choosing again for the same load replaces them.

    Args:
        home: the installation.
        load_id: the load.
        limit: how many documents at most.
        documents: sha256, or the first digits of one; none means all that an older reader has read last.

    Returns:
        Numbers: `chosen` documents, and those `remaining` beyond the limit.

    Raises:
        UsageError: a document is named that no published load has read.
    """
    with duckdb.connect() as connection:
        _prepare(connection, home)
        wanted = _named(connection, documents) if documents else _outdated(connection)
        kept = [digest for digest in wanted if _is_stored(home, digest)]
        chosen = kept[:limit]
        known = _known(connection, chosen)
    rows: list[dict[str, Any]] = [{**row, "load_id": load_id, "is_new": True} for row in known]
    write_part(home.landing, "documents", load_id, _PART, rows)
    return {"chosen": len(chosen), "remaining": len(kept) - len(chosen)}


def _prepare(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Tables of what has landed, and `readings`."""
    for dataset in ("documents", "reports", "rejects"):
        _add_landed(connection, home, dataset)
    versions = published_loads(home.landing)
    loads = {"load_id": list(versions), "reader_version": list(versions.values())}
    connection.register("loads", pa.table(loads, schema=pa.schema([(name, pa.string()) for name in loads])))
    connection.execute(_READINGS)


def _known(connection: duckdb.DuckDBPyConnection, digests: Sequence[str]) -> list[dict[str, Any]]:
    """What published loads last landed of documents, a row a place."""
    connection.register("chosen", pa.table({"document_sha256": pa.array(digests, pa.string())}))
    known: list[dict[str, Any]] = connection.execute(_KNOWN).to_arrow_table().to_pylist()
    return known


def _starting(connection: duckdb.DuckDBPyConnection, start: str) -> list[str]:
    return [digest for (digest,) in connection.execute(_NAMED, [start.lower()]).fetchall()]


def _outdated(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [digest for (digest,) in connection.execute(_OUTDATED, [READER_VERSION]).fetchall()]


def _named(connection: duckdb.DuckDBPyConnection, documents: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for start in documents:
        matches = _starting(connection, start)
        if not matches:
            raise UsageError(f"没有已发布的加载读过文件 {start}，无法重读。")
        found.update(dict.fromkeys(matches))
    return list(found)


def _is_stored(home: Home, digest: str) -> bool:
    if stored_document(home, digest).is_file():
        return True
    log.warning("document %s is no longer stored and can't be read again", digest)
    return False


def _add_landed(connection: duckdb.DuckDBPyConnection, home: Home, dataset: str) -> None:
    """A view over all landed parts of a dataset, whichever load they are of."""
    parts = sorted((home.landing / dataset).glob("load=*/part-*.parquet"))
    if not parts:
        connection.register(dataset, SCHEMAS[dataset].empty_table())
        return
    files = ", ".join(_quoted(part) for part in parts)
    connection.execute(
        f"create view {dataset} as"  # noqa: S608 - own names
        f" select * from read_parquet([{files}], hive_partitioning = false, union_by_name = true)"
    )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
