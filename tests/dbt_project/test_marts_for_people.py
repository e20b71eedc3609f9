"""The marts that people query: agencies by year, comparisons, roll-ups, quality, and rules across years and agencies."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from gongkai.settings import Home
from publish.build import build_warehouse
from tests.dbt_project.conftest import Query
from tests.dbt_project.marts_landing import CITY, CORRECTIONS, DECIDED, LOAD, PEERS, land_marts, townships

PLACE = "山西省临汾市"


@pytest.fixture(scope="module")
def query(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    """Rows of a query over the marts built from the landing zone of `marts_landing`; dbt's own tests have passed."""
    home = Home(tmp_path_factory.mktemp("marts"))
    land_marts(home)
    connection = duckdb.connect(str(build_warehouse(home, LOAD)), read_only=True)
    yield lambda sql, *parameters: connection.execute(sql, list(parameters)).fetchall()
    connection.close()


# --- agencies by report year


def test_a_report_joins_the_agency_as_it_was_in_its_year(query: Query) -> None:
    rows = query(
        "select report.year, agency.full_name, agency.city_code, agency.change_zh"
        " from marts.dim_report as report join marts.dim_agency_history as agency using (agency_version_key)"
        " where report.agency_key = '220184' order by all"
    )
    assert rows == [
        (2019, "吉林省四平市公主岭市", "2203", None),
        (2022, "吉林省长春市公主岭市", "2201", "2020年起上级地方变更，原为吉林省四平市公主岭市"),
    ]


def test_a_merged_place_ends_and_names_who_goes_on(query: Query) -> None:
    rows = query(
        "select agency_key, valid_to_year, successor_keys, trend_key from marts.dim_agency"
        " where agency_key like '330103%' order by all"
    )
    assert rows == [
        ("330103", 2020, ["330105"], "330105"),
        ("330103:教育局", 2020, ["330105:教育局"], "330105:教育局"),
    ]
    assert query("select predecessor_keys from marts.dim_agency where agency_key = '330105'") == [
        (["330103"],)
    ]


def test_a_series_goes_on_after_a_merger(query: Query) -> None:
    rows = query(
        "select year, sum(requests_received) from marts.mart_agency_year where trend_key = '330105'"
        " group by year order by year"
    )
    assert rows == [(2020, 100), (2021, 150)]


def test_departments_and_towns_can_be_drilled_down_to(query: Query) -> None:
    rows = query(
        "select province_name, city_name, county_name, township_name, department_name, parent_key"
        " from marts.dim_agency where agency_key in ('1410:教育局', ?) order by agency_key",
        townships()[0][0],
    )
    assert rows[0][:2] == ("山西省", "临汾市")
    assert rows[0][3] is not None and rows[0][4] is None
    assert rows[1] == ("山西省", "临汾市", None, None, "教育局", CITY)


# --- comparisons


def test_a_merged_place_is_compared_with_the_sum_of_what_it_was(query: Query) -> None:
    rows = query(
        "select agency_key, basis, requests_received_previous, requests_received_growth, grant_rate,"
        " grant_rate_previous from marts.mart_year_over_year where year = 2021 order by agency_key"
    )
    assert rows == [
        # a part of 江干区 came to it: not the place it was
        ("330102", "boundary_changed", None, None, 1.0, None),
        ("330105", "merged", 100, 0.5, 0.5, 0.7),
    ]


def test_growth_is_null_where_the_year_before_is_nothing(query: Query) -> None:
    rows = query(
        "select year, licensing_decisions_previous, licensing_decisions_growth, requests_received_growth"
        " from marts.mart_year_over_year where full_name = ? order by year",
        f"{PLACE}司法局",
    )
    assert rows == [(2023, 0, None, 11.5), (2024, 90000, -1.0, None)]


def test_percentiles_need_thirty_peers_that_have_the_figure(query: Query) -> None:
    assert query(
        "select distinct peer_scope, peer_place_code, peers, requests_received_peers, requests_received_median,"
        " requests_total_peers from marts.mart_peer where level = 'township'"
    ) == [("city", CITY, PEERS, PEERS, 155.0, PEERS - 1)]
    first, last = query(
        "select requests_received_percentile from marts.mart_peer where level = 'township'"
        " and requests_received in (0, 310) order by 1"
    )
    assert (first, last) == ((0.5 / PEERS,), ((PEERS - 0.5) / PEERS,))
    unknown = (
        "select requests_total_percentile, requests_total from marts.mart_peer where requests_received = 10"
    )
    assert query(unknown) == [(None, None)]
    # nineteen townships without a rate at most, but only 30 or more with one are a group
    assert query("select grant_rate_peers from marts.mart_peer where level = 'township' limit 1") == [
        (PEERS - 2,)
    ]
    assert query(
        "select count(*) from marts.mart_peer where level <> 'township' and (peers is not null"
        " or requests_received_percentile is not null)"
    ) == [(0,)]


