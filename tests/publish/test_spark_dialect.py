"""What the models say to DuckDB, said to Spark: where the two mean something else by the same words."""

from __future__ import annotations

import re

import duckdb
import pytest

from publish.spark.dialect import DialectError, to_spark, type_for_spark


@pytest.mark.parametrize(
    ("written", "said"),
    [
        # a null in a sentence is nothing
        ("select concat('共 ', n)", "SELECT CONCAT('共 ', COALESCE(CAST(`n` AS STRING), ''))"),
        ("select concat_ws('|', a, n)", "SELECT CONCAT_WS('|', CAST(`a` AS STRING), CAST(`n` AS STRING))"),
        # divided are doubles, whatever they were
        ("select a / b", "SELECT CAST(`a` AS DOUBLE) / CAST(`b` AS DOUBLE)"),
        ("select a // 2", "SELECT `a` DIV 2"),
        # nulls come last
        (
            "select row_number() over (order by a)",
            "SELECT ROW_NUMBER() OVER (ORDER BY `a` NULLS LAST)",
        ),
        ("select max(row(a, b))", "SELECT MAX(STRUCT(`a` IS NULL, `a`, `b` IS NULL, `b`))"),
        # a list's elements are counted from one; what is not there is null
        ("select x[1]", "SELECT TRY_ELEMENT_AT(`x`, 1)"),
        ("select x[n], m[7].v", "SELECT TRY_ELEMENT_AT(`x`, `n`), TRY_ELEMENT_AT(`m`, 7).`v`"),
        ("select list_position(x, a)", "SELECT NULLIF(ARRAY_POSITION(`x`, `a`), 0)"),
        ("select list_has_all(x, y)", "SELECT SIZE(ARRAY_EXCEPT(`y`, `x`)) = 0"),
        ("select len(x), length(y)", "SELECT SIZE(`x`), LENGTH(`y`)"),
        (
            "select range(1, n)",
            "SELECT IF((`n`) > (1), SEQUENCE(1, (`n`) - 1), SLICE(ARRAY(1), 1, 0))",
        ),
        ("select list_distinct(x)", "SELECT ARRAY_DISTINCT(ARRAY_COMPACT(`x`))"),
        # the row with the most, of those that have the value
        ("select arg_max(a, b)", "SELECT MAX_BY(`a`, `b`) FILTER(WHERE NOT (`a`) IS NULL)"),
        ("select log10(a)", "SELECT LOG10(`a`)"),
        ("select left(a, -1)", "SELECT SUBSTRING(`a`, 1, LENGTH(`a`) - 1)"),
        ("select a in (select (b, c) from t)", "SELECT `a` IN (SELECT `b`, `c` FROM `t`)"),
        ("select * exclude (a) from t", "SELECT * EXCEPT (`a`) FROM `t`"),
        ("select t.* replace (a + 1 as a) from t", "SELECT `t`.* EXCEPT (`a`), `a` + 1 AS `a` FROM `t`"),
        ("from t semi join u using (a)", "SELECT * FROM `t` LEFT SEMI JOIN `u` USING (`a`)"),
        (
            "select count(distinct a) over (partition by b)",
            "SELECT SIZE(COLLECT_SET(`a`) OVER (PARTITION BY `b`))",
        ),
        (
            "select cast(unnest(x) as integer) + 1 as n from t where a",
            "SELECT CAST(`spread_out`.`element` AS INT) + 1 AS `n` FROM `t`"
            " LATERAL VIEW EXPLODE(`x`) spread_out AS `element` WHERE `a`",
        ),
        ("select timezone('Asia/Shanghai', a)", "SELECT CAST(`a` AS TIMESTAMP_NTZ)"),
    ],
)
def test_the_meaning_is_kept(written: str, said: str) -> None:
    assert to_spark(written) == said


def test_the_first_match_only_is_replaced_unless_all_are_meant() -> None:
    assert to_spark(r"select regexp_replace(a, '(市|县)(政府)', '\1', 'g')").endswith(
        "'(?d)(市|县)(政府)', '$1')"
    )
    first = to_spark(r"select regexp_replace(a, '(市|县)(政府)', '\1')")
    assert first.endswith(r"'(?d)\\A((?s:.*?))(?:(市|县)(政府))', CONCAT('$1', '$2'))")
    # the same idea by Python's engine, which Java's equals here
    pattern = r"\A((?s:.*?))(?:(市|县)(政府))"
    assert re.sub(pattern, r"\1\2", "甲市政府乙县政府") == "甲市乙县政府"


def test_blanks_and_ends_are_re2s() -> None:
    assert to_spark(r"select regexp_matches(a, '^\s[^\s$]$')").endswith(
        r"RLIKE '(?d)^[\\t\\n\\f\\r ][^\\t\\n\\f\\r $]\\z'"
    )


def test_a_list_in_order_keeps_its_nulls_and_is_null_without_rows() -> None:
    said = to_spark("select list(a order by b) filter (where c)")
    assert said == (
        "SELECT IF(COUNT(*) FILTER(WHERE `c`) > 0, TRANSFORM(SORT_ARRAY(COLLECT_LIST(STRUCT((`b`) IS NULL AS `k0`,"
        " `b` AS `k1`, `a` AS `v`)) FILTER(WHERE `c`)), `e` -> `e`.`v`), NULL)"
    )


def test_columns_matched_by_name_are_put_in_order() -> None:
    said = to_spark(
        "with a as (select 1 as x, 2 as y), b as (select * from a union all by name select 3 as y) from b"
    )
    assert "SELECT `x`, `y` FROM (SELECT * FROM `a`)" in said
    assert "SELECT NULL AS `x`, `y` FROM (SELECT 3 AS `y`)" in said


def test_recursion_drops_repeats_at_its_end() -> None:
    said = to_spark("with recursive a as (select 1 as x union select x from a) select * from a")
    assert "UNION ALL SELECT `x` FROM `a_with_repeats` AS `a`" in said
    assert "`a` AS (SELECT DISTINCT * FROM `a_with_repeats`)" in said


def test_a_digest_is_the_number_that_duckdb_makes_of_it() -> None:
    said = to_spark("select md5_number_lower('甲')")
    assert "'$8$7$6$5$4$3$2$1'), 16, 10) AS DECIMAL(20, 0))" in said
    number, digest = duckdb.execute("select md5_number_lower('甲'), md5('甲')").fetchone() or (0, "")
    assert int.from_bytes(bytes.fromhex(digest)[8:], "little") == number


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("varchar", "STRING"),
        ("varchar[]", "ARRAY<STRING>"),
        ("decimal(24, 6)", "DECIMAL(24, 6)"),
        ("timestamp", "TIMESTAMP_NTZ"),
    ],
)
def test_types(written: str, said: str) -> None:
    assert type_for_spark(written) == said


@pytest.mark.parametrize(
    "written",
    [
        "select regexp_matches(a, b)",
        "select regexp_matches(a, '[a-z&&[b]]')",
        "select list(a order by b desc)",
        "select try_cast(a as integer)",
        "select hash(a)",
        "select timezone('UTC', a)",
        "select * from a union all by name select 1 as x",
        "select (",
    ],
)
def test_what_is_not_sure_to_mean_the_same_is_refused(written: str) -> None:
    with pytest.raises(DialectError):
        to_spark(written)
