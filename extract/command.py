"""`gongkai extract PATH…`: read documents and print what is in them; nothing is stored."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from extract.document import extract_document
from extract.pull.directory import walk

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
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format", "output", type=click.Choice(["jsonl", "table", "csv"]), default="table", show_default=True
)
def extract_command(paths: tuple[Path, ...], output: str) -> None:
    """Read documents and print the reports in them.

    Standard output carries the result only; progress and errors go to standard error. Exit status 0: all read;
    1: some document has an error; 2: wrong usage.
    """
    documents = [path for given in paths for path in walk(given)]
    results = _read(documents)
    failed = {"jsonl": _print_jsonl, "csv": _print_csv, "table": _print_table}[output](results)
    sys.exit(1 if failed else 0)


def _read(documents: list[Path]) -> Iterator[dict[str, Any]]:
    progress = sys.stderr.isatty() and len(documents) > 1
    for number, path in enumerate(documents, start=1):
        if progress:
            click.echo(f"\r{number}/{len(documents)} {path.name[:50]:<50}", err=True, nl=False)
        yield from extract_document(path.read_bytes(), path.name, path=str(path))
    if progress:
        click.echo("", err=True)


def _note_error(result: dict[str, Any]) -> bool:
    error = result["error"]
    if error is not None:
        click.echo(f"{_named(result['document'])}: {error['class']}: {error['sentence']}", err=True)
    return error is not None


def _named(document: dict[str, Any]) -> str:
    """A document's path, with the member of an archive behind it."""
    return document["path"] if document["member"] is None else f"{document['path']} › {document['member']}"


def _print_jsonl(results: Iterable[dict[str, Any]]) -> bool:
    failed = False
    for result in results:
        click.echo(json.dumps(result, ensure_ascii=False))
        failed |= _note_error(result)
    return failed


def _print_csv(results: Iterable[dict[str, Any]]) -> bool:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)
    failed = False
    for result in results:
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


def _print_table(results: Iterable[dict[str, Any]]) -> bool:
    failed = False
    for result in results:
        if _note_error(result):
            failed = True
            continue
        for line in table_lines(result):
            click.echo(line)
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
