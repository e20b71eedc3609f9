"""Everything that is measured, in one run: `python benchmarks/run.py [--quick]` (or `make bench`).

Ratios count more than milliseconds: each compares two things in the same process on the same files.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a script from anywhere

from benchmarks.corpus.families import family_names, render_family  # noqa: E402
from benchmarks.corpus.pdf import PRINTED  # noqa: E402
from benchmarks.score import score_folder, table  # noqa: E402

RENDERERS = ("chromium", "soffice", "pdftotext")
Reader = Callable[[bytes, str], Any]
BATCH = 10
"""Files that one reader has before it is the other one's turn."""


def main() -> None:
    """Make or take a corpus, then measure speed, memory and accuracy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="two documents a family and 1,000 documents of soak"
    )
    parser.add_argument("--corpus", type=Path, help="a corpus made before, instead of a new one")
    parser.add_argument("--count", type=int, help="documents a family (default 8; 2 with --quick)")
    parser.add_argument("--soak", type=int, help="documents that one worker's memory is watched over")
    parser.add_argument(
        "--with", dest="other_python", help="the Python of an environment that has PyMuPDF and camelot"
    )
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
        memory(files, soak, replaced=False)
        print("## Accuracy\n")
        print(table([score_folder(folder) for folder in sorted(corpus.iterdir()) if folder.is_dir()]), "\n")
        others(corpus, arguments.other_python)


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


READERS: dict[str, Reader] = {
    "gongkai": _ours,
    "pdfplumber": _pdfplumber,
}


def warm_up() -> None:
    """What a worker loads before its first document."""
    from extract.warming import warm_up as load

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
            ours, theirs = _in_turns(pool, chosen)
            _line("PDF", ours)
            _line("pdfplumber", theirs)
            ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
            print(f"\npdfplumber extract_tables costs {statistics.median(theirs) / statistics.median(ours):.1f} times as much "
                  f"(ratio of medians; median of the ratios {statistics.median(ratios):.1f})")  # fmt: skip
    print()


def _measured(pool: Any, reader: str, files: list[Path]) -> list[float]:
    _warmed(pool, reader, files)
    return [value for path in files if (value := _milliseconds(pool, reader, path)) is not None]


def _in_turns(pool: Any, files: list[Path]) -> tuple[list[float], list[float]]:
    """Milliseconds of our reader and of pdfplumber, each in a worker of its own, some files each in turns: whatever
    else is at work on the machine meanwhile slows both, and both are warm.
    """
    from extract.worker import Pool

    pairs: list[tuple[float, float]] = []
    with Pool("benchmarks.run:timed", jobs=1) as other:
        _warmed(pool, "gongkai", files)
        _warmed(other, "pdfplumber", files)
        for at in range(0, len(files), BATCH):
            batch = files[at : at + BATCH]
            ours = [_milliseconds(pool, "gongkai", path) for path in batch]
            theirs = [_milliseconds(other, "pdfplumber", path) for path in batch]
            pairs += [(a, b) for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None]
    return [our for our, _ in pairs], [their for _, their in pairs]


def _warmed(pool: Any, reader: str, files: list[Path]) -> None:
    list(pool.map([(reader, str(path)) for path in files[:: max(1, len(files) // 10)]]))


def _milliseconds(pool: Any, reader: str, path: Path) -> float | None:
    ((_, outcome),) = pool.map([(reader, str(path))])
    return None if outcome.value is None else 1000 * float(outcome.value)


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


def memory(files: list[Path], count: int, *, replaced: bool = True) -> None:
    """Resident memory over a long run on the bulk path: listing, workers, an output file of JSON lines.

    The digital documents of the corpus stand in a folder under as many new names as are wanted, formats mixed. Workers
    are replaced as they are in use, or one worker reads them all, which shows whether anything grows.
    """
    from extract.bulk import READING, continued, listing, read_all
    from extract.limits import LIMITS
    from extract.worker import Pool

    digital = [path for path in files if path.suffix in (".pdf", ".html", ".txt", ".md", ".docx")]
    Random(1).shuffle(digital)
    limits = LIMITS if replaced else dataclasses.replace(LIMITS, documents=count + 1)
    workers_memory: list[int] = []
    own: list[int] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "reports")
        _linked(digital, folder, count)
        started, cpu = time.perf_counter(), _cpu()
        listed = list(listing(folder))
        with (
            Pool(READING, jobs=1, limits=limits) as pool,
            continued(Path(temporary, "out.jsonl"), listed) as output,
        ):
            for lines in read_all(pool, listed):
                output.write(lines)
                workers_memory.append(pool.counts.resident)
                own.append(psutil.Process().memory_info().rss)
            workers = pool.counts.started
    wall, cpu = time.perf_counter() - started, _cpu() - cpu
    title = "worker; process that writes" if replaced else "one worker for all; process that writes"
    print(f"## Resident memory over a long run ({title})\n")
    marks = [0, 9, 99, *range(LIMITS.documents - 1, count, max(LIMITS.documents, count // 10)), count - 1]
    for n in dict.fromkeys(mark for mark in marks if mark < count):
        print(f"document {n + 1:6}: {workers_memory[n] / 2**20:5.0f} MB {own[n] / 2**20:5.0f} MB")
    print(f"most {max(workers_memory) / 2**20:.0f} MB; {workers} workers of at most {limits.documents} documents; "
          f"{count / wall:.0f} documents a second with one worker, {1000 * cpu / count:.1f} CPU ms a document\n")  # fmt: skip


def _linked(files: list[Path], folder: Path, count: int) -> None:
    """`count` documents under new names, a thousand to a folder; they take no room on the disk."""
    for number, path in enumerate(itertools.islice(itertools.cycle(files), count)):
        place = folder / f"{number // 1000:03d}"
        place.mkdir(parents=True, exist_ok=True)
        target = place / f"{number:06d}-{path.name}"
        try:
            target.hardlink_to(path)
        except OSError:  # another file system
            shutil.copyfile(path, target)


def _cpu() -> float:
    """Processor seconds of this process and of its workers that have ended."""
    mine, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


# --- the same table for other tools


def others(corpus: Path, other_python: str | None) -> None:
    """What other extractors and a plain script make of the same PDF files (`benchmarks.compare`)."""
    from benchmarks.compare import TOOLS, lines, markdown

    if any(corpus.glob("pdf_*")):
        print("## Other extractors on the same PDF files\n")
        print(markdown(list(lines(corpus.resolve(), list(TOOLS), other_python))), "\n")


if __name__ == "__main__":
    main()
