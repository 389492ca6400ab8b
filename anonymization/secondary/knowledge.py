"""What a reader knows about the values behind withheld cells: sums, bounds, and parts of a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.amounts import Amounts
from anonymization.assumptions import (
    complete_relations,
    counts_units,
    exact_earlier_sums,
    exact_relations,
    lowest_contributors,
    lowest_value,
    scale_of,
    unit_of,
)
from anonymization.ledger_cells import CONTRIBUTORS
from anonymization.ledger_sums import (
    EarlierSums,
    contributors_of,
    earlier_sums,
    measure_of,
    several_axes,
    with_tells,
)
from anonymization.primary.cells import sensitive_cells, wholes_and_parts
from anonymization.relations import Flags, Ints, from_entries
from anonymization.secondary.earlier import with_earlier
from anonymization.secondary.inequalities import loosened
from anonymization.table import Measure, TableSet, Values
from datasets.disclosure import DisclosureRules

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Knowledge:
    """One family of values that readers can attack: `matrix @ values` is zero and `values >= lower`.

    The first columns are the nodes of the release, in their order; after them come amounts that are never shown:
    by how much a margin of distinct persons differs from its cells, and how many of a whole are not in its part.
    Where earlier releases count, the last columns are cells that only they withheld, and numbers that they showed.
    `exact` says that every sum is an equation. `present` flags the nodes that carry these values, `shown` those that
    stand in a table that is shown, `guarded` the amounts that must not be derivable. `told` are the columns that
    earlier releases showed, int64. `counting` says that the values are contributors; otherwise `measures` names whose
    they are, in multiples of `scale`. `bounding` says that no value is less than its number of contributors.
    """

    matrix: sparse.csr_array
    truth: Reals
    lower: Reals
    integer: bool
    exact: bool
    present: Flags
    shown: Flags
    guarded: Flags
    told: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    counting: bool = False
    measures: frozenset[str] = frozenset()
    scale: float = 1.0
    bounding: bool = False

    def unknown(self, withheld: Flags) -> Flags:
        """Return the columns that nobody sees when the nodes in `withheld` are not shown, bool (columns,)."""
        hidden = np.ones(len(self.truth), dtype=np.bool_)
        hidden[: len(withheld)] = (withheld | ~self.shown) & self.present
        hidden[self.told] = False
        return hidden


def as_if_exact(tables: TableSet, rules: DisclosureRules) -> Knowledge:
    """Return the pattern of all sums, as if every count added up along every dimension.

    Only the pattern may be used: where persons are in two cells, `matrix @ truth` is not zero.
    """
    present = np.ones(len(tables.nodes), dtype=np.bool_)
    exact = np.ones(tables.relations.matrix.shape[0], dtype=np.bool_)
    known = _system(tables, tables.contributors, present, exact, lowest_contributors(rules))
    if tables.earlier:
        sums = _earlier(tables, None, 0)
        exact, lowest = np.ones(len(sums), dtype=np.bool_), lowest_contributors(rules)
        known = with_earlier(known, sums, exact, lowest=lowest, told=tables.ledger.told_of(CONTRIBUTORS), pattern=True)
    return _with_rests(tables, rules, _with_told(known, np.flatnonzero(tables.empty)))


def _with_told(known: Knowledge, columns: Ints) -> Knowledge:
    """Return what is known where these columns are known as well, int64."""
    return replace(known, told=np.concatenate([known.told, columns])) if len(columns) else known


def nodes_of(matrix: sparse.csr_array, columns: Flags, nodes: int) -> Flags:
    """Return the nodes among these columns, and for an amount that is never shown the nodes that make it up."""
    flags = columns[:nodes].copy()
    hidden = np.flatnonzero(columns[nodes:]) + nodes
    rows = np.unique(sparse.csc_array(matrix)[:, hidden].indices)
    around = np.unique(matrix[rows].indices)
    flags[around[around < nodes]] = True
    return flags


def what_is_known(tables: TableSet, rules: DisclosureRules) -> list[Knowledge]:
    """Return everything that can be attacked: the contributors of all cells, and every measure by its own values.

    Readers are assumed to know the number of contributors of every cell that is shown, whether or not a measure shows
    it, and to know that a withheld cell has at least one where zeros are published.
    """
    found = []
    explanations = tables.ledger.explanations if tables.earlier else 1
    for explanation in range(explanations):
        found.append(replace(_with_rests(tables, rules, _sums(tables, rules, None, explanation)), counting=True))
        for measure in tables.measures:
            values, _ = tables.measure_on_nodes(measure)
            # Values that are the contributors have just been covered; relations along which they add up are exact.
            # Sums of amounts are given ranges of their own all the same.
            if measure not in tables.counting or measure.adds_up is not None:
                known = replace(_sums(tables, rules, measure, explanation), measures=frozenset([measure.name]))
                unit = unit_of(measure, known.truth)
                known = _in_units(known, unit) if counts_units(measure, values / unit) else _as_amounts(known)
                found.append(replace(known, bounding=_never_below_contributors(tables, measure)))
                usual = np.flatnonzero(tables.usual(measure))
                if len(usual):
                    # Where the number of contributors tells the value, it must be hidden but cannot hide others.
                    found.append(replace(_with_told(known, usual), exact=False))
    found += [_together(tables, rules, one) for one in tables.amounts if len(one.measures) > 1]
    # Where not all have changed in the same cells, each has sums of its own besides the pattern that they share.
    alike = not tables.earlier or tables.ledger.alike
    return found if alike else [replace(one, exact=False) for one in found]


def _never_below_contributors(tables: TableSet, measure: Measure) -> bool:
    """Whether a measure is a whole number that is nowhere less than how many there are: visits are of so many people.

    Readers who can tell that there were few visits can tell that there were few people.
    """
    values, present = tables.measure_on_nodes(measure)
    return measure.integer and bool((values[present] >= tables.contributors[present]).all())


def _sums(tables: TableSet, rules: DisclosureRules, measure: Measure | None, explanation: int) -> Knowledge:
    """Return what is known of a measure or, without one, of the contributors."""
    values: Values = tables.contributors
    present, lowest = np.ones(len(values), dtype=np.bool_), lowest_contributors(rules)
    if measure is not None:
        values, present = tables.measure_on_nodes(measure)
        lowest = lowest_value(tables, measure, rules)
    additive = measure is not None and measure.additive
    exact = complete_relations(tables, present) if additive else exact_relations(tables, values, present)
    known = _system(tables, values, present, exact, lowest)
    if tables.earlier:
        sums = _earlier(tables, measure, explanation)
        exact = np.ones(len(sums), np.bool_) if additive else exact_earlier_sums(tables, sums, values, present)
        # Of persons who are in several parts, sums along several dimensions at once say nothing certain.
        certain = exact | (sums.axis < several_axes(tables.ledger, tables.links))
        sums, exact = sums.only(certain), exact[certain]
        told = tables.ledger.told_of(measure.name if measure else CONTRIBUTORS) & present
        known = with_earlier(known, sums, exact, lowest=lowest, told=told)
    return _with_told(known, np.flatnonzero(tables.empty))


def _together(tables: TableSet, rules: DisclosureRules, amounts: Amounts) -> Knowledge:
    """Return what is known of sums of one column together: what a part leaves of its whole is one more number."""
    values, present = np.zeros(len(tables.nodes)), np.zeros(len(tables.nodes), dtype=np.bool_)
    lowest = np.zeros(len(tables.nodes))
    for measure in amounts.measures:
        own, there = tables.measure_on_nodes(measure)
        values[there], present = own[there], present | there
        lowest[there] = lowest_value(tables, measure, rules)
    known = _with_told(
        _system(tables, values, present, complete_relations(tables, present), lowest), np.flatnonzero(tables.empty)
    )
    known = replace(known, measures=frozenset(one.name for one in amounts.measures))
    known = _with_rests_of(tables, rules, known, values)
    # The first measure stands for all: units are of whole numbers alone.
    measure = replace(amounts.measures[0], integer=all(one.integer for one in amounts.measures))
    unit = unit_of(measure, values)
    return _in_units(known, unit) if counts_units(measure, values / unit) else _as_amounts(known)


def _earlier(tables: TableSet, measure: Measure | None, explanation: int) -> EarlierSums:
    if measure is None:
        family = contributors_of(tables.ledger, tables.contributors, [one.name for one in tables.counting])
    else:
        family = measure_of(tables.ledger, *tables.measure_on_nodes(measure), measure.name)
    additive = {one.name: tables.measure_on_nodes(one) for one in tables.measures if one.additive}
    family = with_tells(tables.ledger, family, additive)
    return earlier_sums(tables.ledger, tables.links, family, explanation=explanation)


def _system(tables: TableSet, values: Values, present: Flags, exact: Flags, lowest: float | Reals) -> Knowledge:
    complete = complete_relations(tables, present) & (exact | (abs(tables.relations.matrix) @ tables.loose == 0))
    matrix, _ = loosened(tables.relations.matrix[complete], exact[complete])
    slack = matrix[:, len(values) :]
    # A slack column has one entry, -1, so that its value is the rest of its row.
    gaps = -(slack.T @ (matrix[:, : len(values)] @ values))
    # Of a cell that no table shows, nobody knows that it is not empty.
    floor = np.where((tables.contributors > 0) & tables.shown, lowest, np.minimum(lowest, 0.0))
    return Knowledge(
        matrix=matrix,
        truth=np.concatenate([values, gaps]).astype(np.float64),
        lower=np.concatenate([floor, np.zeros(slack.shape[1])]),
        integer=True,
        exact=bool(exact[complete].all()),
        present=present,
        shown=tables.shown,
        guarded=np.zeros(matrix.shape[1], dtype=np.bool_),
    )


def _in_units(known: Knowledge, unit: int) -> Knowledge:
    return replace(known, truth=known.truth / unit, lower=np.ceil(known.lower / unit), scale=float(unit))


def _as_amounts(known: Knowledge) -> Knowledge:
    scale = scale_of(float(np.abs(known.truth).max(initial=0.0)))
    return replace(known, truth=known.truth / scale, lower=known.lower / scale, integer=False, scale=scale)


def with_rests(matrix: sparse.csr_array, complements: Sequence[tuple[Ints, Ints]]) -> sparse.csr_array:
    """Add a column and a row for the rest of each whole: whole = part + rest."""
    for whole, part in complements:
        (height, width), old = matrix.shape, matrix.tocoo()
        rows, rest = height + np.arange(len(whole)), width + np.arange(len(whole))
        one = np.ones(len(whole))
        matrix = from_entries(
            np.concatenate([old.data, one, -one, -one]),
            np.concatenate([old.row, rows, rows, rows]),
            np.concatenate([old.col, whole, part, rest]),
            (height + len(whole), width + len(whole)),
        )
    return matrix


def _with_rests(tables: TableSet, rules: DisclosureRules, known: Knowledge) -> Knowledge:
    return _with_rests_of(tables, rules, known, tables.contributors)


def _with_rests_of(tables: TableSet, rules: DisclosureRules, known: Knowledge, values: Values) -> Knowledge:
    """Add what parts leave of their wholes; where one of them does not carry these values, it is any number."""
    whole, part = wholes_and_parts(tables)
    both = known.present[whole] & known.present[part]
    rest = values[whole] - values[part]
    secret = sensitive_cells(tables, rules).rests & both
    none = known.matrix.shape[1] + np.flatnonzero(tables.wholly[part] & both)
    return replace(
        _with_told(known, none),
        matrix=with_rests(known.matrix, tables.complements()),
        truth=np.concatenate([known.truth, rest]),
        lower=np.concatenate([known.lower, np.where(both & (rest >= 0), 0.0, -np.inf)]),
        guarded=np.concatenate([known.guarded, secret]),
    )
