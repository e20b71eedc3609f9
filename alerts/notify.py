"""The end of a load: take up its alerts, and tell each channel what is news to it, in one message."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

from alerts.alert import Severity, alert_of
from alerts.gather import gather, late, source_recipient
from alerts.ledger import Entry, Ledger
from alerts.message import Message, Occasion, compose
from alerts.secrets import SecretError, Secrets
from alerts.services import ChannelError, Plugin, plugin_of
from alerts.services.posting import unheard
from alerts.settings import AlertSettings, load_settings
from gongkai import loads
from gongkai.errors import UsageError
from gongkai.settings import Home

log = logging.getLogger(__name__)

_TYPES: Final = {
    Severity.critical: NotifyType.FAILURE,
    Severity.report: NotifyType.WARNING,
    Severity.warn: NotifyType.WARNING,
    Severity.info: NotifyType.INFO,
    None: NotifyType.SUCCESS,
}
_TALKATIVE: Final = ("apprise", "urllib3", "requests_oauthlib")
"""Libraries that log addresses and payloads."""


def notify(home: Home, load_id: str, *, secrets: Secrets | None = None) -> dict[str, int]:
    """Tell of a load: once a channel, whatever is new, mended or due to be told again.

    May be repeated: what a channel was told it is not told again. A channel that fails is on record and gets everything next
    time; the load does not mind.

    Args:
        home: where.
        load_id: the load, ended in whichever way.
        secrets: where secrets are looked up.

    Returns:
        Numbers: `open` alerts now, `sent` and `failed` messages.

    Raises:
        UsageError: the settings are wrong. The alerts are on record by then.
        OSError, sqlite3.Error: the records can't be kept.
    """
    record = loads.read_record(home, load_id)
    if record is None:
        return {"open": 0, "sent": 0, "failed": 0}
    problem: Exception | None = None
    try:
        settings = load_settings(home)
    except UsageError as error:
        settings, problem = AlertSettings(), error
    with Ledger(home) as ledger:
        found = gather(home, record, ledger, settings)
        ledger.take_up(load_id, found.met, found.gone)
        occasion = Occasion(load_id, record["state"], report_address(home, load_id, settings))
        counts = tell(ledger, settings, occasion, secrets or Secrets(home))
        counts["open"] = ledger.count_all_open()
    if problem is not None:
        raise problem
    return counts


def notify_late(
    home: Home, load_id: str, due_at: datetime, *, secrets: Secrets | None = None
) -> dict[str, int]:
    """Tell that a load was not published when it was due; nothing if it is by now.

    Args:
        home: where.
        load_id: the load.
        due_at: when it was due.
        secrets: where secrets are looked up.

    Raises:
        UsageError: the settings are wrong.
    """
    if loads.published_at(home, load_id) is not None:
        return {"sent": 0, "failed": 0}
    record = loads.read_record(home, load_id)
    settings = load_settings(home)
    alert = late(record, load_id, due_at)
    with Ledger(home) as ledger:
        ledger.take_up(f"{load_id}-late", [alert], [])
        occasion = Occasion(
            load_id,
            record["state"] if record else loads.RUNNING,
            report_address(home, load_id, settings),
            title=f"加载 {load_id} 逾时未发布",
        )
        return tell(ledger, settings, occasion, secrets or Secrets(home), only={alert.identity})


def report_address(home: Home, load_id: str, settings: AlertSettings) -> str:
    """A link to a load's report, or its path where no address is set."""
    if settings.reports_address:
        return f"{settings.reports_address.rstrip('/')}/{quote(load_id)}/bulletin.html"
    return str(home.reports / load_id / "bulletin.html")


