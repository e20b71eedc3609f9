"""What could not be pulled and what is wrong with sources, as the marts tell it."""

from __future__ import annotations

import csv
import re

from extract.pull import findings
from gongkai.settings import PROJECT_ROOT
from tests.dbt_project.conftest import CURRENT, PUBLISHED, STOPPED, Query


def test_what_could_not_be_pulled_says_whether_it_has_been_had_since(query: Query) -> None:
    rows = query(
        "select load_id, address, role, outcome, error_class, is_open from marts.fct_pull_failure order by 1, 2"
    )
    assert rows == [
        (PUBLISHED, "http://a.test/slow", "document", "failed", "timeout", False),
        (STOPPED, "http://a.test/gone", "document", "gone", "gone", True),
        (CURRENT, "http://a.test/", "list", "failed", "tls", True),
    ]


def test_a_source_s_night_is_counted(query: Query) -> None:
    columns = "lists, documents_new, gone, failed, findings"
    assert query(f"select {columns} from marts.mart_pull where source = 'site' and load_id = ?", CURRENT) == [
        (1, 1, 1, 1, 1)
    ]
    assert query("select count(*) from marts.mart_pull where load_id = ?", STOPPED) == [(0,)]
    assert query("select documents_offered > 0 from marts.mart_pull where source = 'folder'") == [(True,)] * 2


def test_findings_about_sources_are_told_in_words(query: Query) -> None:
    rows = query("select source, rule, rule_zh, expected, found, message from marts.mart_source_finding")
    assert rows == [("site", "source_dropped", "来源列出的文件骤减", 9.0, 2.0, "少了。")]


def test_every_rule_about_sources_has_its_name() -> None:
    seed = PROJECT_ROOT / "dbt_project" / "seeds" / "source_rule.csv"
    named = {row["rule"] for row in csv.DictReader(seed.read_text(encoding="utf-8").splitlines())}
    code = "".join(
        path.read_text(encoding="utf-8") for path in (PROJECT_ROOT / "extract" / "pull").glob("*.py")
    )
    told = set(re.findall(r"(?:SourceFinding|Trouble)\(\s*\"([a-z_]+)\"", code))
    told |= set(re.findall(r"_trouble\([^()]*(?:\([^()]*\)[^()]*)*?\"([a-z]+_[a-z_]+)\"", code))
    assert told == named
    assert findings.__doc__
