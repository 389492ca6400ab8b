"""Filters of a datastore become conditions of the query core, and a range of row numbers."""

from __future__ import annotations

from typing import Any

import pytest

from portal.public.ckan.failures import ActionFailed
from portal.public.ckan.filters import RowRange, read_filters, to_term, without_row_ids
from portal.query.model import AllOf, AnyOf, Filter, Not, Term

FIELDS = ("_id", "a", "b", "$c")
A1, B2 = Filter("a", "eq", ("1",)), Filter("b", "eq", ("2",))
EMPTY = Filter("a", "null", ("true",))


@pytest.mark.parametrize(
    ("given", "term"),
    [
        ({"a": 1}, A1),
        ({"a": "1"}, A1),
        ({"a": 1.0}, A1),
        ({"a": 1.5}, Filter("a", "eq", ("1.5",))),
        ({"a": True}, Filter("a", "eq", ("true",))),
        ('{"a": 1}', A1),
        ({"a": 1, "b": 2}, AllOf((A1, B2))),
        ([{"a": 1}, {"b": 2}], AnyOf((A1, B2))),
        ({"$or": [{"a": 1}, {"b": 2}]}, AnyOf((A1, B2))),
        ({"$and": [{"a": 1}, {"b": 2}]}, AllOf((A1, B2))),
        ({"$and": [{"a": 1}]}, A1),
        ({"a": 1, "$or": [{"b": 2}, {"b": {"gt": 9}}]}, AllOf((A1, AnyOf((B2, Filter("b", "gt", ("9",))))))),
        ({"a": ["x", "y", "x"]}, Filter("a", "in", ("x", "y"))),
        ({"a": {"in": ["x", "y"]}}, Filter("a", "in", ("x", "y"))),
        ({"a": {"in": 1}}, A1),
        (
            {"a": ["x", {"gte": 1, "lt": 3}]},
            AnyOf((Filter("a", "in", ("x",)), AllOf((Filter("a", "gte", ("1",)), Filter("a", "lt", ("3",)))))),
        ),
        ({"a": {"ne": "x"}}, Filter("a", "ne", ("x",))),
        ({"a": None}, EMPTY),
        ({"a": {"ne": None}}, Not(EMPTY)),
        ({"a": [None, 1]}, AnyOf((Filter("a", "in", ("1",)), EMPTY))),
        ({"$$c": 1}, Filter("$c", "eq", ("1",))),
    ],
)
def test_what_filters_mean(given: Any, term: Term) -> None:
    node = read_filters(given, FIELDS)
    assert node is not None
    assert to_term(node) == term


@pytest.mark.parametrize("given", [None, "", {}, [], "{}", "[]"])
def test_no_filters(given: Any) -> None:
    assert read_filters(given, FIELDS) is None


def test_how_filters_were_understood_is_told_as_ckan_tells_it() -> None:
    node = read_filters({"a": ["x", "y"], "b": {"gt": 1}}, FIELDS)
    assert node is not None
    assert node.written() == {
        "op": "$and",
        "field": None,
        "value": [{"op": "in", "field": "a", "value": ["x", "y"]}, {"op": "gt", "field": "b", "value": 1}],
    }


@pytest.mark.parametrize(
    "given",
    [
        {"nope": 1},
        {"a": {"like": "x"}},
        {"a": {}},
        {"a": []},
        {"a": [[1]]},
        {"a": {"gt": [1]}},
        {"a": "x\x00"},
        {"a": "x" * 501},
        {"a": list(range(1001))},
        {"$or": "x"},
        {"$or": [1]},
        {"$or": [{}]},
        {"$or": [{"a": 1}] * 1001},
        {"a": 1} | {"$and": []},
        "x",
        7,
    ],
)
def test_what_cannot_be_read_is_refused(given: Any) -> None:
    with pytest.raises(ActionFailed) as caught:
        read_filters(given, FIELDS)
    assert set(caught.value.error) == {"filters", "__type"}


def test_nothing_is_more_than_null() -> None:
    node = read_filters({"a": {"gt": None}}, FIELDS)
    assert node is not None
    with pytest.raises(ActionFailed):
        to_term(node)


def row(operator: str, value: object) -> Filter:
    return Filter("_id", operator, (str(value),))


@pytest.mark.parametrize(
    ("term", "left", "rows"),
    [
        (None, None, RowRange()),
        (A1, A1, RowRange()),
        (row("eq", 7), None, RowRange(7, 7)),
        (Filter("_id", "in", ("9", "7", "8")), None, RowRange(7, 9)),
        (Filter("_id", "in", ("-1", "0", "1")), None, RowRange(1, 1)),
        (row("gt", 7), None, RowRange(8)),
        (row("gte", 7), None, RowRange(7)),
        (row("lt", 7), None, RowRange(1, 6)),
        (row("lte", 7), None, RowRange(1, 7)),
        (row("gt", -7), None, RowRange(1)),
        (AllOf((row("gt", 2), row("lt", 9), A1)), A1, RowRange(3, 8)),
        (AllOf((A1, AllOf((row("gt", 2), B2)))), AllOf((A1, B2)), RowRange(3)),
        (AllOf((row("lt", 9), row("lt", 5))), None, RowRange(1, 4)),
        (AnyOf((A1, B2)), AnyOf((A1, B2)), RowRange()),
    ],
)
def test_a_range_of_row_numbers_is_taken_out(term: Term | None, left: Term | None, rows: RowRange) -> None:
    assert without_row_ids(term) == (left, rows)


@pytest.mark.parametrize(
    "term",
    [
        row("ne", 1),
        row("like", 1),
        Filter("_id", "in", ("7", "9")),
        row("eq", "x"),
        row("eq", 10**20),
        AnyOf((row("eq", 1), A1)),
        Not(row("eq", 1)),
        AllOf((A1, Not(row("gt", 1)))),
    ],
)
def test_row_numbers_elsewhere_are_refused(term: Term) -> None:
    with pytest.raises(ActionFailed):
        without_row_ids(term)
