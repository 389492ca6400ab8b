"""Read a condition written as in SQL: ``(province = '79' or cases >= 10) and sex <> 'F'``.

A parser that is well kept reads the text; what it found is taken apart here, and only what is listed here passes. No
part of the text reaches an engine: names are checked against the release and values are bound like any others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from datasets.errors import QueryInvalid
from datasets.said import said
from portal.query.model import MAX_DEPTH, MAX_VALUE_LENGTH, AllOf, AnyOf, Filter, Not, Term, clip, invalid

DIALECT = "postgres"
"""What quotes and operators mean; CKAN's clients write for PostgreSQL."""
MAX_LENGTH = 20_000
MAX_WORDS = 1_200
"""How many words and signs a statement may have: the parser takes about 20 microseconds for each."""

_COMPARISONS: Mapping[type[exp.Expr], str] = {
    exp.EQ: "eq",
    exp.NEQ: "ne",
    exp.GT: "gt",
    exp.GTE: "gte",
    exp.LT: "lt",
    exp.LTE: "lte",
}
_SWAPPED = {"gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte"}
_WORD = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|\w+|[^\w\s]""")
_OPENING = frozenset({TokenType.L_PAREN, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.END})
_FOREIGN = frozenset({TokenType.L_BRACKET, TokenType.L_BRACE})
"""Signs that nothing here is written with; of many in a row the parser makes work that grows with their square."""
_CHAINED = frozenset({TokenType.NOT, TokenType.DASH, TokenType.PLUS, TokenType.TILDE})


def read_condition(text: str, *, place: str = "where") -> Term:
    """Read a condition; what is not one, or is too deep or too long, raises QueryInvalid, for ``place``."""
    return to_term(parsed(text, into=exp.Condition, place=place), place=place)


def parsed(text: str, *, into: type[exp.Expr], place: str) -> exp.Expr:
    """Parse ``text`` after looking that it is short and shallow enough to be parsed."""
    check_length(text, place)
    if "\x00" in text:
        raise invalid(
            place, said("has a character that no text holds"), said("Take away the code %(code)s", code="%00")
        )
    try:
        tokens = sqlglot.tokenize(text, read=DIALECT)
        _check_signs(tokens, place)
        _check_depth(tokens, place)
        found = sqlglot.parse_one(text, into=into, read=DIALECT)
    except (SqlglotError, RecursionError, ValueError):
        rule, example = said("cannot be read"), "province = '79' and (cases >= 10 or cases is null)"
        raise invalid(place, rule, said("Write it like %(example)s", example=example)) from None
    if not isinstance(found, exp.Expr):
        raise invalid(place, said("cannot be read"), said("Write one condition"))
    return found


def check_length(text: str, place: str) -> None:
    """Refuse what would take long to read, without reading it."""
    if len(text) > MAX_LENGTH:
        raise invalid(place, said("is too long"), said("Write at most %(count)s characters", count=MAX_LENGTH))
    if sum(1 for _ in _WORD.finditer(text)) > MAX_WORDS:
        rule = said("has more than %(count)s words and signs", count=MAX_WORDS)
        raise invalid(place, rule, said("Ask in several requests, or filter by a level"))


def _check_signs(tokens: list[Token], place: str) -> None:
    foreign = next((token.text for token in tokens if token.token_type in _FOREIGN), "")
    if foreign:
        raise _unknown_words(foreign, place)


def _check_depth(tokens: list[Token], place: str) -> None:
    depth = deepest = chain = longest = 0
    for before, token in pairwise([None, *tokens]):
        assert token is not None
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        chained = token.token_type in _CHAINED and before is not None and before.token_type in _CHAINED
        chain = chain + 1 if chained else 0
        deepest, longest = max(deepest, depth), max(longest, chain)
    if deepest + longest > MAX_DEPTH:
        rule = said("is nested more than %(count)s deep", count=MAX_DEPTH)
        raise invalid(place, rule, said("Write it with fewer brackets"))


def to_term(expression: exp.Expr, *, place: str) -> Term:
    """Return what a parsed condition means; an operator or a function that is not known here raises QueryInvalid."""
    expression = expression.unnest()
    if isinstance(expression, exp.And):
        return AllOf(tuple(to_term(part, place=place) for part in expression.flatten()))
    if isinstance(expression, exp.Or):
        return AnyOf(tuple(to_term(part, place=place) for part in expression.flatten()))
    if isinstance(expression, exp.Not):
        return Not(to_term(expression.this, place=place))
    if isinstance(expression, exp.Between):
        return _between(expression, place)
    return _comparison(expression, place)


def _between(expression: exp.Between, place: str) -> Term:
    if expression.args.get("symmetric"):
        raise _not_understood(expression, place)
    field = column_name(expression.this, place)
    low, high = (
        Filter(field, key, (_value(expression.args[end], place),)) for end, key in (("low", "gte"), ("high", "lte"))
    )
    return AllOf((low, high))


def _comparison(expression: exp.Expr, place: str) -> Term:
    for kind, read in _READERS.items():
        if isinstance(expression, kind):
            return read(expression, place)
    operator = _COMPARISONS.get(type(expression))
    if operator is None:
        raise _not_understood(expression, place)
    left, right = expression.this.unnest(), expression.expression.unnest()
    if not isinstance(left, exp.Column) and isinstance(right, exp.Column):
        left, right, operator = right, left, _SWAPPED.get(operator, operator)
    return Filter(column_name(left, place), operator, (_value(right, place),))


def _in(expression: exp.Expr, place: str) -> Term:
    if expression.args.get("query") or expression.args.get("unnest") or not expression.expressions:
        raise _not_understood(expression, place)
    values = tuple(dict.fromkeys(_value(each, place) for each in expression.expressions))
    return Filter(column_name(expression.this, place), "in", values)


def _is_null(expression: exp.Expr, place: str) -> Term:
    if not isinstance(expression.expression, exp.Null):
        raise _not_understood(expression, place)
    empty = "false" if expression.args.get("negate") else "true"
    return Filter(column_name(expression.this, place), "null", (empty,))


def _like(expression: exp.Expr, place: str) -> Term:
    pattern = _value(expression.expression, place)
    inner = pattern.strip("%")
    if not inner or any(mark in inner for mark in "%_\\"):
        raise _unsupported_pattern(pattern, place)
    ends = (pattern.startswith("%"), pattern.endswith("%"))
    field, either_case = column_name(expression.this, place), isinstance(expression, exp.ILike)
    if ends == (True, True) and either_case:
        return Filter(field, "contains", (inner,))
    if ends == (False, True) and not either_case:
        return Filter(field, "prefix", (inner,))
    raise _unsupported_pattern(pattern, place)


_READERS: Mapping[type[exp.Expr], Callable[[exp.Expr, str], Term]] = {
    exp.In: _in,
    exp.Is: _is_null,
    exp.ILike: _like,
    exp.Like: _like,
}


def column_name(expression: exp.Expr, place: str) -> str:
    """Return the name of a column; one that is qualified by more than its table raises QueryInvalid."""
    expression = expression.unnest()
    if not isinstance(expression, exp.Column) or isinstance(expression.this, exp.Star):
        raise _not_understood(expression, place)
    if expression.args.get("db") or expression.args.get("catalog"):
        raise _not_understood(expression, place)
    return str(expression.name)


def _value(expression: exp.Expr, place: str) -> str:
    expression = expression.unnest()
    negative = isinstance(expression, exp.Neg)
    literal = expression.this if negative else expression
    if isinstance(literal, exp.Boolean) and not negative:
        return str(literal.this).lower()
    if not isinstance(literal, exp.Literal) or (negative and literal.is_string):
        raise _not_understood(expression, place)
    text = str(literal.this)
    if len(text) > MAX_VALUE_LENGTH:
        raise invalid(
            place, said("has too long a value"), said("Write at most %(count)s characters", count=MAX_VALUE_LENGTH)
        )
    return f"-{text}" if negative else text


def _unsupported_pattern(pattern: str, place: str) -> QueryInvalid:
    rule = said("%(given)s is not a pattern that can be looked for", given=clip(pattern))
    return invalid(place, rule, said("Write LIKE 'abc%' for a beginning, ILIKE '%abc%' for a part"))


def _not_understood(expression: exp.Expr, place: str) -> QueryInvalid:
    return _unknown_words(_shown(expression), place)


def _unknown_words(words: str, place: str) -> QueryInvalid:
    rule = said("%(given)s is not understood", given=clip(words))
    remedy = said(
        "Compare columns with values by %(operators)s, joined by AND, OR and NOT",
        operators="=, <>, <, <=, >, >=, IN, BETWEEN, LIKE, ILIKE, IS NULL",
    )
    return invalid(place, rule, remedy)


def _shown(expression: exp.Expr) -> str:
    try:
        return expression.sql(dialect=DIALECT)[:200]
    except (SqlglotError, RecursionError, ValueError):
        return type(expression).__name__
