"""A synthetic country: landing Parquet with the real schemas, as years of nightly loads would have left it.

    python -m benchmarks.synthetic HOME --reports 1000000

Agencies are the places of the registry and departments of its counties, cities and provinces, under names that
resolve. Figures hold the identities, and from year to year the rules across reports; a few are broken, in doubt or left
blank on purpose, and a few reports are corrected later. Places in documents are as readers write them: element paths in
HTML and DOCX, boxes in PDF, lines in texts. The same size and seed give the same landing zone.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extract.document import READER_VERSION
from extract.form import load_form
from extract.landing import SCHEMAS, part_path
from gongkai.settings import PROJECT_ROOT, Home

YEARS = range(2019, 2026)
REPORTS_A_LOAD = 2_000
MISSED = 0.02
"""Share of agency-years without a report."""
REVISED = 0.02
FOUND = 0.03
DOUBTED = 0.01
BLANKED = 0.10
MISPRINTED = 0.01
_SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
_PARTS = ("natural_person", "business", "research", "nonprofit", "legal_service", "other_organisation")
_WEIGHTS = np.array([0.86, 0.05, 0.01, 0.02, 0.03, 0.03])
_FORMATS = ("html", "pdf", "docx", "text")
_FORMAT_SHARES = (0.45, 0.30, 0.15, 0.10)
_TEMPLATES = 300
_EVIDENCE = (
    ["row:label", "column:header"],
    ["row:label", "column:count"],
    ["row:label", "column:table_continued"],
    ["row:label", "column:header", "doubt:fewer_cells_than_columns"],
)
_SENTENCES = (
    ("narrative.disclosed_items", "all", "全年通过政府网站、政务新媒体等渠道主动公开政府信息{}条"),
    ("requests.received", "total", "依申请公开方面，新收到政府信息公开申请{}件，均在法定期限内办理"),
    ("review.total", "all", "因政府信息公开被申请行政复议{}件"),
    ("litigation.total", "all", "因政府信息公开被提起行政诉讼{}件"),
)

Strings = np.ndarray[tuple[int, ...], np.dtype[np.str_]]
Numbers = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@dataclass(frozen=True)
class Agencies:
    """The agencies of the country, by position.

    Attributes:
        names: as reports print them.
        sources: the source (of its county, city or province) that has each one's reports.
        places: the code of the place that the source covers.
        levels: of the agency.
        scale: how many requests a year it gets, about.
        template: the number of the web site's template.
    """

    names: list[str]
    sources: list[str]
    places: list[str]
    levels: list[str]
    scale: np.ndarray
    template: Numbers


@dataclass
class Country:
    """What later years need to know of earlier ones.

    Attributes:
        agencies: all of them.
        carried: requests carried forward by agency and kind of applicant; -1 where there was no report.
        stocks: rules and normative documents in force by agency; -1 where unknown.
        loads: how many loads have been written.
    """

    agencies: Agencies
    carried: Numbers
    stocks: Numbers
    loads: int = 0
    last: dict[int, Numbers] = field(default_factory=dict)


@cache
def _form(generation: str) -> tuple[tuple[str, str], ...]:
    return tuple(load_form().generation(generation).expected_cells(None))


def draw_agencies(count: int, rng: np.random.Generator) -> Agencies:
    """Places of the registry, largest first, and departments of counties, cities and provinces."""
    with (_SEEDS / "division.csv").open(encoding="utf-8") as file:
        places = {row["code"]: row for row in csv.DictReader(file)}
    with (_SEEDS / "department_name.csv").open(encoding="utf-8") as file:
        standard = dict.fromkeys(row["standard_name"] for row in csv.DictReader(file))
    departments = [name for name in standard if name.endswith(("局", "委员会", "办公室"))][:40]
    fillers = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}

    def full_name(code: str) -> str:
        chain: list[str] = []
        while code:
            name = places[code]["name"]
            if name not in fillers and name not in chain:
                chain.insert(0, name)
            code = places[code]["parent_code"]
        return "".join(chain)

    rows: list[tuple[str, str, str]] = []
    for code, place in places.items():
        if place["name"] in fillers:
            continue
        level = place["level"]
        above = place["parent_code"] if level == "township" else code
        suffix = "人民政府办公厅" if level == "province" else "人民政府"
        name = full_name(code)
        rows.append((name if name.endswith("街道") else name + suffix, above, level))
        if level == "county":
            rows += [(name + department, code, "department") for department in departments[:34]]
    order = rng.permutation(len(rows))[:count]
    chosen = [rows[i] for i in order]
    lift = {"province": 600.0, "city": 120.0, "county": 25.0, "township": 0.4, "department": 2.5}
    scale = np.array([lift[level] for _, _, level in chosen]) * rng.lognormal(0, 1, len(chosen))
    sources = [f"place-{code}" for _, code, _ in chosen]
    template = np.array(
        [int(hashlib.md5(source.encode(), usedforsecurity=False).hexdigest()[:6], 16) for source in sources]
    )
    return Agencies(
        [name for name, _, _ in chosen],
        sources,
        [code for _, code, _ in chosen],
        [level for _, _, level in chosen],
        scale,
        template % _TEMPLATES,
    )


def generate(home: Home, reports: int, seed: int = 1) -> Country:
    """Write the landing zone of a country with about so many reports; returns what a further night needs to know."""
    rng = np.random.default_rng(seed)
    agencies = draw_agencies(round(reports / len(YEARS) / (1 - MISSED + REVISED)), rng)
    count = len(agencies.names)
    country = Country(
        agencies, np.full((count, 6), -1, dtype=np.int64), np.full((count, 2), -1, dtype=np.int64)
    )
    for year in YEARS:
        filing = rng.permutation(count)[: round(count * (1 - MISSED))]
        revised = rng.choice(filing, round(count * REVISED), replace=False)
        kept = {int(agency) for agency in revised}
        originals: dict[int, Numbers] = {}
        nights = -(-len(filing) // REPORTS_A_LOAD)
        for night, batch in enumerate(np.array_split(filing, nights)):
            numbers = _draw_year(country, batch, year, rng)
            for position, agency in enumerate(batch):
                if int(agency) in kept:
                    originals[int(agency)] = numbers[position].copy()
            when = datetime(year + 1, 1, 5, tzinfo=UTC) + timedelta(days=85 * night / nights)
            _write_load(home, country, batch, numbers, year, when, rng)
        again = np.array(sorted(originals))
        if len(again):
            numbers = np.stack([originals[int(agency)] for agency in again])
            _correct(numbers, year, rng)
            _write_load(
                home, country, again, numbers, year, datetime(year + 1, 5, 20, tzinfo=UTC), rng, revision=True
            )
    return country


def write_night(home: Home, country: Country, load_id: str, reports: int, seed: int = 2) -> None:
    """A further load: reports of the next year, one in ten of them corrections of the last; not marked as published."""
    rng = np.random.default_rng(seed + country.loads)
    year = YEARS.stop
    batch = rng.choice(len(country.agencies.names), reports, replace=False)
    fresh, again = batch[reports // 10 :], batch[: reports // 10]
    when = datetime.strptime(load_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    numbers = _draw_year(country, fresh, year, rng)
    _write_load(home, country, fresh, numbers, year, when, rng, load_id=load_id, marked=False)
    numbers = _draw_year(country, again, year - 1, rng)
    _write_load(
        home,
        country,
        again,
        numbers,
        year - 1,
        when,
        rng,
        load_id=load_id,
        marked=False,
        part="batch-0002",
        revision=True,
    )


def _generation(year: int) -> str:
    return "2019" if year < 2021 else "2021"


def _draw_year(country: Country, batch: Numbers, year: int, rng: np.random.Generator) -> Numbers:
    """Numbers of each report's cells in millionths, the identities held; keeps what next year's must agree with."""
    cells = _form(_generation(year))
    column = {cell: position for position, cell in enumerate(cells)}
    count = len(batch)
    numbers = np.zeros((count, len(cells)), dtype=np.int64)
    scale = country.agencies.scale[batch]

    def put(metric: str, parts: Numbers) -> None:
        for position, applicant in enumerate(_PARTS):
            numbers[:, column[metric, applicant]] = parts[:, position]
        numbers[:, column[metric, "total"]] = parts.sum(axis=1)

    received = rng.poisson(scale[:, None] * _WEIGHTS)
    carried_in = np.maximum(country.carried[batch], 0)
    open_ = received + carried_in
    forward = rng.binomial(open_, 0.05)
    put("requests.received", received)
    put("requests.carried_in", carried_in)
    put("requests.carried_forward", forward)
    put("requests.total", open_ - forward)
    totals = ("received", "carried_in", "carried_forward", "total")
    outcomes = list(
        dict.fromkeys(
            metric
            for metric, _ in cells
            if metric.startswith("requests.") and metric.removeprefix("requests.") not in totals
        )
    )
    left = open_ - forward
    for metric in outcomes[1:]:
        share = rng.binomial(left, 0.35 if metric.endswith("not_held") else 0.02)
        put(metric, share)
        left = left - share
    put(outcomes[0], left)
    country.carried[batch] = forward
    _draw_other_sections(country, batch, numbers, column, scale, rng)
    # amounts are printed to the cent, counts are whole
    return numbers


def _draw_other_sections(
    country: Country,
    batch: Numbers,
    numbers: Numbers,
    column: dict[tuple[str, str], int],
    scale: np.ndarray,
    rng: np.random.Generator,
) -> None:
    count = len(batch)
    for (metric, applicant), position in column.items():
        if applicant == "all" and metric.startswith("proactive."):
            numbers[:, position] = rng.poisson(scale * 8 * rng.random()) * (rng.random(count) < 0.4)
    for number, stock in enumerate(("proactive.rules", "proactive.normative_documents")):
        if (stock + ".in_force", "all") not in column:
            continue
        issued, repealed, in_force = (
            column[f"{stock}.{name}", "all"] for name in ("issued", "repealed", "in_force")
        )
        before = country.stocks[batch, number]
        base = np.where(before < 0, rng.poisson(scale * 3), before)
        numbers[:, repealed] = np.minimum(numbers[:, repealed], base)
        numbers[:, in_force] = base + numbers[:, issued] - numbers[:, repealed]
        country.stocks[batch, number] = numbers[:, in_force]
    for group in ("review", "litigation.direct", "litigation.after_review"):
        sums = 0
        for part in ("upheld", "corrected", "other", "pending"):
            drawn = rng.poisson(scale * 0.01)
            numbers[:, column[f"{group}.{part}", "all"]] = drawn
            sums = sums + drawn
        numbers[:, column[f"{group}.total", "all"]] = sums
    numbers *= 1_000_000
    for (metric, _), position in column.items():
        if metric.endswith(".amount"):
            yuan = rng.integers(0, 40_000_000, count) * (rng.random(count) < 0.06)
            numbers[:, position] = yuan * 10_000


def _correct(numbers: Numbers, year: int, rng: np.random.Generator) -> None:
    """Change two cells of each report, as a correction does."""
    cells = [
        position
        for position, (metric, _) in enumerate(_form(_generation(year)))
        if not metric.endswith("amount")
    ]
    for _ in range(2):
        chosen = rng.choice(cells, len(numbers))
        numbers[np.arange(len(numbers)), chosen] += 1_000_000


def _write_load(
    home: Home,
    country: Country,
    batch: Numbers,
    numbers: Numbers,
    year: int,
    when: datetime,
    rng: np.random.Generator,
    *,
    load_id: str | None = None,
    marked: bool = True,
    part: str = "batch-0001",
    revision: bool = False,
) -> None:
    country.loads += 1
    load_id = (
        load_id
        or f"{when:%Y%m%d}T{country.loads % 86400 // 3600:02d}{country.loads % 3600 // 60:02d}{country.loads % 60:02d}-{country.loads:04x}"[
            :20
        ]
    )
    keys = [hashlib.sha256(f"{country.loads}/{agency}/{year}".encode()).hexdigest() for agency in batch]
    reports = np.array([f"{key[:16]}-0" for key in keys])
    format_ = rng.choice(4, len(batch), p=_FORMAT_SHARES)
    cells, statuses = _cells(country, batch, numbers, year, load_id, reports, format_, rng)
    tables = {
        "documents": _documents(country, batch, year, load_id, keys, format_, when, revision),
        "cells": cells,
        "reports": _reports(country, batch, year, load_id, keys, reports, format_, statuses, when),
        "claims": _claims(numbers, year, load_id, reports, rng),
        "findings": _findings(country, batch, year, load_id, reports, numbers, rng),
        "extras": _extras(load_id, reports, rng),
        "expected_agencies": _expected(country, batch, load_id, when),
        "fetches": _fetches(country, batch, load_id, when),
    }
    if part != "batch-0001":  # what sources expect and answered is landed once a load
        del tables["expected_agencies"], tables["fetches"]
    for dataset, table in tables.items():
        _write(home, dataset, load_id, part, table)
    if marked:
        mark = {
            "load_id": load_id,
            "mode": "incremental",
            "sources": ["synthetic"],
            "started_at": when,
            "published_at": when + timedelta(seconds=country.loads),
            "reader_version": READER_VERSION,
        }
        _write(home, "loads", load_id, "mark", pa.Table.from_pylist([mark], schema=SCHEMAS["loads"]))
    for dataset in SCHEMAS.keys() - tables.keys() - ({"loads"} if marked else set()):
        _write(home, dataset, load_id, "open", SCHEMAS[dataset].empty_table())


def _write(home: Home, dataset: str, load_id: str, part: str, table: pa.Table) -> None:
    path = part_path(home.landing, dataset, load_id, part)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    pq.write_table(table, temporary, compression="zstd")
    temporary.replace(path)


def _table(dataset: str, columns: dict[str, object], rows: int) -> pa.Table:
    """A table of a dataset's schema; columns that are not named are null, a text is the same in all rows."""
    arrays = []
    for column in SCHEMAS[dataset]:
        given = columns.pop(column.name, None)
        if given is None:
            arrays.append(pa.nulls(rows, column.type))
        elif isinstance(given, str | int | datetime | date):
            arrays.append(pa.repeat(pa.scalar(given, type=column.type), rows))
        elif isinstance(given, pa.Array | pa.ChunkedArray):
            arrays.append(given.cast(column.type))
        else:
            arrays.append(pa.array(given, type=column.type))
    if columns:
        raise KeyError(f"dataset {dataset} has no column {', '.join(columns)}")
    return pa.table(arrays, schema=SCHEMAS[dataset])


