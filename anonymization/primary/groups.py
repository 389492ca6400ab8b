"""Group disclosure: everyone in a total falls into one of its parts, so that belonging to the total tells the part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from anonymization.primary.sensitivity import Floats, Reason, Sensitivity, of_rule
from anonymization.relations import Flags, Ints
from datasets.errors import DisclosureRuleInvalid, Problem


@dataclass(frozen=True)
class Totals:
    """How cells add up: `relations` is a sparse (sums, cells) matrix, +1 at the parts of a sum and -1 at its total.

    `structural` is bool (cells,): cells that are empty because they have to be. They are no alternative to be in.
    """

    relations: sparse.csr_array
    structural: Flags


def all_in_one(contributors: Ints, totals: Totals, threshold: int, known_lower: float) -> Sensitivity:
    """Return the cells that have all contributors of a total, or all but fewer than `threshold`.

    With `threshold` 1 only cells with all of them are found. The total is that of the relation, and what it has besides
    the cell is counted as total less cell: a person in two parts is still in the part. A total with a single part, or
    with a single part that is not structurally empty, tells nothing that its definition does not, and is left out.
    `lower` is how many more would have to be outside of the cell; above it nothing needs protection by this rule.
    Raising the threshold only ever adds cells. `contributors` is int64 (cells,). Raises `DisclosureRuleInvalid` where a
    relation is anything else than a sum.

    >>> sums = sparse.csr_array(np.array([[-1, 1, 1]]))
    >>> found = all_in_one(np.array([30, 28, 2]), Totals(sums, np.zeros(3, np.bool_)), 5, 0.0)
    >>> found.sensitive.tolist(), found.lower.tolist()
    ([False, True, False], [0.0, 3.0, 0.0])
    """
    coordinates = totals.relations.tocoo()
    if (np.abs(coordinates.data) != 1).any():
        problem = Problem("relations", "have coefficients other than +1 and -1", "leave group_disclosure out")
        raise DisclosureRuleInvalid("Group disclosure is about parts and totals.", problems=[problem])
    row, cell = coordinates.row.astype(np.int64), coordinates.col.astype(np.int64)
    parts = coordinates.data > 0
    whole = _add(np.where(parts, 0, contributors[cell]), row, totals.relations.shape[0])
    choices = _add((parts & ~totals.structural[cell]).astype(np.int64), row, totals.relations.shape[0])
    outside = whole[row] - contributors[cell]
    found = parts & (choices[row] > 1) & (contributors[cell] > 0) & (outside >= 0) & (outside < threshold)
    missing = np.zeros(len(contributors))
    np.maximum.at(missing, cell[found], (threshold - outside[found]).astype(np.float64))
    lower: Floats = np.minimum(missing, np.maximum(contributors - known_lower, 0.0))
    return of_rule(missing > 0, Reason.GROUP_DISCLOSURE, lower)


def _add(values: Ints, row: Ints, rows: int) -> Ints:
    sums = np.zeros(rows, dtype=np.int64)
    np.add.at(sums, row, values)
    return sums
