"""`gongkai show DOCUMENT --cell METRIC:APPLICANT`: where a cell stands in its document, and how it was read."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from extract.spot import Source, excerpt, load_source
from gongkai.settings import Home

_CAPTION_SIZE = 21
_STATUS_ZH = {
    "reported": "已填报",
    "blank": "空白",
    "not_applicable": "不适用",
    "text": "文字",
    "missing": "缺失",
    "doubtful": "存疑",
}


@click.command(
    "show", help="显示单元格在原文件中的位置和读数：PDF 输出带框的页面图片，其他格式输出位置和摘录。"
)
@click.argument("document")
@click.option("--cell", required=True, metavar="METRIC[:APPLICANT]", help="如 requests.granted:total。")
@click.option(
    "--report", "index", type=click.IntRange(0), default=0, help="文件含多份报告时的序号（从 0 起）。"
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="图片文件（默认写在当前目录）。"
)
@click.option("--home", "home_path", type=click.Path(file_okay=False, path_type=Path), help="数据目录。")
def show_command(document: str, cell: str, index: int, output: Path | None, home_path: Path | None) -> None:
    """Show a cell in its document.

    DOCUMENT is a path, or the sha256 (or the first digits of it) of a document stored in the home. Exit status 0:
    shown; 1: the document can't be read or the cell is not printed in it; 2: wrong usage.
    """
    from extract.bulk import READING, Listed, read_all
    from extract.worker import Pool

    path = _document(document, Home(home_path.resolve()) if home_path else Home.from_environment())
    with Pool(READING, jobs=1) as pool:
        (lines,) = read_all(pool, [Listed(path)])
    reports = [json.loads(line) for line in lines.lines]
    if index >= len(reports):
        raise click.BadParameter(f"文件只有 {len(reports)} 份报告。", param_hint="--report")
    found = reports[index]
    if found["error"] is not None:
        raise click.ClickException(f"{found['error']['class']}: {found['error']['sentence']}")
    wanted = _cell(found, cell)
    caption = list(_caption(found, wanted))
    for line in caption:
        click.echo(line)
    where = wanted["where"]
    source = load_source(path, found["document"]["member"])
    if "page" in where and "box" in where:
        target = output or Path(f"{path.stem}-{cell.replace(':', '-')}.png")
        _picture(source, where, caption, target)
        click.echo(f"图片 picture: {target}")
        return
    if output is not None:
        click.echo("此格式没有页面坐标，未生成图片。", err=True)
    for line in excerpt(source, where):
        click.echo(line)
    if wanted["status"] == "missing":
        sys.exit(1)


def _document(given: str, home: Home) -> Path:
    path = Path(given)
    if path.is_file():
        return path
    if re.fullmatch(r"[0-9a-f]{6,64}", given):
        folder = home.documents / given[:2]
        stored = sorted(p for p in folder.glob(f"{given}*") if p.is_file())
        if len(stored) == 1:
            return stored[0]
        if stored:
            raise click.BadParameter(
                f"{given} 对应 {len(stored)} 份文件，请多写几位。", param_hint="DOCUMENT"
            )
    raise click.BadParameter(f"没有文件 {given}，数据目录里也没有以此为摘要的文件。", param_hint="DOCUMENT")


def _cell(report: Mapping[str, Any], spec: str) -> dict[str, Any]:
    metric, _, applicant = spec.partition(":")
    cells: list[dict[str, Any]] = [c for c in report["cells"] if c["metric"] == metric]
    if not cells:
        close = sorted({c["metric"] for c in report["cells"] if metric.split(".")[-1] in c["metric"]})[:5]
        hint = f"相近的有：{'、'.join(close)}" if close else "见数据字典"
        raise click.BadParameter(f"本报告没有指标 {metric}；{hint}。", param_hint="--cell")
    if not applicant:
        applicant = "all" if any(c["applicant"] == "all" for c in cells) else "total"
    for found in cells:
        if found["applicant"] == applicant:
            return found
    there = "、".join(c["applicant"] for c in cells)
    raise click.BadParameter(f"指标 {metric} 没有申请人 {applicant}；有：{there}。", param_hint="--cell")


def _caption(report: Mapping[str, Any], cell: Mapping[str, Any]) -> Iterator[str]:
    from extract.form import load_form

    header = report["report"]
    metrics = {m.key: m.name_zh for m in load_form().generation(header["generation"]).metrics()}
    value = "—" if cell["value"] is None else f"{cell['value']} {cell['unit'] or ''}".rstrip()
    yield f"{header['agency'] or '（机关不明）'} {header['year'] or '（年份不明）'}"
    yield f"指标 metric: {cell['metric']}（{metrics.get(cell['metric'], '')}）"
    if cell["applicant"] != "all":
        names = {a.key: a.zh for a in load_form().shared.applicants}
        yield f"申请人 applicant: {cell['applicant']}（{names.get(cell['applicant'], '')}）"
    yield f"状态 status: {cell['status']}（{_STATUS_ZH.get(cell['status'], '')}）"
    yield f"数值 value: {value}"
    yield f"原文 raw: {json.dumps(cell['raw'], ensure_ascii=False)}"
    yield f"依据 evidence: {', '.join(cell['evidence']) or '—'}"
    where = cell["where"]
    place = [f"第 {where['page']} 页" if "page" in where else "", str(where.get("path", ""))]
    place.append(f"第 {where['line']} 行" if "line" in where else "")
    yield f"位置 place: {' '.join(filter(None, place)) or '—'}"


# --- the page as a picture


def _picture(source: Source, where: Mapping[str, Any], caption: list[str], target: Path) -> None:
    from extract.show_picture import compose, find_font, page_picture

    try:
        shown = page_picture(source.data, source.name, where["page"])
    except (OSError, ValueError) as error:
        raise click.ClickException(f"第 {where['page']} 页无法画出（{error}）；位置见上。") from error
    font = find_font(_CAPTION_SIZE)
    if font is None:
        click.echo("没有找到中文字体，图片上只写英文部分；说明见上。", err=True)
    told = caption if font is not None else [line for line in caption if line.isascii()]
    if shown.sketch and font is not None:
        told = [*told, "（示意图：按文字和线条的坐标画出）"]
    target.parent.mkdir(parents=True, exist_ok=True)
    compose(shown, where["box"], told, font).save(target, "PNG")
