"""Protects a linear system of cells: exactly, or so that every sensitive cell keeps the range that it must have."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anonymization.audit_system import SystemAudit, audit_system, check_guarantee
from anonymization.relations import Flags, Ints
from anonymization.secondary.gauss import choose, determined
from anonymization.secondary.interval.choose import mended, widen
from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.interval.flow import Router
from anonymization.secondary.interval.proofs import Side
from anonymization.secondary.large import choose_in_levels
from anonymization.secondary.optimal.proof import Proof, prove, sides_of, worth_trying
from anonymization.secondary.optimal.search import Mend
from anonymization.system import EFFORT, MOST_TOLD, LinearSystem, Reals
from datasets.disclosure import Guarantee
from datasets.errors import DisclosureRisk, Problem

TRIES = 60_000
"""Entries of all matrices that are tried for exact protection: small systems are tried in several orders."""

MOST_TRIES = 20
"""In how many orders at most."""

LARGE = 200_000
"""Systems of more cells are chosen for level by level, which takes less time and withholds a little more."""


@dataclass(frozen=True)
class ProtectedSystem:
    """Which cells are withheld, bool (cells,), which of them only for others, at what cost, and the audit of it.

    `guarantee` is what the audit found to hold: `interval`, that every sensitive cell keeps its range; `exact`, only
    that no withheld cell can be derived. No safe pattern costs less than `bound`, None where nothing was proved. Of the
    `parts` that hang together and need secondary cells, `proven` are known to have none that could be cheaper.
    """

    withheld: Flags
    secondary: Flags
    guarantee: Guarantee
    cost: float
    audit: SystemAudit
    seed: int
    bound: float | None = None
    parts: int = 0
    proven: int = 0

    @property
    def gap(self) -> float | None:
        """By which part of its cost another pattern may be cheaper at most: 0 where none is; None where not known."""
        if self.bound is None:
            return None
        return 0.0 if self.proven == self.parts or self.bound >= self.cost else 1 - self.bound / self.cost


def protect_system(
    system: LinearSystem, *, guarantee: Guarantee = "interval", seed: int = 0, effort: int = EFFORT
) -> ProtectedSystem:
    """Choose which cells to withhold besides the sensitive ones; the same input gives the same result.

    `effort` is about a microsecond, but reckoned from the work done, so that every machine finds the same; as much goes
    into a search for cheaper patterns, and then into one for the proof that there are none. Raises
    `DisclosureRisk`, naming cells, where nothing that may be withheld is enough, and where the audit does not agree:
    the guarantee is never weakened. Raises `DisclosureRuleInvalid` for a guarantee that is not known.
    """
    check_guarantee(guarantee)
    exact, helpless = _exact(system, seed)
    if helpless.any():
        sides = [(int(cell), 1 if system.rise[cell] > 0 else -1) for cell in np.flatnonzero(helpless)]
        raise _impossible(system, sides, guarantee)
    withheld = system.sensitive | system.forced | exact
    if guarantee == "interval":
        withheld, lost = widen(demand_of(system), withheld, seed=seed, effort=effort)
        if lost:
            raise _impossible(system, lost, guarantee)
        withheld = _settled(system, withheld, seed)
    proof = _proof(system, withheld, guarantee, seed=seed, effort=effort)
    done = _audited(system, withheld, guarantee, proof=proof, seed=seed)
    if not done.audit.safe:
        raise DisclosureRisk("The audit found withheld cells that are not safe.", problems=done.audit.problems(system))
    return done


def _proof(system: LinearSystem, withheld: Flags, guarantee: Guarantee, *, seed: int, effort: int) -> Proof | None:
    """Look for a cheaper safe pattern, and for the proof that there is none; None where that is not tried."""
    demand = demand_of(system)
    if effort <= 0 or not worth_trying(demand):
        return None
    sides = sides_of(demand, system.whole_matrix, guarantee=guarantee, seed=seed)
    proof = prove(demand, sides, withheld, mender(system, guarantee, seed=seed), effort=effort)
    if proof is None:
        return None
    anyway = float(system.cost[system.forced & ~system.sensitive].sum())
    return replace(proof, withheld=_settled(system, proof.withheld, seed), bound=proof.bound + anyway)


def mender(system: LinearSystem, guarantee: Guarantee, *, seed: int) -> Mend:
    """Return what makes a safe pattern out of any, close to it, and tells what that took."""
    demand = demand_of(system)

    def mend(pattern: Flags) -> tuple[Flags | None, int]:
        if guarantee == "exact":
            return _covered(system, pattern, seed), system.matrix.nnz
        safe, work = mended(demand, pattern)
        return None if safe is None else _settled(system, safe, seed), work

    return mend


def _covered(system: LinearSystem, withheld: Flags, seed: int) -> Flags:
    """Return a pattern that determines nothing withheld anyway, preferring what is in `withheld`."""
    random = np.random.default_rng(seed)
    must = system.sensitive | system.forced
    unknown = must & ~system.told
    order = _order(system, unknown, np.where(withheld, 0.0, system.cost), random)
    return must | choose(system.whole_matrix, unknown=unknown, protect=unknown, candidates=order, random=random)[0]


def _audited(
    system: LinearSystem, withheld: Flags, guarantee: Guarantee, *, proof: Proof | None, seed: int
) -> ProtectedSystem:
    """Return the pattern of the proof, or the other one where that is as cheap or the audit does not agree."""
    cost, proven = _cost(system, withheld), 0 if proof is None else proof.proven
    audit = None
    if proof is not None and _cost(system, proof.withheld) < cost:
        audit = audit_system(system, proof.withheld, guarantee=guarantee)
        if audit.safe:
            withheld, cost = proof.withheld, _cost(system, proof.withheld)
        else:
            audit, proven = None, 0
    audit = audit or audit_system(system, withheld, guarantee=guarantee)
    found = ProtectedSystem(withheld, withheld & ~system.sensitive, guarantee, cost, audit, seed)
    if proof is None:
        return found
    return replace(found, bound=min(proof.bound, cost), parts=proof.parts, proven=proven)


def _cost(system: LinearSystem, withheld: Flags) -> float:
    return float(system.cost[withheld & ~system.sensitive].sum())


def demand_of(system: LinearSystem) -> Demand:
    """Return what interval protection is asked for; a cell that is withheld in any case costs nothing."""
    return Demand(
        matrix=system.matrix,
        fall=system.fall,
        rise=system.rise,
        lower=system.wanted_fall,
        upper=system.wanted_rise,
        cost=np.where(system.candidates & ~system.forced, system.cost, np.inf),
        unknown=system.sensitive | system.forced,
    )


def _exact(system: LinearSystem, seed: int) -> tuple[Flags, Flags]:
    """Return the cheapest set found that leaves no cell determined that is withheld anyway, and those beyond help."""
    random = np.random.default_rng(seed)
    unknown = (system.sensitive | system.forced) & ~system.told
    whole = system.whole_matrix
    best, best_cost, helpless = np.zeros(len(system), dtype=np.bool_), np.inf, np.zeros(len(system), dtype=np.bool_)
    prices = (_shared_price(system, unknown), system.cost)
    choice = choose if len(system) <= LARGE else choose_in_levels
    for number in range(min(MOST_TRIES, max(1, TRIES // max(1, whole.nnz)))):
        order = _order(system, unknown, prices[number % 2], random)
        chosen, helpless = choice(whole, unknown=unknown, protect=unknown, candidates=order, random=random)
        cost = float(system.cost[chosen].sum())
        if cost < best_cost:
            best, best_cost = chosen, cost
    return best, helpless


def _settled(system: LinearSystem, withheld: Flags, seed: int) -> Flags:
    """Return a pattern in which nothing withheld is determined: ranges do not see to that where no level is asked for.

    What is determined and need not be withheld is published, which tells nobody anything; the others get company.
    """
    random = np.random.default_rng(seed)
    must, whole = system.sensitive | system.forced, system.whole_matrix
    exposed = determined(whole, withheld & ~system.told, random)
    withheld = withheld & (must | ~exposed)
    unknown = withheld & ~system.told
    order = _order(system, unknown, system.cost, random)
    return withheld | choose(whole, unknown=unknown, protect=must & unknown, candidates=order, random=random)[0]


def _order(system: LinearSystem, unknown: Flags, price: Reals, random: np.random.Generator) -> Ints:
    """Return the candidates, cheapest first, ties at random."""
    candidates = np.flatnonzero(system.candidates & ~unknown)
    return candidates[np.lexsort((random.random(len(candidates)), price[candidates]))]


def _shared_price(system: LinearSystem, unknown: Flags) -> Reals:
    """Return the price of each cell divided among the sums that need it, float64 (cells,).

    A cell in several sums with a sensitive cell protects more than one, so that it may cost more.
    """
    pattern = abs(system.matrix)
    needy = (pattern @ unknown.astype(np.float64) > 0).astype(np.float64)
    load = (pattern > 0).astype(np.float64).T @ needy
    return np.asarray(system.cost / (1 + load))


def _impossible(system: LinearSystem, lost: list[Side], guarantee: Guarantee) -> DisclosureRisk:
    cells = sorted({cell for cell, _ in lost})
    frozen = conflict(system, lost[0]) if guarantee == "interval" and system.frozen.any() else ()
    remedy = "publish coarser tables, or ask for less"
    if frozen:
        names = ", ".join(repr(system.cells[cell]) for cell in frozen[:MOST_TOLD])
        remedy = f"do not freeze at least one of: {names}"
    problems = [
        Problem(f"cell {system.cells[cell]!r}", "cannot be protected whatever else is withheld", remedy)
        for cell in cells[:MOST_TOLD]
    ]
    if len(cells) > MOST_TOLD:
        problems.append(Problem("cells", f"{len(cells) - MOST_TOLD} more cannot be protected", remedy))
    return DisclosureRisk("Some sensitive cells cannot be protected.", problems=problems)


def conflict(system: LinearSystem, side: Side) -> tuple[int, ...]:
    """Return a smallest set of frozen cells, none of which can be left out, that makes a side impossible to protect.

    Empty where frozen cells are not the reason. By deletion (Chinneck, Feasibility and Infeasibility in Optimization,
    2008): each is freed in turn, and stays free where the rest is reason enough.
    """
    demand = demand_of(system)
    usable = demand.unknown | np.isfinite(demand.cost) | (system.frozen & system.movable)
    router, price = Router(demand), np.ones(len(system))
    level, room = (demand.upper, system.rise) if side[1] > 0 else (demand.lower, system.fall)
    amount = side[1] * float(level[side[0]] or min(1.0, room[side[0]]))

    def possible(frozen: Flags) -> bool:
        return router.find(side[0], amount, (usable & ~frozen, price), near=False) is not None

    kept = system.frozen.copy()
    if not possible(np.zeros_like(kept)):
        return ()
    for cell in np.flatnonzero(system.frozen):
        kept[cell] = False
        if possible(kept):
            kept[cell] = True
    return tuple(np.flatnonzero(kept).tolist())
