"""Second walk: labels and what follows them. For dumps where only the order of cells is known, and as the independent
second reading of grids whose columns are explicit.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from extract.form import Column, Generation, Metric, load_form
from extract.model import Place
from extract.recognise.alignment import Aligned, OrderedRow, align, keeps_spans
from extract.recognise.heads import printed_order, review_moved
from extract.recognise.labels import Label, meanings, of_kind
from extract.recognise.reading import CellReading, Extra, Key, Reading, Why
from extract.recognise.rows import RowFacts, RowKind, classify, value_like
from extract.recognise.script import skeleton, squeeze
from extract.recognise.stacked import adds_up, total_stands_elsewhere, totals_always_printed
from extract.recognise.values import Parsed, header_money_unit, parse
from extract.value_class import value_class

MOST_ROWS = 0.8
"""Share of the form's rows that a dump of section three has to hold, in order, to be one whose text did not come apart."""
_OTHER_ROWS = ("requests.other.not_corrected", "requests.other.fee_unpaid", "requests.other.other")
"""Rows that the form also prints as a single one."""
_NUMBER = re.compile(r"\d+$")
MIN_ROWS = 5
"""So many rows show that a column is empty."""
MANY_TOTALS = 3
"""So many rows of figures without a total have not all lost a cell each."""
ZEROS = ("零", "〇")


@value_class(frozen=True, slots=True)
class Slot:
    """One cell of a row, of which only the order is known."""

    text: str
    place: Place
    tail: bool = False
    """Columns follow that some cell of the row spans: the row carries its empty extra cells behind its values."""


@dataclass(slots=True)
class _Pending:
    """A data row waiting for the end of its table, when all rows together show how cells meet columns."""

    key: str
    label: Label
    row: OrderedRow
    slots: list[Slot]
    why: tuple[Why, ...] = ()
    doubt: Why | None = None
    line: int | None = None


@dataclass(slots=True)
class _State:
    proactive: list[tuple[str, ...]] = field(default_factory=list)  # possible column keys, in printed order
    proactive_at: list[int] = field(default_factory=list)  # their slot numbers in the header row
    proactive_width: int = 0
    proactive_first: int | None = None
    proactive_bare: bool = False
    """信息内容 has been read, and no head of a column behind it yet."""
    money_unit: str | None = None
    requests: list[_Pending] = field(default_factory=list)
    requests_head: list[list[str]] = field(default_factory=list)
    natural_at: int | None = None
    total_at: int | None = None
    first_column: int | None = None
    review_heads: list[str] = field(default_factory=list)
    review_columns: list[str] = field(default_factory=list)
    review_width: int = 0
    in_review: bool = False
    review_empty: list[Slot] = field(default_factory=list)


def read_by_order(rows: Iterable[Sequence[Slot]], generation: Generation) -> Reading:
    """Read the statutory tables from rows of cells in order.

    Args:
        rows: the document's table rows in order, blanks included.
        generation: the form's generation.
    """
    walk = _Walk(generation)
    for row in rows:
        if row:
            walk.row(list(row))
    walk.finish()
    return walk.reading


