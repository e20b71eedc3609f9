"""Every channel against a server that checks what the real service checks: form, limits, signature."""

from __future__ import annotations

import email
import email.policy
import logging
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from alerts.alert import Alert, Severity
from alerts.ledger import Entry
from alerts.message import Message, Occasion, compose
from alerts.notify import send
from alerts.secrets import Secrets
from alerts.services import plugin_of
from alerts.services.posting import ChannelError
from alerts.settings import Channel
from gongkai.settings import TIME_ZONE, Home
from tests.alerts import services
from tests.alerts.services import SIGNING, Posted, Service, SmtpServer

OCCASION = Occasion("20260301T020000-0001", "published", "https://reports.yunhai.gov.test/x/bulletin.html")
SERVICES: dict[str, tuple[Callable[[Posted], services.Answer], str, bool]] = {
    "dingtalk": (services.dingtalk, services.DINGTALK_PATH, True),
    "feishu": (services.feishu, services.FEISHU_PATH, True),
    "wecom": (services.wecom, services.WECOM_PATH, False),
    "slack": (services.slack, services.SLACK_PATH, False),
    "teams": (services.teams, services.TEAMS_PATH, False),
    "webhook": (services.webhook, "/hooks/1?key=webhooktoken0001", True),
}


def channel(service: str, **more: Any) -> Any:
    signed = {"signing": "env:SIGNING"} if SERVICES[service][2] else {}
    settings = {"service": service, "address": "env:ADDRESS", "allow_http": True, **signed, **more}
    return TypeAdapter(Channel).validate_python(settings)


def secrets_of(address: str, signing: str = SIGNING) -> Secrets:
    return Secrets(Home(Path("/nonexistent")), {"ADDRESS": address, "SIGNING": signing})


def entry(number: int, text: str = "", weight: float = 0.0) -> Entry:
    message = text or (
        f"示例省云海市第{number}局 2024 年度报告第三部分“办理结果总计”行“科研机构”列：不符合“办理结果合计”，"
        f"按各项计算应为 {number}，表中为 {number + 10}"
    )
    alert = Alert(
        f"finding|outcome_total|{number}",
        "finding",
        Severity.warn,
        message,
        subject=f"示例省云海市第{number}局 2024 年度",
        position=f"第{number}局.pdf 第 2 页 框（101，220，130，232）",
        weight=weight or float(number),
    )
    return Entry(alert, "open", 1, OCCASION.load_id, datetime(2026, 3, 1, 3, tzinfo=TIME_ZONE), None)


def message_for(plugin: Any, entries: list[Entry], items: int = 10) -> Message:
    return compose(
        OCCASION,
        entries,
        [],
        7,
        items=items,
        longest=plugin.longest,
        marked_up=plugin.marked_up,
        plain=plugin.plain,
    )


def sent(service: str, entries: list[Entry], **more: Any) -> tuple[str | None, list[Posted]]:
    answer, path, _ = SERVICES[service]
    with Service(answer) as server:
        secrets = secrets_of(server.address(path), more.pop("signing_secret", SIGNING))
        plugin = plugin_of(channel(service), secrets)
        trouble = send(plugin, message_for(plugin, entries, **more), secrets)
        return trouble, server.posted


