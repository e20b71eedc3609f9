"""One real dbt build over a small landing zone, shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from extract.landing import write_part
from gongkai.settings import Home
from publish.build import build_path, build_warehouse
from publish.state import state_path
from tests.dbt_project.landed import Report, land, publish_mark

PUBLISHED = "20261120T020000-0001"
STOPPED = "20261121T020000-0002"
CURRENT = "20261122T020000-0003"

RECEIVED = ("requests.received", "total")
FORWARD = ("requests.carried_forward", "total")
CARRIED_IN = ("requests.carried_in", "total")
GRANTED = ("requests.granted", "total")
TOTAL = ("requests.total", "total")
SECRET = ("requests.denied.state_secret", "total")
CORRECTED = ("review.corrected", "all")
UPHELD = ("review.upheld", "all")

Query = Callable[..., list[tuple[Any, ...]]]


def _land_everything(home: Home) -> None:
    reread = {"agency": "鹿固乡人民政府", "year": 2022}
    land(
        home,
        PUBLISHED,
        [
            Report("reread", **reread, figures={RECEIVED: 1}),
            Report(
                "left alone",
                "小铺乡",
                2024,
                figures={RECEIVED: 5, FORWARD: 2, GRANTED: 3, TOTAL: 4, CORRECTED: 1, UPHELD: 3},
            ),
            Report("now unreadable", "东方红乡", 2019),
        ],
    )
    publish_mark(home, PUBLISHED)
    land(
        home,
        STOPPED,
        [Report("reread", **reread, figures={RECEIVED: 99}), Report("never counted", "耳口乡", 2023)],
    )
    land(
        home,
        CURRENT,
        [
            Report(
                "reread",
                **reread,
                figures={RECEIVED: 2, TOTAL: 7},
                statuses={SECRET: "blank", TOTAL: "doubtful"},
            ),
            Report("first filing", "江苏省淮安市洪泽区人民政府", 2021, published_on=date(2022, 1, 20)),
            Report(
                "corrected filing",
                "洪泽区",
                2021,
                published_on=date(2022, 3, 20),
                figures={GRANTED: 3, TOTAL: 3},
            ),
            Report("next year", "小铺乡人民政府", 2025, figures={CARRIED_IN: 4}),
            Report("two towns", "光华镇", 2021),
            Report("one town", "光华镇", 2021, source="shanxi", source_place="14"),
            Report("bureau", "青岚县教育局", 2022),
            Report("nameless bureau", "县教育局", 2023, source="county", source_place="990121"),
            Report("township", "双河镇人民政府", 2023, source="county", source_place="990121"),
            Report("agencyless", None, 2022, held="agency_unknown"),
            Report("yearless", "耳口乡", None, held="year_unknown"),
        ],
        rejects=["now unreadable", "broken file"],
    )
    _land_pulls(home)


def _land_pulls(home: Home) -> None:
    """What became of addresses: the history of the stopped load is landed again by the current one."""
    gone = {"address": "http://a.test/gone", "role": "document", "outcome": "gone", "error_class": "gone"}
    failed = {
        "address": "http://a.test/slow",
        "role": "document",
        "outcome": "failed",
        "error_class": "timeout",
    }
    fetches = {
        PUBLISHED: [failed, {"address": "http://a.test/", "role": "list", "outcome": "new"}],
        STOPPED: [gone, failed],
        CURRENT: [
            gone | {"asked_load_id": STOPPED},
            {"address": "http://a.test/slow", "role": "document", "outcome": "new"},
            {"address": "http://a.test/", "role": "list", "outcome": "failed", "error_class": "tls"},
        ],
    }
    for load_id, rows in fetches.items():
        full = [{"load_id": load_id, "asked_load_id": load_id, "source": "site"} | row for row in rows]
        write_part(home.landing, "fetches", load_id, "source-site", full)
    finding = {"load_id": CURRENT, "source": "site", "rule": "source_dropped", "message": "少了。"}
    write_part(
        home.landing, "source_findings", CURRENT, "source-site", [finding | {"expected": 9, "found": 2}]
    )


@pytest.fixture(scope="session")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a published, a stopped and a current load, and the current one's build."""
    # a folder with everything that a glob, an SQL literal or a format string could trip over
    home = Home(tmp_path_factory.mktemp("home") / "数据 it's {a} [1]*")
    _land_everything(home)
    build_warehouse(home, CURRENT)
    return home


@pytest.fixture(scope="session")
def query(built_home: Home) -> Iterator[Query]:
    """Rows of a query over the built database, with its state file as `state`."""
    connection = duckdb.connect(str(build_path(built_home, CURRENT)), read_only=True)
    state = str(state_path(built_home, CURRENT)).replace("'", "''")
    connection.execute(f"attach '{state}' as state (read_only)")
    yield lambda sql, *parameters: connection.execute(sql, list(parameters)).fetchall()
    connection.close()