# --- roll-ups


def test_a_place_adds_up_its_agencies_of_one_level(query: Query) -> None:
    rows = query(
        "select place_code, agencies_reported, requests_received, outcomes_agencies, agencies_doubtful, denial_rate"
        " from marts.mart_region_year where level = 'township' and year = 2023"
        " and place_code in ('CN', '14', '1410') order by all"
    )
    total = sum(10 * number for number in range(PEERS))
    assert rows == [(code, PEERS, total, PEERS - 1, 1, 0.1) for code in ("14", "1410", "CN")]


def test_coverage_is_of_those_who_were_due(query: Query) -> None:
    due, reported, coverage = query(
        "select agencies_expected, expected_reported, coverage from marts.mart_region_year"
        " where level = 'township' and year = 2023 and place_code = '1410'"
    )[0]
    assert (reported, coverage) == (PEERS, PEERS / due)
    assert due > PEERS


def test_the_levels_of_a_place_stand_apart(query: Query) -> None:
    rows = query("select distinct level from marts.mart_region_year where place_code = '33' and year = 2020")
    assert sorted(rows) == [("county",), ("department",)]


# --- outcomes, reasons, cases


def test_outcomes_of_a_report_add_up_and_unknown_ones_stay_unknown(query: Query) -> None:
    rows = query(
        "select outcome, requests, share from marts.mart_outcome_mix where agency_key = '330105' and year = 2021"
        " and requests > 0 order by outcome_order"
    )
    assert rows == [("granted", 75, 0.5), ("denied", 75, 0.5)]
    doubted = query(
        "select outcome, requests, share from marts.mart_outcome_mix where agency_key = ? and outcome = 'granted'",
        townships()[1][0],
    )
    assert doubted == [("granted", 9, None)]


def test_reasons_are_listed_where_they_occurred(query: Query) -> None:
    rows = query(
        "select reason_group_zh, reason_zh, requests, share_of_group, share_of_outcomes from marts.mart_denial_reason"
        " where agency_key = '330105' and year = 2021"
    )
    assert rows == [("不予公开", "属于行政执法案卷", 75, 1.0, 0.5)]


# --- rules across years and agencies


def test_figures_that_are_all_alike_are_named_on_both_sides(query: Query) -> None:
    rows = query(
        "select rule, outcome, message from marts.fct_finding"
        " where rule in ('figures_repeated', 'figures_shared') order by all"
    )
    digits = "9 个非零分项数值"
    assert rows == [
        ("figures_repeated", "broken", f"{PLACE}财政局2024年报告：{digits}与2023年报告全部相同，疑沿用上年数值。"),
        ("figures_repeated", "not_assessable", f"{PLACE}水利局2024年报告：两年中有一年的分项数值存疑，无法判断是否沿用上年数值。"),
        ("figures_shared", "broken", f"{PLACE}教育局2022年报告：{digits}与{PLACE}民政局的同年报告全部相同，疑误用他机关的报告，或同一机关有两个名称。"),
        ("figures_shared", "broken", f"{PLACE}民政局2022年报告：{digits}与{PLACE}教育局的同年报告全部相同，疑误用他机关的报告，或同一机关有两个名称。"),
        ("figures_shared", "not_assessable", f"{PLACE}水利局2024年报告：分项数值中有存疑的，无法判断是否与他机关相同。"),
    ]  # fmt: skip


def test_text_that_is_all_alike_counts_only_where_there_is_enough(query: Query) -> None:
    rows = query(
        "select rule, year, message from marts.fct_finding where rule like 'narrative_%' order by rule, message"
    )
    text = "正文（900 字）"
    assert rows == [
        ("narrative_repeated", 2024, f"{PLACE}信访局2024年报告：{text}除数字外与2023年报告逐字相同。"),
        ("narrative_shared", 2024, f"{PLACE}信访局2024年报告：{text}除机关名和数字外与{PLACE}商务局的同年报告逐字相同。"),
        ("narrative_shared", 2024, f"{PLACE}商务局2024年报告：{text}除机关名和数字外与{PLACE}信访局的同年报告逐字相同。"),
    ]  # fmt: skip


def test_an_amount_in_yuan_is_suspected_and_left_out_of_sums(query: Query) -> None:
    rows = query("select year, expected, found from marts.fct_finding where rule = 'unit_implausible'")
    assert rows == [(2023, 14, 140000)]
    wide = query(
        "select year, fees_amount, suppressed_metrics from marts.mart_agency_year where full_name = ? order by year",
        f"{PLACE}住房和城乡建设局",
    )
    assert [row[1] for row in wide] == [12, 15.5, None, 13]
    assert wide[2][2] == ["proactive.fees.amount"]
    # an office whose fees are large every year is no suspect, and 2024 is no jump from what was not 万元
    jumps = query("select full_name, year, found from marts.fct_finding join marts.dim_agency using (agency_key)"
                  " where rule = 'year_jump' and outcome = 'broken'")  # fmt: skip
    assert jumps == [(f"{PLACE}司法局", 2023, 250)]


