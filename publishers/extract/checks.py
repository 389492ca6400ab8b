"""What a declaration asks of each cell, as SQL: its text, its typed value, and the rules it can break.

Reading is exact or refused. An integer may be written ``1.0`` but not ``1.5``. Thousands separators are read only where
the text itself proves what they are: with a decimal mark behind them (``1.234,5``) or more than once (``1.234.567``);
a lone ``1.234`` could be either number: as an integer it is refused, of other numbers thousands.py looks at the whole
column. ``inf`` and ``nan`` are no numbers. Texts are trimmed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from datasets.errors import DefinitionInvalid, Problem
from datasets.hints import listed
from datasets.source import Column, Source
from datasets.sql_text import literal
from publishers.extract.raw_table import RawTable
from publishers.lost_zeros import ZEROS

DUCKDB_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "date": "DATE"}
_INTEGER_KINDS = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
)
_FLOAT_KINDS = frozenset({"FLOAT", "DOUBLE"})
_TIMESTAMP_KINDS = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
_SPACES = " \t\r\n\u00a0"
_FIRST_YEAR = "1000-01-01"
"""A date before it comes from a year of two digits that was read with ``%Y``."""
_COMMON_FORMS = {"%d/%m/%Y": "31/12/2026", "%d/%m/%y": "31/12/26", "%Y-%m-%d": "2026-12-31"}
_EXACT_IN_DOUBLE = 2**53


@dataclass(frozen=True)
class Rule:
    """One rule of a column; ``bad`` is SQL over the columns tN and vN, true where a row breaks it and never NULL."""

    column: str
    text: str
    remedy: str
    bad: str
    of_type: bool = False
    """Whether the rule is that the cell can be read as its type."""
    zeros: str = "false"
    """SQL: whether a row breaks it for lost zeros alone; never NULL."""


@dataclass(frozen=True)
class ColumnPlan:
    """How one declared column is read from the raw table's column ``cell``."""

    name: str
    cell: str
    text: str
    """SQL over the cell: the text, or the value of a typed source; NULL where it is missing."""
    value: str
    """SQL over tN: the typed value; NULL where it cannot be read."""
    rules: tuple[Rule, ...]
    changed: str
    """SQL over the cell: whether reading would change it; asked of Parquet whose types are those declared."""


def column_plans(source: Source, raw: RawTable, positions: Mapping[str, int]) -> tuple[ColumnPlan, ...]:
    """Return the plan of every declared column; DefinitionInvalid when a rule does not suit its type or source."""
    plans, problems = [], []
    for place, (name, column) in enumerate(source.columns.items()):
        kind = raw.kinds[positions[name]]
        found = [*misdeclared(name, column), *_unreadable_kind(name, column, kind, raw.name)]
        problems.extend(found)
        if not found:
            plans.append(_plan(place, name, f"c{positions[name]}", source=source, raw=raw))
    if problems:
        raise DefinitionInvalid("A column's declaration does not suit its type or its source", problems=problems)
    return tuple(plans)


def texts(values: Iterable[str]) -> str:
    """Return ``values`` in NFC as a list for SQL's IN."""
    return ", ".join(literal(unicodedata.normalize("NFC", value)) for value in values)


def _plan(place: int, name: str, cell: str, *, source: Source, raw: RawTable) -> ColumnPlan:
    column, kind = source.columns[name], raw.kinds[int(cell[1:])]
    text, value = f"t{place}", f"v{place}"
    is_text = kind == "VARCHAR"
    read = _read_text(column, source, text) if is_text else _read_typed(column, kind, text)
    as_text = text if is_text else f"CAST({value} AS VARCHAR)"
    rules = (
        *_presence(name, column, text),
        *_type(name, column, source.decimal_mark if is_text else "", text=text, value=value),
        *_range(name, column, value),
        *_membership(name, column, as_text=as_text, value=value),
    )
    normal = cell if raw.is_nfc else f"nfc_normalize({cell})"
    cleaned = _clean_text(normal, source.missing) if is_text else _clean_typed(cell, kind)
    changed = _text_changes(cell, source.missing) if is_text else f"NOT isfinite({cell})" if kind == "DOUBLE" else ""
    return ColumnPlan(name, cell, cleaned, read, rules, changed)


# Texts ----------------------------------------------------------------------------------------------------------------


def _clean_text(cell: str, missing: tuple[str, ...]) -> str:
    empty = cell if "" in missing else f"coalesce({cell}, '')"
    trimmed = f"trim({cell}, {literal(_SPACES)})"
    for text in missing:
        trimmed = f"nullif({trimmed}, {texts([text])})"
    known = f"WHEN {cell} IN ({texts(missing)}) THEN NULL " if missing else ""
    return f"CASE {known}WHEN {_edges(cell)} THEN {trimmed} ELSE {empty} END"


