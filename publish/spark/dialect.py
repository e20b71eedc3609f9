"""The models' SQL, which is DuckDB's, as Spark says the same.

The models are written once. What the two engines merely spell differently is respelled by sqlglot; where the same words
mean something else to Spark (what a null does, what is matched, how is divided, which row comes first), the tree is changed
here first, so that it means what it means to DuckDB. What neither knows how to say ends the build: nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import ClassVar

from sqlglot import ErrorLevel, exp, parse_one
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.spark import Spark
from sqlglot.errors import SqlglotError
from sqlglot.generators.spark import SparkGenerator
from sqlglot.parsers.duckdb import DuckDBParser

_CLOCK = {"%Y": "yyyy", "%m": "MM", "%d": "dd", "%H": "HH", "%M": "mm", "%S": "ss"}
"""What a moment is made up of, as strptime and as Spark write it."""

_OUTSIDE = {"$": r"\z", r"\s": r"[\t\n\f\r ]"}
_IN_CLASS = {"[": r"\[", r"\s": r"\t\n\f\r "}
"""What of RE2's patterns Java writes otherwise, outside of a class of characters and in one."""

_SETTLED = frozenset(
    [
        "And",
        "Or",
        "Case",
        "If",
        "Coalesce",
        "Nullif",
        "Exists",
        "Cast",
        "Abs",
        "Floor",
        "Log",
        "Greatest",
        "Least",
        "Sum",
        "Count",
        "Max",
        "Min",
        "LogicalAnd",
        "LogicalOr",
        "ArgMax",
        "ArgMin",
        "PercentileCont",
        "Median",
        "Rank",
        "DenseRank",
        "CumeDist",
        "RowNumber",
        "Lag",
        "Lead",
        "FirstValue",
        "BitwiseOrAgg",
        "BitwiseXorAgg",
        "Array",
        "ArrayAgg",
        "ArrayConcat",
        "ArrayContains",
        "ArrayDistinct",
        "ArrayFilter",
        "ArraySize",
        "ArrayToString",
        "Transform",
        "Explode",
        "GenerateSeries",
        "Chr",
        "Concat",
        "ConcatWs",
        "Contains",
        "EndsWith",
        "StartsWith",
        "GroupConcat",
        "Left",
        "Length",
        "MD5",
        "Replace",
        "Split",
        "SplitPart",
        "StrPosition",
        "Substring",
        "Translate",
        "Trim",
        "RegexpExtract",
        "RegexpExtractAll",
        "RegexpFullMatch",
        "RegexpLike",
        "RegexpReplace",
        "Round",
        "Struct",
        "DateDiff",
        "DateFromParts",
        "StrToTime",
        "Year",
        "row",
        "timezone",
        "md5_number_lower",
        "list_position",
        "list_has_all",
        "MapFromEntries",
        "Ln",
        "bit_count",
    ]
)
"""The functions that mean the same to both engines, or are made to below."""


class DialectError(Exception):
    """A statement can't be said to Spark; the message has the reason and the statement."""


class _WrittenParser(DuckDBParser):
    FUNCTIONS: ClassVar[dict[str, Callable[..., exp.Expr]]] = {
        **DuckDBParser.FUNCTIONS,
        "LEN": exp.ArraySize.from_arg_list,
    }


class _Written(DuckDB):
    """DuckDB's SQL as the models use it: `len` counts a list's elements, `length` a text's characters."""

    # an index is left as it is written: what it counts from can't be told of a map, nor of a column
    INDEX_OFFSET = 0
    Parser = _WrittenParser


class _SpokenGenerator(SparkGenerator):
    TRANSFORMS: ClassVar = {
        kind: write for kind, write in SparkGenerator.TRANSFORMS.items() if kind is not exp.Select
    }


class _Spoken(Spark):
    """Spark's SQL since 4.3, which knows QUALIFY."""

    Generator = _SpokenGenerator


