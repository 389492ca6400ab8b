"""Sums together with what readers know at least and at most, against linear programs: nobody is told a value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymization.attack_bounds import told_by_bounds
from anonymization.protect_beyond_bounds import protect_beyond_bounds
from anonymization.system import LinearSystem
from datasets.disclosure import Guarantee
from datasets.errors import DisclosureRisk
from tests.support.linear_oracle import everything, made_up, reach, safe, unseen

quick = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

seeds = st.integers(0, 1_000_000)


def tight(seed: int) -> LinearSystem:
    """A made-up system of which readers know a good part: many cells stand at their least, some at their most."""
    random = np.random.default_rng(seed)
    system = made_up(seed)
    told = system.least == system.most
    stands = (random.random(len(system)) < 0.7) & ~told
    high = stands & (random.random(len(system)) < 0.2) & (system.values > 0)
    least = np.where(stands & ~high, np.minimum(system.values, random.integers(1, 4, len(system))), system.least)
    most = np.where(high, system.values, system.most)
    kept = least < most
    return replace(system, least=np.where(kept, least, system.least), most=np.where(kept, most, system.most))


def pinned(system: LinearSystem, withheld: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> set[int]:
    """The withheld cells that can neither rise nor fall."""
    cells = unseen(system, withheld).tolist()
    return {cell for cell in cells if all(reach(system, withheld, cell, sign) < 1e-6 for sign in (-1, 1))}


@quick
@given(seeds)
def test_what_bounds_tell_is_found(seed: int) -> None:
    system = tight(seed)
    random = np.random.default_rng(seed)
    withheld = system.sensitive | (random.random(len(system)) < random.random())
    told = set(np.flatnonzero(told_by_bounds(system, withheld)).tolist())
    expected = pinned(system, withheld)
    # Where bounds tell none, what sums alone tell is left to those who look at sums.
    bounds_tell = any(system.fall[cell] == 0 or system.rise[cell] == 0 for cell in expected)
    assert told == (expected if told or bounds_tell else set())


@quick
@given(seeds, st.sampled_from(["exact", "interval"]))
def test_what_must_be_withheld_can_move(seed: int, guarantee: Guarantee) -> None:
    system = tight(seed)
    must = system.sensitive | system.forced
    try:
        done = protect_beyond_bounds(system, guarantee=guarantee, seed=1, effort=0)
    except DisclosureRisk:
        # Only where withholding everything would not help either.
        whole = everything(system)
        assert not safe(system, whole, guarantee) or any(must[cell] for cell in pinned(system, whole))
        return
    assert done.guarantee == guarantee
    assert safe(system, done.withheld, guarantee)
    assert done.withheld[must].all()
    assert not done.withheld[system.frozen | system.known].any()
    told = pinned(system, done.withheld)
    assert not told if guarantee == "exact" else not any(must[cell] for cell in told)
    assert (done.secondary == (done.withheld & ~system.sensitive)).all()
    assert np.isclose(done.cost, system.cost[done.secondary].sum())
