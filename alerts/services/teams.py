"""Microsoft Teams through a workflow: an adaptive card, as apprise makes it."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from apprise import NotifyType
from apprise.plugins.workflows import NotifyWorkflows

from alerts.secrets import Secrets
from alerts.services.posting import Posting, web_address


class TeamsWorkflow(Posting):
    """Posts a message with one card to the address that the workflow has given out.

    The address is taken as it is: what hosts and paths Microsoft gives out has changed more than once.
    """

    longest: ClassVar[int | None] = 24_000
    """A card may have 28 KB."""

    @classmethod
    def of(cls, channel: Any, secrets: Secrets) -> Self:
        """The plugin of a channel of the settings."""
        return cls(web_address(secrets.get(channel.address), channel.allow_http))

    def deliver(self, body: str, title: str, notify_type: NotifyType) -> None:
        """See `Posting`."""
        card = NotifyWorkflows(
            workflow="unused", signature="unused", host="unused", include_image=False, wrap=True
        )
        # single line ends are lost in a card's markdown
        self.post(card.gen_payload(body.replace("\n", "\n\n"), title, notify_type))
