"""Mail over SMTP, through apprise's plugin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Self
from urllib.parse import urlsplit

from apprise import NotifyFormat, NotifyType
from apprise.plugins.email import NotifyEmail

from alerts.secrets import Secrets
from alerts.services.posting import SECONDS, ChannelError

_MODES: Final = {"smtps": ("ssl", 465), "smtp+starttls": ("starttls", 587), "smtp": ("insecure", 25)}


class MailServer(NotifyEmail):  # type: ignore[misc]  # the library has no types
    """A plain-text mail to each recipient; see `alerts.settings.Email` for the server's address."""

    longest: ClassVar[int | None] = None
    marked_up: ClassVar[bool] = False
    title_maxlen = 250
    body_maxlen = 1_000_000

    document: Mapping[str, Any] = {}
    trouble: str | None = None

    @staticmethod
    def plain(text: str) -> str:
        """Line ends alone have a meaning in a mail's subject."""
        return text.replace("\r", " ").replace("\n", " ")

    @classmethod
    def of(cls, channel: Any, secrets: Secrets) -> Self:
        """The plugin of a channel of the settings."""
        try:
            parts = urlsplit(secrets.get(channel.server))
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ChannelError("邮件服务器的地址无法解析") from None
        if parts.scheme not in _MODES or not host:
            raise ChannelError("邮件服务器应写成 smtps://用户:密码@主机:端口（或 smtp+starttls://、smtp://）")
        mode, usual_port = _MODES[parts.scheme]
        return cls(
            smtp_host=host,
            host=host,
            port=port or usual_port,
            secure_mode=mode,
            user=parts.username,
            password=parts.password,  # apprise undoes the percent-encoding
            from_addr=channel.sender,
            targets=list(channel.to),
            format=NotifyFormat.TEXT,
            cto=SECONDS[0],
        )

    def url(self, privacy: bool = False, *args: Any, **kwargs: Any) -> str:
        """Which server, never user or password."""
        return f"mail://{self.smtp_host}/****"

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **more: Any
    ) -> bool:
        """Deliver a mail to each recipient; whether all were taken."""
        self.trouble = None
        if not super().send(body, title=title, notify_type=notify_type, **more):
            self.trouble = f"邮件服务器 {self.smtp_host} 没有接受邮件"
        return self.trouble is None
