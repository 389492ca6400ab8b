"""Protecting a linear system: what is withheld, what is refused, and in which words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from anonymization import protect_system as protection
from anonymization.audit_system import SystemAudit, audit_system
from anonymization.protect_system import conflict, protect_system
from anonymization.secondary.optimal.proof import Proof
from anonymization.system import LinearSystem, system_of
from datasets.disclosure import Guarantee
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid
from tests.support.linear_oracle import cross_table, derivable, made_up, matrix_of, safe

GUARANTEES: tuple[Guarantee, ...] = ("interval", "exact")

Flags = np.ndarray[Any, np.dtype[np.bool_]]


@pytest.fixture(autouse=True)
def few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "TRIES", 600)


def line(*parts: float, **changes: Any) -> LinearSystem:
    """A total and its parts, the first of which is sensitive."""
    names = ["total", *(f"part {number}" for number in range(len(parts)))]
    sums = matrix_of(names, [dict(zip(names, [-1, *[1] * len(parts)], strict=True))])
    given: dict[str, Any] = {
        "sensitive": [name == "part 0" for name in names],
        "levels": ([1.0] * len(names), [2.0] * len(names)),
    }
    return system_of(names, [sum(parts), *parts], (["sum"], sums), **(given | changes))


def square(inside: list[list[int]], *, sensitive: list[str], **changes: Any) -> LinearSystem:
    """A table of two dimensions; `1.2` is the second cell of its first row, `0` a total."""
    counts = np.array(inside)
    values, sums = cross_table([(-1, *[0] * size) for size in counts.shape], counts)
    names = list(values)
    given: dict[str, Any] = {"levels": ([1.0] * len(names), [1.0] * len(names))}
    return system_of(
        names,
        [*values.values()],
        ([f"sum {row}" for row in range(len(sums))], matrix_of(names, sums)),
        sensitive=[name in sensitive for name in names],
        **(given | changes),
    )


def marked(system: LinearSystem, *names: str) -> Flags:
    return np.array([cell in names for cell in system.cells])


def withheld(system: LinearSystem, **how: Any) -> list[str]:
    found = protect_system(system, **({"effort": 5_000} | how))
    return [system.cells[cell] for cell in np.flatnonzero(found.withheld)]


def refused(system: LinearSystem, **how: Any) -> str:
    with pytest.raises(DisclosureRisk) as caught:
        protect_system(system, **({"effort": 5_000} | how))
    assert caught.value.problems
    return str(caught.value)


def test_the_cheapest_sufficient_part_is_withheld_with_the_sensitive_one() -> None:
    assert withheld(line(3, 40, 7, 20)) == ["part 0", "part 2"]
    assert withheld(line(3, 40, 7, 20), guarantee="exact") == ["part 0", "part 2"]


def test_a_part_too_small_to_give_the_range_is_enough_for_exact_protection_alone() -> None:
    system = line(3, 40, 1, 20, levels=([2.0] * 5, [2.0] * 5))
    assert withheld(system, guarantee="exact") == ["part 0", "part 2"]
    assert withheld(system) == ["part 0", "part 3"]


def test_user_prices_decide() -> None:
    assert withheld(line(3, 40, 7, 20, cost=[9, 1, 1, 5, 5])) == ["part 0", "part 1"]


def test_a_square_of_four_hides_one_cell() -> None:
    system = square([[3, 50], [60, 70]], sensitive=["1.1"])
    found = protect_system(system, effort=5_000)
    assert [system.cells[cell] for cell in np.flatnonzero(found.withheld)] == ["1.1", "1.2", "2.1", "2.2"]
    assert found.secondary.sum() == 3
    assert found.cost == pytest.approx(system.cost[found.secondary].sum())
    assert found.guarantee == "interval"
    assert found.seed == 0
    assert found.audit.safe


def test_nothing_sensitive_withholds_nothing() -> None:
    system = square([[3, 50], [60, 70]], sensitive=[])
    for guarantee in GUARANTEES:
        found = protect_system(system, guarantee=guarantee, effort=0)
        assert not found.withheld.any()
        assert found.cost == 0


def test_forced_cells_are_withheld_and_hidden_too() -> None:
    system = line(30, 40, 7, 20, sensitive=[False] * 5)
    forced = replace(system, forced=marked(system, "part 1"))
    for guarantee in ("interval", "exact"):
        assert withheld(forced, guarantee=guarantee) == ["part 1", "part 2"]
    frozen = replace(forced, frozen=marked(system, "total", "part 0", "part 2"))
    assert withheld(frozen) == ["part 1", "part 3"]
    nothing = replace(forced, frozen=marked(system, "total", "part 0", "part 2", "part 3"))
    assert "cell 'part 1': cannot be protected whatever else is withheld" in refused(nothing)


def test_forced_cells_cost_nothing_and_serve_others() -> None:
    system = line(3, 40, 7, 20)
    forced = replace(system, forced=marked(system, "part 1"))
    assert withheld(forced) == ["part 0", "part 1"]
    assert protect_system(forced, effort=0).cost == pytest.approx(system.cost[2])


@pytest.mark.parametrize("guarantee", ["interval", "exact"])
def test_sensitive_cells_without_a_level_are_not_derived_either(guarantee: Any) -> None:
    system = square([[3, 50], [60, 70]], sensitive=["1.1"], levels=([0.0] * 9, [0.0] * 9))
    found = protect_system(system, guarantee=guarantee, effort=2_000)
    assert not derivable(system, found.withheld)
    assert found.withheld[system.cells.index("1.1")]


def test_what_hides_nothing_any_more_is_published() -> None:
    """Secondary cells that sums tell anyway are shown: withholding them hides nothing."""
    system = square([[3, 50], [60, 70]], sensitive=["1.1"])
    alone = marked(system, "1.1", "1.2", "2.1", "2.2", "0.1")
    settled = protection._settled(system, alone, 0)
    assert derivable(system, alone) == {system.cells.index("0.1")}
    assert (settled == marked(system, "1.1", "1.2", "2.1", "2.2")).all()


@pytest.mark.parametrize("guarantee", ["interval", "exact"])
def test_cells_that_readers_bounds_tell_are_no_company(guarantee: Any) -> None:
    """Everybody knows that part 1 is 5: only another part hides part 0."""
    most = np.array([np.inf, np.inf, 5.0, np.inf])
    least = np.array([0.0, 0.0, 5.0, 0.0])
    system = line(3, 5, 60, least=least, most=most)
    assert withheld(system, guarantee=guarantee) == ["part 0", "part 2"]
    forced = replace(system, forced=marked(system, "part 1"))
    assert withheld(forced, guarantee=guarantee) == ["part 0", "part 1", "part 2"]


def test_frozen_cells_that_make_protection_impossible_are_named_and_no_others() -> None:
    system = line(3, 40, 7, 20)
    frozen = replace(system, frozen=~system.sensitive)
    told = refused(frozen)
    assert "cell 'part 0': cannot be protected whatever else is withheld" in told
    assert "do not freeze at least one of: 'total', 'part 1', 'part 2', 'part 3'" in told
    assert "7" not in told.replace("part 2", "")


def test_frozen_cells_elsewhere_are_not_blamed() -> None:
    system = square([[3, 50, 9], [60, 70, 9], [8, 8, 8]], sensitive=["1.1"])
    row = marked(system, "1.0", "1.2", "1.3", "3.3", "0.0")
    told = refused(replace(system, frozen=row))
    assert "do not freeze at least one of: '1.0', '1.2', '1.3'" in told
    assert "3.3" not in told
    assert "0.0" not in told


@pytest.mark.parametrize("levels", [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])
def test_conflicts_are_named_whatever_side_is_asked_for(levels: tuple[float, float]) -> None:
    system = line(3, 40, levels=([levels[0]] * 3, [levels[1]] * 3))
    frozen = replace(system, frozen=~system.sensitive)
    assert "do not freeze at least one of: 'total', 'part 1'" in refused(frozen)
    bounded = replace(frozen, most=np.array([np.inf, 3.0, np.inf]))
    assert "do not freeze at least one of: 'total', 'part 1'" in refused(bounded)


def test_sensitive_zeros_may_serve_when_frozen_cells_are_blamed() -> None:
    """Part 0 falls by 2 if the sensitive zero, which is 1 at most, and part 2, which is 41 at most, both rise by 1."""
    system = line(
        3,
        0,
        40,
        sensitive=[False, True, True, False],
        levels=([2.0, 2.0, 0.0, 2.0], [0.0] * 4),
        least=[43.0, 0.0, 0.0, 0.0],
        most=[np.inf, np.inf, 1.0, 41.0],
    )
    assert withheld(replace(system, frozen=marked(system, "total"))) == ["part 0", "part 1", "part 2"]
    told = refused(replace(system, frozen=marked(system, "total", "part 2")))
    assert "do not freeze at least one of: 'part 2'" in told


def test_impossible_demands_without_frozen_cells_ask_for_coarser_tables() -> None:
    alone = line(3, known=[True, False])
    told = refused(alone)
    assert (
        "cell 'part 0': cannot be protected whatever else is withheld. publish coarser tables, or ask for less" in told
    )
    assert "freeze" not in told


def test_frozen_cells_are_not_blamed_where_they_are_not_the_reason() -> None:
    """The sensitive cell is a zero's only company; freeing the frozen cell of another sum changes nothing."""
    names = ["t", "a", "u", "b", "c"]
    sums = matrix_of(names, [{"t": -1, "a": 1}, {"u": -1, "b": 1, "c": 1}])
    system = system_of(
        names,
        [4, 4, 9, 5, 4],
        (["first", "second"], sums),
        sensitive=[False, True, False, False, False],
        levels=([1.0] * 5, [1.0] * 5),
        known=[True, False, False, False, False],
        frozen=[False, False, True, False, False],
    )
    told = refused(system)
    assert "freeze" not in told
    assert conflict(system, (1, 1)) == ()