class _Walk:
    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.reading = Reading()
        self.state = _State()
        self.applicants = [a.key for a in generation.shared.applicants]
        self.metrics: Mapping[str, Metric] = {m.key: m for m in self.generation.metrics()}
        self.seen: set[str] = set()
        self.nameless = False
        self.blank: _Pending | None = None
        self.disordered = False
        """Rows of section two follow their header without the heads of the columns: the text is not in order."""

    def row(self, slots: list[Slot]) -> None:
        """Take the next row of cells, blanks included."""
        facts = classify([slot.text for slot in slots])
        known, reviewed = len(self.state.requests), self.state.in_review
        self._take_row(facts, slots)
        if not (reviewed and facts.kind is RowKind.VALUES):  # section four's row has no label to lose
            row = self.state.requests[-1] if len(self.state.requests) > known else None
            self._beside_nameless(facts.kind, row, slots)

    def _take_row(self, facts: RowFacts, slots: list[Slot]) -> None:
        state = self.state
        if facts.kind is RowKind.ARTICLE:
            state.proactive, state.proactive_at, state.money_unit = [], [], None
            state.in_review = False
            if any(of_kind(s.text, "content", "proactive_column") for s in slots):
                self._proactive_header(slots)
        elif facts.kind is RowKind.PROACTIVE_HEADER:
            self._proactive_header(slots)
        elif facts.kind is RowKind.PROACTIVE_DATA and facts.label is not None:
            self.disordered |= state.proactive_bare
            self._proactive_row(facts.label, facts.label_at, slots)
        elif facts.kind is RowKind.REQUESTS_HEADER:
            state.in_review = False
            self._requests_header(slots)
        elif facts.kind is RowKind.REQUESTS_DATA and facts.label is not None:
            self._requests_row(facts.label, facts.label_at, slots)
        elif facts.kind is RowKind.REVIEW_HEADER:
            self._review_header(slots)
        elif facts.kind is RowKind.VALUES and state.in_review:
            self._review_row(slots)
        elif facts.kind is RowKind.EMPTY and state.in_review and len(slots) >= len(self._review_keys()):
            state.review_empty = state.review_empty or slots
        elif facts.kind is RowKind.OTHER:
            self._unknown_row(slots)

    def finish(self) -> None:
        """Align section three, whose rows explain each other; take section four's cells as empty if none is filled."""
        if self.state.review_empty and self._review_keys()[0] not in self.reading.cells:
            self._review_row(self.state.review_empty)
        if self.disordered:
            self._doubt_proactive()
        pending = self.state.requests
        table = _RequestsTable.of(pending, self.state, tuple(self.applicants), apart=self._is_apart(pending))
        for row, found in zip(pending, table.aligned, strict=True):
            settled = table.settled(row, found)
            keys = [(row.key, applicant) for applicant in table.order]
            metric = self.metrics[row.key]
            self._put(keys, [metric] * len(keys), row.slots, settled, None, row.why)
            if table.totals and settled.doubt is Why.FEWER:
                self._settle_total(keys, row.slots)

    def _doubt_proactive(self) -> None:
        for key, cell in self.reading.cells.items():
            if key[0].startswith("proactive."):
                self.reading.cells[key] = replace(cell, doubt=cell.doubt or Why.SHIFT)

    def _settle_total(self, keys: Sequence[Key], slots: Sequence[Slot]) -> None:
        """A row without its blanks, in a table that prints every total: the last figure is it."""
        if not all(squeeze(slot.text) for slot in slots):
            return
        nothing_else = len(slots) == 1 and squeeze(slots[0].text).strip("0") == ""
        for key in keys if nothing_else else keys[-1:]:
            cell = self.reading.cells[key]
            if cell.doubt is Why.FEWER:
                self.reading.cells[key] = replace(cell, evidence=(*cell.evidence, Why.TOTALS), doubt=None)

    def _is_apart(self, pending: Sequence[_Pending]) -> bool:
        """Whether rows of section three stand out of the form's order, or many are missing: their text came apart."""
        order = {row.key: at for at, row in enumerate(self.generation.requests.rows)}
        at = [order[row.key] for row in pending]
        ordered = all(a < b for a, b in itertools.pairwise(at))
        return bool(at) and not (ordered and len(at) >= MOST_ROWS * (len(order) - len(_OTHER_ROWS)))

    def _beside_nameless(self, kind: RowKind, row: _Pending | None, slots: list[Slot]) -> None:
        """Values whose label is lost, next to a row of blanks, may be that row's: its blanks are not sure.

        Args:
            kind: of the row.
            row: what it has become a row of, if of section three.
            slots: its cells.
        """
        nameless = (
            kind in (RowKind.VALUES, RowKind.OTHER)
            and not self.state.in_review
            and sum(1 for slot in slots if squeeze(slot.text) and value_like(slot.text)) > 1
        )
        blank = row if row is not None and not any(row.row.filled) else None
        if nameless and self.blank is not None:
            self.blank.doubt = Why.ROW
        if self.nameless and blank is not None:
            blank.doubt = Why.ROW
        self.nameless, self.blank = nameless, blank

    # --- section two

    def _proactive_header(self, slots: list[Slot]) -> None:
        state = self.state
        found = [(i, label) for i, s in enumerate(slots) if (label := of_kind(s.text, "proactive_column"))]
        state.proactive = [label.keys for _, label in found]
        state.proactive_at, state.proactive_width = [i for i, _ in found], len(slots)
        content = next((i for i, s in enumerate(slots) if of_kind(s.text, "content")), None)
        state.proactive_bare = len(slots) == 1 and content is not None
        state.proactive_first = 0 if content is not None and found and found[0][0] == content + 1 else None
        for i, label in found:
            if "amount" in label.keys:
                state.money_unit = header_money_unit(slots[i].text)

    def _proactive_row(self, label: Label, label_at: int, slots: list[Slot]) -> None:
        row, behind = label.keys[0], slots[label_at + 1 :]
        block = next((b for b in self.generation.proactive if any(r.key == row for r in b.rows)), None)
        if block is None or not behind:
            return
        columns = self._printed_order(block.columns)
        placed = self._under_header(columns, slots) if label_at == 0 else None
        if placed is not None:
            behind = placed
        behind = _trimmed(behind, len(columns))
        ordered = OrderedRow(label_at, tuple(bool(squeeze(s.text)) for s in behind))
        first = None if self.state.proactive_first is None else label_at + 1
        (how,) = align([ordered], len(columns), first)
        keys = [(f"{row}.{column.key}", "all") for column in columns]
        why = (Why.LABEL if label.exact else Why.LABEL_DAMAGED,)
        self._put(keys, [self.metrics[k] for k, _ in keys], behind, how, self.state.money_unit, why)

    def _under_header(self, columns: Sequence[Column], slots: list[Slot]) -> list[Slot] | None:
        """The values under the printed headers, where header and row have as many cells and agree on what spans.

        A header repeated over neighbouring cells, or followed by empty ones, spans them: the value stands in the
        first, and the others are empty or repeat it.
        """
        state = self.state
        if state.proactive_width != len(slots) or len(slots) <= len(columns) + 1 or not state.proactive_at:
            return None
        found: dict[str, list[int]] = {}
        for at, keys in zip(state.proactive_at, state.proactive, strict=True):
            column = next((c.key for c in columns if c.key in keys), None)
            if column is None:
                return None
            found.setdefault(column, []).append(at)
        if list(found) != [c.key for c in columns]:
            return None
        starts = [places[0] for places in found.values()]
        values: list[Slot] = []
        for start, end in zip(starts, [*starts[1:], len(slots)], strict=True):
            if any(squeeze(s.text) not in ("", squeeze(slots[start].text)) for s in slots[start + 1 : end]):
                return None
            values.append(slots[start])
        headed = {at for places in found.values() for at in places}
        repeats = any(squeeze(s.text) for i, s in enumerate(slots) if i > starts[0] and i not in headed)
        if repeats and not all(squeeze(value.text) for value in values):
            return None  # what looks like a repeated value may be the last one of a row that stands further right
        return values

    def _printed_order(self, columns: Sequence[Column]) -> list[Column]:
        """The columns in the order the header prints them, where it prints them all."""
        printed = [next((c for c in columns if c.key in keys), None) for keys in self.state.proactive]
        complete = list({c.key: c for c in printed if c is not None}.values())
        return complete if len(complete) == len(columns) == len({c.key for c in complete}) else list(columns)

    # --- section three

    def _requests_header(self, slots: list[Slot]) -> None:
        self.state.requests_head.append([slot.text for slot in slots])
        first = last = None
        for i, slot in enumerate(slots):
            label = of_kind(slot.text, "applicant")
            if label is not None and label.keys[0] == "natural_person":
                first = i
            elif label is not None and label.keys[0] == "total":
                last = i
        state = self.state  # 自然人 and 总计 may stand in different header rows
        state.natural_at = first if first is not None else state.natural_at
        state.total_at = last if last is not None else state.total_at
        if state.natural_at is not None and state.total_at is not None:
            spelled_out = state.total_at - state.natural_at == len(self.applicants) - 1
            state.first_column = state.natural_at if spelled_out else None

    def _requests_row(self, label: Label, label_at: int, slots: list[Slot]) -> None:
        key = self._row_key(label)
        behind = slots[label_at + 1 :]
        if not behind and not self.state.requests and of_kind(slots[label_at].text, "applicant"):
            self._requests_header(slots)  # 其他 names a column before the first row
        if key not in self.metrics or not behind:
            return
        behind, doubt = _parted(behind, len(self.applicants))
        depth = next(len(r.path) for r in self.generation.requests.rows if r.key == key)
        row = OrderedRow(label_at, tuple(bool(squeeze(s.text)) for s in behind), depth)
        group = any(x.kind == "requests_group" for x in meanings(slots[label_at].text))
        if group and not any(row.filled) and len(behind) < len(self.applicants):
            return  # the group's label on a row of its own
        why = (Why.LABEL if label.exact else Why.LABEL_DAMAGED,)
        self.state.requests.append(_Pending(key, label, row, behind, why, doubt, slots[label_at].place.line))
        self.seen.add(key)

    def _row_key(self, label: Label) -> str:
        key = label.keys[0]
        if key == "requests.other.other" and not self.seen & {
            "requests.other.not_corrected",
            "requests.other.fee_unpaid",
        }:
            return "requests.other"
        return key

    # --- section four

    def _review_header(self, slots: list[Slot]) -> None:
        state = self.state
        if not state.in_review:
            state.review_heads, state.review_columns, state.in_review = [], [], True
        columns = [label.keys[0] for s in slots if (label := of_kind(s.text, "review_column"))]
        heads = [label.keys[0] for s in slots if (label := of_kind(s.text, "review_head"))]
        state.review_heads += [h for h in heads if h not in state.review_heads]
        state.review_columns += columns
        state.review_width = max(state.review_width, len(slots))

    def _review_keys(self) -> list[Key]:
        """The cells of the review row under the heads seen: all fifteen, or fewer where each head has its own table."""
        state, shared = self.state, self.generation.shared
        heads = [h.key for h in shared.review_heads]
        per_head = len(shared.review_columns)
        if len(state.review_heads) < len(heads) and len(state.review_columns) == per_head * len(
            state.review_heads
        ):
            heads = state.review_heads or heads
        return [(f"{h}.{c.key}", "all") for h in heads for c in shared.review_columns]

    def _review_row(self, slots: list[Slot]) -> None:
        state = self.state
        keys = self._review_keys()
        spelled_out = state.review_width >= len(keys)  # the header prints a cell for every column
        as_wide = len(slots) == state.review_width
        slots = _trimmed(slots, len(keys))
        row = OrderedRow(-1, tuple(bool(squeeze(s.text)) for s in slots))
        (how,) = align([row], len(keys), 0 if as_wide else None)
        odd = not as_wide if spelled_out else len(slots) > len(keys)
        if how.doubt is None and odd and (len(slots) > len(keys) or not _filled(how, slots)):
            how = Aligned(how.readings, how.why, Why.SHIFT)
        # with a cell lost, the padding of its row looks like a blank
        lone = not squeeze(slots[-1].text) and all(squeeze(slot.text) for slot in slots[:-1])
        if how.doubt is None and not _filled(how, slots) and (lone or not _groups_add_up(how, slots)):
            how = Aligned(how.readings, how.why, Why.SHIFT)
        if how.doubt is None and review_moved(state.review_heads, state.review_columns):
            how = Aligned(how.readings, how.why, Why.HEADS)
        self._put(keys, [self.metrics[k] for k, _ in keys], slots, how, None, ())
        state.in_review = False
        state.review_heads, state.review_columns, state.review_width = [], [], 0

    # --- any section

    def _put(
        self,
        keys: Sequence[Key],
        metrics: Sequence[Metric],
        slots: Sequence[Slot],
        how: Aligned,
        money_unit: str | None,
        row_why: tuple[Why, ...],
    ) -> None:
        if keys[0] in self.reading.cells:
            self._repeat(keys, metrics, slots, how, money_unit)
            return
        ways: list[dict[Key, Parsed]] = []
        for reading in how.readings:
            ways.append(
                {
                    key: parse(slots[at].text if at is not None else "", metric, money_unit)
                    for key, metric, at in zip(keys, metrics, reading, strict=True)
                }
            )
        for key, at in zip(keys, how.readings[0], strict=True):
            slot = slots[at] if at is not None else None
            place = slot.place if slot else slots[0].place
            raw = slot.text.strip() if slot else ""
            self.reading.cells[key] = CellReading(ways[0][key], raw, place, (*row_why, how.why), how.doubt)
        # where cells are lost, or slipped in from a neighbouring row, none of the ways may be what is printed
        alone = not keys[0][0].startswith("requests.")
        if how.doubt is Why.SHIFT or (how.doubt is Why.MORE and alone):
            self.reading.alternatives.append(tuple(ways))

    def _repeat(
        self,
        keys: Sequence[Key],
        metrics: Sequence[Metric],
        slots: Sequence[Slot],
        how: Aligned,
        money_unit: str | None,
    ) -> None:
        """A row that is printed twice with different values is doubtful; the first printing stands."""
        for key, metric, at in zip(keys, metrics, how.readings[0], strict=True):
            parsed = parse(slots[at].text if at is not None else "", metric, money_unit)
            known = self.reading.cells.get(key)
            if known is not None and (known.parsed.status, known.parsed.value) != (
                parsed.status,
                parsed.value,
            ):
                self.reading.cells[key] = replace(known, doubt=known.doubt or Why.REPEATED)

    def _unknown_row(self, slots: list[Slot]) -> None:
        label, values = slots[0].text.strip(), [s.text.strip() for s in slots[1:]]
        if (
            len(skeleton(label)) > 1
            and len(label) < 80
            and any(v[:1].isdigit() for v in values)
            and all(map(value_like, values))
        ):
            self.reading.extras.append(Extra(label, tuple(values), slots[0].place))


