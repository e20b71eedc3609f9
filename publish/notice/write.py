"""Notices as files: one agency's, or those of all agencies of a place with a list of them."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

from extract.model import UnreadableError
from extract.read.office import print_pdf
from gongkai.errors import GongkaiError
from gongkai.settings import Home
from publish.notice.document import Sender, write_notice
from publish.notice.facts import Case, Published
from publish.notice.wording import load_wording

INDEX: Final = "index.csv"


def write_notices(
    home: Home,
    year: int,
    sender: Sender,
    folder: Path,
    *,
    agency: str | None = None,
    place: str | None = None,
    pdf: bool = False,
) -> list[tuple[Path, Case]]:
    """Write notices; the DOCX files with what each is about. Files of the same name are replaced.

    Args:
        home: whose published marts are read.
        year: report year.
        sender: who sends them.
        folder: where to.
        agency: an agency's key or name; or
        place: a division's code: all agencies there and below it.
        pdf: whether each is written as PDF, too.

    Raises:
        UsageError: no such agency, several, no report, or nothing is published.
        GongkaiError: LibreOffice is missing or failed; the DOCX is written by then.
    """
    wording = load_wording()
    with Published(home) as published:
        keys = [published.agency_key(agency)] if agency else published.agencies_below(place or "", year)
        cases = [(key, published.case(key, year, wording.rules)) for key in keys]
    written = []
    for key, case in cases:
        if not case.faults:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{_safe(case.agency)}-{_safe(key)}-{year}.docx"
        content = write_notice(case, wording, sender)
        _write(path, content)
        if pdf:
            _write(path.with_suffix(".pdf"), _printed(content, path.name))
        written.append((path, case))
    if place and written:
        _write_index(folder / INDEX, written)
    return written


def _printed(content: bytes, name: str) -> bytes:
    try:
        return print_pdf(content, name)
    except UnreadableError as error:
        raise GongkaiError(str(error)) from error


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)


def _write_index(path: Path, written: list[tuple[Path, Case]]) -> None:
    with path.open(
        "w", encoding="utf-8-sig", newline=""
    ) as file:  # with the mark that office programs look for
        writer = csv.writer(file)
        writer.writerow(["机关", "年度", "问题数", "文件"])
        writer.writerows((case.agency, case.year, len(case.faults), each.name) for each, case in written)


def _safe(text: str) -> str:
    """A name that any file system takes."""
    return re.sub(r'[\\/:*?"<>|\s]+', "_", text).strip("._") or "notice"
