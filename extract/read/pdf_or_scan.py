"""PDF files, with a text layer or without: the text layer where there is one, recognition for pages that are pictures.

Recognition needs networks and a picture library that take hundreds of megabytes: they are loaded when the first
picture comes.
"""

from __future__ import annotations

from extract.model import ReadDocument, UnreadableError
from extract.read.pdf import read_pdf


def read_pdf_or_scan(data: bytes, name: str) -> ReadDocument:
    """Read a PDF file whatever its pages are.

    Args:
        data: the file.
        name: its name, for sentences of errors.

    Returns:
        As `read_pdf` does; where pages are pictures, with their text recognised. The format is `scan` where all are.

    Raises:
        UnreadableError: as `read_pdf` and `extract.read.scan` raise it.
    """
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
