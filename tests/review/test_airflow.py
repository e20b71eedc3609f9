"""People are asked in Airflow's real web interface, and answer there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from gongkai.settings import PROJECT_ROOT, Home
from review.decisions import read_decisions
from tests.end_to_end.conftest import Run, copied
from tests.review.airflow_web import DAG, Airflow, airflow_up, wait_for

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
CELL = "cell:f996730bda3c355e-0:requests.received:total"
REPORT = "report:c88ba8e18b9d5f89-0"
PICTURES = PROJECT_ROOT / "docs" / "images"


@pytest.fixture(scope="module")
def up_home(samples_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return copied(samples_run.home, tmp_path_factory.mktemp("airflow") / "home")


@pytest.fixture(scope="module")
def airflow(up_home: Home) -> Iterator[Airflow]:
    with airflow_up(up_home) as started:
        yield started


@pytest.fixture(scope="module")
def run_id(airflow: Airflow) -> str:
    run_id = airflow.trigger()
    airflow.asked(run_id, at_least=3)
    return run_id


@pytest.fixture(scope="module")
def page(airflow: Airflow) -> Iterator[Page]:
    """A browser logged in as `admin`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_context(viewport={"width": 1366, "height": 1400}, locale="zh-CN").new_page()
        page.set_default_timeout(90_000)
        page.goto(airflow.base)
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", airflow.password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url)
        yield page
        browser.close()


def question(page: Page, airflow: Airflow, run_id: str, task_id: str, index: int) -> None:
    page.goto(f"{airflow.base}/dags/{DAG}/runs/{run_id}/tasks/{task_id}/mapped/{index}/required_actions")
    page.wait_for_selector("text=请机关核实 ask_agency")


def picture(page: Page, name: str, tmp_path: Path) -> None:
    """A picture of what is seen; kept in the documentation where it is not there yet."""
    page.wait_for_timeout(1500)
    kept = PICTURES / name
    page.screenshot(path=tmp_path / name if kept.exists() else kept)


def test_the_questions_stand_in_the_list_of_required_actions(
    page: Page, airflow: Airflow, run_id: str, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 1366, "height": 560})
    page.goto(f"{airflow.base}/required_actions")
    page.wait_for_selector("text=unnamed-bureau.txt")
    assert page.locator("text=双河镇 2022").count() >= 2
    picture(page, "review-list.png", tmp_path)
    page.set_viewport_size({"width": 1366, "height": 1400})


def test_a_question_shows_the_evidence_and_wants_a_reason(
    page: Page, airflow: Airflow, run_id: str, tmp_path: Path
) -> None:
    question(page, airflow, run_id, "ask_cell", 0)
    text = page.locator("body").inner_text()
    for said in (
        "双河镇",
        "本年新收政府信息公开申请数量",
        "按行内顺序读：14",
        "第 39 行",
        "shuanghe-town-2022.txt",
        CELL,
    ):
        assert said in text
    correct = page.get_by_test_id("hitl-option-更正 correct")
    assert correct.is_disabled()
    page.fill("#element_reason", "与原件第三部分核对，总计为 14")
    page.fill("#element_value", "14")
    page.keyboard.press("Tab")
    page.wait_for_timeout(500)
    assert correct.is_enabled()
    picture(page, "review-question.png", tmp_path)


def test_an_answer_becomes_a_decision_with_the_responders_name(
    page: Page, airflow: Airflow, run_id: str, up_home: Home
) -> None:
    question(page, airflow, run_id, "ask_cell", 0)
    page.fill("#element_reason", "与原件第三部分核对，总计为 14")
    page.get_by_test_id("hitl-option-按原样发布 publish_as_printed").click()
    wait_for(lambda: airflow.task(run_id, "ask_cell", 0)[0] == "success", "the end of the task")
    decision = read_decisions(up_home).by_case[CELL]
    assert (decision.decision, decision.decided_by, decision.channel) == (
        "publish_as_printed",
        "admin",
        "airflow",
    )
    assert decision.reason == "与原件第三部分核对，总计为 14"


def test_an_answer_that_cannot_be_taken_is_asked_for_again_with_the_reason(
    page: Page, airflow: Airflow, run_id: str, up_home: Home
) -> None:
    question(page, airflow, run_id, "ask_report", 0)
    page.fill("#element_reason", "与该局核实")
    page.fill("#element_agency", "示例省云海市青岚县林业局")
    page.get_by_test_id("hitl-option-更正 correct").click()
    wait_for(lambda: airflow.task(run_id, "ask_report", 0) == ("awaiting_input", 2), "the second question")
    assert REPORT not in read_decisions(up_home).by_case
    question(page, airflow, run_id, "ask_report", 0)
    page.wait_for_selector("text=上次的答复没有采用：更正整份报告须写明机关的全称和年度")
    page.fill("#element_reason", "与该局核实")
    page.fill("#element_agency", "示例省云海市青岚县林业局")
    page.fill("#element_year", "2023")
    page.get_by_test_id("hitl-option-更正 correct").click()
    wait_for(lambda: airflow.task(run_id, "ask_report", 0)[0] == "success", "the end of the task")
    decision = read_decisions(up_home).by_case[REPORT]
    assert (decision.right_agency, decision.right_year) == ("示例省云海市青岚县林业局", 2023)


def test_a_question_that_nobody_answers_takes_no_workers_place_and_the_next_run_does_not_ask_what_is_decided(
    airflow: Airflow, run_id: str
) -> None:
    assert airflow.task(run_id, "ask_cell", 1)[0] == "awaiting_input"
    slots = airflow.client.get("/api/v2/pools/default_pool").json()
    assert (slots["running_slots"], slots["queued_slots"]) == (0, 0)
