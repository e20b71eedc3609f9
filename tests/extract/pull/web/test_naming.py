"""File names and types as servers spell them."""

from __future__ import annotations

import pytest

from extract.pull.web.address import parse_address
from extract.pull.web.naming import content_type, file_name

NAME = "2023年年度报告.docx"
PLAIN = parse_address("http://a.test/x/download.jsp?id=1")


@pytest.mark.parametrize(
    "sent",
    [
        b"attachment; filename*=UTF-8''2023%E5%B9%B4%E5%B9%B4%E5%BA%A6%E6%8A%A5%E5%91%8A.docx",
        b"attachment;filename*=utf-8''2023%E5%B9%B4%E5%B9%B4%E5%BA%A6%E6%8A%A5%E5%91%8A.docx; filename=x.docx",
        b"attachment; filename*=GBK''" + b"2023%C4%EA%C4%EA%B6%C8%B1%A8%B8%E6.docx",
        b'attachment; filename="' + NAME.encode() + b'"',
        b"attachment; filename=" + NAME.encode("gbk"),
        b'attachment;filename="' + NAME.encode("gbk") + b'"',
        b"attachment; filename=" + NAME.encode().decode("latin-1").encode(),
        b"attachment; filename=" + NAME.encode("gbk").decode("latin-1").encode(),
        b"attachment; filename=2023%E5%B9%B4%E5%B9%B4%E5%BA%A6%E6%8A%A5%E5%91%8A.docx",
        b"attachment; filename==?UTF-8?B?MjAyM+W5tOW5tOW6puaKpeWRii5kb2N4?=",
        b'attachment; filename="=?GBK?B?MjAyM8TqxOq2yLGouOYuZG9jeA==?="',
        b'attachment; filename="../../etc/' + NAME.encode() + b'"',
        b'attachment; filename="C:\\\\fake\\\\' + NAME.encode() + b'"',
        b"filename=" + NAME.encode(),
        b'inline; name="x"; filename="' + "\u202e".encode() + NAME.encode() + b'"',
    ],
)
def test_disposition(sent: bytes) -> None:
    assert file_name(sent, PLAIN) == NAME


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("http://a.test/x/download.jsp?id=1", "download.jsp"),
        ("http://a.test/x/年报.pdf", "年报.pdf"),
        ("http://a.test/%C4%EA%B1%A8.pdf", "年报.pdf"),
        ("http://a.test/a%2Fb.pdf", "b.pdf"),
        ("http://a.test/x/", None),
        ("http://a.test", None),
        ("http://a.test/%2e%2e", None),
    ],
)
def test_from_the_path(address: str, name: str | None) -> None:
    assert file_name(None, parse_address(address)) == name
    assert file_name(b"attachment", parse_address(address)) == name
    assert file_name(b'attachment; filename=""', parse_address(address)) == name


def test_long_names_keep_their_suffix() -> None:
    found = file_name(b"attachment; filename=" + b"x" * 500 + b".docx", PLAIN)
    assert found is not None
    assert len(found) <= 200
    assert found.endswith(".docx")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, (None, None)),
        ("", (None, None)),
        ("Text/HTML", ("text/html", None)),
        ("text/html; charset=GBK", ("text/html", "GBK")),
        ('text/html;charset="utf-8"', ("text/html", "utf-8")),
        ("text/html; charset=", ("text/html", None)),
        ("; charset=gb2312", (None, "gb2312")),
    ],
)
def test_content_type(value: str | None, found: tuple[str | None, str | None]) -> None:
    assert content_type(value) == found
