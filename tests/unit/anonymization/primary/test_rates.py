"""Rates: the first reason is told, and parts that cannot be used are refused."""

from __future__ import annotations

import numpy as np
import pytest

from anonymization.primary.rates import RateReason, Rates, judge_rates
from datasets.disclosure import Denominators
from datasets.errors import DisclosureRuleInvalid

CELLS = np.array([4.0, 30.0, 500.0, 5000.0, 0.0, -7.0, np.nan])
NOTHING_HIDDEN = np.zeros(7, dtype=np.bool_)


def rates(*pairs: tuple[int, int], events: list[int] | None = None) -> Rates:
    above, below = (np.array(one, dtype=np.int64) for one in zip(*pairs, strict=True))
    return Rates(above, below, None if events is None else np.array(events))


def test_without_a_rule_only_a_withheld_part_and_nothing_below_the_line_count() -> None:
    hidden = np.array([True, False, False, False, False, False, False])
    found = judge_rates(CELLS, rates((0, 3), (3, 0), (1, 4), (1, 3)), None, withheld=hidden)
    assert found.tolist() == [
        RateReason.PART_WITHHELD,
        RateReason.PART_WITHHELD,
        RateReason.UNDEFINED,
        RateReason.SHOWN,
    ]


def test_what_a_rule_does_not_ask_for_is_not_needed() -> None:
    nothing_over_something = rates((4, 3))
    for rule in (None, Denominators(population=1000)):
        found = judge_rates(CELLS, nothing_over_something, rule, withheld=NOTHING_HIDDEN)
        assert found.tolist() == [RateReason.SHOWN]
    small = np.array([1.0, 0.5])
    assert judge_rates(small, rates((0, 1)), Denominators(events=1), withheld=np.zeros(2, np.bool_)).tolist() == [0]


def test_the_first_reason_is_told() -> None:
    rule = Denominators(events=20, population=1000)
    found = judge_rates(CELLS, rates((0, 2), (1, 2), (1, 3), (1, 4)), rule, withheld=NOTHING_HIDDEN)
    assert found.tolist() == [
        RateReason.FEW_EVENTS,
        RateReason.SMALL_DENOMINATOR,
        RateReason.SHOWN,
        RateReason.SMALL_DENOMINATOR,
    ]


def test_a_mean_rests_on_the_values_that_are_averaged() -> None:
    rule = Denominators(events=8)
    means = rates((2, 0), (2, 1), (5, 1), events=[0, 1, 1])
    found = judge_rates(CELLS, means, rule, withheld=NOTHING_HIDDEN)
    assert found.tolist() == [RateReason.FEW_EVENTS, RateReason.SHOWN, RateReason.SHOWN]


def test_a_rate_follows_the_cell_that_counts_its_events() -> None:
    hidden = np.array([False, True, False, False, False, False, False])
    assert judge_rates(CELLS, rates((2, 3), events=[1]), None, withheld=hidden).tolist() == [RateReason.PART_WITHHELD]


def test_a_table_without_rates_has_none_to_judge() -> None:
    none = Rates(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    assert judge_rates(CELLS, none, None, withheld=NOTHING_HIDDEN).tolist() == []


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: rates((0, 7)), "not one of the cells"),
        (lambda: rates((-1, 3)), "not one of the cells"),
        (lambda: rates((5, 3)), "not be negative"),
        (lambda: rates((0, 5)), "not be negative"),
        (lambda: rates((0, 6)), "must be given"),
        (lambda: Rates(np.array([0]), np.array([1, 2])), "a cell above and a cell below"),
    ],
)
def test_parts_that_cannot_be_used_are_refused(made: object, message: str) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=f"rates: .*{message}"):
        judge_rates(CELLS, made(), None, withheld=NOTHING_HIDDEN)  # type: ignore[operator]
