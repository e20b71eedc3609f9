"""Channels as apprise plugins, one module a service.

apprise has plugins for most of these services. They take a message for delivered when the service answers with status
200, but DingTalk, Feishu and WeCom answer so to a wrong signature, too, and say in the body that they did not deliver. So posting
and judging is ours (`posting.py`); what apprise knows of a service's format is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from alerts.secrets import Secrets
from alerts.services.dingtalk import DingTalkRobot
from alerts.services.feishu import FeishuRobot
from alerts.services.mail import MailServer
from alerts.services.posting import ChannelError, Plugin
from alerts.services.slack import SlackHook
from alerts.services.teams import TeamsWorkflow
from alerts.services.webhook import JsonHook
from alerts.services.wecom import WeComRobot

__all__ = ["ChannelError", "Plugin", "plugin_of"]

_PLUGINS: Final[dict[str, Callable[[Any, Secrets], Plugin]]] = {
    "dingtalk": DingTalkRobot.of,
    "feishu": FeishuRobot.of,
    "wecom": WeComRobot.of,
    "slack": SlackHook.of,
    "teams": TeamsWorkflow.of,
    "webhook": JsonHook.of,
    "email": MailServer.of,
}


def plugin_of(channel: Any, secrets: Secrets) -> Plugin:
    """The apprise plugin of a channel (a model of `alerts.settings`).

    Raises:
        SecretError: one of its secrets is not set.
        ChannelError: its address can't be used.
    """
    return _PLUGINS[channel.service](channel, secrets)
