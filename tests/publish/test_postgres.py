"""The way to PostgreSQL through a real server, the short of it; the rest is in `tests/services`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.publish.small_warehouse import FIRST, SECOND, Small
from tests.services.postgres import Server
from tests.services.published import FILED, HOSTILE, Database, figures_of, revised


@pytest.fixture
def database(postgres_server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Database:
    return Database(postgres_server.create_database(request.node.name[:60]), tmp_path)


def test_what_is_published_is_what_postgres_holds(database: Database) -> None:
    done = database.publish(Small(filed=FILED))
    assert (done.how, done.load_id) == ("swap", FIRST)
    raws = dict(database.query("select agency_key || year || metric_key, raw from marts.fct_figure"))
    assert raws["992023requests.received"] == HOSTILE.replace("\0", "�")
    assert raws["992024requests.received"] == ""
    assert raws["99012024requests.received"] == "\\N"
    assert raws["99022024requests.received"] is None
    evidence = dict(database.query("select agency_key || year || metric_key, evidence from marts.fct_figure"))
    assert evidence["992024requests.received"] == ['x"y,\\{}', None, "", "NULL"]
    assert evidence["99012024requests.received"] == []
    assert evidence["99022024requests.received"] is None
    assert figures_of(database)["99", 2023, "requests.received"] == Decimal("3.000001")
    assert figures_of(database)["99", 2023, "requests.granted"] is None
    assert database.query("select load_id from marts.mart_load") == [(FIRST,)]


def test_a_further_load_exchanges_only_what_differs(database: Database) -> None:
    database.publish(Small(filed=FILED))
    before = dict(database.query("select report_id || metric_key, xmin::text from marts.fct_figure"))
    done = database.publish(Small(load_id=SECOND, filed=revised()))
    assert done.how == "changes"
    assert figures_of(database) == {
        ("99", 2023, "requests.received"): Decimal("3.000001"),
        ("99", 2023, "requests.granted"): None,
        ("99", 2024, "requests.received"): 40,
        ("9901", 2024, "requests.received"): 5,
        ("9903", 2024, "requests.received"): 7,
    }
    after = dict(database.query("select report_id || metric_key, xmin::text from marts.fct_figure"))
    untouched = {key for key, row in before.items() if after.get(key) == row}
    assert untouched == {
        "99-2023-0requests.received",
        "99-2023-0requests.granted",
        "9901-2024-0requests.received",
    }
    assert database.query("select agency_key from marts.dim_agency order by 1") == [
        ("99",),
        ("9901",),
        ("9903",),
    ]
    assert database.query("select max(load_id), count(*) from marts.mart_load") == [(SECOND, 2)]
    assert database.publish(Small(load_id=SECOND, filed=revised())).how == "unchanged"
