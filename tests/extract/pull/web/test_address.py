"""Addresses: one spelling each, and no spelling that means another host than it seems to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.pull.web import BadAddressError, host_matches, parse_address


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("http://www.a.test", "http://www.a.test/"),
        ("HTTP://WWW.A.TEST:80/x#top", "http://www.a.test/x"),
        ("https://www.a.test:443/", "https://www.a.test/"),
        ("http://www.a.test:8080/a b", "http://www.a.test:8080/a%20b"),
        ("　http://www.a.test/年报.html\n", "http://www.a.test/%E5%B9%B4%E6%8A%A5.html"),
        ("http://www.a.test/a/../b/./c", "http://www.a.test/b/c"),
        ("http://www.a.test/a/%2e%2e/b", "http://www.a.test/b"),
        ("http://www.a.test/.", "http://www.a.test/"),
        ("http://www.a.test/../../x/..", "http://www.a.test/"),
        ("http://www.a.test/a//b/", "http://www.a.test/a//b/"),
        ("http://www.a.test\\nb\\x.html", "http://www.a.test/nb/x.html"),
        ("http://www.a.test/100%", "http://www.a.test/100%25"),
        ("http://www.a.test./", "http://www.a.test/"),
        ("http://政务.中国/", "http://xn--zfr164b.xn--fiqs8s/"),
        ("http://www。a。test/", "http://www.a.test/"),
        ("http://[::1]:81/", "http://[::1]:81/"),
    ],
)
def test_canonical(written: str, canonical: str) -> None:
    assert parse_address(written).text == canonical


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0x7f.1",
        "127.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "127.0.0.1.",
    ],
)
def test_every_spelling_of_a_number_is_that_number(host: str) -> None:
    assert parse_address(f"http://{host}/").host == "127.0.0.1"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "www.a.test/x",
        "ftp://www.a.test/",
        "file:///etc/passwd",
        "javascript:void(0)",
        "http:///x",
        "http://www.a.test:0/",
        "http://www.a.test:99999/",
        "http://www.a.test@10.0.0.1/",
        "http://user:secret@www.a.test/",
        "http://a%2eb.test/",
        "http://[fe80::1%25eth0]/",
        "http://[::1/",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://4294967296/",
        "http://09.1.1.1/",
        "http://-a.test/",
        "http://a..test/",
        "http://www.a.test/" + "x" * 9000,
    ],
)
def test_impossible(written: str) -> None:
    with pytest.raises(BadAddressError):
        parse_address(written)


def test_relative_to_a_page_and_in_its_charset() -> None:
    base = "http://www.a.test/zwgk/index_1.html?x=1"
    assert parse_address("../nb/1.html", base).text == "http://www.a.test/nb/1.html"
    assert parse_address("?page=2", base).text == "http://www.a.test/zwgk/index_1.html?page=2"
    assert parse_address("//b.test/x", base).text == "http://b.test/x"
    assert parse_address("?q=年报", base, "gbk").text.endswith("?q=%C4%EA%B1%A8")
    assert parse_address("?q=年报", base, "no-such-charset").text.endswith("?q=%E5%B9%B4%E6%8A%A5")


def test_host_patterns() -> None:
    assert host_matches("a.test", ("a.test",))
    assert host_matches("x.a.test", ("*.a.test",))
    assert not host_matches("a.test", ("*.a.test",))
    assert not host_matches("xa.test", ("*.a.test", "a.test"))


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_written_gives_a_canonical_address_or_the_error(host: str, path: str) -> None:
    try:
        found = parse_address(f"http://{host}/{path}")
    except BadAddressError:
        return
    assert parse_address(found.text) == found
    assert found.text.isascii()