def _decimals(millionths: Numbers, nulls: np.ndarray | None = None) -> pa.Array:
    words = np.empty((len(millionths), 2), dtype=np.int64)
    words[:, 0] = millionths
    words[:, 1] = millionths >> 63
    validity = None if nulls is None else pa.array(~nulls).buffers()[1]
    return pa.Array.from_buffers(
        pa.decimal128(24, 6), len(millionths), [validity, pa.py_buffer(words.tobytes())]
    )


@cache
def _small_numbers() -> pa.Array:
    return pa.array([str(number) for number in range(32768)])


def _raws(millionths: Numbers, nulls: np.ndarray) -> pa.Array:
    whole = millionths // 1_000_000
    small = (millionths % 1_000_000 == 0) & (whole < 32768) & ~nulls
    texts = pc.take(_small_numbers(), pa.array(np.where(small, whole, 0)))
    texts = pc.if_else(pa.array(nulls), "", texts)
    others = np.flatnonzero(~small & ~nulls)
    if len(others):
        printed = [
            f"{number / 1_000_000:.2f}".rstrip("0").rstrip(".") for number in millionths[others].tolist()
        ]
        mask = np.zeros(len(millionths), dtype=bool)
        mask[others] = True
        texts = pc.replace_with_mask(texts, pa.array(mask), pa.array(printed))
    return texts


