"""Patterns of one sum, worked out by hand: what is withheld, what that costs, and what is published again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.interval.pattern import Pattern

Flags = npt.NDArray[np.bool_]

INF = np.inf
COST = [INF, 1.0, 5.0, 2.0, 9.0]
MEDIAN = 3.5
"""The middle of 1, 2, 5 and 9."""


def flags(text: str) -> Flags:
    return np.array([letter == "x" for letter in text])


def marks(columns: Flags) -> str:
    return "".join("x" if one else "." for one in columns)


def demand(
    cost: list[float] = COST,
    *,
    fall: list[float] | None = None,
    up: float = 2.0,
    matrix: list[list[float]] | None = None,
) -> Demand:
    """The first cell is unknown and must be able to rise; the others stand in its sum, the last as the total."""
    width = len(cost)
    return Demand(
        matrix=sparse.csr_array(np.array(matrix or [[1.0] * (width - 1) + [-1.0]])),
        fall=np.array(fall or [INF] * width),
        rise=np.full(width, INF),
        lower=np.zeros(width),
        upper=np.array([up] + [0.0] * (width - 1)),
        cost=np.array(cost),
        unknown=flags("x" + "." * (width - 1)),
    )


def test_a_change_costs_the_price_of_the_column_less_where_it_is_withheld_and_next_to_nothing_where_unknown() -> None:
    stay = MEDIAN * 1e-3
    pattern = Pattern(demand(), flags("..x.."))
    assert marks(pattern.withheld) == "x.x.."
    assert pattern._price.tolist() == pytest.approx([stay, 1 + stay, 0.05 + stay, 2 + stay, 9 + stay])
    assert pattern.cost == 5.0
    assert pattern.chosen().tolist() == [2]
    # What is unknown costs nothing, whatever price it has, and its price does not count.
    priced = Pattern(demand([100.0, 1.0, 5.0, 2.0, 9.0]), flags("....."))
    assert priced._price.tolist() == pytest.approx([stay, 1 + stay, 5 + stay, 2 + stay, 9 + stay])
    assert (priced.cost, priced.chosen().tolist()) == (0.0, [])
    # What is shown in any case has no price either.
    assert Pattern(demand([INF, 1.0, INF, 2.0, 9.0]), flags("....."))._price[1] == pytest.approx(1.002)


@pytest.mark.parametrize(
    ("withheld", "cost", "expected"),
    [
        (".....", COST, "xx..."),
        (".....", [INF, 6.0, 5.0, 7.0, 9.0], "x.x.."),
        (".....", [INF, INF, INF, INF, 9.0], "x...x"),
        ("..x..", COST, "x.x.."),  # what is withheld already is nearly free
        ("....x", COST, "x...x"),
    ],
)
def test_the_cheapest_deviation_is_withheld(withheld: str, cost: list[float], expected: str) -> None:
    pattern = Pattern(demand(cost), flags(withheld))
    assert pattern.widen([(0, 1)]) == []
    assert marks(pattern.withheld) == expected
    assert pattern.proofs.missing([(0, 1)]) == []
    # A second time there is nothing to do.
    work = pattern.work
    assert pattern.widen([(0, 1)]) == []
    assert pattern.work == work > 0


def test_what_may_not_be_withheld_helps_nobody() -> None:
    pattern = Pattern(demand([INF] * 5), flags("....."))
    assert pattern.widen([(0, 1)]) == [(0, 1)]
    assert marks(pattern.withheld) == "x...."
    assert pattern._stay == 1e-3


def test_proving_withholds_nothing_more() -> None:
    pattern = Pattern(demand(), flags("....."))
    assert pattern.prove([(0, 1)]) == [(0, 1)]
    assert marks(pattern.withheld) == "x...."
    assert Pattern(demand(), flags("...x.")).prove([(0, 1)]) == []


def test_withholding_is_noted_in_prices_and_counts() -> None:
    pattern = Pattern(demand(), flags("....."))
    pattern.widen([(0, 1)])
    assert pattern._price.tolist() == Pattern(demand(), flags(".x..."))._price.tolist()
    assert pattern._strands._count.tolist() == [2]
    pattern.publish(np.array([1]))  # it must stay
    assert marks(pattern.withheld) == "xx..."
    assert pattern._strands._count.tolist() == [2]


def test_everything_but_the_cheapest_is_published_again() -> None:
    pattern = Pattern(demand(), flags(".xxxx"))
    pattern.widen([(0, 1)])
    pattern.publish(pattern.chosen())
    assert marks(pattern.withheld) == "xx..."
    assert pattern._price.tolist() == Pattern(demand(), flags(".x..."))._price.tolist()
    assert pattern._strands._count.tolist() == [2]
    assert pattern.proofs.through((0, 1)).tolist() == [0, 1]


def test_what_no_deviation_goes_through_is_idle() -> None:
    pattern = Pattern(demand(), flags("..xx."))
    pattern.widen([(0, 1)])
    pattern.drop_idle()
    assert marks(pattern.withheld) == "x..x."
    assert pattern._strands._count.tolist() == [2]
    assert pattern.cost == 2.0


def test_without_effort_what_a_deviation_goes_through_stays() -> None:
    pattern = Pattern(demand(), flags("..x.x"))
    pattern.widen([(0, 1)])
    assert pattern.publish(pattern.chosen(), effort=0).tolist() == [2]
    assert marks(pattern.withheld) == "x.x.."
    assert pattern.publish(np.array([2]), effort=1).tolist() == []  # it was looked at, and must stay
    assert marks(pattern.withheld) == "x.x.."


def test_without_effort_no_deviation_is_looked_for() -> None:
    pattern = Pattern(demand(), flags("....."))
    assert pattern.widen([(0, 1)], effort=0) == [(0, 1)]
    assert (marks(pattern.withheld), pattern.work) == ("x....", 0)
    assert pattern.widen([(0, 1)], effort=1) == []
    assert pattern.widen([(0, 1)], effort=0) == []  # it has one already


def test_a_cell_that_alone_gives_enough_room_must_stay() -> None:
    """The cheap cell can fall by one only, and two are asked for: the next one must stay with it, or instead of it."""
    short = demand(fall=[INF, 1.0, INF, INF, INF])
    pattern = Pattern(short, flags(".xx.."))
    assert pattern.widen([(0, 1)]) == []
    pattern.publish(np.array([2]))
    assert marks(pattern.withheld) == "xxx.."
    pattern.publish(np.array([1]))
    assert marks(pattern.withheld) == "x.x.."
    assert Pattern(short, flags(".x...")).prove([(0, 1)]) == [(0, 1)]
    assert Pattern(demand(fall=[INF, 2.0, INF, INF, INF]), flags(".x...")).prove([(0, 1)]) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_dear_pattern_is_replaced_by_the_cheapest(seed: int) -> None:
    pattern = Pattern(demand(), flags("....x"))
    pattern.widen([(0, 1)])
    pattern.improve(np.random.default_rng(seed), effort=1_000_000)
    assert marks(pattern.withheld) == "xx..."
    assert pattern._price.tolist() == Pattern(demand(), flags(".x..."))._price.tolist()
    assert pattern._strands._count.tolist() == [2]
    assert pattern.proofs.moment() == 0


def test_two_dear_cells_are_replaced_together() -> None:
    """The cell stands in two sums, each with a cell of its own at two; one at three stands in both and does alone."""
    wanted = demand([INF, 2.0, 2.0, 3.0], matrix=[[1.0, 1.0, 0.0, 1.0], [1.0, 0.0, 1.0, 1.0]])
    pattern = Pattern(wanted, flags(".xx."))
    assert pattern.widen([(0, 1)]) == []
    assert (marks(pattern.withheld), pattern.cost) == ("xxx.", 4.0)
    pattern.improve(np.random.default_rng(2), effort=1_000_000)
    assert (marks(pattern.withheld), pattern.cost) == ("x..x", 3.0)


def test_a_replacement_that_costs_more_is_taken_back() -> None:
    pattern = Pattern(demand(), flags("....."))
    pattern.widen([(0, 1)])
    pattern._allowed = flags("x.xxx")  # without the cheapest
    pattern._replace(np.array([1]), np.random.default_rng(0))
    assert (marks(pattern.withheld), pattern.cost) == ("xx...", 1.0)
    assert pattern.proofs.through((0, 1)).tolist() == [0, 1]
    assert pattern._strands._count.tolist() == [2]
    assert pattern._price.tolist() == Pattern(demand(), flags(".x..."))._price.tolist()
    pattern._allowed = flags("x....")  # without any
    pattern._replace(np.array([1]), np.random.default_rng(0))
    assert (marks(pattern.withheld), pattern.cost) == ("xx...", 1.0)
    assert pattern.proofs.missing([(0, 1)]) == []


@pytest.mark.parametrize(
    ("before", "broken", "cost", "published"),
    [
        ("x.x..", [], 6.1, [1, 3]),  # eight less the one and the two that are new is less than six
        ("x.x..", [], 5.0, None),  # five at best: no gain
        ("xxx..", [], 8.0, [3]),
        ("xxxx.", [], 8.0, None),
        ("xxxx.", [(0, 1)], 8.0, [1]),  # the deviation of the side goes through the cheapest
    ],
)
def test_what_is_new_is_published_where_that_can_be_a_gain(
    before: str,
    broken: list[tuple[int, int]],
    cost: float,
    published: list[int] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pattern = Pattern(demand(), flags(".xxx."))
    pattern.widen([(0, 1)])
    assert pattern.cost == 8.0
    asked: list[list[int]] = []
    monkeypatch.setattr(pattern, "publish", lambda columns: asked.append(columns.tolist()))
    pattern._thin(broken, flags(before), cost)
    assert asked == ([] if published is None else [published])
