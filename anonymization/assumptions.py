"""What readers may take for granted about published numbers; protection and audit assume the same, openly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.ledger_sums import EarlierSums
from anonymization.relations import Flags, Ints
from anonymization.table import Measure, TableSet, Values
from datasets.disclosure import DisclosureRules

ExactSum = tuple[str, tuple[int, ...], tuple[int, ...]]
"""A sum: the name of its dimension or link, and the first places, in order, of its parents and of its children."""

LARGEST_COUNT = 1e9
"""Above this a whole number (a cost in đồng) is an amount: one unit more or less hides nothing."""

DEEPEST = 100
"""How often sums of sums are followed: more levels than any hierarchy has."""

LARGEST_AMOUNT = 1e6
"""What amounts are scaled down to before programs are solved, so that rounding stays far below what has to differ."""


def counts_units(measure: Measure, values: Values) -> bool:
    """Return whether withheld values of a measure have to be able to differ by one, as counts do."""
    return measure.integer and float(np.abs(values).max(initial=0.0)) <= LARGEST_COUNT


def unit_of(measure: Measure, values: npt.ArrayLike) -> int:
    """Return the largest number of which all values of an additive measure of whole numbers are multiples, or 1.

    Prices in ten thousands of đồng differ by ten thousand: one đồng more or less hides nothing.
    """
    if not (measure.integer and measure.additive):
        return 1
    return max(1, int(np.gcd.reduce(np.rint(np.abs(np.asarray(values))).astype(np.int64).reshape(-1))))


def scale_of(largest: float) -> float:
    """Return what amounts up to `largest` are divided by."""
    return max(1.0, largest / LARGEST_AMOUNT)


def complete_relations(tables: TableSet, present: Flags) -> Flags:
    """Return which relations have all their nodes among those flagged, bool (relations,)."""
    return np.asarray((abs(tables.relations.matrix) @ (~present).astype(np.int64)) == 0)


def exact_relations(tables: TableSet, values: Values, present: Flags) -> Flags:
    """Return which complete relations hold as sums, bool (relations,).

    A margin of distinct persons lies between its largest cell and the sum of its cells, and is that sum where nobody is
    in two cells. Where that is so follows from what is shown: wards that share nobody in a year share nobody in any of
    its months. Readers are taken to know it wherever it is true, which is more than they can.
    """
    return np.asarray(complete_relations(tables, present) & (tables.relations.matrix @ values == 0))


def exact_sums(
    tables: TableSet, population: str, values: Values, present: Flags
) -> tuple[frozenset[str], frozenset[ExactSum]]:
    """Return the dimensions and links along which values of one population always add up, and single sums of others."""
    number = [one.name for one in tables.populations].index(population)
    relations = tables.relations
    own = complete_relations(tables, present) & (_populations(tables) == number)
    exact = exact_relations(tables, values, present)
    broken = np.isin(np.arange(len(tables.origins)), relations.origin[own & ~exact])
    single = np.flatnonzero(own & exact & broken[relations.origin])
    always = frozenset(name for name, inexact in zip(tables.origins, broken.tolist(), strict=True) if not inexact)
    return always, _named_sums(tables, single)


def exact_earlier_sums(tables: TableSet, sums: EarlierSums, values: Values, present: Flags) -> Flags:
    """Return which sums of earlier releases are taken to hold as sums, bool (sums,).

    Among present cells the present values tell; elsewhere, sums hold along a dimension where they always do now.
    """
    names = [*(axis.name for axis in tables.ledger.axes), *(link.name for link in tables.links)]
    always = np.zeros((len(tables.populations), len(names) + 1), dtype=np.bool_)
    for number, population in enumerate(tables.populations):
        exact, _ = exact_sums(tables, population.name, values, present)
        everywhere = len(exact) == len(tables.origins)
        own = [name in exact or (everywhere and name not in tables.origins) for name in names]
        # What runs along several dimensions holds where all sums do.
        always[number] = [*own, all(own)]
    now = np.concatenate([values, np.nan_to_num(sums.now)])
    return np.asarray(np.where(sums.here, sums.matrix @ now == 0, always[sums.population, sums.axis]))


def _named_sums(tables: TableSet, rows: Ints) -> frozenset[ExactSum]:
    if not len(rows):
        return frozenset()
    matrix = tables.relations.matrix[rows]
    # Nodes are numbered in the order of their places, and no relation is empty.
    first = [
        np.minimum.reduceat(np.where(side, matrix.indices, len(tables.nodes)), matrix.indptr[:-1])
        for side in (matrix.data < 0, matrix.data > 0)
    ]
    parents, children = (map(tuple, tables.nodes.coordinates[nodes].tolist()) for nodes in first)
    origins = (tables.origins[origin] for origin in tables.relations.origin[rows].tolist())
    return frozenset(zip(origins, parents, children, strict=True))


def lowest_contributors(rules: DisclosureRules) -> float:
    """Return the least number of contributors of a withheld cell: one where true zeros are shown."""
    return 1.0 if rules.zeros == "publish" else 0.0


def lowest_value(tables: TableSet, measure: Measure, rules: DisclosureRules) -> float:
    """Return the least value of a measure in a withheld cell: one or zero for counts, none where values are signed."""
    values, present = tables.measure_on_nodes(measure)
    shown = values[present & (tables.contributors > 0)]
    if (shown < 0).any():
        return -np.inf
    # Where every cell with people has at least one of what is counted, readers can take that for granted.
    return lowest_contributors(rules) if measure.integer and bool((shown >= 1).all()) else 0.0


def least_sums(matrix: sparse.csr_array, lowest: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how little values can be at all, float64 (columns,), as each sum is at least what its parts are.

    `matrix` has a row for each sum, its parts on one side and the sum alone on the other; `lowest` is the least that is
    known of each value by itself. Nothing that is withheld can make a value seem less.

    >>> rows = sparse.csr_array(np.array([[-1, 1, 1, 0], [0, -1, 0, 1]]))
    >>> least_sums(rows, np.array([1.0, 1.0, 1.0, 3.0])).tolist()
    [4.0, 3.0, 1.0, 3.0]
    """
    sides = [sparse.csr_array((matrix * sign).maximum(0)) for sign in (1, -1)]
    families = []
    for one, others in (sides, sides[::-1]):
        alone = np.flatnonzero(np.diff(one.indptr) == 1)
        families.append((one[alone].indices, others[alone]))
    least = np.array(lowest, dtype=np.float64)
    for _ in range(DEEPEST):
        before = least.copy()
        for places, parts in families:
            np.maximum.at(least, places, parts @ before)
        if (before == least).all():
            break
    return least


def _populations(tables: TableSet) -> Ints:
    """Return the number of the population that each relation is about, int64 (relations,)."""
    return np.asarray(tables.nodes.population[tables.relations.matrix.indices[tables.relations.matrix.indptr[:-1]]])