def _edges(cell: str) -> str:
    """Return SQL: whether a text may begin or end with white space. A plain trim costs more than all other checks."""
    return f"{cell} < '!' OR starts_with({cell}, '\u00a0') OR {cell}[-1] IN ({texts(_SPACES)})"


def _text_changes(cell: str, missing: tuple[str, ...]) -> str:
    stands_for_nothing = f"{cell} IN ({texts(missing)}) OR " if missing else ""
    return f"{stands_for_nothing}{_edges(cell)} OR {cell} <> nfc_normalize({cell})"


def _read_text(column: Column, source: Source, text: str) -> str:
    if column.type == "string":
        return text
    if column.type == "date":
        return _date(text, column.formats)
    plain = text if source.decimal_mark == "." else _with_point(text)
    grouped = _ungrouped(text, source.decimal_mark)
    return _integer(text, plain, grouped) if column.type == "integer" else _number(plain, grouped)


def _integer(text: str, plain: str, grouped: str) -> str:
    """Take what BIGINT writes back in the same way at once; look at other forms only where it does not."""
    fast = f"TRY_CAST({text} AS BIGINT)"
    digits = f"TRY_CAST(regexp_extract({plain}, '^([+-]?[0-9]+)(\\.0)?$', 1) AS BIGINT)"
    exact = f"TRY_CAST(regexp_extract({grouped}, '^([+-]?[0-9]+)(\\.0)?$', 1) AS BIGINT)"
    return f"CASE WHEN CAST({fast} AS VARCHAR) = {text} THEN {fast} ELSE coalesce({digits}, {exact}) END"


def _number(plain: str, grouped: str) -> str:
    fast = f"TRY_CAST({plain} AS DOUBLE)"
    is_plain = f"isfinite({fast}) AND NOT contains({plain}, '_')"
    exact = f"TRY_CAST({grouped} AS DOUBLE)"
    return f"CASE WHEN {is_plain} THEN {fast} WHEN isfinite({exact}) THEN {exact} END"


def _with_point(text: str) -> str:
    """Turn a decimal comma into a point; a text that has a point already becomes NULL."""
    return f"CASE WHEN NOT contains({text}, '.') THEN replace({text}, ',', '.') END"


def _ungrouped(text: str, decimal: str) -> str:
    """Take thousands separators out of a text that proves them; any other text becomes NULL."""
    group, point = (",", "\\.") if decimal == "." else ("\\.", ",")
    proven = f"^[+-]?[0-9]{{1,3}}(({group}[0-9]{{3}})+{point}[0-9]+|({group}[0-9]{{3}}){{2,}})$"
    bare = f"replace({text}, {literal(group[-1])}, '')"
    return f"CASE WHEN regexp_matches({text}, {literal(proven)}) THEN replace({bare}, ',', '.') END"


def _date(text: str, formats: tuple[str, ...]) -> str:
    tries = [f"try_strptime({text}, {literal(form)})" for form in formats]
    first = f"CAST(coalesce({', '.join(tries)}) AS DATE)" if len(tries) > 1 else f"CAST({tries[0]} AS DATE)"
    return f"CASE WHEN {first} >= DATE '{_FIRST_YEAR}' THEN {first} END"


# Typed sources --------------------------------------------------------------------------------------------------------


def _clean_typed(cell: str, kind: str) -> str:
    """A missing number is often NaN in files that data frames write; infinity stays, to be refused."""
    return f"CASE WHEN NOT isnan({cell}) THEN {cell} END" if kind in _FLOAT_KINDS else cell


def _read_typed(column: Column, kind: str, text: str) -> str:
    if column.type == "number":
        number = f"TRY_CAST({text} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    if column.type == "integer" and kind not in _INTEGER_KINDS:
        whole = f"{text} = trunc({text}) AND abs({text}) <= {_EXACT_IN_DOUBLE}"
        return f"CASE WHEN {whole} THEN TRY_CAST({text} AS BIGINT) END"
    return f"TRY_CAST({text} AS {DUCKDB_TYPES[column.type]})"


def _unreadable_kind(name: str, column: Column, kind: str, place: str) -> list[Problem]:
    numbers = kind in _INTEGER_KINDS or kind in _FLOAT_KINDS or kind.startswith("DECIMAL")
    readable = {
        "string": kind in _INTEGER_KINDS or kind == "DATE",
        "integer": numbers,
        "number": numbers,
        "date": kind == "DATE" or kind in _TIMESTAMP_KINDS,
    }[column.type]
    if kind == "VARCHAR" or readable:
        return []
    return [
        Problem(
            f"{place}, column {name}",
            f"holds {kind}, which cannot be read as {column.type}",
            "correct `type:`, or store the column in another type",
        )
    ]


