"""The same PDF files through other table extractors: `python -m benchmarks.compare CORPUS [--tools a,b] [--with PYTHON]`.

Each tool gives its tables; one small script, the same for all, takes figures from them as a person would write it for
this form: a row by its label, the figures behind the label in their order. The tools are not part of the project:
install the dependency group `compare`, here or in an environment of its own whose Python `--with` names.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.corpus.keys import APPLICANTS, PROACTIVE, REVIEW_METRICS, request_rows, unit_of
from benchmarks.score import FamilyScore, compare, documents

Table = list[list[str | None]]
COLUMNS = ("right %", "silently wrong %", "doubtful %", "missing %")


# --- the tools


def pdfplumber_tables(data: bytes) -> list[Table]:
    """`extract_tables` by rulings; on a page without any, by the alignment of words."""
    import pdfplumber

    by_text = {"vertical_strategy": "text", "horizontal_strategy": "text"}
    with pdfplumber.open(io.BytesIO(data)) as document:
        return [t for page in document.pages for t in page.extract_tables() or page.extract_tables(by_text)]


def pymupdf_tables(data: bytes) -> list[Table]:
    """`find_tables` by rulings; on a page without any, by the alignment of words."""
    import pymupdf

    with contextlib.redirect_stdout(io.StringIO()), pymupdf.open(stream=data, filetype="pdf") as document:
        return [
            found.extract()
            for page in document
            for found in page.find_tables().tables or page.find_tables(strategy="text").tables
        ]


def camelot_tables(data: bytes) -> list[Table]:
    """`lattice`; where that finds nothing, `stream`."""
    import camelot

    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(data)
        file.flush()
        found = camelot.read_pdf(file.name, pages="all", flavor="lattice")
        if not len(found):
            found = camelot.read_pdf(file.name, pages="all", flavor="stream")
        return [table.data for table in found]


TOOLS: dict[str, tuple[str, Callable[[bytes], list[Table]] | None]] = {
    "gongkai": ("extract", None),
    "pdfplumber": ("pdfplumber", pdfplumber_tables),
    "PyMuPDF": ("pymupdf", pymupdf_tables),
    "camelot": ("camelot", camelot_tables),
}


# --- from tables to figures, as a person would script it


def plain(text: str | None) -> str:
    """A cell without white space, in half width."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text or ""))


def core(label: str) -> str:
    """A label's words alone: `(一)予以公开` -> `予以公开`; tools put numbers and points in front or behind."""
    return re.sub(r"[^一-鿿]", "", plain(label)).strip("一二三四五六七、")


def named(text: str, labels: dict[str, Any]) -> Any | None:
    """What a label's cell names: the same words, or words that begin alike."""
    words = core(text)
    if words in labels:
        return labels[words]
    return next((v for label, v in labels.items() if len(words) > 5 and label[:6] == words[:6]), None)


def value_of(metric: str, raw: str | None) -> tuple[str, float | None]:
    """Status and value of a printed cell."""
    text = plain(raw).replace(",", "")
    if text == "":
        return "blank", None
    if text in ("/", "-", "—", "无", "不适用", "N/A"):
        return "not_applicable", None
    if text in ("零", "0/0"):
        return "reported", 0.0
    match = re.match(r"(增|减|\+|-)?(\d+(?:\.\d+)?)(万元|元)?", text)
    if match is None:
        return "text", None
    value = float(match[2]) * (-1 if match[1] in ("减", "-") else 1)
    if metric == "proactive.procurement.amount" and match[3] == "万元":
        value *= 10_000
    return "reported", value


def figures(tables: list[Table], generation: str, one_other: bool) -> list[dict[str, Any]]:
    """The cells that a script finds in the tables of a document."""
    requests = {core(row.label): row.metric for row in request_rows(generation, one_other)}
    proactive = {core(row.label): row.metrics for part in PROACTIVE[generation] for row in part.rows}
    proactive |= {"规范性文件": next(m for label, m in proactive.items() if label.endswith("规范性文件"))}
    found: dict[tuple[str, str], str | None] = {}
    for table in tables:
        of_reviews = any("结果" in plain(cell) for row in table for cell in row)
        for row in table:
            for keys, texts in _row(row, requests, proactive, of_reviews):
                for key, text in zip(keys, texts, strict=True):
                    found.setdefault(key, text)
    return [
        {"metric": metric, "applicant": applicant, "status": status, "value": value, "unit": unit_of(metric), "raw": raw}
        for (metric, applicant), raw in found.items()
        for status, value in [value_of(metric, raw)]
    ]  # fmt: skip


