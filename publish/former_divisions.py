"""Writes the seed `division_former.csv`: places that earlier editions of the registry list and today's does not.

Reports keep the names of their year. A township that was renamed, raised to a town or merged must be known, or its name
would be taken for that of the one namesake that still exists. The editions are the `dist` folders of earlier versions of
the npm package named in `dbt_project/seeds/README.md`; what became of counties and cities is in `division_change.csv`,
which people keep.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from publish.seeds import SEEDS, division_csv

HEADER = ("code", "name", "level", "parent_code", "last_edition", "registry_code", "successor_code")
_CLASS = re.compile(r"(镇|乡|街道|苏木|地区)$")
# the form is there since report year 2019: what was gone before never filed it
_FIRST_EDITION_OF_TOWNSHIPS = 2018


@dataclass(frozen=True)
class Place:
    """A place as one edition of the registry lists it."""

    code: str
    name: str
    level: str
    parent_code: str


@dataclass(frozen=True)
class Change:
    """What became of a county or a city: one successor if it was renamed, one or more if it was merged."""

    former_code: str
    former_name: str
    level: str
    renamed: bool
    successors: tuple[str, ...]


@dataclass(frozen=True)
class Former:
    """A place that is no more: its code is its own even where the registry has given its number to another place."""

    code: str
    name: str
    level: str
    parent_code: str
    last_edition: int
    registry_code: str
    successor_code: str


class Successors:
    """Today's townships and what became of the counties, to tell what became of a former township."""

    def __init__(self, today: Sequence[Place], changes: Sequence[Change]) -> None:
        self._counties = {place.code for place in today if place.level == "county"}
        self._changes = {change.former_code: change for change in changes if change.level == "county"}
        self._by_name: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._by_stem: dict[tuple[str, str], list[str]] = defaultdict(list)
        for place in today:
            if place.level == "township":
                self._by_name[place.parent_code, folded(place.name)].append(place.code)
                self._by_stem[place.parent_code, _stem(place.name)].append(place.code)

    def county(self, code: str) -> str | None:
        """The county that a former county's townships are below: its successor if it was renamed, else itself."""
        change = self._changes.get(code)
        if change is None:
            return code if code in self._counties else None
        return change.successors[0] if change.renamed else code

    def still_there(self, county: str, name: str) -> bool:
        """Whether a county has a township of that name today."""
        return (county, folded(name)) in self._by_name

    def of(self, county: str, name: str, stems_then: Iterable[str]) -> str:
        """The township that a former one lives on as, or "" if it was merged away or that cannot be told.

        A township raised in place keeps its stem (大坝乡, 大坝镇), but for a people's name in it, unless the county had
        both then; one whose county was merged keeps its name in one of the counties that took over.
        """
        change = self._changes.get(county)
        if change is not None and not change.renamed:
            moved = [c for above in change.successors for c in self._by_name.get((above, folded(name)), ())]
            return moved[0] if len(moved) == 1 else ""
        raised = self._by_stem.get((county, _stem(name)), []) or self._without_people(county, _stem(name))
        alone = sum(stem == _stem(name) for stem in stems_then) == 1
        return raised[0] if len(raised) == 1 and alone else ""

    def _without_people(self, county: str, stem: str) -> list[str]:
        """The townships that dropped a people's name: 侯集镇, once 侯集回族镇."""
        if not stem.endswith("族"):
            return []
        return [
            code for end in range(2, len(stem) - 1) for code in self._by_stem.get((county, stem[:end]), ())
        ]


def folded(name: str) -> str:
    """A township's name without its office: 东华门街道办事处 is 东华门街道."""
    name = re.sub(r"\s", "", name).replace("（", "(").replace("）", ")")
    name = re.sub(r"(街道|地区)(办事处|办)$", r"\1", name)
    name = re.sub(r"(镇|乡)(人民)?政府$", r"\1", name)
    return re.sub(r"([^镇乡道区处]{2,})办事处$", r"\1街道", name)


