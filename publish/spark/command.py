"""`gongkai build`: the warehouse from the landing zone on another engine than the embedded one."""

from __future__ import annotations

from pathlib import Path

import click

from gongkai.errors import GongkaiError
from gongkai.settings import Home
from publish.spark.launch import build_on_spark


@click.command("build")
@click.option(
    "--target",
    type=click.Choice(["spark"]),
    required=True,
    help="The engine. (DuckDB's build is part of every load.)",
)
@click.option("--landing", help="Folder or address (s3a://…) of the landing zone (default: the home's).")
@click.option("--warehouse", help="Folder or address to keep the tables under (default: spark/ in the home).")
@click.option("--load-id", help="The load to show (default: the one published last).")
@click.option("--master", default="local[*]", show_default=True, help="Where Spark does the work.")
@click.option("--conf", multiple=True, metavar="NAME=VALUE", help="A setting of Spark's; may be repeated.")
@click.option("--no-tests", is_flag=True, help="Leave dbt's tests out.")
@click.option(
    "--home",
    "home_path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything lives (default: GONGKAI_HOME, else data/ in the checkout).",
)
def build_command(
    target: str,
    landing: str | None,
    warehouse: str | None,
    load_id: str | None,
    master: str,
    conf: tuple[str, ...],
    no_tests: bool,
    home_path: Path | None,
) -> None:
    """Build the warehouse on Spark from the landing zone of the published loads.

    Everything is built anew; the published warehouse is left alone. See docs/spark.md.
    """
    home = Home(home_path.resolve()) if home_path else Home.from_environment()
    try:
        place = build_on_spark(
            home,
            write=click.echo,
            landing=landing,
            warehouse=warehouse,
            load_id=load_id,
            master=master,
            with_tests=not no_tests,
            settings=conf,
        )
    except GongkaiError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{target} 上的数据仓库：{place}")
