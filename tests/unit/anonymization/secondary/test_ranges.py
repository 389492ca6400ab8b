"""Ranges of what earlier releases withheld and the present one has no more: as much as can be had."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from anonymization.primary.cells import SensitiveCells
from anonymization.secondary.knowledge import Knowledge
from anonymization.secondary.ranges import Ranges

NO_NODES = np.zeros(2, dtype=np.bool_)


def then(was: float, total: float) -> Knowledge:
    """Two nodes that are shown, 20 and 30; a cell of then, its neighbour (the second node), and their known sum."""
    return Knowledge(
        matrix=sparse.csr_array(np.array([[0, 1, 1, -1]])),
        truth=np.array([20.0, total - was, was, total]),
        lower=np.array([1.0, 1.0, 1.0, -np.inf]),
        integer=True,
        exact=True,
        present=np.ones(2, dtype=np.bool_),
        shown=np.ones(2, dtype=np.bool_),
        guarded=np.array([False, False, True, False]),
        told=np.array([3]),
        counting=True,
    )


def widened(known: Knowledge, before: float) -> tuple[list[bool], list[bool]]:
    wanted = SensitiveCells(NO_NODES, NO_NODES[:0], np.zeros(2), np.zeros(0))
    ranges = Ranges(known, wanted, np.ones(2), before=before, seed=1)
    withheld, helpless = ranges.widen(NO_NODES, ~NO_NODES)
    return withheld.tolist(), helpless.tolist()


def test_a_cell_of_then_can_seem_to_reach_the_threshold() -> None:
    assert widened(then(3, 33), before=10) == ([False, True], [False, False])


@pytest.mark.parametrize(("was", "before"), [(3, 0), (12, 10)])
def test_what_is_large_enough_or_asked_for_nothing_needs_no_range(was: float, before: float) -> None:
    assert widened(then(was, 33), before) == ([False, False], [False, False])


def test_a_cell_of_then_that_its_own_release_left_no_range_stops_nothing() -> None:
    """With a sum of five it can never have been ten."""
    _, helpless = widened(then(3, 5), before=10)
    assert helpless == [False, False]


def row(truth: list[float], shown: list[bool] | None = None, guarded: bool = False) -> Knowledge:
    """Cells that add up to the last, which is their total; with `guarded` the last part is a rest, never shown."""
    width = len(truth)
    nodes = width - guarded
    order = [*range(width - 2), width - 1, width - 2] if guarded else list(range(width))  # a rest stands at the end
    signs = np.array([*[1] * (width - 1), -1])
    return Knowledge(
        matrix=sparse.csr_array(signs[order][None, :]),
        truth=np.array(truth)[order],
        lower=np.ones(width),
        integer=True,
        exact=True,
        present=np.ones(nodes, dtype=np.bool_),
        shown=np.array(shown or [True] * nodes),
        guarded=np.arange(width) >= nodes,
        counting=True,
    )


def ranges_of(known: Knowledge, reach: list[float], price: list[float], rest: float | None = None) -> Ranges:
    """The nodes that have a `reach` are small, and so is the rest, where there is one."""
    wide = np.array(reach)
    rests = [] if rest is None else [rest]
    small = SensitiveCells(wide > 0, np.ones(len(rests), dtype=np.bool_), wide, np.array(rests))
    return Ranges(known, small, np.array(price), before=0.0, seed=1)


def flags(text: str) -> npt.NDArray[np.bool_]:
    return np.array([letter == "x" for letter in text])


def marks(nodes: npt.NDArray[np.bool_]) -> str:
    return "".join("x" if one else "." for one in nodes)


@pytest.mark.parametrize(
    ("neighbours", "price", "candidates", "expected"),
    [
        ((20, 30), [1, 1, 2, 9], ".xxx", "xx.."),  # the cheapest that may be withheld
        ((20, 30), [1, 1, 2, 9], "..xx", "x.x."),  # the cheapest must be shown
        ((20, 30), [1, 9, 9, 2], ".xxx", "x..x"),
        ((8, 30), [1, 1, 9, 20], ".xxx", "xx.."),  # the neighbour can fall from 8 to 1: 3 could be 10
        ((7, 30), [1, 1, 9, 20], ".xxx", "x.x."),  # from 7 to 1 only: 3 could be 9 at most
        ((7, 7), [1, 1, 2, 99], ".xxx", "xxx."),  # both together can
    ],
)
def test_a_small_cell_is_widened_by_what_costs_least_and_is_wide_enough(
    neighbours: tuple[float, float], price: list[float], candidates: str, expected: str
) -> None:
    ranges = ranges_of(row([3, *neighbours, 3 + sum(neighbours)]), [10, 0, 0, 0], price)
    withheld, helpless = ranges.widen(flags("x..."), flags(candidates))
    assert (marks(withheld), marks(helpless)) == (expected, "....")


def test_a_small_cell_that_nothing_may_widen_is_named() -> None:
    ranges = ranges_of(row([3, 20, 30, 53]), [10, 0, 0, 0], [1.0] * 4)
    withheld, helpless = ranges.widen(flags("x..."), flags("...."))
    assert (marks(withheld), marks(helpless)) == ("x...", "x...")
    # What was helpless is asked for again when more may be withheld.
    assert marks(ranges.widen(flags("x..."), flags("..x."))[0]) == "x.x."


def test_a_cell_just_below_the_threshold_is_widened_too() -> None:
    """9 could be 10: it must be able to rise by exactly one."""
    ranges = ranges_of(row([9, 20, 29]), [10, 0, 0], [1, 1, 5])
    assert marks(ranges.widen(flags("x.."), flags(".xx"))[0]) == "xx."


def test_what_is_at_its_reach_already_must_still_be_able_to_rise_by_one() -> None:
    ranges = ranges_of(row([12, 20, 32]), [10, 0, 0], [1, 1, 5])
    assert marks(ranges.widen(flags("x.."), flags(".xx"))[0]) == "xx."


@pytest.mark.parametrize(
    ("reach", "withheld", "shown"),
    [
        ([0, 0, 0, 0], "x...", "xxxx"),  # withheld, but not small
        ([0, 10, 0, 0], "x...", "xxxx"),  # small, but not withheld: someone else's business
        ([10, 0, 0, 0], "....", ".xxx"),  # small, in no table that is shown
        ([10, 0, 0, 0], "x...", ".xxx"),
    ],
)
def test_only_small_cells_withheld_from_a_table_that_is_shown_are_widened(
    reach: list[float], withheld: str, shown: str
) -> None:
    ranges = ranges_of(row([3, 4, 30, 37], shown=flags(shown).tolist()), reach, [1.0] * 4)
    found, helpless = ranges.widen(flags(withheld), flags(shown))
    assert (marks(found), marks(helpless)) == (withheld, "....")


def test_a_cell_that_becomes_small_later_is_widened_then() -> None:
    known = row([3, 4, 30, 37])
    ranges = ranges_of(known, [10, 10, 0, 0], [1, 1, 2, 99])
    assert marks(ranges.widen(flags("...."), flags("..xx"))[0]) == "...."
    assert marks(ranges.widen(flags(".x.."), flags("..xx"))[0]) == ".xx."
    assert marks(ranges.widen(flags("x..."), flags("..xx"))[0]) == "x.x."


def test_a_small_rest_is_widened_by_its_part_or_its_whole() -> None:
    """Eighteen of twenty: the rest is two, and could be five once the part is withheld."""
    known = row([18, 2, 20], guarded=True)
    assert marks(ranges_of(known, [0, 0], [1, 2], rest=5).widen(flags(".."), flags("xx"))[0]) == "x."
    assert marks(ranges_of(known, [0, 0], [2, 1], rest=5).widen(flags(".."), flags("xx"))[0]) == ".x"
    withheld, helpless = ranges_of(known, [0, 0], [1, 1], rest=5).widen(flags(".."), flags(".."))
    assert (marks(withheld), marks(helpless)) == ("..", "xx")


@pytest.mark.parametrize(("part", "expected"), [(4, "x."), (3, ".x")])
def test_a_rest_can_rise_by_no_more_than_its_part_can_fall(part: float, expected: str) -> None:
    """A rest of two that must seem able to be five: a part of four can fall by three, one of three by two only."""
    known = row([part, 2, part + 2], guarded=True)
    assert marks(ranges_of(known, [0, 0], [1, 2], rest=5).widen(flags(".."), flags("xx"))[0]) == expected


def test_what_is_wide_by_turns_needs_nothing_else() -> None:
    """Two cells of one sum cannot rise together, but each can at another time."""
    ranges = ranges_of(row([8, 20, 28]), [10, 25, 0], [1.0] * 3)
    withheld, helpless = ranges.widen(flags("xx."), flags("xxx"))
    assert (marks(withheld), marks(helpless)) == ("xx.", "...")
