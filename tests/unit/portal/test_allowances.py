"""Nobody uses more than the allowance over any stretch of time, and who has to wait is told for how long."""

from __future__ import annotations

import math
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.public.allowances import DAY, MINUTE, Account, Accounts, Allowance, Wait, day_of

# 17:00 in UTC is midnight in Viet Nam.
MIDNIGHT = 17 * 3_600.0

steps = st.lists(st.tuples(st.floats(0, 90), st.floats(0, 40)), min_size=1, max_size=60)


@given(per_minute=st.integers(1, 200), per_day=st.integers(0, 300), steps=steps)
def test_no_stretch_of_time_holds_more_than_the_allowance(
    per_minute: int, per_day: int, steps: list[tuple[float, float]]
) -> None:
    """What the last request of a stretch costs beyond its unit is known too late to be part of the bound."""
    account, now = Account(Allowance(per_minute, per_day), MIDNIGHT), MIDNIGHT
    let_in: list[tuple[float, float]] = []
    for pause, work in steps:
        now += pause
        if account.begin(now) is None:
            account.spend(work)
            account.end()
            let_in.append((now, 1 + work))
    for first, (begun, _) in enumerate(let_in):
        used = 0.0
        for moment, cost in let_in[first:]:
            assert used + 1 <= per_minute * (1 + (moment - begun) / MINUTE) + 1e-6
            used += cost
    if per_day:
        for day in {day_of(moment) for moment, _ in let_in}:
            *before, _ = [cost for moment, cost in let_in if day_of(moment) == day]
            assert sum(before) + 1 <= per_day + 1e-6


@given(per_minute=st.integers(1, 200), per_day=st.integers(0, 300), steps=steps)
@example(per_minute=1, per_day=0, steps=[(0.0, 24.0), (53.0, 0.0)])
def test_who_waits_as_long_as_told_is_let_in_and_not_a_second_before(
    per_minute: int, per_day: int, steps: list[tuple[float, float]]
) -> None:
    account, now = Account(Allowance(per_minute, per_day), MIDNIGHT), MIDNIGHT
    for pause, work in steps:
        now += pause
        wait = account.begin(now)
        if wait is not None:
            assert wait.seconds >= 1
            if wait.seconds > 2 and wait.rule == "minute":
                assert account.begin(now + wait.seconds - 1.5) is not None
            now += wait.seconds
            again = account.begin(now)
            if again is not None:
                # The day that was waited for has come, and of the minute there is still too little.
                assert wait.rule != again.rule
                now += again.seconds
                assert account.begin(now) is None
        account.spend(work)
        account.end()


@given(
    units=st.integers(1, 1_000),
    calls=st.lists(st.floats(0, 300), min_size=1, max_size=50),
)
def test_calls_that_cost_a_unit_are_counted_exactly(units: int, calls: list[float]) -> None:
    account, let_in = Account(Allowance(units), 0.0), 0
    for now in sorted(calls):
        let_in += account.begin(now) is None
        assert let_in <= units + units * now / MINUTE + 1e-6
    assert let_in == len(calls) or let_in >= units


def test_a_minute_of_rest_gives_everything_back_and_no_more() -> None:
    account = Account(Allowance(6), 0.0)
    assert [account.begin(0.0) for _ in range(6)] == [None] * 6
    assert account.begin(0.0) == Wait("minute", 10)
    assert account.begin(9.0) == Wait("minute", 1)
    assert account.begin(10.0) is None
    assert account.left(10.0)[:2] == (0, 60)
    assert account.left(3_600.0)[:2] == (6, 0)


def test_what_was_used_beyond_the_allowance_has_to_come_back() -> None:
    account = Account(Allowance(60), 0.0)
    assert account.begin(0.0) is None
    account.spend(119)
    assert account.begin(0.0) == Wait("minute", 61)
    assert account.left(0.0)[:2] == (0, 120)


def test_a_clock_that_is_set_back_gives_nothing_back_and_takes_nothing() -> None:
    account = Account(Allowance(6), 1_000.0)
    account.spend(6)
    assert account.begin(0.0) == Wait("minute", 10)
    assert account.begin(10.0) is None


def test_a_day_is_one_of_viet_nam() -> None:
    account = Account(Allowance(0, per_day=2), MIDNIGHT - 1.5)
    assert [account.begin(MIDNIGHT - 1.5) for _ in range(3)] == [None, None, Wait("day", 2)]
    assert account.left(MIDNIGHT - 1.5) == (None, 0, 0, 2)
    assert account.begin(MIDNIGHT) is None
    assert account.left(MIDNIGHT).day == 1
    assert account.left(MIDNIGHT).day_seconds == DAY


def test_requests_at_once_are_counted_while_they_are_answered() -> None:
    account = Account(Allowance(at_once=2), 0.0)
    assert [account.begin(0.0) for _ in range(3)] == [None, None, Wait("at-once", 1)]
    account.end()
    assert account.begin(0.0) is None


def test_no_limit_is_none() -> None:
    account = Account(Allowance(), 0.0)
    for _ in range(10_000):
        assert account.begin(0.0) is None
        account.spend(1_000)
    assert account.left(0.0) == (None, 0, None, 0)


def test_an_allowance_that_changes_is_kept_to_at_once() -> None:
    accounts = Accounts(2)
    accounts.of("a", Allowance(5), 0.0).spend(5)
    account = accounts.of("a", Allowance(5, at_once=1), 0.0)
    assert account.begin(0.0) == Wait("minute", 12)
    assert accounts.of("a", Allowance(0), 0.0).begin(0.0) is None


def test_only_the_last_callers_are_remembered() -> None:
    accounts = Accounts(2)
    for caller in ("a", "b", "a", "c"):
        accounts.of(caller, Allowance(1), 0.0).spend(1)
    assert len(accounts) == 2
    assert accounts.of("a", Allowance(1), 0.0).begin(0.0) is not None
    assert accounts.of("b", Allowance(1), 0.0).begin(0.0) is None


@pytest.mark.parametrize("callers", [50_000])
def test_however_many_callers_there_are_they_take_little_memory(callers: int) -> None:
    accounts, allowance = Accounts(1_000), Allowance(10)
    tracemalloc.start()
    for number in range(callers):
        accounts.of(f"2001:db8:{number:x}::/64", allowance, 0.0)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(accounts) == 1_000
    assert grown < 1_000 * 600


def test_the_seconds_of_a_wait_are_whole() -> None:
    account = Account(Allowance(7), 0.0)
    account.spend(7)
    wait = account.begin(0.0)
    assert wait == Wait("minute", math.ceil(60 / 7))
