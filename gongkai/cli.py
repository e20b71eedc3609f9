"""The command line. Commands import what they need when they run: `gongkai --help` answers at once."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click

from gongkai.errors import GongkaiError, UsageError
from gongkai.settings import PROJECT_ROOT, Home

if TYPE_CHECKING:
    from gongkai.loads import Lease


SOURCES_IN_TROUBLE = 3
"""Exit status of a load that was published although something is wrong with a source."""
TARGETS_BEHIND = 4
"""Exit status of a load that was published, but not to PostgreSQL or not to all exported files."""


class _Lazy(click.Group):
    """A group whose commands of other packages are imported only when they are asked for."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "alert": "alerts.command:alert_command",
        "build": "publish.spark.command:build_command",
        "notice": "publish.notice.command:notice_command",
        "extract": "extract.command:extract_command",
        "metrics": "publish.metric_command:metrics_command",
        "show": "extract.show:show_command",
        "source": "extract.pull.command:source_command",
        "publish": "publish.command:publish_command",
        "export": "publish.command:export_command",
        "review": "review.command:review_command",
        "quarantine": "review.command:quarantine_command",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.elsewhere})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.elsewhere:
            return super().get_command(ctx, cmd_name)
        module, _, name = self.elsewhere[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # their own help would have to be imported, with all of the readers, just to list them
        rows = [
            ("notice", "Write the correction notice to an agency, or to all of a place."),
            ("alert", "Look at alerts and their channels: list, test, messages."),
            ("build", "Build the warehouse from the landing zone on Spark, in the home or on a cluster."),
            ("extract", "Read reports and print what they say (jsonl, csv or table)."),
            ("metrics", "List the metrics, or compute some over the published warehouse."),
            ("show", "Show where a cell stands in its document and how it was read."),
            ("source", "Look at the sources of documents: list, check, schema."),
            ("publish", "Bring PostgreSQL or exported files up to what is published."),
            ("export", "Write published tables as a workbook, CSV files or Parquet."),
            ("review", "Decide about held reports and doubtful figures, one by one or in a workbook."),
            ("quarantine", "Look at the reports that are held back, and why."),
        ]
        for name in super().list_commands(ctx):
            command = super().get_command(ctx, name)
            if command is not None:
                rows.append((name, command.get_short_help_str(limit=90)))
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows))


_home_option = click.option(
    "--home",
    "home_path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything lives (default: GONGKAI_HOME, else data/ in the checkout).",
)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gongkai")
def main() -> None:
    """公开: a warehouse of annual government-information-disclosure reports."""


@main.command()
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="NAME_OR_PATH",
    help="A name in sources/ or a file or folder; may be repeated (default: every enabled source).",
)
@click.option("--full", is_flag=True, help="Extract all documents again, not only new ones.")
@_home_option
def run(sources: tuple[str, ...], full: bool, home_path: Path | None) -> None:
    """Run the nightly load now, in the foreground.

    Exit status: 0 published, 1 failed or stopped by a gate (what was published before stays), 2 wrong usage,
    3 published, but something is wrong with a source (see the summary), 4 published, but not to PostgreSQL or
    not to all exported files (which stay as they were).
    """
    wanted = [_source(spec) for spec in sources]
    conf = {"sources": wanted, "mode": "full" if full else "incremental"}
    _run_load(_home(home_path), "nightly_load", conf)


@main.command()
@click.argument("source")
@click.option("--years", required=True, metavar="2019-2025", help="Report years: one, or first-last.")
@click.option("--dry-run", is_flag=True, help="Read the lists and show what would be pulled; store nothing.")
@_home_option
def backfill(source: str, years: str, dry_run: bool, home_path: Path | None) -> None:
    """Pull some report years of SOURCE (a name in sources/ or a path), enabled or not.

    Run it again after it was stopped or killed and it goes on. Exit status as of `gongkai run`.
    """
    from gongkai import pipeline

    home, wanted = _home(home_path), _source(source, "SOURCE")
    try:
        pipeline.parse_years(years)
        lines = pipeline.preview_backfill(home, wanted, years) if dry_run else []
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    except GongkaiError as error:
        raise click.ClickException(str(error)) from error
    for line in lines:
        click.echo(line)
    if not dry_run:
        _run_load(home, "backfill_source", {"source": wanted, "years": years, "dry_run": False})