def to_spark(sql: str) -> str:
    """A query in DuckDB's SQL as a query in Spark's that gives the same rows.

    Args:
        sql: one query, or an expression of a type (`cast(null as varchar[])`).

    Raises:
        DialectError: it can't be said so that it is sure to mean the same.
    """
    try:
        tree = parse_one(sql, dialect=_Written)
        _refuse_strangers(tree)
        tree = _changed(tree)
        return tree.sql(dialect=_Spoken, identify=True, unsupported_level=ErrorLevel.RAISE)
    except (SqlglotError, DialectError) as error:
        raise DialectError(f"{error}\n{sql}") from error


def type_for_spark(name: str) -> str:
    """A column's type as Spark calls it: `varchar[]` is an array<string>."""
    return exp.DataType.build(name, dialect=_Written).sql(dialect=_Spoken)


def _refuse_strangers(tree: exp.Expr) -> None:
    """Functions that nobody has held against Spark's of that name."""
    for function in tree.find_all(exp.Func):
        name = function.name.lower() if isinstance(function, exp.Anonymous) else type(function).__name__
        if name not in _SETTLED:
            raise DialectError(f"it is not settled what {name} is to Spark (publish/spark/dialect.py)")


def _changed(node: exp.Expr) -> exp.Expr:
    """A tree with the changes made from its leaves up."""
    for key, value in list(node.args.items()):
        if isinstance(value, exp.Expr):
            node.set(key, _changed(value))
        elif isinstance(value, list):
            node.set(key, [_changed(part) if isinstance(part, exp.Expr) else part for part in value])
    for change in _CHANGES:
        node = change(node)
    return node


# --- regular expressions ------------------------------------------------------------------------------------------


def _pattern(node: exp.Expr | None) -> str:
    """A pattern as Java matches what RE2 does: an end is the very end, blanks are five characters, only a line feed ends a line."""
    if not isinstance(node, exp.Literal):
        raise DialectError("a pattern must be written out")
    in_class = False
    written = []
    for part in re.findall(r"\\.|\$|\[|\]|[^\\$\[\]]+", node.this, flags=re.DOTALL):
        written.append(_IN_CLASS.get(part, part) if in_class else _OUTSIDE.get(part, part))
        if in_class and "&&" in part:
            raise DialectError("a class of characters with && means another thing to Java")
        in_class = part == "[" or (in_class and part != "]")
    return f"(?d){''.join(written)}"


def _replacement(node: exp.Expr, shift: int) -> exp.Expr:
    """A replacement with its groups as Java names them, moved behind `shift` groups before them."""
    # (what comes from a column has neither dollar nor backslash in our models: endings of names)
    words: exp.Expr = node.transform(
        lambda part: (
            _text(_group_names(part.this, shift))
            if isinstance(part, exp.Literal) and part.is_string
            else part
        )
    )
    return words


def _group_names(text: str, shift: int) -> str:
    escaped = text.replace("$", "\\$")
    return re.sub(r"\\(\d)", lambda group: f"${int(group[1]) + shift}", escaped)


def _regular(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.RegexpReplace):
        modifiers = node.args.get("modifiers")
        pattern, text = _pattern(node.expression), node.args["replacement"]
        if modifiers is not None and modifiers.name == "g":
            return _call("REGEXP_REPLACE", node.this, _text(pattern), _replacement(text, 0))
        # the first match only: what stands before it is matched, too, and put back
        first = f"(?d)\\A((?s:.*?))(?:{pattern.removeprefix('(?d)')})"
        return _call(
            "REGEXP_REPLACE",
            node.this,
            _text(first),
            exp.Concat(expressions=[_text("$1"), _replacement(text, 1)]),
        )
    if isinstance(node, exp.RegexpLike):
        return exp.RegexpLike(this=node.this, expression=_text(_pattern(node.expression)))
    if isinstance(node, exp.RegexpFullMatch):
        whole = f"(?d)\\A(?:{_pattern(node.expression).removeprefix('(?d)')})\\z"
        return exp.RegexpLike(this=node.this, expression=_text(whole))
    if isinstance(node, exp.RegexpExtract):
        group = node.args.get("group") or exp.Literal.number(0)
        return _call("REGEXP_EXTRACT", node.this, _text(_pattern(node.expression)), group)
    if isinstance(node, exp.RegexpExtractAll):
        group = node.args.get("group") or exp.Literal.number(0)
        return _call("REGEXP_EXTRACT_ALL", node.this, _text(_pattern(node.expression)), group)
    return node


