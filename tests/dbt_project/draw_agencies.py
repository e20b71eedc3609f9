"""Draws the part of the gold list that comes from the registry: places with a fixed seed, written as people write them.

What is expected is told from the registry by counting namesakes in plain Python, not by the models under test.
`python -m tests.dbt_project.draw_agencies` writes `gold_agencies_drawn.csv`, which a person has then read.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from publish.seeds import SEEDS

DRAWN = Path(__file__).with_name("gold_agencies_drawn.csv")
HEADER = ("printed", "source_place", "expected", "kind")
_SEED = 20261122
_FILLERS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
_DEPARTMENTS = (
    ("教育局", "教育局"),
    ("卫健委", "卫生健康委员会"),
    ("卫生健康委员会", "卫生健康委员会"),
    ("卫生健康委", "卫生健康委员会"),
    ("卫健局", "卫生健康局"),
    ("市监局", "市场监督管理局"),
    ("市场监管局", "市场监督管理局"),
    ("市场监督管理局", "市场监督管理局"),
    ("发改委", "发展和改革委员会"),
    ("发展改革委", "发展和改革委员会"),
    ("发展改革局", "发展和改革局"),
    ("发改局", "发展和改革局"),
    ("人社局", "人力资源和社会保障局"),
    ("人力资源社会保障局", "人力资源和社会保障局"),
    ("住建局", "住房和城乡建设局"),
    ("住房城乡建设局", "住房和城乡建设局"),
    ("自然资源和规划局", "自然资源和规划局"),
    ("自然资源与规划局", "自然资源和规划局"),
    ("城管局", "城市管理局"),
    ("城市管理局", "城市管理局"),
    ("文旅局", "文化和旅游局"),
    ("文化旅游局", "文化和旅游局"),
    ("农业农村局", "农业农村局"),
    ("退役军人局", "退役军人事务局"),
    ("应急局", "应急管理局"),
    ("医保局", "医疗保障局"),
    ("政府办", "人民政府办公室"),
    ("政府办公室", "人民政府办公室"),
    ("人民政府办公室", "人民政府办公室"),
    ("卫计局", "卫生和计划生育局"),
)


@dataclass(frozen=True)
class Place:
    """A place of the registry, with the names of the places above it."""

    code: str
    name: str
    level: str
    above: tuple[str, ...]


class Registry:
    """The registry's places, and how many places carry or carried a name."""

    def __init__(self) -> None:
        rows = _rows("division.csv")
        names = {row["code"]: row["name"] for row in rows}
        self.places: dict[str, list[Place]] = defaultdict(list)
        self.carriers: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            code = row["code"]
            above = [names[code[:n]] for n in (2, 4, 6) if n < len(code)]
            place = Place(code, row["name"], row["level"], tuple(a for a in above if a not in _FILLERS))
            if place.name not in _FILLERS and place.name not in above:
                self.places[place.level].append(place)
                self.carriers[place.name].add(code)
        for row in _rows("division_former.csv"):
            self.carriers[row["name"]].add(row["successor_code"] or row["code"])
        self._add_raised()

    def _add_raised(self) -> None:
        """A 乡 may have become a 镇 since, and either a 街道, unless its county has one so called."""
        listed = {(code[:6], name) for name, codes in self.carriers.items() for code in codes}
        for place in self.places["township"]:
            found = re.fullmatch(r"(.{2,}?)(?:[\u4e00-\u9fff]{1,3}族)?(乡|镇)", place.name)
            for suffix in ("镇", "街道") if found else ():
                if found and found[2] != suffix and (place.code[:6], found[1] + suffix) not in listed:
                    self.carriers[found[1] + suffix].add(place.code)

    def expected(self, name: str, code: str) -> str:
        """What a name without its places stands for without a source's place."""
        return code if self.carriers[name] == {code} else "ambiguous"