def words_of(service: str, posted: Posted) -> str:
    said = posted.json
    return str(
        {
            "dingtalk": lambda: said["markdown"]["text"],
            "feishu": lambda: (
                said["card"]["header"]["title"]["content"] + said["card"]["elements"][0]["content"]
            ),
            "wecom": lambda: said["markdown"]["content"],
            "slack": lambda: "\n".join(block["text"]["text"] for block in said["blocks"]),
            "teams": lambda: "\n".join(block["text"] for block in said["attachments"][0]["content"]["body"]),
            "webhook": lambda: said["title"] + said["text"],
        }[service]()
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_message_is_taken_by_the_service_and_says_who_where_and_both_numbers(service: str) -> None:
    trouble, posted = sent(service, [entry(number) for number in range(1, 301)])
    assert trouble is None
    [one] = posted
    words = words_of(service, one)
    assert "新告警 300" in words and "仍未解决 7" in words
    # the worst first: the largest difference is that of the last
    for part in ("示例省云海市第300局", "2024 年度", "第三部分", "科研机构", "应为 300", "表中为 310"):
        assert part in words, part
    assert "第 2 页" in words and "bulletin.html" in words
    shown = sum(f"第{number}局 2024" in words for number in range(1, 301))
    assert shown == 10 or (service == "wecom" and 3 <= shown < 10)


@pytest.mark.parametrize("service", ["dingtalk", "feishu", "webhook"])
def test_a_wrong_signature_is_a_failure_and_the_secret_is_not_repeated(service: str) -> None:
    trouble, posted = sent(service, [entry(1)], signing_secret="SECanotherone0002")
    assert trouble is not None and "sign" in trouble
    assert "SECanotherone0002" not in trouble
    assert posted


@pytest.mark.parametrize("service", SERVICES)
def test_text_from_documents_can_neither_link_nor_call_nor_overflow(service: str) -> None:
    hostile = "[领奖](http://evil.test) <at id=all></at> <@all> <!channel> **x** `y` @所有人 " + "长" * 30_000
    trouble, [posted] = sent(service, [entry(1, hostile)])
    assert trouble is None
    if service == "webhook":
        return  # data: whoever takes it quotes it
    words = words_of(service, posted)
    for part in ("](http", "<at", "<@", "<!", "**x**", "@所有人"):
        assert part not in words


def test_teams_and_slack_refuse_in_their_own_ways() -> None:
    with Service(services.teams) as server:
        secrets = secrets_of(
            server.address("/workflows/other/triggers/manual/paths/invoke?sig=wrongsignature1")
        )
        plugin = plugin_of(channel("teams"), secrets)
        trouble = send(plugin, message_for(plugin, [entry(1)]), secrets)
    assert trouble is not None and "HTTP 401" in trouble and "wrongsignature1" not in trouble
    with Service(lambda _: (200, "invalid_token")) as server:
        secrets = secrets_of(server.address(services.SLACK_PATH))
        plugin = plugin_of(channel("slack"), secrets)
        assert send(plugin, message_for(plugin, [entry(1)]), secrets) == "服务没有接受消息：invalid_token"


@pytest.mark.parametrize("service", ["dingtalk", "feishu", "wecom"])
def test_an_answer_that_is_not_understood_is_no_success(service: str) -> None:
    for text in ("", "<html>登录</html>", "{}", "[]", '{"errcode":"0","code":"0"}', '{"errcode":1,"code":1}'):
        with Service(lambda _, text=text: (200, text)) as server:  # type: ignore[misc]
            secrets = secrets_of(server.address(SERVICES[service][1]))
            plugin = plugin_of(channel(service), secrets)
            assert send(plugin, message_for(plugin, [entry(1)]), secrets) is not None, text


@pytest.mark.parametrize("service", SERVICES)
def test_redirects_are_not_followed(service: str) -> None:
    with Service(lambda _: (200, '{"errcode":0,"code":0}')) as other:
        with Service(lambda _: (307, other.address("/elsewhere"))) as server:
            secrets = secrets_of(server.address(SERVICES[service][1]))
            plugin = plugin_of(channel(service), secrets)
            assert send(plugin, message_for(plugin, [entry(1)]), secrets) is not None
        assert other.posted == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_is_not_there_is_told_without_its_address(
    service: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with Service(SERVICES[service][0]) as server:
        address = server.address(SERVICES[service][1])
    secrets = secrets_of(address)
    caplog.set_level(logging.DEBUG)
    for name in ("", "apprise", "urllib3", "urllib3.connectionpool", "requests"):
        logging.getLogger(name or None).setLevel(logging.DEBUG)
    plugin = plugin_of(channel(service), secrets)
    trouble = send(plugin, message_for(plugin, [entry(1)]), secrets)
    assert trouble is not None and "没有连上 127.0.0.1" in trouble
    shown = caplog.text + "".join(capfd.readouterr()) + trouble + repr(plugin) + repr(secrets) + plugin.url()
    for secret in (
        SERVICES[service][1],
        services.TOKEN,
        services.KEY,
        SIGNING,
        "webhooktoken0001",
        "KODuebWb",
    ):
        assert secret not in shown
    logging.getLogger().setLevel(logging.WARNING)


def test_addresses_without_tls_are_refused_unless_allowed() -> None:
    secrets = secrets_of("http://127.0.0.1:1/robot/send?access_token=secret00001")
    with pytest.raises(ChannelError, match="没有加密"):
        plugin_of(channel("dingtalk", allow_http=False), secrets)
    for address in ("ftp://x.test/a", "https://", "oapi.dingtalk.com/robot", "https://[::1/robot"):
        with pytest.raises(ChannelError):
            plugin_of(channel("dingtalk"), secrets_of(address))


def test_certificates_are_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = tmp_path / "server.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        [*command.split(), "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")],
        check=True,
        capture_output=True,
    )
    certificate.write_bytes((tmp_path / "key").read_bytes() + (tmp_path / "cert").read_bytes())
    with Service(services.wecom, certificate) as server:
        secrets = secrets_of(server.address(services.WECOM_PATH))
        plugin = plugin_of(channel("wecom", allow_http=False), secrets)
        trouble = send(plugin, message_for(plugin, [entry(1)]), secrets)
        assert trouble is not None and "证书" in trouble and server.posted == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "cert"))
        assert send(plugin, message_for(plugin, [entry(1)]), secrets) is None
    assert len(server.posted) == 1


