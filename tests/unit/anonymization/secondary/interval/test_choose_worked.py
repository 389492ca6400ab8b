"""Which columns are withheld in the end, in one sum worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anonymization.relations import Ints
from anonymization.secondary.interval import choose
from anonymization.secondary.interval.choose import _begun, _starts, _thinned, mended, widen
from anonymization.secondary.interval.pattern import Pattern
from tests.unit.anonymization.secondary.interval.test_pattern_worked import INF, demand, flags, marks


def chosen(withheld: str, effort: int = 0, **given: float) -> tuple[str, list[tuple[int, int]]]:
    found, lost = widen(demand(**given), flags(withheld), seed=1, effort=effort)  # type: ignore[arg-type]
    return marks(found), lost


def test_beginning_with_nothing_is_tried_as_well_and_the_cheaper_pattern_kept() -> None:
    assert chosen(".....") == ("xx...", [])
    assert chosen("....x") == ("xx...", [])
    assert chosen(".xxxx") == ("xx...", [])


def test_in_large_systems_only_what_was_given_is_begun_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "MANY", 5)
    assert chosen("....x") == ("xx...", [])
    monkeypatch.setattr(choose, "MANY", 4)
    assert chosen("....x") == ("x...x", [])
    # The search finds the cheaper one after all, where it may.
    assert chosen("....x", effort=1_000_000) == ("xx...", [])


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("CLOSE", 1.15, ["xx...", "xx..."]),
        ("CLOSE", 8.9, ["xx...", "xx..."]),
        ("CLOSE", 9.0, ["x...x", "xx...", "xx..."]),  # what is given costs nine times as much
        ("WIDENING", 0, ["x...x"]),
        ("MANY", 5, ["xx...", "xx..."]),
        ("MANY", 4, ["x...x"]),
    ],
)
def test_ways_to_begin_that_are_not_too_dear(
    name: str, value: float, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose, name, value)
    first, lost = _begun(demand(), flags("....x"))
    assert lost == []
    assert [marks(one.withheld) for one in _starts(demand(), first, flags("....x"))] == expected


def test_the_largest_sides_come_first_and_then_the_smallest(monkeypatch: pytest.MonkeyPatch) -> None:
    two = replace(demand(), upper=np.array([2.0, 0.0, 1.0, 0.0, 0.0]))
    asked: list[list[tuple[int, int]]] = []

    def widen_all(self: Pattern, sides: list[tuple[int, int]], *, effort: float) -> list[tuple[int, int]]:
        assert effort == choose.WIDENING
        asked.append(sides)
        return []

    first = Pattern(two, flags("....x"))
    monkeypatch.setattr(Pattern, "widen", widen_all)
    assert len(_starts(two, first, flags("....x"))) == 2  # the others cost nothing here
    assert asked == [[(0, 1), (2, 1)], [(2, 1), (0, 1)]]
    # What is unknown anyway is nothing, and has been begun with already.
    _starts(two, first, flags("x...."))
    assert asked[2:] == [[(2, 1), (0, 1)]]


class Start:
    """A pattern that becomes cheaper as it is told, and leaves a column to look at."""

    def __init__(self, costs: list[float], left: int) -> None:
        self.cost, self._costs, self._left = 9.0, costs, left
        self.asked: list[tuple[list[int], float]] = []

    def chosen(self) -> Ints:
        return np.array([1, 2, 3])

    def publish(self, columns: Ints, *, effort: float) -> Ints:
        self.asked.append((columns.tolist(), effort))
        self.cost = self._costs.pop(0)
        return np.array([self._left])


def test_what_is_the_cheapest_after_a_trial_is_thinned_to_the_end() -> None:
    one, other, third = Start([5.0], 1), Start([4.0, 3.0], 2), Start([4.5], 3)
    kept: object = _thinned([one, other, third])  # type: ignore[list-item]
    assert kept is other
    assert one.asked == third.asked == [([1, 2, 3], choose.TRIAL)]
    assert other.asked == [([1, 2, 3], choose.TRIAL), ([2], choose.THINNING)]


def test_what_is_alone_needs_no_trial() -> None:
    one = Start([5.0], 1)
    kept: object = _thinned([one])  # type: ignore[list-item]
    assert kept is one
    assert one.asked == [([1, 2, 3], choose.THINNING)]


def test_thinning_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "MANY", 0)
    two = demand(fall=[INF, 1.0, 1.0, INF, INF])  # the first two together would do, the third alone does as well
    together = flags(".xx.x")
    assert marks(widen(two, together, seed=1, effort=0)[0]) == "xxx.."
    short = demand(fall=[INF, 1.0, INF, INF, INF])  # the deviation goes through two, and one of them would do
    assert marks(widen(short, flags(".x.x."), seed=1, effort=0)[0]) == "x..x."
    monkeypatch.setattr(choose, "THINNING", 0)
    assert marks(widen(short, flags(".x.x."), seed=1, effort=0)[0]) == "xx.x."


def test_what_protects_nothing_is_published() -> None:
    assert chosen("..x.x", up=0.0) == ("x....", [])
    nothing, _ = mended(demand(up=0.0), flags("..x.x"))
    assert nothing is not None
    assert marks(nothing) == "x...."


def test_where_a_side_is_beyond_help_it_is_told_and_what_was_given_stays() -> None:
    hopeless = replace(demand(), fall=np.array([INF, 0.0, 0.0, 0.0, 0.0]), rise=np.array([INF, INF, INF, INF, 0.0]))
    found, lost = widen(hopeless, flags("..x.."), seed=1, effort=0)
    assert (marks(found), lost) == ("x.x..", [(0, 1)])
    pattern, work = mended(hopeless, flags("..x.."))
    assert pattern is None
    assert work > 0


def test_mending_keeps_what_it_was_given_as_far_as_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    for withheld, expected in (("....x", "x...x"), (".....", "xx..."), (".xxxx", "xx..."), ("..xx.", "x..x.")):
        pattern, work = mended(demand(), flags(withheld))
        assert pattern is not None
        assert marks(pattern) == expected
        assert work > 0
    monkeypatch.setattr(choose, "MENDING", 0)
    pattern, _ = mended(demand(fall=[INF, 1.0, INF, INF, INF]), flags(".x.x."))
    assert pattern is not None
    assert marks(pattern) == "xx.x."
