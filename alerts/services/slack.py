"""Slack's incoming webhooks: a heading, sections of text, and the whole as plain text for notifications."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final, Self

from apprise import NotifyType

from alerts.secrets import Secrets
from alerts.services.posting import ChannelError, Posting, web_address

_HEADING: Final = 150
_SECTION: Final = 3_000


class SlackHook(Posting):
    """Posts blocks to `https://hooks.slack.com/services/…`."""

    longest: ClassVar[int | None] = 30_000

    @staticmethod
    def plain(text: str) -> str:
        """See `Plugin`; Slack's own three are written as it asks."""
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return Posting.plain(escaped)

    @classmethod
    def of(cls, channel: Any, secrets: Secrets) -> Self:
        """The plugin of a channel of the settings."""
        return cls(web_address(secrets.get(channel.address), channel.allow_http))

    def deliver(self, body: str, title: str, notify_type: NotifyType) -> None:
        """See `Posting`."""
        marked = body.replace("**", "*")  # one asterisk is bold there
        heading = {"type": "header", "text": {"type": "plain_text", "text": title[:_HEADING]}}
        sections = [
            {"type": "section", "text": {"type": "mrkdwn", "text": part}} for part in _sections(marked)
        ]
        response = self.post({"text": title, "blocks": [heading, *sections]})
        if response.text.strip() != "ok":
            raise ChannelError(f"服务没有接受消息：{response.text[:200]}")


def _sections(text: str) -> Iterator[str]:
    """The text in parts that a section can hold, cut between lines."""
    part = ""
    for line in text.split("\n"):
        for piece in [line[start : start + _SECTION] for start in range(0, len(line), _SECTION)] or [""]:
            if len(part) + 1 + len(piece) > _SECTION:
                yield part
                part = piece
            else:
                part = f"{part}\n{piece}" if part else piece
    if part.strip():
        yield part