def _parted(slots: list[Slot], columns: int) -> tuple[list[Slot], Why | None]:
    """A row in which one cell holds the numbers of several columns (`0 2`): a cell each where that makes the row whole.

    Returns:
        The cells, and why the row is doubtful: with another count of numbers, or a sum that does not tie, it is.
    """
    parts = [slot.text.split() for slot in slots]
    if not any(len(words) > 1 and all(map(_NUMBER.match, words)) for words in parts):
        return slots, None
    single = [Slot(word, slot.place) for slot, words in zip(slots, parts, strict=True) for word in words]
    numbers = [int(slot.text) for slot in single if _NUMBER.match(slot.text)]
    if len(single) == len(numbers) == columns and sum(numbers[:-1]) == numbers[-1]:
        return single, None
    return slots, Why.MERGED


def _is_loose(row: _Pending) -> bool:
    """Whether a row's label is damaged, or its values are lines of their own."""
    line = row.line
    return Why.LABEL_DAMAGED in row.why or any(slot.place.line != line for slot in row.slots)


def _figures(slots: Sequence[Slot]) -> list[str]:
    """What is printed in cells as plain digits, '' for what is no number; blanks left out."""
    texts = [squeeze(slot.text).replace(",", "") for slot in slots]
    return [text if text.isdecimal() else "" for text in texts if text]


