"""Labels of the form found in lines that hold only pieces of them: wrapped over lines, beside group labels or upright text.

The lines of a table spell its row labels one after the other. The path that spells most of them, in the order of the
form, tells which line belongs to which row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from functools import cache
from itertools import accumulate

from extract.form import Generation, load_form
from extract.recognise.labels import body, meanings
from extract.recognise.script import skeleton, squeeze
from extract.value_class import value_class

STATES = 8
"""Ways to read the lines so far that are kept."""
SKIPPED = 3.0
"""What a row that is passed over costs, in characters."""
MOST_SKIPPED = 6.0
"""What any number of them costs at most."""
UNFINISHED = 5.0
"""What a label costs whose end has not come."""
MAX_PIECES = 5
SHORT = 2
"""A label of so few characters (其他, 总计) counts only with its numbering or where it is due."""


@value_class(frozen=True, slots=True)
class FoundRow:
    """A row of the form: its key and the lines (numbers in the list given) that spell its label.

    `whole` is false where some of the label was not found. A row without key is one that the form does not know.
    """

    key: str | None
    first: int
    last: int
    whole: bool


@value_class(frozen=True, slots=True)
class _Spelling:
    row: int
    text: str


@value_class(frozen=True, slots=True)
class _State:
    """`at` characters of a spelling have been read; `steps` are (line, row, label complete), linked backwards."""

    score: float
    spelling: _Spelling | None
    at: int
    steps: tuple[object, int, int, bool] | None

    @property
    def row(self) -> int:
        return self.spelling.row if self.spelling is not None else -1

    @property
    def done(self) -> bool:
        return self.spelling is None or self.at >= len(self.spelling.text)


@value_class(frozen=True, slots=True)
class _Spellings:
    """The labels of rows in the order of the form, by their first character; and the groups' labels."""

    keys: tuple[str, ...]
    by_first: dict[str, tuple[_Spelling, ...]]
    rows: dict[str, int]
    weights: tuple[float, ...]
    """What it costs to pass over all rows before each."""
    groups: tuple[str, ...]

    def passing(self, row: int, other: int) -> float:
        """What it costs to go from a row to one further down: no more for a long way, as rows may not be printed."""
        return min(self.weights[other] - self.weights[row + 1], MOST_SKIPPED)


def find_rows(lines: Sequence[Sequence[str]], generation: Generation, section: str) -> list[FoundRow]:
    """The rows that lines spell, from top to bottom.

    Args:
        lines: the words of each line, figures left out.
        generation: the form's generation.
        section: `proactive` or `requests`.
    """
    known = _order(generation.name, section)
    return list(_rows_of(_walk(lines, known, whole_line=section == "requests"), known))


def is_group_piece(word: str, generation: Generation) -> bool:
    """Whether a word is a piece of a group's label, or of upright text beside the rows."""
    return _in_groups(word, _order(generation.name, "requests").groups)


@cache
def _order(generation: str, section: str) -> _Spellings:
    """The rows in printed order; those that replace each other one behind the other."""
    form = load_form().generation(generation)
    if section == "proactive":
        rows = [(r.key, (r.zh, *r.variants)) for block in form.proactive for r in block.rows]
        return _spellings(rows, frozenset(), ())
    groups = tuple(
        dict.fromkeys(
            name
            for group in form.requests.groups
            for text in (group.label, *group.variants)
            for name in (skeleton(text), skeleton(text).replace("三本年度", "三本年"))
        )
    )
    return _spellings(
        [(r.key, (r.label, *r.variants)) for r in form.requests.rows],
        frozenset(r.key for r in form.requests.rows if r.alternative),
        groups,
    )


def _spellings(
    rows: Sequence[tuple[str, tuple[str, ...]]], optional: Set[str], groups: tuple[str, ...]
) -> _Spellings:
    by_first: dict[str, list[_Spelling]] = {}
    for at, (_, names) in enumerate(rows):
        for text in dict.fromkeys(skeleton(body(name)) for name in names):
            by_first.setdefault(text[0], []).append(_Spelling(at, text))
    keys = tuple(key for key, _ in rows)
    weights = [0.0 if key in optional else SKIPPED for key in keys]
    return _Spellings(
        keys,
        {c: tuple(s) for c, s in by_first.items()},
        {k: i for i, k in enumerate(keys)},
        (0.0, *accumulate(weights)),
        groups,
    )


