"""Five real reports whose traps must come out right. They live beside the checkout; without them nothing to test."""

from pathlib import Path

import pytest

from extract.document import extract_document

SHARED = Path(__file__).parents[3] / "shared"
pytestmark = pytest.mark.skipif(
    not (SHARED / "seeds").is_dir(), reason="the seed reports are not beside the checkout"
)


def read(prefix: str):
    (path,) = (SHARED / "seeds").glob(f"{prefix}_*.txt")
    (found,) = extract_document(path.read_bytes(), path.name)
    assert found["error"] is None
    return found, {(c["metric"], c["applicant"]): c for c in found["cells"]}


def findings(found, outcome="broken"):
    return {(f["rule"], f["metric"]) for f in found["findings"] if f["outcome"] == outcome}


def test_lugu_has_lost_cells_and_claims_otherwise():
    found, cells = read("000")
    assert (found["report"]["agency"], found["report"]["year"], found["report"]["generation"]) == (
        "鹿固乡",
        2022,
        "2021",
    )
    proactive = {k[0]: (c["status"], c["value"]) for k, c in cells.items() if k[0].startswith("proactive")}
    assert proactive["proactive.normative_documents.issued"] == ("reported", 10)
    assert proactive["proactive.penalty.decisions"] == ("reported", 6)
    assert all(status == "reported" for status, _ in proactive.values())
    for (metric, _), cell in cells.items():
        if not metric.startswith("proactive"):
            assert cell["status"] == "doubtful", metric
    broken = findings(found)
    assert any(rule == "narrative" and metric.startswith("requests.") for rule, metric in broken)
    assert ("narrative", "litigation.total") in broken
    (claim,) = [c for c in found["claims"] if c["value"] == 13]
    assert claim["metrics"] == ["requests.received", "requests.total"]


def test_erkou_has_lost_header_cells_and_a_metadata_header():
    found, cells = read("001")
    assert (found["report"]["agency"], found["report"]["year"]) == ("耳口乡", 2023)
    assert {(c["status"], c["value"]) for c in cells.values()} == {("reported", 0)}
    assert not findings(found) and len(cells) == 200


def test_guanghua_has_blanks_that_are_not_zeros():
    found, cells = read("002")
    assert (found["report"]["agency"], found["report"]["year"]) == ("光华镇", 2021)
    for (metric, applicant), cell in cells.items():
        if metric.startswith("requests."):
            assert (cell["status"], cell["value"]) == (
                ("reported", 0) if applicant == "total" else ("blank", None)
            )
        elif metric.startswith(("review.", "litigation.")):
            assert (cell["status"], cell["value"]) == (
                ("reported", 0) if metric.endswith(".total") else ("blank", None)
            )
        else:
            assert (cell["status"], cell["value"]) == ("reported", 0)
    assert not findings(found)


def test_dongfanghong_is_the_old_form_with_an_amount_without_unit():
    found, cells = read("003")
    assert (found["report"]["agency"], found["report"]["year"], found["report"]["generation"]) == (
        "东方红乡",
        2019,
        "2019",
    )
    amount = cells[("proactive.procurement.amount", "all")]
    assert (amount["status"], amount["value"], amount["unit"], amount["raw"]) == (
        "reported",
        1260000,
        None,
        "1260000",
    )
    assert findings(found) == {("unit_unknown", "proactive.procurement.amount")}
    for (metric, applicant), cell in cells.items():
        if metric.startswith("requests."):
            assert (cell["status"], cell["value"]) == (
                ("reported", 0) if applicant == "total" else ("blank", None)
            ), metric
    assert len(cells) == 198


def test_xiaopu_is_markdown_from_ocr():
    found, cells = read("004")
    assert (found["report"]["agency"], found["report"]["year"], found["document"]["format"]) == (
        "小铺乡",
        2024,
        "markdown",
    )
    assert {(c["status"], c["value"]) for c in cells.values()} == {("reported", 0)}
    assert not findings(found)
    assert {(tuple(c["metrics"]), c["value"]) for c in found["claims"]} == {
        (("narrative.disclosed_items",), 503), (("requests.received",), 0), (("review.total",), 0), (("litigation.total",), 0),
    }  # fmt: skip


def test_hongze_is_a_real_pdf_with_sums_that_the_agency_got_wrong():
    import json

    path = SHARED / "real" / "documents" / "hongze-district-2023.pdf"
    truth = json.loads(
        (SHARED / "real" / "figures" / "hongze-district-2023.json").read_text(encoding="utf-8")
    )
    (found,) = extract_document(path.read_bytes(), path.name)
    cells = {(c["metric"], c["applicant"]): c for c in found["cells"]}
    assert all(cell["status"] == "reported" for cell in cells.values()) and len(cells) == 186
    printed = [cell["raw"] for cell in found["cells"] if cell["metric"].startswith("requests.")]
    assert printed == [value for row in truth["requests"] for value in row[1:]]
    assert [c["raw"] for c in found["cells"] if c["metric"].startswith(("review.", "litigation."))] == truth[
        "litigation"
    ]
    assert findings(found) == {
        ("review_total", "review.total"),
        ("litigation_after_review_total", "litigation.after_review.total"),
    }