def former_csv(
    today: Sequence[Place], editions: Mapping[int, Sequence[Place]], changes: Sequence[Change]
) -> str:
    """The seed as CSV text.

    Args:
        today: the registry in use.
        editions: its earlier editions by year.
        changes: what became of counties and cities that are no more.
    """
    places = [*_changed_places(editions, changes), *_townships(today, editions, changes)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    rows = _with_codes_of_their_own(today, places)
    writer.writerows([getattr(row, column) for column in HEADER] for row in rows)
    return text.getvalue()


def _changed_places(editions: Mapping[int, Sequence[Place]], changes: Sequence[Change]) -> list[Former]:
    listed: dict[tuple[str, str], tuple[int, Place]] = {}
    for year in sorted(editions):
        listed |= {(place.code, place.name): (year, place) for place in editions[year]}
    rows = []
    for change in changes:
        year, place = listed[change.former_code, change.former_name]
        successor = change.successors[0] if change.renamed else ""
        rows.append(
            Former(place.code, place.name, place.level, place.parent_code, year, place.code, successor)
        )
    return rows


def _townships(
    today: Sequence[Place], editions: Mapping[int, Sequence[Place]], changes: Sequence[Change]
) -> list[Former]:
    successors = Successors(today, changes)
    last: dict[tuple[str, str], tuple[int, Place]] = {}
    stems: dict[tuple[int, str], list[str]] = defaultdict(list)
    for year in sorted(year for year in editions if year >= _FIRST_EDITION_OF_TOWNSHIPS):
        names = {place.code: place.name for place in editions[year]}
        for place in editions[year]:
            county = successors.county(place.parent_code) if place.level == "township" else None
            if county is None or not _CLASS.search(folded(place.name)) or "?" in place.name:
                continue
            name = _without_prefix(place.name, names[place.parent_code])
            stems[year, county].append(_stem(name))
            if not successors.still_there(county, name):
                last[county, folded(name)] = (year, place)
    return [
        Former(
            county + place.code[6:],
            name,
            "township",
            county,
            year,
            place.code,
            successors.of(county, name, stems[year, county]),
        )
        for (county, name), (year, place) in last.items()
    ]


def _with_codes_of_their_own(today: Sequence[Place], places: Sequence[Former]) -> list[Former]:
    taken = {place.code for place in today}
    rows = []
    for place in sorted(places, key=lambda place: (place.code, -place.last_edition, place.name)):
        code = place.code
        if code in taken:
            code = f"{code}-{place.last_edition}"
        while code in taken:
            code += "b"
        taken.add(code)
        rows.append(Former(code, *[getattr(place, column) for column in HEADER[1:]]))
    return rows


def _without_prefix(name: str, county: str) -> str:
    """A township's name without the county's that some editions put before it (曹县仵楼镇)."""
    rest = name.removeprefix(county)
    return rest if len(_stem(rest)) >= 2 else name


def _stem(name: str) -> str:
    return re.sub(_CLASS, "", re.sub(r"族?民族乡$", "族乡", folded(name)))


def _places(text: str) -> list[Place]:
    return [Place(**row) for row in csv.DictReader(io.StringIO(text))]


def _changes() -> list[Change]:
    with (SEEDS / "division_change.csv").open(encoding="utf-8", newline="") as file:
        return [
            Change(
                row["former_code"],
                row["former_name"],
                row["level"],
                row["change"] == "renamed",
                tuple(row["successor_codes"].split()),
            )
            for row in csv.DictReader(file)
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m publish.former_divisions YEAR=DIST …`: write the seed from editions of the registry."""
    parser = argparse.ArgumentParser(
        prog="python -m publish.former_divisions", description="Write the seed of places that are no more."
    )
    parser.add_argument("edition", nargs="+", help="YEAR=dist folder of the unpacked package of that edition")
    options = parser.parse_args(arguments)
    editions = {}
    for edition in options.edition:
        year, _, dist = edition.partition("=")
        editions[int(year)] = _places(division_csv(Path(dist)))
    today = _places((SEEDS / "division.csv").read_text(encoding="utf-8"))
    path = SEEDS / "division_former.csv"
    path.write_text(former_csv(today, editions, _changes()), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
