"""Claims of the running text: sentences of our own in the manner of real reports, and what real reports claim."""

import json
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from extract.form import load_form
from extract.model import Paragraph, Place
from extract.recognise.claim_verdict import judge_claim, settle
from extract.recognise.claims import read_claims

DATA = Path(__file__).parent / "data"
FIGURES = Path(__file__).parents[4] / "shared" / "real" / "figures"
SENTENCES = yaml.safe_load((DATA / "claim_sentences.yaml").read_text(encoding="utf-8"))


def read(text, year=2023, known=None):
    return read_claims([Paragraph(text, Place(line=1))], year, known)


def shown(claim):
    """As the data file writes a claim."""
    words = ["|".join(claim.metrics), f"{claim.value.normalize():f}"]
    words += ["~"] * claim.approximate
    words += [f"@{claim.scope}"] if claim.scope else []
    words += [f":{claim.applicant}"] if claim.applicant not in ("total", "all") else []
    return " ".join(words)


def known_of(generation):
    chosen = load_form().generation(generation)
    return {m.key for m in chosen.metrics()} | {g.key for g in chosen.shared.groups}


@pytest.mark.parametrize("entry", SENTENCES, ids=lambda entry: entry["text"][:30])
def test_a_sentence_claims_what_it_says(entry):
    claims = read(entry["text"], entry.get("year", 2023), known_of("2021"))
    assert sorted(map(shown, claims)) == sorted(entry["claims"])


def test_a_quote_is_short_and_holds_the_count():
    (claim,) = read(
        "在全县上下的共同努力下，" * 5
        + "我局共收到政府信息公开申请13件，均已按时答复。"
        + "今后继续努力。" * 9
    )
    assert len(claim.quote) <= 40 and "13件" in claim.quote


def test_lines_broken_by_a_page_are_read_as_one_sentence():
    lines = ["我局共收到政府信", "息公开申请13", "件。"]
    (claim,) = read_claims([Paragraph(line, Place(line=n)) for n, line in enumerate(lines, 1)], 2023)
    assert (claim.value, claim.place.line) == (13, 1)


# --- against a table


def outcome(text, table, applicant="total"):
    """Outcomes of all claims of a text against a table of a 2021 form; cells that are not named are zero."""
    generation = load_form().generation("2021")
    known = known_of("2021")
    numbers = {
        (metric.key, column): Decimal(0)
        for metric in generation.metrics()
        for column in ("all", "total", "natural_person")
    }
    numbers |= {
        (metric, c): None if v is None else Decimal(str(v))
        for metric, v in table.items()
        for c in ("total", "all")
    }
    present = {m.key for m in generation.metrics()} - {"requests.other"}
    claims = read(text, known=known)
    judged = [j for c in claims if (j := judge_claim(c, lambda _: [numbers], present)) is not None]
    return [(j.metric, j.outcome) for j in settle(judged)]


@pytest.mark.parametrize(
    ("text", "table", "expected"),
    [
        ("收到政府信息公开申请13件。", {"requests.received": 13}, "pass"),
        ("收到政府信息公开申请13件。", {"requests.received": 12}, "broken"),
        ("收到政府信息公开申请13件。", {"requests.received": None}, "not_assessable"),
        ("未收到政府信息公开申请。", {"requests.received": 2}, "broken"),
        ("收到政府信息公开申请100余件。", {"requests.received": 187}, "pass"),
        ("收到政府信息公开申请100余件。", {"requests.received": 250}, "broken"),
        ("收到政府信息公开申请近50件。", {"requests.received": 48}, "pass"),
        ("收到政府信息公开申请1.2万件。", {"requests.received": 12031}, "pass"),
        ("收到政府信息公开申请1.2万件。", {"requests.received": 13031}, "broken"),
        ("全县收到政府信息公开申请120件。", {"requests.received": 13}, "not_assessable"),
        ("通过网站收到政府信息公开申请9件。", {"requests.received": 13}, "not_assessable"),
        ("办理政府信息公开申请11件。", {"requests.received": 10, "requests.carried_in": 1, "requests.total": 10}, "pass"),
        ("办理政府信息公开申请11件。", {"requests.received": 10, "requests.carried_in": 2, "requests.total": 12}, "broken"),
        ("收取行政事业性收费26.6万元。", {"proactive.fees.amount": "26.55"}, "pass"),
        ("主动公开行政规范性文件9件。", {"proactive.normative_documents.issued": 3}, "not_assessable"),
        ("行政许可处理决定数量9件。", {"proactive.licensing.decisions": 8}, "broken"),
        ("提起行政诉讼2件。", {"litigation.direct.total": 1}, "not_assessable"),
        ("因政府信息公开被提起行政诉讼2件。", {"litigation.direct.total": 1}, "broken"),
        ("因政府信息公开被提起行政诉讼2件。", {"litigation.direct.total": 1, "litigation.after_review.total": 1}, "pass"),
    ],
)  # fmt: skip
def test_a_claim_against_the_table(text, table, expected):
    assert [o for _, o in outcome(text, table)] == [expected]


