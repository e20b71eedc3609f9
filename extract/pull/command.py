"""`gongkai source`: look at sources from the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

import click

from extract.pull.preview import Preview, PreviewedLink, preview
from extract.pull.schema import Source, SourceError
from extract.pull.source import json_schema, load_source, source_names
from gongkai.settings import Home

SHOWN = 30
"""Documents that a check shows unless it is told otherwise."""


@click.group("source")
def source_command() -> None:
    """Look at the sources of documents."""


@source_command.command("list")
def list_command() -> None:
    """List the sources in sources/; exit status 1 if a file is wrong."""
    rows = [("名称 name", "类别 kind", "启用", "地区", "标题 title")]
    mistakes = []
    for name in source_names():
        try:
            source = load_source(name)
        except SourceError as error:
            mistakes.append(str(error))
            continue
        enabled = "是" if source.enabled else "否"
        rows.append((source.name, source.kind, enabled, source.place or "", source.title or ""))
    for line in _table(rows):
        click.echo(line)
    for mistake in mistakes:
        click.echo(f"✘ {mistake}", err=True)
    sys.exit(1 if mistakes else 0)


@source_command.command("check")
@click.argument("name")
@click.option("--pages", default=1, show_default=True, help="List pages to fetch.")
@click.option("--limit", default=SHOWN, show_default=True, help="Documents to show.")
@click.option(
    "--home",
    "home_path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to look up what has been pulled already (default: GONGKAI_HOME, else data/ in the checkout).",
)
def check_command(name: str, pages: int, limit: int, home_path: Path | None) -> None:
    """Fetch a list page of the source NAME and show what would be pulled; nothing is stored.

    Exit status: 0 there is something to pull, 1 there is not, 2 no such source or its file is wrong.
    """
    home = Home(home_path.resolve()) if home_path else Home.from_environment()
    try:
        source = load_source(name)
    except SourceError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from error
    try:
        found = preview(source, home, pages=pages)
    except SourceError as error:
        raise click.ClickException(str(error)) from error
    for line in _report(source, found, limit):
        click.echo(line)
    sys.exit(0 if found.links else 1)


@source_command.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of the files in sources/, for editors."""
    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=1))


def _report(source: Source, found: Preview, limit: int) -> Iterator[str]:
    yield f"来源 {source.name}（{source.kind}）{source.title or ''}".rstrip()
    yield (
        f"看了 {found.lists} 个列表页，列出 {len(found.links)} 份；另有 {found.further} 个列表页或文件没有看"
    )
    if found.links:
        yield ""
        rows: list[tuple[str, ...]] = [("", "年度", "日期", "标题", "机关", "会怎样", "地址")]
        rows += [_row(number, link) for number, link in enumerate(found.links[:limit], 1)]
        yield from _table(rows)
        if len(found.links) > limit:
            yield f"…另有 {len(found.links) - limit} 份，用 --limit 显示更多"
    if found.problems:
        yield ""
        yield from (f"✘ {problem}" for problem in found.problems)
    yield ""
    yield "没有保存任何内容。"


def _row(number: int, link: PreviewedLink) -> tuple[str, ...]:
    fate = "不在所需年度" if not link.is_wanted else "已知，到期复查" if link.known else "拉取"
    day = link.published_on.isoformat() if link.published_on else ""
    year = str(link.year) if link.year is not None else "？"
    title = (link.title or "")[:40]
    return (str(number), year, day, title, link.agency or "", fate, unquote(link.address))


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            text + " " * (width - _columns(text)) for text, width in zip(row, widths, strict=True) if width
        )
        yield "  ".join(cells).rstrip()


def _columns(text: str) -> int:
    """How many terminal columns a text takes: Chinese characters take two."""
    return sum(2 if ord(character) >= 0x2E80 else 1 for character in text)
