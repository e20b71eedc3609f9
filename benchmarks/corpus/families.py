"""All families of layouts by name, and how a family's documents are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from random import Random
from typing import Any

from benchmarks.corpus import columns, gathered, ofd, office, pdf, scan, sheets, sides, text, web, word
from benchmarks.corpus.figures import FigureOptions, draw_options
from benchmarks.corpus.report import Report, draw_report


@dataclass(frozen=True, slots=True)
class Document:
    """A printed report and its truth."""

    stem: str
    suffix: str
    content: bytes
    truth: dict[str, Any]


_RENDERERS = {
    **text.FAMILIES,
    **columns.FAMILIES,
    **web.FAMILIES,
    **word.FAMILIES,
    **sheets.FAMILIES,
    **ofd.FAMILIES,
    **pdf.FAMILIES,
    **sides.FAMILIES,
    **scan.FAMILIES,
}
_BATCHES = {**pdf.BATCHES, **office.BATCHES, **scan.BATCHES}
_NAMES = (*_RENDERERS, *_BATCHES, *gathered.FAMILIES)

_PLAIN_BLANKS = {"text_cell", "text_lost_cells"}
"""Families whose layout can't tell some blanks from nothing: half of their documents print every cell."""


_LARGE = {"pdf_narrow", "pdf_office_narrow", "pdf_row_split", "scan_narrow"}
"""Families whose point is numbers too wide for their column."""


def family_names(patterns: str = "") -> list[str]:
    """The families that match a comma-separated list of names or patterns (all if empty).

    Raises:
        ValueError: a pattern matches nothing.
    """
    if not patterns:
        return list(_NAMES)
    chosen: list[str] = []
    for pattern in patterns.split(","):
        found = [name for name in _NAMES if fnmatch(name, pattern.strip())]
        if not found:
            raise ValueError(f"no family is called {pattern}; there are {', '.join(_NAMES)}")
        chosen += [name for name in found if name not in chosen]
    return chosen


def render_family(name: str, rng: Random, count: int) -> Iterator[Document]:
    """Draw and print `count` documents of a family."""
    if name in gathered.FAMILIES:
        for index, (suffix, content, truth) in enumerate(gathered.render(name, rng, count)):
            yield Document(f"{name}-{index:03d}", suffix, content, {"family": name, "index": index, **truth})
        return
    if name in _BATCHES:
        reports = [draw_report(rng, _options(name, rng, index)) for index in range(count)]
        printed: Iterable[tuple[Report, tuple[str, bytes]]] = zip(
            reports, _BATCHES[name](reports, rng), strict=True
        )
    else:
        printed = _one_by_one(name, rng, count)
    for index, (report, (suffix, content)) in enumerate(printed):
        yield Document(f"{name}-{index:03d}", suffix, content, {"family": name, **_truth(report, index)})


def _one_by_one(name: str, rng: Random, count: int) -> Iterator[tuple[Report, tuple[str, bytes]]]:
    for index in range(count):
        report = draw_report(rng, _options(name, rng, index))
        yield report, _RENDERERS[name](report, rng)


def _options(name: str, rng: Random, index: int) -> FigureOptions:
    options = draw_options(rng, ("2021", "2019", None)[index % 3])
    if name in _PLAIN_BLANKS and index % 2 == 0:
        options = replace(options, blanks="none")
    if name in _LARGE:
        options = replace(options, scale=rng.choice(("hundreds", "thousands")))
    if name == "text_dropped_blanks":
        options = replace(options, blanks="applicants", inject=())
    return options


def _truth(report: Report, index: int) -> dict[str, Any]:
    return {"index": index, **report.truth()}
