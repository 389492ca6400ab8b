"""The interval around a rate is what the Poisson distribution says, as far as its approximation promises."""

from __future__ import annotations

import pytest
from scipy.stats import chi2

from portal.public.explore.intervals import byar, rate_interval


@pytest.mark.parametrize("events", [10, 11, 20, 57, 100, 999, 12_345])
def test_it_is_near_the_exact_interval(events: int) -> None:
    low, high = byar(events)
    assert low == pytest.approx(chi2.ppf(0.025, 2 * events) / 2, rel=0.02)
    assert high == pytest.approx(chi2.ppf(0.975, 2 * events + 2) / 2, rel=0.02)


@pytest.mark.parametrize("events", [0, 2, 3, 5, 9])
def test_of_few_events_it_is_still_near(events: int) -> None:
    low, high = byar(events)
    assert low == pytest.approx(chi2.ppf(0.025, 2 * events) / 2 if events else 0.0, rel=0.08)
    assert high == pytest.approx(chi2.ppf(0.975, 2 * events + 2) / 2, rel=0.05)


def test_a_rate_lies_within_its_interval_and_needs_people() -> None:
    low, high = rate_interval(50, 200_000, 100_000) or (0, 0)
    assert low < 25 < high
    assert rate_interval(5, 0, 1000) is None
