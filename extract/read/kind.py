"""What a file is, from its bytes."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO


@dataclass(frozen=True, slots=True)
class FileKind:
    """`family` chooses the reader (pdf, docx, xlsx, xls, ofd, odt, ods, mht, html, text, and office for what LibreOffice
    converts) or the refusal (image, ole, zip, packed, binary, encrypted). `detail`: for office the format's name (doc,
    rtf), for packed the archive's (RAR, 7Z, …).
    """

    family: str
    detail: str = ""


_MAGIC = (
    (b"\xff\xd8\xff", FileKind("image", "JPEG")),
    (b"\x89PNG\r\n\x1a\n", FileKind("image", "PNG")),
    (b"II*\x00", FileKind("image", "TIFF")),
    (b"MM\x00*", FileKind("image", "TIFF")),
    (b"GIF8", FileKind("image", "GIF")),
    (b"BM", FileKind("image", "BMP")),
    (b"{\\rtf", FileKind("office", "rtf")),
    (b"Rar!\x1a\x07", FileKind("packed", "RAR")),
    (b"7z\xbc\xaf\x27\x1c", FileKind("packed", "7Z")),
    (b"\x1f\x8b\x08", FileKind("packed", "GZ")),
    (b"BZh91AY&SY", FileKind("packed", "BZ2")),
    (b"\xfd7zXZ\x00", FileKind("packed", "XZ")),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = (
    ("EncryptedPackage", FileKind("encrypted")),
    ("WordDocument", FileKind("office", "doc")),
    ("Workbook", FileKind("xls")),
    ("Book", FileKind("xls")),
)
_PARTS = (
    ("word/document.xml", FileKind("docx")),
    ("xl/workbook.xml", FileKind("xlsx")),
    ("OFD.xml", FileKind("ofd")),
)
_OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": FileKind("odt"),
    b"application/vnd.oasis.opendocument.text-template": FileKind("odt"),
    b"application/vnd.oasis.opendocument.spreadsheet": FileKind("ods"),
    b"application/vnd.oasis.opendocument.spreadsheet-template": FileKind("ods"),
}
_MIME = re.compile(rb"^MIME-Version:", re.IGNORECASE | re.MULTILINE)
_MIME_PAGE = re.compile(
    rb"^Content-Type:\s*(?:multipart/(?:related|alternative|mixed)|text/html)", re.IGNORECASE | re.MULTILINE
)
_CONTROL = bytes([*range(9), *range(14, 32)])
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|tr|td)\b", re.IGNORECASE)
_MARKDOWN_TABLE = re.compile(rb"^\s*\|?\s*:?-{2,}:?\s*\|", re.MULTILINE)
"""The rule below a markdown table's header; the markup around it is inline markup that a converter has left."""
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|div|p|span|meta|td|tr)\b", re.IGNORECASE)


def sniff(data: bytes) -> FileKind:
    """The kind of file these bytes are; the name and what a server called it do not count."""
    head = data[:1024].lstrip()
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):  # first: an archive may hold a PDF as it is
        return _zip_kind(data)
    if data.startswith(_OLE):
        return _ole_kind(data)
    if b"%PDF-" in data[:1024]:
        return FileKind("pdf")
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if data[257:262] == b"ustar":
        return FileKind("packed", "TAR")
    if _MIME.search(data[:4096]) and _MIME_PAGE.search(data[:4096]) and re.match(rb"[A-Za-z-]+:", head):
        return FileKind("mht")
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not wide and _looks_binary(data):
        return FileKind("binary")
    sample = data[:65536].replace(b"\x00", b"") if wide else data[:65536]
    if len(_HTML.findall(sample)) >= 2 and (_PAGE.search(sample) or not _MARKDOWN_TABLE.search(sample)):
        return FileKind("html")
    return FileKind("text")


def _ole_kind(data: bytes) -> FileKind:
    """What an old Office file holds, by the names of its streams (kept as UTF-16 in its directory)."""
    for stream, kind in _STREAMS:
        name = stream.encode("utf-16-le")
        if name.ljust(64, b"\x00") in data:
            return kind
    return FileKind("ole")


def _zip_kind(data: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
            for part, kind in _PARTS:
                if part in names:
                    return kind
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return _OPEN_DOCUMENT.get(archive.read("mimetype").strip(), FileKind("zip"))
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError, NotImplementedError):
        return FileKind("binary")
    return FileKind("zip")


def _looks_binary(data: bytes) -> bool:
    sample = data[:8192]
    control = len(sample) - len(sample.translate(None, _CONTROL))
    return control > max(1, len(sample) // 50)
