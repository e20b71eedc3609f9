"""What headers say about a body: type, character set, file name."""

from __future__ import annotations

import re
import unicodedata
from email.errors import HeaderParseError
from email.header import decode_header
from urllib.parse import unquote_to_bytes

from extract.pull.web.address import Address
from extract.pull.web.exchange import header_text

_PARAMETER = re.compile(
    r""";\s*(?P<name>[A-Za-z0-9!#$&+.^_`|~*-]+)\s*=\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<bare>[^;]*))""",
)
_EXTENDED = re.compile(r"(?P<charset>[\w.+-]*)'[^']*'(?P<value>.*)", re.DOTALL)
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_LONGEST = 200


def content_type(value: str | None) -> tuple[str | None, str | None]:
    """Type in lower case and charset of a Content-Type header."""
    if not value:
        return None, None
    kind = value.partition(";")[0].strip().lower() or None
    charset = _parameters(value).get("charset")
    return kind, charset.strip("'\" ") or None if charset else None


def file_name(disposition: bytes | None, address: Address) -> str | None:
    """A file's name: what Content-Disposition says, in any of the ways sites say it, else the end of the path.

    Folders, control characters and marks that turn the direction of writing are left out of it.
    """
    named = _disposed(header_text(disposition)) if disposition else None
    path = address.text.partition("?")[0].partition("://")[2].partition("/")[2]
    return _plain(named or "") or _plain(_unescaped(path.rpartition("/")[2]))


def _disposed(header: str) -> str | None:
    parameters = _parameters(";" + header if "=" in header.partition(";")[0] else header)
    extended = parameters.get("filename*")
    if extended and (match := _EXTENDED.fullmatch(extended.strip('"'))):
        content = unquote_to_bytes(match["value"])
        try:
            return content.decode(match["charset"] or "utf-8")
        except (LookupError, UnicodeDecodeError):
            return header_text(content)
    plain = parameters.get("filename") or parameters.get("name")
    if plain is None:
        return None
    if plain.startswith("=?"):
        return _mime_word(plain)
    return _unescaped(_unmangled(plain))


def _parameters(header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(header):
        quoted = match["quoted"]
        value = match["bare"].strip() if quoted is None else re.sub(r"\\([\"\\])", r"\1", quoted)
        found.setdefault(match["name"].lower(), value)
    return found


def _mime_word(text: str) -> str:
    try:
        parts = decode_header(text)
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "utf-8") for part, charset in parts
        )
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return text


def _unmangled(text: str) -> str:
    """Undo bytes of UTF-8 or GBK that a server read as Latin-1 and sent as UTF-8."""
    try:
        content = text.encode("latin-1")
    except UnicodeEncodeError:
        return text
    return text if text.isascii() else header_text(content)


def _unescaped(text: str) -> str:
    return header_text(unquote_to_bytes(text)) if _ESCAPED.search(text) else text


def _plain(text: str) -> str | None:
    last = re.split(r"[/\\]", text)[-1]
    kept = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")).strip(
        " ."
    )
    if len(kept) > _LONGEST:
        stem, dot, suffix = kept.rpartition(".")
        kept = kept[:_LONGEST] if len(suffix) > 10 or not dot else f"{stem[: _LONGEST - 11]}.{suffix}"
    return kept or None
