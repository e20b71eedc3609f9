"""Sequences of loads for tests: landed, built and published one after the other, as nights are."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb

from gongkai.settings import Home
from publish.build import build_warehouse
from publish.snapshot import keep_for_next, publish_snapshot
from tests.dbt_project.landed import Report, land

AGENCIES = ("鹿固乡", "小铺乡", "光华镇", "东方红乡人民政府", "江苏省淮安市洪泽区教育局", "某某无名办")
RECEIVED, CARRIED_IN, FORWARD = (
    (metric, "total") for metric in ("requests.received", "requests.carried_in", "requests.carried_forward")
)


@dataclass
class Night:
    """What a load lands, and whether it is published or stopped after its build."""

    reports: list[Report] = field(default_factory=list)
    rejects: list[str] = field(default_factory=list)
    expected: list[dict[str, Any]] = field(default_factory=list)
    stopped: bool = False


def load_id(number: int) -> str:
    """The id of the n-th night."""
    return f"202611{number + 1:02d}T020000-{number:04x}"


def play(home: Home, nights: Sequence[Night]) -> Path:
    """Land, build and publish nights; the last one is built only. Returns its build."""
    database = home.root
    for number, night in enumerate(nights):
        land(home, load_id(number), night.reports, night.rejects, night.expected)
        database = build_warehouse(home, load_id(number))
        if number < len(nights) - 1 and not night.stopped:
            publish(home, number)
    return database


def publish(home: Home, number: int) -> None:
    """Publish a built night."""
    publish_load(home, load_id(number), datetime(2026, 11, 1, 3, tzinfo=UTC) + timedelta(days=number))


def publish_load(home: Home, published: str, when: datetime) -> None:
    """Publish a built load as of a moment; it needs no record."""
    mark = {"load_id": published, "mode": "incremental", "sources": ["folder"], "reader_version": None}
    mark |= {"started_at": when, "published_at": when}
    with patch("publish.snapshot._mark", lambda *_: mark):
        publish_snapshot(home, published)
    keep_for_next(home, published)


def build_all(home: Home, scratch: Home, number: int) -> Path:
    """Build the last night's warehouse from the whole landing zone, in a home of its own."""
    shutil.copytree(home.landing, scratch.landing)
    return build_warehouse(scratch, load_id(number), full=True)


def marts(database: Path) -> dict[str, list[str]]:
    """Every published table's and view's rows, sorted."""
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by all"
        ).fetchall()
        return {
            name: sorted(map(repr, connection.execute(f"from marts.{name}").fetchall())) for (name,) in names
        }


def draw_nights(rng: random.Random, count: int = 4) -> list[Night]:
    """Nights at random: new reports, corrections, readings again (also into rejects), duplicates at other addresses, holds."""
    nights: list[Night] = []
    known: list[Report] = []
    for number in range(count):
        night = Night(stopped=0 < number < count - 1 and rng.random() < 0.2)
        for position in range(rng.randint(2, 5)):
            night.reports.append(_draw_report(rng, f"{number}.{position}"))
        published = rng.sample(known, min(len(known), 3))
        for report in published:
            what = rng.random()
            if what < 0.3:
                night.reports.append(replace(report, figures={RECEIVED: rng.randint(0, 9)}))
            elif what < 0.5:
                night.reports.append(replace(report, held="agency_unknown" if report.held is None else None))
            elif what < 0.7:
                night.reports.append(replace(report, address=f"folder/again {rng.randint(0, 2)}"))
            elif what < 0.85:
                night.rejects.append(report.name)
            else:
                night.reports.append(replace(report, year=(report.year or 2020) + 1))
        if rng.random() < 0.5:
            night.expected.append(
                {
                    "source": "folder",
                    "source_place": "32",
                    "origin": "levels",
                    "level": "county",
                    "first_year": 2020,
                    "pulled_at": datetime(2026, 11, number + 1, tzinfo=UTC),
                }
            )
        if not night.stopped:
            known = [*{report.name: report for report in [*known, *night.reports]}.values()]
        nights.append(night)
    return nights


def _draw_report(rng: random.Random, name: str) -> Report:
    year = rng.choice((2020, 2021, 2022, 2023))
    generation = "2019" if year < 2021 else "2021"
    return Report(
        name,
        rng.choice(AGENCIES),
        year,
        generation=generation,
        published_on=rng.choice((None, date(year + 1, 1, rng.randint(1, 28)))),
        figures={RECEIVED: rng.randint(0, 9), FORWARD: rng.randint(0, 2), CARRIED_IN: rng.randint(0, 2)},
        statuses={}
        if rng.random() < 0.7
        else {("review.total", "all"): "doubtful", ("review.other", "all"): "blank"},
        findings=() if rng.random() < 0.7 else [{"rule": "balance", "outcome": "broken", "message": "不符"}],
        claims=()
        if rng.random() < 0.5
        else [{"metrics": ["requests.received"], "applicant": "total", "value": 1, "quote": "1件"}],
        held=None if rng.random() < 0.9 else "agency_unknown",
        address=f"folder/{rng.choice(('a', 'b', 'c', name))}",
    )
