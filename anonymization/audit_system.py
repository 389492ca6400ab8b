"""Attacks a protected linear system by code of its own: what can be derived, and what is bounded too tightly."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.attack_intervals import NEARLY, Bounds, bound
from anonymization.null_space import determined, eliminated
from anonymization.relations import Flags, Ints
from anonymization.second_prime import confusable, determined_again
from anonymization.secondary.solver import linear_program, optimum, quiet_solver
from anonymization.system import MOST_TOLD, LinearSystem
from datasets.disclosure import Guarantee
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid, Problem

Reals = npt.NDArray[np.float64]

NEAREST = 1_000
"""Among how many relations those are sought that betray a cell."""

MILD = 100.0
"""Coefficients that differ by no more than this factor are left to floating point."""

Answer = tuple[npt.NDArray[np.int8], Reals, Reals]
"""The verdict for every cell, and the least and the largest value that it can have."""


class Verdict(IntEnum):
    """What an attacker can do to a cell."""

    SHOWN = 0
    SAFE = 1
    DERIVABLE = 2
    TOO_NARROW = 3


@dataclass(frozen=True)
class Betrayal:
    """A derivable cell and the relations that together give it away."""

    cell: int
    relations: tuple[int, ...]


@dataclass(frozen=True)
class SystemAudit:
    """The verdict for every cell, int8 (cells,), and how it was reached.

    `low` and `high` are the range in which an attacker must look for a withheld cell, as far as it was determined:
    float64 (cells,), not a number where a cell is shown. A range that is wide enough is not followed to its ends. With
    the guarantee `exact` ranges are those of derivable cells alone. `programs` counts linear programs.
    """

    guarantee: Guarantee
    verdicts: npt.NDArray[np.int8]
    low: Reals
    high: Reals
    betrayals: tuple[Betrayal, ...]
    programs: int

    @property
    def safe(self) -> bool:
        """Whether no withheld cell can be derived and, if that was asked, no sensitive one is bounded too tightly."""
        return bool((self.verdicts <= Verdict.SAFE).all())

    def problems(self, system: LinearSystem) -> list[Problem]:
        """Say which cells are not safe and why, without a value."""
        betrayed = {one.cell: one.relations for one in self.betrayals}
        problems = []
        unsafe = np.flatnonzero(self.verdicts >= Verdict.DERIVABLE)
        for cell in unsafe[:MOST_TOLD]:
            if self.verdicts[cell] == Verdict.DERIVABLE:
                names = ", ".join(repr(system.relations[row]) for row in betrayed.get(int(cell), ())[:MOST_TOLD])
                rule = f"can be derived exactly from {names}" if names else "can be derived exactly"
            else:
                rule = "can be bounded more tightly than its protection levels allow"
            remedy = "withhold more of the cells it is summed with"
            problems.append(Problem(f"cell {system.cells[cell]!r}", rule, remedy))
        if len(unsafe) > MOST_TOLD:
            problems.append(Problem("cells", f"{len(unsafe) - MOST_TOLD} more are not safe", "withhold more cells"))
        return problems


def check_guarantee(name: str) -> None:
    """Refuse a guarantee that is not known, which must not pass for a weaker one."""
    if name not in {"interval", "exact"}:
        problem = Problem("guarantee", f"{name!r} is not known", "use 'interval' or 'exact'")
        raise DisclosureRuleInvalid("The guarantee is not known.", problems=[problem])


def audit_system(
    system: LinearSystem, withheld: Flags, *, guarantee: Guarantee = "interval", seed: int = 0
) -> SystemAudit:
    """Attack a system of which the cells in `withheld` are not shown, bool (cells,).

    Known cells are known however they are marked, and so are those to which readers' bounds leave no room. Every
    withheld cell that can be derived is told, sensitive or not; ranges are checked for sensitive cells. Raises
    `DisclosureRuleInvalid` where a sensitive cell is shown, which no attack is needed for, and for an unknown guarantee
    or a pattern of another length.
    """
    check_guarantee(guarantee)
    if withheld.shape != (len(system),) or withheld.dtype != np.bool_:
        problem = Problem("pattern", "must say yes or no for each cell", "give as many entries as there are cells")
        raise DisclosureRuleInvalid("The pattern cannot be audited.", problems=[problem])
    shown = np.flatnonzero(system.sensitive & ~withheld)
    if len(shown):
        rule = ("is sensitive and not withheld", "withhold it")
        problems = [Problem(f"cell {system.cells[cell]!r}", *rule) for cell in shown[:MOST_TOLD]]
        raise DisclosureRuleInvalid("Sensitive cells are shown.", problems=problems)
    random = np.random.default_rng(seed)
    hidden = np.flatnonzero(withheld & ~system.told)
    matrix = sparse.csr_array(system.matrix[:, hidden])
    derivable = _derivable(system, hidden, random)
    verdicts = np.where(withheld & ~system.known, np.int8(Verdict.SAFE), np.int8(Verdict.SHOWN))
    verdicts[hidden] = np.where(derivable, Verdict.DERIVABLE, Verdict.SAFE)
    low, high = np.full(len(system), np.nan), np.full(len(system), np.nan)
    exactly = np.append(hidden[derivable], np.flatnonzero(withheld & system.told & ~system.known))
    low[exactly] = high[exactly] = system.values[exactly]
    programs = 0
    if guarantee == "interval":
        bounds = _bounds(system, hidden[~derivable], random)
        programs = bounds.programs
        _judge(system, hidden[~derivable], bounds, (verdicts, low, high))
    betrayed = np.flatnonzero(derivable)[:MOST_TOLD].tolist()
    betrayals = tuple(Betrayal(int(hidden[at]), betrayal(matrix, at)) for at in betrayed)
    return SystemAudit(guarantee, verdicts, low, high, betrayals, programs)


def _derivable(system: LinearSystem, cells: Ints, random: np.random.Generator) -> Flags:
    """Return which of the unknown cells are determined, bool (cells,).

    By elimination in whole numbers; where that fills up, by projections. Where coefficients differ much in size, as
    between units of measurement, projections in floating point may overlook something, and are no way out. Where they
    differ at all, relations may differ by multiples of the prime alone, and another prime is asked too. Raises
    `DisclosureRisk` where none of this can be done.
    """
    size = np.abs(system.matrix.data)
    smallest, largest = size.min(initial=1.0), size.max(initial=1.0)
    try:
        found = eliminated(system.whole_matrix, cells, random)
        if largest > smallest:
            mixed = np.flatnonzero(confusable(system.whole_matrix[:, cells]))
            found[mixed] |= determined_again(system.whole_matrix[:, cells[mixed]], random)
    except DisclosureRisk:
        if largest > MILD * smallest:
            raise
        return determined(sparse.csr_array(system.matrix[:, cells]), random)
    return found


def _bounds(system: LinearSystem, cells: Ints, random: np.random.Generator) -> Bounds:
    matrix = sparse.csr_array(system.matrix[:, cells])
    room = (system.fall[cells], system.rise[cells])
    wanted = (system.wanted_fall[cells], system.wanted_rise[cells])
    # Solvers let sums be off by a fixed amount, which must stay small beside the least that is asked for.
    levels = np.concatenate(wanted)
    unit = float(np.min(levels, where=levels > 0, initial=1.0))
    found = bound(matrix, (room[0] / unit, room[1] / unit), (wanted[0] / unit, wanted[1] / unit), random)
    return Bounds(found.fall * unit, found.rise * unit, found.exact, found.programs)


def _judge(system: LinearSystem, cells: Ints, bounds: Bounds, answer: Answer) -> None:
    verdicts, low, high = answer
    narrow = (bounds.fall < system.wanted_fall[cells] * NEARLY) | (bounds.rise < system.wanted_rise[cells] * NEARLY)
    verdicts[cells[narrow]] = Verdict.TOO_NARROW
    low[cells] = system.values[cells] - bounds.fall
    high[cells] = system.values[cells] + bounds.rise


def betrayal(matrix: sparse.csr_array, column: int) -> tuple[int, ...]:
    """Return relations of which a combination holds this unknown column alone, few where that is easy to find.

    In large systems they are sought among those around the column, at growing distance; where `NEAREST` do not hold it,
    none are named.
    """
    if matrix.shape[0] <= NEAREST:
        return _combination(matrix, column)
    by_column = sparse.csc_array(matrix)
    rows, seen = np.unique(by_column[:, [column]].indices), 0
    while seen < len(rows) <= NEAREST:
        around = np.unique(matrix[rows].indices)
        found = _combination(sparse.csr_array(matrix[rows][:, around]), int(np.searchsorted(around, column)))
        if found:
            return tuple(rows[list(found)].tolist())
        rows, seen = np.unique(by_column[:, around].indices), len(rows)
    return ()


def _combination(matrix: sparse.csr_array, column: int) -> tuple[int, ...]:
    """Return the relations in the combination with the least sum of absolute multipliers, which tends to be of few."""
    transposed = sparse.csr_array(matrix.T)
    width, height = transposed.shape
    wanted = np.zeros(width)
    wanted[column] = 1.0
    both = sparse.csr_array(sparse.hstack([transposed, -transposed]))
    solver = quiet_solver()
    solver.passModel(
        linear_program(both, wanted, np.ones(2 * height), (np.zeros(2 * height), np.full(2 * height, np.inf)))
    )
    solver.run()
    multipliers = optimum(solver)
    if multipliers is None:
        return ()
    return tuple(np.flatnonzero(np.abs(multipliers[:height] - multipliers[height:]) > 1e-7).tolist())
