"""Contributors who are alone in a cell know it, and must not find another one by subtracting their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.primary.assess import WithoutLargest
from anonymization.protect_system import ProtectedSystem
from anonymization.relations import Flags, Ints
from anonymization.system import LinearSystem, Reals
from datasets.errors import DisclosureRisk

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


def with_singletons(system: LinearSystem, sole: Ints, others: WithoutLargest | None = None) -> LinearSystem:
    """Return the system with one more cell for every sum that a sole contributor could solve, after the others.

    `sole` is int64 (cells,): who contributes alone, or `NOBODY`. Where the sensitive cells of a sum are those of one
    sole contributor and one other (a cell, or those of a second one), that contributor finds the other if nothing else
    in the sum is withheld. The added cell is what they have together: it is sensitive, so something else has to be
    withheld. Three and more protect each other. (The virtual cells of GaussSuppression and the singleton option of
    tau-ARGUS go the same way.) Only what one sum gives away is looked at.

    Where the other cell is the total, the added one is what the sole contributor does not know of it: the total less
    their own. What protects that contributor, who may have nearly all of the total, means nothing there. `others` says
    what the rules ask for without the largest contributor of each cell: where that is the sole one, the added cell has
    those levels, and there is none where they ask for nothing. Where it cannot be told, levels are as large a part of
    what the others have as they are of the total or of the sole contributor's cell, whichever is more: the latter is
    the most that a rule about contributors can ask for.
    """
    found = [_solvable(system, sole, int(row), others) for row in _worth_a_look(system, sole)]
    pairs = [one for one in found if one is not None]
    if not pairs:
        return system
    parts, width = _stacked(pairs, len(system)), len(pairs)
    above = sparse.hstack([system.matrix, sparse.csr_array((system.matrix.shape[0], width))])
    sums = sparse.csr_array(sparse.vstack([above, sparse.hstack([parts, -sparse.eye_array(width)])]))
    names = [_name(system, sole, one.cells) for one in pairs]
    values = parts @ system.values
    none = np.zeros(width, dtype=np.bool_)
    return replace(
        system,
        cells=(*system.cells, *names),
        relations=(*system.relations, *(f"a sum that adds up to {name}" for name in names)),
        matrix=sums,
        values=_joined(system.values, values),
        sensitive=np.concatenate([system.sensitive, ~none]),
        known=np.concatenate([system.known, none]),
        lower=_joined(system.lower, [one.lower for one in pairs]),
        upper=_joined(system.upper, [one.upper for one in pairs]),
        least=_joined(system.least, np.minimum([one.least for one in pairs], values)),
        most=_joined(system.most, np.full(width, np.inf)),
        cost=_joined(system.cost, np.ones(width)),
        frozen=np.concatenate([system.frozen, none]),
        forced=np.concatenate([system.forced, none]),
    )


@dataclass(frozen=True)
class _Pair:
    """What one sole contributor could solve: cells and their coefficients, what is known of their sum, its levels."""

    cells: Ints
    parts: Reals
    least: float
    lower: float
    upper: float


def _name(system: LinearSystem, sole: Ints, cells: Ints) -> str:
    """Say who would learn what."""
    knower = sole[cells][sole[cells] != NOBODY][0]
    own, other = (
        " and ".join(system.cells[cell] for cell in cells[chosen])
        for chosen in (sole[cells] == knower, sole[cells] != knower)
    )
    return f"what the one contributor of {own} would learn of {other}"


def _worth_a_look(system: LinearSystem, sole: Ints) -> Ints:
    """Return the sums with two sensitive cells or more, of which one has a sole contributor."""
    pattern = (abs(system.matrix) > 0).astype(np.float64)
    several = pattern @ system.sensitive.astype(np.float64) >= 2
    return np.flatnonzero(several & (pattern @ (system.sensitive & (sole != NOBODY)).astype(np.float64) >= 1))


def _solvable(system: LinearSystem, sole: Ints, row: int, others: WithoutLargest | None) -> _Pair | None:
    """Return the sensitive cells of a sum, if exactly two know them and the one who is alone could learn anything."""
    here = slice(system.matrix.indptr[row], system.matrix.indptr[row + 1])
    cells, parts = system.matrix.indices[here].astype(np.int64), system.matrix.data[here]
    kept = system.sensitive[cells]
    owners = np.where(sole[cells] == NOBODY, -2 - np.arange(len(cells)), sole[cells])
    if len(np.unique(owners[kept])) != 2:
        return None
    # A total is alone on its side of the sum.
    signs = np.sign(parts)
    total = kept & np.where(signs > 0, (signs > 0).sum() == 1, (signs < 0).sum() == 1)
    if (total & (owners >= 0)).any():
        return None  # who is alone in the total knows every part
    if total.any():
        return _beside_total(system, (cells, parts / parts[total]), total, others)
    chosen, parts = cells[kept], parts[kept]
    parts = parts if parts.sum() >= 0 else -parts
    least = float(parts @ system.least[chosen]) if (parts > 0).all() else -np.inf
    return _Pair(chosen, parts, least, float(system.lower[chosen].max()), float(system.upper[chosen].max()))


def _beside_total(
    system: LinearSystem, terms: tuple[Ints, Reals], total: Flags, others: WithoutLargest | None
) -> _Pair | None:
    """Return what a total is without the cells of a sole contributor, None where that one may know it.

    `terms` are the cells of a sum, with coefficients of which the total's is 1; `total` flags it among them.
    """
    cells, parts = terms
    kept = system.sensitive[cells]
    rest, times = cells[~kept], -parts[~kept]
    least = float((times * np.where(times > 0, system.least[rest], system.most[rest])).sum())
    pair, values, at = cells[kept], system.values[cells[kept]], int(cells[total][0])
    lower, upper = system.lower[pair], system.upper[pair]
    if least < 0 or (system.least[pair] < 0).any():  # readers take everything for possible, below and above
        return _Pair(pair, parts[kept], least, float(lower.max()), float(upper.max()))
    if others is not None and (parts[~total] == -1).all() and _is_largest(system, cells, kept & ~total, others, at):
        asked = others.finding
        found = _Pair(pair, parts[kept], least, float(asked.lower[at]), float(asked.upper[at]))
        return found if asked.sensitive[at] else None
    value = float(parts[kept] @ values)
    return _Pair(pair, parts[kept], least, _in_part(lower, values, value), _in_part(upper, values, value))


def _is_largest(system: LinearSystem, cells: Ints, own: Flags, others: WithoutLargest, at: int) -> bool:
    """Say whether a sole contributor is the largest of the total `at`, with what they have in the `own` cells alone.

    Nobody has more than the largest contribution, so who has as much in these cells has nothing in the others of the
    sum, as long as no contribution is negative.
    """
    if not others.judged[at] or np.isnan(others.largest[cells]).any():
        return False
    figure = float(system.values[cells[own]].sum())
    # Sums of decimals differ in their last digits; what is left decides how much that is.
    rest = max(float(system.values[at]) - figure, 0.0)
    return bool(abs(figure - others.largest[at]) <= 1e-9 * min(figure, rest))


def _in_part(levels: Reals, values: Reals, value: float) -> float:
    """Return a level that is as large a part of a value as one of the levels is of its own, and no larger than them.

    A count of one or more keeps a level of one.
    """
    some = values > 0
    share = float((levels[some] / values[some]).max(initial=0.0))
    return min(float(levels.max()), max(share * value, min(value, 1.0), 0.0))


def _stacked(pairs: Sequence[_Pair], width: int) -> sparse.csr_array:
    rows = np.repeat(np.arange(len(pairs)), [len(one.cells) for one in pairs])
    entries = (np.concatenate([one.parts for one in pairs]), (rows, np.concatenate([one.cells for one in pairs])))
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


def told_of_singletons(refused: DisclosureRisk, system: LinearSystem, cells: int, *, way_out: str) -> DisclosureRisk:
    """Return a refusal in which what `with_singletons` added is not called a cell, and has `way_out` as a remedy too.

    `system` is the one with the additions, `cells` how many it has without them.
    """
    names = {f"cell {name!r}": name for name in system.cells[cells:]}
    problems = [
        replace(one, place=names[one.place], remedy=f"{one.remedy}, or {way_out}") if one.place in names else one
        for one in refused.problems
    ]
    return DisclosureRisk(refused.message, problems=problems)