def test_exact_protection_names_no_frozen_cells() -> None:
    system = line(3, 40)
    assert "publish coarser tables" in refused(replace(system, frozen=~system.sensitive), guarantee="exact")


def test_only_the_first_cells_beyond_help_are_told_one_by_one() -> None:
    width = 30
    system = system_of(
        [f"c{cell}" for cell in range(width)],
        np.ones(width),
        ([], sparse.csr_array((0, width))),
        sensitive=[True] * width,
        levels=([0.0] * width, [5.0] * width),
        most=np.full(width, 9.0),
    )
    assert protect_system(system, effort=0).withheld.all()
    pairs = np.hstack([np.eye(width), -np.eye(width)])
    told = system_of(
        [f"c{cell}" for cell in range(2 * width)],
        np.ones(2 * width),
        ([f"r{row}" for row in range(width)], sparse.csr_array(pairs)),
        sensitive=[cell < width for cell in range(2 * width)],
        levels=([1.0] * 2 * width, [1.0] * 2 * width),
        known=[cell >= width for cell in range(2 * width)],
    )
    with pytest.raises(DisclosureRisk) as caught:
        protect_system(told)
    assert len(caught.value.problems) == 21
    assert str(caught.value.problems[-1]).startswith("cells: 10 more cannot be protected. publish coarser")


