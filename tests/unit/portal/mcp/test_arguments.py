"""Arguments are read with errors that name each of them, in the language that was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from datasets.errors import QueryInvalid
from portal.public.mcp.arguments import (
    DEFAULT_ROWS,
    MAX_LISTED,
    QueryArguments,
    SearchArguments,
    language_of,
    read_arguments,
)
from portal.public.mcp.tools import TOOLS

TABLE = {"dataset": "d", "table": "t"}


def refused(given: dict[str, Any]) -> str:
    with pytest.raises(QueryInvalid) as caught:
        read_arguments(QueryArguments, given)
    return "\n".join(map(str, caught.value.problems))


def test_little_has_to_be_given() -> None:
    assert read_arguments(SearchArguments, {}).page == 1
    asked = read_arguments(QueryArguments, TABLE)
    assert (asked.limit, asked.lang, asked.filters, asked.release) == (DEFAULT_ROWS, "en", {}, "latest")


@pytest.mark.parametrize("value", ["79", 79, 1.5, ["a", 1, 2.5], []])
def test_values_of_filters_are_texts_numbers_and_lists_of_them(value: Any) -> None:
    assert read_arguments(QueryArguments, {**TABLE, "filters": {"x": value}}).filters == {"x": value}


@pytest.mark.parametrize("value", [None, True, {}, {"gte": 1}, [[1]], [None], [False]])
def test_other_values_are_not(value: Any) -> None:
    assert refused({**TABLE, "filters": {"x": value}}) == "filters.x: must be text, a number, or a list of them"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"filters": {f"f{number}": 1 for number in range(MAX_LISTED + 1)}}, "filters: must have at most 100 values"),
        ({"group": ["x"] * (MAX_LISTED + 1)}, "group: must have at most 100 values"),
        ({"group": [1]}, "group: must be text"),
        ({"where": "x" * 2_001}, "where: must have at most 2,000 characters"),
        ({"limit": 1.5}, "limit: must be a whole number"),
        ({"limit": None}, "limit: must be a whole number"),
        ({"lang": "fr"}, "lang: is not known. Known here: vi, en."),
        ({"dataset": "x" * 201}, "dataset: must have at most 200 characters"),
    ],
)
def test_bounds_are_told(given: dict[str, Any], told: str) -> None:
    assert refused({**TABLE, **given}) == told


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert refused({"limit": 0}).count("\n") == 2


def test_names_of_strangers_are_shown_as_far_as_they_can_be() -> None:
    assert refused({**TABLE, "filters": {"\x1b[2J" + "x" * 500: None}}).startswith("filters.?[2Jxxx")
    assert "\x1b" not in refused({**TABLE, "\x1b[2J": 1})


def test_the_language_is_known_before_the_rest_is_read() -> None:
    assert [language_of({"lang": given}) for given in ("vi", "en", "fr", 1, None)] == ["vi", "en", "en", "en", "en"]


def test_schemas_tell_what_is_refused_and_repeat_nothing() -> None:
    for tool in TOOLS.values():
        schema = tool.declared.input_schema
        assert schema["additionalProperties"] is False
        for described in schema["properties"].values():
            assert described["description"]
            assert "title" not in described
    rows = TOOLS["query"].declared.output_schema
    assert rows is not None
    assert "title" in rows["properties"], "a property of this name is no repetition"
