"""What readers take for granted, worked out by hand at its boundaries."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from anonymization.assumptions import (
    DEEPEST,
    complete_relations,
    counts_units,
    exact_earlier_sums,
    exact_relations,
    exact_sums,
    least_sums,
    lowest_contributors,
    lowest_value,
    scale_of,
    unit_of,
)
from anonymization.dimension import Dimension
from anonymization.ledger_sums import EarlierSums
from anonymization.published import as_earlier, publish
from anonymization.table import Measure, Population, TableSet
from tests.unit.anonymization.builders import cube, listed, rules

COUNT = Measure("n", "all")
AMOUNT = Measure("n", "all", integer=False)
PERSONS = Measure("n", "all", additive=False)


@pytest.mark.parametrize(
    ("measure", "values", "expected"),
    [
        (COUNT, [3, -1_000_000_000], True),
        (COUNT, [3, -1_000_000_001], False),
        (COUNT, [1_000_000_001, 3], False),
        (COUNT, [], True),
        (AMOUNT, [3, 4], False),
        (PERSONS, [3, 4], True),
    ],
)
def test_whole_numbers_up_to_a_thousand_million_are_counts(measure: Measure, values: list[int], expected: bool) -> None:
    assert counts_units(measure, np.array(values, dtype=np.int64)) is expected


@pytest.mark.parametrize(
    ("measure", "values", "expected"),
    [
        (COUNT, [20_000, 30_000], 10_000),
        (COUNT, [-20_000, 30_000, 0], 10_000),
        (COUNT, [19_999.6, 30_000.4], 10_000),
        (COUNT, [[4, 6], [8, 10]], 2),
        (COUNT, [0, 0], 1),
        (COUNT, [7, 5], 1),
        (AMOUNT, [20_000, 30_000], 1),
        (PERSONS, [20, 30], 1),
    ],
)
def test_sums_of_whole_numbers_have_a_unit(measure: Measure, values: list[float], expected: int) -> None:
    assert unit_of(measure, np.array(values)) == expected


def test_amounts_are_scaled_down_to_a_million() -> None:
    assert [scale_of(largest) for largest in (0.0, 1e6, 2e6, 5e9)] == [1.0, 1.0, 2.0, 5000.0]


def valued(values: list[float], contributors: list[int], measure: Measure = COUNT) -> TableSet:
    """Cells that stand alone, without any sum: the total is not published, and one part is missing."""
    places = Dimension("a", tuple(f"a{at}" for at in range(len(values))))
    table = listed("t", {"a": range(len(values))}, {"all": contributors}, {"n": values})
    return TableSet((places,), (Population("all"),), (measure,), (table,))


@pytest.mark.parametrize(
    ("values", "contributors", "measure", "published", "protected"),
    [
        ([1, 2, 0], [1, 1, 0], COUNT, 1.0, 0.0),  # everybody has at least one; the empty cell tells nothing
        ([0, 2, 0], [1, 1, 0], COUNT, 0.0, 0.0),  # somebody has none
        ([-1.0, 2.0, 0.0], [1, 1, 0], AMOUNT, -math.inf, -math.inf),
        ([1.0, 2.0, 0.0], [1, 1, 0], AMOUNT, 0.0, 0.0),
        ([1, 2, 0], [1, 1, 0], PERSONS, 1.0, 0.0),
        ([0, 0, 0], [0, 0, 0], COUNT, 1.0, 0.0),
    ],
)
def test_the_least_value_of_a_withheld_cell(
    values: list[float], contributors: list[int], measure: Measure, published: float, protected: float
) -> None:
    tables = valued(values, contributors, measure)
    assert lowest_value(tables, measure, rules(zeros="publish")) == published
    assert lowest_value(tables, measure, rules(zeros="protect")) == protected


def test_a_withheld_cell_has_somebody_in_it_where_true_zeros_are_shown() -> None:
    assert lowest_contributors(rules(zeros="publish")) == 1.0
    assert lowest_contributors(rules(zeros="protect")) == 0.0


def test_sums_are_complete_where_all_their_cells_are_there_and_exact_where_they_hold() -> None:
    """Two by two with margins: three sums in each direction."""
    tables = cube([[1, 2], [3, 4]])
    everywhere = np.ones(9, dtype=np.bool_)
    assert complete_relations(tables, everywhere).all()
    places = tables.nodes.coordinates.tolist()
    without = everywhere.copy()
    without[places.index([1, 1])] = False
    touched = np.flatnonzero(tables.relations.matrix.toarray()[:, places.index([1, 1])])
    assert len(touched) == 2
    assert np.flatnonzero(~complete_relations(tables, without)).tolist() == touched.tolist()
    assert exact_relations(tables, tables.contributors, everywhere).all()
    assert np.flatnonzero(~exact_relations(tables, tables.contributors, without)).tolist() == touched.tolist()
    more = tables.contributors.copy()
    more[places.index([1, 1])] += 1
    assert np.flatnonzero(~exact_relations(tables, more, everywhere)).tolist() == touched.tolist()


def persons(inner: list[list[int]]) -> tuple[TableSet, list[list[int]]]:
    tables = cube(inner)
    return tables, tables.nodes.coordinates.tolist()


def test_dimensions_along_which_all_sums_hold_and_single_sums_of_others() -> None:
    """One person more in the grand total and in the first column's total than rows and columns make: a is broken."""
    tables, places = persons([[1, 2], [3, 4]])
    everywhere = np.ones(9, dtype=np.bool_)
    assert exact_sums(tables, "all", tables.contributors, everywhere) == (frozenset({"a", "b"}), frozenset())
    values = tables.contributors.copy()
    values[places.index([1, 0])] -= 1
    values[places.index([0, 0])] -= 1
    # Row a1 does not add up along b; the totals of rows still add up along a. Other rows are single sums.
    always, single = exact_sums(tables, "all", values, everywhere)
    assert always == frozenset({"a"})
    assert single == frozenset({("b", (2, 0), (2, 1))})
    part, _ = exact_sums(tables, "all", values, everywhere & (tables.nodes.coordinates[:, 0] != 1))
    # Where row a1 is not told, nothing along a is complete, and the grand total does not add up along b.
    assert part == frozenset({"a"})


