"""Content encodings undone piece by piece, so that no body can unpack to more than it may."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

_PIECE = 64 * 1024
_MAGIC = b"\x1f\x8b"


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
        self._fed = False
        self._ended = False
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._ended:
                data = self._next_member(data)
                if self._ended:
                    return
            piece = self._unpacked(data)
            if piece:
                yield piece
            if self._stream.eof:
                self._ended = True
                data = self._stream.unused_data
            else:
                data = self._stream.unconsumed_tail
                # A full piece may leave output behind although all input is taken in.
                if not data and len(piece) < _PIECE:
                    return

    def finish(self) -> None:
        if self._fed and (not self._ended or self._rest == _MAGIC[:1]):
            raise EncodingError("压缩数据不完整", cut=True)

    def _unpacked(self, data: bytes) -> bytes:
        first = not self._fed
        self._fed = self._fed or bool(data)
        try:
            return self._stream.decompress(data, _PIECE)
        except zlib.error as error:
            if self._gzip or not first:
                raise EncodingError(str(error)) from error
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            return self._stream.decompress(data, _PIECE)
        except zlib.error as error:
            raise EncodingError(str(error)) from error

    def _next_member(self, data: bytes) -> bytes:
        """What follows an end: another member, or padding, which browsers ignore too."""
        rest = self._rest + data
        if self._gzip and rest.startswith(_MAGIC):
            self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
            self._ended, self._rest = False, b""
            return rest
        # Two bytes tell; they may come one by one.
        self._rest = rest[: len(_MAGIC)]
        return b""


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
