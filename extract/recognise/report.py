"""A document as read -> its reports: header, cells with their status, claims, findings. The one place that decides doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from extract.form import Generation, Metric, load_form
from extract.model import Block, Geometry, Grid, Place, ReadDocument, UnreadableError
from extract.recognise.by_column import read_by_column
from extract.recognise.by_line import read_by_line
from extract.recognise.by_order import read_by_order
from extract.recognise.claim_verdict import Judgement, Ways, judge_claim, members_of, settle
from extract.recognise.claims import Claim, read_claims
from extract.recognise.collection import split_reports
from extract.recognise.comparison import one_year
from extract.recognise.generation import recognise_generation
from extract.recognise.header import Header, read_header
from extract.recognise.identities import Result, judge_readings, tests_of
from extract.recognise.labels import section_of
from extract.recognise.messages import claim_message, identity_message, value_message
from extract.recognise.narrative_print import NarrativePrint, narrative_print
from extract.recognise.pictured import Pictured
from extract.recognise.reading import CellReading, Extra, Key, Reading, Why
from extract.recognise.refusal import refusal
from extract.recognise.reshape import reshaped
from extract.recognise.streams import ordered_rows
from extract.recognise.text_lines import holds_rows
from extract.recognise.values import Parsed, Status, parse
from extract.value_class import value_class

SecondReading = Callable[[Place], str | None]
"""Reads the spot again, independently: the text there, or None where it can't."""


@value_class(frozen=True, slots=True)
class Cell:
    """One statutory cell with its final status. For DOUBTFUL, `value` is the best reading."""

    metric: str
    applicant: str
    status: Status
    value: Decimal | None
    unit: str | None
    raw: str
    place: Place
    evidence: tuple[str, ...]


@value_class(frozen=True, slots=True)
class Finding:
    """A rule broken or not assessable: `expected` is the computed side, `found` the printed one."""

    rule: str
    outcome: str
    metric: str | None
    applicant: str | None
    expected: Decimal | None
    found: Decimal | None
    message: str


@value_class(frozen=True, slots=True)
class Report:
    """What a document says: one agency's report of one year. `agency` or `year` None: can't be told.

    `narrative` is the print of its running text, None where that can't be told from the tables.
    """

    header: Header
    generation: str
    cells: tuple[Cell, ...]
    claims: tuple[Claim, ...]
    extras: tuple[Extra, ...]
    findings: tuple[Finding, ...]
    narrative: NarrativePrint | None


def recognise(document: ReadDocument, name: str, second: SecondReading | None = None) -> list[Report]:
    """Find the reports in a document.

    Args:
        document: the document as read.
        name: its name, for sentences about errors.
        second: an independent reading of a spot, where the format has one; otherwise the walk by order is it.

    Raises:
        UnreadableError: `not_a_report`, or `older_form` for a report of before 2019 in free form.
    """
    pictured = Pictured(document)
    blocks = tuple(document.blocks)
    parts = split_reports(blocks)
    if len(parts) == 1:
        return [_recognise_one(blocks, document.metadata, name, second, pictured)]
    # what a file says about itself is true of the collection, not of the reports in it
    metadata = {key: value for key, value in document.metadata.items() if key != "title"}
    return [_recognise_one(part, metadata, name, second, pictured) for part in parts]


def _recognise_one(
    blocks: Sequence[Block],
    metadata: Mapping[str, str],
    name: str,
    second: SecondReading | None,
    pictured: Pictured,
) -> Report:
    header = read_header(blocks, metadata)
    compared = one_year(reshaped(blocks), header.year, header.agency)
    blocks = compared.blocks
    generation, told = recognise_generation(blocks, header.year)
    if header.year is not None and header.year < _first_year() and not told:
        raise UnreadableError(
            "older_form",
            f"文件 {name} 是 {header.year} 年度的报告，早于 2019 年的统一表样，没有可提取的法定统计表",
        )
    by_column = read_by_column((b for b in blocks if isinstance(b, Grid)), generation)
    by_order = _Later(lambda: _in_order(blocks, generation))
    reading = by_column if _is_complete(by_column, blocks, generation) else _merged(by_column, by_order())
    if compared.unsure:
        for key, cell in reading.cells.items():
            if cell.place in compared.unsure and cell.doubt is None:
                reading.cells[key] = replace(cell, doubt=Why.YEARS)
    if not reading.cells and (header.title is None or not _has_sections(blocks)):
        raise refusal(blocks, metadata, header.title, name)
    if pictured:
        reading.cells = {key: pictured.judged(cell) for key, cell in reading.cells.items()}
    return _Assembly(header, generation, reading, by_order, second, pictured).report(blocks)


