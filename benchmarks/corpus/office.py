"""Older office formats (DOC, RTF, ODT, XLS), converted by LibreOffice from the DOCX and XLSX written here."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from benchmarks.corpus.pdf import convert_office
from benchmarks.corpus.report import Report
from benchmarks.corpus.sheets import write_workbook
from benchmarks.corpus.word import WordStyle, write_docx

Rendered = tuple[str, bytes]


def _word(target: str) -> Callable[[list[Report], Random], list[Rendered]]:
    def render(reports: list[Report], rng: Random) -> list[Rendered]:
        contents = [
            write_docx(report, rng, WordStyle(split_runs=rng.random() < 0.3, one_table=rng.random() < 0.3))
            for report in reports
        ]
        suffix = "." + target.partition(":")[0]
        return [(suffix, content) for content in convert_office(contents, "docx", target)]

    return render


def _xls(reports: list[Report], rng: Random) -> list[Rendered]:
    contents = [
        write_workbook(report, rng, rng.choice(("plain", "bare", "formats", "sheets"))) for report in reports
    ]
    return [(".xls", content) for content in convert_office(contents, "xlsx", "xls:MS Excel 97")]


BATCHES: dict[str, Callable[[list[Report], Random], list[Rendered]]] = {
    "doc": _word("doc:MS Word 97"),
    "rtf": _word("rtf:Rich Text Format"),
    "odt": _word("odt:writer8"),
    "xls": _xls,
}
"""Family name -> renderer of all its documents at once."""
