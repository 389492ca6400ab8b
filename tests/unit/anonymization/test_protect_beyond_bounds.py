"""What is asked of cells that bounds tell: to rise by a unit or less, otherwise to fall, and nothing of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from anonymization import protect_beyond_bounds as module
from anonymization.protect_beyond_bounds import _moving, protect_beyond_bounds
from anonymization.protect_system import protect_system
from anonymization.system import LinearSystem, system_of
from datasets.errors import DisclosureRisk


def row(values: list[float], sensitive: str, *, level: float = 0.0, **more: Any) -> LinearSystem:
    """Cells a, b, c... and their total; every level is the same, and each value is known to be 1 at least."""
    numbers = np.array([*values, sum(values)])
    names = [*"abcdefgh"[: len(values)], "total"]
    levels = np.full(len(numbers), level)
    given: dict[str, Any] = {"least": np.minimum(numbers, 1.0), "cost": 2.0 ** np.arange(len(numbers))} | more
    return system_of(
        names,
        numbers,
        (["row"], sparse.csr_array(np.array([[*np.ones(len(values)), -1.0]]))),
        sensitive=[name in sensitive for name in names],
        levels=(levels, levels),
        **given,
    )


def only(system: LinearSystem, *names: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.isin(system.cells, names)


def asked(system: LinearSystem, *names: str, guarantee: Any = "exact") -> tuple[list[float], list[float]]:
    given = _moving(system, only(system, *names), guarantee, 0)
    return given.lower.tolist(), given.upper.tolist()


def test_they_are_asked_to_rise_by_one_and_nothing_is_asked_of_others() -> None:
    system = row([1, 1, 1, 9], "abc", level=3.0)
    assert asked(system, "a", "b") == ([0.0] * 5, [1.0, 1.0, 0.0, 0.0, 0.0])
    lower, upper = asked(system, "a", "b", guarantee="interval")
    assert (lower, upper) == ([3.0] * 5, [3.0] * 5), "levels that were asked for anyway stay"
    low = replace(system, lower=np.full(5, 0.25), upper=np.full(5, 0.25))
    assert asked(low, "a", guarantee="interval") == ([0.25] * 5, [1.0, 0.25, 0.25, 0.25, 0.25])


def test_the_unit_is_the_smallest_value_if_that_is_less_than_one() -> None:
    system = row([0.25, 0.25, 8.0], "ab", least=np.array([0.25, 0.25, 0.0, 0.0]))
    assert asked(system, "a")[1] == pytest.approx([0.25, 0.0, 0.0, 0.0])
    assert asked(row([5, 5, 8], "ab"), "a")[1] == pytest.approx([1.0, 0.0, 0.0, 0.0])


def test_they_are_asked_for_no_more_than_they_can() -> None:
    system = row([1, 1, 9], "ab", most=np.array([1.5, 9.0, 9.0, 99.0]), least=np.array([1.0, 1.0, 8.75, 0.0]))
    lower, upper = asked(replace(system, frozen=only(system, "total")), "a", "b")
    assert upper == pytest.approx([0.25, 0.25, 0.0, 0.0])
    assert lower == [0.0] * 4


def test_where_they_cannot_rise_they_are_asked_to_fall() -> None:
    system = row([4, 4, 9], "ab", most=np.array([4.0, 4.0, 99.0, 99.0]))
    assert asked(system, "a", "b") == ([1.0, 1.0, 0.0, 0.0], [0.0] * 4)


def test_what_is_forced_is_asked_too_and_what_is_known_is_not_looked_at() -> None:
    system = row([1, 1, 9, 5], "a", forced=np.array([False, True, False, False, False]))
    known = replace(system, known=only(system, "d"))
    given = _moving(known, only(known, "b"), "exact", 0)
    assert given.sensitive.tolist() == [True, True, False, False, False]
    assert given.upper.tolist() == [0.0, 1.0, 0.0, 0.0, 0.0]
    elsewhere = _moving(known, only(known, "a"), "exact", 0)
    assert elsewhere.sensitive.tolist() == [True, False, False, False, False]


def test_without_what_bounds_tell_the_result_is_that_of_sums() -> None:
    system = row([3, 2, 9], "ab", level=1.0)
    for guarantee in ("exact", "interval"):
        plain = protect_system(system, guarantee=guarantee)
        done = protect_beyond_bounds(system, guarantee=guarantee)
        assert done.withheld.tolist() == plain.withheld.tolist()
        assert (done.guarantee, done.cost, done.bound) == (guarantee, plain.cost, plain.bound)


def test_levels_that_cannot_be_met_do_not_matter_under_exact() -> None:
    """Thirty is more than the row has room for; under exact, the cells only have to be able to move."""
    system = row([1, 1, 9], "ab", level=30.0)
    system = replace(system, frozen=only(system, "total"))
    done = protect_beyond_bounds(system, guarantee="exact")
    assert done.guarantee == "exact"
    assert done.secondary.tolist() == [False, False, True, False]
    assert done.cost == 4.0, "the price of c"
    assert done.bound is None, "of units, nothing is proven"
    with pytest.raises(DisclosureRisk):
        protect_beyond_bounds(system, guarantee="interval")


def test_effort_and_seed_are_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []

    def noted(system: LinearSystem, **how: Any) -> Any:
        seen.append(how)
        return protect_system(system, **how)

    monkeypatch.setattr(module, "protect_system", noted)
    protect_beyond_bounds(row([1, 1, 9], "ab"), guarantee="exact", seed=7, effort=11)
    assert seen == [
        {"guarantee": "exact", "seed": 7, "effort": 11},
        {"guarantee": "interval", "seed": 7, "effort": 11},
    ]


def test_what_is_told_after_all_rounds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROUNDS", 1)
    with pytest.raises(DisclosureRisk) as caught:
        protect_beyond_bounds(row([1, 1, 9], "ab"), guarantee="exact")
    assert [str(one) for one in caught.value.problems] == [
        "cell 'a': is told by its bounds whatever else is withheld. ask for less",
        "cell 'b': is told by its bounds whatever else is withheld. ask for less",
    ]