def drawn() -> str:
    """The drawn part of the gold list as CSV text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(dict.fromkeys(_draw()))
    return text.getvalue()


def _draw() -> Iterator[tuple[str, str, str, str]]:
    registry = Registry()
    dice = random.Random(_SEED)
    yield from _provinces(registry, dice)
    yield from _cities(registry, dice)
    yield from _counties(registry, dice)
    yield from _townships(registry, dice)
    yield from _autonomous(registry, dice)
    yield from _without_class(registry, dice)
    yield from _renamed(registry, dice)


def _provinces(registry: Registry, dice: random.Random) -> Iterator[tuple[str, str, str, str]]:
    for place in dice.sample(registry.places["province"], 12):
        bare = re.sub(r"(维吾尔|壮族|回族)?自治区$|省$|市$", "", place.name)
        yield f"{place.name}人民政府", "", place.code, "province"
        yield f"{place.name}政府", place.code, place.code, "province"
        yield f"{place.name}人民政府办公厅", "", f"{place.code}:人民政府办公厅", "province office"
        if place.name.endswith("市"):
            yield f"{bare}市卫健委", "", f"{place.code}:卫生健康委员会", "province department"
        else:
            yield f"{place.name}教育厅", "", f"{place.code}:教育厅", "province department"
            yield f"{bare}财政厅", "", f"{place.code}:财政厅", "province department, bare"


def _cities(registry: Registry, dice: random.Random) -> Iterator[tuple[str, str, str, str]]:
    cities = [place for place in registry.places["city"] if place.name.endswith("市")]
    for place in dice.sample(cities, 20):
        printed, standard = dice.choice(_DEPARTMENTS)
        yield f"{''.join(place.above)}{place.name}人民政府", "", place.code, "city, full"
        yield f"{place.name}政府", "", place.code, "city"
        yield f"{place.name}{printed}", "", f"{place.code}:{standard}", "city department"
        yield f"市{printed}", place.code, f"{place.code}:{standard}", "city department, source's place"


def _counties(registry: Registry, dice: random.Random) -> Iterator[tuple[str, str, str, str]]:
    counties = [p for p in registry.places["county"] if not "70" <= p.code[4:6] < "81" and len(p.name) > 2]
    for place in dice.sample(counties, 45):
        printed, standard = dice.choice(_DEPARTMENTS)
        key = f"{place.code}:{standard}"
        chain = "".join(place.above)
        city = place.above[-1]
        yield f"{chain}{place.name}人民政府", "", place.code, "county, full"
        yield f"{place.name}人民政府", "", registry.expected(place.name, place.code), "county"
        yield f"{place.name}{printed}", place.code[:4], key, "county department, source of the city"
        yield f"{city}{place.name}{printed}", "", key, "county department, with city"
        yield f"{city} {place.name}\u3000{printed}", "", key, "county department, spaces"
        word = re.search(r"自治县$|自治旗$|[县市区旗]$", place.name)
        if word:
            yield f"{word[0]}{printed}", place.code, key, "county department, source's place"


def _townships(registry: Registry, dice: random.Random) -> Iterator[tuple[str, str, str, str]]:
    towns = [p for p in registry.places["township"] if re.search(r".{2}(镇|乡|街道)$", p.name)]
    counties = {place.code for place in registry.places["county"]}
    for place in dice.sample([p for p in towns if p.code[:6] in counties], 60):
        suffix = "办事处" if place.name.endswith("街道") else "人民政府"
        county = place.above[-1]
        yield f"{''.join(place.above)}{place.name}{suffix}", "", place.code, "township, full"
        yield f"{''.join(place.above[-2:])}{place.name}", "", place.code, "township, with city and county"
        yield f"{place.name}{suffix}", place.code[:6], place.code, "township, source of the county"
        yield f"{place.name}{suffix}", "", registry.expected(place.name, place.code), "township"
        if len(registry.carriers[county]) == 1 and len(county) > 2:
            yield f"{county}{place.name}{suffix}", "", place.code, "township, with county"
            yield f"{county}人民政府{place.name}", "", place.code, "township behind a government"
        if place.name.endswith("街道"):
            stem = place.name.removesuffix("街道")
            yield f"{''.join(place.above[-2:])}{stem}办事处", "", place.code, "street, office"
            yield f"{''.join(place.above[-2:])}{place.name}办", "", place.code, "street, short"


def _autonomous(registry: Registry, dice: random.Random) -> Iterator[tuple[str, str, str, str]]:
    """Autonomous places by the names they go by: 玉屏县 for 玉屏侗族自治县."""
    whole = re.compile(r"(.{2})([\u4e00-\u9fff]{1,3}族)自治([州县])")
    places = [place for level in ("city", "county") for place in registry.places[level]]
    named = [(place, found) for place in places if (found := whole.fullmatch(place.name))]
    for place, found in dice.sample(named, 12):
        short = found[1] + found[3]
        printed, standard = dice.choice(_DEPARTMENTS)
        if not registry.carriers[short]:
            yield f"{short}人民政府", "", place.code, "autonomous place, short"
        yield f"{place.above[0]}{short}{printed}", "", f"{place.code}:{standard}", "autonomous place, short"
        yield f"{place.name}{printed}", "", f"{place.code}:{standard}", "autonomous place"


def _without_class(registry: Registry, dice: random.Random) -> Iterator[tuple[str, str, str, str]]:
    """Counties without their class (贵溪), where no other county, city or township goes by that."""
    stems: dict[str, set[str]] = defaultdict(set)
    for places in registry.places.values():
        for place in places:
            stems[re.sub(r"(省|市|县|区|旗|镇|乡|街道)$", "", place.name)].add(place.code)
    for row in _rows("division_former.csv"):
        stems[re.sub(r"(市|县|区|旗|镇|乡|街道)$", "", row["name"])].add(row["successor_code"] or row["code"])
    counties = [p for p in registry.places["county"] if re.fullmatch(r"[^自]{2}[县市]", p.name)]
    for place in dice.sample([p for p in counties if len(stems[p.name[:-1]]) == 1], 15):
        printed, standard = dice.choice(_DEPARTMENTS)
        yield (
            f"{place.name[:-1]}{printed}",
            "",
            f"{place.code}:{standard}",
            "county without class, department",
        )
        yield f"{place.name[:-1]}人民政府", "", place.code, "county without class"
        yield f"{place.name[:-1]}", place.code, place.code, "county without class, source's place"


def _renamed(registry: Registry, dice: random.Random) -> Iterator[tuple[str, str, str, str]]:
    """Counties and townships under the name they had."""
    for row in dice.sample([row for row in _rows("division_change.csv") if row["change"] == "renamed"], 20):
        printed, standard = dice.choice(_DEPARTMENTS)
        key = f"{row['successor_codes']}:{standard}"
        if registry.carriers[row["former_name"]] == {row["successor_codes"]}:
            yield f"{row['former_name']}{printed}", "", key, "renamed county"
    names = {place.code: "".join((*place.above[-1:], place.name)) for place in registry.places["county"]}
    towns = [row for row in _rows("division_former.csv") if row["level"] == "township"]
    for row in dice.sample(towns, 25):
        if row["parent_code"] in names:
            key = row["successor_code"] or row["code"]
            yield f"{names[row['parent_code']]}{row['name']}", "", key, "former township"


def _rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    DRAWN.write_text(drawn(), encoding="utf-8", newline="\n")
