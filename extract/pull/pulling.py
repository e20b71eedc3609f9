"""Pull a source: store each document by its sha256 and record what was met."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from extract.document import READER_VERSION
from extract.landing import read_documents_published, write_part
from extract.pull.directory import walk
from extract.pull.source import Source, SourceError
from gongkai.settings import Home


@dataclass(frozen=True, slots=True)
class PulledDocument:
    """A document met in a source. `is_new`: no published load has read it with this reader version."""

    sha256: str
    address: str
    name: str
    size: int
    is_new: bool


def pull(source: Source, home: Home, load_id: str) -> list[PulledDocument]:
    """Pull a source: documents into `documents/`, one row each into the landing dataset `documents`.

    Repeating it replaces its own part and stores nothing twice.

    Raises:
        SourceError: the folder does not exist or can't be listed.
    """
    folder = source.folder
    if not folder.exists():
        raise SourceError(f"source {source.name}: {folder} does not exist")
    known = read_documents_published(home.landing, READER_VERSION)
    pulled: list[PulledDocument] = []
    moments: list[datetime] = []
    for path in walk(folder):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        store_document(home, digest, content)
        name = path.name if folder.is_file() else path.relative_to(folder).as_posix()
        pulled.append(PulledDocument(digest, path.as_uri(), name, len(content), digest not in known))
        moments.append(datetime.fromtimestamp(path.stat().st_mtime, UTC))
    write_part(
        home.landing,
        "documents",
        load_id,
        f"source-{source.name}",
        (
            {
                "load_id": load_id,
                "document_sha256": document.sha256,
                "source": source.name,
                "source_place": source.place,
                "address": document.address,
                "name": document.name,
                "size_bytes": document.size,
                "retrieved_at": moment,
                "published_on": None,
                "is_new": document.is_new,
            }
            for document, moment in zip(pulled, moments, strict=True)
        ),
    )
    return pulled


def stored_document(home: Home, sha256: str) -> Path:
    """Where a document's bytes are kept."""
    return home.documents / sha256[:2] / sha256


def store_document(home: Home, sha256: str, content: bytes) -> Path:
    """Keep a document's bytes under their digest; whole or not at all, once."""
    path = stored_document(home, sha256)
    if path.is_file() and path.stat().st_size == len(content):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{sha256}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path
