"""What a source expects to be filed: settings, an office's list, and how they land."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from extract.landing import read_load
from extract.pull.directory import DirectorySource
from extract.pull.expected import DATASET, Expected, ExpectedError, land_expected, read_list
from gongkai.settings import Home

LOAD = "20260301T020000-0001"


def source(**expected: Any) -> DirectorySource:
    settings = Expected(**expected) if expected else None
    return DirectorySource(name="city", kind="directory", path=".", place="9901", expected=settings)


def landed(home: Home) -> list[dict[str, Any]]:
    rows = read_load(home.landing, DATASET, LOAD).to_pylist()
    return [
        {
            name: value
            for name, value in row.items()
            if value is not None and name not in ("load_id", "pulled_at")
        }
        for row in rows
    ]


def test_levels_and_list_land_as_stated(tmp_path: Path) -> None:
    office = tmp_path / "list.csv"
    office.write_text(
        "﻿agency,key,level,from_year,to_year\n石桥镇,,township,,\n,990122:财政局,,2023,2024\n,,,,\n", "utf-8"
    )
    home = Home(tmp_path)

    assert land_expected(source(levels=("township",), list=str(office), from_year=2021), home, LOAD) == 3

    key = {"source": "city", "source_place": "9901"}
    assert landed(home) == [
        {**key, "row_index": 0, "origin": "levels", "level": "township", "first_year": 2021},
        {
            **key,
            "row_index": 1,
            "origin": "list",
            "level": "township",
            "agency_name": "石桥镇",
            "first_year": 2021,
        },
        {
            **key,
            "row_index": 2,
            "origin": "list",
            "agency_key": "990122:财政局",
            "first_year": 2023,
            "last_year": 2024,
        },
    ]


def test_a_source_that_expects_nothing_says_so(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert land_expected(source(), home, LOAD) == 0
    assert landed(home) == [{"source": "city", "source_place": "9901", "row_index": 0, "origin": "none"}]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"levels": ["village"]},
        {"levels": ["zone"], "since": 2021},
        {"levels": ["zone"], "from_year": 2024, "to_year": 2021},
    ],
)
def test_settings_that_say_nothing_or_contradict_themselves_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Expected.model_validate(settings)


@pytest.mark.parametrize(
    "text",
    [
        "agency,kind\n石桥镇,x\n",
        "agency,level\n石桥镇,village\n",
        "agency\n石桥镇,2021\n",
        "agency,level\n,township\n",
        "key\n石桥镇\n",
    ],
)
def test_a_list_that_is_wrong_is_refused_by_name(tmp_path: Path, text: str) -> None:
    office = tmp_path / "名单.csv"
    office.write_text(text, "utf-8")
    with pytest.raises(ExpectedError, match=r"名单\.csv 有误"):
        list(read_list(office))


def test_a_list_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExpectedError, match="不存在"):
        list(read_list(tmp_path / "none.csv"))
    office = tmp_path / "binary.csv"
    office.write_bytes(b"agency\n\xff\xff\n")
    with pytest.raises(ExpectedError, match=r"binary\.csv 有误"):
        list(read_list(office))


def test_a_list_may_come_from_an_office_program(tmp_path: Path) -> None:
    office = tmp_path / "gbk.csv"
    office.write_bytes("agency\r\n石桥镇\r\n".encode("gb18030"))
    assert [row.agency for row in read_list(office)] == ["石桥镇"]