@value_class(frozen=True, slots=True)
class OneWay:
    """One way in which a cell reads.

    Attributes:
        how: `by_column`, `by_order` (the two walks over the tables), `way` (one of several that are open), `second` (the spot read
            again by itself).
        raw: the text; None where only its value is known.
    """

    how: str
    raw: str | None
    status: Status
    value: Decimal | None


def ways_to_read(
    document: ReadDocument, index: int, key: Key, second: SecondReading | None = None
) -> list[OneWay]:
    """Every way in which a cell reads, one a walk and one of each that was left open: what a person compares.

    Args:
        document: the document as read.
        index: which of its reports.
        key: the cell.
        second: as for `recognise`.
    """
    parts = split_reports(tuple(document.blocks))
    if index >= len(parts):
        return []
    header = read_header(parts[index], document.metadata if len(parts) == 1 else {})
    blocks = one_year(reshaped(parts[index]), header.year).blocks
    generation, _ = recognise_generation(blocks, header.year)
    by_column = read_by_column((b for b in blocks if isinstance(b, Grid)), generation)
    found: list[OneWay] = []
    place: Place | None = None
    for how, reading in (("by_column", by_column), ("by_order", _in_order(blocks, generation))):
        cell = reading.cells.get(key)
        if cell is not None:
            place = place or cell.place
            found.append(OneWay(how, cell.raw, cell.parsed.status, cell.parsed.value))
        for ways in reading.alternatives:
            open_ways = [way[key] for way in ways if key in way]
            found += [OneWay("way", None, parsed.status, parsed.value) for parsed in open_ways]
    if second is not None and place is not None and place.box is not None:
        text = second(place)
        if text is not None:
            parsed = parse(text, next(m for m in generation.metrics() if m.key == key[0]))
            found.append(OneWay("second", text, parsed.status, parsed.value))
    return list(dict.fromkeys(found))


def _in_order(blocks: Sequence[Block], generation: Generation) -> Reading:
    """The walk by order; where lines hold rows, the walk by line decides what they say."""
    by_order = read_by_order(ordered_rows(blocks, generation), generation)
    if not holds_rows(blocks):
        return by_order
    by_line = read_by_line(blocks, generation)
    sections = {_section(metric) for metric, _ in by_line.cells}
    for key, cell in by_order.cells.items():
        if _section(key[0]) in sections and key not in by_line.cells:
            by_line.cells[key] = replace(cell, doubt=cell.doubt or Why.READINGS)
        elif _section(key[0]) not in sections:
            by_line.cells[key] = cell
    for ways in by_order.alternatives:
        if not sections & {_section(metric) for metric, _ in ways[0]}:
            by_line.alternatives.append(ways)
    by_line.extras = by_order.extras
    return by_line


def _section(metric: str) -> str:
    head = metric.partition(".")[0]
    return "review" if head == "litigation" else head


class _Later:
    """A reading that is made when it is first asked for."""

    def __init__(self, make: Callable[[], Reading]) -> None:
        self._make = make
        self._made: Reading | None = None

    def __call__(self) -> Reading:
        if self._made is None:
            self._made = self._make()
        return self._made


def _is_complete(reading: Reading, blocks: Sequence[Block], generation: Generation) -> bool:
    """Whether the walk by column found every cell of the form surely, so that no other walk can add to it."""
    if any(isinstance(b, Grid) and b.geometry is Geometry.RAGGED for b in blocks):
        return False
    keys = generation.expected_cells(_alternative(generation.metrics(), reading))
    return all((cell := reading.cells.get(key)) is not None and cell.doubt is None for key in keys)


def _alternative(metrics: Iterable[Metric], reading: Reading) -> str | None:
    """Which of the alternative rows is printed."""
    found = {metric for metric, _ in reading.cells}
    return next((m.alternative for m in metrics if m.alternative is not None and m.key in found), None)


def _first_year() -> int:
    return min(g.years.first for g in load_form().generations)


def _has_sections(blocks: Sequence[Block]) -> bool:
    found = {section_of(b.text) for b in blocks if not isinstance(b, Grid) and len(b.text) < 60} - {None}
    return len(found) >= 2


def _merged(by_column: Reading, by_order: Reading) -> Reading:
    """The walk by column where it found a cell, else the walk by order; alternatives follow the cells taken."""
    merged = Reading(extras=by_column.extras or by_order.extras)
    doubted = {metric for (metric, _), cell in by_column.cells.items() if cell.doubt is not None}
    ties = {metric for metric in doubted if _ties(metric, by_column, by_order)}
    settled = {metric for metric, _ in by_column.cells} - doubted
    for key, cell in by_order.cells.items():
        if key[0] in settled:  # what a row that is surely read lacks is not printed
            continue
        lacking = key[0] in doubted and key not in by_column.cells and key[0] not in ties
        merged.cells[key] = replace(cell, doubt=cell.doubt or Why.READINGS) if lacking else cell
    for key, cell in by_column.cells.items():
        other = by_order.cells.get(key)
        if cell.doubt is not None and other is not None and other.doubt is None:
            merged.cells[key] = other if key[0] in ties else replace(other, doubt=Why.READINGS)
        else:
            merged.cells[key] = cell
    for ways in by_order.alternatives:
        if all(key not in by_column.cells for key in ways[0]):
            merged.alternatives.append(ways)
    return merged


