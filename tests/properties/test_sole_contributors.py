"""Whatever firms a small table is counted from: no one that is alone in a cell comes too close to the others of a sum.

The attacker is a plain linear program over what is published, and the rules are counted by hand from the records of
all contributors but the attacker; neither shares code with protection. Nothing has to be shown in these tables, so that
none of them may be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from anonymization.dimension import Dimension
from anonymization.primary.contributions import Records, largest_contributions
from anonymization.relations import Flags, Ints
from anonymization.singletons import NOBODY
from anonymization.system import Reals
from datasets.disclosure import SafetyRules
from publishers.standalone.records import spread_records
from publishers.standalone.table_input import MeasureInput, TableInput, shape_of
from publishers.standalone.table_protection import Demand, ProtectedTable, protect_table

AREA = Dimension("area", ("_T", "north", "south", "a", "b", "c", "d"), ((-1, 0, 0, 1, 1, 2, 2),))
SIZE = Dimension("size", ("_T", "S", "M", "L"), ((-1, 0, 0, 0),))
RULES = [
    SafetyRules.model_validate(one)
    for one in (
        {"dominance": {"n": 1, "k": 75}},
        {"dominance": [{"n": 1, "k": 75}, {"n": 2, "k": 85}], "frequency": 3},
        {"dominance": {"n": 2, "k": 85}},
        {"p_percent": {"p": 10}},
        {"p_percent": {"p": 15}, "frequency": 3},
    )
]


@dataclass(frozen=True)
class Firms:
    """Records: the area, size and contributor of each, all int64, and its amount."""

    area: Ints
    size: Ints
    firm: Ints
    amount: Reals

    @cached_property
    def spread(self) -> tuple[Ints, Ints]:
        return spread_records((AREA, SIZE), (self.area, self.size))

    def table(self, exempt: Flags | None = None) -> TableInput:
        """Return every cell of the table; those in `exempt` were declared safe."""
        (row, cell), width = self.spread, int(np.prod(shape_of((AREA, SIZE))))
        found = largest_contributions(Records(cell, self.firm[row], self.amount[row]), width)
        values = np.bincount(cell, weights=self.amount[row], minlength=width).astype(np.float64)
        people = found.agents.astype(np.int64)
        none = np.zeros(width, np.bool_)
        measure = MeasureInput("turnover", values, people, counts=False, contributions=found, sole=found.sole)
        return TableInput((AREA, SIZE), (measure,), none, none, none, 0.0, none if exempt is None else exempt)

    def others(self, cell: int, firm: int) -> list[float]:
        """Return what everybody but one firm has in a cell, the largest first."""
        row, cells = self.spread
        sizes: dict[int, float] = {}
        for at in row[cells == cell]:
            if self.firm[at] != firm:
                sizes[int(self.firm[at])] = sizes.get(int(self.firm[at]), 0.0) + float(self.amount[at])
        return sorted(sizes.values(), reverse=True)


def asked(sizes: list[float], rules: SafetyRules) -> float:
    """Return how far from the truth estimates of what these contributors have together must be; 0 for no matter."""
    total, wanted = sum(sizes), [0.0]
    if rules.frequency is not None and 0 < len(sizes) < rules.frequency:
        wanted.append(total * rules.interval_percent / 100)
    wanted += [100 / one.k * sum(sizes[: one.n]) - total for one in rules.dominance]
    if rules.p_percent is not None and sizes:
        wanted.append(rules.p_percent.p / 100 * sizes[0] - sum(sizes[2:]))
    return max(wanted)


def knowers(done: ProtectedTable) -> Iterator[tuple[int, int, Ints, Reals]]:
    """Give each who is alone in sensitive cells of a sum that has one other one: who, that one, all, their signs."""
    sole, system = done.table.measures[0].sole, done.system
    assert sole is not None
    for row in range(system.matrix.shape[0]):
        here = slice(system.matrix.indptr[row], system.matrix.indptr[row + 1])
        cells, signs = system.matrix.indices[here].astype(np.int64), system.matrix.data[here]
        kept = system.sensitive[cells]
        for firm in set(sole[cells[kept]].tolist()) - {NOBODY}:
            other = cells[kept & (sole[cells] != firm)]
            if len(other) == 1:
                sign = signs[cells == other[0]][0]
                yield firm, int(other[0]), cells[kept], signs[kept] * sign


def attacked(done: ProtectedTable, cells: Ints, signs: Reals) -> tuple[float, float]:
    """Return between which bounds everybody can put what some cells add up to."""
    system, withheld = done.system, done.protected.withheld
    aim = np.zeros(len(system))
    aim[cells] = signs
    bounds = [(0.0, None) if hidden else (value, value) for value, hidden in zip(system.values, withheld, strict=True)]
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(sign * aim, A_eq=system.matrix.toarray(), b_eq=np.zeros(system.matrix.shape[0]), bounds=bounds)
        end = found.fun if found.status == 0 else -np.inf
        assert end is not None
        ends.append(sign * float(end))
    return ends[0], ends[1]


records = st.lists(
    st.tuples(st.integers(3, 6), st.integers(1, 3), st.integers(0, 25), st.sampled_from([1, 2, 5, 10, 20, 40, 900])),
    min_size=5,
    max_size=40,
)


def firms_of(drawn: list[tuple[int, int, int, int]], *, sized: bool) -> Firms:
    """Return records; where `sized`, every firm has one of its own, and the largest are in a class of their own."""
    area, size, firm, amount = (np.array(one, dtype=np.int64) for one in zip(*drawn, strict=True))
    if sized:
        firm, size = np.arange(len(firm)), np.where(amount > 100, 3, np.minimum(size, 2))
    return Firms(area, size, firm, amount.astype(np.float64))


def check(firms: Firms, rules: SafetyRules, exempt: Flags | None = None) -> int:
    """Protect a table, attack it, and return how many attacks there were that had to fail."""
    with mock.patch("anonymization.protect_system.TRIES", 1):
        done = protect_table(firms.table(exempt), Demand((rules,), "interval", effort=0))
    attacks = 0
    for firm, other, cells, signs in knowers(done):
        others = firms.others(other, firm)
        level = asked(others, rules)
        if exempt is not None and others and others[0] > done.system.values[other] - sum(others):
            # Next to what was declared safe, a total that another firm leads keeps no more than its own level.
            level = min(level, float(done.system.lower[other]))
        if level > 1e-9:
            low, high = attacked(done, cells, signs)
            value = float(done.system.values[cells] @ signs)
            # What the others have is not less than nothing.
            assert low <= max(value - level, 0.0) + 1e-6
            assert high >= value + level - 1e-6
            attacks += 1
    return attacks


@settings(max_examples=60, deadline=None, derandomize=True)
@given(records, st.sampled_from(RULES), st.booleans())
def test_nobody_who_is_alone_comes_too_close_and_no_table_is_refused(
    drawn: list[tuple[int, int, int, int]], rules: SafetyRules, sized: bool
) -> None:
    check(firms_of(drawn, sized=sized), rules)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(records, st.sampled_from(RULES), st.integers(0, 2**28 - 1))
def test_cells_that_were_declared_safe_do_not_give_others_away(
    drawn: list[tuple[int, int, int, int]], rules: SafetyRules, declared: int
) -> None:
    exempt = np.array([bool(declared >> cell & 1) for cell in range(28)])
    check(firms_of(drawn, sized=True), rules, exempt)
