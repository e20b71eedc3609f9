"""The settings: what they refuse and that they never repeat what is in them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from alerts.alert import Severity, alert_of, kinds
from alerts.connections import connection_secret
from alerts.secrets import SecretError, Secrets
from alerts.settings import SETTINGS, AlertSettings, load_settings
from extract.form import load_form
from gongkai.errors import UsageError
from gongkai.settings import PROJECT_ROOT, Home

SECRET = "https://oapi.dingtalk.com/robot/send?access_token=SECRETTOKEN0001"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("channels: {a: {service: pager}}", "channels.a"),
        ("channels: {a: {service: dingtalk}}", "address"),
        (f"channels: {{a: {{service: dingtalk, address: '{SECRET}'}}}}", "env:变量名"),
        (f"channels: {{a: {{service: dingtalk, address: env:A, token: '{SECRET}'}}}}", "token"),
        (f"channels: {{a: {{service: email, server: env:A, sender: '{SECRET}', to: [a@b]}}}}", "sender"),
        ("routes: [{to: [nobody]}]", "nobody"),
        ("routes: [{to: []}]", "routes.0.to"),
        ("recipients: {office: [nobody]}", "nobody"),
        ("channels: {a: {service: slack, address: env:A}}\nroutes: [{to: [a], kinds: [gossip]}]", "gossip"),
        ("routes: [{to: [a], places: [江西]}]", "places"),
        (f"channels: [{SECRET}: :", "第 1 行"),
        ("[]", "文件"),
        ("webhooks: {}", "webhooks"),
    ],
)
def test_what_is_wrong_is_named_and_no_value_repeated(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "alerts.yaml").write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        load_settings(Home(tmp_path))
    assert words in str(caught.value)
    assert "SECRETTOKEN0001" not in str(caught.value) + repr(caught.value.__cause__)


def test_no_file_is_no_channel_but_a_file_that_is_named_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings(Home(tmp_path)) == AlertSettings()
    monkeypatch.setenv(SETTINGS, str(tmp_path / "elsewhere.yaml"))
    with pytest.raises(UsageError, match="不存在"):
        load_settings(Home(tmp_path))


def test_the_settings_in_the_documentation_are_good(tmp_path: Path) -> None:
    text = (PROJECT_ROOT / "docs" / "alerts.md").read_text("utf-8")
    examples = [block.partition("```")[0] for block in text.split("```yaml\n")[1:]]
    assert examples
    for number, example in enumerate(examples):
        home = Home(tmp_path / str(number))
        home.root.mkdir()
        (home.root / "alerts.yaml").write_text(example, "utf-8")
        assert load_settings(home).channels


def test_a_recipient_of_a_source_is_a_channel_or_a_name_with_channels() -> None:
    settings = AlertSettings.model_validate(
        {
            "channels": {
                name: {"service": "slack", "address": "env:A", "severity": severity}
                for name, severity in (("a", "info"), ("b", "critical"))
            },
            "recipients": {"office": ["a", "b"]},
        }
    )
    warn = alert_of("empty_night", "x", "…", source="x")
    assert settings.channels_for(warn, "office") == {"a"}, "b takes the severe ones alone"
    assert settings.channels_for(warn, "a") == {"a"}
    assert settings.channels_for(warn, "nobody") == settings.channels_for(warn) == frozenset()


def test_every_rule_has_a_severity_that_is_known() -> None:
    with (PROJECT_ROOT / "dbt_project" / "seeds" / "source_rule.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        named = [row["severity"] for row in csv.DictReader(file)]
    named += [rule.severity for rule in load_form().shared.rules]
    named += [kind.severity for kind in kinds().values() if kind.severity]
    assert named and all(Severity.of(name) in Severity for name in named)


def test_secrets_come_from_the_environment_and_are_blotted_out(tmp_path: Path) -> None:
    secrets = Secrets(Home(tmp_path), {"A": f" {SECRET}\n", "EMPTY": " "})
    assert secrets.get("env:A") == SECRET
    assert "SECRETTOKEN0001" not in secrets.redact(f"failed: {SECRET} and SECRETTOKEN0001") + repr(secrets)
    for reference in ("env:EMPTY", "env:NONE"):
        with pytest.raises(SecretError, match=reference):
            secrets.get(reference)


@pytest.mark.services  # Airflow is imported in a process of its own
def test_a_connection_in_the_environment_needs_no_airflow_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(
        "AIRFLOW_CONN_ALARM",
        json.dumps({"conn_type": "generic", "password": SECRET, "extra": {"signing": "SECx0001"}}),
    )
    home = Home(tmp_path / "home")
    assert connection_secret(home, "alarm") == SECRET
    assert connection_secret(home, "alarm#signing") == "SECx0001"
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"
