"""Everything that is measured, in one run: `python benchmarks/run.py [--quick]` (or `make bench`).

Ratios count more than milliseconds: each compares two things in the same process on the same files.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a script from anywhere

from benchmarks.corpus.families import family_names, render_family  # noqa: E402
from benchmarks.corpus.pdf import PRINTED  # noqa: E402
from benchmarks.score import FamilyScore, compare, documents, score_folder, table  # noqa: E402

RENDERERS = ("chromium", "soffice", "pdftotext")
Reader = Callable[[bytes, str], Any]


def main() -> None:
    """Make or take a corpus, then measure speed, memory and accuracy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="two documents a family and 1,000 documents of soak"
    )
    parser.add_argument("--corpus", type=Path, help="a corpus made before, instead of a new one")
    parser.add_argument("--count", type=int, help="documents a family (default 8; 2 with --quick)")
    parser.add_argument("--soak", type=int, help="documents that one worker's memory is watched over")
    arguments = parser.parse_args()
    count = arguments.count or (2 if arguments.quick else 8)
    soak = arguments.soak or (1_000 if arguments.quick else 10_000)
    with tempfile.TemporaryDirectory() as temporary:
        corpus = arguments.corpus or make_corpus(Path(temporary), count)
        files = sorted(p for p in corpus.glob("*/*") if not p.name.endswith(".truth.json"))
        print(f"{len(files)} documents\n")
        speed(files)
        overhead(files)
        memory(files, soak)
        print("## Accuracy\n")
        print(table([score_folder(folder) for folder in sorted(corpus.iterdir()) if folder.is_dir()]), "\n")
        others(corpus)


def make_corpus(folder: Path, count: int) -> Path:
    """A corpus of all families that this machine can render."""
    absent = [program for program in RENDERERS if shutil.which(program) is None]
    names = family_names("")
    if absent:
        names = [n for n in names if n not in PRINTED]
        print(f"No {', '.join(absent)} on this machine: the families that need them (PDF) are left out.")
    for name in names:
        try:
            rendered = list(render_family(name, Random(f"1/{name}"), count))
        except (OSError, RuntimeError) as error:
            print(f"{name} can't be rendered here and is left out: {error}")
            continue
        (folder / name).mkdir()
        for document in rendered:
            path = folder / name / f"{document.stem}{document.suffix}"
            path.write_bytes(document.content)
            path.with_name(f"{path.name}.truth.json").write_text(json.dumps(document.truth), encoding="utf-8")
    return folder


# --- speed, in a warm worker


def timed(job: tuple[str, str]) -> float:
    """CPU seconds of one reader on one document; a worker's task."""
    reader, path = job
    data, name = Path(path).read_bytes(), Path(path).name
    run = READERS[reader]
    started = time.process_time()
    run(data, name)
    return time.process_time() - started


def _ours(data: bytes, name: str) -> None:
    from extract.document import extract

    extract(data, name)


def _pdfplumber(data: bytes, name: str) -> list[list[list[str | None]]]:
    import io

    import pdfplumber

    with pdfplumber.open(io.BytesIO(data)) as document:
        return [found for page in document.pages for found in page.extract_tables()]


def _pymupdf(data: bytes, name: str) -> list[list[list[str | None]]]:
    import pymupdf

    with pymupdf.open(stream=data, filetype="pdf") as document:
        return [found.extract() for page in document for found in page.find_tables().tables]


def _camelot(data: bytes, name: str) -> list[list[list[str | None]]]:
    import camelot

    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(data)
        file.flush()
        return [found.data for found in camelot.read_pdf(file.name, pages="all", flavor="lattice")]


READERS: dict[str, Reader] = {
    "gongkai": _ours,
    "pdfplumber": _pdfplumber,
    "pymupdf": _pymupdf,
    "camelot": _camelot,
}


def warm_up() -> None:
    """What a worker loads before its first document."""
    from extract.document import warm_up as load

    load()


