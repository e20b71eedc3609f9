"""A cell lost, doubled or put in: the row may become doubtful, but no figure may be given as sure that is not printed.

The documents come from the corpus generator, so every figure is known before one cell of one row is damaged.
"""

import json
import random
import re

import pytest

from benchmarks.corpus.families import render_family
from extract.document import extract_document

SURE = ("reported", "blank", "not_applicable")
DAMAGES = ("lose", "double", "insert")


def damaged(pieces: list[str], rng: random.Random, damage: str, empty: str) -> list[str]:
    """One of the last seven pieces of a row lost, printed twice, or an empty one put before it."""
    at = rng.randrange(max(0, len(pieces) - 7), len(pieces))
    if damage == "lose":
        return pieces[:at] + pieces[at + 1 :]
    return [*pieces[:at], pieces[at] if damage == "double" else empty, *pieces[at:]]


def silent_errors(data: bytes, name: str, truth: dict) -> list[tuple]:
    (found,) = extract_document(data, name)
    wanted = {(c["metric"], c["applicant"]): (c["status"], c["value"]) for c in truth["cells"]}
    return [
        (c["metric"], c["applicant"], c["status"], c["value"], wanted[(c["metric"], c["applicant"])])
        for c in found["cells"]
        if (c["metric"], c["applicant"]) in wanted
        and c["status"] in SURE
        and (c["status"], c["value"]) != wanted[(c["metric"], c["applicant"])]
    ]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(
    "family", ["text_tab", "text_pipe", "text_pipe_flat", "markdown_pipe", "markdown_tab"]
)
def test_rows_of_a_dump(family, damage):
    rng = random.Random(f"{family} {damage}")
    for document in render_family(family, random.Random(family), 6):
        text = document.content.decode()
        lines = text.split("\n")
        mark = "\t" if "tab" in family else "|"
        at = rng.choice(
            [i for i, line in enumerate(lines) if line.count(mark) >= 7 and re.search(r"\d", line)]
        )
        lines[at] = mark.join(damaged(lines[at].split(mark), rng, damage, ""))
        errors = silent_errors("\n".join(lines).encode(), document.stem + document.suffix, document.truth)
        assert errors == [], (document.stem, lines[at])


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("family", ["html_plain", "html_single", "html_sloppy"])
def test_rows_of_a_web_page(family, damage):
    rng = random.Random(f"{family} {damage}")
    for document in render_family(family, random.Random(family), 6):
        text = document.content.decode()
        rows = [
            m
            for m in re.finditer(r"<tr[^>]*>.*?(?=<tr|</table)", text, re.S | re.I)
            if m[0].lower().count("<td") >= 7
        ]
        row = rng.choice(rows)
        head, *cells = re.split(r"(?i)(?=<td)", row[0])
        text = (
            text[: row.start()] + head + "".join(damaged(cells, rng, damage, "<td></td>")) + text[row.end() :]
        )
        errors = silent_errors(text.encode(), document.stem + document.suffix, document.truth)
        assert errors == [], (document.stem, json.dumps(row[0][:200], ensure_ascii=False))