@main.command()
@click.option(
    "--limit", default=2000, show_default=True, type=click.IntRange(min=1), help="Documents a load."
)
@click.option(
    "--document",
    "documents",
    multiple=True,
    metavar="SHA256",
    help="A document's sha256 or its first eight digits; may be repeated (default: all that an older reader read).",
)
@click.option("--all", "go_on", is_flag=True, help="One load after the other until none is left.")
@_home_option
def reread(limit: int, documents: tuple[str, ...], go_on: bool, home_path: Path | None) -> None:
    """Read stored documents again, without asking any source.

    A load reads so many; the next one goes on where it ended. Exit status as of `gongkai run`.
    """
    home = _home(home_path)
    if wrong := [given for given in documents if not re.fullmatch("[0-9a-f]{8,64}", given)]:
        raise click.BadParameter(f"{wrong[0]} 不是文件的 sha256（至少前八位）。", param_hint="--document")
    if go_on and not documents:
        _reread_all(home, limit)
        return
    record = _run_load(home, "reread_documents", {"limit": limit, "documents": list(documents)})
    if remaining := record["steps"]["choose_documents"]["remaining"]:
        click.echo(f"\n还有 {remaining} 份文件待重读，再次运行接着读。")


@main.command()
@click.option("--port", default=8080, show_default=True, help="Port of the web interface, on 127.0.0.1.")
@_home_option
def up(port: int, home_path: Path | None) -> None:
    """Start Airflow (web interface, scheduler, DAG processor, triggerer) until Ctrl-C."""
    from gongkai import services

    try:
        services.run(_home(home_path), port=port, write=_echo)
    except GongkaiError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--port", default=8088, show_default=True, help="Port of the web interface, on 127.0.0.1.")
@_home_option
def dashboards(port: int, home_path: Path | None) -> None:
    """Start the dashboards (Apache Superset) on the published warehouse until Ctrl-C."""
    from dashboards import server

    try:
        server.run(_home(home_path), port=port, write=_echo)
    except GongkaiError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--last", default=10, show_default=True, help="How many loads to list.")
@_home_option
def status(last: int, home_path: Path | None) -> None:
    """Show the last loads, who is at work, and what is published."""
    from gongkai import loads
    from publish.summary import write_status

    home = _home(home_path)
    write_status(home, loads.list_records(home, last), _lease(home), _echo)


@main.command()
@_home_option
def freshness(home_path: Path | None) -> None:
    """Show how fresh the landing zone is, as `dbt source freshness` sees it, and each source.

    Exit status: 0 fresh, 1 something is stale beyond its bound.
    """
    from publish.build import BuildError
    from publish.freshness import check_freshness
    from publish.summary import write_freshness

    home = _home(home_path)
    try:
        found = check_freshness(home)
    except BuildError as error:
        raise click.ClickException(str(error)) from error
    if not write_freshness(home, found, _echo):
        sys.exit(1)


@main.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The page to write (default: reports/dbt-docs.html in the home).",
)
@_home_option
def docs(out: Path | None, home_path: Path | None) -> None:
    """Write dbt's documentation of the warehouse as one static page."""
    from publish.docs import write_dbt_docs

    home = _home(home_path)
    click.echo(str(write_dbt_docs(home, out or home.reports / "dbt-docs.html")))


def _run_load(home: Home, dag_id: str, conf: Mapping[str, Any]) -> Mapping[str, Any]:
    """Run a load in the foreground and tell what came of it; ends the process if it failed. Returns the load's record."""
    from gongkai import foreground, loads
    from publish.summary import write_summary

    try:
        outcome = foreground.run(home, dag_id, conf, out=sys.stdout)
    except GongkaiError as error:
        raise click.ClickException(str(error)) from error
    write_summary(home, outcome.record, _echo)
    if not outcome.succeeded:
        click.echo(f"Airflow 日志 log: {outcome.log}", err=True)
        sys.exit(TARGETS_BEHIND if loads.targets_behind(outcome.record) else 1)
    if outcome.record["counts"].get("source_findings"):
        click.echo("已发布，但有来源异常，见上文“来源异常”；退出码 3。", err=True)
        sys.exit(SOURCES_IN_TROUBLE)
    return outcome.record


def _reread_all(home: Home, limit: int) -> None:
    """One load after the other until no document is left; each in a process of its own, as Airflow wants it."""
    from gongkai import loads

    code = "from gongkai.cli import main; main()"
    command = [sys.executable, "-c", code, "reread", "--limit", str(limit), "--home", str(home.root)]
    while True:
        if status := subprocess.run(command, check=False).returncode:
            sys.exit(status)
        [last] = loads.list_records(home, 1)
        if not last["steps"]["choose_documents"]["remaining"]:
            return


def _home(path: Path | None) -> Home:
    return Home(path.resolve()) if path else Home.from_environment()


def _lease(home: Home) -> Lease | None:
    from gongkai import loads

    return loads.current_lease(home)


def _source(spec: str, parameter: str = "--source") -> str:
    """A source's name as it is, a path made absolute (the load may run with another working directory)."""
    if (PROJECT_ROOT / "sources" / f"{spec}.yaml").is_file():
        return spec
    path = Path(spec)
    if path.exists():
        return str(path.resolve())
    raise click.BadParameter(f"sources/ 里没有名为 {spec} 的来源，也没有这个路径。", param_hint=parameter)


def _echo(line: str) -> None:
    click.echo(line)