def speed(files: list[Path]) -> None:
    """Median CPU milliseconds a document in a warm worker, and the ratio to pdfplumber on the same PDF files."""
    from extract.worker import Pool

    kinds = {
        "HTML": ".html",
        "text": ".txt",
        "markdown": ".md",
        "DOCX": ".docx",
        "XLSX": ".xlsx",
        "OFD": ".ofd",
    }
    print("## CPU milliseconds a document, recognition included, warm worker\n")
    print(f"{'':12} {'docs':>5} {'median':>8} {'mean':>8} {'p95':>8}")
    with Pool("benchmarks.run:timed", jobs=1) as pool:
        for label, suffix in kinds.items():
            chosen = [path for path in files if path.suffix == suffix]
            if chosen:
                _line(label, _measured(pool, "gongkai", chosen))
        chosen = [path for path in files if path.suffix == ".pdf"]
        if chosen:
            ours, theirs = _measured(pool, "gongkai", chosen), _measured(pool, "pdfplumber", chosen)
            _line("PDF", ours)
            _line("pdfplumber", theirs)
            ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
            print(f"\npdfplumber extract_tables costs {statistics.median(theirs) / statistics.median(ours):.1f} times as much "
                  f"(ratio of medians; median of the ratios {statistics.median(ratios):.1f})")  # fmt: skip
    print()


