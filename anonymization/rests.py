"""What is left of cells without those that count some of the same people: never shown, and not to be worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.primary.sensitivity import Sensitivity
from anonymization.protect_system import ProtectedSystem
from anonymization.relations import Ints
from anonymization.singletons import without_singletons
from anonymization.system import LinearSystem, Reals
from datasets.errors import DisclosureRisk

SHARE = 1e-4
"""What withholding a rest costs, as a part of the cheapest cell: it is never shown, so that nothing is lost with it."""


@dataclass(frozen=True)
class Rest:
    """What is left of some cells of a system without others, cell by cell: survivors, of cases without deaths.

    `whole` and `part` are int64 (rests,): cells of the system. `cells` are the names of the rests. `sums` are the names
    and the matrix, (sums, rests) with -1 at totals, of what they add up to among themselves. `finding` says which of
    them the rules would not have published, and with which levels. `least` is float64 (rests,): what readers know each
    to be at least, such as one where a shown zero says that nobody of the whole is in the part.
    """

    whole: Ints
    part: Ints
    cells: tuple[str, ...]
    sums: tuple[Sequence[str], sparse.csr_array]
    finding: Sensitivity
    least: Reals


def with_rests(system: LinearSystem, rests: Sequence[Rest]) -> LinearSystem:
    """Return the system with every rest as a cell, after the others: whoever has a whole and its part subtracts.

    Rests have no upper bound, and are known where whole and part are known to everybody. Withholding one costs next to
    nothing; it does not help where whole and part are both shown. Sums of rests follow from those of wholes and parts;
    those that hold exactly are there because sole contributors are looked for in one sum at a time. Raises
    `DisclosureRuleInvalid` where a part is larger than its whole.
    """
    price = SHARE * float(system.cost[system.candidates].min(initial=system.cost.max(initial=1.0)))
    for one in rests:
        system = _with_rest(system, one, price)
    return system


def _with_rest(system: LinearSystem, rest: Rest, price: float) -> LinearSystem:
    width = len(rest.cells)
    values = system.values[rest.whole] - system.values[rest.part]
    none = np.zeros(width, dtype=np.bool_)
    names, sums = _exact(rest, values)
    matrix = sparse.vstack(
        [
            sparse.hstack([system.matrix, sparse.csr_array((system.matrix.shape[0], width))]),
            _whole_less_part(rest, len(system)),
            sparse.hstack([sparse.csr_array((len(names), len(system))), sums]),
        ]
    )
    return replace(
        system,
        cells=(*system.cells, *rest.cells),
        relations=(*system.relations, *(f"{name}, worked out" for name in rest.cells), *names),
        matrix=sparse.csr_array(matrix),
        values=_joined(system.values, values),
        sensitive=np.concatenate([system.sensitive, rest.finding.sensitive]),
        known=np.concatenate([system.known, system.known[rest.whole] & system.known[rest.part]]),
        lower=_joined(system.lower, rest.finding.lower),
        upper=_joined(system.upper, rest.finding.upper),
        least=_joined(system.least, rest.least),
        most=_joined(system.most, np.full(width, np.inf)),
        cost=_joined(system.cost, np.full(width, price)),
        frozen=np.concatenate([system.frozen, none]),
        forced=np.concatenate([system.forced, none]),
    )


def _exact(rest: Rest, values: Reals) -> tuple[list[str], sparse.csr_array]:
    """Return the sums that hold exactly: where those of wholes and parts hold nearly, a small rest would tell more."""
    names, matrix = rest.sums
    kept = np.flatnonzero(matrix @ values == 0)
    return [names[row] for row in kept.tolist()], sparse.csr_array(matrix[kept])


def _whole_less_part(rest: Rest, before: int) -> sparse.csr_array:
    """Return a sum for each rest, which makes up its whole together with its part; `before` cells precede the rests."""
    width = len(rest.cells)
    rows = np.arange(width)
    entries = np.concatenate([np.ones(2 * width), -np.ones(width)])
    columns = np.concatenate([rest.part, before + rows, rest.whole])
    made = sparse.coo_array((entries, (np.tile(rows, 3), columns)), shape=(width, before + width))
    return sparse.csr_array(made)


def _joined(own: Reals, added: npt.ArrayLike) -> Reals:
    return np.concatenate([own, np.asarray(added, dtype=np.float64)])


def without_rests(protected: ProtectedSystem, attacked: LinearSystem, system: LinearSystem) -> ProtectedSystem:
    """Return the result for the cells of `system` alone, without what `with_rests` and others added to it.

    `attacked` is the system with the additions, of which the rests are the only ones with a price that counts.
    """
    cells = len(system)
    kept = without_singletons(protected, cells)
    every = float(attacked.cost[cells:][attacked.candidates[cells:]].sum())
    if not every:
        return kept
    # No safe pattern is cheaper than the bound with its rests, which may be all of them.
    bound = None if protected.bound is None else max(protected.bound - every, 0.0)
    return replace(kept, cost=float(system.cost[kept.secondary].sum()), bound=bound)


def told_of_rests(refused: DisclosureRisk, attacked: LinearSystem, cells: int) -> DisclosureRisk:
    """Return a refusal in which what `with_rests` added is not called a cell.

    `attacked` is the system with the additions, `cells` how many it has without them.
    """
    names = {f"cell {name!r}": name for name in attacked.cells[cells:]}
    problems = [replace(one, place=names.get(one.place, one.place)) for one in refused.problems]
    return DisclosureRisk(refused.message, problems=problems)
