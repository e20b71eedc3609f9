"""How much one document may cost: every limit of the readers and their workers, in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may cost before it is given up, alone, with a class that says why.

    Attributes:
        seconds: wall time of one document.
        cpu_seconds: processor time of one document.
        most_seconds: wall and processor time that a document may have with all that readers have asked for on top.
        memory_bytes: memory of a worker, models for recognising pictures included.
        file_bytes: size of a file.
        unpacked_bytes: size of one part of a compressed file, unpacked.
        written_bytes: size of any file that a worker writes.
        pages: pages of a document.
        characters: characters of a text or of a page's source.
        lines: lines of a text.
        elements: elements of a web page or of an office file's part.
        slots: grid positions that the cells of a document may cover, spans included.
        documents: documents that a worker reads before a fresh one takes its place: caches do not grow for ever.
        resident_bytes: a worker that holds more than this after a document is replaced as well.
    """

    seconds: float = 120.0
    cpu_seconds: float = 60.0
    most_seconds: float = 3600.0
    memory_bytes: int = 2560 * _MIB
    file_bytes: int = 100 * _MIB
    unpacked_bytes: int = 64 * _MIB
    written_bytes: int = 1024 * _MIB
    pages: int = 800
    characters: int = 20_000_000
    lines: int = 500_000
    elements: int = 1_000_000
    slots: int = 500_000
    documents: int = 500
    resident_bytes: int = 2048 * _MIB


LIMITS = Limits()
"""The limits in force."""

_grant: Callable[[float], None] | None = None


def ask_for_time(seconds: float) -> None:
    """Ask for more time for the document being read (a page to be recognised from its picture costs seconds).

    Readers call this before slow work they know the size of; outside of a worker nothing is limited.
    """
    if _grant is not None:
        _grant(seconds)


def on_request(grant: Callable[[float], None] | None) -> None:
    """Say who answers `ask_for_time` in this process."""
    global _grant  # noqa: PLW0603  (one document at a time is read in a process)
    _grant = grant
