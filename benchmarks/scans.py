"""CPU time of a scanned page, second recognition included, against plain rapidocr on the same picture.

`python -m benchmarks.scans FOLDER...` takes the PDF scans of a corpus (`python -m benchmarks.corpus --families 'scan_*'`),
renders each page once and gives the picture to both, in turn, in one process. CPU seconds count, not the clock.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from extract.read.scan_page import recognise_page
from extract.read.scan_picture import Picture, render_pages


def main() -> None:
    """Read the arguments, measure, print a line a folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scans", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="folders with scans as PDF")
    parser.add_argument("--documents", type=int, default=2, help="documents a folder")
    arguments = parser.parse_args()
    plain = _plain()
    print(f"{'family':<18}{'pages':>6}{'ours s':>9}{'rapidocr s':>12}{'ratio':>8}")
    everything: list[tuple[float, float]] = []
    for folder in arguments.folders:
        measured = [
            (_seconds(recognise_page, picture), _seconds(plain, picture))
            for path in sorted(folder.glob("*.pdf"))[: arguments.documents]
            for picture in _pages(path)
        ]
        everything += measured
        _line(folder.name, measured)
    _line("all", everything)


def _pages(path: Path) -> list[Picture]:
    return list(render_pages(path.read_bytes(), frozenset(range(1, _count(path) + 1)), path.name))


def _count(path: Path) -> int:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        return len(document)


def _plain() -> Callable[[Picture], Any]:
    """rapidocr as it comes, on one thread: what runs on several costs more CPU for the same page."""
    from rapidocr import RapidOCR

    engine = RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    return lambda picture: engine(cv2.cvtColor(picture.gray, cv2.COLOR_GRAY2BGR))


def _seconds(read: Callable[[Picture], Any], picture: Picture) -> float:
    started = time.process_time()
    read(picture)
    return time.process_time() - started


def _line(name: str, measured: list[tuple[float, float]]) -> None:
    if not measured:
        return
    ours, plain = (statistics.fmean(side) for side in zip(*measured, strict=True))
    print(f"{name:<18}{len(measured):>6}{ours:>9.2f}{plain:>12.2f}{ours / plain:>8.2f}", flush=True)


if __name__ == "__main__":
    main()
