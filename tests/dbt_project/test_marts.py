from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from extract.form import load_form
from extract.landing import SCHEMAS
from gongkai.settings import PROJECT_ROOT, Home
from publish.build import build_path, run_dbt
from publish.seeds import SEEDS, main, stale_seeds, write_seeds
from publish.state import state_path
from tests.dbt_project.conftest import CURRENT, PUBLISHED, Query
from tests.dbt_project.landed import Report

MODELS = PROJECT_ROOT / "dbt_project" / "models"


def test_the_latest_reading_that_counts_wins(query: Query) -> None:
    rows = query(
        "select value, load_id from marts.fct_figure where report_id = ? and metric_key = 'requests.received'"
        " and applicant_key = 'total'",
        Report("reread", None, None).report_id,
    )
    assert rows == [(2, CURRENT)]


def test_a_stopped_load_leaves_no_trace(query: Query) -> None:
    assert query("select count(*) from marts.fct_figure where value = 99") == [(0,)]
    assert query("select count(*) from marts.dim_report where title = 'never counted'") == [(0,)]
    assert query("select load_id from marts.mart_load order by 1") == [(PUBLISHED,), (CURRENT,)]


def test_a_document_not_read_again_stays_as_it_was(query: Query) -> None:
    assert query("select load_id from marts.dim_report where title = 'left alone'") == [(PUBLISHED,)]


def test_a_document_that_became_unreadable_is_a_reject_only(query: Query) -> None:
    assert query("select document_name from marts.mart_reject order by 1") == [
        ("broken file",),
        ("now unreadable",),
    ]
    assert query("select count(*) from marts.dim_report where title = 'now unreadable'") == [(0,)]


def test_held_reports_reach_no_fact(query: Query) -> None:
    held = query("select title, reason, agency_printed, year from marts.mart_quarantine order by 1")
    assert held == [
        ("agencyless", "agency_unknown", None, 2022),
        ("yearless", "year_unknown", "耳口乡", None),
    ]
    for table in ("dim_report", "fct_figure", "fct_finding"):
        held_ids = "select report_id from marts.mart_quarantine"
        assert query(f"select count(*) from marts.{table} where report_id in ({held_ids})") == [(0,)]


def test_a_second_document_of_an_agency_and_year_is_a_revision(query: Query) -> None:
    rows = query(
        "select title, revision, is_current from marts.dim_report where agency_key = '320813' order by 2"
    )
    assert rows == [("first filing", 1, False), ("corrected filing", 2, True)]
    assert query("select report_id, grant_rate from marts.mart_agency_year where agency_key = '320813'") == [
        (Report("corrected filing", None, None).report_id, 1.0)
    ]
    assert query(
        "select count(*), count(*) filter (where is_current) from marts.fct_figure"
        " where agency_key = '320813'"
    ) == [(400, 200)]


def test_agencies_are_resolved_and_namesakes_are_not_guessed(query: Query) -> None:
    rows = query(
        "select report.title, agency_key, agency.agency_name, agency.level, agency.resolution,"
        " report.resolution_evidence"
        " from marts.dim_report as report join marts.dim_agency as agency using (agency_key)"
    )
    assert {row[0]: row[1:] for row in rows} == {
        "reread": ("140930200", "鹿固乡", "township", "resolved", "printed_name"),
        "left alone": ("410526212", "小铺乡", "township", "resolved", "printed_name"),
        "next year": ("410526212", "小铺乡", "township", "resolved", "printed_name"),
        "first filing": ("320813", "洪泽区", "county", "resolved", "printed_name"),
        "corrected filing": ("320813", "洪泽区", "county", "resolved", "printed_name"),
        "two towns": ("unresolved:folder:光华镇", "光华镇", "township", "ambiguous", "several_places"),
        "one town": ("141029101", "光华镇", "township", "resolved", "source_place"),
        "bureau": ("990121:教育局", "青岚县教育局", "department", "resolved", "printed_name"),
        "nameless bureau": ("990121:教育局", "青岚县教育局", "department", "resolved", "source_place_word"),
        "township": ("990121102", "双河镇", "township", "resolved", "source_place"),
    }
    assert query("select candidates from marts.dim_agency where resolution = 'ambiguous'") == [
        (["山西省临汾市乡宁县光华镇", "吉林省通化市通化县光华镇"],)
    ]


def test_the_places_above_an_agency_are_agencies_too(query: Query) -> None:
    chain = query(
        "with recursive up as ("
        "   select * from marts.dim_agency where agency_key = '990121:教育局'"
        "   union all"
        "   select above.* from marts.dim_agency as above join up on above.agency_key = up.parent_key)"
        " select full_name from up order by length(agency_key) desc"
    )
    assert [name for (name,) in chain] == [
        "示例省云海市青岚县教育局",
        "示例省云海市青岚县",
        "示例省云海市",
        "示例省",
    ]


