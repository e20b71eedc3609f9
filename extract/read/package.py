"""ZIP packages of documents (DOCX, XLSX, ODT, OFD): parts as XML, with limits on what is unpacked."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from lxml import etree

from extract.model import UnreadableError

MAX_UNPACKED = 200 * 1024 * 1024
"""Unpacked size of one part above which the document is refused (a zip bomb otherwise)."""


@contextmanager
def opened(data: bytes, name: str, kind: str) -> Iterator[zipfile.ZipFile]:
    """The package, open; what goes wrong with it inside the block is said for people.

    Args:
        data: the file.
        name: its name, for sentences of errors.
        kind: what it claims to be (`XLSX`), for sentences of errors.

    Raises:
        UnreadableError: `corrupt` or `encrypted`.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            yield package
    except (RuntimeError, NotImplementedError) as error:
        raise UnreadableError("encrypted", f"文件 {name} 已加密，无法打开；请提供未加密的文档") from error
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        etree.XMLSyntaxError,
        EOFError,
        OSError,
        zlib.error,
    ) as error:
        raise UnreadableError(
            "corrupt", f"文件 {name} 不是完整的 {kind} 文档（{error}）；请重新获取"
        ) from error


def part_bytes(package: zipfile.ZipFile, part: str, name: str) -> bytes:
    """One part, unpacked.

    Raises:
        UnreadableError: `too_large`.
        KeyError: there is no such part.
    """
    info = package.getinfo(part)
    with package.open(info) as stream:
        content = stream.read(MAX_UNPACKED + 1) if info.file_size <= MAX_UNPACKED else b""
    if info.file_size > MAX_UNPACKED or len(content) > MAX_UNPACKED:  # the directory's size may lie
        raise UnreadableError(
            "too_large", f"文件 {name} 解压后超过 {MAX_UNPACKED // 2**20} MB 的上限，未读取"
        )
    return content


def part_xml(package: zipfile.ZipFile, part: str, name: str) -> etree._Element:
    """One part as XML: no entities, no DTD, no network.

    Raises:
        UnreadableError: `too_large`.
        KeyError: there is no such part.
        lxml.etree.XMLSyntaxError: it is no XML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(part_bytes(package, part, name), parser)