def _walk(lines: Sequence[Sequence[str]], known: _Spellings, *, whole_line: bool) -> _State:
    states = [_State(0.0, None, 0, None)]
    for number, words in enumerate(lines):
        if not words:
            continue
        options = list(_options(words, known, whole_line))
        following: dict[tuple[_Spelling | None, int], _State] = {}
        ignored = 0.0 if _in_groups("".join(words), known.groups) else min(4.0, 0.5 * len("".join(words)))
        for state in states:
            _keep(following, _State(state.score - ignored, state.spelling, state.at, state.steps))
            for option in options:
                for found in _taken(state, option, number, known):
                    _keep(following, found)
        states = sorted(following.values(), key=lambda s: -s.score)[:STATES]
    return max(states, key=lambda s: s.score - (0 if s.done else UNFINISHED))


def _keep(states: dict[tuple[_Spelling | None, int], _State], state: _State) -> None:
    """Of two ways to the same place the better one."""
    place = (state.spelling, state.at)
    if place not in states or states[place].score < state.score:
        states[place] = state


@value_class(frozen=True, slots=True)
class _Option:
    """A way to read a line: the text taken as a piece of a label, with and without numbering, what is left aside."""

    text: str
    bare: str
    numbered: bool
    lost: float
    row: int | None
    """The row that the text by itself can only name."""


def _options(words: Sequence[str], known: _Spellings, whole_line: bool) -> Iterator[_Option]:
    count = len(words)
    cuts = (
        [(k, count) for k in range(min(count, MAX_PIECES))]
        if whole_line
        else [(0, m) for m in range(1, min(count, MAX_PIECES) + 1)]
    )
    for start, end in cuts:
        if start and not all(_in_groups(word, known.groups) for word in words[:start]):
            break
        whole = "".join(words[start:end])
        text, bare = skeleton(whole), skeleton(body(whole))
        if not text:
            continue
        lost = 0.3 * sum(map(len, words[:start])) + (
            0.1 * sum(map(len, words[end:])) if not whole_line else 0
        )
        kinds = ("requests_row",) if whole_line else ("proactive_row",)
        named = next((x for x in meanings(whole) if x.kind in kinds and x.keys[0] in known.rows), None)
        row = known.rows[named.keys[0]] if named is not None else None
        yield _Option(text, bare, squeeze(whole)[:1] in "(一二三四123456789" or text != bare, lost, row)


def _taken(state: _State, option: _Option, number: int, known: _Spellings) -> Iterator[_State]:
    """The states behind a line that goes on with the open label, or begins another."""
    spelling = state.spelling
    if spelling is not None and not state.done and spelling.text.startswith(option.text, state.at):
        gain = len(option.text) - option.lost
        yield _moved(state, gain, spelling, state.at + len(option.text), number)
    cost = option.lost + (0.0 if state.done else UNFINISHED)
    for other in known.by_first.get(option.bare[:1], ()):
        due = known.weights[other.row] == known.weights[state.row + 1]
        if other.row <= state.row or not other.text.startswith(option.bare):
            continue
        if len(other.text) <= SHORT and not (other.text == option.bare and (option.numbered or due)):
            continue
        gain = len(option.bare) - cost - known.passing(state.row, other.row)
        yield _moved(state, gain, other, len(option.bare), number)
    if option.row is not None and option.row > state.row:
        gain = 0.9 * len(option.bare) - cost - known.passing(state.row, option.row)
        yield _moved(state, gain, _Spelling(option.row, option.bare), len(option.bare), number)


def _moved(state: _State, gain: float, spelling: _Spelling, at: int, number: int) -> _State:
    steps = (state.steps, number, spelling.row, at >= len(spelling.text))
    return _State(state.score + gain, spelling, at, steps)


def _rows_of(state: _State, known: _Spellings) -> Iterator[FoundRow]:
    steps: list[tuple[int, int, bool]] = []
    link: object = state.steps
    while isinstance(link, tuple):
        link, number, row, whole = link
        steps.append((number, row, whole))
    spans: dict[int, tuple[int, int, bool]] = {}
    for number, row, whole in reversed(steps):
        spans[row] = (spans[row][0] if row in spans else number, number, whole)
    for row, (first, last, whole) in spans.items():
        yield FoundRow(known.keys[row], first, last, whole)


def _in_groups(text: str, groups: Sequence[str]) -> bool:
    plain = skeleton(text)
    return not plain or any(plain in group for group in groups)