# --- what is computed ---------------------------------------------------------------------------------------------


def _arithmetic(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Div):
        # always of two doubles
        return exp.Div(this=_double(node.this), expression=_double(node.expression), typed=True, safe=False)
    if isinstance(node, exp.ConcatWs):
        return _call(
            "CONCAT_WS", node.expressions[0], *(exp.cast(part, "text") for part in node.expressions[1:])
        )
    if isinstance(node, exp.Concat) and node.args.get("coalesce"):
        # a null is nothing, not the end of the sentence
        return exp.Concat(
            expressions=[
                part if part.is_string else exp.Coalesce(this=exp.cast(part, "text"), expressions=[_text("")])
                for part in node.expressions
            ]
        )
    if isinstance(node, exp.Left) and isinstance(node.expression, exp.Neg):
        length = exp.Length(this=node.this.copy())
        return exp.Substring(
            this=node.this,
            start=exp.Literal.number(1),
            length=exp.Sub(this=length, expression=node.expression.this),
        )
    if isinstance(node, exp.Bracket) and len(node.expressions) == 1:
        # a list's element counted from 1, or a map's value; what is not there is null
        return _call("TRY_ELEMENT_AT", node.this, node.expressions[0])
    if isinstance(node, exp.Anonymous) and node.name.lower() in ("list_position", "list_has_all"):
        return _found_in_list(node)
    if isinstance(node, exp.GenerateSeries) and node.args.get("is_end_exclusive"):
        start, end = node.args["start"], node.args["end"]
        last = exp.Sub(this=exp.paren(end), expression=exp.Literal.number(1))
        return exp.If(
            this=exp.GT(this=exp.paren(end.copy()), expression=exp.paren(start.copy())),
            true=_call("SEQUENCE", start, last),
            false=_call(
                "SLICE", exp.Array(expressions=[start.copy()]), exp.Literal.number(1), exp.Literal.number(0)
            ),
        )
    if isinstance(node, exp.ArrayDistinct):
        return _call("ARRAY_DISTINCT", _call("ARRAY_COMPACT", node.this))
    if isinstance(node, exp.Log) and node.this.name == "10":
        # not the quotient of two logarithms, by which 1000 has less than three
        return _call("LOG10", node.expression)
    if isinstance(node, exp.ArrayConcat):
        # no list adds nothing
        lists = [node.this, *node.expressions]
        return _call("CONCAT", *(exp.Coalesce(this=part, expressions=[exp.Array()]) for part in lists))
    if isinstance(node, exp.Anonymous) and node.name.lower() == "md5_number_lower":
        return _digest(node.expressions[0])
    if isinstance(node, exp.BitwiseXorAgg):
        # of 64 bits, which Spark has with a sign only
        is_high = exp.GTE(this=exp.paren(node.this.copy()), expression=exp.Literal.number(1 << 63))
        signed = exp.If(
            this=is_high,
            true=exp.Sub(this=exp.paren(node.this.copy()), expression=exp.Literal.number(1 << 64)),
            false=node.this,
        )
        return exp.BitwiseXorAgg(this=exp.cast(signed, "bigint"))
    return node


def _found_in_list(node: exp.Anonymous) -> exp.Expr:
    """Where an element stands in a list, null if nowhere; or whether a list has all of another's."""
    first, second = node.expressions
    if node.name.lower() == "list_position":
        return exp.Nullif(this=_call("ARRAY_POSITION", first, second), expression=exp.Literal.number(0))
    return exp.EQ(this=_call("SIZE", _call("ARRAY_EXCEPT", second, first)), expression=exp.Literal.number(0))