def tell(
    ledger: Ledger,
    settings: AlertSettings,
    occasion: Occasion,
    secrets: Secrets,
    *,
    only: set[str] | None = None,
) -> dict[str, int]:
    """Send each channel its message, if there is any news for it.

    Args:
        ledger: the records.
        settings: channels and routes.
        occasion: the load.
        secrets: where secrets are looked up.
        only: identities that the message is about; null: whatever is news.

    Returns:
        Numbers: messages `sent` and `failed`.
    """
    counts = {"sent": 0, "failed": 0}
    failed, worked = [], []
    for name, channel in settings.channels.items():
        new = [
            entry
            for entry in ledger.to_tell(name)
            if (only is None or entry.alert.identity in only) and name in _routed(settings, entry)
        ]
        mended = ledger.mended(name) if only is None else []
        if not new and not mended:
            continue
        again = sum(entry.told_before for entry in new)
        still_open = ledger.count_open(name) - again
        trouble = _deliver(ledger, name, channel, occasion, (new, mended, still_open), secrets)
        if trouble is None:
            counts["sent"] += 1
            worked.append(f"channel_failed|{name}")
        else:
            counts["failed"] += 1
            log.error("alert channel %s: %s", name, trouble)
            message = f"告警渠道 {name} 没有送达：{trouble}；下次加载时再送。"
            failed.append(alert_of("channel_failed", name, message, subject=f"渠道 {name}"))
    ledger.take_up(occasion.load_id, failed, [each for each in worked if each in _open_failures(ledger)])
    return counts


def _open_failures(ledger: Ledger) -> set[str]:
    return set(ledger.open_identities("channel_failed"))


def _routed(settings: AlertSettings, entry: Entry) -> frozenset[str]:
    return settings.channels_for(entry.alert, source_recipient(entry.alert.source))


def _deliver(
    ledger: Ledger,
    name: str,
    channel: Any,
    occasion: Occasion,
    news: tuple[list[Entry], list[Entry], int],
    secrets: Secrets,
) -> str | None:
    """Send a channel one message, on record before and after; why it was not taken, if it was not."""
    new, mended, still_open = news
    counts = {"new": len(new), "resolved": len(mended), "still_open": still_open}
    try:
        plugin = plugin_of(channel, secrets)
    except (SecretError, ChannelError) as error:
        trouble = secrets.redact(str(error))
        ledger.message_failed(ledger.begin_message(name, occasion.load_id, "", counts), trouble)
        return trouble
    message = compose(
        occasion,
        new,
        mended,
        still_open,
        items=channel.items,
        longest=plugin.longest,
        marked_up=plugin.marked_up,
        plain=plugin.plain,
    )
    number = ledger.begin_message(name, occasion.load_id, message.title, counts)
    refused = send(plugin, message, secrets)
    if refused is None:
        ledger.message_sent(number, name, new, mended)
    else:
        ledger.message_failed(number, refused)
    return refused


def send(plugin: Plugin, message: Message, secrets: Secrets) -> str | None:
    """Send a message through apprise; why it was not taken (secrets blotted out), null if it was."""
    plugin.document = message.document
    sender = Apprise(
        asset=AppriseAsset(app_id="gongkai", app_desc="公开", async_mode=False, http_redirects=False)
    )
    if not sender.add(plugin):
        return "渠道无法使用"
    body_format = NotifyFormat.MARKDOWN if plugin.marked_up else NotifyFormat.TEXT
    with unheard(*_TALKATIVE) as heard:
        try:
            taken = sender.notify(
                body=message.text,
                title=message.title,
                notify_type=_TYPES[message.worst],
                body_format=body_format,
            )
        except Exception as error:  # noqa: BLE001 - whatever breaks in a channel is that channel's failure, and on record
            return secrets.redact(f"{type(error).__name__}: {error}")
    if taken:
        return None
    said = next((line for line in reversed(heard) if line.startswith("Socket Exception")), "")
    detail = f"（{said.removeprefix('Socket Exception: ')}）" if said else ""
    return secrets.redact((plugin.trouble or "没有送达") + detail)


def send_test(name: str, settings: AlertSettings, secrets: Secrets) -> str | None:
    """Send a test message to a channel; why it was not taken, null if it was. Nothing is kept on record.

    Raises:
        KeyError: there is no such channel.
    """
    channel = settings.channels[name]
    try:
        plugin = plugin_of(channel, secrets)
    except (SecretError, ChannelError) as error:
        return secrets.redact(str(error))
    text = f"这是一条测试消息：渠道 {name} 已接通。收到即可，不必处理。"
    document: Mapping[str, Any] = {"version": 1, "test": True}
    return send(plugin, Message("【公开】测试消息", text, document, None), secrets)