def test_a_part_of_a_count_that_agrees_is_no_contradiction():
    text = "收到政府信息公开申请13件。县公安分局收到政府信息公开申请5件。"
    assert outcome(text, {"requests.received": 13}) == [
        ("requests.received", "pass"),
        ("requests.received", "not_assessable"),
    ]


# --- what real reports claim

needs_shared = pytest.mark.skipif(not FIGURES.is_dir(), reason="the real figures are not beside the checkout")


def real_reports():
    return [
        (path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(FIGURES.glob("*.json"))
    ]


def wanted(stem, report, entry, labels):
    """(metric, applicant, value) that a quote claims, as the mapping of labels says."""
    cut = Counter(labels["cut"].get(stem, ()))
    names, values = entry["metric"].split(";"), entry["value"].split(";")
    if len(names) == 1:
        names *= len(values)
    found = []
    for name, value in zip(names, values, strict=True):
        meaning = labels["labels"][name]
        if meaning is None or (cut[value] and not (stem.startswith("tianmen") and not found)):
            continue
        found.append((meaning["metric"], meaning.get("applicant"), Decimal(value.rstrip("+-"))))
    return found


def fits(claim, want):
    metric, applicant, value = want
    column = claim.applicant if claim.applicant not in ("total", "all") else None
    return metric in claim.metrics and column == applicant and claim.value == value


def score():
    """Right, wanted and read claims by kind."""
    labels = yaml.safe_load((DATA / "claim_labels.yaml").read_text(encoding="utf-8"))
    right, want_count, read_count, wrong = Counter(), Counter(), Counter(), []
    for stem, report in real_reports():
        for entry in report["narrative_claims"]:
            want = wanted(stem, report, entry, labels)
            claims = read(entry["quote_short"], report["year"])
            for w in want:
                kind = w[0] if w[0].startswith("narrative") else w[0].split(".")[0]
                want_count[kind] += 1
                hit = any(fits(claim, w) for claim in claims)
                right[kind] += hit
                wrong += [] if hit else [f"{stem}: not read: {w}"]
            for claim in claims:
                kind = (
                    claim.metrics[0]
                    if claim.metrics[0].startswith("narrative")
                    else claim.metrics[0].split(".")[0]
                )
                read_count[kind] += 1
                if not any(fits(claim, w) for w in want):
                    read_count[f"{kind} wrongly"] += 1
                    wrong.append(f"{stem}: wrongly read: {shown(claim)}")
    return right, want_count, read_count, wrong


@needs_shared
def test_claims_of_real_reports_are_read():
    right, want, got, wrong = score()
    for kind in want:
        bad = got[f"{kind} wrongly"]
        print(f"{kind}: recall {right[kind]}/{want[kind]}, precision {got[kind] - bad}/{got[kind]}")
    print("\n".join(wrong))
    assert sum(want.values()) > 180
    assert sum(right.values()) >= 0.99 * sum(want.values())
    wrongly = sum(n for kind, n in got.items() if kind.endswith("wrongly"))
    assert wrongly <= 0.02 * sum(n for kind, n in got.items() if not kind.endswith("wrongly"))


@pytest.mark.parametrize(
    "piece",
    [
        "政府信息公开申请", "收到公民、法人和其他组织提出的", "未收到任何单位和个人", "复议", "行政复议、行政诉讼", "公开", "1", "1件", "共", "其中", "结转上年",
        "收到1件关于", "未发生因政府信息公开申请引起的", "依申请公开", "2023年", "不予公开", "(含", "主动公开各类政府信息", "信息公开平台", "没有现成信息",
    ],
)  # fmt: skip
def test_a_hostile_sentence_takes_no_longer_than_others(piece):
    sentence = "收到政府信息公开申请未发生复议没有诉讼" + piece * (1900 // len(piece)) + "件"
    started = time.process_time()
    read(sentence)
    assert time.process_time() - started < 1.0