def mail_plugin(address: str) -> tuple[Any, Secrets]:
    secrets = secrets_of(address)
    settings = {
        "service": "email",
        "server": "env:ADDRESS",
        "sender": "alarm@yunhai.gov.test",
        "to": ["a@yunhai.gov.test", "b@yunhai.gov.test"],
    }
    return plugin_of(TypeAdapter(Channel).validate_python(settings), secrets), secrets


def test_a_mail_is_delivered_to_each_recipient() -> None:
    with SmtpServer() as server:
        plugin, secrets = mail_plugin(
            f"smtp://alarm%40yunhai.gov.test:pass%3Aw%2Ford-0001@127.0.0.1:{server.port}"
        )
        assert send(plugin, message_for(plugin, [entry(number) for number in range(1, 301)]), secrets) is None
    assert sorted(mail.recipients[0] for mail in server.mails) == ["a@yunhai.gov.test", "b@yunhai.gov.test"]
    for mail in server.mails:
        read = email.message_from_bytes(mail.content, policy=email.policy.default)
        assert read["Subject"].startswith("【公开】加载 20260301T020000-0001 已发布：新告警 300")
        assert mail.sender == "alarm@yunhai.gov.test" and read.get_content_type() == "text/plain"
        text = read.get_content()
        assert "应为 300，表中为 310" in text and "位置：第300局.pdf 第 2 页" in text and "**" not in text


def test_a_mail_server_that_refuses_is_a_failure_without_the_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with SmtpServer() as server:
        plugin, secrets = mail_plugin(f"smtp://alarm:wrongpassword1@127.0.0.1:{server.port}")
        trouble = send(plugin, message_for(plugin, [entry(1)]), secrets)
    assert trouble is not None and "没有接受邮件" in trouble and server.mails == []
    assert "wrongpassword1" not in trouble + caplog.text
    plugin, secrets = mail_plugin(f"smtp://127.0.0.1:{server.port}")
    assert send(plugin, message_for(plugin, [entry(1)]), secrets) is not None
    for wrong in ("https://mail.test", "smtp://", "mail.test:25", "smtps://u:p@h:port"):
        with pytest.raises(ChannelError):
            mail_plugin(wrong)