@cache
def _grid(generation: str) -> tuple[Numbers, Numbers, Numbers]:
    """Table, row and column of each cell in the form as printed."""
    sections = {"proactive": 1, "requests": 2, "review": 3, "litigation": 3}
    applicants = (*_PARTS, "total")
    table, row, col = [], [], []
    rows: dict[int, dict[str, int]] = {1: {}, 2: {}, 3: {}}
    for metric, applicant in _form(generation):
        number = sections[metric.split(".")[0]]
        table.append(number)
        if number == 1:
            name = metric.rpartition(".")[0]
            row.append(2 + rows[1].setdefault(name, len(rows[1]) + 1))
            col.append(2 + sum(m.rpartition(".")[0] == name for m, _ in _form(generation)[: len(col)]))
        elif number == 2:
            row.append(3 + rows[2].setdefault(metric, len(rows[2]) + 1))
            col.append(4 + applicants.index(applicant))
        else:
            row.append(4)
            col.append(len(rows[3].setdefault(metric, len(rows[3])) * [0]) + 1)
    return np.array(table), np.array(row), np.array(col)


@cache
def _paths(generation: str) -> pa.Array:
    """Paths of all cells by template: HTML templates first, then DOCX."""
    table, row, col = _grid(generation)
    found = []
    for template in range(_TEMPLATES):
        depth = "/".join(f"div[{1 + (template * 7 + level * 3) % 5}]" for level in range(1 + template % 4))
        body = "/tbody[1]" if template % 3 else ""
        found += [
            f"/html/body/{depth}/table[{t}]{body}/tr[{r}]/td[{c}]"
            for t, r, c in zip(table, row, col, strict=True)
        ]
    found += [f"/body/tbl[{t}]/tr[{r}]/tc[{c}]" for t, r, c in zip(table, row, col, strict=True)]
    return pa.array(found)


