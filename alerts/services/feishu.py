"""Feishu and Lark robots (飞书自定义机器人): a card, signed with time and signature in the body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any, ClassVar, Final, Self

from apprise import NotifyType

from alerts.secrets import Secrets
from alerts.services.posting import Posting, web_address

_COLOURS: Final = {
    NotifyType.FAILURE: "red",
    NotifyType.WARNING: "orange",
    NotifyType.SUCCESS: "green",
    NotifyType.INFO: "blue",
}


class FeishuRobot(Posting):
    """Posts `msg_type: interactive`.

    Args:
        address: `https://open.feishu.cn/open-apis/bot/v2/hook/…`, or that of one's own Feishu.
        secret: of 签名校验.
    """

    longest: ClassVar[int | None] = 17_000
    """The whole request may have 20 KB."""

    def __init__(self, address: str, secret: str | None = None, **more: Any) -> None:
        super().__init__(address, **more)
        self._secret = secret

    @classmethod
    def of(cls, channel: Any, secrets: Secrets) -> Self:
        """The plugin of a channel of the settings."""
        address = web_address(secrets.get(channel.address), channel.allow_http)
        return cls(address, secrets.get(channel.signing) if channel.signing else None)

    def deliver(self, body: str, title: str, notify_type: NotifyType) -> None:
        """See `Posting`."""
        payload = {
            **self._signature(),
            "msg_type": "interactive",
            "card": {
                "config": {"wide_screen_mode": True},
                "header": {
                    "title": {"tag": "plain_text", "content": title},
                    "template": _COLOURS.get(notify_type, "blue"),
                },
                "elements": [{"tag": "markdown", "content": body}],
            },
        }
        self.require(self.post(payload), {"code": 0, "StatusCode": 0})

    def _signature(self) -> dict[str, str]:
        if self._secret is None:
            return {}
        timestamp = str(round(time.time()))
        # the service wants time and secret as the key, and nothing as the message
        signed = hmac.new(f"{timestamp}\n{self._secret}".encode(), b"", hashlib.sha256)
        return {"timestamp": timestamp, "sign": base64.b64encode(signed.digest()).decode()}
