"""Files in bulk: listed in a stable order, read by workers, written as JSON lines that a second run continues."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TextIO

from extract.document import error_object, extract_document
from extract.limits import LIMITS
from extract.pull.directory import SUFFIXES, is_passed_over
from extract.warming import warm_up
from extract.worker import Pool

__all__ = ["READING", "Continued", "Lines", "Listed", "NotAContinuationError", "Progress", "continued", "failed_lines",
           "listing", "read_all", "read_file", "standard_error_progress", "warm_up"]  # fmt: skip

READING = "extract.bulk:read_file"
"""The task of a pool that `read_all` works with."""
_EVERY = 10.0
"""Seconds between two lines of progress where standard error is no terminal."""
_BEGINNING = b'{"document": {"path": "'
"""How every line of output begins."""


class NotAContinuationError(Exception):
    """An output file that can't be continued; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A file to read, or a place where reading the folder failed: then with the sentence that says so."""

    path: Path
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """A document's lines: JSON objects, one a report, and whether one of them is an error."""

    path: str
    lines: tuple[str, ...]
    failed: bool


# --- listing


def listing(given: Path) -> Iterator[Listed]:
    """The documents of a file or folder in a stable order, with what can't be opened in its place.

    Hidden files, office lock files, read-me files and files that are no documents by their suffix are passed over.
    Links to folders are not followed.
    """
    if not given.is_dir():
        yield Listed(given)
        return
    found = sorted(_entries(given), key=lambda entry: entry.path.relative_to(given).as_posix())
    yield from found


def _entries(folder: Path) -> Iterator[Listed]:
    pending = [folder]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(here) as entries:
                children = list(entries)
        except OSError as error:
            yield Listed(here, f"文件夹 {here} 无法打开：{_reason(error)}")
            continue
        for entry in children:
            path = Path(entry.path)
            if entry.name.startswith("."):
                continue
            is_document = path.suffix.lower() in SUFFIXES and not is_passed_over(entry.name)
            if entry.is_dir(follow_symlinks=False):
                pending.append(path)
                if is_document:
                    yield Listed(path, f"{path} 的名称像文件，却是一个文件夹；其中的文件另行读取")
            elif is_document:
                yield Listed(path)


def _reason(error: OSError) -> str:
    return {
        "PermissionError": "没有读取权限",
        "FileNotFoundError": "文件不存在（可能是失效的链接）",
        "IsADirectoryError": "这是一个文件夹",
    }.get(type(error).__name__, error.strerror or type(error).__name__)


# --- reading, in a worker


def read_file(listed: Listed) -> Lines:
    """Read one file into its JSON lines; one that can't be opened or is too large has a line that says so."""
    path = str(listed.path)
    if listed.trouble is not None:
        return failed_lines(path, "unreadable", listed.trouble)
    name = listed.path.name
    try:
        if not listed.path.is_file():
            kind = "一个文件夹" if listed.path.is_dir() else "不能读取的特殊文件或失效的链接"
            return failed_lines(path, "unreadable", f"{path} 是{kind}，未读取")
        if listed.path.stat().st_size > LIMITS.file_bytes:
            return failed_lines(
                path, "too_large", f"文件 {name} 超过 {LIMITS.file_bytes // 2**20} MB 的上限，未读取"
            )
        data = listed.path.read_bytes()
    except OSError as error:
        return failed_lines(path, "unreadable", f"文件 {path} 无法打开：{_reason(error)}")
    objects = extract_document(data, name, path=path)
    return Lines(path, tuple(map(_line, objects)), any(o["error"] is not None for o in objects))


def failed_lines(path: str, error_class: str, sentence: str, sha256: str | None = None) -> Lines:
    """The one line of a document that could not be read."""
    return Lines(path, (_line(error_object(path, sha256, error_class, sentence)),), failed=True)


def _line(found: dict[str, Any]) -> str:
    # names of files may hold bytes that are no text; they must not keep the line from being written
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")


def read_all(pool: Pool, documents: Iterable[Listed], progress: Progress | None = None) -> Iterator[Lines]:
    """Read documents in workers; results in the documents' order.

    Args:
        pool: a pool of the task `READING`.
        documents: what to read.
        progress: told of each document that is done.
    """
    for listed, outcome in pool.map(documents):
        found: Lines = outcome.value
        if outcome.failure is not None:
            sentence = outcome.failure.sentence(listed.path.name)
            found = failed_lines(
                str(listed.path), outcome.failure.error_class, sentence, _digest(listed.path)
            )
        if progress is not None:
            progress.done(found)
        yield found


