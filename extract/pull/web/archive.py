"""Everything that went over the wire, kept as WARC: proof of what was published when.

One gzip member a record, each exchange written by a single append: what a killed process leaves is whole records
and at most one torn end, which readers of the format pass over. A file is never opened again; the next process
begins the next number.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import threading
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from extract.pull.web.exchange import Exchange
from extract.pull.web.settings import Operator

MAX_FILE_BYTES = 200 * 2**20
"""A file that has grown to this is closed and the next one begun."""

_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_CUT = {"timeout": "time", "too_large": "length"}
_INTERIM = re.compile(rb"HTTP/1\.\d 1\d\d")
_UNSAFE = re.compile(r"[^\w.\-]+")


class WarcArchive:
    """The exchanges of one source in one load: `<root>/<load id>/<source>-00001.warc.gz` and so on.

    Args:
        root: folder of all loads' archives.
        load_id: of the load.
        source: the source's name.
        operator: who runs this, for the file's own description.
        max_file_bytes: when the next file is begun.
    """

    def __init__(
        self,
        root: Path,
        load_id: str,
        source: str,
        operator: Operator | None = None,
        *,
        max_file_bytes: int = MAX_FILE_BYTES,
    ) -> None:
        self._root = root
        self._folder = root / load_id
        self._stem = _UNSAFE.sub("_", source) or "source"
        self._operator = operator or Operator.from_environment()
        self._max_file_bytes = max_file_bytes
        self._lock = threading.Lock()
        self._file: int | None = None
        self._path: Path | None = None
        self._offset = 0
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, exchange: Exchange) -> str:
        """Keep one exchange; returns `<file below root>#<offset>` of its response (or of the request, if none came).

        Raises:
            OSError: the disk is full or the folder can't be written.
        """
        records = _exchange_records(exchange)
        with self._lock:
            if self._file is None or self._offset >= self._max_file_bytes:
                self._begin_file()
            path, offset = self._path, self._offset
            self._append(records)
        if path is None:
            raise OSError("no archive file")
        return f"{path.relative_to(self._root).as_posix()}#{offset}"

    def close(self) -> None:
        """Write what is written through to the disk."""
        with self._lock:
            self._end_file()

    def _begin_file(self) -> None:
        self._end_file()
        self._folder.mkdir(parents=True, exist_ok=True)
        while self._file is None:
            self._number += 1
            path = self._folder / f"{self._stem}-{self._number:05d}.warc.gz"
            try:
                self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
            except FileExistsError:
                continue
            self._path = path
            self._offset = 0
            self._append(_description(path.name, self._operator))

    def _end_file(self) -> None:
        if self._file is not None:
            os.fsync(self._file)
            os.close(self._file)
            self._file = None

    def _append(self, content: bytes) -> None:
        if self._file is None:
            raise OSError("the archive file is closed")
        view = memoryview(content)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            # Half a record in the middle would hide what came after it.
            os.ftruncate(self._file, self._offset)
            raise
        self._offset += len(content)


def read_archived(root: Path, reference: str) -> bytes:
    """The HTTP body of an archived response as it went over the wire, chunk marks undone.

    Raises:
        OSError: no such file.
        ValueError: no record at that place.
    """
    name, _, offset = reference.partition("#")
    with (root / name).open("rb") as stream:
        stream.seek(int(offset))
        for record in ArchiveIterator(stream):
            content: bytes = record.content_stream().read()
            return content
    raise ValueError(f"{reference}: no record")


class _Head(StatusAndHeaders):  # type: ignore[misc]  # the library has no types
    """The head of an HTTP message as it came, byte by byte."""

    def __init__(self, content: bytes) -> None:
        super().__init__("as received", [], protocol="")
        self.headers_buff = content

    def compute_headers_buffer(self, header_filter: Any = None) -> None:
        """Nothing: the bytes are there."""


def _description(name: str, operator: Operator) -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    described = {
        "software": operator.user_agent,
        "operator": f"{operator.name} ({operator.contact})",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    writer.write_record(writer.create_warcinfo_record(name, described))
    return out.getvalue()


def _exchange_records(exchange: Exchange) -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    moment = exchange.began_at.astimezone(UTC)
    shared = {"WARC-Date": _date(moment)}
    if exchange.peer:
        shared["WARC-IP-Address"] = exchange.peer
    answered: str | None = None
    if exchange.response:
        kind = "revisit" if exchange.status == 304 else "response"
        extra = {"WARC-Profile": _NOT_MODIFIED} if kind == "revisit" else _cut(exchange)
        answered = _write(writer, exchange.address.text, kind, exchange.response, {**shared, **extra})
    if exchange.request:
        extra = {"WARC-Concurrent-To": answered} if answered else {}
        _write(writer, exchange.address.text, "request", exchange.request, {**shared, **extra})
    if exchange.problem is not None:
        extra = {"WARC-Concurrent-To": answered} if answered else {}
        note = f"outcome: {exchange.problem.error_class}\r\ndetail: {exchange.problem.detail}\r\n".encode()
        record = writer.create_warc_record(
            exchange.address.text,
            "metadata",
            payload=BytesIO(note),
            length=len(note),
            warc_headers_dict={**shared, **extra},
        )
        writer.write_record(record)
    return out.getvalue()


def _write(writer: WARCWriter, address: str, kind: str, message: bytes, fields: dict[str, str]) -> str:
    """Write one HTTP message without copying it; returns the record's identity."""
    begin, end = _head_of(message)
    head = message[begin:end]
    body = BytesIO(message)
    body.seek(end if kind != "revisit" else len(message))
    record = writer.create_warc_record(
        address,
        kind,
        payload=body,
        length=len(message) - body.tell(),
        warc_headers_dict={**fields, "WARC-Block-Digest": _digest(head, memoryview(message)[body.tell() :])},
        http_headers=_Head(head),
    )
    writer.write_record(record)
    identity: str = record.rec_headers.get_header("WARC-Record-ID")
    return identity


def _cut(exchange: Exchange) -> dict[str, str]:
    if exchange.problem is None:
        return {}
    return {"WARC-Truncated": _CUT.get(exchange.problem.error_class, "disconnect")}


def _head_of(message: bytes) -> tuple[int, int]:
    """Where the head of an HTTP message begins and ends; interim responses (1xx) before it are left out."""
    begin = 0
    while True:
        mark = message.find(b"\r\n\r\n", begin)
        if mark < 0:
            return begin, len(message)
        end = mark + 4
        if end == len(message) or not _INTERIM.match(message, begin):
            return begin, end
        begin = end


def _digest(*parts: bytes | memoryview) -> str:
    counted = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        counted.update(part)
    return "sha1:" + base64.b32encode(counted.digest()).decode()


def _date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