def _row(
    row: list[str | None], requests: dict[str, str], proactive: dict[str, tuple[str, ...]], of_reviews: bool
) -> Iterator[tuple[list[tuple[str, str]], list[str | None]]]:
    """Keys and texts of one row, if it is one of the form's. `None` stands for a place that a merged cell covers."""
    for at in range(len(row) - 1, -1, -1):
        text = row[at] or ""
        values: list[str | None] = [cell for cell in row[at + 1 :] if cell is not None]
        metric = named(text, requests)
        if metric is not None and len(values) >= len(APPLICANTS):
            yield [(metric, a) for a in APPLICANTS], values[-len(APPLICANTS) :]
            return
        metrics = named(text, proactive)
        if metrics is not None and len(values) >= len(metrics):
            yield [(m, "all") for m in metrics], values[: len(metrics)]
            return
    cells: list[str | None] = [cell for cell in row if cell is not None]
    if (
        of_reviews
        and len(cells) >= len(REVIEW_METRICS)
        and not re.search(r"[一-鿿]", plain("".join(c or "" for c in cells)))
    ):
        yield [(m, "all") for m in REVIEW_METRICS], cells[-len(REVIEW_METRICS) :]


# --- one tool over a corpus


@dataclass(slots=True)
class Line:
    """What one tool makes of a corpus."""

    tool: str
    score: FamilyScore
    milliseconds: list[float]

    def shares(self) -> list[float]:
        cells = max(1, self.score.cells)
        lost = self.score.missing + self.score.other
        return [
            100 * n / cells for n in (self.score.right, len(self.score.silent), self.score.doubtful, lost)
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "tool": self.tool,
            "documents": len(self.milliseconds),
            "cells": self.score.cells,
            "shares": self.shares(),
            "perfect": self.score.perfect,
            "ms": statistics.median(self.milliseconds) if self.milliseconds else None,
        }


def measured(tool: str, corpus: Path) -> Line:
    """Run a tool over the PDF families of a corpus; CPU time includes taking the figures."""
    line = Line(tool, FamilyScore(tool), [])
    for folder in sorted(corpus.glob("pdf_*")):
        for path, truth in documents(folder):
            data = path.read_bytes()
            started = time.process_time()
            got = _read(tool, data, path.name, truth)
            line.milliseconds.append(1000 * (time.process_time() - started))
            line.score.perfect += compare(line.score, path.name, got, truth | {"claims": []})
    return line


def _read(tool: str, data: bytes, name: str, truth: dict[str, Any]) -> dict[str, Any]:
    header = {key: truth[key] for key in ("agency", "year", "generation")}
    tables = TOOLS[tool][1]
    if tables is None:
        from extract.document import extract_document

        (found, *_) = extract_document(data, name)
        return found | {"report": header}
    one_other = truth["generation"] == "2021" and any(c["metric"] == "requests.other" for c in truth["cells"])
    try:
        cells = figures(tables(data), truth["generation"], one_other)
    except Exception as fault:  # noqa: BLE001  (a tool that fails on a file has read nothing of it)
        return {"error": {"class": type(fault).__name__}, "report": header, "cells": []}
    return {"error": None, "report": header, "cells": cells}


def lines(corpus: Path, tools: list[str], other_python: str | None) -> Iterator[dict[str, Any]]:
    """Results tool by tool; a tool that is not installed here is run by the other Python, if one is named."""
    for tool in tools:
        if importlib.util.find_spec(TOOLS[tool][0]) is not None:
            yield measured(tool, corpus).as_json()
        elif other_python:
            command = [other_python, "-m", "benchmarks.compare", str(corpus), "--tools", tool, "--json"]
            run = subprocess.run(
                command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1]
            )
            yield json.loads(run.stdout.splitlines()[-1])
        else:
            yield {"tool": tool, "documents": 0}


def markdown(rows: list[dict[str, Any]]) -> str:
    """The results as a markdown table."""
    head = ["tool", "documents", "cells", *COLUMNS, "perfect documents", "CPU ms a document (median)"]
    out = [head, ["---"] * len(head)]
    for row in rows:
        if not row["documents"]:
            out.append([row["tool"], *["not installed"], *[""] * (len(head) - 2)])
            continue
        shares = [f"{share:.2f}" for share in row["shares"]]
        perfect = f"{row['perfect']} of {row['documents']}"
        out.append(
            [row["tool"], str(row["documents"]), f"{row['cells']:,}", *shares, perfect, f"{row['ms']:.0f}"]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in out)


def main() -> None:
    """Read the arguments, run the tools, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("corpus", type=Path, help="a corpus with PDF families")
    parser.add_argument("--tools", default=",".join(TOOLS), help=f"of {', '.join(TOOLS)}")
    parser.add_argument("--with", dest="python", help="the Python of an environment that has the other tools")
    parser.add_argument("--json", action="store_true", help="a JSON object a tool instead of the table")
    arguments = parser.parse_args()
    rows = []
    for row in lines(arguments.corpus.resolve(), arguments.tools.split(","), arguments.python):
        rows.append(row)
        if arguments.json:
            print(json.dumps(row))
    if not arguments.json:
        print(markdown(rows))


if __name__ == "__main__":
    sys.exit(main())
