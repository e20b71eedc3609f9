"""WeCom robots (企业微信群机器人): markdown, at most 4,096 bytes."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from apprise import NotifyType

from alerts.secrets import Secrets
from alerts.services.posting import Posting, web_address


class WeComRobot(Posting):
    """Posts `msgtype: markdown` to `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…` or one's own WeCom."""

    longest: ClassVar[int | None] = 4_080

    @classmethod
    def of(cls, channel: Any, secrets: Secrets) -> Self:
        """The plugin of a channel of the settings."""
        return cls(web_address(secrets.get(channel.address), channel.allow_http))

    def deliver(self, body: str, title: str, notify_type: NotifyType) -> None:
        """See `Posting`."""
        payload = {"msgtype": "markdown", "markdown": {"content": f"### {title}\n{body}"}}
        self.require(self.post(payload), {"errcode": 0})
