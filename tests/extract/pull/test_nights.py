"""Night after night: what is asked for, what is kept, what is on record."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

import pytest

from extract.pull import stored_document
from tests.extract.pull.conftest import Nights

SECTIONS = ("numbered", "query", "script", "next", "json", "sitemap", "rss", "manifest")


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_is_pulled_whole_and_then_costs_one_conditional_request_a_list(
    nights: Nights, name: str
) -> None:
    first = nights.pull(name)
    truths = [truth for truth in nights.site.truth.values() if truth.section == name]
    rows = nights.rows("documents")
    assert {row["document_sha256"] for row in rows} == {truth.sha256 for truth in truths}
    assert {row["address"] for row in rows} == {truth.address for truth in truths}
    assert len(rows) == len(truths) == first.documents == first.documents_new
    assert all(row["is_new"] and row["parent_address"] and row["name"] for row in rows)
    for row in rows:
        content = stored_document(nights.home, row["document_sha256"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["document_sha256"]
    years = {truth.address: truth.year for truth in truths}
    if name != "sitemap":  # site maps say nothing about what they list
        assert all(row["hint_year"] == years[row["address"]] for row in rows)
    lists = {row["address"] for row in nights.rows("fetches") if row["role"] == "list"}
    second = nights.pull(name)
    assert len(nights.asked) == len(lists) and all(conditional for _, conditional in nights.asked)
    assert second.outcomes == {"not_modified": len(lists)}
    assert (second.documents, second.listed, second.findings) == (0, first.listed, ())
    assert nights.rows("documents") == []


def test_a_correction_without_a_word_is_found_when_documents_are_asked_again(nights: Nights) -> None:
    nights.pull("numbered")
    address = nights.site.sections["numbered"].documents[3]
    before = nights.site.truth[address].sha256
    after = nights.site.change(address).sha256
    nights.pull("numbered")
    assert nights.rows("documents") == [], "not before it is due"
    nights.age("numbered", 31)
    result = nights.pull("numbered")
    assert all(conditional for _, conditional in nights.asked)
    assert result.outcomes["changed"] == 1 and result.outcomes["not_modified"] == len(nights.asked) - 1
    [row] = nights.rows("documents")
    assert (row["address"], row["document_sha256"], row["is_new"]) == (address, after, True)
    [event] = nights.fetches("changed")
    assert (event["previous_sha256"], event["document_sha256"]) == (before, after)
    assert event["archived"].startswith(f"{nights.load_id}/numbered-")


def test_a_new_report_is_the_only_document_asked_for(nights: Nights) -> None:
    nights.pull("next")
    truth = nights.site.add_report("next", "新设镇", 2024)
    nights.pull("next")
    unconditional = [path for path, conditional in nights.asked if not conditional]
    assert unconditional == [urlsplit(truth.address).path]
    assert [row["document_sha256"] for row in nights.rows("documents")] == [truth.sha256]


def test_deleted_moved_and_unlisted_documents_are_on_record(nights: Nights) -> None:
    nights.pull("numbered")
    deleted, moved = nights.site.sections["numbered"].documents[:2]
    sha256 = nights.site.truth[deleted].sha256
    nights.site.delete(deleted)
    new = nights.site.move(moved, "/zwgk/archive/moved.html")
    nights.age("numbered", 31)
    nights.pull("numbered")
    [gone] = nights.fetches("gone")
    assert (gone["address"], gone["status"], gone["previous_sha256"]) == (deleted, 404, sha256)
    [event] = nights.fetches("moved")
    assert (event["address"], event["moved_to"]) == (moved, new)
    assert nights.rows("documents") == []
    nights.pull("numbered")
    assert nights.fetches("gone", "moved") == [], "on record once"


def test_documents_taken_off_the_list_are_on_record_once_and_asked_for_at_once(nights: Nights) -> None:
    nights.pull("numbered")
    lost = nights.site.unlist("numbered", keep=0.7)
    nights.site.delete(lost[0])
    result = nights.pull("numbered")
    assert {row["address"] for row in nights.fetches("delisted")} == set(lost)
    assert [row["address"] for row in nights.fetches("gone")] == [lost[0]]
    assert all(conditional for _, conditional in nights.asked if not _.endswith("index.html"))
    assert result.findings == ()
    nights.pull("numbered")
    assert nights.fetches("delisted") == [] and len(nights.asked) == result.outcomes.get("unchanged", 0) + 1
    nights.age("numbered", 31)
    nights.pull("numbered")
    asked = {path for path, _ in nights.asked}
    assert {urlsplit(address).path for address in lost[1:]} <= asked, "still looked after"
    assert urlsplit(lost[0]).path not in asked


def test_a_list_that_lost_half_of_its_documents_is_a_finding_for_a_week(nights: Nights) -> None:
    best = nights.pull("json").listed
    nights.site.unlist("json", keep=0.3)
    for _ in range(2):
        result = nights.pull("json")
        [finding] = result.findings
        assert (finding.rule, finding.expected, finding.found) == ("source_dropped", best, result.listed)
        [row] = nights.rows("source_findings")
        assert row["rule"] == "source_dropped" and "json" in row["message"] and row["outcome"] == "broken"
    relaxed = nights.pull("json", findings={"drop_share": 0.1})
    assert relaxed.findings == ()


def test_a_redesigned_list_is_a_finding_and_no_empty_success(nights: Nights) -> None:
    nights.pull("numbered")
    nights.site.redesign("numbered")
    result = nights.pull("numbered")
    assert {finding.rule for finding in result.findings} == {"list_matches_nothing", "source_dropped"}
    assert len(nights.fetches("delisted")) == len(nights.site.sections["numbered"].documents)


def test_a_search_interface_that_changed_is_a_finding(nights: Nights) -> None:
    nights.pull("json")
    nights.site.redesign("json")
    result = nights.pull("json")
    assert "list_unreachable" in {finding.rule for finding in result.findings}
    assert "data.list" in next(f.message for f in result.findings if f.rule == "list_unreachable")
    assert nights.fetches("delisted") == [], "nobody knows what the list would have said"


def test_a_source_that_can_t_be_reached_is_a_finding_and_the_next_night_goes_on(nights: Nights) -> None:
    nights.pull("rss")
    nights.site.robots["map.shiqiao.test"] = 503
    result = nights.pull("rss")
    assert {f.rule for f in result.findings} == {"list_unreachable", "source_all_failed", "source_dropped"}
    assert nights.fetches("delisted") == []
    del nights.site.robots["map.shiqiao.test"]
    assert nights.pull("rss").findings == ()


def test_what_a_stopped_load_pulled_is_offered_again(nights: Nights) -> None:
    first = nights.pull("script", publish=False)
    assert first.documents > 0
    pulled = {row["document_sha256"] for row in nights.rows("documents")}
    new = {row["address"] for row in nights.fetches("new")}
    stopped = nights.load_id
    second = nights.pull("script", publish=False)
    assert all(conditional for _, conditional in nights.asked), "asked for nothing that it has"
    assert {row["document_sha256"] for row in nights.rows("documents") if row["is_new"]} == pulled
    again = [row for row in nights.fetches("new") if row["asked_load_id"] == stopped]
    assert {row["address"] for row in again} == new
    assert second.outcomes.keys() == {"not_modified"}
    third = nights.pull("script")
    assert third.documents == len(pulled)
    assert nights.pull("script").documents == 0
    assert nights.fetches("new") == []


def test_a_change_is_offered_though_the_version_before_was_never_published(nights: Nights) -> None:
    nights.pull("next", publish=False)
    address = nights.site.sections["next"].documents[0]
    before = nights.site.truth[address].sha256
    after = nights.site.change(address).sha256
    nights.age("next", 31)
    nights.pull("next")
    assert {row["document_sha256"] for row in nights.rows("documents") if row["address"] == address} == {
        before,
        after,
    }


def test_the_same_load_again_asks_for_nothing_and_lands_the_same(nights: Nights) -> None:
    for name in ("script", "faults"):
        first = nights.pull(name, publish=False)
        landed = {dataset: nights.rows(dataset) for dataset in ("documents", "fetches", "source_findings")}
        again = nights.pull(name, same=True, publish=False)
        assert nights.asked == []
        assert {dataset: nights.rows(dataset) for dataset in landed} == landed
        assert (again.documents, again.listed, again.outcomes) == (
            first.documents,
            first.listed,
            first.outcomes,
        )


def test_a_full_load_is_offered_everything(nights: Nights) -> None:
    first = nights.pull("manifest")
    full = nights.pull("manifest", mode="full")
    assert (full.documents, full.documents_new) == (first.documents, 0)
    assert len(nights.asked) == 1


def test_only_the_years_wanted_are_pulled_and_a_backfill_brings_the_others(nights: Nights) -> None:
    truths = [truth for truth in nights.site.truth.values() if truth.section == "script"]
    latest = max(truth.year for truth in truths)
    nights.pull("script", years={"first": latest})
    assert {row["hint_year"] for row in nights.rows("documents")} == {latest}
    years = {truth.year for truth in truths} - {latest}
    nights.pull("script", years={"first": latest}, wanted=years)
    assert len(nights.rows("documents")) == sum(truth.year in years for truth in truths)
    lists = [path for path, conditional in nights.asked if conditional]
    assert lists, "the lists had not changed"
    nights.pull("script", years={"first": latest})
    assert nights.rows("documents") == [] and nights.fetches("delisted") == []


def test_settings_that_change_how_lists_are_read_have_them_read_anew(nights: Nights) -> None:
    everything = nights.pull("numbered").listed
    years = {truth.year for truth in nights.site.truth.values() if truth.section == "numbered"}
    match = {"title": f"{max(years)}年.*年度报告"}
    narrowed = nights.pull("numbered", match=match)
    assert 0 < narrowed.listed < everything
    assert not any(conditional for path, conditional in nights.asked if "index" in path)
    same = nights.pull("numbered", match=match, owner="somebody else")
    assert all(conditional for _, conditional in nights.asked) and same.listed == narrowed.listed


def test_a_document_missing_from_the_store_is_had_again(nights: Nights) -> None:
    nights.pull("next")
    address = nights.site.sections["next"].documents[0]
    stored_document(nights.home, nights.site.truth[address].sha256).unlink()
    nights.pull("next")
    assert [path for path, conditional in nights.asked if not conditional] == [urlsplit(address).path]


def test_failures_are_tried_the_next_night_and_then_more_and_more_rarely(nights: Nights) -> None:
    nights.pull("faults")
    broken = urlsplit(nights.site.faults["broken"].address).path

    def tried() -> bool:
        nights.pull("faults")
        return broken in {path for path, _ in nights.asked}

    assert tried(), "the night after"
    assert not tried()
    nights.age("faults", 1)
    assert tried()
    nights.age("faults", 1)
    assert not tried()


def test_lists_that_are_not_followed_to_their_end_are_a_finding(larger: Nights) -> None:
    nights = larger
    result = nights.pull("numbered", max_lists=1)
    assert [finding.rule for finding in result.findings] == ["list_limit"]
    assert nights.pull("numbered", paging={"max_pages": 1}).findings[0].rule == "paging_limit"
