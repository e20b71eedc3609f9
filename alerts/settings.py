"""Where alerts go: channels and routes, as data (`alerts.yaml`). Without the file nothing is sent anywhere."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from alerts.alert import Alert, Severity, kinds
from alerts.secrets import Reference
from gongkai.errors import UsageError
from gongkai.settings import Home

SETTINGS: Final = "GONGKAI_ALERTS"
"""Environment variable: path of the settings, instead of `alerts.yaml` in the home."""

SeverityName = Literal["critical", "report", "warn", "info"]
Mail = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
Pattern = Annotated[str, Field(min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class _Channel(_Model):
    """What all channels have.

    Attributes:
        title: what people call it.
        severity: nothing less severe goes there, whatever the routes say.
        items: so many entries a message lists; the rest is counted.
    """

    title: str | None = None
    severity: SeverityName = "info"
    items: int = Field(default=10, ge=1, le=100)


class _Posted(_Channel):
    """A channel that is an address of the web.

    Attributes:
        address: reference to the whole address that the service has given out: it is a secret.
        allow_http: an address without TLS is taken, as of a gateway in one's own network.
    """

    address: Reference
    allow_http: bool = False


class DingTalk(_Posted):
    """A DingTalk robot. `signing`: reference to the secret of 加签."""

    service: Literal["dingtalk"]
    signing: Reference | None = None


class Feishu(_Posted):
    """A Feishu or Lark robot. `signing`: reference to the secret of 签名校验."""

    service: Literal["feishu"]
    signing: Reference | None = None


class WeCom(_Posted):
    """A WeCom robot (企业微信群机器人)."""

    service: Literal["wecom"]


class Slack(_Posted):
    """An incoming webhook of Slack."""

    service: Literal["slack"]


class Teams(_Posted):
    """A workflow of Microsoft Teams that posts to a channel when a webhook request is received."""

    service: Literal["teams"]


class Webhook(_Posted):
    """Plain JSON. `signing`: reference to the key of an HMAC-SHA256 over time and body."""

    service: Literal["webhook"]
    signing: Reference | None = None


class Email(_Channel):
    """Mail over SMTP.

    Attributes:
        server: reference to the server's address, `smtps://user:password@host:465`, `smtp+starttls://…:587` or
            `smtp://…:25`.
        sender: the address that mails come from.
        to: who gets them.
    """

    service: Literal["email"]
    server: Reference
    sender: Mail
    to: tuple[Mail, ...] = Field(min_length=1)


Channel = Annotated[
    DingTalk | Feishu | WeCom | Slack | Teams | Webhook | Email, Field(discriminator="service")
]


class Route(_Model):
    """Which alerts go to which channels; what is left out is no condition.

    Attributes:
        to: names of channels.
        severity: at least so severe.
        kinds: keys of `kinds.yaml`.
        rules: rules or expectations.
        sources: names of sources; `*` stands for anything.
        places: codes of divisions, with everything below them.
    """

    to: tuple[str, ...] = Field(min_length=1)
    severity: SeverityName = "info"
    kinds: tuple[str, ...] = ()
    rules: tuple[Pattern, ...] = ()
    sources: tuple[Pattern, ...] = ()
    places: tuple[Annotated[str, Field(pattern=r"^\d{2,12}$")], ...] = ()

    def takes(self, alert: Alert) -> bool:
        """Whether an alert goes this way."""
        return (
            alert.severity <= Severity.of(self.severity)
            and (not self.kinds or alert.kind in self.kinds)
            and (not self.rules or any(fnmatchcase(alert.rule or "", each) for each in self.rules))
            and (not self.sources or any(fnmatchcase(alert.source or "", each) for each in self.sources))
            and (not self.places or any((alert.place or "").startswith(_stem(each)) for each in self.places))
        )


class AlertSettings(_Model):
    """The file.

    Attributes:
        channels: by name.
        routes: an alert goes to the channels of every route that takes it.
        recipients: names that sources give as `alert`, with the channels meant; a channel's own name needs no entry.
        reports_address: where the folder `reports/` of the home can be seen, for links; null: paths are told.
        stale_after_hours: how old what is published may be.
    """

    channels: dict[str, Channel] = {}
    routes: tuple[Route, ...] = ()
    recipients: dict[str, tuple[str, ...]] = {}
    reports_address: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    stale_after_hours: int = Field(default=48, ge=1)

    @model_validator(mode="after")
    def _known(self) -> AlertSettings:
        named = {name for route in self.routes for name in route.to}
        named |= {name for each in self.recipients.values() for name in each}
        if unknown := sorted(named - self.channels.keys()):
            raise ValueError(f"没有名为 {'、'.join(unknown)} 的渠道 / no such channel")
        met = {kind for route in self.routes for kind in route.kinds}
        if unknown := sorted(met - kinds().keys()):
            raise ValueError(f"没有名为 {'、'.join(unknown)} 的告警种类 / no such kind")
        return self

    def channels_for(self, alert: Alert, recipient: str | None = None) -> frozenset[str]:
        """The channels that an alert goes to.

        Args:
            alert: what is to be told.
            recipient: the `alert` of the source that it is about.
        """
        found = {name for route in self.routes if route.takes(alert) for name in route.to}
        if recipient is not None:
            found.update(self.recipients.get(recipient, (recipient,) if recipient in self.channels else ()))
        return frozenset(
            name for name in found if alert.severity <= Severity.of(self.channels[name].severity)
        )

    def knows(self, recipient: str) -> bool:
        """Whether a source's recipient is a channel or has some."""
        return recipient in self.channels or recipient in self.recipients


def settings_path(home: Home) -> Path:
    """Where the settings are, if there are any."""
    named = os.environ.get(SETTINGS)
    return Path(named).expanduser() if named else home.root / "alerts.yaml"


def load_settings(home: Home) -> AlertSettings:
    """The settings; without the file those that send nothing.

    Raises:
        UsageError: the file that is named is missing, or the file is wrong; says where, and shows no value.
    """
    path = settings_path(home)
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        if SETTINGS in os.environ:
            raise UsageError(f"环境变量 {SETTINGS} 所指的告警配置 {path} 不存在。") from None
        return AlertSettings()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"告警配置 {path} 读不出（{type(error).__name__}）。") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"第 {mark.line + 1} 行" if mark else "内容"
        # the error itself quotes the line, which may hold a secret that does not belong there
        raise UsageError(f"告警配置 {path} {where}不是合法的 YAML。") from None
    try:
        return AlertSettings.model_validate({} if content is None else content)
    except ValidationError as error:
        wrong = "；".join(_sentence(each["loc"], each["msg"]) for each in error.errors(include_input=False))
        raise UsageError(f"告警配置 {path} 有误：{wrong}。") from None


def _sentence(location: Sequence[int | str], message: str) -> str:
    return f"{'.'.join(map(str, location)) or '文件'}：{message.removeprefix('Value error, ')}"


def _stem(code: str) -> str:
    """A division's code without the zeros that only fill it up: 360000 stands for everything that begins with 36."""
    if len(code) >= 6:
        while code.endswith("00") and len(code) > 2:
            code = code[:-2]
    return code