# Rules ----------------------------------------------------------------------------------------------------------------


def misdeclared(name: str, column: Column) -> list[Problem]:
    """Return what is wrong with a declaration whatever the source holds."""
    bounded = column.minimum is not None or column.maximum is not None
    if bounded and column.type not in {"integer", "number"}:
        rule = f"minimum and maximum are for numbers, not for a {column.type}"
        return [Problem(f"source.columns.{name}", rule, "remove them, or correct `type:`")]
    return []


def _presence(name: str, column: Column, text: str) -> list[Rule]:
    if not column.required:
        return []
    return [Rule(name, "must not be missing", "fill the cell, or set `required: false`", f"{text} IS NULL")]


def _type(name: str, column: Column, decimal: str, *, text: str, value: str) -> list[Rule]:
    if column.type == "string":
        return []
    rule, remedy = _type_words(column, decimal)
    return [Rule(name, rule, remedy, f"({text} IS NOT NULL AND {value} IS NULL)", of_type=True)]


def _type_words(column: Column, decimal: str) -> tuple[str, str]:
    if column.type == "date":
        return "must be a date written as " + " or ".join(column.formats), _date_remedy(column.formats)
    kind = "a whole number" if column.type == "integer" else "a number"
    if not decimal:
        return f"must be {kind}", "correct the value, or declare another type"
    rule = f"must be {kind} with the decimal mark “{decimal}”, without separators of thousands that can mislead"
    return rule, "correct the cell, set `decimal:`, list the text under `missing:`, or declare a string"


def _date_remedy(formats: tuple[str, ...]) -> str:
    """Name the key with the forms that are common in Viet Nam and are not declared; a year may have two digits."""
    others = [f'["{form}"] reads {example}' for form, example in _COMMON_FORMS.items() if form not in formats]
    key = f", or declare how its dates are written: formats: {', '.join(others)}" if others else ""
    return f"correct the cell{key}"


def _range(name: str, column: Column, value: str) -> list[Rule]:
    bounds = (("at least", column.minimum, "<"), ("at most", column.maximum, ">"))
    return [
        Rule(
            name,
            f"must be {words} {bound:g}",
            "correct the cell or the definition",
            f"coalesce({value} {sign} {_bound(bound, column.type)}, false)",
        )
        for words, bound, sign in bounds
        if bound is not None
    ]


def _bound(bound: float, kind: str) -> str:
    """A literal with a point is a decimal to DuckDB, which compares slowly."""
    return str(int(bound)) if kind == "integer" and bound.is_integer() else f"CAST('{bound!r}' AS DOUBLE)"


def _membership(name: str, column: Column, *, as_text: str, value: str) -> list[Rule]:
    rules = []
    if column.pattern:

        def matches(text: str) -> str:
            return f"regexp_full_match({text}, {literal(column.pattern)})"

        bad = f"coalesce(NOT {matches(as_text)}, false)"
        rule = f"must match the pattern {column.pattern}"
        zeros = _lost_zeros(bad, as_text, matches)
        rules.append(Rule(name, rule, "correct the cell or the pattern", bad, zeros=zeros))
    if column.values:
        compared = {"number": f"CAST({value} AS VARCHAR)", "integer": f"CAST({value} AS VARCHAR)"}.get(
            column.type, as_text
        )
        allowed = _numbers(column.values) if column.type == "number" else texts(column.values)
        compared = value if column.type == "number" else compared
        bad = f"coalesce({compared} NOT IN ({allowed}), false)"
        zeros = _lost_zeros(bad, as_text, lambda text: f"{text} IN ({texts(column.values)})")
        rule = f"must be one of the declared values: {listed(column.values)}"
        rules.append(Rule(name, rule, "correct the cell, or declare the value", bad, zeros=zeros))
    return rules


def _lost_zeros(bad: str, text: str, fits: Callable[[str], str]) -> str:
    """Return SQL: whether a row breaks a rule, and would not with zeros before its digits."""
    codes = [fits(f"{literal('0' * number)} || {text}") for number in range(1, ZEROS + 1)]
    return f"({bad} AND coalesce(regexp_full_match({text}, '[0-9]+') AND ({' OR '.join(codes)}), false))"


def _numbers(values: tuple[str, ...]) -> str:
    return ", ".join(f"CAST({literal(value)} AS DOUBLE)" for value in values)
