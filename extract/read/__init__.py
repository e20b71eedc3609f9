"""One module a file format: bytes -> blocks of text and grids, each with its place. Nothing here knows the form."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from extract.model import ReadDocument, UnreadableError
from extract.read.kind import FileKind, sniff

MAX_BYTES = 100 * 1024 * 1024
"""Larger documents are refused: the largest real report seen is under 20 MB."""

_READERS = {
    "pdf": ("extract.read.pdf", "read_pdf"),
    "docx": ("extract.read.docx", "read_docx"),
    "html": ("extract.read.html", "read_html"),
    "text": ("extract.read.text", "read_text"),
    "xlsx": ("extract.read.xlsx", "read_xlsx"),
    "xls": ("extract.read.xls", "read_xls"),
    "ofd": ("extract.read.ofd", "read_ofd"),
    "odt": ("extract.read.odf", "read_odt"),
    "ods": ("extract.read.odf", "read_ods"),
    "mht": ("extract.read.mht", "read_mht"),
    "image": ("extract.read.scan", "read_image"),
}
"""Family -> module and function; a module is imported when its first document comes."""

_REFUSALS = {
    "ole": ("unsupported", "这是旧版二进制办公文件，其中没有文档或工作簿；请另存为 DOCX 或 XLSX 后重新提交"),
    "zip": ("unsupported", "这是压缩包，其中没有可识别的办公文档；请解压后逐个提交"),
    "packed": (
        "unsupported",
        "这是 {kind} 压缩包，本程序只直接打开 ZIP；请解压（如用 7-Zip、unar）后把其中的文件放回来源重新拉取，或改用 ZIP 打包",
    ),
    "binary": ("unsupported", "文件内容不是任何已支持的格式，可能已损坏"),
    "encrypted": ("encrypted", "文档已用密码加密，无法打开；请提供未加密的文档"),
}  # fmt: skip


def read_document(data: bytes, name: str) -> ReadDocument:
    """Read a document by what it is, whatever its name says.

    Args:
        data: the document's bytes.
        name: its file name; decides only between plain text and markdown.

    Raises:
        UnreadableError: with a class (`empty`, `corrupt`, `encrypted`, `unsupported`, `too_large`, `no_text`,
            `needs_libreoffice`, …) and a sentence for people.
    """
    if not data.strip():
        raise UnreadableError("empty", f"文件 {name} 是空的，没有任何内容；请重新获取")
    if len(data) > MAX_BYTES:
        raise UnreadableError("too_large", f"文件 {name} 超过 {MAX_BYTES // 2**20} MB 的上限，未读取")
    kind = sniff(data)
    if kind.family == "pdf":
        return _read_pdf(data, name)
    if kind.family in _READERS:
        return _reader(kind.family)(data, name)
    if kind.family == "office":
        return _converted(data, name, kind)
    error_class, sentence = _REFUSALS[kind.family]
    raise UnreadableError(error_class, f"文件 {name}：{sentence.format(kind=kind.detail)}")


def _reader(family: str) -> Callable[[bytes, str], ReadDocument]:
    module, function = _READERS[family]
    reader: Callable[[bytes, str], ReadDocument] = getattr(import_module(module), function)
    return reader


def _converted(data: bytes, name: str, kind: FileKind) -> ReadDocument:
    """A format that LibreOffice turns into one that is read here; the format keeps its own name."""
    from extract.read.office import convert

    read = _reader("docx")(convert(data, name, kind.detail), name)
    return ReadDocument(kind.detail, read.blocks, read.pages, read.metadata)


def _read_pdf(data: bytes, name: str) -> ReadDocument:
    """A PDF by its text layer where it has one that can be trusted; else, and its picture pages, by recognition."""
    from extract.read.pdf import read_pdf

    try:
        document = read_pdf(data, name)
    except UnreadableError as error:
        if error.error_class not in ("no_text", "no_unicode"):
            raise
        from extract.read.scan import read_scan

        return read_scan(data, name)
    if document.metadata.get("picture_pages"):
        from extract.read.scan import complete

        return complete(document, data, name)
    return document
