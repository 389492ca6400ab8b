"""The cheapest pattern against brute force over all patterns of tiny systems: its cost, its bound, and every cut."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from anonymization import protect_system as protection
from anonymization.protect_system import demand_of, protect_system
from anonymization.secondary.optimal.attacker import Cut
from anonymization.secondary.optimal.master import Master
from anonymization.secondary.optimal.parts import parts_of
from anonymization.secondary.optimal.proof import sides_of
from anonymization.system import LinearSystem, system_of
from datasets.disclosure import Guarantee
from datasets.errors import DisclosureRisk
from tests.support.linear_oracle import cross_table, demands, everything, matrix_of, safe

Flags = npt.NDArray[np.bool_]

quick = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
guarantees: st.SearchStrategy[Guarantee] = st.sampled_from(["exact", "interval"])

SHAPES = (((-1, 0, 0), (-1, 0, 0)), ((-1, 0, 0, 1, 1, 1),), ((-1, 0, 0, 0), (-1, 0, 1)), ((-1, 0, 0, 0, 0, 0, 0),))

MOST_FREE = 7
"""Cells that may be withheld, at most: all their patterns are tried."""


@pytest.fixture(autouse=True, scope="module")
def few_tries() -> Iterator[None]:
    """The heuristic is to leave something to be found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protection, "TRIES", 1)
        yield


def tiny(seed: int) -> LinearSystem:
    """A small table, a few sensitive cells, any levels; sometimes frozen and forced cells, bounds and prices."""
    random = np.random.default_rng(seed)
    trees = SHAPES[int(random.integers(0, len(SHAPES)))]
    lowest = [sum(member not in tree for member in range(len(tree))) for tree in trees]
    counts = random.choice([0, 1, 2, 3, 5, 8, 20, 100], size=lowest)
    values, sums = cross_table(trees, counts)
    names = list(values)
    numbers = np.array([values[name] for name in names], dtype=np.float64)
    sensitive = np.zeros(len(names), dtype=np.bool_)
    sensitive[random.choice(len(names), size=int(random.integers(1, 4)), replace=False)] = True
    levels = (random.integers(0, 6, len(names)), random.integers(0, 6, len(names)))
    others = demands(random, numbers, sensitive)
    sensitive &= ~np.asarray(others.get("known", False))
    named = ([f"r{row}" for row in range(len(sums))], matrix_of(names, sums))
    return system_of(names, numbers, named, sensitive=sensitive, levels=levels, **others)


def all_safe(system: LinearSystem, guarantee: Guarantee) -> list[Flags]:
    """Every pattern that holds, by brute force."""
    must = system.sensitive | system.forced
    free = np.flatnonzero(everything(system) & ~must)
    assume(len(free) <= MOST_FREE)
    found = []
    for chosen in product([False, True], repeat=len(free)):
        withheld = must.copy()
        withheld[free] = chosen
        if safe(system, withheld, guarantee):
            found.append(withheld)
    return found


@quick
@given(st.integers(0, 1_000_000), guarantees)
def test_the_cheapest_safe_pattern_is_found_and_proven_and_no_safe_pattern_breaks_a_cut(
    seed: int, guarantee: Guarantee
) -> None:
    system = tiny(seed)
    every = all_safe(system, guarantee)
    cuts: list[Cut] = []
    add = Master.add

    def noted(master: Master, cut: Cut) -> bool:
        cuts.append(cut)
        return add(master, cut)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Master, "add", noted)
        try:
            done = protect_system(system, guarantee=guarantee, effort=2_000_000)
        except DisclosureRisk:
            assert not every
            return
    best = min(float(system.cost[one & ~system.sensitive].sum()) for one in every)
    assert done.cost == pytest.approx(best)
    assert done.bound == pytest.approx(best)
    assert done.gap == 0
    assert done.proven == done.parts
    # All is one part in these tables, so that candidates stand in the order of the cells.
    candidates = candidates_of(system, guarantee)
    for cut in cuts:
        assert all(cut.missing(one[candidates].astype(np.float64)) < 1e-6 for one in every)


def candidates_of(system: LinearSystem, guarantee: Guarantee) -> npt.NDArray[np.int64]:
    """The cells of the candidates of the one part, in order; none where nothing is asked for."""
    demand = demand_of(system)
    parts = parts_of(demand, sides_of(demand, system.whole_matrix, guarantee=guarantee, seed=0))
    assert len(parts) <= 1
    return parts[0].candidates if parts else np.zeros(0, dtype=np.int64)
