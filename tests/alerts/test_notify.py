"""Loads that end, night after night: what is told, to whom, once; what is mended; what a kill or a dead channel costs."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from alerts.ledger import Ledger
from alerts.notify import notify, notify_late
from expectations.records import ExpectationOutcome, write_validations
from gongkai import loads
from gongkai.airflow_tasks import record_run_failure
from gongkai.cli import main
from gongkai.errors import UsageError
from gongkai.settings import PROJECT_ROOT, Home
from tests.alerts.homes import begin, configure, fail, finding, publish
from tests.alerts.services import Service

N1, N2, N3, N4 = (f"2026030{day}T020000-000{day}" for day in range(1, 5))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def service(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with Service(lambda _: (200, "")) as service:
        address = service.address("/hooks/secrettoken0001")
        monkeypatch.setenv("ALERT_ADDRESS", address)
        configure(home, address)
        yield service


def told(service: Service) -> list[dict[str, Any]]:
    return [posted.json for posted in service.posted]


def test_without_settings_nothing_is_sent_and_everything_is_on_record(home: Home) -> None:
    publish(home, N1, [finding(1)])
    assert notify(home, N1) == {"open": 1, "sent": 0, "failed": 0}
    with Ledger(home) as ledger:
        assert ledger.messages() == []
        [entry] = ledger.entries()
    assert "2001 年度" in entry.alert.message
    assert entry.alert.position == "report-1.pdf 第 2 页 框（101，220，130，232）"


def test_three_hundred_broken_reports_are_one_message_with_the_worst_ten(
    home: Home, service: Service
) -> None:
    publish(home, N1, [finding(number) for number in range(1, 301)])
    assert notify(home, N1) == {"open": 300, "sent": 1, "failed": 0}
    [one] = told(service)
    assert one["title"] == f"【公开】加载 {N1} 已发布：新告警 300"
    assert one["text"].count("位置：") == 10
    assert one["text"].index("表中为 303") < one["text"].index("表中为 302")
    assert "其余 290 条见加载简报" in one["text"] and "bulletin.html" in one["text"]


def test_told_once_then_counted_then_resolved(home: Home, service: Service) -> None:
    publish(home, N1, [finding(1), finding(2)])
    notify(home, N1)
    notify(home, N1)  # a task that is tried again
    assert len(told(service)) == 1
    publish(home, N2, [finding(1, report_id="other"), finding(2), finding(3)])
    notify(home, N2)
    second = told(service)[1]
    assert second["title"].endswith("新告警 1，仍未解决 2")
    assert [alert["year"] for alert in second["new"]] == [2003]
    publish(home, N3, [finding(1, is_current=False), finding(2, outcome="not_assessable"), finding(3)])
    notify(home, N3)
    third = told(service)[2]
    assert third["title"].endswith("已解决 2，仍未解决 1")
    assert "已解决：示例省云海市临港区财政局 2001 年度报告" in third["text"]
    publish(home, N4, [finding(3)])
    notify(home, N4)
    assert len(told(service)) == 3, "nothing new, nothing to say"


def test_what_breaks_again_after_it_was_mended_is_told_again(home: Home, service: Service) -> None:
    for load_id, findings in ((N1, [finding(1)]), (N2, []), (N3, [finding(1)]), (N4, [])):
        publish(home, load_id, findings)
        notify(home, load_id)
    assert [(each["new_count"], each["resolved_count"]) for each in told(service)] == [(1, 0), (0, 1)] * 2


def test_a_stopped_load_is_told_every_night_and_resolved_by_the_next_publication(
    home: Home, service: Service
) -> None:
    publish(home, N1, [finding(1)])
    notify(home, N1)
    fail(home, N2, "gate_marts", "关卡未通过：报告数骤减", gate="marts")
    notify(home, N2)
    with sqlite3.connect(home.operations / "alerts.sqlite") as connection:
        connection.execute("update told set told_at = '2026-03-01T00:00:00+08:00'")
    fail(home, N3, "gate_marts", "关卡未通过：报告数骤减", gate="marts")
    notify(home, N3)
    publish(home, N4, [finding(1)])
    notify(home, N4)
    _, stopped, again, mended = told(service)
    assert "被质量关卡拦下" in stopped["text"] and "报告数骤减" in stopped["text"]
    assert stopped["title"].endswith("未发布：新告警 1，仍未解决 1"), "reports are as they were published"
    assert again["new"][0]["told_before"] and "起仍未解决" in again["text"] and N3 in again["text"]
    assert mended["resolved"][0]["kind"] == "load_stopped"


def test_a_load_that_fails_or_is_interrupted_or_never_began_is_told(home: Home, service: Service) -> None:
    fail(home, N1, "build", "dbt 失败：磁盘已满")
    notify(home, N1)
    begin(home, N2)
    loads.release_lease(home, N2)
    loads.record_update(home, N2, lambda record: record.update(state=loads.INTERRUPTED, error="进程已不在"))
    publish(home, N3)
    notify(home, N3)
    first, second = told(service)
    assert first["new"][0]["kind"] == "load_failed" and "磁盘已满" in first["text"]
    assert [alert["kind"] for alert in second["new"]] == ["load_interrupted"]
    assert [alert["kind"] for alert in second["resolved"]] == ["load_failed"]

    class Run:
        dag_id, run_id = "nightly_load", "scheduled__4"
        run_after = datetime(2026, 3, 4, 2, tzinfo=UTC)

    os.environ["GONGKAI_HOME"] = str(home.root)
    try:
        load_id = loads.make_load_id(Run.run_after, Run.run_id)
        loads.record_failure(home, load_id, "open_load", "没有可加载的来源")
        record_run_failure({"dag_run": Run})
        record_run_failure({"dag_run": Run})
    finally:
        del os.environ["GONGKAI_HOME"]
    assert len(told(service)) == 3 and "没有可加载的来源" in told(service)[2]["text"]


def test_source_findings_and_empty_nights_open_and_close_with_their_source(
    home: Home, service: Service
) -> None:
    dropped = {
        "rule": "source_dropped",
        "message": "来源 a 本次只列出 3 份文件，此前最多 40 份",
        "expected": 40.0,
        "found": 3.0,
    }
    nothing = {
        "rule": "list_matches_nothing",
        "message": "列表页上没有一个链接符合",
        "address": "https://a.test/l",
    }
    publish(home, N1, sources={"a": [dropped, nothing], "b": None, "c": []})
    notify(home, N1)
    [one] = told(service)
    found = {(alert["kind"], alert["source"], alert["rule"], alert["severity"]) for alert in one["new"]}
    assert found == {
        ("source_finding", "a", "source_dropped", "critical"),
        ("source_finding", "a", "list_matches_nothing", "critical"),
        ("empty_night", "b", None, "warn"),
    }
    # the second load pulls only b: nothing is known of a
    fail(home, N2, "build", "失败")
    with sqlite3.connect(home.operations / "alerts.sqlite") as connection:
        assert connection.execute("select count(*) from alert where state = 'open'").fetchone() == (3,)
    publish(home, N3, sources={"b": []})
    notify(home, N3)
    publish(home, N4, sources={"a": [nothing], "b": []})
    notify(home, N4)
    assert [[alert["kind"] for alert in each["resolved"]] for each in told(service)[1:]] == [
        ["empty_night"],
        ["source_finding"],
    ]


def test_revisions_held_reports_dead_sources_warnings_and_task_failures(home: Home, service: Service) -> None:
    publish(home, N1)
    notify(home, N1)
    revision = {
        "report_id": "r2", "sentence": "示例省云海市临港区财政局2024年报告第 2 版：改动 1 处，“新收”由 9 改为 8。",
        "agency_key": "990102:财政局", "agency_name": "示例省云海市临港区财政局", "year": 2024, "source": "office",
        "changes": 1, "arrival_zh": "同一地址换了内容", "document_name": "r2.pdf", "is_implausible": False,
        "verdict": "changed", "first_load_id": N2,
    }  # fmt: skip
    old = {**revision, "report_id": "r0", "first_load_id": "20250101T020000-0000"}
    same = {**revision, "report_id": "r3", "verdict": "unchanged"}
    held = {
        "report_id": "h1", "reason": "year_unknown", "rule": "report_year_known", "message": "看不出是哪一年的",
        "source": "office", "document_name": "h1.txt", "document_sha256": "ab" * 32,
    }  # fmt: skip
    dead = {
        "source": "old-site", "state": "dead", "state_zh": "多日没有成功", "last_success_at": "2026-02-01 02:00:00",
        "days_since_success": 29, "last_message": "连接超时",
    }  # fmt: skip
    tables = {
        "mart_revision": [revision, old, same],
        "mart_quarantine": [held],
        "mart_source_freshness": [dead],
    }
    outcomes = [
        ExpectationOutcome("marts", "metric_drift", "figures", "warn", "failed", "3 项", "{}", "指标分布", "指标分布与往年相近", "operations"),
        ExpectationOutcome("marts", "all_fine", "figures", "warn", "passed", "", "{}", "好", "好", "operations"),
    ]  # fmt: skip
    write_validations(home, N2, "marts", outcomes, datetime.now(UTC))
    publish(home, N2, tables=tables, failures={"pull[gone]": "来源 gone 无法拉取", "report_load": "磁盘已满"})
    notify(home, N2)
    [one] = told(service)
    assert sorted(alert["kind"] for alert in one["new"]) == [
        "expectation", "held", "revision", "source_dead", "task_failed",
    ]  # fmt: skip
    assert "由 9 改为 8" in one["text"] and "29 天没有成功" in one["text"] and "report_load" in one["text"]
    fine = [
        ExpectationOutcome(
            "marts", "metric_drift", "figures", "warn", "passed", "", "{}", "", "", "operations"
        )
    ]
    write_validations(home, N3, "marts", fine, datetime.now(UTC))
    publish(home, N3, tables={"mart_revision": [revision]})
    notify(home, N3)
    mended = told(service)[1]
    assert mended["new"] == []
    assert sorted(alert["kind"] for alert in mended["resolved"]) == [
        "expectation", "held", "source_dead", "task_failed",
    ]  # fmt: skip


def test_alerts_go_by_severity_kind_source_and_place(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("severe", "sources", "county", "township", "revisions")
    with Service(lambda _: (200, "")) as service:
        monkeypatch.setenv("ALERT_ADDRESS", service.address("/hooks/"))
        channels: dict[str, Any] = {}
        for name in names:
            monkeypatch.setenv(f"TO_{name.upper()}", service.address(f"/{name}/token0001"))
            channels[name] = {"service": "webhook", "address": f"env:TO_{name.upper()}", "allow_http": True}
        routes = [
            {"to": ["severe"], "severity": "critical"},
            {"to": ["sources"], "sources": ["a*"]},
            {"to": ["county"], "places": ["990102"]},
            {"to": ["township"], "places": ["990121"], "rules": ["carry_*"]},
            {"to": ["revisions"], "kinds": ["revision"]},
        ]
        configure(home, "", channels=channels, routes=routes)
        town = finding(2, agency_key="990121101", rule="carry_over")
        other = finding(3, agency_key="990121101")
        nothing = {"rule": "source_failed", "message": "来源 abc 无法拉取"}
        publish(home, N1, [finding(1), town, other], sources={"abc": [nothing]})
        assert notify(home, N1) == {"open": 4, "sent": 4, "failed": 0}
    got = {
        posted.path.split("/")[1]: [alert["year"] for alert in posted.json["new"]]
        for posted in service.posted
    }
    assert got == {"severe": [None], "sources": [None], "county": [2001], "township": [2002]}


def test_a_source_names_its_recipient_and_one_that_nobody_knows_is_told(
    home: Home, service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = tmp_path / "sources"
    files.mkdir()
    for name, recipient in (("known", "数据科"), ("unknown", "某人"), ("silent", None)):
        told_to = f"alert: {recipient}\n" if recipient else ""
        (files / f"{name}.yaml").write_text(f"kind: directory\npath: {tmp_path}\n{told_to}", "utf-8")
    monkeypatch.setattr("extract.pull.source.SOURCES", files)
    hook = {"service": "webhook", "address": "env:ALERT_ADDRESS", "allow_http": True}
    routes = [{"to": ["office"], "kinds": ["recipient_unknown"]}]
    configure(home, "", channels={"office": hook}, routes=routes, recipients={"数据科": ["office"]})
    nights: dict[str, Any] = dict.fromkeys(("known", "unknown", "silent"))
    publish(home, N1, sources=nights)
    notify(home, N1)
    [one] = told(service)
    assert {(alert["kind"], alert["source"]) for alert in one["new"]} == {
        ("recipient_unknown", "unknown"),
        ("empty_night", "known"),
    }


def test_a_dead_channel_fails_no_load_is_on_record_and_gets_everything_next_time(
    home: Home, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = os.environ["ALERT_ADDRESS"]
    with Service(lambda _: (200, "")) as gone:
        monkeypatch.setenv("ALERT_ADDRESS", gone.address("/hooks/secrettoken0001"))
    publish(home, N1, [finding(1)])
    assert notify(home, N1)["failed"] == 1
    with Ledger(home) as ledger:
        [message] = ledger.messages()
        assert message["state"] == "failed" and "没有连上" in message["trouble"]
        assert "channel_failed" in {entry.alert.kind for entry in ledger.entries()}
    assert b"secrettoken0001" not in (home.operations / "alerts.sqlite").read_bytes()
    monkeypatch.setenv("ALERT_ADDRESS", live)
    publish(home, N2, [finding(1), finding(2)])
    assert notify(home, N2)["sent"] == 1
    [one] = told(service)
    assert [alert["year"] for alert in one["new"] if alert["kind"] == "finding"] == [2001, 2002]
    with Ledger(home) as ledger:
        assert {entry.alert.kind for entry in ledger.entries()} == {"finding"}


def test_a_secret_that_is_not_set_fails_the_channel_alone(
    home: Home, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"service": "dingtalk", "address": "env:NOT_SET"}
    hook = {"service": "webhook", "address": "env:ALERT_ADDRESS", "allow_http": True}
    configure(home, "", channels={"ding": other, "office": hook}, routes=[{"to": ["ding", "office"]}])
    publish(home, N1, [finding(1)])
    assert notify(home, N1) == {"open": 2, "sent": 1, "failed": 1}
    with Ledger(home) as ledger:
        assert "env:NOT_SET 没有设置" in ledger.messages()[1]["trouble"]


def test_wrong_settings_are_told_by_the_task_and_the_alerts_are_kept(home: Home) -> None:
    home.root.mkdir()
    (home.root / "alerts.yaml").write_text("channels: {a: {service: pager}}\n", "utf-8")
    publish(home, N1, [finding(1)])
    with pytest.raises(UsageError, match=r"channels\.a"):
        notify(home, N1)
    with Ledger(home) as ledger:
        assert len(list(ledger.entries())) == 1


_KILLED = """
import os, sys
from pathlib import Path
from alerts import notify as module
from gongkai.settings import Home
real = module.send
def send_and_die(*arguments):
    if sys.argv[3] == "after":
        real(*arguments)
    os._exit(9)
