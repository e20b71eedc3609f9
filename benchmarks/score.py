"""Score the reader against a corpus: `python -m benchmarks.score DIR...` a line a family, and silent errors.

A cell is *right* when status and value are the truth's; *silent* when it is given as `reported`, `blank` or
`not_applicable` and the truth says otherwise; *doubtful* and *missing* are what the reader says of itself. A
document is *perfect* when all of its cells, its agency, year and generation are right.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SURE = {"reported", "blank", "not_applicable"}
_TOLERANCE = 1e-6


@dataclass(slots=True)
class FamilyScore:
    """Counts of one family."""

    family: str
    documents: int = 0
    cells: int = 0
    right: int = 0
    doubtful: int = 0
    missing: int = 0
    other: int = 0
    perfect: int = 0
    errors: int = 0
    header_wrong: int = 0
    broken_wanted: int = 0
    broken_found: int = 0
    broken_extra: int = 0
    claims_wanted: int = 0
    claims_found: int = 0
    claims_extra: int = 0
    milliseconds: float = 0.0
    silent: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def score_folder(folder: Path, family: str | None = None) -> FamilyScore:
    """Read every document of a folder that has a truth file beside it and compare.

    Args:
        folder: a family's folder.
        family: name to show; the folder's by default.
    """
    from extract.document import extract_document

    score = FamilyScore(family or folder.name)
    for path, truth in documents(folder):
        content = path.read_bytes()
        started = time.process_time()
        reports = extract_document(content, path.name)
        score.milliseconds += (time.process_time() - started) * 1000
        wanted = truth.get("reports") or [truth]
        score.documents += 1
        if len(reports) != len(wanted):
            score.remarks.append(f"{path.name}: {len(reports)} reports, {len(wanted)} wanted")
        perfect = len(reports) == len(wanted)
        for index, want in enumerate(wanted):
            got = reports[index] if index < len(reports) else {"error": {"class": "absent"}, "cells": []}
            perfect &= compare(score, path.name, got, want)
        score.perfect += perfect
    return score


def documents(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The documents of a folder with their truth, by name."""
    for truth in sorted(folder.glob("*.truth.json")):
        yield truth.with_name(truth.name.removesuffix(".truth.json")), json.loads(truth.read_text("utf-8"))


def compare(score: FamilyScore, name: str, got: dict[str, Any], want: dict[str, Any]) -> bool:
    """Add one report's comparison to the family's score; True if nothing differs."""
    if got.get("error"):
        score.errors += 1
        score.remarks.append(f"{name}: {got['error']}")
    header = got.get("report") or {}
    wrong = [
        f"{key}: {header.get(key)!r}, wanted {want[key]!r}"
        for key in ("agency", "year", "generation")
        if not _same_header(key, header.get(key), want[key])
    ]
    score.header_wrong += bool(wrong)
    score.remarks += [f"{name}: {remark}" for remark in wrong]
    cells = {(cell["metric"], cell["applicant"]): cell for cell in got.get("cells", [])}
    before = score.right
    for cell in want["cells"]:
        _compare_cell(score, name, cells.pop((cell["metric"], cell["applicant"]), None), cell)
    if cells:
        score.remarks.append(
            f"{name}: {len(cells)} cells that the form does not have, such as {next(iter(cells))}"
        )
    _compare_findings(score, name, got, want)
    _compare_claims(score, name, got, want)
    return not wrong and not cells and score.right - before == len(want["cells"])


def _same_header(key: str, got: object, want: object) -> bool:
    if got != want and key == "agency" and isinstance(got, str):
        import opencc

        return bool(opencc.OpenCC("t2s").convert(got) == want)
    return got == want


def _compare_cell(score: FamilyScore, name: str, got: dict[str, Any] | None, want: dict[str, Any]) -> None:
    score.cells += 1
    key = f"{want['metric']} {want['applicant']}"
    if got is None:
        score.other += 1
        score.remarks.append(f"{name}: no cell {key}")
        return
    if got["status"] == want["status"] and _same_value(got["value"], want["value"]):
        score.right += 1
        if want["value"] and want["unit"] != got["unit"]:
            score.remarks.append(f"{name}: unit of {key}: {got['unit']}, wanted {want['unit']}")
    elif got["status"] in _SURE:
        score.silent.append(
            f"{name}: {key}: got {got['status']} {got['value']} ({got.get('raw')!r}), "
            f"wanted {want['status']} {want['value']} ({want['raw']!r})"
        )
    elif got["status"] == "doubtful":
        score.doubtful += 1
    elif got["status"] == "missing":
        score.missing += 1
    else:
        score.other += 1
        score.remarks.append(
            f"{name}: {key}: got {got['status']} {got.get('raw')!r}, wanted {want['status']}"
        )


