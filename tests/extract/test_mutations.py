"""Mutated documents: no hang, no crash; each is read or rejected with its class, and no number is made up."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from extract.bulk import READING, Listed
from extract.limits import Limits
from extract.worker import Pool
from tests.extract.mutants import mutants, originals, plain, printed

LIMITS = Limits(seconds=300, cpu_seconds=30, memory_bytes=1500 * 2**20)
"""Processor time tells a hang; the clock does not on a machine that others use."""
CLASSES = {
    "corrupt", "empty", "encrypted", "garbled", "no_text", "no_unicode", "not_a_report", "older_form", "too_large", "unsupported",
}  # fmt: skip
"""Ends that a damaged document may come to; `reader_failed`, `reader_crashed` and `timeout` are faults of ours."""


def check(folder: Path, count: int, seed: int) -> Counter:
    """Read mutants and hold every reported number against an independent extraction; how they ended."""
    ends: Counter = Counter()
    kept: list[str] = []
    waiting: dict[str, bytes] = {}

    def written():
        for name, data in mutants(count, seed):
            path = folder / name
            path.write_bytes(data)
            waiting[name] = data
            yield Listed(path)

    with Pool(READING, limits=LIMITS) as pool:
        for listed, outcome in pool.map(written()):
            name = listed.path.name
            data = waiting.pop(name)
            listed.path.unlink()
            results = [json.loads(line) for line in outcome.value.lines] if outcome.value else []
            end = (
                outcome.failure.error_class
                if outcome.failure
                else (results[0]["error"] or {}).get("class", "read")
            )
            ends[end] += 1
            if end not in CLASSES | {"read"}:
                kept.append(f"{name}: {end}")
            made_up = [number for result in results for number in unprinted(result, name, data)]
            kept += [f"{name}: {number}" for number in made_up]
    assert kept == [], f"seed {seed}"
    assert ends.total() == count
    return ends


def unprinted(result: dict, name: str, data: bytes) -> list[str]:
    """Reported numbers that no independent extraction finds."""
    cells = [cell for cell in result["cells"] if cell["status"] == "reported"]
    if not cells:
        return []
    found = []
    for cell in cells:
        raw, value = plain(cell["raw"]), cell["value"]
        simple = not any(e.startswith(("value:", "unit:")) for e in cell["evidence"])
        if simple and float(raw.replace(",", "")) != float(value):
            found.append(f"{cell['metric']} {cell['applicant']} {cell['raw']!r} as {value}")
    wanted = {plain(cell["raw"]): cell for cell in cells}
    texts = printed(name, data)
    if any(evidence.startswith("ocr:") for cell in cells for evidence in cell["evidence"]):
        # the damage is in the fonts' maps: the page still shows what the undamaged document says
        texts = chain(texts, printed(name, dict(originals())[name.partition("-")[2]]))
    for text in texts:
        wanted = {raw: cell for raw, cell in wanted.items() if raw not in text and not _digits(raw, text)}
        if not wanted:
            return found
    return found + [f"{cell['metric']} {cell['applicant']} {cell['raw']!r}" for cell in wanted.values()]


def _digits(raw: str, text: str) -> bool:
    """Whether the number alone is there: remarks may be laid out otherwise."""
    number = re.match(r"[\d,.]+", raw)
    return number is not None and number[0] in text


def test_a_hundred_mutants(tmp_path):
    ends = check(tmp_path, 100, seed=1)
    assert ends["read"] > 30 and ends["corrupt"] > 5


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 14))
def test_thousands_of_mutants(tmp_path, seed):
    ends = check(tmp_path, 500, seed)
    assert ends["read"] > 150
