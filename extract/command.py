"""`gongkai extract PATH…`: read documents and print what is in them; nothing is stored."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from extract.worker import Pool

if TYPE_CHECKING:
    from extract.bulk import Listed

_COLUMNS = (
    "path",
    "member",
    "agency",
    "year",
    "generation",
    "metric",
    "applicant",
    "status",
    "value",
    "unit",
    "raw",
    "place",
)


@click.command("extract", help="读取文件或文件夹中的年度报告，输出各单元格、正文所述件数和核对结果。")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format", "output", type=click.Choice(["jsonl", "table", "csv"]), help="输出格式（默认 table）。"
)
@click.option("--jobs", type=click.IntRange(1, 256), help="同时读取的文件数（默认等于可用的处理器核数）。")
@click.option(
    "--output",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="写入文件（jsonl）；再次运行时从上次中断处继续。",
)
def extract_command(paths: tuple[Path, ...], output: str | None, jobs: int | None, file: Path | None) -> None:
    """Read documents and print the reports in them.

    Standard output carries the result only; progress and errors go to standard error. Exit status 0: all read;
    1: some document has an error; 2: wrong usage.
    """
    for given in paths:
        if not given.exists() and not given.is_symlink():
            raise click.BadParameter(f"路径 {_printable(str(given))} 不存在。", param_hint="PATHS")
    if file is not None and output not in (None, "jsonl"):
        raise click.UsageError("--output 只写 jsonl 格式。")
    with Pool("extract.bulk:read_file", jobs=jobs) as pool:  # its imports run beside our own
        from extract.bulk import listing

        documents = [listed for given in paths for listed in listing(given)]
        if file is not None:
            failed = _write(pool, documents, file)
        else:
            show = {"jsonl": _print_jsonl, "csv": _print_csv, "table": _print_table}[output or "table"]
            failed = show(_read(pool, documents))
    sys.exit(1 if failed else 0)


def _read(pool: Pool, documents: list[Listed]) -> Iterator[str]:
    from extract.bulk import read_all, standard_error_progress

    for lines in read_all(pool, documents, standard_error_progress(len(documents))):
        yield from lines.lines


def _write(pool: Pool, documents: list[Listed], file: Path) -> bool:
    """Write all results to a file, or what it does not hold yet; True if some document has an error."""
    from extract.bulk import NotAContinuationError, continued, read_all, standard_error_progress

    try:
        with continued(file, documents) as target:
            if target.done:
                click.echo(f"{file} 已有 {target.done} 份文件的结果，从其后继续。", err=True)
            failed = target.failed > 0
            rest = documents[target.done :]
            progress = standard_error_progress(len(documents), target.done) if rest else None
            for lines in read_all(pool, rest, progress):
                target.write(lines)
                if lines.failed:
                    failed = True
                    for line in lines.lines:
                        _note_error(json.loads(line))
    except NotAContinuationError as error:
        raise click.UsageError(str(error)) from error
    return failed


def _printable(text: str) -> str:
    """A name as it may be written to a terminal: no control characters."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _note_error(result: dict[str, Any]) -> bool:
    error = result["error"]
    if error is not None:
        path = _named(result["document"])
        click.echo(_printable(f"{path}: {error['class']}: {error['sentence']}"), err=True)
    return error is not None


def _named(document: dict[str, Any]) -> str:
    """A document's path, with the member of an archive behind it."""
    return document["path"] if document["member"] is None else f"{document['path']} › {document['member']}"


def _print_jsonl(lines: Iterable[str]) -> bool:
    failed = False
    for line in lines:
        click.echo(line)
        if not line.endswith('"error": null}'):
            failed |= _note_error(json.loads(line))
    return failed


def _print_csv(lines: Iterable[str]) -> bool:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)
    failed = False
    for result in map(json.loads, lines):
        failed |= _note_error(result)
        report = result["report"] or {}
        for cell in result["cells"]:
            writer.writerow(
                [
                    _guarded(result["document"]["path"]),
                    _guarded(result["document"]["member"]),
                    _guarded(report.get("agency")),
                    report.get("year"),
                    report.get("generation"),
                    *(cell[key] for key in ("metric", "applicant", "status", "value", "unit")),
                    _guarded(cell["raw"]),
                    _place(cell["where"]),
                ]
            )
    return failed


def _guarded(text: str | None) -> str | None:
    """Text that a spreadsheet would take for a formula gets a quotation mark in front."""
    return f"'{text}" if text and text[0] in "=+-@\t\r" and not text[1:].replace(".", "").isdigit() else text


def _place(where: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in where.items())


def _print_table(lines: Iterable[str]) -> bool:
    failed = False
    for result in map(json.loads, lines):
        if _note_error(result):
            failed = True
            continue
        for line in table_lines(result):
            click.echo(_printable(line))
    return failed


def table_lines(result: dict[str, Any]) -> Iterator[str]:
    """A report as a person reads it in a terminal: the three tables, then what is wrong."""
    from extract.form import load_form

    report = result["report"]
    generation = load_form().generation(report["generation"])
    cells = {(cell["metric"], cell["applicant"]): cell for cell in result["cells"]}
    yield f"{report['agency'] or '（机关不明）'}  {report['year'] or '（年份不明）'}  {report['generation']} 表样  {_named(result['document'])}"
    applicants = [a.key for a in generation.shared.applicants]
    for metric in generation.metrics():
        keys = [(metric.key, a) for a in generation.applicant_keys(metric)]
        shown = [_shown(cells[key]) for key in keys if key in cells]
        if shown:
            head = "  ".join(f"{value:>6}" for value in shown) if len(shown) == len(applicants) else shown[0]
            yield f"  {_padded(metric.name_zh, 44)} {head}"
    for finding in result["findings"]:
        if finding["outcome"] == "broken":
            yield f"  ✗ {finding['message']}"
    open_ = sum(finding["outcome"] == "not_assessable" for finding in result["findings"])
    if open_:
        yield f"  ? {open_} 项核对因空白、缺失或存疑而无法进行"
    yield ""


_SHOWN = {"blank": "·", "not_applicable": "/", "missing": "缺", "text": "文"}


def _shown(cell: dict[str, Any]) -> str:
    if cell["status"] == "doubtful":
        return f"?{cell['value'] if cell['value'] is not None else ''}"
    return _SHOWN.get(cell["status"]) or str(cell["value"])


def _padded(text: str, width: int) -> str:
    """Pad by display width: a Chinese character takes two columns."""
    used = sum(2 if ord(c) > 0x2E80 else 1 for c in text)
    return text + " " * max(0, width - used)
