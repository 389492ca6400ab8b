"""A misspelt name is answered with the nearest one there is, be it a field or a parameter."""

from __future__ import annotations

import pytest

from datasets.errors import Problem, QueryInvalid
from portal.query.model import Filter, Query
from portal.query.names import check_cube_names
from tests.support.cubes import axis, cube, measure

CUBE = cube([axis("agegroup", ["a", "b"]), axis("ordrkind", ["a", "b"])], [measure("cases")])


def problem(name: str) -> Problem:
    with pytest.raises(QueryInvalid) as caught:
        check_cube_names(Query("x", filters=(Filter(name, "eq", ("a",)),)), CUBE)
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("grup", "group"),
        ("age_grup", "agegroup"),
        ("age-group", "agegroup"),
        ("ordr", "order"),
        ("ordrkin", "ordrkind"),
        ("case", "cases"),
        ("agegroup_in", "agegroup__in"),
    ],
)
def test_the_nearest_of_fields_and_parameters_is_offered(wrong: str, meant: str) -> None:
    assert problem(wrong).remedy.startswith(f"Did you mean {meant}? Known here: agegroup, ")


def test_nothing_is_offered_where_nothing_is_near() -> None:
    assert problem("zzz").remedy.startswith("Known here: agegroup, ")


def test_a_name_of_any_length_is_shown_in_short() -> None:
    assert problem("x" * 5_000).place == f"'{'x' * 60}…'"
