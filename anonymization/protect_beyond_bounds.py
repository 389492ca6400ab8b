"""Protects a linear system also against what readers know values to be at least and at most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from anonymization.attack_bounds import told_by_bounds
from anonymization.attack_intervals import bound
from anonymization.audit_system import audit_system
from anonymization.protect_system import ProtectedSystem, protect_system
from anonymization.relations import Flags
from anonymization.system import EFFORT, MOST_TOLD, LinearSystem
from datasets.disclosure import Guarantee
from datasets.errors import DisclosureRisk, Problem

MOST_ROUNDS = 20
"""How often cells that are told by their bounds are asked to move; each time there are fewer new ones."""

LEAST_MOVE = 1e-3
"""The part of a unit below which a rise is a matter of floating point."""


def protect_beyond_bounds(
    system: LinearSystem, *, guarantee: Guarantee = "interval", seed: int = 0, effort: int = EFFORT
) -> ProtectedSystem:
    """Protect as `protect_system` does, and against what readers' bounds tell, whatever the guarantee.

    `exact` looks at sums alone, and a level of zero asks for no more than that: three counts of at least one that add
    up to three are then known. Cells that must be withheld and are told so are asked to move a little, until there are
    none. Under `exact`, others that are told serve nobody and are published. Raises as `protect_system` does.
    """
    must = system.sensitive | system.forced
    asked = np.zeros(len(system), dtype=np.bool_)
    for _ in range(MOST_ROUNDS):
        given = system if not asked.any() else _moving(system, asked, guarantee, seed)
        how: Guarantee = "interval" if asked.any() else guarantee
        done = protect_system(given, guarantee=how, seed=seed, effort=effort)
        told = told_by_bounds(system, done.withheld, seed=seed)
        if not (told & must).any():
            # How cheap another pattern could be is known of what was asked for, units and all.
            done = replace(done, bound=None, parts=0, proven=0) if asked.any() else done
            return done if guarantee == "interval" else _exact(system, done, told)
        asked |= told & must
    problems = [
        Problem(f"cell {system.cells[cell]!r}", "is told by its bounds whatever else is withheld", "ask for less")
        for cell in np.flatnonzero(told & must)[:MOST_TOLD]
    ]
    raise DisclosureRisk("Some sensitive cells cannot be protected.", problems=problems)


def _moving(system: LinearSystem, cells: Flags, guarantee: Guarantee, seed: int) -> LinearSystem:
    """Return the system with the demand that these cells can move by a unit; where sums alone count, with no other.

    They are asked to rise where that is possible at all, otherwise to fall, and by less where a unit is too much.
    """
    positive = np.abs(system.values[system.values != 0])
    unit = min(1.0, float(positive.min(initial=1.0)))
    hidden = np.flatnonzero((system.candidates | system.sensitive | system.forced) & ~system.told)
    room, wanted = (system.fall[hidden], system.rise[hidden]), np.where(cells[hidden], unit, 0.0)
    asked = (np.minimum(wanted, room[0]), np.minimum(wanted, room[1]))
    found = bound(sparse.csr_array(system.matrix[:, hidden]), room, asked, np.random.default_rng(seed))
    fall, rise = np.zeros(len(system)), np.zeros(len(system))
    fall[hidden], rise[hidden] = np.minimum(asked[0], found.fall), np.minimum(asked[1], found.rise)
    none = np.zeros(len(system))
    lower, upper = (none, none) if guarantee == "exact" else (system.lower, system.upper)
    up = cells & (rise > LEAST_MOVE * unit)
    return replace(
        system,
        sensitive=system.sensitive | (cells & system.forced),
        lower=np.where(cells & ~up, np.maximum(lower, fall), lower),
        upper=np.where(up, np.maximum(upper, rise), upper),
    )


def _exact(system: LinearSystem, done: ProtectedSystem, told: Flags) -> ProtectedSystem:
    """Return the result as one of this guarantee, without the cells that everybody can tell."""
    if done.guarantee == "exact" and not told.any():
        return done
    withheld = done.withheld & ~told
    audit = audit_system(system, withheld, guarantee="exact")
    if not audit.safe:
        raise DisclosureRisk("The audit found withheld cells that are not safe.", problems=audit.problems(system))
    cost = float(system.cost[withheld & ~system.sensitive].sum())
    return ProtectedSystem(withheld, withheld & ~system.sensitive, "exact", cost, audit, done.seed)
