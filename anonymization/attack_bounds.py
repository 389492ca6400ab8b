"""What sums tell together with the least and the most that readers know: three counts that add up to three."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from anonymization.null_space import eliminated
from anonymization.relations import Flags, Ints
from anonymization.secondary.solver import linear_program, optimum, quiet_solver, solved
from anonymization.system import LinearSystem
from datasets.errors import DisclosureRisk, Problem

MOST = 150_000
"""How many withheld cells that hang together are looked at; of more, nothing can be promised in reasonable time."""


def told_by_bounds(system: LinearSystem, withheld: Flags, *, seed: int = 0) -> Flags:
    """Return which withheld cells have one value by sums and bounds together, bool (cells,), if bounds tell any.

    A cell that stands at its least value may be pinned there because others are too: it cannot rise unless one of them
    falls. Directions in which such cells rise, and those at their most fall, make a cone: one program finds a direction
    that moves all of them that any direction moves. Values between their bounds are free in both directions if the
    step is small, so what the others determine besides is a matter of elimination.

    Raises `DisclosureRisk` where more than `MOST` cells would have to be looked at, or the solver gives up.
    """
    hidden = np.flatnonzero(withheld & ~system.told)
    pinned = _pinned(system, hidden)
    told = np.zeros(len(system), dtype=np.bool_)
    if not pinned.any():
        return told
    told[hidden[pinned]] = True
    free = hidden[~pinned]
    told[free] = eliminated(system.whole_matrix, free, np.random.default_rng(seed))
    return told


def _pinned(system: LinearSystem, hidden: Ints) -> Flags:
    """Return which of the hidden cells at one of their bounds cannot leave it, bool (hidden,)."""
    upwards, downwards = system.fall[hidden] == 0, system.rise[hidden] == 0
    bound = np.flatnonzero(upwards | downwards)
    pinned = np.zeros(len(hidden), dtype=np.bool_)
    if not len(bound):
        return pinned
    if len(hidden) > MOST:
        rule = f"are more than {MOST:,} that are withheld, too many to see what their least values tell"
        problem = Problem("cells", rule, "publish coarser tables")
        raise DisclosureRisk("The tables are too large to be attacked.", problems=[problem])
    matrix = sparse.csc_array(system.matrix[:, hidden])
    # Each of them moves by a part up to one, which counts, and by as much more as it likes, which does not.
    moves = matrix[:, bound] * np.where(upwards[bound], 1.0, -1.0)
    others = matrix[:, ~(upwards | downwards)]
    whole = sparse.csr_array(sparse.hstack([moves, moves, others]))
    count, rest = len(bound), others.shape[1]
    solver = quiet_solver()
    cost = np.concatenate([-np.ones(count), np.zeros(count + rest)])
    lowest = np.concatenate([np.zeros(2 * count), np.full(rest, -np.inf)])
    highest = np.concatenate([np.ones(count), np.full(count + rest, np.inf)])
    solver.passModel(linear_program(whole, np.zeros(whole.shape[0]), cost, (lowest, highest)))
    answer = optimum(solver) if solved(solver) else None
    if answer is None:
        problem = Problem("cells", "could not be attacked: the solver found no answer", "report this")
        raise DisclosureRisk("The attack did not end.", problems=[problem])
    pinned[bound] = answer[:count] < 0.5
    return pinned
