"""Ranges of sums that few contributors make up, worked out by hand in one sum."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from anonymization.primary.amounts import SensitiveAmounts
from anonymization.primary.sensitivity import Reason, Sensitivity
from anonymization.secondary.amount_ranges import AmountRanges
from anonymization.secondary.knowledge import Knowledge
from tests.unit.anonymization.secondary.test_ranges import flags, marks

Levels = list[tuple[float, float]]
"""For each cell by how much it must be able to seem lower and higher; none of both is not sensitive."""


def finding(levels: Levels) -> Sensitivity:
    wanted = np.array([any(own) for own in levels], dtype=np.bool_)
    lower, upper = (np.array([own[side] for own in levels], dtype=np.float64) for side in (0, 1))
    return Sensitivity(wanted, lower, upper, np.where(wanted, Reason.DOMINANCE, Reason.NONE).astype(np.int8))


def known(
    truth: list[float], *, rests: int = 0, lower: float = 1.0, integer: bool = True, scale: float = 1.0
) -> Knowledge:
    """Cells and the rests that stand after them; the last cell is the total of all others."""
    width = len(truth)
    nodes = width - rests
    signs = np.ones(width)
    signs[nodes - 1] = -1
    return Knowledge(
        matrix=sparse.csr_array(signs[None, :]),
        truth=np.array(truth),
        lower=np.full(width, lower),
        integer=integer,
        exact=True,
        present=np.ones(nodes, dtype=np.bool_),
        shown=np.ones(nodes, dtype=np.bool_),
        guarded=np.arange(width) >= nodes,
        measures=frozenset({"cost", "part"} if rests else {"cost"}),
        scale=scale,
    )


def ranges(
    given: Knowledge, cells: Levels, price: list[float], *, rests: Levels | None = None, held: list[float] | None = None
) -> AmountRanges:
    """What the attackers have in the cells is `held`, and after it what they have in the rests."""
    nodes, others = len(cells), len(rests or [])
    own = np.array(held or [0.0] * (nodes + others))
    names = frozenset({"cost", "part"})
    wanted = SensitiveAmounts("hospital", names, finding(cells), finding(rests or []), own[:nodes], own[nodes:])
    return AmountRanges(given, wanted, np.array(price), seed=1)


FIRST: Levels = [(70, 70), (0, 0), (0, 0), (0, 0)]
PRICE = [1.0, 1.0, 2.0, 9.0]


def widened(made: AmountRanges, withheld: str = "x...", candidates: str = ".xxx") -> tuple[str, str]:
    found, helpless = made.widen(flags(withheld), flags(candidates))
    return marks(found), marks(helpless)


@pytest.mark.parametrize(
    ("neighbour", "candidates", "expected"),
    [
        (71.0, ".xxx", "xx.."),  # it can fall from 71 to 1, and the first rise by 70
        (70.0, ".xxx", "x.x."),
        (71.0, "..xx", "x.x."),
        (71.0, "...x", "x..x"),
    ],
)
def test_the_cheapest_that_gives_enough_room_is_withheld(neighbour: float, candidates: str, expected: str) -> None:
    given = known([1000.0, neighbour, 300.0, 1300.0 + neighbour])
    assert widened(ranges(given, FIRST, PRICE), candidates=candidates) == (expected, "....")


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ((0, 70), "x.x."),
        ((70, 0), "xx.."),  # to fall, any other may rise without end
        ((0, 69), "xx.."),
    ],
)
def test_each_direction_has_its_own_level(levels: tuple[float, float], expected: str) -> None:
    given = known([1000.0, 70.0, 300.0, 1370.0])
    assert widened(ranges(given, [levels, *FIRST[1:]], PRICE)) == (expected, "....")


def test_no_more_is_asked_below_than_everybody_knows() -> None:
    """The first is known to be at least one, and is 50: it cannot seem lower by 70, but by 49."""
    assert widened(ranges(known([50.0, 71.0, 300.0, 421.0]), FIRST, PRICE)) == ("xx..", "....")
    # At its least value nothing is asked below, and something above all the same.
    assert widened(ranges(known([1.0, 71.0, 300.0, 372.0]), FIRST, PRICE)) == ("xx..", "....")
    assert widened(ranges(known([1.0, 71.0, 300.0, 372.0]), [(70, 0), *FIRST[1:]], PRICE)) == ("x...", "....")


def test_a_sum_that_nothing_can_give_its_range_is_named_and_asked_for_again() -> None:
    made = ranges(known([1000.0, 71.0, 300.0, 1371.0]), FIRST, PRICE)
    assert widened(made, candidates="....") == ("x...", "x...")
    assert widened(made, candidates=".xxx") == ("xx..", "....")


@pytest.mark.parametrize("levels", [(0, 70), (70, 0)])
def test_a_sum_is_named_whichever_end_of_its_range_cannot_be_had(levels: tuple[float, float]) -> None:
    made = ranges(known([1000.0, 71.0, 300.0, 1371.0]), [levels, *FIRST[1:]], PRICE)
    assert widened(made, candidates="....") == ("x...", "x...")


@pytest.mark.parametrize("levels", [(0, 1), (1, 0)])
def test_a_range_of_one_is_a_range(levels: tuple[float, float]) -> None:
    made = ranges(known([1000.0, 71.0, 300.0, 1371.0]), [levels, *FIRST[1:]], PRICE)
    assert widened(made) == ("xx..", "....")


def test_a_neighbour_at_its_least_value_cannot_fall() -> None:
    made = ranges(known([1000.0, 1.0, 300.0, 1301.0]), [(0, 1), *FIRST[1:]], PRICE)
    assert widened(made) == ("x.x.", "....")


def test_what_has_its_range_is_never_asked_for_again() -> None:
    made = ranges(known([1000.0, 71.0, 300.0, 1371.0]), FIRST, PRICE)
    assert widened(made) == ("xx..", "....")
    assert widened(made, "xx..") == ("xx..", "....")
    assert widened(made, candidates="....") == ("x...", "....")


def test_only_withheld_sensitive_sums_are_given_a_range() -> None:
    truth = [1000.0, 71.0, 300.0, 1371.0]
    assert widened(ranges(known(truth), FIRST, PRICE), "....") == ("....", "....")
    assert widened(ranges(known(truth), [(0, 0)] * 4, PRICE)) == ("x...", "....")
    both: Levels = [(70, 70), (0, 5), (0, 0), (0, 0)]
    made = ranges(known(truth), both, PRICE)
    assert widened(made) == ("xx..", "....")
    # The second is asked for once it is withheld itself.
    assert widened(made, ".x..", "..xx") == (".xx.", "....")


@pytest.mark.parametrize(
    ("level", "neighbour", "integer", "expected"),
    [
        (70.0, 8.0, True, "xx.."),  # seven units: from eight to one
        (70.0, 7.0, True, "x.x."),
        (70.0 + 1e-9, 8.0, True, "xx.."),  # no more than rounding
        (71.0, 8.0, True, "x.x."),  # eight units, as there are no parts of one
        (71.0, 8.05, False, "x.x."),
        (71.0, 8.1, False, "xx.."),
    ],
)
def test_levels_are_counted_in_units(level: float, neighbour: float, integer: bool, expected: str) -> None:
    given = known([100.0, neighbour, 30.0, 130.0 + neighbour], integer=integer, scale=10.0)
    assert widened(ranges(given, [(0, level), *FIRST[1:]], PRICE)) == (expected, "....")


def rest(part: float) -> Knowledge:
    """A part, its whole, and the rest of 100 that no table shows."""
    return known([part, part + 100.0, 100.0], rests=1)


@pytest.mark.parametrize(("part", "expected"), [(31.0, "x."), (30.0, ".x")])
def test_rests_of_wholes_have_their_range_too(part: float, expected: str) -> None:
    made = ranges(rest(part), [(0, 0), (0, 0)], [1.0, 2.0], rests=[(30, 30)])
    assert widened(made, "..", "xx") == (expected, "..")


def test_where_no_part_is_told_there_is_no_rest() -> None:
    """One sum alone: the last column is a cell like others."""
    given = known([1000.0, 71.0, 1071.0])
    made = ranges(given, [(0, 0), (0, 0), (0, 0)], [1.0] * 3, rests=[(30, 30)])
    assert widened(made, "..x", "xx.") == ("..x", "...")
    # The total is a sum of few: it rises with a part of it.
    total = ranges(given, [(0, 0), (0, 0), (0, 70)], [1.0, 2.0, 9.0], rests=[(30, 30)])
    assert widened(total, "..x", "xx.") == ("x.x", "...")


def test_a_neighbour_cannot_fall_below_what_the_attackers_have_in_it() -> None:
    given = known([1000.0, 171.0, 300.0, 1471.0])
    assert widened(ranges(given, FIRST, PRICE, held=[0, 101, 0, 0])) == ("xx..", "....")
    assert widened(ranges(given, FIRST, PRICE, held=[0, 102, 0, 0])) == ("x.x.", "....")


def test_no_more_is_asked_below_than_the_attackers_have_themselves() -> None:
    """Of 1000 they have 960: it cannot seem lower by 70, but by 40, and the neighbour rises."""
    given = known([1000.0, 71.0, 300.0, 1371.0])
    assert widened(ranges(given, [(70, 0), *FIRST[1:]], PRICE, held=[960, 0, 0, 0])) == ("xx..", "....")
    # Where values may be below zero it is no bound.
    signed = known([1000.0, 171.0, 300.0, 1471.0], lower=-np.inf)
    assert widened(ranges(signed, FIRST, PRICE, held=[0, 170, 0, 0])) == ("xx..", "....")


def test_a_cell_that_is_all_the_attackers_own_hides_nothing_from_them() -> None:
    given = known([1000.0, 171.0, 300.0, 1471.0])
    assert widened(ranges(given, FIRST, PRICE, held=[0, 171, 0, 0])) == ("x.x.", "....")


def test_a_cell_of_somebody_alone_seems_larger_for_another_who_is_alone() -> None:
    """Both cells are somebody's alone: for the one, the other is not known."""
    both: Levels = [(0, 70), (0, 70), (0, 0), (0, 0)]
    given = known([1000.0, 171.0, 300.0, 1471.0], lower=0.0)
    made = ranges(given, both, PRICE, held=[1000, 171, 0, 0])
    found, helpless = widened(made, "xx..", "..xx")
    assert helpless == "...."
    assert found.startswith("xx")