def _digest(text: exp.Expr) -> exp.Expr:
    """The lower half of a text's MD5, read from its last byte on, as a number without sign."""
    half = exp.Substring(this=exp.MD5(this=text), start=exp.Literal.number(17))
    turned = _call(
        "REGEXP_REPLACE", half, _text("(..)" * 8), _text("".join(f"${n}" for n in range(8, 0, -1)))
    )
    number = _call("CONV", turned, exp.Literal.number(16), exp.Literal.number(10))
    return exp.cast(number, "decimal(20, 0)")


def _times(node: exp.Expr) -> exp.Expr:
    if (
        isinstance(node, exp.Cast)
        and node.to.this is exp.DataType.Type.TIMESTAMPTZ
        and node.this.name == "infinity"
    ):
        # Spark has no end of time; this stands for one in comparisons
        return exp.cast(_text("9999-12-31 00:00:00"), "timestamptz")
    if isinstance(node, exp.StrToTime):
        form = node.args["format"].name
        for word, ours in _CLOCK.items():
            form = form.replace(word, ours)
        return _call("TO_TIMESTAMP_NTZ", node.this, _text(re.sub(r"\bT\b|(?<=[a-z])T(?=[A-Z])", "'T'", form)))
    if isinstance(node, exp.Anonymous) and node.name.lower() == "timezone":
        zone, moment = node.expressions
        # the session's clock is China's (`session.CLOCK`), and nothing else is asked for
        if zone.name != "Asia/Shanghai":
            raise DialectError("the only clock is that of Asia/Shanghai")
        return exp.cast(moment, exp.DataType.build("timestamp", dialect=_Written))
    return node


# --- what is gathered ---------------------------------------------------------------------------------------------


