"""The night of a folder: every file met, those that changed read, those that are gone on record."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime
from typing import Any, Final

from extract.pull.crawl import Night
from extract.pull.directory import DirectorySource, Met, Unlisted, files
from extract.pull.ledger import Event, Known, Ledger, Version
from extract.pull.storing import is_stored, store_document
from gongkai.settings import Home

log = logging.getLogger(__name__)

_COMMIT_EVERY: Final = 200


def walk_folder(
    source: DirectorySource, ledger: Ledger, home: Home, load_id: str
) -> tuple[Night, frozenset[str]]:
    """Pull a folder; what it came to, and the addresses of its files.

    A file is read only if its size, times or entity tag say that it may have changed. One that can't be read costs itself
    alone.

    Raises:
        SourceError: the folder does not exist or can't be listed.
        OSError: the home can't be written.
    """
    night = Night()
    met: set[str] = set()
    for number, file in enumerate(files(source)):
        met.add(file.address)
        if isinstance(file, Unlisted):
            night.complete = False
            _fail(ledger, load_id, file.address, "file_unreadable", file.sentence)
        else:
            night.requests += _take(file, ledger, home, load_id)
        if number % _COMMIT_EVERY == 0:
            ledger.commit()
    night.listed = len(met)
    if night.complete:
        _note_gone(ledger, load_id, met)
    return night, frozenset(met)


def _take(file: Met, ledger: Ledger, home: Home, load_id: str) -> bool:
    """Read a file if it may have changed; whether it was read."""
    known = ledger.known(file.address, is_list=False)
    if known is not None and _is_same(file, known, ledger, home):
        ledger.settle(file.address, False, checked_at=_now(), checked_load=load_id, last_seen=_now())
        return False
    try:
        content = file.read()
    except Exception as error:
        log.warning("%s can't be read", file.address, exc_info=True)
        reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        sentence = f"文件 {file.name} 读不出（{reason}）；请检查文件和权限"
        _fail(ledger, load_id, file.address, "file_unreadable", sentence)
        return True
    digest = hashlib.sha256(content).hexdigest()
    store_document(home, digest, content)
    previous = known.sha256 if known else None
    ledger.add_version(Version(file.address, digest, None, None, file.name, len(content), file.moment))
    if digest != previous or (known is not None and known.gone_since):
        ledger.add_event(
            Event(
                file.address,
                "document",
                "changed" if previous else "new",
                sha256=digest,
                previous_sha256=previous,
                size_bytes=len(content),
                retrieved_at=file.moment,
                attempts=1,
            )
        )
    settled: dict[str, Any] = {
        "role": "document",
        "sha256": digest,
        "mark": file.mark,
        "outcome": "good",
        "failures": 0,
        "gone_since": None,
        "good_at": _now(),
        "last_seen": _now(),
        "checked_at": _now(),
        "checked_load": load_id,
    }
    ledger.settle(file.address, False, **settled)
    return True


def _is_same(file: Met, known: Known, ledger: Ledger, home: Home) -> bool:
    if (
        file.mark is None
        or known.mark != file.mark
        or known.sha256 is None
        or known.gone_since
        or known.failures
    ):
        return False
    size = ledger.version_size(file.address, known.sha256)
    return size is not None and is_stored(home, known.sha256, size)


def _fail(ledger: Ledger, load_id: str, address: str, error_class: str, sentence: str) -> None:
    known = ledger.known(address, is_list=False)
    failures = (known.failures if known else 0) + 1
    ledger.settle(
        address,
        False,
        outcome="failed",
        failures=failures,
        checked_at=_now(),
        checked_load=load_id,
        mark=None,
    )
    previous = known.sha256 if known else None
    ledger.add_event(
        Event(
            address,
            "document",
            "failed",
            error_class=error_class,
            sentence=sentence,
            attempts=1,
            previous_sha256=previous,
        )
    )


def _note_gone(ledger: Ledger, load_id: str, met: set[str]) -> None:
    """Put on record what was there and no longer is; a file that was only moved says where to."""
    for address, _ in ledger.documents():
        if address in met:
            continue
        known = ledger.known(address, is_list=False)
        if known is None:
            continue
        moved_to = ledger.other_address(known.sha256, address, met) if known.sha256 else None
        ledger.settle(
            address,
            False,
            outcome="gone",
            gone_since=_now(),
            moved_to=moved_to,
            checked_at=_now(),
            checked_load=load_id,
        )
        ledger.add_event(
            Event(
                address,
                "document",
                "gone",
                error_class="gone",
                sentence="文件已不在原处" + (f"，现在 {moved_to}" if moved_to else ""),
                previous_sha256=known.sha256,
                moved_to=moved_to,
            )
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