def _ties(metric: str, by_column: Reading, by_order: Reading) -> bool:
    """Whether a row of section three whose cells do not stand quite under their heads is sure by its order all the same.

    It is where every column is filled, none is left over, and the parts add up to the total.
    """
    keys = [(metric, applicant.key) for applicant in load_form().shared.applicants]
    cells = [by_order.cells.get(key) for key in keys]
    shifted = {cell.doubt for key in keys if (cell := by_column.cells.get(key)) is not None}
    values = [
        cell.parsed.value
        for cell in cells
        if cell is not None
        and cell.doubt is None
        and Why.COUNT in cell.evidence
        and cell.parsed.status is Status.REPORTED
    ]
    numbers = [value for value in values if value is not None]
    return (
        shifted <= {Why.SHIFT, Why.FEWER, Why.MERGED}
        and len(numbers) == len(keys)
        and sum(numbers[:-1]) == numbers[-1]
    )


class _Assembly:
    """One report from its readings: status of each cell, identities, claims."""

    def __init__(
        self,
        header: Header,
        generation: Generation,
        reading: Reading,
        by_order: Callable[[], Reading],
        second: SecondReading | None,
        pictured: Pictured,
    ) -> None:
        self.header = header
        self.generation = generation
        self.reading = reading
        self.by_order = by_order
        self.second = second
        self.pictured = pictured
        self.metrics: Mapping[str, Metric] = {m.key: m for m in generation.metrics()}
        self.keys = generation.expected_cells(_alternative(self.metrics.values(), reading))
        self.cells = {key: reading.cells[key] for key in self.keys if key in reading.cells}
        # a picture may hold a figure that no reading has: its doubtful cells can't break a sum
        self.alternatives = [] if pictured else reading.alternatives
        self._present = {metric for metric, _ in self.keys}
        self._numbers: dict[Key, Decimal | None] = {}

    def report(self, blocks: Sequence[Block]) -> Report:
        results = self._confirmed()
        claims = [
            c
            for c in read_claims(blocks, self.header.year, self._claimable())
            if not self.pictured.doubts(c.place, c.value)
        ]
        self._numbers = {
            key: cell.parsed.value if cell.parsed.status is Status.REPORTED else None
            for key, cell in self.cells.items()
            if not self._doubted(cell)
        }
        judgements = settle([j for claim in claims if (j := self._judge_claim(claim)) is not None])
        findings = [f for r in results if (f := self._identity_finding(r)) is not None]
        findings += [f for j in judgements if (f := self._claim_finding(j)) is not None]
        findings += self._value_findings()
        return Report(
            self.header,
            self.generation.name,
            tuple(self._cell(key) for key in self.keys),
            tuple(claims),
            tuple(self.reading.extras),
            tuple(findings),
            narrative_print(blocks, self.header.agency),
        )

    # --- identities and the second reading

    def _confirmed(self) -> list[Result]:
        """Test the identities; read the cells of the broken ones again before the agency is blamed."""
        results = self._test()
        broken = {key for r in results if r.outcome == "broken" for key in r.test.keys if key in self.cells}
        differing = False
        for key in sorted(broken):
            cell = self.cells[key]
            if cell.doubt is not None:
                continue
            agrees = self._reads_the_same(key, cell)
            why = Why.SECOND_AGREES if agrees else Why.SECOND_DIFFERS
            doubt = None if agrees else Why.READINGS
            differing |= not agrees
            self.cells[key] = replace(cell, evidence=(*cell.evidence, why), doubt=doubt)
        return self._test() if differing else results

    def _test(self) -> list[Result]:
        cells = self.cells.items()
        doubted = {k for k, c in cells if c.doubt is not None or c.parsed.status is Status.DOUBTFUL}
        sure = {k: c.parsed.value for k, c in cells if c.doubt is None and c.parsed.status is Status.REPORTED}
        listed = {k for ways in self.alternatives for k in ways[0]}
        unknown = doubted - listed
        return [
            judge_readings(test, sure, self.alternatives, unknown)
            for test in tests_of(self.generation, self.keys)
        ]

    def _doubted(self, cell: CellReading) -> bool:
        return cell.doubt is not None or cell.parsed.status is Status.DOUBTFUL

    def _reads_the_same(self, key: Key, cell: CellReading) -> bool:
        """Whether an independent reading finds the same value: another reader of the spot, else the other walk."""
        if self.second is not None and cell.place.box is not None:
            text = self.second(cell.place)
            if text is None:
                return False
            again = parse(text, self.metrics[key[0]], _money_unit(cell.parsed))
            return (again.status, again.value) == (cell.parsed.status, cell.parsed.value)
        other = self.by_order().cells.get(key)
        if other is None:
            return False
        if other is cell or other.doubt is None:
            settled = not {Why.ANCHOR, Why.PADDING, Why.TOTALS, Why.GAPS, Why.POSITION} & set(other.evidence)
            return (settled or other is not cell) and _same(other.parsed, cell.parsed)
        ways = [w for ways in self.by_order().alternatives for w in ways if key in w]
        return any(_same(way[key], cell.parsed) for way in ways)

    def _identity_finding(self, result: Result) -> Finding | None:
        if result.outcome == "pass" or not any(key in self.cells for key in result.test.keys):
            return None
        test = result.test
        message = identity_message(self.generation, self.header, result)
        return Finding(
            test.rule, result.outcome, test.metric, test.applicant, result.expected, result.found, message
        )

    # --- claims

    def _claimable(self) -> set[str]:
        return self.metrics.keys() | {group.key for group in self.generation.shared.groups}

    def _judge_claim(self, claim: Claim) -> Judgement | None:
        base, present = self._numbers, self._present

        def ways_of(metric: str) -> Ways:
            cells = {(m, claim.applicant) for m in members_of(load_form(), metric, present)}
            cells |= {(m, "all") for m, _ in cells if not m.startswith("requests.")}
            concerned = [ways for ways in self.alternatives if cells & ways[0].keys()]
            if len(concerned) > 1:  # doubts that do not depend on each other: too many ways to tell anything
                return [base]
            return [base | _numbers(way) for way in concerned[0]] if concerned else [base]

        return judge_claim(claim, ways_of, present)

    def _claim_finding(self, judgement: Judgement) -> Finding | None:
        if judgement.outcome == "pass":
            return None
        claim = judgement.claim
        message = claim_message(self.generation, self.header, judgement)
        return Finding(
            "narrative",
            judgement.outcome,
            judgement.metric,
            claim.applicant,
            claim.value,
            judgement.found,
            message,
        )

    # --- single values

    def _value_findings(self) -> list[Finding]:
        findings: list[Finding] = []

        def add(rule: str, key: Key, found: Decimal | None, expected: Decimal | None = None) -> None:
            message = value_message(self.generation, self.header, rule, key, found)
            findings.append(Finding(rule, "broken", key[0], key[1], expected, found, message))

        for key in self.keys:
            cell = self.cells.get(key)
            if cell is None or cell.parsed.value is None or cell.parsed.status is not Status.REPORTED:
                continue
            if (
                not cell.parsed.value and cell.parsed.unit is not None
            ):  # nothing is wrong with a zero: most cells
                continue
            metric, value = self.metrics[key[0]], cell.parsed.value
            whole = metric.unit not in ("元", "万元")
            if (value < 0 and not metric.signed) or (whole and value != value.to_integral_value()):
                add("non_negative", key, value)
            if cell.parsed.unit is None:
                add("unit_unknown", key, value)
        year = self.header.year
        if year is not None and not self.generation.covers(year) and self.cells:
            message = value_message(self.generation, self.header, "generation_year", None, None)
            findings.append(Finding("generation_year", "broken", None, None, None, None, message))
        return findings

    # --- cells

    def _cell(self, key: Key) -> Cell:
        metric = self.metrics[key[0]]
        found = self.cells.get(key)
        if found is None:
            return Cell(*key, Status.MISSING, None, metric.unit, "", Place(), ())
        parsed = found.parsed
        evidence = _words(found.evidence)
        if parsed.why is not None:
            evidence += (parsed.why,)
        if found.doubt is not None:
            return Cell(
                *key,
                Status.DOUBTFUL,
                parsed.value,
                parsed.unit,
                found.raw,
                found.place,
                (*evidence, str(found.doubt)),
            )
        if parsed.status is Status.DOUBTFUL:
            evidence += (str(Why.VALUE),)
        return Cell(*key, parsed.status, parsed.value, parsed.unit, found.raw, found.place, evidence)


@lru_cache(maxsize=1024)
def _words(evidence: tuple[Why, ...]) -> tuple[str, ...]:
    return tuple(map(str, evidence))


def _same(one: Parsed, other: Parsed) -> bool:
    return (one.status, one.value) == (other.status, other.value)


def _money_unit(parsed: Parsed) -> str | None:
    return parsed.unit if parsed.unit in ("元", "万元") else None


def _numbers(way: Mapping[Key, Parsed]) -> dict[Key, Decimal | None]:
    return {key: parsed.value if parsed.status is Status.REPORTED else None for key, parsed in way.items()}


__all__ = ["Cell", "Finding", "Report", "SecondReading", "recognise"]
