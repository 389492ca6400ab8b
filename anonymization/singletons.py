"""Contributors who are alone in a cell know it, and must not find another one by subtracting their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.protect_system import ProtectedSystem
from anonymization.relations import Flags, Ints
from anonymization.system import LinearSystem, Reals

NOBODY = -1
"""The sole contributor of a cell that has none, or several."""


def sole_by_counts(contributors: Ints, matrix: sparse.csr_array) -> Ints:
    """Return who is alone in each cell where only numbers are known, int64 (cells,): a number, or `NOBODY`.

    `contributors` is (cells,), `matrix` (sums, cells) with -1 at totals. A total of one contributor has the same one as
    the part that is not empty; all others are taken for different people, which protects more.

    >>> sole_by_counts(np.array([1, 1, 0]), sparse.csr_array([[-1.0, 1.0, 1.0]])).tolist()
    [0, 0, -1]
    """
    alone = contributors == 1
    entries = sparse.coo_array(matrix)
    rows, columns = (np.asarray(axis, dtype=np.int64) for axis in entries.coords)
    led = np.zeros(matrix.shape[0], dtype=np.bool_)
    led[rows[(entries.data < 0) & alone[columns]]] = True
    kept = led[rows] & alone[columns]
    # A sum whose total has one contributor is a node that joins that total with its one part.
    size = len(alone) + matrix.shape[0]
    joints = (np.ones(int(kept.sum())), (rows[kept] + len(alone), columns[kept]))
    _, group = sparse.csgraph.connected_components(sparse.coo_array(joints, shape=(size, size)), directed=False)
    return np.where(alone, group[: len(alone)], NOBODY).astype(np.int64)


def with_singletons(system: LinearSystem, sole: Ints) -> LinearSystem:
    """Return the system with one more cell for every sum that a sole contributor could solve, after the others.

    `sole` is int64 (cells,): who contributes alone, or `NOBODY`. Where the sensitive cells of a sum are those of one
    sole contributor and one other (a cell, or those of a second one), that contributor finds the other if nothing else
    in the sum is withheld. The added cell is what they have together: it is sensitive, so something else has to be
    withheld. Three and more protect each other. (The virtual cells of GaussSuppression and the singleton option of
    tau-ARGUS go the same way.) Only what one sum gives away is looked at.
    """
    found = [_solvable(system, sole, int(row)) for row in _worth_a_look(system, sole)]
    pairs = [one for one in found if one is not None]
    if not pairs:
        return system
    parts = _stacked(pairs, len(system))
    width = len(pairs)
    above = sparse.hstack([system.matrix, sparse.csr_array((system.matrix.shape[0], width))])
    sums = sparse.csr_array(sparse.vstack([above, sparse.hstack([parts, -sparse.eye_array(width)])]))
    members = [parts.indices[parts.indptr[at] : parts.indptr[at + 1]] for at in range(width)]
    names = [" with ".join(system.cells[cell] for cell in cells) for cells in members]
    same_sign = np.array([bool((parts.data[parts.indptr[at] : parts.indptr[at + 1]] > 0).all()) for at in range(width)])
    none = np.zeros(width, dtype=np.bool_)
    return replace(
        system,
        cells=(*system.cells, *names),
        relations=(*system.relations, *(f"what a contributor knows of {name}" for name in names)),
        matrix=sums,
        values=_joined(system.values, parts @ system.values),
        sensitive=np.concatenate([system.sensitive, ~none]),
        known=np.concatenate([system.known, none]),
        lower=_joined(system.lower, [system.lower[cells].max() for cells in members]),
        upper=_joined(system.upper, [system.upper[cells].max() for cells in members]),
        least=_joined(system.least, np.where(same_sign, parts @ system.least, -np.inf)),
        most=_joined(system.most, np.full(width, np.inf)),
        cost=_joined(system.cost, np.ones(width)),
        frozen=np.concatenate([system.frozen, none]),
        forced=np.concatenate([system.forced, none]),
    )


def _worth_a_look(system: LinearSystem, sole: Ints) -> Ints:
    """Return the sums with two sensitive cells or more, of which one has a sole contributor."""
    pattern = (abs(system.matrix) > 0).astype(np.float64)
    several = pattern @ system.sensitive.astype(np.float64) >= 2
    return np.flatnonzero(several & (pattern @ (system.sensitive & (sole != NOBODY)).astype(np.float64) >= 1))


def _solvable(system: LinearSystem, sole: Ints, row: int) -> tuple[Ints, Reals] | None:
    """Return the sensitive cells of a sum and their coefficients, if exactly two know them and one is alone."""
    here = slice(system.matrix.indptr[row], system.matrix.indptr[row + 1])
    cells, parts = system.matrix.indices[here].astype(np.int64), system.matrix.data[here]
    kept = system.sensitive[cells]
    cells, parts = cells[kept], parts[kept]
    owners = np.where(sole[cells] == NOBODY, -2 - np.arange(len(cells)), sole[cells])
    if len(np.unique(owners)) != 2:
        return None
    return cells, parts if parts.sum() >= 0 else -parts


def _stacked(pairs: Sequence[tuple[Ints, Reals]], width: int) -> sparse.csr_array:
    rows = np.repeat(np.arange(len(pairs)), [len(cells) for cells, _ in pairs])
    entries = (np.concatenate([parts for _, parts in pairs]), (rows, np.concatenate([cells for cells, _ in pairs])))
    return sparse.csr_array(sparse.coo_array(entries, shape=(len(pairs), width)))


def _joined(own: Reals, added: npt.ArrayLike) -> Reals:
    return np.concatenate([own, np.asarray(added, dtype=np.float64)])


def without_singletons(protected: ProtectedSystem, cells: int) -> ProtectedSystem:
    """Return the result for the first `cells` cells alone: what `with_singletons` added is no cell of the table."""
    audit = protected.audit
    kept = replace(
        audit,
        verdicts=audit.verdicts[:cells],
        low=audit.low[:cells],
        high=audit.high[:cells],
        betrayals=tuple(one for one in audit.betrayals if one.cell < cells),
    )
    withheld: Flags = protected.withheld[:cells]
    return replace(protected, withheld=withheld, secondary=protected.secondary[:cells], audit=kept)
