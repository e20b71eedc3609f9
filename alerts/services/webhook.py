"""A plain JSON webhook: the message as data, signed with HMAC-SHA256 where a key is given."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any, ClassVar, Final, Self

from apprise import NotifyFormat, NotifyType

from alerts.secrets import Secrets
from alerts.services.posting import Posting, web_address

TIMESTAMP: Final = "X-Gongkai-Timestamp"
SIGNATURE: Final = "X-Gongkai-Signature"


class JsonHook(Posting):
    """Posts the message's document.

    Args:
        address: where to.
        key: signs `<timestamp>.<body>`; the signature is `sha256=<hexadecimal>` in a header of its own.
    """

    marked_up: ClassVar[bool] = False
    notify_format = NotifyFormat.TEXT

    def __init__(self, address: str, key: str | None = None, **more: Any) -> None:
        super().__init__(address, **more)
        self._key = key

    @staticmethod
    def plain(text: str) -> str:
        """As it is: who takes JSON does the quoting."""
        return text

    @classmethod
    def of(cls, channel: Any, secrets: Secrets) -> Self:
        """The plugin of a channel of the settings."""
        address = web_address(secrets.get(channel.address), channel.allow_http)
        return cls(address, secrets.get(channel.signing) if channel.signing else None)

    def deliver(self, body: str, title: str, notify_type: NotifyType) -> None:
        """See `Posting`."""
        content = json.dumps({**self.document, "title": title, "text": body}, ensure_ascii=False).encode()
        headers = {}
        if self._key is not None:
            timestamp = str(round(time.time()))
            signed = hmac.new(self._key.encode(), timestamp.encode() + b"." + content, hashlib.sha256)
            headers = {TIMESTAMP: timestamp, SIGNATURE: f"sha256={signed.hexdigest()}"}
        self.post(content, headers=headers)
