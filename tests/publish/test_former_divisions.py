"""Places that are no more, and what they live on as, from made-up editions of a registry."""

from __future__ import annotations

import csv
import io

from publish.former_divisions import Change, Place, former_csv

ABOVE = [Place("36", "江西省", "province", ""), Place("3606", "鹰潭市", "city", "36")]


def _edition(*places: tuple[str, str]) -> list[Place]:
    levels = {6: "county", 9: "township"}
    return [
        *ABOVE,
        *(Place(code, name, levels[len(code)], code[: 4 if len(code) == 6 else 6]) for code, name in places),
    ]


def _former(
    today: list[Place], editions: dict[int, list[Place]], *changes: Change
) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO(former_csv(today, editions, changes)))
    return {row["name"]: row for row in rows}


def test_a_township_raised_in_place_lives_on_and_one_merged_away_does_not() -> None:
    then = _edition(
        ("360681", "贵溪市"),
        ("360681201", "大坝乡"),
        ("360681202", "小坝乡"),
        ("360681203", "石桥回族乡"),
        ("360681204", "罗河乡"),
        ("360681104", "罗河镇"),
    )
    today = _edition(
        ("360681", "贵溪市"),
        ("360681101", "大坝镇"),
        ("360681003", "石桥街道"),
        ("360681104", "罗河镇"),
    )
    former = _former(today, {2019: then})
    assert {name: row["successor_code"] for name, row in former.items()} == {
        "大坝乡": "360681101",
        "小坝乡": "",
        "石桥回族乡": "360681003",
        "罗河乡": "",
    }


def test_a_street_is_the_same_under_its_offices_name_and_behind_its_countys() -> None:
    then = _edition(("360681", "贵溪市"), ("360681001", "花园街道办事处"), ("360681102", "贵溪市塘湾镇"))
    today = _edition(("360681", "贵溪市"), ("360681001", "花园街道"), ("360681102", "塘湾镇"))
    assert _former(today, {2019: then}) == {}


def test_a_former_place_never_takes_the_code_of_another() -> None:
    then = _edition(("360681", "贵溪市"), ("360681201", "小坝乡"))
    today = _edition(("360681", "贵溪市"), ("360681201", "耳口乡"))
    row = _former(today, {2019: then})["小坝乡"]
    assert (row["code"], row["registry_code"], row["last_edition"]) == ("360681201-2019", "360681201", "2019")


def test_townships_follow_a_renamed_and_a_merged_county() -> None:
    then = _edition(
        ("360622", "余江县"),
        ("360622101", "邓埠镇"),
        ("360622201", "小坝乡"),
        ("360605", "下城区"),
        ("360605001", "东街道"),
        ("360605002", "天水街道"),
    )
    today = _edition(
        ("360603", "余江区"), ("360603101", "邓埠镇"), ("360602", "月湖区"), ("360602009", "天水街道")
    )
    changes = [
        Change("360622", "余江县", "county", True, ("360603",)),
        Change("360605", "下城区", "county", False, ("360602",)),
    ]
    former = _former(today, {2018: then}, *changes)
    assert {name: (row["code"], row["successor_code"]) for name, row in former.items()} == {
        "余江县": ("360622", "360603"),
        "下城区": ("360605", ""),
        "小坝乡": ("360603201", ""),
        "天水街道": ("360605002", "360602009"),
        "东街道": ("360605001", ""),
    }