def test_a_pattern_that_the_audit_does_not_agree_with_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def doubtful(system: LinearSystem, withheld: Flags, **how: Any) -> SystemAudit:
        return audit_system(system, system.sensitive, **how)

    monkeypatch.setattr(protection, "audit_system", doubtful)
    told = refused(line(3, 40, 7, 20))
    assert "The audit found withheld cells that are not safe." in told
    assert "cell 'part 0': can be derived exactly from 'sum'" in told


@pytest.mark.parametrize("guarantee", ["interval", "exact"])
def test_how_far_the_pattern_may_be_from_the_cheapest_is_told(guarantee: Any) -> None:
    """Part 2 is the cheapest company; forced cells are withheld whatever they cost."""
    system = line(3, 40, 7, 20)
    found = protect_system(system, guarantee=guarantee, effort=100_000)
    assert found.bound == pytest.approx(system.cost[3])
    assert (found.gap, found.parts, found.proven) == (0, 1, 1)
    forced = protect_system(
        replace(system, forced=marked(system, "part 1")), guarantee=guarantee, effort=100_000
    )  # fmt: skip
    assert forced.bound == forced.cost == pytest.approx(system.cost[2])
    assert (forced.gap, forced.parts, forced.proven) == (0, 0, 0)
    quick = protect_system(system, guarantee=guarantee, effort=0)
    assert (quick.bound, quick.gap, quick.parts, quick.proven) == (None, None, 0, 0)
    assert replace(found, bound=0.75 * found.cost, proven=0).gap == pytest.approx(0.25)
    assert replace(found, bound=0.0, cost=0.0, proven=0).gap == 0


