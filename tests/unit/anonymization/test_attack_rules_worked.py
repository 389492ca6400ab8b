"""What nobody may find out, worked out by hand: from which numbers on, and how far off sums must seem able to be."""

from __future__ import annotations

from typing import Any

import pytest

from anonymization.attack_rules import _excess, _reach, secrets_of
from datasets.cell_rules import Facilities
from datasets.disclosure import ZeroPolicy
from tests.unit.anonymization.amounts import Paid, amounts, asking
from tests.unit.anonymization.builders import rules

SIZES = [1000.0, 900.0, 60.0, 10.0]
"""Of 1000 the largest has 900, the next 60, and the third 10."""


@pytest.mark.parametrize(
    ("rule", "excess"),
    [
        ({"p_percent": {"p": 10}}, 90 - 40),  # others have 40, and a tenth of 900 is asked for
        ({"p_percent": {"p": 10, "coalition": 2}}, 90 - 30),  # the next two know of each other
        ({"p_percent": {"p": 4}}, None),  # 36 of 40
        ({"p_q": {"p": 10, "q": 50}}, 180 - 40),
        ({"p_q": {"p": 10, "q": 50, "coalition": 2}}, 180 - 30),
        ({"dominance": {"n": 1, "k": 80}}, 900 / 0.8 - 1000),
        ({"dominance": [{"n": 1, "k": 90}, {"n": 2, "k": 75}]}, 960 / 0.75 - 1000),
        ({"dominance": {"n": 1, "k": 90}}, None),  # 90 % exactly
        ({"dominance": {"n": 1, "k": 80}, "p_percent": {"p": 10}}, 125),  # the larger
    ],
)
def test_a_sum_is_at_risk_by_what_the_rules_ask_beyond_what_others_have(rule: Any, excess: float | None) -> None:
    found = _excess(SIZES, asking(**rule))
    assert found == (None if excess is None else pytest.approx(excess))
    assert _excess([0.0, 0.0, 0.0, 0.0], asking(**rule)) is None
    assert _excess(SIZES, rules()) is None


@pytest.mark.parametrize(
    ("count", "zeros", "expected"),
    [(0, "publish", None), (0, "protect", 5.0), (1, "publish", 5.0), (4, "publish", 5.0), (5, "publish", None)],
)
def test_small_counts_must_seem_able_to_be_the_threshold(count: int, zeros: ZeroPolicy, expected: float | None) -> None:
    assert _reach(count, None, rules(5, zeros)) == expected


@pytest.mark.parametrize(
    ("count", "units", "expected"),
    [
        (10_000, 2, 11_000.0),  # a tenth more
        (10_001, 2, 11_002.0),  # rounded up
        (20, None, 22.0),  # facilities that nobody counted are too few
        (7, 2, 8.0),
        (10_000, 3, None),
        (4, 2, 5.0),
        (4, 3, 5.0),
    ],
)
def test_counts_of_too_few_facilities_must_seem_able_to_be_a_tenth_more(
    count: int, units: int | None, expected: float | None
) -> None:
    asked = rules(5).model_copy(update={"units": Facilities(column="hospital", fewest=3)})
    assert _reach(count, units, asked) == expected


def paid(*cells: dict[str, float]) -> list[Paid]:
    return [Paid((f"a{at}",), who, much) for at, own in enumerate(cells, 1) for who, much in own.items()]


OTHERS = {"h": 50.0, "i": 60.0, "j": 70.0, "k": 55.0}


def test_bounds_and_what_contributors_have_are_told_where_ranges_are_asked_for() -> None:
    """Of 1070 one has 1000 and the others 70, the largest of them 40: seventy more or less are asked for."""
    tables = amounts(paid({"x": 1000.0, "y": 30.0, "z": 40.0}, OTHERS, OTHERS, OTHERS), [4])
    found = secrets_of(tables, asking())
    assert found.seen == {("all", (1,), False)}
    assert found.unseen == set()
    assert found.bounds == {"paid": {("all", (1,), False): (1000.0, 1140.0)}}
    assert found.held == {"paid": {("all", (at,), False): held for at, held in enumerate([1000, 1000, 70, 70, 70])}}
    exact = secrets_of(tables, asking("exact"))
    assert exact.seen == {("all", (1,), False)}
    assert (exact.bounds, exact.held) == ({}, {})


def test_a_sum_is_never_asked_to_seem_less_than_what_its_parts_are_at_least() -> None:
    """All are multiples of ten, so that each of three parts is at least ten, and their total thirty."""
    tables = amounts(paid({"x": 1000.0}, {"y": 10.0}, {"z": 10.0}), [3])
    found = secrets_of(tables, asking(dominance={"n": 1, "k": 1})).bounds["paid"]
    assert found["all", (0,), False] == (30.0, 100_000.0)
    assert found["all", (1,), False] == (10.0, 100_000.0)
    assert found["all", (2,), False] == (10.0, 1_000.0)
