"""`gongkai show DOCUMENT --cell METRIC:APPLICANT`: where a cell stands in its document, and how it was read."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gongkai.settings import Home

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

_SCALE = 2.0
"""Pixels a point: 144 dots an inch, enough to read small digits."""
_MOST_PIXELS = 6000
_MARGIN = 14
_CAPTION_WIDTH = 460
_RED, _BLACK, _GREY, _WHITE = (200, 30, 30), (20, 20, 20), (110, 110, 110), (255, 255, 255)
_FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
)
_FONTS = re.compile(r"(NotoSansCJK|NotoSerifCJK|SourceHanSans|SourceHanSerif|NotoSansSC|wqy-|uming|ukai|DroidSansFallback"
                    r"|PingFang|STHeiti|simsun|simhei|msyh).*\.(ttc|otf|ttf)$", re.IGNORECASE)  # fmt: skip
_AROUND = 2
"""Lines of a text shown before and behind the cell's line."""

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
    if "page" in where and "box" in where:
        target = output or Path(f"{path.stem}-{cell.replace(':', '-')}.png")
        _picture(path, where["page"], where["box"], caption, target)
        click.echo(f"图片 picture: {target}")
        return
    if output is not None:
        click.echo("此格式没有页面坐标，未生成图片。", err=True)
    for line in _excerpt(path, found["document"]["format"], wanted):
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


def _picture(path: Path, page: int, box: list[float], caption: list[str], target: Path) -> None:
    from PIL import Image, ImageDraw

    shown, scale = _page(path, page)
    font = _font(20)
    told = caption if font is not None else [line for line in caption if line.isascii()]
    lines = list(_wrapped(told, font or _plain_font(20), _CAPTION_WIDTH - 2 * _MARGIN))
    picture = Image.new(
        "RGB", (shown.width + _CAPTION_WIDTH, max(shown.height, 30 * len(lines) + 40)), _WHITE
    )
    picture.paste(shown, (0, 0))
    draw = ImageDraw.Draw(picture)
    x0, top, x1, bottom = (edge * scale for edge in box)
    for grow in range(3):
        draw.rectangle((x0 - grow - 1, top - grow - 1, x1 + grow + 1, bottom + grow + 1), outline=_RED)
    draw.line((x1 + 4, (top + bottom) / 2, shown.width + 4, _MARGIN + 10), fill=_RED, width=1)
    draw.line((shown.width, 0, shown.width, picture.height), fill=_GREY)
    for number, line in enumerate(lines):
        draw.text(
            (shown.width + _MARGIN, _MARGIN + 30 * number), line, fill=_BLACK, font=font or _plain_font(20)
        )
    if font is None:
        click.echo("没有找到中文字体，图片上只写英文部分；说明见上。", err=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.save(target, "PNG")


def _page(path: Path, page: int) -> tuple[Image, float]:
    """The page as displayed, and how many pixels a point has; a picture is its own page at one pixel a point."""
    import pypdfium2
    from PIL import Image as pictures  # noqa: N813  (the name is the type here)

    data = path.read_bytes()
    if b"%PDF-" not in data[:1024]:
        with pictures.open(path) as picture:
            picture.seek(page - 1)
            return picture.convert("RGB"), 1.0
    document = pypdfium2.PdfDocument(data)
    try:
        sheet = document[page - 1]
        scale = min(_SCALE, _MOST_PIXELS / max(*sheet.get_size(), 1.0))
        rendered: Image = sheet.render(scale=scale).to_pil().convert("RGB")
        return rendered, scale
    finally:
        document.close()


def _font(size: int) -> FreeTypeFont | None:
    """A font with Chinese characters, if the machine has one."""
    from PIL import ImageFont

    for folder in _FONT_FOLDERS:
        for file in sorted(Path(folder).expanduser().rglob("*")):
            if _FONTS.search(file.name):
                try:
                    return ImageFont.truetype(str(file), size)
                except OSError:  # not a font after all
                    continue
    return None


def _plain_font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _wrapped(lines: list[str], font: Any, width: int) -> Iterator[str]:
    for line in lines:
        part = ""
        for character in line.replace("\n", "⏎"):
            if font.getlength(part + character) > width:
                yield part
                part = "    "
            part += character
        yield part


# --- element paths and lines


def _excerpt(path: Path, kind: str, cell: Mapping[str, Any]) -> Iterator[str]:
    """What stands around the cell: lines of a text, the row of a table in a page or an office file."""
    where = cell["where"]
    if "line" in where:
        from extract.read.encoding import decode

        text = decode(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
        lines = text.split("\n")
        at = where["line"] - 1
        for number in range(max(0, at - _AROUND), min(len(lines), at + _AROUND + 1)):
            yield f"{'▶' if number == at else ' '} {number + 1:>6}  {_visible(lines[number])}"
        return
    if "path" in where:
        for text, place in _row(path, where["path"]):
            yield f"{'▶' if place == where['path'] else ' '} {_visible(text)}"


def _row(path: Path, element: str) -> list[tuple[str, str]]:
    """Texts and paths of the cells in the row of a grid that holds the element."""
    from extract.model import Grid
    from extract.read import read_document

    for block in read_document(path.read_bytes(), path.name).blocks:
        if not isinstance(block, Grid):
            continue
        rows = {c.row for c in block.cells if c.place.path == element}
        if rows:
            return [(c.text, c.place.path or "") for c in block.cells if c.row in rows]
    return []


def _visible(text: str) -> str:
    shown = "".join(c if c.isprintable() else {"\t": "⇥", "\n": "⏎"}.get(c, "\ufffd") for c in text)
    return shown if len(shown) <= 160 else shown[:160] + "…"