def test_systems_and_parts_too_large_for_a_proof_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anonymization.secondary.optimal.proof.MOST_ENTRIES", 0)
    assert protect_system(line(3, 40, 7, 20), effort=100_000).gap is None
    monkeypatch.setattr("anonymization.secondary.optimal.proof.MOST_CANDIDATES", 0)
    monkeypatch.setattr(protection, "sides_of", lambda *given, **how: pytest.fail("looked at"))
    assert protect_system(line(3, 40, 7, 20), effort=100_000).gap is None


@pytest.mark.parametrize("guarantee", ["interval", "exact"])
def test_a_pattern_of_the_proof_that_the_audit_does_not_agree_with_is_not_taken(
    guarantee: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = line(3, 40, 7, 20)
    right = protect_system(system, guarantee=guarantee, effort=0)
    wrong = Proof(marked(system, "part 0"), bound=0.0, parts=1, proven=1)
    monkeypatch.setattr(protection, "_proof", lambda *given, **how: wrong)
    found = protect_system(system, guarantee=guarantee, effort=100_000)
    assert found.withheld.tolist() == right.withheld.tolist()
    assert found.audit.safe
    assert (found.bound, found.gap, found.proven) == (0, 1, 0)
    cheaper = Proof(right.withheld, bound=right.cost, parts=1, proven=1)
    monkeypatch.setattr(protection, "_proof", lambda *given, **how: cheaper)
    monkeypatch.setattr(protection, "widen", lambda *given, **how: (system.candidates | system.sensitive, []))
    monkeypatch.setattr(protection, "_exact", lambda *given: (system.candidates, ~system.candidates & False))
    found = protect_system(system, guarantee=guarantee, effort=100_000)
    assert found.withheld.tolist() == right.withheld.tolist()
    assert found.secondary.tolist() == right.secondary.tolist()
    assert found.cost == pytest.approx(right.cost)
    assert (found.gap, found.proven) == (0, 1)


def test_patterns_are_mended_for_the_guarantee_asked_for() -> None:
    """Nothing withheld besides is mended to the cheapest company; a sensitive cell without a level gets company too."""
    for guarantee in GUARANTEES:
        for levels in (([1.0] * 5, [2.0] * 5), ([0.0] * 5, [0.0] * 5)):
            system = line(3, 40, 7, 20, levels=levels)
            withheld = protection.mender(system, guarantee, seed=0)(system.sensitive)[0]
            assert withheld is not None
            assert withheld.tolist() == marked(system, "part 0", "part 2").tolist()
        system = line(3, 40, 7, 20)
        kept = protection.mender(system, guarantee, seed=0)(marked(system, "part 0", "part 3"))[0]
        assert kept is not None
        assert kept.tolist() == marked(system, "part 0", "part 3").tolist()
    frozen = replace(line(3, 40, 7, 20), frozen=~line(3, 40, 7, 20).sensitive)
    assert protection.mender(frozen, "interval", seed=0)(frozen.sensitive)[0] is None


def test_more_effort_is_never_dearer_and_seeds_are_told() -> None:
    for seed in range(12):
        system = made_up(seed, plain=True)
        try:
            quick = protect_system(system, effort=0, seed=4)
        except DisclosureRisk:
            continue
        longer = protect_system(system, effort=30_000, seed=4)
        assert longer.cost <= quick.cost + 1e-9
        assert longer.seed == 4
        assert safe(system, longer.withheld, "interval")


@pytest.mark.parametrize("width", [0, 1])
def test_systems_without_relations(width: int) -> None:
    system = system_of(
        ["only"] * width, [4.0] * width, ([], sparse.csr_array((0, width))), sensitive=[True] * width,
        levels=([1.0] * width, [1.0] * width),
    )  # fmt: skip
    for guarantee in GUARANTEES:
        assert protect_system(system, guarantee=guarantee).withheld.tolist() == [True] * width


def test_one_cell_that_is_told_to_be_a_number_cannot_be_protected() -> None:
    system = system_of(
        ["only"], [0.0], (["zero"], sparse.csr_array(np.ones((1, 1)))), sensitive=[True], levels=([0.0], [1.0])
    )
    assert "cell 'only': cannot be protected" in refused(system)
    assert "cell 'only': cannot be protected" in refused(system, guarantee="exact")


def test_an_unknown_guarantee_is_refused_and_not_taken_for_a_weaker_one() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="'intervall' is not known"):
        protect_system(line(3, 40, 7), guarantee="intervall")  # type: ignore[arg-type]
