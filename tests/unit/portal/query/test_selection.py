"""Periods found by bisection are those that comparing each of them finds."""

from __future__ import annotations

import itertools
import operator

import pytest

from datasets.errors import QueryInvalid
from portal.query.model import Filter
from portal.query.selection import use_axis
from tests.support.cubes import axis

MONTHS = [f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13)]
COMPARE = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
VALUES = ("2022", "2023", "2023-0", "2023-1", "2023-12", "2024-01", "2024-07", "2025-01")


def chosen(codes: list[str], *filters: Filter) -> tuple[str, ...]:
    return use_axis(axis("month", codes, role="time"), filters, grouped=True).members or ()


@pytest.mark.parametrize("first", COMPARE)
@pytest.mark.parametrize("second", COMPARE)
@pytest.mark.parametrize("codes", [MONTHS, MONTHS[::-1]], ids=["in order", "out of order"])
def test_two_comparisons_of_periods(first: str, second: str, codes: list[str]) -> None:
    """Out of order, each is compared; in order, both ends are looked up."""
    for low, high in itertools.product(VALUES, VALUES):
        wanted = tuple(
            code for code in codes if COMPARE[first](code[: len(low)], low) and COMPARE[second](code[: len(high)], high)
        )
        filters = Filter("month", first, (low,)), Filter("month", second, (high,))
        if wanted:
            assert chosen(codes, *filters) == wanted
        else:
            with pytest.raises(QueryInvalid, match="no published member of month satisfies this"):
                chosen(codes, *filters)


@pytest.mark.parametrize("codes", [MONTHS, MONTHS[::-1]], ids=["in order", "out of order"])
@pytest.mark.parametrize("value", ["2024-Q1", "2024-01-01", "sex"])
def test_what_is_no_period_of_this_kind(codes: list[str], value: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        chosen(codes, Filter("month", "gte", (value,)))
    (problem,) = caught.value.problems
    assert problem.rule == f"'{value}' is not a period of this kind"
    assert problem.remedy == f"Write it like {codes[0]}"
