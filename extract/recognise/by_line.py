"""Third walk: dumps that print a row of a table on a line, or wrapped over a few, columns by position or by order alone.

The lines spell the form's labels one after the other (`label_path`), figures stand beside them or between them. Where a
row has all its figures on one line they are its columns in order. Otherwise the columns that full rows and the head show
tell where a figure stands, and sums have to confirm it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from extract.form import Column, Generation, Metric, load_form
from extract.model import Block
from extract.recognise.heads import applicants, printed_order
from extract.recognise.label_path import find_rows
from extract.recognise.labels import meanings, of_kind
from extract.recognise.line_columns import Extent, clusters, from_head, place
from extract.recognise.line_requests import LineRow, Placed, RequestLines, column_sums, digits, gathered
from extract.recognise.reading import CellReading, Key, Reading, Why
from extract.recognise.stacked import adds_up, total_stands_elsewhere
from extract.recognise.text_lines import TextLine, Token, table_lines
from extract.recognise.values import Parsed, Status, header_money_unit, parse


def read_by_line(blocks: Sequence[Block], generation: Generation) -> Reading:
    """Read the statutory tables from lines of text that hold rows.

    Args:
        blocks: the report's blocks; grids are passed over.
        generation: the form's generation.
    """
    narrow, wide = table_lines(blocks), None
    if narrow.positional:
        wide = table_lines(blocks, wide=True)
    walk = _Walk(generation)
    for section in ("proactive", "requests", "review"):
        lines = narrow.lines.get(section, [])
        if wide is not None and _covered(wide.lines.get(section, [])) < _covered(lines):
            lines = wide.lines[section]
        if section == "review":
            walk.review(lines, narrow.positional)
        else:
            walk.rows(section, lines, narrow.positional)
    return walk.reading


def _covered(lines: Iterable[TextLine]) -> int:
    """How many columns of characters figures stand in: fewest where they are counted as the printer did."""
    return len({(line.page, at) for line in lines for v in line.values for at in range(v.start, v.end)})


class _Walk:
    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.metrics = {m.key: m for m in generation.metrics()}
        self.applicants = tuple(a.key for a in generation.shared.applicants)
        self.reading = Reading()

    def rows(self, section: str, lines: Sequence[TextLine], positional: bool) -> None:
        """Read section two or three."""
        found = find_rows([[w.text for w in line.words] for line in lines], self.generation, section)
        if not found:
            return
        above, rows = gathered(lines, found, self.generation)
        if section == "proactive":
            for row in rows:
                if row.found.key is not None:
                    self._proactive_row(row, lines, positional)
            return
        present = {row.key for row in found if row.key is not None}
        head = [[w.text for w in line.words] for line in lines[: found[0].first] if not line.values]
        told = _order_of(lines[: found[0].first]) if positional else printed_order(head)
        table = RequestLines(above, rows, len(self.applicants), column_sums(self.generation, present))
        if total_stands_elsewhere(table.figures(), len(self.applicants)):
            told = None
        for row, placed in zip(rows, table.placed() if positional else table.ordered(), strict=True):
            key = row.found.key
            if key is not None:
                keys = [(key, applicant) for applicant in self.applicants]
                foreign = Why.HEADS if told != self.applicants else Why.ROW if row.mixed else None
                doubted = replace(placed, doubt=placed.doubt or foreign, sure=frozenset())
                self._put(keys, doubted if foreign else placed, row.found.whole, None)

    # --- section two

    def _proactive_row(self, row: LineRow, lines: Sequence[TextLine], positional: bool) -> None:
        key = row.found.key
        block = next((b for b in self.generation.proactive if any(r.key == key for r in b.rows)), None)
        if block is None or key is None:
            return
        keys = [(f"{key}.{column.key}", "all") for column in block.columns]
        head = _head_above(lines, row.found.first)
        unit, fits = _head_tells(head, block.columns, needed=not positional)
        tokens = [(token, line) for line in row.lines for token in line.values]
        texts, places, doubt = [t.text for t, _ in tokens], [line.place for _, line in tokens], None
        loose = [line for line in row.below if line.values]
        if loose and not positional and not row.lines:  # the figures follow their label
            tokens = [(token, line) for line in loose for token in line.values]
            texts, places, loose = [t.text for t, _ in tokens], [line.place for _, line in tokens], []
        if not fits:
            doubt = Why.SHIFT
        if len(texts) != len(keys) or loose or len(row.lines) > 1 or row.mixed:
            doubt = Why.MORE if len(texts) > len(keys) else Why.FEWER
        texts = (texts + [""] * len(keys))[: len(keys)]
        places = (places + [row.place] * len(keys))[: len(keys)]
        self._put(keys, Placed(tuple(texts), tuple(places), Why.COUNT, doubt), row.found.whole, unit)

    # --- section four

    def review(self, lines: Sequence[TextLine], positional: bool) -> None:
        """Read section four: one row of figures under a stacked head."""
        shared = self.generation.shared
        keys = [(f"{h.key}.{c.key}", "all") for h in shared.review_heads for c in shared.review_columns]
        with_values = [line for line in lines if line.values]
        foreign = any(line.words for line in with_values)
        if not with_values or foreign:
            return
        tokens = [(token, line) for line in with_values for token in line.values]
        places = tuple(line.place for _, line in tokens)
        texts = tuple(token.text for token, _ in tokens)
        if len(tokens) == len(keys) and (len(with_values) == 1 or not positional):
            split = len(with_values) not in (1, len(keys)) and not _groups_add_up(texts)
            self._put(keys, Placed(texts, places, Why.COUNT, Why.SHIFT if split else None), True, None)
            return
        placed = self._review_by_position(lines, tokens, len(keys)) if positional else None
        if placed is None:
            padded = (texts + ("",) * len(keys))[: len(keys)]
            where = (places + (places[0],) * len(keys))[: len(keys)]
            doubt = Why.MORE if len(texts) > len(keys) else Why.FEWER
            placed = Placed(padded, where, Why.COUNT, doubt)
        self._put(keys, placed, True, None)

    def _review_by_position(
        self, lines: Sequence[TextLine], tokens: Sequence[tuple[Token, TextLine]], width: int
    ) -> Placed | None:
        names = [c.key for c in self.generation.shared.review_columns] * len(
            self.generation.shared.review_heads
        )
        if len({line.page for line in lines}) > 1:
            return None
        head = [_without_heads(line) for line in lines if not line.values]
        columns = from_head(head, -1, names, _review_name)
        stacks = clusters(token for token, _ in tokens)
        if columns is None and len(stacks) == width:
            columns = [Extent.of(stack) for stack in stacks]
        if columns is None:
            return None
        cells: list[list[tuple[Token, TextLine]]] = [[] for _ in columns]
        for token, line in tokens:
            at = place([token], columns)
            if at is None:
                return None
            cells[at[0]].append((token, line))
        texts = tuple("".join(token.text for token, _ in cell) for cell in cells)
        places = tuple(cell[0][1].place if cell else tokens[0][1].place for cell in cells)
        stacked = any(len(cell) > 1 for cell in cells)
        full = all(texts)
        sure = _groups_add_up(texts) and not (stacked and not full)
        return Placed(texts, places, Why.POSITION, None if sure else Why.SHIFT)

    # --- any section

    def _put(self, keys: Sequence[Key], placed: Placed, whole: bool, unit: str | None) -> None:
        row_why = Why.LABEL if whole else Why.LABEL_DAMAGED
        for at, (key, text, where) in enumerate(zip(keys, placed.texts, placed.places, strict=True)):
            metric: Metric = self.metrics[key[0]]
            parsed: Parsed = parse(text, metric, unit)
            doubt = (None if at in placed.sure else placed.doubt) or (None if whole else Why.ROW)
            why = Why.TOTALS if at in placed.sure else placed.why
            if placed.doubt is not None and not text:
                parsed = Parsed(Status.BLANK, None, metric.unit)
            self.reading.cells[key] = CellReading(parsed, text, where, (row_why, why), doubt)


def _head_above(lines: Sequence[TextLine], first: int) -> list[TextLine]:
    """The lines over a row down from the last one that ends another part of section two."""
    for at in range(first - 1, -1, -1):
        if of_kind("".join(w.text for w in lines[at].words), "article"):
            return [line for line in lines[at + 1 : first] if not line.values]
    return []


def _head_tells(
    head: Sequence[TextLine], columns: Sequence[Column], *, needed: bool
) -> tuple[str | None, bool]:
    """The unit of an amount that a head names, and whether it names no other columns than these in this order.

    With `needed`, a head that names none does not fit: figures and heads have come apart.
    """
    texts = ["".join(t.text for t in stack) for stack in clusters(w for line in head for w in line.words)]
    unit = None
    for text in (*texts, "".join(w.text for line in head for w in line.words)):
        if "金额" in text and unit is None:
            unit = header_money_unit(text)
    if needed:  # one under the other they are not columns of text
        texts = [w.text for line in head for w in line.words]
    named = [label.keys for text in texts if (label := of_kind(text, "proactive_column"))]
    keys = [column.key for column in columns]
    found = [next((key for key in keys if key in names), None) for names in named]
    places = [keys.index(key) for key in found if key is not None]
    return unit, None not in found and places == sorted(places) and bool(found or not needed)


def _groups_add_up(texts: Sequence[str]) -> bool:
    size = len(load_form().shared.review_columns)
    return all(adds_up(tuple(map(digits, texts[at : at + size]))) for at in range(0, len(texts), size))


def _order_of(lines: Sequence[TextLine]) -> tuple[str, ...] | None:
    """The applicants' order by the heads that stand over each other; None where some are in another order."""
    stacks = clusters(w for line in lines for w in _without_heads(line).words)
    texts = ["".join(w.text for w in stack) for stack in stacks]
    found = list(dict.fromkeys(label.keys[0] for text in texts if (label := of_kind(text, "applicant"))))
    return applicants() if found == [key for key in applicants() if key in found] else None


def _without_heads(line: TextLine) -> TextLine:
    """A line of a head without what stands over several columns, and without the note."""
    words = tuple(w for w in line.words if not _is_over(w.text))
    return TextLine(line.place, line.page, words, ())


def _is_over(text: str) -> bool:
    return len(text) > 9 or any(
        label.kind in ("applicant_head", "note", "review_head", "litigation_head") for label in meanings(text)
    )


def _review_name(text: str) -> str | None:
    label = of_kind(text, "review_column")
    return label.keys[0] if label is not None else None