def _cells(
    country: Country,
    batch: Numbers,
    numbers: Numbers,
    year: int,
    load_id: str,
    reports: Strings,
    format_: Numbers,
    rng: np.random.Generator,
) -> tuple[pa.Table, dict[str, Numbers]]:
    generation = _generation(year)
    form = _form(generation)
    count, width = numbers.shape
    doubtful = np.zeros((count, width), dtype=bool)
    doubted = np.flatnonzero(rng.random(count) < DOUBTED)
    doubtful[np.repeat(doubted, 3), rng.integers(0, width, 3 * len(doubted))] = True
    applicants = np.array([applicant not in {"all", "total"} for _, applicant in form])
    blank = (numbers == 0) & applicants & (rng.random(count) < BLANKED)[:, None] & ~doubtful
    flat_blank = blank.reshape(-1)
    flat = numbers.reshape(-1)
    status = np.where(flat_blank, 1, np.where(doubtful.reshape(-1), 2, 0))
    units = {metric: load_form().generation(generation).metric(metric).unit for metric, _ in form}
    raw = _raws(flat, flat_blank)
    columns: dict[str, object] = {
        "load_id": load_id,
        "report_id": pc.take(pa.array(reports), pa.array(np.repeat(np.arange(count), width))),
        "metric": _tile([metric for metric, _ in form], count),
        "applicant": _tile([applicant for _, applicant in form], count),
        "status": pc.take(pa.array(["reported", "blank", "doubtful"]), pa.array(status)),
        "value": _decimals(flat, flat_blank),
        "unit": _tile([units[metric] for metric, _ in form], count),
        "raw": raw,
        "evidence": pc.take(
            pa.array(_EVIDENCE, type=pa.list_(pa.string())),
            pa.array(np.where(status == 2, 3, np.repeat(rng.integers(0, 3, count), width))),
        ),
    }
    columns |= _places(country.agencies.template[batch], generation, format_, rng)
    counts = {
        "reported": width - blank.sum(axis=1) - doubtful.sum(axis=1),
        "blank": blank.sum(axis=1),
        "doubtful": doubtful.sum(axis=1),
    }
    return _table("cells", columns, count * width), counts