def _same_value(got: float | None, want: float | None) -> bool:
    if got is None or want is None:
        return got is want
    return abs(got - want) <= _TOLERANCE * max(1.0, abs(want))


def _compare_findings(score: FamilyScore, name: str, got: dict[str, Any], want: dict[str, Any]) -> None:
    rules = {
        "row_total",
        "outcome_total",
        "balance",
        "review_total",
        "litigation_direct_total",
        "litigation_after_review_total",
    }
    found = {
        _finding_key(finding)
        for finding in got.get("findings", [])
        if finding["outcome"] == "broken" and finding["rule"] in rules
    }
    wanted = {_finding_key(finding) for finding in want["broken"]}
    score.broken_wanted += len(wanted)
    score.broken_found += len(found & wanted)
    score.broken_extra += len(found - wanted)
    score.remarks += [f"{name}: finding not wanted {key}" for key in sorted(found - wanted)]
    score.remarks += [f"{name}: finding not made {key}" for key in sorted(wanted - found)]


def _finding_key(finding: dict[str, Any]) -> tuple[str, str]:
    by_row = finding["rule"] == "row_total"
    return finding["rule"], str(finding["metric"] if by_row else finding["applicant"])


def _compare_claims(score: FamilyScore, name: str, got: dict[str, Any], want: dict[str, Any]) -> None:
    found = {(tuple(claim["metrics"]), claim["value"]) for claim in got.get("claims", [])}
    wanted = {(tuple(claim["metrics"]), claim["value"]) for claim in want["claims"]}
    both_zero = {(("review.total",), 0), (("litigation.total",), 0)}
    if (("review_and_litigation.total",), 0) in found:
        found = (found - {(("review_and_litigation.total",), 0)}) | (both_zero & wanted)
    score.claims_wanted += len(wanted)
    score.claims_found += len(found & wanted)
    score.claims_extra += len(found - wanted)
    score.remarks += [f"{name}: claim not wanted {key}" for key in sorted(found - wanted)]
    score.remarks += [f"{name}: claim not read {key}" for key in sorted(wanted - found)]


def table(scores: list[FamilyScore]) -> str:
    """The scores as a fixed-width table, totals last."""
    head = (
        f"{'family':22} {'docs':>5} {'cells':>6} {'right%':>7} {'silent':>6} {'doubt%':>7} {'miss%':>6} "
        f"{'other':>5} {'perfect':>7} {'head!':>5} {'err':>4} {'broken':>9} {'claims':>11} {'ms/doc':>7}"
    )
    lines = [head]
    for score in [*scores, _sum(scores)]:
        cells = max(score.cells, 1)
        broken = f"{score.broken_found}/{score.broken_wanted}+{score.broken_extra}"
        claims = f"{score.claims_found}/{score.claims_wanted}+{score.claims_extra}"
        lines.append(
            f"{score.family:22} {score.documents:5} {score.cells:6} {100 * score.right / cells:7.2f} "
            f"{len(score.silent):6} {100 * score.doubtful / cells:7.2f} {100 * score.missing / cells:6.2f} "
            f"{score.other:5} {score.perfect:7} {score.header_wrong:5} {score.errors:4} {broken:>9} "
            f"{claims:>11} {score.milliseconds / max(score.documents, 1):7.1f}"
        )
    return "\n".join(lines)


def _sum(scores: list[FamilyScore]) -> FamilyScore:
    total = FamilyScore("all")
    for score in scores:
        for name in FamilyScore.__slots__:
            if name != "family":
                setattr(total, name, getattr(total, name) + getattr(score, name))
    return total


def main() -> None:
    """Score the folders named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.score", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="a family's folder, or a folder of families")
    parser.add_argument(
        "--remarks", action="store_true", help="also print units, headers, findings and claims that differ"
    )
    parser.add_argument("--limit", type=int, default=20, help="silent errors and remarks shown a family")
    arguments = parser.parse_args()
    scores: list[FamilyScore] = []
    for folder in arguments.folders:
        inner = (
            [folder]
            if any(folder.glob("*.truth.json"))
            else sorted(p for p in folder.iterdir() if p.is_dir())
        )
        scores += [score_folder(family) for family in inner if any(family.glob("*.truth.json"))]
    print(table(scores))
    for score in scores:
        for line in score.silent[: arguments.limit]:
            print(f"SILENT {score.family}: {line}")
        if len(score.silent) > arguments.limit:
            print(f"SILENT {score.family}: and {len(score.silent) - arguments.limit} more")
        for line in score.remarks[: arguments.limit] if arguments.remarks else ():
            print(f"REMARK {score.family}: {line}")


if __name__ == "__main__":
    main()
