"""Documents by their digest, whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from gongkai.settings import Home


def stored_document(home: Home, sha256: str) -> Path:
    """Where a document's bytes are kept."""
    return home.documents / sha256[:2] / sha256


def is_stored(home: Home, sha256: str, size: int) -> bool:
    """Whether a document's bytes are there, as many as there should be."""
    try:
        return stored_document(home, sha256).stat().st_size == size
    except OSError:
        return False


def store_document(home: Home, sha256: str, content: bytes) -> Path:
    """Keep a document's bytes under their digest; whole or not at all, once."""
    path = stored_document(home, sha256)
    if is_stored(home, sha256, len(content)):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{sha256}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb", buffering=0) as stream:
            view = memoryview(content)
            while view:
                view = view[stream.write(view) :]
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path