def _tile(values: list[str], count: int) -> pa.Array:
    kinds = list(dict.fromkeys(values))
    return pc.take(pa.array(kinds), pa.array(np.tile([kinds.index(value) for value in values], count)))


def _places(
    template: Numbers, generation: str, format_: Numbers, rng: np.random.Generator
) -> dict[str, object]:
    """Where each cell stands: element paths, boxes or lines."""
    table, row, col = _grid(generation)
    count, width = len(format_), len(table)
    is_html, is_pdf, is_docx, is_text = ((format_ == number) for number in range(4))
    # element paths
    which = np.where(is_docx, _TEMPLATES, template)[:, None] * width + np.arange(width)
    has_path = np.repeat(is_html | is_docx, width)
    path = pc.take(_paths(generation), pa.array(which.reshape(-1), mask=~has_path))
    # boxes: each report has its own margins, widths of columns and heights of rows
    left = rng.uniform(55, 110, count)[:, None]
    column_width = rng.uniform(34, 48, (count, 1)) + rng.uniform(-3, 3, (count, 12))
    edges = left + 60 + np.cumsum(column_width, axis=1)
    heights = rng.choice([16.5, 21.75, 28.5, 36.25], (count, 1)) + rng.choice([0.0, 5.25, 10.5], (count, 64))
    down = 80 + rng.uniform(0, 300, (count, 1)) + np.cumsum(heights, axis=1)
    at_row = (table - 1) * 12 + row
    at_col = np.minimum(col, 11)
    page = 1 + (down[:, at_row] // 720).astype(np.int64)
    x0, x1 = edges[:, at_col - 1], edges[:, at_col]
    top = down[:, at_row - 1] % 720
    bottom = top + heights[:, at_row]
    no_box = np.repeat(~is_pdf, width)
    boxes = {
        name: pa.array(np.round(values.reshape(-1), 3), mask=no_box)
        for name, values in (("x0", x0), ("top", top), ("x1", x1), ("bottom", bottom))
    }
    line = rng.integers(20, 60, (count, 1)) + at_row * 2
    return boxes | {
        "page": pa.array(page.reshape(-1), mask=no_box),
        "path": path,
        "line": pa.array(line.reshape(-1), mask=np.repeat(~is_text, width)),
    }


def _titles(country: Country, batch: Numbers, year: int) -> list[str]:
    return [f"{country.agencies.names[agency]}{year}年政府信息公开工作年度报告" for agency in batch]


def _addresses(country: Country, batch: Numbers, year: int) -> list[str]:
    return [
        f"https://www.{country.agencies.sources[agency]}.example/zwgk/zfxxgknb/{year + 1}/t{agency}_{year}.html"
        for agency in batch
    ]


def _documents(
    country: Country,
    batch: Numbers,
    year: int,
    load_id: str,
    keys: list[str],
    format_: Numbers,
    when: datetime,
    revision: bool,
) -> pa.Table:
    agencies = country.agencies
    addresses = _addresses(country, batch, year)
    if revision:  # every other correction stands at an address of its own
        addresses = [
            address if number % 2 else address.replace("/t", "/gz")
            for number, address in enumerate(addresses)
        ]
    return _table(
        "documents",
        {
            "load_id": load_id,
            "document_sha256": keys,
            "source": [agencies.sources[agency] for agency in batch],
            "source_place": [agencies.places[agency] for agency in batch],
            "address": addresses,
            "name": [
                f"t{agency}_{year}.{_FORMATS[kind]}" for agency, kind in zip(batch, format_, strict=True)
            ],
            "size_bytes": pa.array(np.full(len(batch), 40_000)),
            "retrieved_at": when,
            "published_on": when.date(),
            "is_new": pa.array(np.ones(len(batch), dtype=bool)),
            "hint_title": _titles(country, batch, year),
            "hint_year": year,
            "hint_evidence": "title",
        },
        len(batch),
    )


def _reports(
    country: Country,
    batch: Numbers,
    year: int,
    load_id: str,
    keys: list[str],
    reports: Strings,
    format_: Numbers,
    statuses: dict[str, Numbers],
    when: datetime,
) -> pa.Table:
    agencies = country.agencies
    return _table(
        "reports",
        {
            "load_id": load_id,
            "report_id": reports.tolist(),
            "document_sha256": keys,
            "document_path": _addresses(country, batch, year),
            "report_index": 0,
            "source": [agencies.sources[agency] for agency in batch],
            "source_place": [agencies.places[agency] for agency in batch],
            "format": [_FORMATS[kind] for kind in format_],
            "pages": pa.array(np.where(format_ == 1, 3, 1), mask=format_ != 1),
            "title": _titles(country, batch, year),
            "agency": [agencies.names[agency] for agency in batch],
            "agency_evidence": "title",
            "year": year,
            "year_evidence": "title",
            "generation": _generation(year),
            "reader_version": READER_VERSION,
            "cells_expected": len(_form(_generation(year))),
            "cells_reported": pa.array(statuses["reported"]),
            "cells_blank": pa.array(statuses["blank"]),
            "cells_doubtful": pa.array(statuses["doubtful"]),
            "cells_missing": 0,
            "retrieved_at": when,
            "published_on": when.date(),
            "narrative_sha256": [hashlib.sha256(key.encode()).hexdigest() for key in keys],
            "narrative_characters": 1500,
        },
        len(batch),
    )


def _claims(
    numbers: Numbers, year: int, load_id: str, reports: Strings, rng: np.random.Generator
) -> pa.Table:
    column = {cell: position for position, cell in enumerate(_form(_generation(year)))}
    litigation = (
        numbers[:, column["litigation.direct.total", "all"]]
        + numbers[:, column["litigation.after_review.total", "all"]]
    )
    values = np.stack(
        [
            rng.integers(5, 3000, len(reports)) * 1_000_000,
            numbers[:, column["requests.received", "total"]],
            numbers[:, column["review.total", "all"]],
            litigation,
        ],
        axis=1,
    )
    count, kinds = len(reports), len(_SENTENCES)
    flat = values.reshape(-1)
    return _table(
        "claims",
        {
            "load_id": load_id,
            "report_id": np.repeat(reports, kinds).tolist(),
            "claim_index": pa.array(np.tile(np.arange(kinds), count)),
            "metrics": [[metric] for metric, _, _ in _SENTENCES] * count,
            "applicant": [applicant for _, applicant, _ in _SENTENCES] * count,
            "value": _decimals(flat),
            "approximate": pa.array(np.zeros(count * kinds, dtype=bool)),
            "quote": [
                _SENTENCES[number % kinds][2].format(value // 1_000_000)
                for number, value in enumerate(flat.tolist())
            ],
            "line": pa.array(np.tile(np.arange(kinds) * 3 + 4, count)),
        },
        count * kinds,
    )


def _findings(
    country: Country,
    batch: Numbers,
    year: int,
    load_id: str,
    reports: Strings,
    numbers: Numbers,
    rng: np.random.Generator,
) -> pa.Table:
    broken = np.flatnonzero(rng.random(len(batch)) < FOUND)
    column = {cell: position for position, cell in enumerate(_form(_generation(year)))}
    found = numbers[broken, column["requests.total", "total"]]
    return _table(
        "findings",
        {
            "load_id": load_id,
            "report_id": reports[broken].tolist(),
            "rule": "outcome_total",
            "outcome": "broken",
            "metric": "requests.total",
            "applicant": "total",
            "expected": _decimals(found + 1_000_000),
            "found": _decimals(found),
            "message": [
                f"{country.agencies.names[batch[position]]}{year}年度报告第三部分“办理结果总计”行“总计”列："
                f"按各项计算应为 {number // 1_000_000 + 1}，填报 {number // 1_000_000}"
                for position, number in zip(broken, found.tolist(), strict=True)
            ],
        },
        len(broken),
    )


def _extras(load_id: str, reports: Strings, rng: np.random.Generator) -> pa.Table:
    odd = np.flatnonzero(rng.random(len(reports)) < MISPRINTED)
    return _table(
        "extras",
        {
            "load_id": load_id,
            "report_id": reports[odd].tolist(),
            "extra_index": 0,
            "label": "其他需要报告的事项",
            "raw": [["其他需要报告的事项", "0"]] * len(odd),
            "line": 70,
        },
        len(odd),
    )


def _expected(country: Country, batch: Numbers, load_id: str, when: datetime) -> pa.Table:
    sources = sorted(
        {(country.agencies.sources[agency], country.agencies.places[agency]) for agency in batch}
    )
    rows = [
        {
            "load_id": load_id,
            "source": source,
            "source_place": place,
            "row_index": number,
            "origin": "levels",
            "level": level,
            "first_year": YEARS.start,
            "pulled_at": when,
        }
        for source, place in sources
        for number, level in enumerate(("county", "township", "department"))
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMAS["expected_agencies"])


def _fetches(country: Country, batch: Numbers, load_id: str, when: datetime) -> pa.Table:
    sources = sorted({country.agencies.sources[agency] for agency in batch})
    return _table(
        "fetches",
        {
            "load_id": load_id,
            "asked_load_id": load_id,
            "source": sources,
            "address": [f"https://www.{source}.example/zwgk/zfxxgknb/" for source in sources],
            "role": "list",
            "outcome": ["failed" if number % 50 == 0 else "changed" for number in range(len(sources))],
            "status": 200,
            "attempts": 1,
            "retrieved_at": when,
        },
        len(sources),
    )


def main() -> None:
    """Write a synthetic landing zone into a home."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.synthetic", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("home", type=Path)
    parser.add_argument("--reports", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    country = generate(Home(given.home.resolve()), given.reports, given.seed)
    print(f"{len(country.agencies.names)} agencies, {country.loads} loads")


if __name__ == "__main__":
    main()
