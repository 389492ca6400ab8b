"""Expressions choose the values that PxWeb's rules say, of one level where values are of several."""

from __future__ import annotations

import re

import pytest

from datasets.errors import QueryInvalid
from portal.public.pxweb.expressions import chosen_codes, is_expression
from portal.public.pxweb.variables import Variable, variables_of
from portal.query.formats_json_stat import METRIC
from tests.support.cubes import axis, cube, measure

PLACES = [
    ("N", "region", ""),
    ("01", "province", "N"),
    ("02", "province", "N"),
    ("S", "region", ""),
    ("79", "province", "S"),
]
PERIODS = [
    ("2024", "year", ""),
    ("2024-Q1", "quarter", "2024"),
    *((f"2024-0{month}", "month", "2024-Q1") for month in (1, 2, 3)),
    ("2024-Q2", "quarter", "2024"),
    ("2024-04", "month", "2024-Q2"),
]
VARIABLES = variables_of(
    cube(
        [
            axis("place", PLACES, levels=("region", "province"), role="geography"),
            axis("month", PERIODS, levels=("year", "quarter", "month"), role="time"),
            axis("sex", ["F", "M"], total=False),
        ],
        [measure("cases"), measure("deaths")],
    )
)


def choose(name: str, *values: str, among: tuple[str, ...] | None = None) -> list[str]:
    variable: Variable = VARIABLES[name]
    return list(chosen_codes(variable, values, variable.codes if among is None else among, place=name))


@pytest.mark.parametrize(
    ("name", "values", "codes"),
    [
        ("place", ["79", "01"], ["01", "79"]),
        ("place", ["n", "_t"], ["_T", "N"]),
        ("place", ["*"], ["_T", "N", "01", "02", "S", "79"]),
        ("place", ["0*"], ["01", "02"]),
        ("place", ["*9"], ["79"]),
        ("place", ["*0*"], ["01", "02"]),
        ("place", ["0?", "S"], ["01", "02", "S"]),
        ("place", ["top(2)"], ["01", "02"]),
        ("place", ["TOP(1,1)"], ["02"]),
        ("place", ["bottom(2)"], ["02", "79"]),
        ("place", ["bottom( 1 , 1 )"], ["02"]),
        ("place", ["top(100)"], ["01", "02", "79"]),
        ("place", ["from(02)"], ["02", "79"]),
        ("place", ["to(02)"], ["01", "02"]),
        ("place", ["range(79,02)"], ["02", "79"]),
        ("place", ["range(N,S)"], ["N", "S"]),
        ("month", ["top(2)"], ["2024-03", "2024-04"]),
        ("month", ["bottom(2)"], ["2024-01", "2024-02"]),
        ("month", ["top(1,1)"], ["2024-03"]),
        ("month", ["from(2024-03)"], ["2024-03", "2024-04"]),
        ("month", ["to(2024-Q1)"], ["2024-Q1"]),
        ("month", ["range(2024-02,2024-04)"], ["2024-02", "2024-03", "2024-04"]),
        ("sex", ["f"], ["F"]),
        (METRIC, ["*"], ["cases", "deaths"]),
        (METRIC, ["top(1)"], ["cases"]),
    ],
)
def test_what_is_chosen(name: str, values: list[str], codes: list[str]) -> None:
    assert choose(name, *values) == codes


def test_a_code_list_narrows_what_is_chosen() -> None:
    assert choose("place", "*", among=("N", "S")) == ["N", "S"]
    assert choose("place", "top(1)", among=("N", "S")) == ["N"]
    with pytest.raises(QueryInvalid, match="'01' is not known"):
        choose("place", "01", among=("N", "S"))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("99", "'99' is not known"),
        ("9*9", "is like no value of place"),
        ("*0*1*", "has more than 2 stars"),
        ("top()", "asks for a number"),
        ("top(0)", "asks for a number"),
        ("top(x)", "asks for a number"),
        ("top(1,2,3)", "asks for a number"),
        ("bottom(2,50)", "passes over all values"),
        ("from(01,02)", "asks for one code"),
        ("range(01)", "asks for one code"),
        ("to(99)", "'99' is not known"),
        ("range(N,01)", "of the same level"),
        ("range(_T,01)", "of the same level"),
        ("from(_T)", "of the same level"),
    ],
)
def test_what_chooses_nothing_is_refused_with_a_remedy(value: str, message: str) -> None:
    with pytest.raises(QueryInvalid, match=re.escape(message)) as caught:
        choose("place", value)
    (problem,) = caught.value.problems
    assert problem.place == "place"
    assert problem.remedy


def test_a_name_is_answered_with_its_code() -> None:
    with pytest.raises(QueryInvalid) as caught:
        choose("place", "79 (en)")
    assert "79" in caught.value.problems[0].remedy
    with pytest.raises(QueryInvalid, match="is not known"):
        choose(METRIC, "birth")


@pytest.mark.parametrize(
    ("value", "expected"), [("01", False), ("*", True), ("0?", True), ("top(1)", True), ("x(1)", False)]
)
def test_expressions_are_told_from_codes(value: str, expected: bool) -> None:
    assert is_expression(value) is expected
