"""What is left of a whole without its part is a cell that nobody is shown, and that must not be worked out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from anonymization.primary.sensitivity import Reason, Sensitivity, of_rule
from anonymization.protect_system import ProtectedSystem, protect_system
from anonymization.rests import SHARE, Rest, told_of_rests, with_rests, without_rests
from anonymization.system import LinearSystem, system_of
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid

SUM = sparse.csr_array(np.array([[1.0, 1.0, -1.0]]))
NAMES = ("women", "men", "all")


@pytest.fixture(autouse=True)
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anonymization.protect_system.TRIES", 1)


def table(cases: tuple[int, int] = (12, 30), deaths: tuple[int, int] = (11, 20), *, frozen: str = "") -> LinearSystem:
    """Return cases and deaths of women and men, with their totals; none of them is sensitive."""
    cells = [f"{measure} of {name}" for measure in ("cases", "deaths") for name in NAMES]
    return system_of(
        cells,
        [*cases, sum(cases), *deaths, sum(deaths)],
        (["all cases", "all deaths"], sparse.block_diag([SUM, SUM], format="csr")),
        sensitive=np.zeros(6, np.bool_),
        levels=(np.zeros(6), np.zeros(6)),
        frozen=[name in frozen.split(", ") for name in cells],
    )


def finding(*sensitive: bool) -> Sensitivity:
    return of_rule(np.array(sensitive), Reason.FREQUENCY, np.zeros(3), np.full(3, 4.0))


def rest(found: Sensitivity | None = None, matrix: sparse.csr_array = SUM) -> Rest:
    cells = tuple(f"what is left of {name}" for name in NAMES)
    chosen = finding(True, False, False) if found is None else found
    return Rest(np.arange(3), np.arange(3, 6), cells, (["all that is left"], matrix), chosen, np.zeros(3))


def protected(system: LinearSystem, attacked: LinearSystem) -> ProtectedSystem:
    return without_rests(protect_system(attacked, effort=0), attacked, system)


def test_one_survivor_is_not_shown_by_subtraction() -> None:
    system = table()
    attacked = with_rests(system, [rest()])
    assert attacked.values[6:].tolist() == [1.0, 10.0, 11.0]
    assert not (attacked.matrix @ attacked.values).any()
    assert attacked.relations[2:] == (*(f"{name}, worked out" for name in attacked.cells[6:]), "all that is left")
    assert attacked.cost[6:] == pytest.approx(SHARE * system.cost.min())
    done = protected(system, attacked)
    # Either women's cases or their deaths go, and something of the same measure with them.
    shown = {name for name, gone in zip(system.cells, done.withheld, strict=True) if not gone}
    assert not {"cases of women", "deaths of women"} <= shown
    assert len(done.withheld) == len(done.secondary) == len(done.audit.verdicts) == len(system)
    assert done.cost == pytest.approx(float(system.cost[done.withheld].sum()))


def test_the_bound_reckons_with_rests_that_cost_next_to_nothing() -> None:
    system = table()
    attacked = with_rests(system, [rest()])
    whole = protect_system(attacked, effort=100_000)
    done = without_rests(whole, attacked, system)
    assert whole.bound is not None
    assert done.bound is not None
    assert done.bound == pytest.approx(whole.bound - float(attacked.cost[6:][attacked.candidates[6:]].sum()))
    assert done.bound <= done.cost < whole.cost
    none = without_rests(replace(whole, bound=0.0), attacked, system)
    assert none.bound == 0.0
    assert without_rests(replace(whole, bound=None), attacked, system).bound is None


def test_without_parts_nothing_changes() -> None:
    system = replace(table(), sensitive=np.array([True, *[False] * 5]), upper=np.full(6, 3.0))
    assert with_rests(system, []) is system
    plain = protect_system(system, effort=0)
    done = protected(system, system)
    assert done.withheld.tolist() == plain.withheld.tolist()
    assert (done.cost, done.bound, done.parts, done.proven) == (plain.cost, plain.bound, plain.parts, plain.proven)


def test_what_is_known_of_both_is_known_of_the_rest() -> None:
    known = np.array([True, False, False, True, True, False])
    attacked = with_rests(replace(table((0, 30), (0, 20)), known=known), [rest(finding(False, False, True))])
    assert attacked.known[6:].tolist() == [True, False, False]
    # Nobody is left of the women, and nothing has to be done for that.
    assert attacked.candidates[6:].tolist() == [False, True, False]


def test_a_part_larger_than_its_whole_is_refused_without_its_value() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="'what is left of women': is below its lower bound") as caught:
        with_rests(table((12, 30), (17, 20)), [rest()])
    assert "5" not in str(caught.value)


def test_sums_that_hold_nearly_are_left_to_those_of_wholes_and_parts() -> None:
    system = table()
    values = system.values.copy()
    values[2] += 1  # a total that was rounded
    rounded = replace(system, values=values, tolerance=0.05)
    attacked = with_rests(rounded, [rest()])
    assert "all that is left" not in attacked.relations
    assert attacked.matrix.shape == (5, 9)


def test_several_parts_are_each_subtracted_by_themselves() -> None:
    attacked = with_rests(table(), [rest(), rest(finding(False, False, False))])
    assert len(attacked) == 12
    assert attacked.cost[6:].tolist() == [attacked.cost[6]] * 6


def test_a_rest_is_asked_to_seem_no_less_than_readers_know() -> None:
    found = of_rule(np.array([True, False, False]), Reason.FREQUENCY, np.ones(3), np.full(3, 4.0))
    attacked = with_rests(table(), [replace(rest(found), least=np.array([1.0, 0.0, 0.0]))])
    assert attacked.wanted_fall[6:].tolist() == [0.0, 0.0, 0.0]
    assert attacked.wanted_rise[6:].tolist() == [4.0, 0.0, 0.0]


def test_a_refusal_names_what_is_left_in_words() -> None:
    system = table(frozen="cases of women, deaths of women")
    attacked = with_rests(system, [rest()])
    with pytest.raises(DisclosureRisk) as caught:
        protect_system(attacked, effort=0)
    (problem,) = told_of_rests(caught.value, attacked, len(system)).problems
    assert problem.place == "what is left of women"
    assert "'cases of women'" in problem.remedy or "'deaths of women'" in problem.remedy
    kept = replace(problem, place="cell 'cases of men'")
    told = told_of_rests(DisclosureRisk("No.", problems=[kept]), attacked, len(system))
    assert (told.message, list(told.problems)) == ("No.", [kept])