def _measured(pool: Any, reader: str, files: list[Path]) -> list[float]:
    warm = [(reader, str(path)) for path in files[:: max(1, len(files) // 10)]]
    list(pool.map(warm))
    found = [outcome.value for _, outcome in pool.map((reader, str(path)) for path in files)]
    return [1000 * value for value in found if value is not None]


def _line(label: str, values: list[float]) -> None:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    print(
        f"{label:12} {len(values):5} {statistics.median(values):8.2f} {statistics.fmean(values):8.2f} {p95:8.2f}"
    )


# --- what workers cost


def echo(lines: Any) -> Any:
    """A worker's task that does nothing but what every document has to pay: there and back."""
    return lines


def overhead(files: list[Path]) -> None:
    """Wall milliseconds a document of handing it to a worker and its result back, with results of the usual size."""
    from extract.bulk import Listed, read_file
    from extract.worker import Pool

    lines = read_file(Listed(files[0]))
    with Pool("benchmarks.run:echo", jobs=1) as pool:
        list(pool.map([lines] * 100))
        started, cpu = time.perf_counter(), time.process_time()
        list(pool.map([lines] * 2000))
        wall, own = time.perf_counter() - started, time.process_time() - cpu
    started = time.perf_counter()
    with Pool("extract.bulk:read_file", jobs=1) as pool:
        list(pool.map([Listed(files[0])]))
        start = time.perf_counter() - started
    print("## Workers\n")
    print(f"there and back: {wall / 2:.2f} ms a document, {own / 2:.2f} ms of it in the calling process")
    print(f"start of a pool to its first result: {start:.2f} s\n")


def memory(files: list[Path], count: int) -> None:
    """Resident memory of one worker's documents over a long run."""
    from extract.bulk import READING, Listed
    from extract.limits import LIMITS
    from extract.worker import Pool

    digital = [path for path in files if path.suffix in (".pdf", ".html", ".txt", ".md", ".docx")]
    seen: list[int] = []
    started = time.perf_counter()
    with Pool(READING, jobs=1) as pool:
        for _ in pool.map(Listed(path) for path in itertools.islice(itertools.cycle(digital), count)):
            seen.append(pool.counts.resident)
        workers = pool.counts.started
    rate = count / (time.perf_counter() - started)
    print("## Resident memory of a digital worker\n")
    marks = [0, 9, 99, *range(999, count, max(1000, count // 10))]
    print("  ".join(f"{n + 1}: {seen[n] / 2**20:.0f} MB" for n in dict.fromkeys(marks) if n < count))
    print(f"most {max(seen) / 2**20:.0f} MB, last {seen[-1] / 2**20:.0f} MB; {workers} workers of at most "
          f"{LIMITS.documents} documents; {rate:.0f} documents a second with one worker\n")  # fmt: skip


# --- the same table for other tools


def others(corpus: Path) -> None:
    """What other extractors make of the same PDF files: their tables, read by our recogniser (which is generous)."""
    folders = [folder for folder in sorted(corpus.glob("pdf_*")) if folder.is_dir()]
    if not folders:
        return
    print("## Other extractors on the same PDF files (their tables, our recogniser)\n")
    print(
        f"{'tool':12} {'cells':>6} {'right%':>7} {'silent%':>7} {'doubt%':>7} {'missing%':>8} {'perfect':>9} {'ms/doc':>8}"
    )
    modules = {"gongkai": "extract", "pdfplumber": "pdfplumber", "pymupdf": "pymupdf", "camelot": "camelot"}
    for tool, module in modules.items():
        if importlib.util.find_spec(module) is None:
            print(f"{tool:12} not installed")
            continue
        print(_compared(tool, folders))
    print()


def _compared(tool: str, folders: list[Path]) -> str:
    score, spent, total = FamilyScore(tool), [], 0
    for folder in folders:
        for path, truth in documents(folder):
            total += 1
            data = path.read_bytes()
            started = time.process_time()
            tables = [] if tool == "gongkai" else READERS[tool](data, path.name)
            got = _ours_as_object(data, path.name) if tool == "gongkai" else _recognised(tables, path.name)
            spent.append(1000 * (time.process_time() - started))
            wanted = truth.get("reports") or [truth]
            for index, want in enumerate(wanted):
                found = got[index] if index < len(got) else {"error": {"class": "absent"}, "cells": []}
                if tool != "gongkai":  # tables have no title
                    found["report"] = {key: want[key] for key in ("agency", "year", "generation")}
                score.perfect += compare(score, path.name, found, want | {"claims": []})
    cells = max(1, score.cells)
    lost = score.missing + score.other
    return (f"{tool:12} {score.cells:6} {100 * score.right / cells:7.2f} {100 * len(score.silent) / cells:7.2f} "
            f"{100 * score.doubtful / cells:7.2f} {100 * lost / cells:8.2f} {score.perfect:4}/{total:<4} "
            f"{statistics.median(spent):8.1f}")  # fmt: skip


def _ours_as_object(data: bytes, name: str) -> list[dict[str, Any]]:
    from extract.document import extract_document

    return extract_document(data, name)


def _recognised(tables: list[list[list[str | None]]], name: str) -> list[dict[str, Any]]:
    """The output objects of a document that has nothing but these tables."""
    from extract.document import where
    from extract.model import Geometry, Grid, GridCell, Place, ReadDocument, UnreadableError
    from extract.recognise.report import recognise

    def cells(rows: list[list[str | None]]) -> Iterator[GridCell]:
        for r, row in enumerate(rows):
            at = 0
            while at < len(row):
                end = at + 1
                while end < len(row) and row[end] is None:  # covered by the cell before
                    end += 1
                if row[at] is not None:
                    yield GridCell(r, at, row[at] or "", Place(), 1, end - at)
                at = end

    grids = tuple(Grid(tuple(cells(rows)), Geometry.EXPLICIT, Place()) for rows in tables if rows)
    try:
        reports = recognise(ReadDocument("pdf", grids), name)
    except UnreadableError as error:
        return [{"error": {"class": error.error_class}, "cells": []}]
    return [
        {
            "error": None,
            "report": {"agency": None, "year": None, "generation": report.generation},
            "cells": [
                {"metric": c.metric, "applicant": c.applicant, "status": c.status.value, "raw": c.raw, "unit": c.unit,
                 "value": None if c.value is None else float(c.value), "where": where(c.place)}
                for c in report.cells
            ],
        }
        for report in reports
    ]  # fmt: skip


if __name__ == "__main__":
    main()
