"""Makes noisy counts add up again: least squares on all relations, then whole numbers that are not negative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse.linalg import lsmr

from anonymization.relations import Ints
from datasets.errors import DisclosureRuleInvalid, Problem

Floats = npt.NDArray[np.float64]

_SWEEPS = 10_000
"""Passes over all cells after which the search ends in any case; each passes lowers the distance, most need a dozen."""
_WHOLE_BY_SEARCH = 2_000
"""How many cells a system may have whose finest cells are not independent of each other."""


@dataclass(frozen=True)
class Consistent:
    """Counts int64 (cells,) that add up and are not negative, and how far they moved from the noisy ones on average."""

    counts: Ints
    moved: float


def make_consistent(noisy: Ints, matrix: sparse.csr_array, weights: Floats | None = None) -> Consistent:
    """Return whole numbers, none negative, that fulfil all relations and lie close to the noisy counts.

    `noisy` is int64 (cells,), `matrix` as `Relations.matrix`, `weights` float64 (cells,) one over the variance of the
    noise, equal where not given. First the least-squares estimate on the relations (Hay and others 2010), which uses
    margins to lessen the noise inside; then the finest cells are moved, one at a time and by whole numbers not below
    zero, as long as that brings all cells closer to the noisy counts in the weighted sum of squares. It needs nothing
    but what was drawn, so it costs no privacy (post-processing), and gives the same for the same noisy counts. Counts
    that were small are biased upwards: what was drawn below zero cannot stay there.

    Raises `DisclosureRuleInvalid` for arrays of wrong lengths, weights that are not positive and finite, relations with
    several parents, and for large systems in which finest cells depend on each other (tables that share only a total).
    """
    weight = np.ones(len(noisy)) if weights is None else weights
    _check(noisy, matrix, weight)
    nearest = _projected(noisy.astype(np.float64), matrix, weight)
    made_of, finest = _finest(matrix)
    if (matrix @ made_of).nnz:
        counts = _by_search(nearest, matrix, weight)
    else:
        counts = made_of @ _by_moves(noisy, made_of, weight, nearest[finest])
    return Consistent(counts, float(np.abs(counts - noisy).mean()))


def _check(noisy: Ints, matrix: sparse.csr_array, weight: Floats) -> None:
    if noisy.shape != (matrix.shape[1],) or weight.shape != noisy.shape or noisy.dtype.kind != "i" or not len(noisy):
        raise _refused("noisy counts", "must be one whole number and one weight for each cell", "give all cells")
    if not (np.isfinite(weight) & (weight > 0)).all():
        raise _refused("weights", "must be positive and finite", "give one over the variance of the noise")
    if max(-int(noisy.min()), int(noisy.max())) > 2**53:
        raise _refused("noisy counts", "must lie within 2**53 of zero", "such counts are noise alone")
    if matrix.nnz and (np.abs(matrix.data).max() > 1 or (np.asarray((matrix < 0).sum(axis=1)) != 1).any()):
        raise _refused(
            "relations", "must say that children add up to one parent", "leave out links with several parents"
        )


def _projected(noisy: Floats, matrix: sparse.csr_array, weight: Floats) -> Floats:
    """Return the weighted least-squares estimate on the relations; relations that follow from others do no harm."""
    if not matrix.shape[0]:
        return noisy
    root = np.sqrt(weight)
    scaled: Any = sparse.csr_array((matrix / root[None, :]).T)
    prices = lsmr(scaled, root * noisy, atol=1e-12, btol=1e-12, maxiter=10 * sum(matrix.shape))[0]
    found: Floats = noisy - (matrix.T @ prices) / weight
    return found


def _finest(matrix: sparse.csr_array) -> tuple[sparse.csr_array, Ints]:
    """Return of which finest cells each cell is made, int64 (cells, finest), and which cells are finest.

    A cell with several relations, one for each dimension, is made up by the first of them.
    """
    cells = matrix.shape[1]
    negative = sparse.coo_array(matrix < 0)
    relation = np.full(cells, -1)
    relation[negative.col[::-1]] = negative.row[::-1]
    finest = np.flatnonzero(relation < 0)
    base = sparse.csr_array((np.ones(len(finest), np.int64), (finest, np.arange(len(finest)))), (cells, len(finest)))
    parents = np.flatnonzero(relation >= 0)
    children = sparse.csr_array((matrix > 0).astype(np.int64))[relation[parents]]
    place = (np.ones(len(parents), np.int64), (parents, np.arange(len(parents))))
    down = sparse.csr_array(sparse.csr_array(place, (cells, len(parents))) @ children)
    made_of, level = base, base
    for _ in range(cells):
        level = sparse.csr_array(down @ level)
        if not level.nnz:
            return made_of, finest
        made_of = sparse.csr_array(made_of + level)
    raise _refused("relations", "must not make a cell contain itself", "correct the hierarchy")


def _by_moves(noisy: Ints, made_of: sparse.csr_array, weight: Floats, start: Floats) -> Ints:
    """Return the finest cells, int64 (finest,), from which no move of one cell comes closer to the noisy counts."""
    columns = sparse.csc_array(made_of)
    system = columns.indptr.astype(np.int64), columns.indices.astype(np.int64)
    fractions = np.maximum(start, 0.0)
    _descend(system, weight, noisy - made_of @ fractions, fractions, 1e-3)
    whole = np.floor(fractions + 0.5)
    _descend(system, weight, noisy - made_of @ whole, whole, 0.0)
    return whole.astype(np.int64)


@numba.njit(cache=True)
def _descend(  # pragma: no cover (compiled: coverage cannot see into it)
    system: tuple[Ints, Ints], weight: Floats, gap: Floats, values: Floats, tolerance: float
) -> None:
    """Move one value at a time to its best, by whole numbers where the tolerance is zero.

    Changes `values`, and `gap`, the noisy counts less the ones that the values make. The system is made of the starts
    and rows of its columns.
    """
    starts, rows = system
    for _ in range(_SWEEPS):
        largest = 0.0
        for one in range(len(values)):
            pull, stiffness = 0.0, 0.0
            for at in range(starts[one], starts[one + 1]):
                pull += weight[rows[at]] * gap[rows[at]]
                stiffness += weight[rows[at]]
            step = pull / stiffness
            if tolerance == 0.0:
                # Halves stay where they are, so that every step comes closer and the search ends.
                step = np.sign(step) * np.ceil(abs(step) - 0.5 - 1e-9)
            step = max(step, -values[one])
            if step != 0.0:
                values[one] += step
                for at in range(starts[one], starts[one + 1]):
                    gap[rows[at]] -= step
                largest = max(largest, abs(step))
        if largest <= tolerance:
            return


def _by_search(nearest: Floats, matrix: sparse.csr_array, weight: Floats) -> Ints:
    """Return whole numbers that fulfil all relations and are closest to the estimate in the weighted sum of distances.

    It serves tables that share a total without being crossed, where no cell can be moved alone.
    """
    cells = len(nearest)
    if cells > _WHOLE_BY_SEARCH:
        rule = f"join {cells:,} cells, of which some finest ones depend on each other: too many to make whole"
        raise _refused("relations", rule, "publish the table that crosses these dimensions, or fewer cells at once")
    unit = sparse.eye_array(cells)
    relations = sparse.hstack([matrix, sparse.csr_array(matrix.shape)])
    rows = sparse.vstack([relations, sparse.hstack([unit, -unit]), sparse.hstack([-unit, -unit])])
    upper = np.concatenate([np.zeros(matrix.shape[0]), nearest, -nearest])
    lower = np.concatenate([np.zeros(matrix.shape[0]), np.full(2 * cells, -np.inf)])
    found = milp(
        np.concatenate([np.zeros(cells), weight / weight.max()]),
        integrality=np.repeat([1, 0], cells),
        bounds=Bounds(0, np.inf),
        constraints=LinearConstraint(sparse.csc_array(rows), lower, upper),
        options={"node_limit": 2_000, "mip_rel_gap": 0.01},
    )
    if found.x is None:
        raise _refused("relations", "could not be fulfilled in whole numbers within the limit", "publish fewer cells")
    counts: Ints = np.rint(found.x[:cells]).astype(np.int64)
    if (matrix @ counts).any():
        raise _refused("relations", "were fulfilled in fractions only", "publish fewer cells at once")
    return counts


def _refused(place: str, rule: str, remedy: str) -> DisclosureRuleInvalid:
    problem = Problem(place, rule, remedy)
    return DisclosureRuleInvalid("The noisy counts cannot be made to add up.", problems=[problem])
