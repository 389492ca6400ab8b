"""How far columns move, and the cuts that say why no farther."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from anonymization.secondary.optimal import attacker as module
from anonymization.secondary.optimal.attacker import Attacker
from anonymization.secondary.optimal.parts import Side, parts_of
from tests.unit.anonymization.secondary.optimal.examples import demand, line


def test_a_column_moves_as_far_as_what_is_withheld_lets_it() -> None:
    part = line(4.0)
    attacker = Attacker(part)
    reaches = []
    for shares in ([0, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0.2, 0], [0, 0, 1, 0], [1, 0, 0, 0]):
        found = attacker.attack(part.sides[0], np.array(shares, dtype=np.float64))
        assert found is not None
        reaches.append(found.reach)
        assert part.matrix @ found.change == pytest.approx(0)
    # Part 2 falls by 2 of 4, a fifth of part 3 by a fifth of the level; part 3 and the total cover it alone.
    assert reaches == pytest.approx([0, 0.5, 0.7, 1, 1])
    assert attacker.work > 5 * 300


def test_the_cut_of_the_sum_says_what_is_needed_and_no_coefficient_exceeds_it() -> None:
    part = line(4.0)
    attacker = Attacker(part)
    found = attacker.attack(part.sides[0], np.zeros(4))
    assert found is not None
    cut = attacker.cut(part.sides[0], found.multipliers)
    assert cut is not None
    assert cut.columns.tolist() == [0, 1, 2, 3]
    assert cut.coefficients == pytest.approx([1, 0.5, 1, 1], rel=1e-5)
    assert cut.least == 1
    falling = Side(0, -1, 4.0)
    found = attacker.attack(falling, np.zeros(4))
    assert found is not None
    down = attacker.cut(falling, found.multipliers)
    assert down is not None
    assert down.coefficients == pytest.approx([1, 1, 1, 1])  # the others can rise without end


def test_no_cut_asks_for_what_is_unknown_anyway() -> None:
    given = demand([[-1, 1, 1, 1]], unknown=[1, 2], room=[20, 3, 4, 5])
    (part,) = parts_of(given, [Side(1, 1, 10.0), Side(1, 1, 4.0), Side(2, 1, 1.0, free=True)])
    attacker = Attacker(part)
    more, enough, open_ = part.sides
    cut = attacker.cut(more, np.array([-1.0]))
    assert cut is not None
    # The other unknown one falls by 4 of 10: 6 are needed, of which the third part gives 5.
    assert dict(zip(cut.columns.tolist(), cut.coefficients, strict=True)) == pytest.approx({0: 1, 1: 5 / 6}, rel=1e-5)
    assert attacker.cut(enough, np.array([-1.0])) is None
    assert attacker.cut(open_, np.array([-1.0])) is None


def test_room_that_is_next_to_nothing_is_left_out_and_less_is_asked_for() -> None:
    given = demand([[-1, 1, 1, 1]], unknown=[1], room=[1e9, 1e9, 1e-1, 5e8])
    (part,) = parts_of(given, [Side(1, 1, 1e8 * 3)])
    cut = Attacker(part).cut(part.sides[0], np.array([-1.0]))
    assert cut is not None
    assert cut.columns.tolist() == [0, 2]
    assert 1 - 1e-9 < cut.least < 1


def test_multipliers_close_to_fractions_are_taken_for_them_and_others_stay() -> None:
    part = line(4.0)
    attacker = Attacker(part)
    exact = attacker.cut(part.sides[0], np.array([-1.0]))
    close = attacker.cut(part.sides[0], np.array([-1.0 - 1e-9]))
    other = attacker.cut(part.sides[0], np.array([-1.0 - 1e-6]))
    assert exact is not None
    assert close is not None
    assert other is not None
    assert close.coefficients.tolist() == exact.coefficients.tolist()
    assert other.coefficients.tolist() != exact.coefficients.tolist()


def test_a_candidate_that_nothing_hides_needs_company() -> None:
    """Withholding part 2 protects nobody unless another cell of its second sum is withheld too."""
    rows = [[-1, 1, 1, 1, 0, 0], [0, 0, 1, 0, -1, 1]]
    given = demand(rows, unknown=[1], room=[9, 3, 4, 5, 9, 9])
    (part,) = parts_of(given, [Side(1, 1, 1.0)])
    attacker = Attacker(part)
    names = part.candidates.tolist()
    shares = np.array([float(cell == 2) for cell in names])
    cut = attacker.company(names.index(2), shares)
    assert cut is not None
    told = {names[at]: value for at, value in zip(cut.columns, cut.coefficients, strict=True)}
    assert told == pytest.approx({4: 1, 5: 1, 2: -1})
    assert cut.least == 0
    assert cut.missing(shares) == pytest.approx(1)
    assert attacker.company(names.index(2), np.array([float(cell in (2, 5)) for cell in names])) is None


def test_candidates_that_only_other_candidates_hide_are_asked_about_in_proportion() -> None:
    rows = [[-1, 1, 1, 1, 0, 0], [0, 0, 1, 0, -1, 1]]
    given = demand(rows, unknown=[1], room=[9, 3, 4, 5, 9, 9])
    (part,) = parts_of(given, [Side(1, 1, 1.0)])
    names = part.candidates.tolist()
    shares = np.array([{2: 0.5, 5: 0.2}.get(cell, 0.0) for cell in names])
    cut = Attacker(part).company(names.index(2), shares)
    assert cut is not None
    assert cut.missing(shares) == pytest.approx(0.3)


def test_a_program_that_takes_too_long_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_STEPS", 0)
    part = line(4.0)
    attacker = Attacker(part)
    assert attacker.attack(part.sides[0], np.ones(4)) is None
    assert attacker.company(0, np.ones(4)) is None


def test_no_pattern_that_protects_breaks_a_cut() -> None:
    part = line(6.0)
    attacker = Attacker(part)
    random = np.random.default_rng(1)
    cuts = [attacker.cut(part.sides[0], np.array([multiplier])) for multiplier in random.normal(-1, 0.5, 40)]
    for chosen in product([0.0, 1.0], repeat=4):
        found = attacker.attack(part.sides[0], np.array(chosen))
        assert found is not None
        if found.reach > 1 - 1e-6:
            assert all(cut is None or cut.missing(np.array(chosen)) < 1e-6 for cut in cuts)
