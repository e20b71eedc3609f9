"""`gongkai notice`: write the notices that an office sends about reports that do not add up."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import click

from gongkai.errors import GongkaiError, UsageError
from gongkai.settings import TIME_ZONE, Home

_home_option = click.option(
    "--home",
    "home_path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything lives (default: GONGKAI_HOME, else data/ in the checkout).",
)


@click.command("notice")
@click.argument("asked", nargs=-1, required=True, metavar="[AGENCY] YEAR")
@click.option("--place", metavar="CODE", help="All agencies of a place and below it, instead of one agency.")
@click.option("--office", required=True, help="Name of the office that sends it.")
@click.option("--number", help="The document's number (发文字号); one agency only.")
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="Its date (default: today).")
@click.option(
    "--days", default=10, show_default=True, type=click.IntRange(1, 365), help="Working days to answer."
)
@click.option("--pdf", is_flag=True, help="As PDF, too (LibreOffice must be installed).")
@click.option(
    "--out",
    default=Path("notices"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to.",
)
@_home_option
def notice_command(
    asked: tuple[str, ...],
    place: str | None,
    office: str,
    number: str | None,
    on: datetime | None,
    days: int,
    pdf: bool,
    out: Path,
    home_path: Path | None,
) -> None:
    """Write the correction notice to AGENCY (its full name or key) about its report of YEAR, as DOCX.

    With --place one for each agency whose report breaks a rule, and a list of them (index.csv). What is on the review list as doubtful is
    in no notice: an agency is told only what both readings of its report say.
    """
    from publish.notice.document import Sender
    from publish.notice.write import write_notices

    *agencies, last = asked
    if not re.fullmatch(r"20\d\d", last) or len(agencies) > 1:
        raise click.UsageError("请写成：gongkai notice 机关 年度，如 gongkai notice 某省某市教育局 2023。")
    year, agency = int(last), agencies[0] if agencies else None
    if (agency is None) == (place is None):
        raise click.UsageError("请写明一个机关，或用 --place 指定一个地方，二者择一。")
    if place is not None and number is not None:
        raise click.UsageError("--number 只用于单个机关。")
    home = Home(home_path.resolve()) if home_path else Home.from_environment()
    sender = Sender(office, (on or datetime.now(TIME_ZONE)).date(), days, number)
    try:
        written = write_notices(home, year, sender, out, agency=agency, place=place, pdf=pdf)
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    except GongkaiError as error:
        raise click.ClickException(str(error)) from error
    for path, case in written:
        click.echo(f"{path}  {case.agency}：{len(case.faults)} 处")
    if not written:
        click.echo("没有需要更正的地方，没有写出函件。")
