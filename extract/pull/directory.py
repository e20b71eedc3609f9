"""The `directory` kind: a folder that an office has collected, or a single file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

SUFFIXES = frozenset(
    [
        ".pdf",
        ".html",
        ".htm",
        ".shtml",
        ".xhtml",
        ".mht",
        ".mhtml",
        ".txt",
        ".md",
        ".markdown",
        ".docx",
        ".doc",
        ".wps",
        ".rtf",
        ".odt",
        ".ods",
        ".xlsx",
        ".xls",
        ".et",
        ".ofd",
        ".zip",
        ".rar",
        ".7z",
        ".tar",
        ".gz",
        ".tgz",
        ".png",
        ".jpg",
        ".jpeg",
        ".tif",
        ".tiff",
        ".bmp",
    ]
)
"""Files with another suffix are not documents and are passed over. Archives that are not opened are refused by name."""

_NOT_DOCUMENTS = ("readme", "license", "~$")


def walk(folder: Path) -> Iterator[Path]:
    """The documents of a folder and the folders below it, in a stable order; a file is itself.

    Hidden files, office lock files and read-me files are passed over.
    """
    if folder.is_file():
        yield folder
        return
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        if is_passed_over(path.name):
            continue
        yield path


def is_passed_over(name: str) -> bool:
    """Whether a file is no document by its name: office lock files and read-me files."""
    return name.lower().startswith(_NOT_DOCUMENTS)
