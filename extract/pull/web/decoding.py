"""Content encodings undone piece by piece, so that no body can unpack to more than it may."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

_PIECE = 64 * 1024


class EncodingError(Exception):
    """The body is not what its Content-Encoding says, or is cut off (`cut`)."""

    def __init__(self, detail: str, *, cut: bool = False) -> None:
        super().__init__(detail)
        self.cut = cut


class Decoder(Protocol):
    """Undoes an encoding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Pieces of at most 64 KB that the data unpack to."""

    def finish(self) -> None:
        """Make sure that the end was reached.

        Raises:
            EncodingError: it was not.
        """


class _Plain:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> None:
        """Nothing to make sure of."""


class _Zipped:
    """gzip (several members included) and deflate (with or without its header)."""

    def __init__(self, name: str) -> None:
        self._gzip = name == "gzip"
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16 if self._gzip else zlib.MAX_WBITS)
        self._begun = False
        self._padding = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._padding:
            return
        while True:
            piece = self._unpacked(data)
            if piece:
                yield piece
            if self._stream.eof:
                data = self._next_member(self._stream.unused_data)
                if not data:
                    return
            else:
                data = self._stream.unconsumed_tail
                # A full piece may leave output behind although all input is taken in.
                if not data and len(piece) < _PIECE:
                    return

    def _unpacked(self, data: bytes) -> bytes:
        first = not self._begun
        self._begun = True
        try:
            return self._stream.decompress(data, _PIECE)
        except zlib.error as error:
            if self._gzip or not first:
                raise EncodingError(str(error)) from error
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._raw(data)

    def _raw(self, data: bytes) -> bytes:
        try:
            return self._stream.decompress(data, _PIECE)
        except zlib.error as error:
            raise EncodingError(str(error)) from error

    def _next_member(self, rest: bytes) -> bytes:
        # What follows the last member is padding, which browsers ignore too.
        if not self._gzip or not rest.startswith(b"\x1f\x8b"):
            self._padding = bool(rest)
            return b""
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return rest

    def finish(self) -> None:
        if self._begun and not self._stream.eof:
            raise EncodingError("压缩数据不完整", cut=True)


def decoder_for(content_encoding: str) -> Decoder:
    """The decoder for a Content-Encoding header.

    Raises:
        EncodingError: an encoding that was not asked for, or several on top of each other.
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    wanted = [name.removeprefix("x-") for name in names if name not in ("", "identity", "none")]
    if not wanted:
        return _Plain()
    if wanted in (["gzip"], ["deflate"]):
        return _Zipped(wanted[0])
    raise EncodingError(content_encoding)