def _gathered(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "row":
        # compared part by part, a null comes behind everything
        parts = [
            part
            for value in node.expressions
            for part in (exp.Is(this=value.copy(), expression=exp.null()), value)
        ]
        return _call("STRUCT", *parts)
    if isinstance(node, exp.Window):
        counted = node.this.this if isinstance(node.this, exp.Count) else None
        if isinstance(counted, exp.Distinct):
            (value,) = counted.expressions
            node.set("this", _call("COLLECT_SET", value))
            return _call("SIZE", node)
        return node
    if isinstance(node, exp.Filter):
        return _filtered(node.this, node.expression.this)
    if isinstance(node, exp.ArgMax | exp.ArgMin | exp.ArrayAgg | exp.Median | exp.PercentileCont):
        if isinstance(node.parent, exp.Filter):
            return node
        return _filtered(node, None)
    return node


def _filtered(node: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
    """An aggregate over the rows that meet a condition."""
    if isinstance(node, exp.ArgMax | exp.ArgMin):
        # of the rows that have a value
        has_value = exp.Not(this=exp.Is(this=exp.paren(node.this.copy()), expression=exp.null()))
        condition = exp.and_(condition, has_value) if condition else has_value
        name = "MAX_BY" if isinstance(node, exp.ArgMax) else "MIN_BY"
        return _where(_call(name, node.this, node.expression), condition)
    if isinstance(node, exp.ArrayAgg):
        return _list(node.this, condition)
    if isinstance(node, exp.Median | exp.PercentileCont):
        share = exp.Literal.number("0.5") if isinstance(node, exp.Median) else node.expression
        found = _where(_call("PERCENTILE", node.this, share), condition)
        # between two decimals lies a decimal, between two doubles a double
        is_double = isinstance(node.this, exp.Cast) and node.this.to.this is exp.DataType.Type.DOUBLE
        return found if is_double else exp.cast(found, "decimal(24, 6)")
    return _where(node, condition) if condition else node


def _list(gathered: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
    """A list of a column's values, nulls included, in an order; null if there is no row."""
    order = gathered if isinstance(gathered, exp.Order) else None
    value = order.this if order else gathered
    is_distinct = isinstance(value, exp.Distinct)
    if is_distinct:
        (value,) = value.expressions
    keys: list[exp.Expr] = []
    for ordered in order.expressions if order else []:
        if ordered.args.get("desc"):
            raise DialectError("lists are gathered in rising order")
        keys += [exp.Is(this=exp.paren(ordered.this.copy()), expression=exp.null()), ordered.this]
    fields = [exp.alias_(key, f"k{n}") for n, key in enumerate(keys)] + [exp.alias_(value, "v")]
    rows = _call("STRUCT", *fields)
    gather = _where(_call("COLLECT_SET" if is_distinct else "COLLECT_LIST", rows), condition)
    sorted_rows = _call("SORT_ARRAY", gather) if keys else gather
    element = exp.to_identifier("e")
    values = exp.Transform(
        this=sorted_rows,
        expression=exp.Lambda(
            this=exp.Dot(this=element.copy(), expression=exp.to_identifier("v")), expressions=[element]
        ),
    )
    counted = _where(exp.Count(this=exp.Star(), big_int=True), condition.copy() if condition else None)
    return exp.If(this=exp.GT(this=counted, expression=exp.Literal.number(0)), true=values, false=exp.null())


# --- queries ------------------------------------------------------------------------------------------------------


def _queries(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Select):
        _spell_windows_out(node)
        _spell_replacements_out(node)
        _unnest_beside(node)
    elif isinstance(node, exp.In) and isinstance(query := node.args.get("query"), exp.Subquery):
        select = query.this
        if (
            isinstance(select, exp.Select)
            and len(select.expressions) == 1
            and isinstance(select.expressions[0], exp.Tuple)
        ):
            select.set("expressions", select.expressions[0].expressions)
    elif isinstance(node, exp.Join) and node.kind in ("SEMI", "ANTI"):
        node.set("side", "LEFT")
    elif isinstance(node, exp.With) and node.args.get("recursive"):
        _finish_recursion(node)
    elif isinstance(node, exp.Union) and node.args.get("by_name"):
        return _by_position(node)
    return node


def _spell_windows_out(node: exp.Select) -> None:
    """A window that is a named one with a frame of its own, as one with everything in it."""
    named = {window.name: window for window in node.args.get("windows") or []}
    for window in node.find_all(exp.Window):
        definition = named.get(window.alias)
        if definition is None or not window.args.get("spec"):
            continue
        window.set("alias", None)
        window.set("partition_by", [part.copy() for part in definition.args.get("partition_by") or []])
        window.set("order", definition.args["order"].copy())


def _spell_replacements_out(node: exp.Select) -> None:
    """`* replace (x as y)` as all columns but y, and x as y behind them."""
    columns: list[exp.Expr] = []
    for part in node.expressions:
        star = part.this if isinstance(part, exp.Column) else part
        columns.append(part)
        if isinstance(star, exp.Star) and (replaced := star.args.get("replace")):
            star.set("replace", None)
            star.set("except_", [exp.to_identifier(column.alias) for column in replaced])
            columns += replaced
    node.set("expressions", columns)


def _unnest_beside(node: exp.Select) -> None:
    """A list's elements with something done to each, as a view beside the tables: Spark spreads out whole columns only."""
    nested = [
        spread
        for part in node.expressions
        for spread in part.find_all(exp.Explode)
        if spread is not part and not (spread.parent is part and isinstance(part, exp.Alias))
    ]
    if not nested:
        return
    if len(nested) > 1 or node.args.get("group") or node.args.get("qualify"):
        raise DialectError("several lists spread out in expressions, or one of groups")
    (spread,) = nested
    view, element = exp.to_identifier("spread_out"), exp.to_identifier("element")
    spread.replace(exp.column(element.copy(), table=view.copy()))
    beside = exp.Lateral(this=spread, view=True, alias=exp.TableAlias(this=view, columns=[element]))
    node.append("laterals", beside)


def _finish_recursion(node: exp.With) -> None:
    """Spark's recursion drops no rows met before: they are dropped behind it. The same rows, where it ends by itself."""
    made: list[exp.Expr] = []
    for part in node.expressions:
        made.append(part)
        query, name = part.this, part.alias
        if not (isinstance(query, exp.Union) and query.args.get("distinct")):
            continue
        if not any(table.name == name for table in query.find_all(exp.Table)):
            continue
        inner = f"{name}_with_repeats"
        for table in query.find_all(exp.Table):
            if table.name == name:
                table.set("alias", table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name)))
                table.set("this", exp.to_identifier(inner))
        query.set("distinct", False)
        part.set("alias", exp.TableAlias(this=exp.to_identifier(inner)))
        made.append(
            exp.CTE(
                this=exp.select("*").distinct().from_(inner),
                alias=exp.TableAlias(this=exp.to_identifier(name)),
            )
        )
    node.set("expressions", made)


def _by_position(node: exp.Union) -> exp.Expr:
    """A union whose rows' columns are matched by name, as one whose columns stand in the same order."""
    names = _columns(node)
    branches = []
    for side in (node.this, node.expression):
        own = _columns(side)
        wanted = [
            exp.column(name, quoted=True) if name in own else exp.alias_(exp.null(), name) for name in names
        ]
        bare = side.copy()
        bare.set("with_", None)
        branches.append(exp.select(*wanted).from_(bare.subquery("side")))
    union = exp.Union(this=branches[0], expression=branches[1], distinct=bool(node.args.get("distinct")))
    if node.args.get("with_"):
        union.set("with_", node.args["with_"])
    return union


def _columns(query: exp.Expr) -> list[str]:
    """The names of a query's columns, as far as the statement itself tells them."""
    if isinstance(query, exp.Subquery):
        return _columns(query.this)
    if isinstance(query, exp.SetOperation):
        first, second = _columns(query.this), _columns(query.expression)
        return first + [name for name in second if name not in first] if query.args.get("by_name") else first
    if not isinstance(query, exp.Select):
        raise DialectError("a union by name of something that is no query")
    names: list[str] = []
    for part in query.expressions:
        star = part if isinstance(part, exp.Star) else part.this if isinstance(part, exp.Column) else None
        if isinstance(star, exp.Star):
            table = part.table if isinstance(part, exp.Column) else ""
            left_out = {column.name for column in star.args.get("except_") or []}
            names += [name for name in _columns_from(query, table) if name not in left_out]
        else:
            names.append(part.alias_or_name)
    return list(dict.fromkeys(names))


def _columns_from(query: exp.Select, table: str) -> list[str]:
    """The columns of a table of a query (of its only one, if none is named), which must be a query of the same statement."""
    read: list[exp.Expr] = [query.args["from_"].this, *(join.this for join in query.args.get("joins") or [])]
    if not table and len(read) > 1:
        raise DialectError("a union by name over * of several tables")
    for source in read:
        if table and source.alias_or_name != table:
            continue
        if isinstance(source, exp.Subquery):
            return _columns(source)
        for cte in query.root().find_all(exp.CTE):
            if isinstance(source, exp.Table) and not source.db and cte.alias == source.name:
                return _columns(cte.this)
    raise DialectError("a union by name over * of a table of the warehouse: name its columns")


# --- small words --------------------------------------------------------------------------------------------------


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _text(text: str) -> exp.Expr:
    return exp.Literal.string(text)


def _double(node: exp.Expr) -> exp.Expr:
    is_double = isinstance(node, exp.Cast) and node.to.this is exp.DataType.Type.DOUBLE
    return node if is_double else exp.cast(node, "double")


def _where(aggregate: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
    return (
        exp.Filter(this=aggregate, expression=exp.Where(this=condition))
        if condition is not None
        else aggregate
    )


_CHANGES: Sequence[Callable[[exp.Expr], exp.Expr]] = (_queries, _gathered, _regular, _times, _arithmetic)
