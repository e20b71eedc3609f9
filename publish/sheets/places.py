"""Which place is meant, and which agencies belong to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb

from gongkai.errors import UsageError

_CODE = re.compile(r"[0-9]{2,12}")
_NAMES_SHOWN = 8
_IN_PLACE = """
    $code in (province_code, city_code, county_code, agency_key) or starts_with(agency_key, $code || ':')
    or division_code = $code
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A place whose agencies are exported.

    Attributes:
        code: its division code; null for all agencies, those of no known place included.
        name: its full name.
    """

    code: str | None
    name: str


WHOLE = Place(None, "全部")


def find_place(rows: duckdb.DuckDBPyConnection, wanted: str | None) -> Place:
    """The place that somebody means.

    Args:
        rows: the published warehouse.
        wanted: a division code, also filled up with zeros to six digits (`360000`), or a name; null for all.

    Raises:
        UsageError: there is no such place in the warehouse, or several have that name.
    """
    if wanted is None:
        return WHOLE
    if _CODE.fullmatch(wanted):
        candidates = [_without_zeros(wanted), wanted]
        condition, values = "agency_key in (select unnest($wanted))", candidates
    else:
        condition, values = (
            "full_name in (select unnest($wanted)) or agency_name in (select unnest($wanted))",
            [wanted],
        )
    found = rows.execute(
        f"select agency_key, full_name from marts.dim_agency where ({condition})"  # noqa: S608 - own conditions
        " and regexp_full_match(agency_key, '[0-9]+') order by length(agency_key), full_name",
        {"wanted": values},
    ).fetchall()
    if not found:
        raise UsageError(f"仓库里没有地方“{wanted}”：请给区划代码（如 36 或 360000）或全称（如 江西省）。")
    if len(found) > 1 and not _CODE.fullmatch(wanted):
        choices = "、".join(f"{name}（{code}）" for code, name in found[:_NAMES_SHOWN])
        raise UsageError(f"名为“{wanted}”的地方不止一个，请用区划代码指明：{choices}")
    return Place(*found[0])


def choose_agencies(rows: duckdb.DuckDBPyConnection, place: Place) -> int:
    """Put the keys of a place's agencies, its own included, into the temporary table `chosen_agency`; how many."""
    condition = "true" if place.code is None else _IN_PLACE
    chosen = f"select agency_key from marts.dim_agency where {condition}"  # noqa: S608 - own conditions
    rows.execute(
        f"create or replace temp table chosen_agency as {chosen}",
        {} if place.code is None else {"code": place.code},
    )
    [(count,)] = rows.execute("select count(*) from chosen_agency").fetchall()
    return int(count)


def _without_zeros(code: str) -> str:
    """`360000` is the province 36, `360100` the city 3601; longer codes are as they are."""
    if len(code) != 6:
        return code
    return re.sub(r"(00){1,2}$", "", code)
