"""One module a file format: bytes -> blocks of text and grids, each with its place. Nothing here knows the form."""

from __future__ import annotations

from extract.model import ReadDocument, UnreadableError
from extract.read.kind import sniff

MAX_BYTES = 100 * 1024 * 1024
"""Larger documents are refused: the largest real report seen is under 20 MB."""

_UNSUPPORTED = {
    "ole": "这是旧版二进制办公文档（DOC/XLS/WPS），请另存为 DOCX 后重新提交",
    "rtf": "这是 RTF 文档，请另存为 DOCX 后重新提交",
    "zip": "这是压缩包，其中没有可识别的办公文档；请解压后逐个提交",
    "binary": "文件内容不是任何已支持的格式，可能已损坏",
}


def read_document(data: bytes, name: str) -> ReadDocument:
    """Read a document by what it is, whatever its name says.

    Args:
        data: the document's bytes.
        name: its file name; decides only between plain text and markdown.

    Raises:
        UnreadableError: with a class (`empty`, `corrupt`, `encrypted`, `unsupported`, `too_large`, `no_text`, …)
            and a sentence for people.
    """
    if not data.strip():
        raise UnreadableError("empty", f"文件 {name} 是空的，没有任何内容；请重新获取")
    if len(data) > MAX_BYTES:
        raise UnreadableError("too_large", f"文件 {name} 超过 {MAX_BYTES // 2**20} MB 的上限，未读取")
    kind = sniff(data)
    if kind.family == "pdf":
        return _read_pdf(data, name)
    if kind.family == "image":
        from extract.read.scan import read_image

        return read_image(data, name)
    if kind.family == "docx":
        from extract.read.docx import read_docx

        return read_docx(data, name)
    if kind.family == "html":
        from extract.read.html import read_html

        return read_html(data, name)
    if kind.family == "text":
        from extract.read.text import read_text

        return read_text(data, name)
    sentence = _UNSUPPORTED[kind.family].format(kind=kind.detail)
    raise UnreadableError("unsupported", f"文件 {name}：{sentence}")


def _read_pdf(data: bytes, name: str) -> ReadDocument:
    """A PDF by its text layer where it has one; its picture pages by recognition."""
    from extract.read.pdf import read_pdf

    try:
        document = read_pdf(data, name)
    except UnreadableError as error:
        if error.error_class != "no_text":
            raise
        from extract.read.scan import read_scan

        return read_scan(data, name)
    if document.metadata.get("picture_pages"):
        from extract.read.scan import complete

        return complete(document, data, name)
    return document