def test_unknown_figures_are_null_and_so_is_what_is_computed_from_them(query: Query) -> None:
    rows = query(
        "select requests_denied, requests_unavailable, requests_total, grant_rate,"
        " figures_doubtful, figures_blank"
        " from marts.mart_agency_year where agency_key = '140930200'"
    )
    assert rows == [(None, 0, None, None, 1, 1)]


def test_rates_are_null_where_there_is_nothing_to_divide_by(query: Query) -> None:
    rows = query(
        "select year, grant_rate, review_correction_rate, litigation_loss_rate from marts.mart_agency_year"
        " where agency_key = '410526212' order by 1"
    )
    assert rows == [(2024, 0.75, 0.25, None), (2025, None, None, None)]


def test_a_doubtful_figure_has_a_reading_and_no_value_and_is_listed_for_review(query: Query) -> None:
    figure = query("select value, doubtful_reading from marts.fct_figure where value_status = 'doubtful'")
    assert figure == [(None, 7)]
    listed = query(
        "select agency_name, year, metric_name, applicant_name, doubtful_reading, line, document_name"
        " from marts.mart_review_list"
    )
    assert listed == [("山西省忻州市河曲县鹿固乡", 2022, "办理结果总计", "总计", 7, 1, "reread")]


def test_rules_across_years_name_both_numbers(query: Query) -> None:
    rows = query("select year, expected, found, message from marts.fct_finding where outcome = 'broken'")
    assert rows == [
        (
            2025,
            2,
            4,
            "河南省安阳市滑县小铺乡2025年报告，三、收到和处理政府信息公开申请情况，“上年结转政府信息公开申请数量”行、"
            "“总计”列：填报 4，2024年报告“结转下年度继续办理”为 2，两者应当相等。",
        )
    ]


def test_without_the_year_before_a_rule_is_not_assessable_which_is_no_pass(query: Query) -> None:
    rows = query(
        "select rule, metric_key, outcome from marts.fct_finding join marts.dim_report using (report_id)"
        " where title = 'bureau' order by 1, 2"
    )
    assert rows == [
        ("carry_over", "requests.carried_in", "not_assessable"),
        ("in_force_roll", "proactive.normative_documents.in_force", "not_assessable"),
        ("in_force_roll", "proactive.rules.in_force", "not_assessable"),
        ("year_jump", None, "not_assessable"),
    ]


def test_the_seeds_say_what_the_form_says(tmp_path: Path) -> None:
    assert stale_seeds() == []
    assert main(["--check"]) == 0
    for path in write_seeds(tmp_path):
        assert path.read_bytes() == (SEEDS / path.name).read_bytes()
    (tmp_path / "rule.csv").write_text("rule\n", encoding="utf-8")
    assert stale_seeds(tmp_path) == ["rule.csv"]


def test_every_metric_of_the_form_is_in_the_dimension(query: Query) -> None:
    metrics = {metric.key: metric.generations for metric in load_form().metrics()}
    rows = query("select metric_key, in_2019, in_2021 from marts.dim_metric")
    assert {key: (old, new) for key, old, new in rows} == {
        key: ("2019" in generations, "2021" in generations) for key, generations in metrics.items()
    }


def test_the_sources_declare_the_landing_schemas() -> None:
    declared = yaml.safe_load((MODELS / "staging" / "_sources.yml").read_text(encoding="utf-8"))["sources"][
        0
    ]["tables"]
    columns = {table["name"]: [column["name"] for column in table["columns"]] for table in declared}
    assert columns == {dataset: schema.names for dataset, schema in SCHEMAS.items()}
    assert all(column["description"] for table in declared for column in table["columns"])


def test_every_model_states_its_grain_and_is_described() -> None:
    described = set()
    for path in MODELS.rglob("*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            assert model["description"], model["name"]
            described.add(model["name"])
    models = {path.stem: path.read_text(encoding="utf-8") for path in MODELS.rglob("*.sql")}
    assert described == models.keys()
    assert [name for name, sql in models.items() if not re.match(r"-- Grain: one row", sql)] == []


def test_the_published_tables_are_described_column_by_column(query: Query) -> None:
    assert (
        query(
            "select table_name, column_name from duckdb_columns()"
            " where schema_name = 'marts' and comment is null"
        )
        == []
    )


def test_the_unit_tests_of_the_models_pass(built_home: Home, tmp_path: Path) -> None:
    # in a copy of the build and its state, under the names dbt built them by: it looks up there which columns models have
    database = tmp_path / "warehouse.duckdb"
    shutil.copyfile(build_path(built_home, CURRENT), database)
    shutil.copyfile(state_path(built_home, CURRENT), tmp_path / "state.duckdb")
    run_dbt(built_home, CURRENT, ["test", "--select", "test_type:unit"], database=database)
    assert "PASS=10 WARN=0 ERROR=0 SKIP=0" in (built_home.reports / CURRENT / "dbt.log").read_text(
        encoding="utf-8"
    )
