"""Decisions survive whatever happens to the warehouse: real loads, one after the other, in a home with the samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from gongkai.settings import Home
from tests.end_to_end.conftest import Run, copied, run
from tests.end_to_end.test_other_loads import age, gongkai

pytestmark = pytest.mark.soak
REPORT = "report:c88ba8e18b9d5f89-0"
TOTAL = "cell:f996730bda3c355e-0:requests.received:total"
SUM = "cell:f996730bda3c355e-0:requests.total:total"
FIRST = "cell:f996730bda3c355e-0:review.total:all"
STATES = {REPORT: "applied", TOTAL: "applied", SUM: "applied", FIRST: "noted"}
SIGNED = ("--by", "王芳", "--reason", "与原件核对")


def decided(home: Home, case: str, *arguments: str) -> None:
    done = gongkai(home, "review", "decide", case, *SIGNED, *arguments)
    assert done.code == 0, done.output


def seen(home: Home) -> dict[str, Any]:
    """What the warehouse shows of the decisions: their states, the figures, the report that was held."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        states = connection.execute(
            "select case when subject = 'report' then 'report:' || report_id"
            " else concat_ws(':', 'cell', report_id, metric_key, applicant_key) end, state from marts.mart_decision"
        ).fetchall()
        figures = connection.execute(
            "select metric_key, value::integer, value_status, read_value::integer from marts.fct_figure"
            " where report_id = 'f996730bda3c355e-0' and applicant_key in ('total', 'all')"
            " and metric_key in ('requests.received', 'requests.total', 'review.total') order by all"
        ).fetchall()
        bureau = connection.execute(
            "select agency_printed, year, agency_evidence, is_current from marts.dim_report"
            " where report_id = 'c88ba8e18b9d5f89-0'"
        ).fetchall()
        held = connection.execute("select count(*) from marts.mart_quarantine").fetchall()
    return {"states": dict(states), "figures": figures, "bureau": bureau, "held": held}


EXPECTED = {
    "states": STATES,
    "figures": [
        ("requests.received", 14, "reported", 14),
        ("requests.total", 15, "reported", 14),
        ("review.total", None, "doubtful", None),
    ],
    "bureau": [("示例省云海市青岚县林业局", 2023, "review", True)],
    "held": [(0,)],
}


def test_decisions_survive_reruns_rereads_rebuilds_and_a_restored_backup(
    own_home: Home, tmp_path: Path
) -> None:
    home = own_home
    decided(home, REPORT, "--decision", "correct", "--agency", "示例省云海市青岚县林业局", "--year", "2023")
    decided(home, TOTAL, "--decision", "publish_as_printed")
    decided(home, SUM, "--decision", "correct", "--value", "15")
    decided(home, FIRST, "--decision", "ask_agency")

    def check(done: Run) -> None:
        assert done.code in (0, 3), done.output
        assert seen(done.home) == EXPECTED

    check(run(home))  # the next night
    backup = copied(home, tmp_path / "backup")
    check(run(home))  # and the one after
    age(home)
    check(gongkai(home, "reread", "--all"))  # everything is read by a newer reader
    check(run(home, "--full"))  # everything is read and built anew

    restored = copied(backup, tmp_path / "restored")
    restored.warehouse.unlink()  # what can be built again need not be in a backup
    check(run(restored))

    withdrawn = gongkai(home, "review", "list", "--decided", "--format", "jsonl")
    first = withdrawn.output.splitlines()[0]
    assert '"standing": "in_force"' in first
    decision_id = first.split('"decision_id": "')[1][:16]
    assert gongkai(home, "review", "withdraw", decision_id, "--by", "李雷", "--reason", "不是该局").code == 0
    done = run(home)
    assert done.code in (0, 3), done.output
    after = seen(home)
    assert (after["bureau"], after["held"], after["states"][REPORT]) == ([], [(2,)], "withdrawn")
    assert after["figures"] == EXPECTED["figures"]
