"""Web pages saved as one file (MHT, MHTML: browsers' and Word's web archives): the page of the archive, read as HTML."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message

from extract.model import Block, ReadDocument, UnreadableError
from extract.read.html import read_html

MAX_PARTS = 2000
"""Parts of an archive (a page, its pictures and styles) above which it is refused."""
_FRAMES = re.compile(rb"<frame(?:set)?[\s>]", re.IGNORECASE)
_UTF8_MARK = b"\xef\xbb\xbf"


def read_mht(data: bytes, name: str) -> ReadDocument:
    """Read a web archive: the page it was made of; of a page made of frames each frame's page.

    Raises:
        UnreadableError: `corrupt` where no page is in it, `too_large`, and what `read_html` raises.
    """
    if len(data) - len(data.replace(b"\n--", b"\n")) > 4 * MAX_PARTS:
        raise UnreadableError("too_large", f"文件 {name} 的组成部分超过 {MAX_PARTS} 个的上限，未读取")
    archive = email.message_from_bytes(data, policy=email.policy.compat32)
    pages = list(_pages(archive, name))
    if not pages:
        raise UnreadableError("corrupt", f"网页归档 {name} 中没有网页，可能下载不完整；请重新获取")
    root = pages[0]
    if not _FRAMES.search(root) or len(pages) == 1:
        return read_html(root, name)
    blocks: list[Block] = []
    metadata: dict[str, str] = {}
    for page in pages[1:]:
        read = read_html(page, name)
        blocks.extend(read.blocks)
        metadata = {**read.metadata, **metadata}
    return ReadDocument("html", tuple(blocks), metadata=metadata)


def _pages(archive: Message, name: str) -> Iterator[bytes]:
    """The archive's pages in their order, the one it starts with first."""
    parts = [part for part in archive.walk() if not part.is_multipart()]
    if len(parts) > MAX_PARTS:
        raise UnreadableError("too_large", f"文件 {name} 的组成部分超过 {MAX_PARTS} 个的上限，未读取")
    pages = [part for part in parts if part.get_content_type() in ("text/html", "application/xhtml+xml")]
    start = archive.get_param("start")
    pages.sort(
        key=lambda part: part.get("Content-ID", "") != start
    )  # stable: the first page is the root otherwise
    for part in pages:
        yield _page(part)


def _page(part: Message) -> bytes:
    """A page's bytes; what its header says of its characters outranks what the page says of itself."""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset()
    if charset is None or content.startswith((_UTF8_MARK, b"\xff\xfe", b"\xfe\xff")):
        return content
    try:
        return _UTF8_MARK + content.decode("gb18030" if charset in ("gb2312", "gbk") else charset).encode()
    except (LookupError, UnicodeError):
        return content  # the header is wrong: the page's own word, or its bytes, decide
