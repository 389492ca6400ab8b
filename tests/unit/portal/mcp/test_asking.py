"""Questions become parameters of the native API, and values become what JSON can hold."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest

from datasets.errors import QueryInvalid
from portal.public.mcp.arguments import QueryArguments
from portal.public.mcp.asking import _value, native_parameters
from portal.query.model import PARAMETERS
from portal.query.parameters import read_query


def asked(**given: Any) -> list[tuple[str, str]]:
    return native_parameters(QueryArguments.model_validate({"dataset": "d", "table": "t", **given}))


def test_a_question_is_written_as_an_address_has_it() -> None:
    assert asked(
        filters={"province": "79", "age": ["Y0T4", "Y5T9"], "month__gte": ["2008-06"], "beds__in": [1, 2.0], "x": 1.5},
        where="a = 1",
        group=["sex", "age"],
        select=["stays"],
        aggregate=["count"],
        order=["-stays"],
        geography="2025",
        limit=5,
        after="c",
        lang="vi",
    ) == [
        ("province", "79"),
        ("age__in", "Y0T4,Y5T9"),
        ("month__gte", "2008-06"),
        ("beds__in", "1,2"),
        ("x", "1.5"),
        ("where", "a = 1"),
        ("group", "sex,age"),
        ("select", "stays"),
        ("aggregate", "count"),
        ("order", "-stays"),
        ("geography", "2025"),
        ("limit", "5"),
        ("lang", "vi"),
        ("after", "c"),
    ]


def test_what_is_left_out_is_not_written() -> None:
    assert asked() == [("limit", "50"), ("lang", "en")]


def test_a_question_is_read_by_the_native_dialect() -> None:
    query = read_query("t", asked(filters={"a": ["x", "y"]}, group=["b"]), answer_format="json")
    assert [(each.field, each.operator, each.values) for each in query.filters] == [("a", "in", ("x", "y"))]
    assert query.group == ("b",)


@pytest.mark.parametrize("name", PARAMETERS)
def test_filters_cannot_say_what_has_a_place_of_its_own(name: str) -> None:
    with pytest.raises(QueryInvalid, match="is not a field") as caught:
        asked(filters={name: "x"})
    assert caught.value.problems[0].place == f"filters.{name}"


@pytest.mark.parametrize(
    ("filters", "place"),
    [({"a": ["x,y"]}, "a"), ({"a__in": ["x", "y,z"]}, "a__in"), ({"a__gt": [1, 2]}, "a__gt"), ({"a__gt": []}, "a__gt")],
)
def test_lists_that_cannot_be_written_are_refused(filters: dict[str, Any], place: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        asked(filters=filters)
    assert caught.value.problems[0].place == place


def test_a_suffix_that_is_no_operator_is_left_to_the_native_dialect() -> None:
    assert asked(filters={"a__b": ["x", "y"]})[0] == ("a__b__in", "x,y")


def test_numbers_beyond_exact_whole_ones_stay_as_they_are() -> None:
    assert asked(filters={"a": 1e300, "b": -0.5, "c": 2**70})[:3] == [("a", "1e+300"), ("b", "-0.5"), ("c", str(2**70))]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (date(2026, 3, 1), "2026-03-01"),
        (math.nan, None),
        (math.inf, None),
        (1.5, 1.5),
        (3, 3),
        ("a", "a"),
        (None, None),
    ],
)
def test_values_are_what_json_can_hold(value: object, written: object) -> None:
    assert _value(value) == written
