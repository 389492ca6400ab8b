"""The audit of a linear system: what it tells, and in which words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import highspy
import numpy as np
import pytest
from scipy import sparse

from anonymization import audit_system as audit_module
from anonymization import null_space
from anonymization.audit_system import Verdict, audit_system, betrayal
from anonymization.null_space import determined
from anonymization.system import LinearSystem, system_of
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid
from tests.support.linear_oracle import determined_columns, matrix_of


def square(**changes: Any) -> LinearSystem:
    """Two areas by two sexes with margins; north men, 3, are sensitive."""
    names = ["all", "men", "women", "north", "north men", "north women", "south", "south men", "south women"]
    sums = [
        {"all": -1, "men": 1, "women": 1},
        {"north": -1, "north men": 1, "north women": 1},
        {"south": -1, "south men": 1, "south women": 1},
        {"all": -1, "north": 1, "south": 1},
        {"men": -1, "north men": 1, "south men": 1},
        {"women": -1, "north women": 1, "south women": 1},
    ]
    given: dict[str, Any] = {
        "sums": ([f"sum of {next(iter(one))} {number}" for number, one in enumerate(sums)], matrix_of(names, sums)),
        "sensitive": [name == "north men" for name in names],
        "levels": ([2.0] * 9, [2.0] * 9),
    }
    return system_of(names, [60, 28, 32, 13, 3, 10, 47, 25, 22], **(given | changes))


def hidden(system: LinearSystem, *names: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.array([cell in names for cell in system.cells])


INSIDE = ("north men", "north women", "south men", "south women")


def test_four_that_hide_each_other_are_safe() -> None:
    system = square()
    audit = audit_system(system, hidden(system, *INSIDE))
    assert audit.safe
    assert audit.problems(system) == []
    assert audit.betrayals == ()
    assert audit.guarantee == "interval"
    assert audit.verdicts.tolist() == [0, 0, 0, 0, 1, 1, 0, 1, 1]
    assert np.isnan(audit.low[:4]).all()
    assert audit.low[4] <= 1
    assert audit.high[4] >= 5
    assert audit.programs > 0


def test_a_cell_that_a_sum_tells_is_derived_with_its_value_and_the_sum() -> None:
    system = square()
    audit = audit_system(system, hidden(system, "north men"), guarantee="exact")
    assert not audit.safe
    assert audit.verdicts[4] == Verdict.DERIVABLE
    assert (audit.low[4], audit.high[4]) == (3.0, 3.0)
    assert len(audit.betrayals) == 1
    assert audit.betrayals[0].cell == 4
    assert audit.betrayals[0].relations in {(1,), (4,)}
    problem = str(audit.problems(system)[0])
    assert problem.startswith("cell 'north men': can be derived exactly from 'sum of ")
    assert problem.endswith("withhold more of the cells it is summed with")
    assert "3" not in problem.split("from", maxsplit=1)[0]
    assert audit.programs == 0


def test_three_of_four_are_derived_from_sums_in_turn() -> None:
    system = square()
    audit = audit_system(system, hidden(system, *INSIDE[:3]))
    assert np.flatnonzero(audit.verdicts == Verdict.DERIVABLE).tolist() == [4, 5, 7]
    assert [one.cell for one in audit.betrayals] == [4, 5, 7]
    assert len(audit.problems(system)) == 3


def test_a_range_that_is_too_small_is_told_only_where_ranges_are_asked_for() -> None:
    wide = square(levels=([2.0] * 9, [8.0] * 9))
    audit = audit_system(wide, hidden(wide, *INSIDE))
    assert audit.safe
    system = square(levels=([2.0] * 9, [12.0] * 9))
    audit = audit_system(system, hidden(system, *INSIDE))
    assert audit.verdicts[4] == Verdict.TOO_NARROW
    assert audit.high[4] == pytest.approx(13.0)
    assert not audit.safe
    assert "cell 'north men': can be bounded more tightly than its protection levels allow" in str(
        audit.problems(system)[0]
    )
    assert audit_system(system, hidden(system, *INSIDE), guarantee="exact").safe


def test_what_readers_know_of_other_cells_narrows_a_range() -> None:
    least = np.array([0, 0, 0, 0, 0, 9, 0, 24, 0])
    system = square(least=least)
    assert audit_system(system, hidden(system, *INSIDE)).verdicts[4] == Verdict.TOO_NARROW


def test_known_cells_are_known_however_they_are_marked() -> None:
    system = square()
    known = replace(system, known=hidden(system, "south women"))
    audit = audit_system(known, hidden(known, *INSIDE))
    assert audit.verdicts.tolist() == [0, 0, 0, 0, 2, 2, 0, 2, 0]
    assert np.isnan(audit.low[8])


def test_cells_whose_bounds_leave_no_room_are_known_too() -> None:
    system = square()
    least, most = system.least.copy(), system.most.copy()
    least[8] = most[8] = 22.0
    told = replace(system, least=least, most=most)
    audit = audit_system(told, hidden(told, *INSIDE), guarantee="exact")
    assert audit.verdicts.tolist() == [0, 0, 0, 0, 2, 2, 0, 2, 1]
    assert (audit.low[8], audit.high[8]) == (22.0, 22.0)


def test_sensitive_cells_that_are_shown_are_refused() -> None:
    system = square()
    with pytest.raises(DisclosureRuleInvalid, match="'north men': is sensitive and not withheld"):
        audit_system(system, hidden(system, "all"))


def test_only_the_first_problems_are_told_one_by_one() -> None:
    width = 30
    system = system_of(
        [f"c{cell}" for cell in range(width)],
        np.zeros(width),
        ([f"r{row}" for row in range(width)], sparse.csr_array(np.eye(width))),
        sensitive=[True] * width,
        levels=([0.0] * width, [0.0] * width),
    )
    audit = audit_system(system, np.ones(width, dtype=np.bool_))
    assert len(audit.betrayals) == 20
    assert str(audit.problems(system)[-1]) == "cells: 10 more are not safe. withhold more cells"
    assert len(audit.problems(system)) == 21
    with pytest.raises(DisclosureRuleInvalid) as caught:
        audit_system(system, np.zeros(width, dtype=np.bool_))
    assert len(caught.value.problems) == 20


def test_twenty_problems_are_told_without_a_rest() -> None:
    width = 20
    system = system_of(
        [f"c{cell}" for cell in range(width)],
        np.zeros(width),
        ([f"r{row}" for row in range(width)], sparse.csr_array(np.eye(width))),
        sensitive=[True] * width,
        levels=([0.0] * width, [0.0] * width),
    )
    audit = audit_system(system, np.ones(width, dtype=np.bool_), guarantee="exact")
    assert [problem.place for problem in audit.problems(system)] == [f"cell 'c{cell}'" for cell in range(width)]


@pytest.mark.parametrize("unit", [1.0, 2.0**-12, 2.0**12])
@pytest.mark.parametrize(("upper", "verdict"), [(8.0, Verdict.SAFE), (12.0, Verdict.TOO_NARROW)])
def test_the_unit_in_which_cells_are_counted_changes_no_range(unit: float, upper: float, verdict: Verdict) -> None:
    plain = square()
    system = replace(
        plain,
        values=plain.values * unit,
        lower=np.full(9, 2.0 * unit),
        upper=np.full(9, upper * unit),
        least=np.where(plain.values == 22, 20.0 * unit, 0.0),
        most=np.full(9, 100.0 * unit),
    )
    audit = audit_system(system, hidden(system, *INSIDE))
    assert audit.verdicts[4] == verdict
    assert audit.low[4] == pytest.approx(1.0 * unit)
    assert audit.high[4] == pytest.approx(min(13.0, 3.0 + upper) * unit)


def test_a_betrayal_whose_program_fails_still_tells_the_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highspy.HighsModelStatus, "kOptimal", highspy.HighsModelStatus.kUnknown)
    system = square()
    audit = audit_system(system, hidden(system, "north men"), guarantee="exact")
    assert audit.betrayals[0].relations == ()
    assert str(audit.problems(system)[0]).startswith("cell 'north men': can be derived exactly. withhold")


def test_few_relations_are_named() -> None:
    """x is told by one sum, or by three others together."""
    matrix = sparse.csr_array(np.array([[1.0, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1], [0, 0, 0]]))
    assert betrayal(matrix, 0) == (0,)
    assert betrayal(sparse.csr_array(matrix[1:]), 0) == (0, 1, 2)


def test_units_that_differ_a_hundred_thousandfold_hide_nothing_and_betray_nothing() -> None:
    """Coefficients of very different sizes are calculated in whole numbers."""
    for seed in range(150):
        random = np.random.default_rng(seed)
        shape = (int(random.integers(1, 14)), int(random.integers(1, 20)))
        dense = np.where(random.random(shape) < 0.3, random.choice([1, -1, 1e5, 1e-6], shape), 0.0)
        system = system_of(
            [f"c{cell}" for cell in range(shape[1])],
            np.zeros(shape[1]),
            ([f"r{row}" for row in range(shape[0])], sparse.csr_array(dense)),
            sensitive=[False] * shape[1],
            levels=([0.0] * shape[1], [0.0] * shape[1]),
        )
        audit = audit_system(system, np.ones(shape[1], dtype=np.bool_), guarantee="exact")
        assert (audit.verdicts == Verdict.DERIVABLE).tolist() == determined_columns(dense)


def test_relations_that_differ_by_a_multiple_of_the_prime_are_two_relations() -> None:
    """x + y and x + 2148.483647 y tell both, though a millionth of 2 ** 31 - 1 is all that the two differ by."""
    sums = sparse.csr_array(np.array([[1.0, 1.0, -1.0, 0.0], [1.0, 2148.483647, 0.0, -1.0]]))
    values = np.array([10.0, 20.0, 30.0, 42979.67294])
    none = np.zeros(4)
    primary = np.array([True, False, False, False])
    system = system_of(list("xyst"), values, (["r1", "r2"], sums), sensitive=primary, levels=(none, none))
    audit = audit_system(system, np.array([True, True, False, False]), guarantee="exact")
    assert audit.verdicts[:2].tolist() == [Verdict.DERIVABLE] * 2


@pytest.mark.parametrize("width", [0, 1, 3])
def test_systems_without_relations_are_safe(width: int) -> None:
    system = system_of(
        ["a", "b", "c"][:width],
        [5.0] * width,
        ([], sparse.csr_array((0, width))),
        sensitive=[True] * width,
        levels=([5.0] * width, [1e6] * width),
    )
    audit = audit_system(system, np.ones(width, dtype=np.bool_))
    assert audit.safe
    assert audit.low.tolist() == pytest.approx([0.0] * width)


def test_unknown_guarantees_and_patterns_of_another_kind_are_refused() -> None:
    system = square()
    with pytest.raises(DisclosureRuleInvalid, match="'intervall' is not known"):
        audit_system(system, hidden(system, *INSIDE), guarantee="intervall")  # type: ignore[arg-type]
    for pattern in (np.array([True]), np.ones(8, dtype=np.bool_), np.ones(9, dtype=np.int64)):
        with pytest.raises(DisclosureRuleInvalid, match="must say yes or no for each cell"):
            audit_system(system, pattern)  # type: ignore[arg-type]


def test_in_large_systems_relations_are_sought_around_the_cell_at_growing_distance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """x is told by three sums in a row, while two others say nothing of it; then no neighbourhood is small enough."""
    matrix = sparse.csr_array(
        np.array([[0, 0, 0, 1.0, 1], [1, 1, 0, 0, 0], [0, 0, 0, 1, -1], [0, 1, 1, 0, 0], [0, 0, 1, 0, 0]])
    )
    monkeypatch.setattr(audit_module, "NEAREST", 4)
    assert betrayal(matrix, 0) == (1, 3, 4)
    assert betrayal(matrix, 2) == (4,)
    monkeypatch.setattr(audit_module, "NEAREST", 2)
    assert betrayal(matrix, 0) == ()
    assert betrayal(matrix, 2) == (4,)
    loose = sparse.csr_array(np.array([[1.0, 1, 0], [1, -1, 1], [0, 1, 1]]))
    assert betrayal(sparse.csr_array(sparse.vstack([loose[:1], sparse.csr_array((2, 3))])), 0) == ()


def test_where_elimination_takes_too_much_projections_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not so where units differ: floating point might overlook something there."""
    asked: list[int] = []

    def counted(matrix: sparse.csr_array, random: np.random.Generator) -> np.ndarray[Any, np.dtype[np.bool_]]:
        asked.append(matrix.shape[1])
        return determined(matrix, random)

    monkeypatch.setattr(audit_module, "determined", counted)
    system = square()
    assert audit_system(system, hidden(system, *INSIDE), guarantee="exact").safe
    assert asked == []
    monkeypatch.setattr(null_space, "WORK", 3)
    assert audit_system(system, hidden(system, *INSIDE), guarantee="exact").safe
    assert asked == [4]
    factors = np.array([1.0, 1, 1, 1, 1, 1000])
    scaled = replace(system, matrix=sparse.csr_array(system.matrix.multiply(factors[:, None])))
    with pytest.raises(DisclosureRisk, match="too large"):
        audit_system(scaled, hidden(system, *INSIDE), guarantee="exact")
    nearly = replace(system, matrix=sparse.csr_array(system.matrix.multiply(np.minimum(factors, 100)[:, None])))
    assert audit_system(nearly, hidden(system, *INSIDE), guarantee="exact").safe
