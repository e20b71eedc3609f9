"""Decisions survive whatever happens to the warehouse: real loads, one after the other."""

from __future__ import annotations

import shutil
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from gongkai import loads, pipeline
from gongkai.settings import PROJECT_ROOT, TIME_ZONE, Home
from review.command import review_command
from review.decisions import read_decisions, withdraw
from tests.end_to_end.conftest import copied
from tests.end_to_end.test_other_loads import age

pytestmark = pytest.mark.soak
SAMPLES = ("unnamed-bureau.txt", "shuanghe-town-2022.txt")
REPORT = "report:c88ba8e18b9d5f89-0"
TOTAL = "cell:f996730bda3c355e-0:requests.received:total"
SUM = "cell:f996730bda3c355e-0:requests.total:total"
FIRST = "cell:f996730bda3c355e-0:review.total:all"
STATES = {REPORT: "applied", TOTAL: "applied", SUM: "applied", FIRST: "noted"}
SIGNED = ("--by", "王芳", "--reason", "与原件核对")


def load(home: Home, folder: Path, mode: str = "incremental") -> str:
    """A whole load, task by task as the DAGs call them; how it ended."""
    load_id = loads.make_load_id(datetime.now(TIME_ZONE), str(time.monotonic()))
    holder = loads.Holder.foreground()
    if mode == "reread":
        pipeline.open_reread(home, load_id, holder=holder, limit=100)
        pipeline.choose_documents(home, load_id)
    else:
        for sources in pipeline.open_load(home, load_id, sources=[str(folder)], mode=mode, holder=holder):
            pipeline.pull(home, load_id, sources)
    for batch in pipeline.plan_batches(home, load_id):
        pipeline.extract_batch(home, load_id, batch)
    pipeline.gate_landing(home, load_id)
    pipeline.build(home, load_id)
    pipeline.gate_marts(home, load_id)
    pipeline.publish(home, load_id)
    pipeline.report_load(home, load_id)
    return pipeline.close_load(home, load_id)


def decided(home: Home, case: str, *arguments: str) -> None:
    done = CliRunner().invoke(review_command, ["decide", case, *SIGNED, *arguments, "--home", str(home.root)])
    assert done.exit_code == 0, done.output


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


def test_decisions_survive_reruns_rereads_rebuilds_and_a_restored_backup(tmp_path: Path) -> None:
    home, folder = Home(tmp_path / "home"), tmp_path / "reports"
    folder.mkdir()
    for name in SAMPLES:
        shutil.copy(PROJECT_ROOT / "samples" / name, folder)
    assert load(home, folder) == "published"
    decided(home, REPORT, "--decision", "correct", "--agency", "示例省云海市青岚县林业局", "--year", "2023")
    decided(home, TOTAL, "--decision", "publish_as_printed")
    decided(home, SUM, "--decision", "correct", "--value", "15")
    decided(home, FIRST, "--decision", "ask_agency")

    def check(home: Home, mode: str = "incremental") -> None:
        assert load(home, folder, mode) == "published"
        assert seen(home) == EXPECTED, mode

    check(home)  # the next night
    backup = copied(home, tmp_path / "backup")
    check(home)  # and the one after
    age(home)
    check(home, "reread")  # everything is read by a newer reader
    check(home, "full")  # everything is read and built anew

    restored = copied(backup, tmp_path / "restored")
    restored.warehouse.unlink()  # what can be built again need not be in a backup
    shutil.rmtree(restored.build)
    check(restored)

    [bureau] = [one for one in read_decisions(home).in_force if one.case_id == REPORT]
    withdraw(home, bureau.decision_id, by="李雷", reason="不是该局")
    assert load(home, folder) == "published"
    after = seen(home)
    assert (after["bureau"], after["held"], after["states"][REPORT]) == ([], [(2,)], "withdrawn")
    assert after["figures"] == EXPECTED["figures"]
