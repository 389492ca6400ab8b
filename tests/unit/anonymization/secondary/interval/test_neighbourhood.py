"""Neighbourhoods against what they promise, and against plain Python that looks at whole systems."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from anonymization.secondary.interval import neighbourhood
from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.interval.neighbourhood import Map, Neighbourhood
from tests.unit.anonymization.secondary.interval.interpreted import interpret

Flags = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]


def demand_of(matrix: sparse.csr_array) -> Demand:
    width = matrix.shape[1]
    free, none = np.full(width, np.inf), np.zeros(width)
    return Demand(matrix, free, free, none, none, np.ones(width), np.zeros(width, dtype=np.bool_))


def made_up(seed: int) -> tuple[Demand, tuple[Flags, Reals], int]:
    """A system, which columns are usable and at what price, and the column to begin with."""
    random = np.random.default_rng(seed)
    shape = (int(random.integers(1, 15)), int(random.integers(2, 25)))
    matrix = np.where(random.random(shape) < random.uniform(0.08, 0.4), random.choice([-1.0, 1.0, 2.5], shape), 0.0)
    usable, price = random.random(shape[1]) < 0.85, random.choice([0.1, 1.0, 5.0], shape[1])
    return demand_of(sparse.csr_array(matrix)), (usable, price), int(random.integers(0, shape[1]))


def within_reach(demand: Demand, usable: Flags, first: int) -> set[int]:
    """All usable columns that share a relation with one that is reached."""
    reached, front = {first}, [first]
    matrix = demand.matrix.toarray() != 0
    while front:
        rows = matrix[:, front.pop()]
        found = set(np.flatnonzero(matrix[rows].any(axis=0) & usable).tolist()) - reached
        reached |= found
        front += found
    return reached


def movable(demand: Demand, columns: set[int]) -> set[int]:
    """Take away what stands alone in a relation until nothing does."""
    left, matrix = set(columns), demand.matrix.toarray() != 0
    while True:
        held = [set(np.flatnonzero(row).tolist()) & left for row in matrix]
        alone = set().union(*(one for one in held if len(one) == 1))
        if not alone:
            return left
        left -= alone


def promised(demand: Demand, around: Neighbourhood, first: int, usable: Flags) -> None:
    """Check what every neighbourhood promises, whatever its size."""
    columns = around.columns.tolist()
    assert len(set(columns)) == len(columns)
    if not columns:
        assert len(around.starts) == 1
        return
    assert columns[0] == first
    assert usable[columns[1:]].all()
    dense = demand.matrix[:, columns].toarray()
    rows = [row for row in dense.tolist() if any(row)]
    local = sparse.csr_array(
        (around.coefficients, around.places, around.starts), shape=(len(around.starts) - 1, len(columns))
    ).toarray()
    assert sorted(local.tolist()) == sorted(rows)
    assert all(np.count_nonzero(row) > 1 for row in local)


@pytest.mark.parametrize("compiled", [True, False])
def test_neighbourhoods_hold_whole_relations_and_nothing_that_stands_alone(
    compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        interpret(monkeypatch, neighbourhood)
    whole = []
    for seed in range(250):
        demand, (usable, price), first = made_up(seed)
        for limit in (1, 3, demand.width):
            around = Map(demand).around(first, (usable, price), limit)
            promised(demand, around, first, usable)
            whole.append(around.whole)
            if not around.whole:
                continue
            expected = movable(demand, within_reach(demand, usable, first))
            assert set(around.columns.tolist()) == (expected if first in expected else set())
    assert 50 < sum(whole) < len(whole) - 50


def test_all_that_can_be_reached_is_whole_and_repeats() -> None:
    for seed in range(100):
        demand, terms, first = made_up(seed)
        one = Map(demand)
        before = [one.around(first, terms, limit) for limit in (demand.width, 2, demand.width)]
        assert before[0].whole
        assert before[2].whole
        assert before[0].columns.tolist() == before[2].columns.tolist()
        assert before[0].places.tolist() == before[2].places.tolist()
        again = Map(demand).around(first, terms, 2)
        assert again.columns.tolist() == before[1].columns.tolist()


def test_cheap_columns_are_taken_up_before_dear_ones() -> None:
    """Three pairs of columns stand in the same two relations: any pair balances the first column."""
    matrix = sparse.csr_array(np.array([[1.0, 1.0, 1.0, 1.0]]))
    demand = demand_of(matrix)
    price = np.array([1.0, 9.0, 0.5, 3.0])
    around = Map(demand).around(0, (np.ones(4, dtype=np.bool_), price), 2)
    assert around.columns.tolist() == [0, 2]
    assert not around.whole
    assert Map(demand).around(0, (np.array([True, True, False, True]), price), 2).columns.tolist() == [0, 3]


def test_relations_that_stay_open_leave_nothing() -> None:
    matrix = sparse.csr_array(np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]))
    around = Map(demand_of(matrix)).around(0, (np.array([True, True, False]), np.ones(3)), 3)
    assert around.columns.tolist() == []
    assert around.whole


def test_a_column_in_no_relation_is_its_own_neighbourhood() -> None:
    around = Map(demand_of(sparse.csr_array((0, 3)))).around(1, (np.ones(3, dtype=np.bool_), np.ones(3)), 3)
    assert around.columns.tolist() == [1]
    assert around.starts.tolist() == [0]
    assert around.whole


# Along totals ---------------------------------------------------------------------------------------------------------


def square(size: int) -> tuple[Demand, dict[tuple[int, int], int]]:
    """A table of `size` by `size` cells with its margins, and the column of each place; the first are the totals."""
    places = [(row, column) for row in range(size + 1) for column in range(size + 1)]
    at = {place: number for number, place in enumerate(places)}
    sums = [[(-1.0, (row, 0)), *((1.0, (row, one)) for one in range(1, size + 1))] for row in range(size + 1)]
    sums += [[(-1.0, (0, column)), *((1.0, (one, column)) for one in range(1, size + 1))] for column in range(size + 1)]
    dense = np.zeros((len(sums), len(places)))
    for number, terms in enumerate(sums):
        for sign, place in terms:
            dense[number, at[place]] = sign
    return demand_of(sparse.csr_array(dense)), at


def test_totals_are_taken_up_first_although_they_are_dear() -> None:
    demand, at = square(12)
    price = np.array([1000.0 if 0 in place else 1.0 for place in at])
    terms = (np.ones(len(at), dtype=np.bool_), price)
    cell, above = at[3, 4], {at[3, 0], at[0, 4], at[0, 0]}
    assert not above & set(Map(demand).around(cell, terms, 6).columns.tolist())
    assert above <= set(Map(demand).along_totals(cell, terms, 6).columns.tolist())


def test_from_a_total_a_part_of_it_is_found_first() -> None:
    """For a margin to rise, one of its cells has to, and with that all that this cell is part of."""
    demand, at = square(12)
    price = np.array([1000.0 if 0 in place else 1.0 for place in at])
    price[at[3, 7]] = 0.5
    columns = Map(demand).along_totals(at[3, 0], (np.ones(len(at), dtype=np.bool_), price), 6).columns.tolist()
    assert {at[3, 0], at[3, 7], at[0, 7], at[0, 0]} <= set(columns)


def test_along_totals_promises_what_any_neighbourhood_does() -> None:
    """Also where columns are totals of one another."""
    for seed in range(150):
        demand, terms, first = made_up(seed)
        for limit in (2, demand.width):
            promised(demand, Map(demand).along_totals(first, terms, limit), first, terms[0])


def test_parts_of_their_own_parts_end_the_search() -> None:
    around = Map(demand_of(sparse.csr_array(np.array([[1.0, -1.0], [-1.0, 1.0]])))).along_totals(
        0, (np.ones(2, dtype=np.bool_), np.ones(2)), 2
    )
    assert around.columns.tolist() == [0, 1]
