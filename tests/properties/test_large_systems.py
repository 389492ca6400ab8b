"""The way of large systems, forced on small ones, against brute force: nothing is told, nothing withheld in vain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymization import null_space
from anonymization import protect_system as protection
from anonymization.audit_system import Verdict, audit_system
from anonymization.protect_system import protect_system
from anonymization.secondary import gauss, large
from anonymization.system import LinearSystem
from benchmarks.bench_large_protect import skewed
from datasets.errors import DisclosureRisk
from tests.support.linear_oracle import derivable, made_up, possible

quick = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

seeds = st.integers(0, 1_000_000)


@pytest.fixture(autouse=True, scope="module")
def large_from_the_first_cell_on() -> Iterator[None]:
    """Every system is large, and more than two candidates are too many to be decided between two eliminations."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protection, "LARGE", -1)
        patch.setattr(protection, "TRIES", 0)
        patch.setattr(large, "BATCH", 2)
        patch.setattr(gauss, "BATCH", 2)
        yield


def pattern_of(system: LinearSystem) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
    try:
        return protect_system(system, guarantee="exact", seed=1, effort=0).withheld
    except DisclosureRisk:
        return None


@quick
@given(seeds)
def test_nothing_can_be_derived_and_only_the_impossible_is_refused(seed: int) -> None:
    system = made_up(seed)
    withheld = pattern_of(system)
    assert (withheld is not None) == possible(system, "exact")
    if withheld is not None:
        assert not derivable(system, withheld)
        assert withheld[system.sensitive | system.forced].all()
        assert not withheld[system.frozen | system.known].any()


@quick
@given(seeds)
def test_no_cell_that_is_withheld_for_others_could_be_shown(seed: int) -> None:
    system = made_up(seed)
    withheld = pattern_of(system)
    if withheld is None:
        return
    must = system.sensitive | system.forced
    for cell in np.flatnonzero(withheld & ~must).tolist():
        fewer = withheld.copy()
        fewer[cell] = False
        assert any(must[one] for one in derivable(system, fewer)), cell


@quick
@given(seeds, st.integers(0, 2))
def test_where_few_are_looked_at_once_more_nothing_can_be_derived_either(seed: int, last: int) -> None:
    system = made_up(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "LAST", last)
        withheld = pattern_of(system)
    assert (withheld is not None) == possible(system, "exact")
    assert withheld is None or not derivable(system, withheld)


@pytest.mark.parametrize("last", [5, 10, 20])
def test_what_is_not_looked_at_once_more_is_published_once_nothing_hides_it(last: int) -> None:
    """Where dear cells are published again, cheap ones chosen with them are determined: 1,723 in a million cells."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "LAST", last)
        for seed in range(40):
            system = skewed(seed, ((2, 2), (3,), (3,)))
            withheld = protect_system(system, guarantee="exact", effort=0).withheld
            assert not audit_system(system, withheld, guarantee="exact").problems(system)


@quick
@given(seeds, st.booleans())
def test_the_audit_finds_what_fractions_find_by_elimination_and_by_projection(seed: int, project: bool) -> None:
    system = made_up(seed, plain=True)
    random = np.random.default_rng(seed)
    withheld = system.sensitive | (random.random(len(system)) < random.random())
    with pytest.MonkeyPatch.context() as patch:
        if project:
            patch.setattr(null_space, "WORK", -1)
        audit = audit_system(system, withheld, guarantee="exact")
    assert set(np.flatnonzero(audit.verdicts == Verdict.DERIVABLE).tolist()) == derivable(system, withheld)
