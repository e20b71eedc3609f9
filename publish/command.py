"""`gongkai publish` and `gongkai export`: what is published now, in other places and formats."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from gongkai.errors import GongkaiError, UsageError
from gongkai.settings import Home
from publish.snapshot import PublishError

_home_option = click.option(
    "--home",
    "home_path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything lives (default: GONGKAI_HOME, else data/ in the checkout).",
)


@click.command("publish")
@click.option("--postgres", is_flag=True, help="To the PostgreSQL server that GONGKAI_POSTGRES names.")
@click.option("--exports", is_flag=True, help="The files that exports.yaml asks for.")
@click.option(
    "--replace",
    is_flag=True,
    help="PostgreSQL: also if it holds something else than an earlier state of this warehouse.",
)
@_home_option
def publish_command(postgres: bool, exports: bool, replace: bool, home_path: Path | None) -> None:
    """Bring PostgreSQL or the exported files up to what is published now.

    A load does this by itself; run it after a failure, or after changing the settings. Nothing is built or loaded.
    """
    if not (postgres or exports):
        raise click.UsageError("请说明发布到哪里：--postgres 或 --exports。")
    home = _home(home_path)
    try:
        if postgres:
            _publish_postgres(home, replace=replace)
        if exports:
            _publish_exports(home)
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    except (GongkaiError, PublishError) as error:
        raise click.ClickException(str(error)) from error


@click.command("export")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["xlsx", "csv", "parquet"]),
    required=True,
    help="What to write.",
)
@click.option("--year", type=click.IntRange(2008, 2100), help="Report year (xlsx, csv).")
@click.option(
    "--place",
    metavar="CODE_OR_NAME",
    help="Division code (36, 360000) or name (xlsx, csv; default: all agencies).",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write into; made if it is missing.",
)
@_home_option
def export_command(
    file_format: str, year: int | None, place: str | None, out: Path, home_path: Path | None
) -> None:
    """Write published tables as files.

    xlsx: one workbook for a year and a place. csv: the same as a folder of files. parquet: all tables of all years with a data
    package. Prints the path written.
    """
    home = _home(home_path)
    try:
        click.echo(str(_export(home, file_format, year, place, out)))
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    except (GongkaiError, PublishError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _export(home: Home, file_format: str, year: int | None, place: str | None, out: Path) -> Path:
    if file_format == "parquet":
        from publish.parquet_files import export_parquet

        if year is not None or place is not None:
            raise UsageError("parquet 导出全部年度和地方，不接受 --year 和 --place。")
        return export_parquet(home.warehouse, out)
    from publish.sheets.export import Format, export_sheets

    if year is None:
        raise UsageError("请用 --year 指明年度。")
    return export_sheets(
        home.warehouse, year=year, place=place, file_format=cast(Format, file_format), out=out
    )


def _publish_postgres(home: Home, *, replace: bool) -> None:
    from publish.postgres.publishing import publish_postgres
    from publish.postgres.target import CONNECTION, Target, UnavailableError

    target = Target.from_environment()
    if target is None:
        raise UsageError(
            f"没有设置 PostgreSQL：请在环境变量 {CONNECTION} 中给出连接串，如 postgresql://loader@db.example/marts。"
        )
    try:
        done = publish_postgres(home.warehouse, target, replace=replace)
    except UnavailableError as error:
        raise GongkaiError(str(error)) from error
    click.echo(done.sentence)


def _publish_exports(home: Home) -> None:
    from publish.exports import export_wanted

    written = export_wanted(home)
    for path in written:
        click.echo(str(path))
    if not written:
        click.echo(f"{home.root / 'exports.yaml'} 没有要求导出任何文件。")


def _home(path: Path | None) -> Home:
    return Home(path.resolve()) if path else Home.from_environment()
