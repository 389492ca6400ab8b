"""Work is charged to whoever asked for it: in whichever thread, whenever it ends, and however."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.public.measured_work import measured, paid_by


def busy(rounds: int) -> int:
    return sum(range(rounds))


def test_what_nobody_pays_for_is_not_measured() -> None:
    assert measured(busy) is busy


def test_work_in_another_thread_is_charged_to_who_began_it_also_later() -> None:
    paid: list[float] = []
    with paid_by(paid.append):
        work = measured(busy)
    assert paid == []
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(work, 1_000_000).result() == busy(1_000_000)
    (seconds,) = paid
    assert 0.001 < seconds < 5
    assert measured(busy) is busy


def test_work_that_fails_is_charged_all_the_same() -> None:
    paid: list[float] = []
    with paid_by(paid.append), pytest.raises(TypeError):
        measured(busy)("x")  # type: ignore[arg-type]
    assert len(paid) == 1
