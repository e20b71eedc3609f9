"""DingTalk robots (钉钉群机器人): markdown, signed with HmacSHA256 over time and secret in the query."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any, ClassVar, Self

from apprise import NotifyType

from alerts.secrets import Secrets
from alerts.services.posting import Posting, web_address


class DingTalkRobot(Posting):
    """Posts `msgtype: markdown`.

    Args:
        address: `https://oapi.dingtalk.com/robot/send?access_token=…`, or that of one's own DingTalk.
        secret: of 加签.
    """

    longest: ClassVar[int | None] = 18_000

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
        text = f"### {title}\n\n{body}"
        payload = {
            "msgtype": "markdown",
            # single line ends are lost in DingTalk's markdown
            "markdown": {"title": title, "text": text.replace("\n", "  \n")},
            "at": {"isAtAll": False},
        }
        self.require(self.post(payload, parameters=self._signature()), {"errcode": 0})

    def _signature(self) -> dict[str, str]:
        if self._secret is None:
            return {}
        timestamp = str(round(time.time() * 1000))
        signed = hmac.new(self._secret.encode(), f"{timestamp}\n{self._secret}".encode(), hashlib.sha256)
        return {"timestamp": timestamp, "sign": base64.b64encode(signed.digest()).decode()}