def _texts(how: Aligned, slots: Sequence[Slot]) -> list[str]:
    """The figures of the best reading by column as plain digits, '' for what is no number."""
    found = [squeeze(slots[at].text).replace(",", "") if at is not None else "" for at in how.readings[0]]
    return [text if text.isdecimal() else "0" if text in ZEROS else "" for text in found]


def _adds_up(how: Aligned, slots: Sequence[Slot]) -> bool:
    """Whether the best reading of a row, blanks as nothing, ends with its total."""
    return _is_sum(_texts(how, slots))


def _is_sum(texts: Sequence[str]) -> bool:
    return adds_up([*texts[:-1], texts[-1] or "0"])


def _groups_add_up(how: Aligned, slots: Sequence[Slot]) -> bool:
    """The same for section four, whose row has a total for each head."""
    texts = _texts(how, slots)
    size = len(load_form().shared.review_columns)
    return all(_is_sum(texts[at : at + size]) for at in range(0, len(texts), size))


@value_class(frozen=True, slots=True)
class _Slips:
    """What all rows of section three together show about cells that may have been lost from some.

    A row that has lost a cell is filled up behind, or its end is taken for a blank: then its total seems blank.

    Attributes:
        totals: rows with figures whose total seems blank.
        unfilled: rows with a blank.
        empty_column: a column that no row has, though every row has all the others; or no row has a total.
        left_out: every row has as many cells as its like, and many no total: the agency has left it blank.
    """

    totals: int
    unfilled: int
    empty_column: bool
    left_out: bool

    @classmethod
    def of(cls, rows: Sequence[tuple[Aligned, Sequence[Slot]]], *, regular: bool) -> _Slips:
        """Look at all rows of a table; `regular`: each has as many cells as the others like it."""
        printed = [
            [at is not None and bool(squeeze(slots[at].text)) for at in how.readings[0]]
            for how, slots in rows
            if any(squeeze(slot.text) for slot in slots)
        ]
        width = len(printed[0]) if printed else 0
        columns = [sum(row[column] for row in printed) for column in range(width)]
        one_empty = sorted(columns) == [0, *[len(printed)] * (width - 1)]
        empty = len(printed) >= MIN_ROWS and (one_empty or columns[-1] == 0)
        totals = sum(_lacks_total(how, slots) for how, slots in rows)
        left_out = regular and totals >= MANY_TOTALS
        return cls(totals, sum(not all(row) for row in printed), empty, left_out)

    def doubts(self, how: Aligned, slots: Sequence[Slot]) -> bool:
        """Whether a row may be one that has lost a cell."""
        if _filled(how, slots) or not any(squeeze(slot.text) for slot in slots):
            return False
        if self.left_out:
            return False
        if self.empty_column or _lacks_total(how, slots):
            return True
        last = how.readings[0][-1]
        blank_total = last is None or not squeeze(slots[last].text)
        if self.unfilled == 1 and (blank_total or how.why is not Why.COUNT):
            return True  # no other row has a blank
        return blank_total and self.totals > 1


