"""ZIP archives: the documents in them, one after the other, unpacked in memory only.

Nothing is written to disk, so a member's name is never more than a label. Archives inside archives are looked into
once; what unpacks to more than the limits is named and left alone.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from extract.model import UnreadableError
from extract.read.kind import sniff

MAX_MEMBERS = 1000
"""An archive of more members is refused."""
MAX_MEMBER = 100 * 1024 * 1024
"""Unpacked size of one member."""
MAX_TOTAL = 500 * 1024 * 1024
"""Unpacked size of all members together, nested archives included."""
MAX_RATIO = 300
"""A member that unpacks to more than this many times its size, and to more than `RATIO_FROM`, is a bomb."""
RATIO_FROM = 8 * 1024 * 1024
MAX_DEPTH = 2
"""An archive in an archive is read, one inside that is not."""

_JUNK_NAMES = {"thumbs.db", "desktop.ini"}
_JUNK_SUFFIXES = {
    ".css", ".js", ".json", ".map", ".db", ".ini", ".lnk", ".url", ".exe", ".dll", ".ttf", ".ttc", ".otf", ".woff", ".woff2",
    ".ico", ".tmp", ".log",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """A document in an archive: its bytes, or why they can't be had. Names are unique in an archive."""

    name: str
    data: bytes = b""
    error: UnreadableError | None = None


class _Budget:
    """What may still be unpacked from one outer archive."""

    def __init__(self) -> None:
        self.left = MAX_TOTAL
        self.names: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """The name, with a number if the archive has used it before."""
        self.names[name] = self.names.get(name, 0) + 1
        return name if self.names[name] == 1 else f"{name} ({self.names[name]})"


def is_archive(data: bytes) -> bool:
    """Whether the bytes are a plain archive (documents that are packages inside are none)."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06") and sniff(data).family == "zip"


def read_members(data: bytes, name: str) -> Iterator[Member]:
    """The documents of an archive in its own order, each unpacked when its turn comes.

    Folders, hidden files and what systems leave behind (`__MACOSX`, `Thumbs.db`) are passed over.

    Raises:
        UnreadableError: `corrupt`, or `too_large` for more members than the limit; faults of single members are in
            their `error` (`encrypted`, `too_large`, `corrupt`, `unsupported` for archives nested too deep).
    """
    yield from _members(data, name, "", 1, _Budget())


def _members(data: bytes, name: str, folder: str, depth: int, budget: _Budget) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnreadableError("corrupt", f"压缩包 {name} 已损坏（{error}）；请重新获取") from error
    with archive:
        infos = archive.infolist()
        if len(infos) > MAX_MEMBERS:
            raise UnreadableError(
                "too_large", f"压缩包 {name} 有 {len(infos)} 个成员，超过 {MAX_MEMBERS} 个的上限，未读取"
            )
        for info in infos:
            label = _name(info)
            if info.is_dir() or _is_junk(label):
                continue
            label = budget.unique(f"{folder}{label}")
            try:
                content = _unpacked(archive, info, label, budget)
            except UnreadableError as error:
                yield Member(label, error=error)
                continue
            if not is_archive(content):
                yield Member(label, content)
            elif depth >= MAX_DEPTH:
                sentence = f"压缩包成员 {label} 是第 {depth + 1} 层压缩包，未读取；请解压后提交"
                yield Member(label, error=UnreadableError("unsupported", sentence))
            else:
                yield from _nested(content, label, depth, budget)


def _nested(content: bytes, label: str, depth: int, budget: _Budget) -> Iterator[Member]:
    try:
        yield from _members(content, label, f"{label}/", depth + 1, budget)
    except UnreadableError as error:
        yield Member(label, error=error)


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name as its packer meant it: UTF-8 where flagged or valid, else the Chinese code page."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return info.filename


def _is_junk(label: str) -> bool:
    parts = [part for part in label.split("/") if part not in ("", ".", "..")]
    if not parts:
        return True
    last = parts[-1].lower()
    hidden = any(part.startswith((".", "__MACOSX", "~$")) for part in parts)
    return hidden or last in _JUNK_NAMES or PurePosixPath(last).suffix in _JUNK_SUFFIXES


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, label: str, budget: _Budget) -> bytes:
    if info.flag_bits & 0x1:
        raise UnreadableError("encrypted", f"压缩包成员 {label} 已加密，无法打开；请提供未加密的文件")
    most = min(MAX_MEMBER, budget.left, max(RATIO_FROM, MAX_RATIO * max(info.compress_size, 1)))
    too_large = UnreadableError("too_large", f"压缩包成员 {label} 解压后超过上限（可能是压缩炸弹），未读取")
    if info.file_size > most:
        raise too_large
    try:
        with archive.open(info) as stream:
            content = stream.read(most + 1)  # the directory's size may lie
    except NotImplementedError as error:
        raise UnreadableError(
            "unsupported", f"压缩包成员 {label} 的压缩方式无法读取（{error}）；请用普通 ZIP 方式重新压缩"
        ) from error
    except RuntimeError as error:
        raise UnreadableError(
            "encrypted", f"压缩包成员 {label} 已加密，无法打开；请提供未加密的文件"
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise UnreadableError("corrupt", f"压缩包成员 {label} 已损坏（{error}）；请重新获取") from error
    if len(content) > most:
        raise too_large
    budget.left -= len(content)
    return content
