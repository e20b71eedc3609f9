"""Lists in XML (site maps, feeds), read without entities, network or unbounded unpacking."""

from __future__ import annotations

import zlib

from lxml import etree

from extract.pull.web_kind import UnreadableListError

UNPACKED = 64 * 2**20
"""Bytes that a packed list may unpack to; the protocol of site maps allows 50 MB."""
_GZIP = b"\x1f\x8b"


def parse_xml(content: bytes, address: str) -> etree._Element:
    """The root element of a list, gzipped or not.

    Raises:
        UnreadableListError: it is not XML, or unpacks to too much.
    """
    if content.startswith(_GZIP):
        content = _unpacked(content, address)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableListError(f"{address} 不是有效的 XML：{error}") from error
    if root is None:
        raise UnreadableListError(f"{address} 不是有效的 XML")
    return root


def local_name(element: etree._Element) -> str:
    """An element's name without its namespace; "" for comments and the like."""
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def _unpacked(content: bytes, address: str) -> bytes:
    try:
        unpacker = zlib.decompressobj(wbits=31)
        unpacked = unpacker.decompress(content, UNPACKED)
    except zlib.error as error:
        raise UnreadableListError(f"{address} 无法解压（{error}）") from error
    if unpacker.unconsumed_tail:
        raise UnreadableListError(f"{address} 解压后超过 {UNPACKED} 字节")
    if not unpacker.eof:
        raise UnreadableListError(f"{address} 没有传完，无法解压")
    return unpacked
