"""A landing zone for the marts for people: a county full of townships, a merger, copies, jumps, doubt, corrections."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from gongkai.corrections import land_corrections
from gongkai.settings import PROJECT_ROOT, Home
from review.decisions import Decision, add_decisions, land_decisions, make_decision_id, withdraw
from tests.dbt_project.landed import WHEN, Report, land, publish_mark

EARLIER = "20261101T020000-0001"
LOAD = "20261122T020000-0002"
TODAY = date(2026, 11, 22)

CITY = "1410"
"""临汾市: more than 30 townships of one name each."""
PEERS = 32
RECEIVED = ("requests.received", "total")
TOTAL = ("requests.total", "total")
GRANTED = ("requests.granted", "total")
FORWARD = ("requests.carried_forward", "total")
FEES = ("proactive.fees.amount", "all")
LICENSING = ("proactive.licensing.decisions", "all")
PENALTY = ("proactive.penalty.decisions", "all")

COPIED: Mapping[tuple[str, str], int] = {
    ("requests.received", "natural_person"): 41,
    ("requests.received", "business"): 17,
    ("requests.granted", "natural_person"): 23,
    ("requests.granted", "business"): 12,
    ("requests.denied.enforcement_file", "natural_person"): 11,
    ("requests.unavailable.not_held", "natural_person"): 10,
    LICENSING: 1234,
    PENALTY: 567,
    ("proactive.coercion.decisions", "all"): 13,
}
"""Nine figures of a report's own, nineteen digits: too many for chance."""
FEW: Mapping[tuple[str, str], int] = {("requests.received", "natural_person"): 1, LICENSING: 4}


