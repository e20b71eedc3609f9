"""Secrets by reference: settings name an environment variable or an Airflow connection, never the secret itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import AfterValidator

from alerts.connections import ConnectionUnavailableError, connection_secret
from gongkai.settings import Home

_REFERENCE: Final = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|airflow:[\w.\-]+(?:#[\w\-]+)?")
_SHORTEST: Final = 6
"""Parts of an address that are shorter are no secrets: blotting them out would blot out words."""
_PUBLIC: Final = frozenset({"workflows", "triggers", "manual", "invoke", "services", "webhook", "open-apis"})


class SecretError(Exception):
    """A secret that is not there; the sentence names the reference, never the secret."""


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        # the text itself may be a secret that somebody has written into the file
        raise ValueError(
            "应写成 env:变量名 或 airflow:连接名（附加项用 airflow:连接名#项），不能写密钥本身"
            " / must be env:NAME or airflow:CONNECTION, not the secret itself"
        )
    return text


Reference = Annotated[str, AfterValidator(_reference)]
"""`env:NAME`, or `airflow:CONNECTION` (its password), or `airflow:CONNECTION#KEY` (an entry of its extra)."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Looks secrets up and blots them out of whatever is told or kept.

    Attributes:
        home: whose Airflow has the connections.
        environment: where `env:` looks.
    """

    home: Home
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    _met: set[str] = field(default_factory=set, repr=False)

    def get(self, reference: str) -> str:
        """A secret.

        Raises:
            SecretError: it is not set, or could not be asked for.
        """
        where, _, name = reference.partition(":")
        try:
            found = self.environment.get(name) if where == "env" else connection_secret(self.home, name)
        except ConnectionUnavailableError as error:
            raise SecretError(f"密钥 {reference} 没有读到：{error}") from error
        if not found or not found.strip():
            raise SecretError(f"密钥 {reference} 没有设置")
        secret = found.strip()
        self._met.update(_parts(secret))
        return secret

    def redact(self, text: str) -> str:
        """The text with every secret looked up so far blotted out."""
        for secret in sorted(self._met, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def _parts(secret: str) -> Iterator[str]:
    """The secret and what of an address is secret by itself, as written and decoded."""
    yield secret
    if "://" not in secret:
        return
    try:
        parts = urlsplit(secret)
    except ValueError:
        return  # no address after all: nothing but the whole of it is known to be secret
    pieces = [parts.query, parts.password or "", parts.path, *parts.path.split("/")]
    pieces += [value for name, value in parse_qsl(parts.query) if name != "api-version"]
    for piece in pieces:
        for each in (piece, unquote(piece)):
            if len(each) >= _SHORTEST and each not in _PUBLIC:
                yield each
