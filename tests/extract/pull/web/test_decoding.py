"""Content encodings, cut anywhere and packed any way."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.pull.web.decoding import EncodingError, decoder_for


def _unpacked(name: str, content: bytes, step: int) -> bytes:
    decoder = decoder_for(name)
    pieces = [p for i in range(0, len(content), step) for p in decoder.feed(content[i : i + step])]
    decoder.finish()
    assert all(len(piece) <= 64 * 1024 for piece in pieces) or name == ""
    return b"".join(pieces)


@settings(deadline=None)
@given(st.binary(max_size=3000), st.integers(2, 4000), st.integers(1, 200))
def test_whole_bodies(content: bytes, step: int, times: int) -> None:
    long = content * times
    assert _unpacked("gzip", gzip.compress(long), step) == long
    assert _unpacked("x-gzip", gzip.compress(content) + gzip.compress(long), step) == content + long
    assert _unpacked("deflate", zlib.compress(long), step) == long
    assert _unpacked("identity", long, step) == long
    assert _unpacked("gzip", gzip.compress(long) + b"\0" * 20, step) == long


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=3000))
def test_raw_deflate(content: bytes) -> None:
    assert _unpacked("deflate", zlib.compress(content)[2:-4], 10**6) == content


@settings(deadline=None)
@given(st.data())
def test_a_cut_body_is_never_taken_for_whole(data: st.DataObject) -> None:
    packed = gzip.compress(data.draw(st.binary(max_size=500)))
    end = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(EncodingError) as caught:
        _unpacked("gzip", packed[:end], 100)
    assert caught.value.cut


@pytest.mark.parametrize("name", ["br", "zstd", "gzip, gzip", "compress", "gzip, br"])
def test_what_was_not_asked_for(name: str) -> None:
    with pytest.raises(EncodingError):
        decoder_for(name)


def test_no_piece_is_large() -> None:
    packed = gzip.compress(bytes(50 * 2**20))
    sizes = [len(piece) for piece in decoder_for("gzip").feed(packed)]
    assert sum(sizes) == 50 * 2**20
    assert max(sizes) <= 64 * 1024