class Progress:
    """How far the work is and how long it may still take, on standard error.

    Args:
        total: number of documents.
        stream: where it is told; a terminal gets one line that is written over, anything else a line now and then.
        already: documents that an earlier run has done.
    """

    def __init__(self, total: int, stream: TextIO, already: int = 0) -> None:
        self.total, self.stream, self.count = total, stream, already
        self.already = already
        self.failed = 0
        self.terminal = stream.isatty()
        self.began = self.told = time.monotonic()

    def done(self, lines: Lines) -> None:
        """One more document is done."""
        self.count += 1
        self.failed += lines.failed
        now = time.monotonic()
        last = self.count == self.total
        if now - self.told >= (0.2 if self.terminal else _EVERY) or (last and self.terminal):
            self.told = now
            self._tell(now)
        if last and self.terminal:
            self.stream.write("\n")
            self.stream.flush()

    def _tell(self, now: float) -> None:
        done = self.count - self.already
        left = (now - self.began) / done * (self.total - self.count)
        text = f"{self.count}/{self.total}（{100 * self.count // self.total} %）  {done / max(now - self.began, 1e-9):.1f} 份/秒  "
        text += f"约剩 {_duration(left)}" + (f"  错误 {self.failed}" if self.failed else "")
        self.stream.write(f"\r\033[K{text}" if self.terminal else f"{text}\n")
        self.stream.flush()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


# --- an output file that a second run continues


@dataclass(slots=True)
class Continued:
    """An open output file.

    Attributes:
        file: where lines are appended.
        done: how many documents of the listing it holds already.
        failed: how many of those have an error.
    """

    file: IO[bytes]
    done: int
    failed: int

    def write(self, lines: Lines) -> None:
        """Append a document's lines."""
        self.file.write("".join(f"{line}\n" for line in lines.lines).encode())
        self.file.flush()


@contextmanager
def continued(output: Path, documents: Sequence[Listed]) -> Iterator[Continued]:
    """Open an output file where its last run stopped.

    Whole documents at its beginning that are the listing's first ones and have not changed since are kept; what stands
    behind them (a line half written, a document that has changed) is cut off, so that the finished file is the same
    as that of a run without a stop. The last document is always read again: its lines may not be all.

    Raises:
        NotAContinuationError: the file holds something else, or another run is writing to it.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(output, os.O_RDWR | os.O_CREAT, 0o666)
    with os.fdopen(descriptor, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise NotAContinuationError(f"{output} 正由另一个进程写入。") from error
        kept, failed, end = _kept(file, documents, output)
        file.seek(end)
        file.truncate()
        yield Continued(file, kept, failed)


def _kept(file: IO[bytes], documents: Sequence[Listed], output: Path) -> tuple[int, int, int]:
    """How many documents the file holds for good, how many of them have an error, and where they end."""
    groups: list[tuple[str, str | None, bool, int]] = []  # path, digest, failed, offset of its first line
    at = 0
    for line in file:
        found = _document_of(line)
        if found is None:
            if not groups and not _is_cut(line):
                raise NotAContinuationError(f"{output} 不是本命令的输出，不会覆盖；请换一个文件名。")
            break
        path, digest, failed = found
        if groups and groups[-1][0] == path:
            groups[-1] = (path, digest, groups[-1][2] or failed, groups[-1][3])
        else:
            groups.append((path, digest, failed, at))
        at += len(line)
    if not groups:
        return 0, 0, 0
    if not documents or groups[0][0] != str(documents[0].path):
        raise NotAContinuationError(f"{output} 是另一批文件的输出，不会覆盖；请换一个文件名。")
    kept = failures = 0
    for (path, digest, failed, _), listed in zip(groups[:-1], documents, strict=False):
        if path != str(listed.path) or digest != _digest(listed.path):
            break
        kept += 1
        failures += failed
    return kept, failures, groups[kept][3]


def _is_cut(line: bytes) -> bool:
    """Whether this is the beginning of a line of output."""
    return not line.endswith(b"\n") and (line.startswith(_BEGINNING) or _BEGINNING.startswith(line))


def _document_of(line: bytes) -> tuple[str, str | None, bool] | None:
    """Path, digest and failure of a whole line of output; None for anything else."""
    if not line.endswith(b"\n"):
        return None
    try:
        found = json.loads(line)
        return found["document"]["path"], found["document"]["sha256"], found["error"] is not None
    except (ValueError, KeyError, TypeError):
        return None


def _digest(path: Path) -> str | None:
    """The digest as the output has it: None for what can't be read or was not, for its size."""
    try:
        if not path.is_file() or path.stat().st_size > LIMITS.file_bytes:
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def standard_error_progress(total: int, already: int = 0) -> Progress | None:
    """Progress on standard error, where there is more than one document."""
    return Progress(total, sys.stderr, already) if total > 1 else None
