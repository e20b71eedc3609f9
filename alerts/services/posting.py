"""What the plugins of all services share: limits of a message, and one POST whose answer is judged."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final, Protocol
from urllib.parse import urlsplit

import requests
from apprise import NotifyFormat, NotifyType
from apprise.plugins.base import NotifyBase

SECONDS: Final = (6.0, 20.0)
"""How long a connection and an answer are waited for."""
_ANSWER: Final = 300
"""Characters of a service's answer that are kept."""


class ChannelError(Exception):
    """A channel that can't be used or did not take a message; the sentence may still hold a secret until it is redacted."""


class Plugin(Protocol):
    """An apprise plugin as `alerts.sending` uses it.

    Attributes:
        longest: bytes that title and text may have together; null: no limit worth minding.
        marked_up: whether the text is in markdown.
        document: the message as data, for services that take it so.
        trouble: why the last message was not delivered.
    """

    longest: ClassVar[int | None]
    marked_up: ClassVar[bool]
    document: Mapping[str, Any]
    trouble: str | None

    @staticmethod
    def plain(text: str) -> str:
        """Text from documents and sites, with what the service would take for a mark, a link or a call made harmless."""


_HARMLESS: Final = str.maketrans("<>*`|@\r\n", "＜＞＊｀｜＠  ")


class Posting(NotifyBase):  # type: ignore[misc]  # the library has no types
    """A plugin that posts JSON to an address. Redirects are not followed: alerts go where they are configured."""

    longest: ClassVar[int | None] = None
    marked_up: ClassVar[bool] = True
    title_maxlen = 250
    body_maxlen = 1_000_000  # messages are cut to the service's limit in bytes before they come here
    request_rate_per_sec = 0
    notify_format = NotifyFormat.MARKDOWN

    def __init__(self, address: str, **more: Any) -> None:
        super().__init__(**more)
        self.address = address
        self.document: Mapping[str, Any] = {}
        self.trouble: str | None = None

    @staticmethod
    def plain(text: str) -> str:
        """See `Plugin`."""
        return text.translate(_HARMLESS).replace("](", "］（").replace("][", "］［")

    def url(self, privacy: bool = False, *args: Any, **kwargs: Any) -> str:
        """Which host, never the address: apprise shows this where it names a plugin."""
        return f"{type(self).__name__}://{urlsplit(self.address).hostname}/****"

    def send(self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **_: Any) -> bool:
        """Deliver a message; whether the service has taken it (`trouble` says why not)."""
        self.trouble = None
        try:
            self.deliver(body, title, notify_type)
        except ChannelError as error:
            self.trouble = str(error)
        return self.trouble is None

    def deliver(self, body: str, title: str, notify_type: NotifyType) -> None:
        """Post the message in the service's form.

        Raises:
            ChannelError: it was not taken.
        """
        raise NotImplementedError

    def post(
        self,
        payload: Any,
        *,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Post JSON (or bytes as they are); the answer, if its status is one of success.

        Raises:
            ChannelError: no answer, or another status.
        """
        content = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
        try:
            response = requests.post(
                self.address,
                params=parameters,
                data=content,
                headers={
                    "Content-Type": "application/json; charset=utf-8",
                    "User-Agent": "gongkai",
                    **(headers or {}),
                },
                timeout=SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise ChannelError(f"没有连上 {urlsplit(self.address).hostname}：{_reason(error)}") from None
        if not 200 <= response.status_code < 300:
            raise ChannelError(f"服务答复 HTTP {response.status_code}：{_told(response)}")
        return response

    def require(self, response: requests.Response, names: Mapping[str, Any]) -> None:
        """Make sure that a service's JSON says it has delivered: one of the fields is there with its value.

        Raises:
            ChannelError: it says otherwise, or nothing that is understood.
        """
        try:
            said = response.json()
        except ValueError:
            said = None
        if not isinstance(said, dict) or not any(
            said.get(name, said) == good for name, good in names.items()
        ):
            raise ChannelError(f"服务没有接受消息：{_told(response)}")


def web_address(address: str, allow_http: bool) -> str:
    """An address that may be posted to.

    Raises:
        ChannelError: it is none; the address itself is not repeated.
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise ChannelError("渠道的地址无法解析") from None
    if parts.scheme == "http" and not allow_http:
        raise ChannelError("渠道的地址没有加密（http）；内网网关请写 allow_http: true")
    if parts.scheme not in ("http", "https") or not host:
        raise ChannelError("渠道的地址应为完整的 https 网址")
    return address


@contextmanager
def unheard(*names: str) -> Iterator[list[str]]:
    """Keep libraries that log addresses and payloads from logging while a message is sent; yields what they said.

    Args:
        names: loggers that are listened to.
    """
    heard: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    listener = Listener(logging.DEBUG)
    loggers = [logging.getLogger(name) for name in names]
    before = [(each.level, each.propagate, list(each.handlers)) for each in loggers]
    for each in loggers:
        each.propagate, each.handlers = False, [listener]
        each.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        for each, (level, propagate, handlers) in zip(loggers, before, strict=True):
            each.propagate, each.handlers = propagate, handlers
            each.setLevel(level)


def _reason(error: BaseException) -> str:
    """What went wrong at the bottom of it, without the address that the library's own words repeat."""
    if isinstance(error, requests.Timeout):
        return "超时"
    if isinstance(error, requests.exceptions.SSLError):
        return "证书无法验证"
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror and not isinstance(seen, requests.RequestException):
            return seen.strerror
        inner = getattr(seen, "reason", None) or next(
            (each for each in seen.args if isinstance(each, BaseException)), None
        )
        seen = inner if isinstance(inner, BaseException) else seen.__cause__ or seen.__context__
    return type(error).__name__


def _told(response: requests.Response) -> str:
    return " ".join(response.text[:_ANSWER].split()) or "（没有内容）"