@dataclass(frozen=True, slots=True)
class _RequestsTable:
    """Section three as a whole: what its rows together say of how their cells meet the columns.

    Attributes:
        aligned: each row by itself.
        order: the applicants in the order of the columns.
        told: the heads tell that order.
        moved: it is not the form's.
        totals: every row prints its total, whatever else it leaves out.
        apart: rows stand out of order or many are missing.
        short: some row has fewer cells than columns.
        uneven: some row has fewer or more.
        spans_kept: spanning labels keep their empty cells.
        usual: how many cells rows have behind their label, by the label's slot.
        slips: what tells of lost cells.
    """

    aligned: Sequence[Aligned]
    order: tuple[str, ...]
    told: bool
    moved: bool
    totals: bool
    apart: bool
    short: bool
    uneven: bool
    spans_kept: bool
    usual: Mapping[int, int]
    slips: _Slips

    @classmethod
    def of(
        cls, pending: Sequence[_Pending], state: _State, applicants: tuple[str, ...], *, apart: bool
    ) -> _RequestsTable:
        """Look at all rows."""
        tails = any(slot.tail for p in pending for slot in p.slots)
        rows = [p.row for p in pending]
        aligned = align(rows, len(applicants), state.first_column, tails)
        usual = _usual_lengths(pending)
        printed = printed_order(state.requests_head)
        figures = [_figures(row.slots) for row in pending]
        if printed == applicants and total_stands_elsewhere(figures, len(printed)):
            printed = None
        order = printed or applicants
        moved = order != applicants
        short = any(a.doubt is Why.FEWER for a in aligned)
        regular = all(len(row.row.filled) == usual[row.row.label_at] for row in pending)
        return cls(
            aligned=aligned,
            order=order,
            told=printed is not None,
            moved=moved,
            totals=printed is not None and not moved and totals_always_printed(figures, len(applicants)),
            apart=apart,
            short=short,
            uneven=short or any(a.doubt is Why.MORE for a in aligned),
            spans_kept=keeps_spans(rows, len(applicants)),
            usual=usual,
            slips=_Slips.of(
                [(how, row.slots) for row, how in zip(pending, aligned, strict=True)], regular=regular
            ),
        )

    def settled(self, row: _Pending, found: Aligned) -> Aligned:
        """How a row's cells meet the columns, in the light of all rows."""
        doubt = Why.ROW if self.apart and _is_loose(row) else row.doubt
        if doubt is None:
            doubt = found.doubt or self._doubt(row, found)
        return found if doubt is found.doubt else Aligned(found.readings, found.why, doubt)

    def _doubt(self, row: _Pending, how: Aligned) -> Why | None:
        suspicious = not self.spans_kept and (
            self.short or len(row.row.filled) != self.usual[row.row.label_at]
        )
        if _is_shifted(how, row.slots, suspicious):
            return Why.SHIFT
        if not self.told or (self.moved and len(row.slots) != len(self.order)):
            return Why.HEADS
        # it may hold a neighbour's figure, or have slipped
        unsure = self.uneven or how.why not in (Why.COUNT, Why.SPANS)
        if unsure and not self.moved and not _adds_up(how, row.slots):
            return Why.SHIFT
        return Why.SHIFT if self.slips.doubts(how, row.slots) else None