module.send = send_and_die
module.notify(Home(Path(sys.argv[1])), sys.argv[2])
"""


@pytest.mark.parametrize(("moment", "repeated"), [("before", 1), ("after", 2)])
def test_a_kill_while_sending_loses_nothing_and_repeats_one_message_at_most(
    home: Home, service: Service, moment: str, repeated: int
) -> None:
    publish(home, N1, [finding(1)])
    command = [sys.executable, "-c", _KILLED, str(home.root), N1, moment]
    assert subprocess.run(command, cwd=PROJECT_ROOT, check=False).returncode == 9
    notify(home, N1)
    notify(home, N1)
    assert [each["new_count"] for each in told(service)] == [1] * repeated
    with Ledger(home) as ledger:
        assert [message["state"] for message in ledger.messages()] == ["sent", "interrupted"]


def test_a_late_load_is_told_at_once_and_resolved_when_it_is_published(home: Home, service: Service) -> None:
    begin(home, N1)
    due = datetime.now(UTC) - timedelta(minutes=1)
    assert notify_late(home, N1, due)["sent"] == 1
    assert notify_late(home, N1, due)["sent"] == 0
    publish(home, N1)
    assert notify_late(home, N1, due)["sent"] == 0
    notify(home, N1)
    late, mended = told(service)
    assert late["new"][0]["kind"] == "load_late" and "逾时" in late["title"] and N1 in late["text"]
    assert mended["resolved"][0]["kind"] == "load_late"


def test_what_is_published_grows_stale(home: Home, service: Service) -> None:
    publish(home, N1)
    loads.record_update(home, N1, lambda record: record.update(published_at="2026-02-20T05:00:00.000+08:00"))
    fail(home, N2, "build", "失败")
    notify(home, N2)
    [one] = told(service)
    assert {alert["kind"] for alert in one["new"]} == {"load_failed", "warehouse_stale"}
    assert "2026-02-20 05:00" in one["text"]


def test_the_command_line_lists_tests_and_hides(home: Home, service: Service) -> None:
    runner = CliRunner()

    def run(*arguments: str) -> tuple[int, str]:
        done = runner.invoke(main, ["alert", *arguments, "--home", str(home.root)])
        return done.exit_code, done.output

    assert run("list") == (0, "没有告警。\n") and run("messages") == (0, "没有发过消息。\n")
    publish(home, N1, [finding(1)])
    notify(home, N1)
    status, text = run("list")
    assert status == 0 and "［警告］校验不符" in text and "位置：report-1.pdf" in text and "共 1 条" in text
    assert '"kind": "finding"' in run("list", "--format", "jsonl")[1]
    assert "已送达" in run("messages")[1]
    assert run("test") == (0, "✔ office：已送达\n")
    assert told(service)[-1]["test"] is True
    service.answer = lambda _: (500, "secrettoken0001 broke")
    status, text = run("test", "--channel", "office")
    assert status == 1 and "HTTP 500" in text and "secrettoken0001" not in text
    assert run("test", "--channel", "nobody")[0] == 2
    (home.root / "alerts.yaml").unlink()
    assert run("test")[0] == 1
