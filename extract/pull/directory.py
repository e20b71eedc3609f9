"""The `directory` kind: a folder that an office has collected, or a single file; on this machine or in an object store."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from extract.pull.schema import Source, SourceError, local_path, project_path

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
_SETTLED_SECONDS = 2.0
"""A file changed more recently than this may change again within the same time stamp: it is read anew next time."""


class DirectorySource(Source):
    """A folder, or a single file.

    Attributes:
        path: relative to the checkout or absolute, or an address that fsspec knows (`file://`, `s3://`).
        options: what the object store needs to know (`endpoint_url`, `anon`, `profile`): no secrets.
    """

    kind: Literal["directory"]
    path: str
    options: Mapping[str, str | int | bool] = {}

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return "://" not in self.path or self.path.startswith("file://")

    @property
    def folder(self) -> Path:
        """The folder or file itself, where it is on this machine."""
        return local_path(self.path) if self.path.startswith("file://") else project_path(self.path)


@dataclass(frozen=True, slots=True)
class Met:
    """A file that was met.

    Attributes:
        address: where it is, as an address.
        name: its path below the source.
        moment: when it was last changed.
        mark: as long as it stays the same, so does the content; null: can't be told without reading.
        read: its bytes.
    """

    address: str
    name: str
    moment: datetime
    mark: str | None
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A file or folder inside the source that can't be looked at."""

    address: str
    sentence: str


def files(source: DirectorySource) -> Iterator[Met | Unlisted]:
    """The documents of a source, in a stable order.

    Raises:
        SourceError: the folder itself does not exist or can't be listed.
    """
    yield from _local_files(source) if source.is_local else _stored_files(source)


def walk(folder: Path, on_error: Callable[[OSError], None] | None = None) -> Iterator[Path]:
    """The documents of a folder and the folders below it, in a stable order; a file is itself.

    Hidden files, office lock files and read-me files are passed over.
    """
    if folder.is_file():
        yield folder
        return
    found = [
        Path(at) / name
        for at, _, names in os.walk(folder, onerror=on_error)
        for name in names
        if is_document(PurePosixPath((Path(at) / name).relative_to(folder).as_posix()))
    ]
    for path in sorted(found, key=lambda p: p.relative_to(folder).as_posix()):
        if _may_be_file(path):
            yield path


def _may_be_file(path: Path) -> bool:
    """Whether a path is a file; one that can't be looked at is left to whoever reads it, to say so."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def is_document(relative: PurePosixPath) -> bool:
    """Whether a file is a document by its path below the source."""
    hidden = any(part.startswith(".") for part in relative.parts)
    return relative.suffix.lower() in SUFFIXES and not hidden and not is_passed_over(relative.name)


def is_passed_over(name: str) -> bool:
    """Whether a file is no document by its name: office lock files and read-me files."""
    return name.lower().startswith(_NOT_DOCUMENTS)


def _local_files(source: DirectorySource) -> Iterator[Met | Unlisted]:
    folder = source.folder
    if not folder.exists():
        raise SourceError(f"{folder} 不存在 / does not exist")
    unlisted: list[OSError] = []
    for path in walk(folder, unlisted.append):
        name = path.name if folder.is_file() else path.relative_to(folder).as_posix()
        try:
            seen = path.stat()
        except OSError as error:
            yield Unlisted(path.as_uri(), f"文件 {name} 无法查看（{error.strerror or error}）")
            continue
        settled = time.time() - max(seen.st_mtime, seen.st_ctime) > _SETTLED_SECONDS
        mark = f"{seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns} {seen.st_ino}" if settled else None
        moment = datetime.fromtimestamp(seen.st_mtime, UTC)
        yield Met(path.as_uri(), name, moment, mark, path.read_bytes)
    for fault in unlisted:
        at = Path(fault.filename) if fault.filename else folder
        if at == folder:
            raise SourceError(f"{folder} 无法列出（{fault.strerror}）/ can't be listed")
        yield Unlisted(at.as_uri(), f"文件夹 {at} 无法列出（{fault.strerror or fault}）")


def _stored_files(source: DirectorySource) -> Iterator[Met | Unlisted]:
    """Files of an object store. Its errors are many: each means that the source could not be listed."""
    import fsspec  # only needed here, and slow

    try:
        store, root = fsspec.core.url_to_fs(source.path, **source.options)
        store.invalidate_cache()  # listings of an earlier load in the same process
        listed = _entries(store, root) if store.exists(root) else None
    except ImportError as error:
        raise SourceError(f"缺少读取 {source.path} 的组件 / missing: {error}") from error
    except Exception as error:  # each store has errors of its own
        raise SourceError(
            f"{source.path} 无法列出（{type(error).__name__}: {error}）/ can't be listed"
        ) from error
    if listed is None:
        raise SourceError(f"{source.path} 不存在 / does not exist")
    for key, info in sorted(listed.items()):
        relative = PurePosixPath(key[len(root) :].lstrip("/") or PurePosixPath(key).name)
        if not is_document(relative):
            continue
        mark = next(
            (str(info[name]) for name in ("ETag", "etag", "md5Hash", "content_md5") if info.get(name)), None
        )
        changed = next(
            (info[name] for name in ("LastModified", "mtime", "created", "last_modified") if info.get(name)),
            None,
        )
        yield Met(
            store.unstrip_protocol(key),
            relative.as_posix(),
            _moment(changed),
            f"{mark} {info.get('size')}" if mark else None,
            partial(store.cat_file, key),
        )


def _entries(store: Any, root: str) -> dict[str, Mapping[str, Any]]:
    if store.isfile(root):
        return {root: store.info(root)}
    found: dict[str, Mapping[str, Any]] = {}
    for at, _, inside in store.walk(root, detail=True, on_error="raise"):
        found |= {f"{at.rstrip('/')}/{name}": info for name, info in inside.items()}
    return found


def _moment(changed: object) -> datetime:
    """When an object was last changed, or now where its store does not say."""
    if isinstance(changed, datetime):
        return changed if changed.tzinfo else changed.replace(tzinfo=UTC)
    if isinstance(changed, (int, float)):
        return datetime.fromtimestamp(changed, UTC)
    return datetime.now(UTC)