def _lacks_total(how: Aligned, slots: Sequence[Slot]) -> bool:
    """Whether a row has figures other than zero, but no total."""
    texts = _texts(how, slots)
    last = how.readings[0][-1]
    blank = last is None or not squeeze(slots[last].text)
    return blank and any(text.strip("0") for text in texts)


def _filled(how: Aligned, slots: Sequence[Slot]) -> bool:
    """Whether the best reading fills every column."""
    return all(at is not None and bool(squeeze(slots[at].text)) for at in how.readings[0])


def _usual_lengths(pending: Sequence[_Pending]) -> dict[int, int]:
    """How many cells stand behind a label, by the label's slot number: the commonest count."""
    counts: dict[int, Counter[int]] = {}
    for row in pending:
        counts.setdefault(row.row.label_at, Counter())[len(row.row.filled)] += 1
    return {at: found.most_common(1)[0][0] for at, found in counts.items()}


def _trimmed(slots: list[Slot], wanted: int) -> list[Slot]:
    """Without empty cells behind the last column, when the cells before them suffice and the first is filled."""
    end = len(slots)
    while end > wanted and not squeeze(slots[end - 1].text) and squeeze(slots[0].text):
        end -= 1
    return slots[:end]


def _is_shifted(how: Aligned, slots: Sequence[Slot], suspicious: bool) -> bool:
    """Whether a row with blanks stands in a table that lost cells, or is not as long as its like."""
    longer = len(slots) > len(how.readings[0])
    filled = any(squeeze(slot.text) for slot in slots)
    return suspicious and filled and (longer or not _filled(how, slots))
