"""What readers may take for granted about published numbers; protection and audit assume the same, openly."""

from __future__ import annotations

import numpy as np

from anonymization.relations import Flags
from anonymization.table import Measure, TableSet, Values
from datasets.disclosure import DisclosureRules

LARGEST_COUNT = 1e9
"""Above this a whole number (a cost in đồng) is an amount: one unit more or less hides nothing."""

LARGEST_AMOUNT = 1e6
"""What amounts are scaled down to before programs are solved, so that rounding stays far below what has to differ."""


def counts_units(measure: Measure, values: Values) -> bool:
    """Return whether withheld values of a measure have to be able to differ by one, as counts do."""
    return measure.integer and float(np.abs(values).max(initial=0.0)) <= LARGEST_COUNT


def scale_of(largest: float) -> float:
    """Return what amounts up to `largest` are divided by."""
    return max(1.0, largest / LARGEST_AMOUNT)


def complete_relations(tables: TableSet, present: Flags) -> Flags:
    """Return which relations have all their nodes among those flagged, bool (relations,)."""
    return np.asarray((abs(tables.relations.matrix) @ (~present).astype(np.int64)) == 0)


def exact_relations(tables: TableSet, values: Values, present: Flags) -> Flags:
    """Return which complete relations belong to a population and a dimension or link along which values always add up.

    Where they always do (nobody has two sexes), readers will take it for granted; elsewhere a margin of distinct
    persons only lies between its largest cell and the sum of its cells.
    """
    complete = complete_relations(tables, present)
    group = _groups(tables)
    broken = np.unique(group[complete & (tables.relations.matrix @ values != 0)])
    return np.asarray(complete & ~np.isin(group, broken))


def exact_dimensions(tables: TableSet, population: str, values: Values, present: Flags) -> frozenset[str]:
    """Return the names of the dimensions and links along which the values of one population always add up."""
    complete, exact = complete_relations(tables, present), exact_relations(tables, values, present)
    number = [one.name for one in tables.populations].index(population)
    broken = set(_groups(tables)[complete & ~exact].tolist())
    step = len(tables.populations)
    return frozenset(name for origin, name in enumerate(tables.origins) if origin * step + number not in broken)


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


def _groups(tables: TableSet) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    relations = tables.relations
    population = tables.nodes.population[relations.matrix.indices[relations.matrix.indptr[:-1]]]
    return np.asarray(relations.origin * len(tables.populations) + population)