def test_doubt_beside_a_large_number_is_no_pass(query: Query) -> None:
    rows = query(
        "select metric_key, message from marts.fct_finding join marts.dim_agency using (agency_key)"
        " where rule = 'year_jump' and outcome = 'not_assessable' and full_name = ? and year = 2024",
        f"{PLACE}司法局",
    )
    assert [key for key, _ in rows] == ["requests.received"]


def test_each_rule_says_how_many_it_could_not_judge(query: Query) -> None:
    (judged,) = query(
        "select sum(reports), sum(reports_passed), sum(reports_broken), sum(reports_not_assessable),"
        " sum(reports_not_applicable) from marts.mart_quality_rule where rule = 'figures_repeated'"
    )
    reports, passed, broken, not_assessable, not_applicable = judged
    assert (broken, not_assessable) == (1, 1)
    assert reports == passed + broken + not_assessable + not_applicable
    assert not_applicable > passed


# --- corrections


def test_every_line_of_the_corrections_says_what_became_of_it(query: Query) -> None:
    rows = query("select line, state from marts.mart_correction where file = '2026.csv' order by line")
    states = [
        "applied", "redundant", "reading_changed", "overridden", "applied", "superseded", "unmatched",
        "unmatched", "unmatched", "applied", "refused",
    ]  # fmt: skip
    assert rows == list(enumerate(states, start=2))
    assert len(states) == len(CORRECTIONS)


def test_a_correction_overrides_a_figure_and_keeps_what_was_read(query: Query) -> None:
    rows = query(
        "select title, value, value_status, read_value, read_status, figure.is_current from marts.fct_figure as figure"
        " join marts.dim_report using (report_id) where is_corrected order by all"
    )
    assert rows == [
        ("doubts", 8, "reported", 8, "doubtful", True),
        ("first", 7, "reported", 6, "reported", False),
        ("second", None, "blank", 0, "reported", True),
        ("unsure", 3, "reported", 5, "doubtful", True),
        ("wrong", 18, "reported", 81, "reported", True),
    ]


def test_corrected_figures_are_what_the_marts_use_and_are_named(query: Query) -> None:
    rows = query(
        "select agency_name, requests_received, figures_doubtful, figures_corrected, corrected_metrics"
        " from marts.mart_agency_year where figures_corrected > 0 order by requests_received"
    )
    assert rows == [
        ("临汾市档案局", 3, 0, 1, ["requests.received"]),
        ("临汾市地震局", 8, 5, 1, ["requests.received"]),
        ("临汾市体育局", 9, 0, 1, ["requests.carried_forward"]),
        ("临汾市气象局", 18, 0, 1, ["requests.received"]),
    ]
    assert query("select count(*) from marts.mart_review_list where agency_name like '%档案局'") == [(0,)]


def test_every_decision_says_what_became_of_it(query: Query) -> None:
    rows = query("select line, state, sentence from marts.mart_decision order by line")
    assert [state for _, state, _ in rows] == list(DECIDED)
    assert all(sentence.endswith("。") for _, _, sentence in rows)
    said = dict(zip((line for line, _, _ in rows), (sentence for _, _, sentence in rows), strict=True))
    assert (
        said[1]
        == "山西省临汾市地震局2023年度报告，“本年新收政府信息公开申请数量”（总计）：李雷 决定按原样发布，已生效。"
    )
    assert "现在读出的与决定时所见不同，未采用，请重新决定" in said[3]
    assert said[8].endswith("已由 王芳 撤回：看错了行。")


def test_a_figure_that_reads_otherwise_than_the_person_saw_stays_as_it_is(query: Query) -> None:
    rows = query(
        "select metric_key, value, value_status from marts.fct_figure where agency_key like '%地震局'"
        " and metric_key in ('requests.granted', 'requests.total') and applicant_key = 'total' order by all"
    )
    assert rows == [("requests.granted", None, "doubtful"), ("requests.total", None, "doubtful")]


def test_a_held_report_says_where_it_stands(query: Query) -> None:
    rows = query(
        "select title, state, decision_zh, decided_by from marts.mart_quarantine where title like 'held%' order by title"
    )
    assert rows == [
        ("held", "rejected", "不予采用", "李雷"),
        ("held old", "revised", None, None),
        ("held too", "decided", "更正", "李雷"),
    ]


def test_quality_is_told_by_agency_source_and_reader(query: Query) -> None:
    assert query(
        "select reports, findings_broken, top_rule from marts.mart_quality_agency where full_name = ?",
        f"{PLACE}财政局",
    ) == [(2, 1, "figures_repeated")]
    reports = query("select count(*) from marts.dim_report where is_current")
    assert query("select sum(reports) from marts.mart_quality_source") == reports
    assert query("select sum(reports) from marts.mart_quality_reader") == reports
