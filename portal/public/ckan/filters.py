"""The ``filters`` of a datastore: equal, one of, ranges, nested $and and $or, read into conditions of a query."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portal.public.ckan.failures import ActionFailed, invalid_field
from portal.public.ckan.parameters import decoded
from portal.query.model import MAX_DEPTH, MAX_TERMS, MAX_VALUE_LENGTH, AllOf, AnyOf, Filter, Not, Term

ROW_ID = "_id"
"""The number of a row in the published table, from 1."""
_ROW = re.compile(r"-?[0-9]{1,15}")
_OPERATORS = frozenset({"eq", "ne", "gt", "gte", "lt", "lte", "in"})
_JOINS = frozenset({"$and", "$or"})

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Node:
    """One condition, or several that are joined."""

    op: str
    field: str | None = None
    values: tuple[Value, ...] = ()
    parts: tuple[Node, ...] = ()

    def written(self) -> dict[str, Any]:
        """Return the condition as CKAN 2.12 tells how it understood it."""
        if self.op in _JOINS:
            return {"op": self.op, "field": None, "value": [part.written() for part in self.parts]}
        return {"op": self.op, "field": self.field, "value": list(self.values) if self.op == "in" else self.values[0]}


def read_filters(given: Any, fields: Collection[str]) -> Node | None:
    """Return the condition that ``filters`` mean, None for none; what cannot be read raises ActionFailed."""
    found = decoded(given, starts="{[")
    if found in (None, "", {}, []):
        return None
    return _any(found, fields, 0) if isinstance(found, list) else _all(found, fields, 0)


def _all(found: Any, fields: Collection[str], depth: int) -> Node:
    if not isinstance(found, Mapping):
        raise _unusable("Not a dict, nor a list of them")
    _check_depth(depth)
    parts: list[Node] = []
    for key, value in found.items():
        if key in _JOINS:
            join = _any if key == "$or" else _every
            parts.append(join(value, fields, depth + 1))
        else:
            parts += _field(_known(key, fields), value)
        if len(parts) > MAX_TERMS:
            raise _too_many()
    return _joined("$and", parts)


def _any(found: Any, fields: Collection[str], depth: int) -> Node:
    return _joined("$or", [_all(each, fields, depth + 1) for each in _several(found)])


def _every(found: Any, fields: Collection[str], depth: int) -> Node:
    return _joined("$and", [_all(each, fields, depth + 1) for each in _several(found)])


def _several(found: Any) -> Sequence[Any]:
    if not isinstance(found, list) or not found:
        raise _unusable("$and and $or take a list of conditions")
    if len(found) > MAX_TERMS:
        raise _too_many()
    return found


def _field(field: str, value: Any) -> Iterator[Node]:
    """Yield the conditions on a field: all of them hold."""
    if isinstance(value, Mapping):
        if not value:
            raise _unusable(f"{field}: no operator. Use one of: {', '.join(sorted(_OPERATORS))}")
        yield from (_compared(field, str(key), each) for key, each in value.items())
    elif isinstance(value, list):
        yield _one_of(field, value)
    else:
        yield Node("eq", field, (_plain(field, value),))


def _one_of(field: str, values: Sequence[Any]) -> Node:
    if not values or len(values) > MAX_TERMS:
        raise _too_many() if values else _unusable(f"{field}: an empty list")
    plain = [each for each in values if not isinstance(each, Mapping)]
    nodes = [_joined("$and", list(_field(field, each))) for each in values if isinstance(each, Mapping)]
    if plain:
        nodes.insert(0, Node("in", field, tuple(_plain(field, each) for each in plain)))
    return _joined("$or", nodes)


def _compared(field: str, key: str, value: Any) -> Node:
    if key not in _OPERATORS:
        raise _unusable(f"{field}: unknown operator {key[:40]!r}. Use one of: {', '.join(sorted(_OPERATORS))}")
    if key == "in" and isinstance(value, list):
        return _one_of(field, value)
    return Node("eq" if key == "in" else key, field, (_plain(field, value),))


def _plain(field: str, value: Any) -> Value:
    if isinstance(value, str) and ("\x00" in value or len(value) > MAX_VALUE_LENGTH):
        raise _unusable(
            f"{field}: a value must have at most {MAX_VALUE_LENGTH} characters, and none that no text holds"
        )
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise _unusable(f"{field}: a value must be a text, a number, true, false or null")


def _known(key: str, fields: Collection[str]) -> str:
    field = key[1:] if key.startswith("$$") else key
    if field not in fields:
        raise invalid_field(filters=[f"Unknown field: {field[:100]}"])
    return field


def _joined(op: str, parts: list[Node]) -> Node:
    if not parts:
        raise _unusable("a condition is empty")
    return parts[0] if len(parts) == 1 else Node(op, parts=tuple(parts))


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _unusable(f"nested more than {MAX_DEPTH} deep")


def _unusable(message: str) -> ActionFailed:
    return invalid_field(filters=[message])


def _too_many() -> ActionFailed:
    return _unusable(f"more than {MAX_TERMS} values. Ask in several requests")


# Conditions of a query ------------------------------------------------------------------------------------------------


def to_term(node: Node) -> Term:
    """Return what a condition means to the query core."""
    if node.op in _JOINS:
        parts = tuple(map(to_term, node.parts))
        return AllOf(parts) if node.op == "$and" else AnyOf(parts)
    assert node.field is not None
    values = tuple(dict.fromkeys(_text(value) for value in node.values if value is not None))
    empty = Filter(node.field, "null", ("true",))
    if None not in node.values:
        return Filter(node.field, node.op, values)
    if node.op == "ne":
        return Not(empty)
    if node.op not in {"eq", "in"}:
        raise _unusable(f"{node.field}: nothing is more or less than null")
    return AnyOf((Filter(node.field, "in", values), empty)) if values else empty


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


# Row ids --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RowRange:
    """Rows by their place in the published table, from 1; ``last`` is None to the end."""

    first: int = 1
    last: int | None = None

    def within(self, other: RowRange) -> RowRange:
        """Return the rows that are in both."""
        ends = [end for end in (self.last, other.last) if end is not None]
        return RowRange(max(self.first, other.first), min(ends, default=None))


def without_row_ids(term: Term | None) -> tuple[Term | None, RowRange]:
    """Take conditions on row ids out of a condition; those that are no plain range raise ActionFailed."""
    parts = term.parts if isinstance(term, AllOf) else (term,) if term is not None else ()
    rows, left = RowRange(), list[Term]()
    for part in parts:
        kept: Term | None = part
        if isinstance(part, AllOf):
            kept, within = without_row_ids(part)
            rows = rows.within(within)
        elif isinstance(part, Filter) and part.field == ROW_ID:
            kept, rows = None, rows.within(_range(part))
        if kept is not None:
            left.append(kept)
    if any(field == ROW_ID for part in left for field in _fields(part)):
        raise _no_range()
    if not left:
        return None, rows
    return (left[0] if len(left) == 1 else AllOf(tuple(left))), rows


def _fields(term: Term) -> Iterator[str]:
    if isinstance(term, Filter):
        yield term.field
    else:
        for part in (term.part,) if isinstance(term, Not) else term.parts:
            yield from _fields(part)


def _range(condition: Filter) -> RowRange:
    numbers = [_row(text) for text in condition.values]
    if condition.operator in {"eq", "in"}:
        first, last = min(numbers), max(numbers)
        if len(set(numbers)) != last - first + 1:
            raise _no_range()
        return RowRange(max(1, first), last)
    (number,) = numbers
    if condition.operator in {"gt", "gte"}:
        return RowRange(max(1, number + (condition.operator == "gt")))
    if condition.operator in {"lt", "lte"}:
        return replace(RowRange(), last=number - (condition.operator == "lt"))
    raise _no_range()


def _row(text: str) -> int:
    if not _ROW.fullmatch(text):
        raise invalid_field(filters=[f"{ROW_ID}: must be a whole number: rows are numbered from 1"])
    return int(text)


def _no_range() -> ActionFailed:
    rule = "a row is found by its place in the published table, so only rows in one piece can be asked"
    remedy = 'Ask for one number, or a range such as {"_id": {"gt": 100, "lte": 200}}'
    return invalid_field(filters=[f"{ROW_ID}: {rule}. {remedy}"])
