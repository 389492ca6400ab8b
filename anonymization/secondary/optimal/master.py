"""The cheapest pattern that satisfies all cuts so far: as a linear program, and with every cell in or out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from anonymization.relations import Flags
from anonymization.secondary.interval.demand import Reals
from anonymization.secondary.optimal.attacker import Cut
from anonymization.secondary.solver import linear_program, optimum, quiet_solver


@dataclass(frozen=True)
class Relaxed:
    """The least cost, shares of candidates that have it, and what more of each would add, float64 (candidates,)."""

    cost: float
    shares: Reals
    reduced: Reals


@dataclass(frozen=True)
class Cheapest:
    """A bound that no pattern within the cuts is below, and the best pattern found, bool (candidates,)."""

    bound: float
    pattern: Flags


class Master:
    """Prices and cuts of one part; more cuts come in, none goes out."""

    def __init__(self, cost: Reals) -> None:
        self._cost = cost
        self._solver = quiet_solver()
        none = sparse.csr_array((0, len(cost)))
        limits = np.zeros(len(cost)), np.ones(len(cost))
        self._solver.passModel(linear_program(none, np.zeros(0), cost, limits))
        self._seen: set[tuple[bytes, bytes]] = set()
        self.work = 0

    def add(self, cut: Cut) -> bool:
        """Take up a cut; say whether it is new."""
        key = cut.columns.tobytes(), np.round(cut.coefficients, 9).tobytes()
        if key in self._seen:
            return False
        self._seen.add(key)
        columns = cut.columns.astype(np.int32)
        self._solver.addRow(cut.least, np.inf, len(columns), columns, cut.coefficients)
        return True

    def relaxed(self) -> Relaxed | None:
        """Return the cheapest shares within all cuts; None where the solver gives up."""
        self._solver.run()
        self.work += self._steps(self._solver)
        shares = optimum(self._solver)
        if shares is None:
            return None
        cost = float(self._solver.getInfo().objective_function_value)
        return Relaxed(cost, np.clip(shares, 0.0, 1.0), np.array(self._solver.getSolution().col_dual))

    def cheapest(self, free: Flags, nodes: int) -> Cheapest | None:
        """Return the cheapest pattern of candidates in `free`, bool (candidates,), as far as `nodes` branches tell.

        None where the solver gives up.
        """
        model = self._solver.getLp()
        model.col_upper_ = np.where(free, 1.0, 0.0)
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(self._cost)
        solver = quiet_solver()
        for option in (
            ("mip_max_nodes", nodes),
            ("mip_heuristic_effort", 0.0),
            ("mip_rel_gap", 1e-7),
        ):
            solver.setOptionValue(*option)
        solver.passModel(model)
        solver.run()
        info = solver.getInfo()
        self.work += 10 * self._steps(solver) + 5_000 * int(info.mip_node_count)
        bound, found = float(info.mip_dual_bound), solver.getSolution()
        if not found.value_valid or not np.isfinite(bound):
            return None
        return Cheapest(bound, np.array(found.col_value) > 0.5)

    def _steps(self, solver: Any) -> int:
        size = len(self._cost) + int(self._solver.getNumRow())
        return 1_000 + int(solver.getInfo().simplex_iteration_count) * (10 + size // 50)
