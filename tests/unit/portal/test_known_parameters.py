"""Parameters that a route does not have are refused, with what was probably meant."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import Path, Query
from pydantic import BaseModel, Field

from datasets.errors import QueryInvalid
from portal.public.known_parameters import FixedParameters, check_parameters


class Asked(BaseModel):
    words: str = ""
    theme: list[str] = Field(default=[])


def handler(
    dataset: Annotated[str, Path()], asked: Annotated[Asked, Query()], limit: Annotated[int, Query(ge=1)] = 100
) -> None:
    """Answer nothing."""


ROUTE = FixedParameters("/{dataset}", handler)


def check(*given: tuple[str, str]) -> None:
    check_parameters(given, ROUTE.known)


@pytest.mark.parametrize(
    "given",
    [(), (("words", ""),), (("theme", "a"), ("theme", "b")), (("limit", "5"), ("lang", "vi")), (("limit", "x"),)],
)
def test_what_a_handler_declares_may_be_given(given: tuple[tuple[str, str], ...]) -> None:
    check(*given)


@pytest.mark.parametrize(
    ("given", "place", "words"),
    [
        ([("word", "x")], "word", "Did you mean words? Known here: words, theme, limit, lang"),
        ([("dataset", "x")], "dataset", "Known here: words, theme, limit, lang"),
        ([("q", "x")], "q", "To search, ask /api/v1/search?q=…. Known here: words, theme, limit, lang"),
        ([("limit", "1"), ("limit", "1")], "limit", "Give limit once"),
        ([("lang", "vi"), ("lang", "vi")], "lang", "Give lang once"),
        ([("limit", "")], "limit", "Give it one, or leave it out"),
        ([("theme", " ")], "theme", "Give it one, or leave it out"),
        ([("lang", "fr")], "lang", "Known here: vi, en"),
        ([("\x00", "x")], "'?'", "Known here: words"),
        ([("x" * 5_000, "x")], f"'{'x' * 60}…'", "Known here: words"),
    ],
)
def test_anything_else_is_refused(given: list[tuple[str, str]], place: str, words: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        check(*given)
    (problem,) = caught.value.problems
    assert problem.place == place
    assert words in problem.remedy


def test_the_description_of_a_route_tells_of_the_language() -> None:
    extra = FixedParameters("/", lambda: None, openapi_extra={"parameters": [{"name": "x"}]}).openapi_extra
    assert extra is not None
    assert [each["name"] for each in extra["parameters"]] == ["x", "lang"]
