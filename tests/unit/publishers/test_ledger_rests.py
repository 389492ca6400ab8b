"""What staff are told of small rests that editions of nested periods leave of each other."""

from __future__ import annotations

from typing import Any

import pytest

from anonymization.chosen_cells import Chosen
from anonymization.table import TableSet
from publishers import ledger_rests
from publishers.ledger_rests import of_rests, reasons
from tests.unit.anonymization.builders import rules
from tests.unit.anonymization.test_rests_over_time import before, present


def year(**changes: Any) -> TableSet:
    """A year that leaves small rests of nine months in two areas."""
    earlier = (before([48, 18, 24, 6], (0, 9), "2026-9m"), before([90, 30, 40, 20], (0, 24), "2026-2027"))
    return present([60, 20, 30, 10], earlier=earlier, **changes)


def test_staff_are_told_how_many_cells_are_withheld_for_rests() -> None:
    (told,) = of_rests(year(), rules())
    assert told.rule.startswith("2 of its cells leave small numbers of people of 2026-9m, 2026-2027, in days that no")
    assert "publish the days that are left as editions of their own" in told.remedy


def test_nothing_is_told_where_nothing_is_left() -> None:
    assert list(of_rests(present([60, 20, 30, 10]), rules())) == []
    enough = present([60, 20, 30, 10], earlier=(before([30, 10, 15, 5], (0, 9)),))
    assert list(of_rests(enough, rules())) == []
    assert list(reasons(enough, rules(), seed=0)) == []


def test_a_refusal_says_that_rests_are_the_reason() -> None:
    shown = Chosen("always_shown", {"area": frozenset({1})}, frozenset({"all"}))
    (told,) = reasons(year(always_shown=(shown,)), rules(), seed=0)
    assert told.rule.endswith("that is the reason, without it the release could be protected")


def test_a_refusal_for_another_reason_says_nothing_of_rests() -> None:
    shown = Chosen("always_shown", {"area": frozenset({3})}, frozenset({"all"}))
    tables = year(always_shown=(shown,))
    assert list(reasons(tables, rules(threshold=11), seed=0)) == []


def test_of_large_releases_the_reason_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_rests, "TRIED_CELLS", 3)
    (told,) = reasons(year(), rules(), seed=0)
    assert told.rule.endswith("that may be the reason, and was not tried")


def test_days_that_cross_are_called_other_editions() -> None:
    """An edition that ends in the present one and one that begins with it make up a longer one."""
    parts = (before([30, 10, 15, 5], (-3, 3), "early"), before([78, 28, 39, 11], (-3, 12), "long"))
    (told,) = of_rests(present([50, 19, 25, 6], (3, 15), earlier=parts), rules())
    assert "small numbers of people of other editions" in told.rule