@cache
def townships() -> tuple[tuple[str, str], ...]:
    """(code, full name) of the townships below the city, in the registry's order."""
    with (PROJECT_ROOT / "dbt_project/seeds/division.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["code"]: row for row in csv.DictReader(file)}
    return tuple(
        (code, f"山西省临汾市{rows[row['parent_code']]['name']}{row['name']}")
        for code, row in rows.items()
        if row["level"] == "township" and code.startswith(CITY) and row["name"].endswith(("镇", "乡"))
    )


def _request(received: int, granted: int, denied: int = 0) -> dict[tuple[str, str], int | Decimal | None]:
    return {
        RECEIVED: received,
        TOTAL: granted + denied,
        GRANTED: granted,
        ("requests.denied.enforcement_file", "total"): denied,
    }


def reports() -> list[Report]:
    """Every report of the load."""
    return [*_peers(), *_merger(), *_copies(), *_amounts(), *_corrected()]


def _peers() -> list[Report]:
    """Thirty-two townships of one city with 0, 10, 20, … requests; the second cannot be read."""
    listed = townships()[:PEERS]
    return [
        Report(
            f"peer {number}",
            name,
            2023,
            figures=_request(10 * number, 9 * number, number),
            statuses={TOTAL: "doubtful"} if number == 1 else {},
        )
        for number, (_, name) in enumerate(listed)
    ]


def _merger() -> list[Report]:
    """下城区 went into 拱墅区 as a whole in 2021, 江干区 was split, 公主岭市 moved to another city in 2020."""
    return [
        Report("下城 2020", "浙江省杭州市下城区人民政府", 2020, generation="2019", figures=_request(40, 40)),
        Report(
            "拱墅 2020", "浙江省杭州市拱墅区人民政府", 2020, generation="2019", figures=_request(60, 30, 30)
        ),
        Report("拱墅 2021", "浙江省杭州市拱墅区人民政府", 2021, figures=_request(150, 75, 75)),
        Report(
            "上城 2020", "浙江省杭州市上城区人民政府", 2020, generation="2019", figures=_request(900, 900)
        ),
        Report("上城 2021", "浙江省杭州市上城区人民政府", 2021, figures=_request(90, 90)),
        Report("下城教育 2020", "浙江省杭州市下城区教育局", 2020, generation="2019"),
        Report("公主岭 2019", "吉林省四平市公主岭市人民政府", 2019, generation="2019"),
        Report("公主岭 2022", "吉林省长春市公主岭市人民政府", 2022, figures=_request(7, 7)),
    ]


def _copies() -> list[Report]:
    """Figures of last year's, of a neighbour's, and reports that are alike for want of figures."""
    place = "山西省临汾市"
    long, short = ("a" * 64, 900), ("b" * 64, 120)
    return [
        Report("same text 2023", f"{place}信访局", 2023, narrative=long),
        Report("same text 2024", f"{place}信访局", 2024, narrative=long),
        Report("shared text", f"{place}商务局", 2024, narrative=long),
        Report("short text 2023", f"{place}林业局", 2023, narrative=short),
        Report("short text 2024", f"{place}林业局", 2024, narrative=short),
        Report("repeated 2023", f"{place}财政局", 2023, figures=dict(COPIED)),
        Report("repeated 2024", f"{place}财政局", 2024, figures=dict(COPIED)),
        Report("shared a", f"{place}民政局", 2022, figures={**COPIED, LICENSING: 4321}),
        Report("shared b", f"{place}教育局", 2022, figures={**COPIED, LICENSING: 4321}),
        Report("alike a", f"{place}统计局", 2022, figures=dict(FEW)),
        Report("alike b", f"{place}审计局", 2022, figures=dict(FEW)),
        Report("few 2023", f"{place}统计局", 2023, figures=dict(FEW)),
        Report("doubted 2023", f"{place}水利局", 2023, figures={**COPIED, LICENSING: 99}),
        Report(
            "doubted 2024",
            f"{place}水利局",
            2024,
            figures={**COPIED, LICENSING: 99},
            statuses={PENALTY: "doubtful"},
        ),
    ]


def _amounts() -> list[Report]:
    """An amount in 元 among amounts in 万元; a jump, a jump from 0, and a large office that is just large."""
    place = "山西省临汾市"
    fees = {2021: "12", 2022: "15.5", 2023: "140000", 2024: "13"}
    large = {2021: "20000", 2022: "26000", 2023: "31000"}
    return [
        *(
            Report(f"fees {year}", f"{place}住房和城乡建设局", year, figures={FEES: Decimal(amount)})
            for year, amount in fees.items()
        ),
        *(
            Report(f"large {year}", f"{place}自然资源局", year, figures={FEES: Decimal(amount)})
            for year, amount in large.items()
        ),
        Report("jump 2022", f"{place}司法局", 2022, figures={RECEIVED: 20, LICENSING: 0}),
        Report("jump 2023", f"{place}司法局", 2023, figures={RECEIVED: 250, LICENSING: 90000}),
        Report("jump 2024", f"{place}司法局", 2024, figures={RECEIVED: 3}, statuses={RECEIVED: "doubtful"}),
    ]


def _corrected() -> list[Report]:
    """Reports whose figures the corrections below name."""
    place = "山西省临汾市"
    return [
        Report("wrong", f"{place}气象局", 2023, figures={RECEIVED: 81, TOTAL: 18, GRANTED: 18}),
        Report(
            "doubts",
            f"{place}地震局",
            2023,
            figures={
                (f"requests.{name}", "total"): 8
                for name in (
                    "received",
                    "granted",
                    "total",
                    "carried_in",
                    "carried_forward",
                    "denied.prohibited_by_law",
                )
            },
            statuses={
                (f"requests.{name}", "total"): "doubtful"
                for name in (
                    "received",
                    "granted",
                    "total",
                    "carried_in",
                    "carried_forward",
                    "denied.prohibited_by_law",
                )
            },
        ),
        Report("held", None, 2023, held="agency_unknown"),
        Report("held old", None, 2023, held="agency_unknown", address="folder/held"),
        Report(
            "revised", f"{place}林业局", 2023, address="folder/held", retrieved_at=WHEN + timedelta(hours=1)
        ),
        Report("held too", None, 2023, held="agency_unknown"),
        Report("unsure", f"{place}档案局", 2023, figures={RECEIVED: 5}, statuses={RECEIVED: "doubtful"}),
        Report("first", f"{place}体育局", 2023, figures={RECEIVED: 6}, published_on=date(2024, 1, 5)),
        Report("second", f"{place}体育局", 2023, figures={RECEIVED: 9}, published_on=date(2024, 3, 5)),
    ]


def _line(name: str, agency: str, **changes: Any) -> dict[str, str]:
    line = {
        "report_id": Report(name, None, None).report_id,
        "agency": agency,
        "year": "2023",
        "metric": "requests.received",
        "applicant": "total",
        "read_value": "",
        "status": "reported",
        "value": "",
        "corrected_by": "王芳",
        "corrected_on": "2026-11-01",
        "reason": "与原件核对",
        "evidence": "原件第 2 页",
    }
    return line | {key: str(value) for key, value in changes.items()}


CORRECTIONS: tuple[dict[str, str], ...] = (
    _line("wrong", "临汾市气象局", read_value=81, value=18),
    _line("wrong", "临汾市气象局", metric="requests.granted", read_value=18, value=18),
    _line("wrong", "山西省临汾市气象局", metric="requests.total", read_value=17, value=16),
    _line("unsure", "山西省临汾市档案局", read_value=5, value=4, corrected_on="2026-10-01"),
    _line("unsure", "山西省临汾市档案局", read_value=5, value=3, corrected_on="2026-10-02"),
    _line("first", "山西省临汾市体育局", read_value=6, value=7),
    _line("second", "山西省临汾市民政局", read_value=9, value=99),
    _line("second", "山西省临汾市体育局", year=2022, read_value=9, value=99),
    _line("nowhere", "山西省临汾市体育局", read_value=9, value=99),
    _line("second", "山西省临汾市体育局", metric="requests.carried_forward", status="blank", read_value=0),
    _line("second", "山西省临汾市体育局", value="-3"),
)
"""Line by line: applied, redundant, reading changed, overridden, applied, superseded, of another agency, of another year, no such
report, applied (a number that is none), refused."""


def write_corrections(folder: Path) -> None:
    """The corrections as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "2026.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(CORRECTIONS[0]))
        writer.writeheader()
        writer.writerows(CORRECTIONS)


def _decision(name: str, agency: str | None, **changes: Any) -> Decision:
    report = Report(name, None, None)
    said: dict[str, Any] = {
        "subject": "cell",
        "report_id": report.report_id,
        "document_sha256": report.sha256,
        "reader_version": "1",
        "agency": agency,
        "year": 2023,
        "metric": "requests.received",
        "applicant": "total",
        "read_status": "doubtful",
        "read_value": 8,
        "decision": "publish_as_printed",
        "decided_by": "李雷",
        "decided_at": datetime(2026, 11, 20, 9, tzinfo=UTC),
        "reason": "与原件核对",
        "evidence": "原件第 2 页",
        "channel": "workbook",
    }
    said |= changes
    return Decision.model_validate(said | {"decision_id": make_decision_id(name, *said.values())})


def decisions() -> tuple[Decision, ...]:
    """What people have decided, a line each."""
    station, hold = (
        "山西省临汾市地震局",
        {"subject": "report", "metric": None, "applicant": None, "read_status": None},
    )
    held = {**hold, "read_value": None, "rules": ("",), "decision": "reject"}
    told = {**held, "decision": "correct", "right_agency": station, "right_year": 2023}
    return (
        _decision("doubts", station),
        _decision("doubts", station, metric="requests.granted", read_value=7),
        _decision(
            "doubts",
            station,
            metric="requests.total",
            decision="correct",
            status="reported",
            value=6,
            read_status="reported",
        ),
        _decision("doubts", station, metric="requests.carried_in", decision="ask_agency"),
        _decision("doubts", station, metric="requests.carried_forward", decision="reject", read_value=1),
        _decision("doubts", station, metric="requests.denied.state_secret", decision="reject", reason="看错"),
        _decision("doubts", station, metric="requests.denied.state_secret", decision="reject"),
        _decision("doubts", station, metric="requests.denied.prohibited_by_law", decision="reject"),
        _decision("held", None, **held),
        _decision("held too", None, **told),
        _decision("nowhere", None, **told),
    )


DECIDED = (
    "applied", "reading_changed", "reading_changed", "noted", "reading_changed", "overridden", "redundant",
    "withdrawn", "noted", "reading_changed", "unmatched",
)  # fmt: skip
"""What becomes of each: as it was seen; another number now; another status now; asked; another number now; a later one; no longer
doubtful; taken back; stays held; not applied to the report's reading; no such report."""


def decide(home: Home) -> None:
    """Take the decisions down, and one of them back."""
    taken = add_decisions(home, decisions())
    withdraw(home, taken[7].decision_id, by="王芳", reason="看错了行")


def land_marts(home: Home) -> None:
    """Land everything: an earlier, published load without corrections, and the load that is built."""
    land(home, EARLIER, reports()[:5])
    publish_mark(home, EARLIER)
    expected = [
        {"source": "folder", "origin": "levels", "level": "township", "source_place": CITY, "first_year": 2023, "last_year": 2023},
        {"source": "folder", "source_place": CITY, "origin": "levels", "level": "county", "first_year": 2021},
    ]  # fmt: skip
    land(home, LOAD, reports(), expected=expected)
    write_corrections(home.corrections)
    decide(home)
    land_corrections(home, LOAD, TODAY)
    land_decisions(home, LOAD)
