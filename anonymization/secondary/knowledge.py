"""What a reader knows about the values behind withheld cells: sums, bounds, and parts of a whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.assumptions import complete_relations, exact_relations, lowest_contributors, lowest_value
from anonymization.primary import sensitive
from anonymization.relations import Flags
from anonymization.table import TableSet, Values
from datasets.disclosure import DisclosureRules

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Knowledge:
    """One family of values that readers can attack: `matrix @ values` is zero and `values >= lower`.

    The first columns are the nodes of the release, in their order; after them come amounts that are never shown:
    by how much a margin of distinct persons differs from its cells, and how many of a whole are not in its part.
    `present` flags the nodes that carry these values, `guarded` the amounts that must not be derivable.
    """

    matrix: sparse.csr_array
    truth: Reals
    lower: Reals
    integer: bool
    present: Flags
    guarded: Flags

    def unknown(self, withheld: Flags) -> Flags:
        """Return the columns that nobody sees when the nodes in `withheld` are not shown, bool (columns,)."""
        hidden = np.ones(len(self.truth), dtype=np.bool_)
        hidden[: len(withheld)] = withheld & self.present
        return hidden

    def nodes_of(self, columns: Flags, nodes: int) -> Flags:
        """Return the nodes among these columns, and for an amount that is never shown the nodes that make it up."""
        flags = columns[:nodes].copy()
        hidden = np.flatnonzero(columns[nodes:]) + nodes
        rows = np.unique(sparse.csc_array(self.matrix)[:, hidden].indices)
        around = np.unique(self.matrix[rows].indices)
        flags[around[around < nodes]] = True
        return flags


def what_is_known(tables: TableSet, rules: DisclosureRules) -> list[Knowledge]:
    """Return everything that can be attacked: the contributors of all cells, and every measure by its own values.

    Readers are assumed to know the number of contributors of every cell that is shown, whether or not a measure shows
    it, and to know that a withheld cell has at least one where zeros are published.
    """
    present = np.ones(len(tables.nodes), dtype=np.bool_)
    contributors = tables.contributors
    persons = _sums(tables, contributors, present, lowest_contributors(rules), additive=False)
    found = [_with_rests(tables, rules, persons)]
    for measure in tables.measures:
        values, present = tables.measure_on_nodes(measure)
        # Values that are the contributors have just been covered; relations along which they add up are exact.
        if not np.array_equal(values[present], contributors[present]):
            known = _sums(tables, values, present, lowest_value(tables, measure, rules), additive=measure.additive)
            found.append(replace(known, integer=measure.integer))
    return found


def _sums(tables: TableSet, values: Values, present: Flags, lowest: float, *, additive: bool) -> Knowledge:
    complete = complete_relations(tables, present)
    exact = complete if additive else exact_relations(tables, values, present)
    matrix = _loose(tables.relations.matrix[complete], exact[complete])
    slack = matrix[:, len(values) :]
    # A slack column has one entry, -1, so that its value is the rest of its row.
    gaps = -(slack.T @ (matrix[:, : len(values)] @ values))
    floor = np.where(tables.contributors > 0, lowest, min(lowest, 0.0))
    return Knowledge(
        matrix=matrix,
        truth=np.concatenate([values, gaps]).astype(np.float64),
        lower=np.concatenate([floor, np.zeros(slack.shape[1])]),
        integer=True,
        present=present,
        guarded=np.zeros(matrix.shape[1], dtype=np.bool_),
    )


def _loose(matrix: sparse.csr_array, exact: Flags) -> sparse.csr_array:
    """Replace every relation that is not exact by inequalities: parent >= each child, sum of children >= parent."""
    sums = matrix[np.flatnonzero(~exact)]
    entries = sums.tocoo()
    parent = np.zeros(sums.shape[0], dtype=np.int64)
    parent[entries.row[entries.data < 0]] = entries.col[entries.data < 0]
    above = entries.data > 0
    children, of = entries.col[above], entries.row[above]
    each = sparse.csr_array(
        (
            np.repeat([1, -1], len(children)),
            (np.tile(np.arange(len(children)), 2), np.concatenate([parent[of], children])),
        ),
        shape=(len(children), matrix.shape[1]),
        dtype=np.int64,
    )
    slacks = sparse.eye_array(sums.shape[0] + len(children), dtype=np.int64, format="csr")
    left = sparse.vstack([matrix[np.flatnonzero(exact)], sums, each])
    right = sparse.vstack([sparse.csr_array((int(exact.sum()), slacks.shape[1]), dtype=np.int64), -slacks])
    return sparse.csr_array(sparse.hstack([left, right]))


def _with_rests(tables: TableSet, rules: DisclosureRules, known: Knowledge) -> Knowledge:
    """Add, for every part of a whole, the rest: whole = part + rest, never shown, to be guarded while it is small."""
    for whole, part in tables.complements():
        count, width = len(whole), len(known.truth)
        rest = (known.truth[whole] - known.truth[part]).astype(np.int64)
        rows = np.tile(np.arange(count), 3)
        columns = np.concatenate([whole, part, np.arange(width, width + count)])
        extra = sparse.csr_array((np.repeat([1, -1, -1], count), (rows, columns)), shape=(count, width + count))
        wider = sparse.hstack([known.matrix, sparse.csr_array((known.matrix.shape[0], count), dtype=np.int64)])
        known = Knowledge(
            matrix=sparse.csr_array(sparse.vstack([wider, extra])).astype(np.int64),
            truth=np.concatenate([known.truth, rest]),
            lower=np.concatenate([known.lower, np.zeros(count)]),
            integer=True,
            present=known.present,
            guarded=np.concatenate([known.guarded, sensitive(rest, rules)]),
        )
    return known
