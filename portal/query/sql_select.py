"""Read a SELECT statement over one table: its columns or figures, its condition, groups, order and page.

As in ``sql_conditions``, a parser that is well kept reads the text and only what is listed here passes; nothing of it
reaches an engine. What it says is a value that a dialect makes a ``Query`` of.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from datasets.errors import QueryInvalid
from datasets.said import said
from portal.query.model import MAX_OFFSET, AggregateFunction, Term, clip, invalid
from portal.query.sql_conditions import DIALECT, check_length, column_name, parsed, to_term

# The parser would write what a stranger sent into our log.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_FUNCTIONS: Mapping[type[exp.Expr], AggregateFunction] = {
    exp.Sum: "sum",
    exp.Count: "count",
    exp.Min: "min",
    exp.Max: "max",
    exp.Avg: "avg",
}
_PARTS = frozenset({"kind", "expressions", "from_", "where", "group", "order", "limit", "offset", "distinct"})
_WRITING = "SELECT province, SUM(cases) FROM \"…\" WHERE month = '2025-01' GROUP BY province ORDER BY 2 DESC LIMIT 10"
SEVERAL = said("is more than one statement")
"""The rule that a text of several statements breaks."""
_SYSTEM = ("pg_", "information_schema")
_QUOTED = frozenset({TokenType.IDENTIFIER, TokenType.STRING})
# These are functions to the parser, and none to people.
_NO_CALLS = (exp.Connector, exp.Cast, exp.Case, exp.If, exp.Exists, exp.Array)


class SqlForbidden(QueryInvalid):
    """A statement asks for tables of a database system, or calls a function that is none of ours."""

    def __init__(self, kind: Literal["function", "table"], name: str) -> None:
        rule = said("%(name)s is not for strangers", name=clip(name))
        remedy = said("Use %(functions)s, and the tables of this portal", functions="SUM, COUNT, MIN, MAX, AVG")
        error = invalid("sql", rule, remedy)
        super().__init__(error.message, problems=error.problems)
        self.kind = kind
        self.name = name


@dataclass(frozen=True)
class Output:
    """One column of the answer: a field, or a figure of a group; ``field`` is empty where rows are counted."""

    name: str
    field: str
    function: AggregateFunction | None = None


@dataclass(frozen=True)
class SortKey:
    """One term of the order."""

    output: Output
    descending: bool


@dataclass(frozen=True)
class Select:
    """What a statement asks. Without ``outputs`` it is every column."""

    table: str
    outputs: tuple[Output, ...] = ()
    distinct: bool = False
    where: Term | None = None
    group: tuple[str, ...] = ()
    order: tuple[SortKey, ...] = ()
    limit: int | None = None
    offset: int = 0

    @property
    def figures(self) -> tuple[Output, ...]:
        """The outputs that are figures of groups."""
        return tuple(output for output in self.outputs if output.function)


def read_select(text: str) -> Select:
    """Read one statement; what is none, or asks for more than is listed here, raises QueryInvalid."""
    statement = _parsed(text)
    _check_calls(statement)
    table = _table(statement)
    for name, value in statement.args.items():
        if value and name not in _PARTS:
            raise _not_supported(name.strip("_").upper())
    select = Select(
        table=table,
        outputs=tuple(_outputs(statement)),
        distinct=_distinct(statement),
        where=to_term(statement.args["where"].this, place="sql") if statement.args.get("where") else None,
        limit=_count(statement, "limit"),
        offset=_count(statement, "offset") or 0,
    )
    _check_names(select.outputs)
    select = replace(select, group=tuple(dict.fromkeys(_group(statement, select))))
    return _checked(replace(select, order=tuple(_order(statement, select))))


# Parsing --------------------------------------------------------------------------------------------------------------


def _parsed(text: str) -> exp.Select:
    check_length(text, "sql")
    _check_statement(text)
    try:
        found = parsed(text, into=exp.Select, place="sql")
    except QueryInvalid as error:
        if error.problems[0].rule == said("cannot be read"):
            raise _unreadable() from None
        raise
    if not isinstance(found, exp.Select) or found.args.get("operation"):
        raise _not_supported(type(found).__name__.upper())
    return found


def _check_statement(text: str) -> None:
    """Refuse what is no single SELECT before it is parsed."""
    try:
        found = sqlglot.tokenize(text, read=DIALECT)
    except SqlglotError:
        raise _unreadable() from None
    _check_empty_values(found)
    tokens = [token.token_type for token in found]
    while tokens and tokens[-1] is TokenType.SEMICOLON:
        tokens.pop()
    if TokenType.SEMICOLON in tokens:
        raise invalid("sql", SEVERAL, said("Send one statement at a time"))
    if not tokens or tokens[0] is not TokenType.SELECT:
        raise invalid("sql", said("is no SELECT statement"), said("Write it like %(example)s", example=_WRITING))


def _check_empty_values(tokens: Sequence[Token]) -> None:
    """Refuse NULLS FIRST: once it is parsed nothing tells it from DESC alone, after which PostgreSQL does so too."""
    words = ["" if token.token_type in _QUOTED else token.text.upper() for token in tokens]
    if ("NULLS", "FIRST") in pairwise(words):
        rule = said("%(words)s cannot be had: rows without a value come last, in either direction", words="NULLS FIRST")
        raise invalid("sql", rule, said("Leave it out, or ask for them alone: WHERE … IS NULL"))


def _check_calls(statement: exp.Expr) -> None:
    for node in statement.walk():
        if isinstance(node, exp.Table) and _is_system(node):
            raise SqlForbidden("table", ".".join(part.name for part in node.parts))
        if isinstance(node, exp.Func) and type(node) not in _FUNCTIONS and not isinstance(node, _NO_CALLS):
            raise SqlForbidden("function", node.name if isinstance(node, exp.Anonymous) else node.sql_name().lower())


def _is_system(table: exp.Table) -> bool:
    return any(part.name.lower().startswith(_SYSTEM) for part in table.parts if isinstance(part, exp.Identifier))


def _table(statement: exp.Select) -> str:
    source = statement.args.get("from_")
    if source is None:
        raise invalid("sql", said("names no table"), said("Write it like %(example)s", example=_WRITING))
    table = source.this
    extra = [name for name, value in table.args.items() if value and name not in {"this", "alias"}]
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier) or extra:
        raise _not_supported(_shown(table))
    return str(table.name)


# Parts of a statement -------------------------------------------------------------------------------------------------


def _outputs(statement: exp.Select) -> Iterator[Output]:
    stars = [each for each in statement.expressions if each.is_star and not isinstance(each, exp.Count)]
    if stars:
        if len(statement.expressions) > 1 or stars[0].args.get("except_") or stars[0].args.get("replace"):
            raise invalid("sql", said("names columns beside *"), said("Write * alone, or name each column"))
        return
    for each in statement.expressions:
        yield _output(each)


def _output(expression: exp.Expr) -> Output:
    inner = expression.this if isinstance(expression, exp.Alias) else expression
    inner = inner.unnest()
    if isinstance(inner, exp.Column):
        field = column_name(inner, "sql")
        return Output(expression.alias or field, field)
    function = _FUNCTIONS.get(type(inner))
    if function is None:
        raise _not_supported(_shown(inner))
    return _figure(inner, function, expression.alias or function)


def _figure(call: exp.Expr, function: AggregateFunction, name: str) -> Output:
    argument = call.this
    if function == "count":
        if isinstance(argument, exp.Star) or (isinstance(argument, exp.Literal) and not call.expressions):
            return Output(name, "", "count")
        if isinstance(argument, exp.Distinct) and len(argument.expressions) == 1 and not argument.args.get("on"):
            return Output(name, column_name(argument.expressions[0], "sql"), "count_distinct")
        remedy = said("Write COUNT(*), or COUNT(DISTINCT column)")
        raise invalid("sql", said("%(given)s is not understood", given=clip(_shown(call))), remedy)
    if isinstance(argument, exp.Distinct) or call.expressions:
        raise _not_supported(_shown(call))
    return Output(name, column_name(argument, "sql"), function)


def _distinct(statement: exp.Select) -> bool:
    distinct = statement.args.get("distinct")
    if distinct is not None and distinct.args.get("on"):
        raise _not_supported("DISTINCT ON")
    return distinct is not None


def _group(statement: exp.Select, select: Select) -> Iterator[str]:
    group = statement.args.get("group")
    if group is None:
        return
    if any(value for name, value in group.args.items() if name != "expressions"):
        raise _not_supported(_shown(group))
    for each in group.expressions:
        output = _named(each, select)
        if output is None or output.function:
            raise _not_supported(_shown(each))
        yield output.field


def _order(statement: exp.Select, select: Select) -> Iterator[SortKey]:
    order = statement.args.get("order")
    for each in order.expressions if order else ():
        output, descending = _named(each.this, select), bool(each.args.get("desc"))
        if output is None or each.args.get("with_fill"):
            raise _not_supported(f"ORDER BY {_shown(each)}")
        yield SortKey(output, descending)


def _named(expression: exp.Expr, select: Select) -> Output | None:
    """Return the output that a group or an order names: by its number, its name, or as it was written."""
    expression = expression.unnest()
    if isinstance(expression, exp.Literal):
        number = int(expression.name) if expression.is_int and len(expression.name) < 5 else 0
        return select.outputs[number - 1] if 0 < number <= len(select.outputs) else None
    if isinstance(expression, exp.Column):
        name = column_name(expression, "sql")
        return next((output for output in select.outputs if output.name == name), Output(name, name))
    if type(expression) not in _FUNCTIONS:
        return None
    meant = _output(expression)
    same = (each for each in select.outputs if (each.field, each.function) == (meant.field, meant.function))
    return next(same, None)


def _count(statement: exp.Select, part: Literal["limit", "offset"]) -> int | None:
    node = statement.args.get(part)
    if node is None:
        return None
    number = node.args.get("expression")
    if type(node) not in {exp.Limit, exp.Offset} or node.args.get("expressions") or node.args.get("limit_options"):
        raise _not_supported(_shown(node))
    if isinstance(number, exp.Var) and number.name.upper() == "ALL":
        return None
    if not isinstance(number, exp.Literal) or not number.is_int or len(number.name) > 18:
        raise _not_supported(_shown(node))
    if part == "offset" and int(number.name) > MAX_OFFSET:
        rule = said("OFFSET must be at most %(most)s", most=MAX_OFFSET)
        raise invalid("sql", rule, said("Narrow the condition, or download the whole table"))
    return int(number.name)


# What fits together ---------------------------------------------------------------------------------------------------


def _check_names(outputs: tuple[Output, ...]) -> None:
    names = [output.name for output in outputs]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        rule = said("names two columns alike: %(name)s", name=clip(twice))
        raise invalid("sql", rule, said("Give one of them another name with AS"))


def _checked(select: Select) -> Select:
    if not select.outputs and select.group:
        raise invalid("sql", said("groups rows and names no columns"), said("Name each column"))
    if not select.figures and not select.group:
        return select
    if select.figures and select.distinct:
        raise _not_supported("DISTINCT")
    loose = next((each.name for each in select.outputs if not each.function and each.field not in select.group), "")
    if loose:
        rule = said("%(name)s is neither a figure nor one of the groups", name=clip(loose))
        raise invalid("sql", rule, said("Add it to GROUP BY, or leave it out"))
    return select


def _unreadable() -> QueryInvalid:
    return invalid("sql", said("cannot be read"), said("Write it like %(example)s", example=_WRITING))


def _not_supported(what: str) -> QueryInvalid:
    remedy = said("Write it like %(example)s", example=_WRITING)
    return invalid("sql", said("%(given)s is not understood", given=clip(what)), remedy)


def _shown(expression: exp.Expr) -> str:
    try:
        return expression.sql(dialect=DIALECT)[:200]
    except (SqlglotError, RecursionError, ValueError):
        return type(expression).__name__