def test_sums_of_another_population_do_not_count() -> None:
    tables = cube([5, 6], [1, 2])
    values = tables.contributors.copy()
    values[np.flatnonzero(tables.nodes.population == 1)[0]] -= 1
    everywhere = np.ones(6, dtype=np.bool_)
    assert exact_sums(tables, "all", values, everywhere) == (frozenset({"a"}), frozenset())
    assert exact_sums(tables, "died", values, everywhere) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("rows", "lowest", "expected"),
    [
        ([[-1, 1, 1]], [0, 2, 3], [5, 2, 3]),
        ([[1, -1, -1]], [0, 2, 3], [5, 2, 3]),  # either way round
        ([[-1, 1, 1]], [9, 2, 3], [9, 2, 3]),  # what is known by itself may be more
        ([[-1, 1, 1]], [0, -np.inf, 3], [0, -np.inf, 3]),  # a part that may be anything
        ([[-1, 1, 1, 0, 0], [-1, 0, 0, 1, 1]], [0, 1, 1, 2, 2], [4, 1, 1, 2, 2]),  # the larger of two
        ([[-1, 1, 1, 0, 0], [0, 0, -1, 1, 1]], [0, 1, 0, 2, 2], [5, 1, 4, 2, 2]),  # sums of sums
        ([[-1, 1]], [4, 0], [4, 4]),  # a sum of one part: each is at least the other
        ([[1, 1, -1, -1]], [1, 2, 3, 4], [1, 2, 3, 4]),  # nothing stands alone
        ([[-1, 2, 1]], [0, 2, 3], [7, 2, 3]),
    ],
)
def test_a_sum_is_at_least_what_its_parts_are(
    rows: list[list[int]], lowest: list[float], expected: list[float]
) -> None:
    given = np.array(lowest, dtype=np.float64)
    assert least_sums(sparse.csr_array(np.array(rows)), given).tolist() == expected
    assert given.tolist() == lowest


def test_sums_of_sums_are_followed_as_deep_as_hierarchies_go_and_to_an_end() -> None:
    """A chain: each is at least the next, and the last is one."""
    length = DEEPEST + 1
    chain = sparse.csr_array(np.eye(length, length + 1, 1) - np.eye(length, length + 1))
    assert least_sums(chain, np.append(np.zeros(length), 1.0)).tolist() == [0.0] + [1.0] * length
    # Two sums that hold each other up and grow for ever come to an end as well.
    growing = sparse.csr_array(np.array([[-1, 1, 1], [1, -1, 1]]))
    assert least_sums(growing, np.array([0.0, 0.0, 1.0]))[0] == DEEPEST


def test_sums_of_then_hold_where_the_present_values_tell_or_where_sums_always_hold_now() -> None:
    """Four sums: two of present cells, of which the first holds; and one of then along each dimension."""
    now = cube([[3, 20], [30, 12]])
    hidden = np.zeros(9, dtype=np.bool_)
    tables = replace(now, earlier=(as_earlier(publish(now, hidden, rules()), "2024.1"),))
    places = tables.nodes.coordinates.tolist()
    rows = np.zeros((4, 11), dtype=np.int64)
    for at, place in ((1, [0, 1]), (1, [0, 2]), (-1, [0, 0])):
        rows[0, places.index(place)] = at
    rows[1] = rows[0]
    rows[1, 9] = 1  # a cell of then whose present value is seven
    sums = EarlierSums(
        matrix=sparse.csr_array(rows),
        axis=np.array([0, 0, 0, 1]),
        population=np.zeros(4, dtype=np.int64),
        here=np.array([True, True, False, False]),
        unknown=np.array([False, True]),
        zeros=np.zeros(2, dtype=np.bool_),
        now=np.array([7.0, np.nan]),
        then=np.array([7.0, np.nan]),
    )
    everywhere = np.ones(9, dtype=np.bool_)
    assert exact_earlier_sums(tables, sums, tables.contributors, everywhere).tolist() == [True, False, True, True]
    # In the first row one person is in both cells: along the second dimension sums do not always hold now.
    fewer = tables.contributors.copy()
    fewer[[places.index([1, 0]), places.index([0, 0])]] -= 1
    assert exact_earlier_sums(tables, sums, fewer, everywhere).tolist() == [False, False, True, False]
