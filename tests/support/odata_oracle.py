"""What OData says an expression means, worked out row by row and apart from the code that is tested.

A comparison with null is false, ``ne`` true; a function of null is null; ``and``, ``or`` and ``not`` know three values.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Truth = bool | None

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


@dataclass(frozen=True)
class Wanted:
    """An expression as it is written, and what it says of a row."""

    text: str
    holds: Callable[[Row], Truth]


def random_expression(random_: random.Random, rows: Sequence[Row], columns: Mapping[str, str], depth: int) -> Wanted:
    """Make an expression about ``columns``, given as ``text``, ``ordered`` text or ``number``; values are of rows."""
    if depth == 0 or random_.random() < 0.3:
        return _leaf(random_, rows, columns)
    kind = random_.choice(("and", "or", "not"))
    first = random_expression(random_, rows, columns, depth - 1)
    if kind == "not":
        return Wanted(f"not ({first.text})", lambda row: _negated(first.holds(row)))
    second = random_expression(random_, rows, columns, depth - 1)
    joined = _all_of if kind == "and" else _one_of
    return Wanted(f"({first.text}) {kind} ({second.text})", lambda row: joined(first.holds(row), second.holds(row)))


def _leaf(random_: random.Random, rows: Sequence[Row], columns: Mapping[str, str]) -> Wanted:
    name = random_.choice(list(columns))
    value = random_.choice(rows)[name]
    if value is None or random_.random() < 0.1:
        return _null(random_, name)
    if columns[name] == "number":
        return _number(random_, name, value)
    if random_.random() < 0.3:
        return _listed(name, [random_.choice(rows)[name], value])
    return _text(random_, name, value) if random_.random() < 0.6 else _equal(random_, name, value)


def _null(random_: random.Random, name: str) -> Wanted:
    if random_.random() < 0.5:
        return Wanted(f"{name} eq null", lambda row: row[name] is None)
    return Wanted(f"{name} ne null", lambda row: row[name] is not None)


def _number(random_: random.Random, name: str, value: float) -> Wanted:
    chosen = random_.choice((*_ORDERS, "eq", "ne"))
    compared = value + random_.choice((0, 0, 1, -1, 0.5, -0.5))
    text = f"{name} {chosen} {compared}" if random_.random() < 0.8 else ""
    if chosen in _ORDERS:
        swapped = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}[chosen]
        compare = _ORDERS[chosen]
        return Wanted(
            text or f"{compared} {swapped} {name}", lambda row: row[name] is not None and compare(row[name], compared)
        )
    return Wanted(text or f"{compared} {chosen} {name}", lambda row: (row[name] == compared) is (chosen == "eq"))


def _equal(random_: random.Random, name: str, value: str) -> Wanted:
    chosen = random_.choice(("eq", "ne"))
    return Wanted(f"{name} {chosen} {_quoted(value)}", lambda row: (row[name] == value) is (chosen == "eq"))


def _listed(name: str, values: Sequence[str | None]) -> Wanted:
    written = ",".join("null" if value is None else _quoted(value) for value in values)
    return Wanted(f"{name} in ({written})", lambda row: row[name] in values)


def _text(random_: random.Random, name: str, value: str) -> Wanted:
    chosen, start = random_.choice(list(_TESTS)), random_.randrange(len(value))
    part = value[start : start + random_.randint(1, 4)]
    test = _TESTS[chosen]
    if random_.random() < 0.3:
        part = part.lower()
        return Wanted(
            f"{chosen}(tolower({name}),{_quoted(part)})",
            lambda row: None if row[name] is None else test(row[name].lower(), part),
        )
    return Wanted(f"{chosen}({name},{_quoted(part)})", lambda row: None if row[name] is None else test(row[name], part))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _all_of(first: Truth, second: Truth) -> Truth:
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def _one_of(first: Truth, second: Truth) -> Truth:
    if first is True or second is True:
        return True
    return None if first is None or second is None else False
