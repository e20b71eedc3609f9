"""`gongkai alert`: what is open, what was sent, and whether a channel works."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from gongkai.errors import UsageError
from gongkai.settings import Home

_home_option = click.option(
    "--home",
    "home_path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything lives (default: GONGKAI_HOME, else data/ in the checkout).",
)


@click.group("alert")
def alert_command() -> None:
    """Look at alerts and their channels."""


@alert_command.command("list")
@click.option("--all", "everything", is_flag=True, help="Resolved ones and events, too.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@_home_option
def list_alerts(everything: bool, form: str, home_path: Path | None) -> None:
    """Show open alerts, the worst first."""
    from alerts.alert import SEVERITY_ZH
    from alerts.ledger import Ledger, ledger_exists

    home = _home(home_path)
    count = 0
    if ledger_exists(home):
        with Ledger(home) as ledger:
            for entry in ledger.entries(None if everything else "open"):
                count += 1
                alert = entry.alert
                if form == "jsonl":
                    told = {"identity": alert.identity, "kind": alert.kind, "severity": alert.severity.name}
                    told |= {"state": entry.state, "since": entry.opened_at.isoformat()}
                    told |= {"message": alert.message, "position": alert.position or ""}
                    click.echo(json.dumps(told, ensure_ascii=False))
                    continue
                click.echo(
                    f"［{SEVERITY_ZH[alert.severity]}］{alert.title}  {entry.opened_at:%Y-%m-%d}  {_STATES[entry.state]}"
                )
                click.echo(f"    {alert.message}")
                if alert.position:
                    click.echo(f"    位置：{alert.position}")
    if form == "text":
        click.echo(f"共 {count} 条。" if count else "没有告警。")


@alert_command.command("messages")
@click.option("--last", default=20, show_default=True, help="How many messages to list.")
@_home_option
def list_messages(last: int, home_path: Path | None) -> None:
    """Show the last messages and what became of them."""
    from alerts.ledger import Ledger, ledger_exists

    home = _home(home_path)
    rows = []
    if ledger_exists(home):
        with Ledger(home) as ledger:
            rows = ledger.messages(last)
    for row in rows:
        trouble = f"  {row['trouble']}" if row["trouble"] else ""
        click.echo(f"{row['began_at']}  {row['channel']}  {_MESSAGES[row['state']]}  {row['title']}{trouble}")
    if not rows:
        click.echo("没有发过消息。")


@alert_command.command("test")
@click.option(
    "--channel", "names", multiple=True, metavar="NAME", help="One channel (default: all); may be repeated."
)
@_home_option
def test_channels(names: tuple[str, ...], home_path: Path | None) -> None:
    """Send a test message to each channel.

    Exit status: 0 all were taken, 1 one was not or there is no channel.
    """
    from alerts.notify import send_test
    from alerts.secrets import Secrets
    from alerts.settings import load_settings, settings_path

    home = _home(home_path)
    try:
        settings = load_settings(home)
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    if not settings.channels:
        raise click.ClickException(f"没有配置告警渠道，不会发送任何消息；配置写在 {settings_path(home)}。")
    if unknown := [name for name in names if name not in settings.channels]:
        raise click.BadParameter(
            f"没有名为 {unknown[0]} 的渠道；有 {'、'.join(settings.channels)}。", param_hint="--channel"
        )
    well = True
    for name in names or settings.channels:
        trouble = send_test(name, settings, Secrets(home))
        click.echo(f"✔ {name}：已送达" if trouble is None else f"✘ {name}：{trouble}")
        well = well and trouble is None
    if not well:
        sys.exit(1)


_STATES = {"open": "未解决", "resolved": "已解决", "event": "已发生"}
_MESSAGES = {"sending": "发送中", "sent": "已送达", "failed": "未送达", "interrupted": "发送时中断"}


def _home(path: Path | None) -> Home:
    return Home(path.resolve()) if path else Home.from_environment()
