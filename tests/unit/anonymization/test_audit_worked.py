"""The audit of a linear system at its boundaries: what it asks for, in which units, and where it looks for reasons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from anonymization import audit_system as module
from anonymization.attack_intervals import NEARLY, Bounds
from anonymization.audit_system import Verdict, audit_system, betrayal
from anonymization.system import LinearSystem, system_of
from datasets.errors import DisclosureRuleInvalid
from tests.support.linear_oracle import matrix_of
from tests.unit.anonymization.secondary.test_ranges import flags


def pair(lower: float = 2.0, upper: float = 3.0, **changes: Any) -> LinearSystem:
    """A total of ten, four and six; the four is sensitive."""
    names = ["all", "four", "six"]
    given: dict[str, Any] = {
        "sums": (["sum"], matrix_of(names, [{"all": -1, "four": 1, "six": 1}])),
        "sensitive": [False, True, False],
        "levels": ([lower] * 3, [upper] * 3),
    }
    return system_of(names, [10, 4, 6], **(given | changes))


def problems(system: LinearSystem, pattern: Any, guarantee: Any = "interval") -> list[tuple[str, str, str]]:
    with pytest.raises(DisclosureRuleInvalid) as caught:
        audit_system(system, pattern, guarantee=guarantee)
    return [(one.place, one.rule, one.remedy) for one in caught.value.problems]


def test_what_cannot_be_audited_is_told_with_its_place_and_remedy() -> None:
    assert problems(pair(), flags(".xx"), "intervall") == [
        ("guarantee", "'intervall' is not known", "use 'interval' or 'exact'")
    ]
    wrong = ("pattern", "must say yes or no for each cell", "give as many entries as there are cells")
    assert problems(pair(), flags(".x")) == [wrong]
    assert problems(pair(), np.array([0, 1, 1])) == [wrong]
    assert problems(pair(), flags("..x")) == [("cell 'four'", "is sensitive and not withheld", "withhold it")]


def test_ranges_reach_from_what_cells_can_fall_to_what_they_can_rise(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Bounds(np.array([2.0, 3.0]), np.array([3.0, 2.5]), np.array([True, True]), 7)
    monkeypatch.setattr(module, "bound", lambda *given: found)
    audit = audit_system(pair(), flags(".xx"))
    assert audit.verdicts.tolist() == [Verdict.SHOWN, Verdict.SAFE, Verdict.SAFE]
    assert (audit.low[1:].tolist(), audit.high[1:].tolist(), audit.programs) == ([2, 3], [7, 8.5], 7)


@pytest.mark.parametrize(
    ("fall", "rise", "safe"),
    [
        (2.0, 3.0, True),
        (2 * NEARLY, 3.0, True),
        (2.0, 3 * NEARLY, True),
        (1.9999, 3.0, False),
        (2.0, 2.9999, False),
        (np.inf, np.inf, True),
    ],
)
def test_nearly_all_of_a_range_is_enough_in_both_directions(
    fall: float, rise: float, safe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Bounds(np.array([fall, 9.0]), np.array([rise, 9.0]), np.array([True, True]), 1)
    monkeypatch.setattr(module, "bound", lambda *given: found)
    audit = audit_system(pair(), flags(".xx"))
    assert audit.safe is safe
    assert audit.verdicts[1] == (Verdict.SAFE if safe else Verdict.TOO_NARROW)


@pytest.mark.parametrize(
    ("lower", "upper", "unit"), [(4.0, 8.0, 1.0), (0.25, 8.0, 0.25), (0.0, 0.5, 0.5), (0.0, 0.0, 1.0)]
)
def test_programs_are_in_units_of_the_least_that_is_asked_for_and_of_one_at_most(
    lower: float, upper: float, unit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def bound(matrix: Any, room: Any, wanted: Any, random: Any) -> Bounds:
        asked.append((room, wanted))
        return Bounds(np.array([8.0, 8.0]), np.array([16.0, 16.0]), np.array([True, True]), 1)

    monkeypatch.setattr(module, "bound", bound)
    audit = audit_system(pair(lower, upper), flags(".xx"))
    (room, wanted), *_ = asked
    assert [one[0] for one in wanted] == [lower / unit, upper / unit]
    assert room[0].tolist() == [4 / unit, 6 / unit]
    assert np.isinf(room[1]).all()
    assert audit.high[1] == 4 + 16 * unit
    assert audit.low[1] == 4 - 8 * unit


def test_a_cell_without_company_is_derived_from_its_sum() -> None:
    audit = audit_system(pair(), flags(".x."))
    assert audit.verdicts.tolist() == [Verdict.SHOWN, Verdict.DERIVABLE, Verdict.SHOWN]
    assert (audit.low[1], audit.high[1]) == (4, 4)
    assert [(one.cell, one.relations) for one in audit.betrayals] == [(1, (0,))]
    (problem,) = audit.problems(pair())
    assert (problem.place, problem.rule) == ("cell 'four'", "can be derived exactly from 'sum'")
    assert problem.remedy == "withhold more of the cells it is summed with"
    assert not audit.safe


CHAIN = sparse.csr_array(np.array([[1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]))
"""The third is told by the third row, the second by it and the second row, and so on; the fourth is alone."""


def test_reasons_are_sought_among_all_relations_where_there_are_few() -> None:
    assert betrayal(CHAIN, 0) == (0, 1, 2)
    assert betrayal(CHAIN, 2) == (2,)
    assert betrayal(CHAIN, 3) == (3,)
    assert betrayal(CHAIN[[0, 1]], 0) == ()


@pytest.mark.parametrize(
    ("nearest", "column", "shapes", "found"),
    [
        (4, 0, [(4, 5)], (0, 1, 2)),  # as many as are looked at together
        (3, 0, [(1, 2), (2, 3), (3, 3)], (0, 1, 2)),  # at growing distance
        (2, 0, [(1, 2), (2, 3)], ()),  # too far
        (1, 3, [(1, 1)], (3,)),
        (1, 2, [], ()),  # already more than are looked at
    ],
)
def test_in_large_systems_reasons_are_sought_around_the_cell(
    nearest: int, column: int, shapes: list[tuple[int, int]], found: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    usual = module._combination

    def combination(matrix: sparse.csr_array, at: int) -> tuple[int, ...]:
        seen.append(matrix.shape)
        return usual(matrix, at)

    monkeypatch.setattr(module, "NEAREST", nearest)
    monkeypatch.setattr(module, "_combination", combination)
    assert betrayal(CHAIN, column) == found
    assert seen == shapes


def test_many_unsafe_cells_are_counted_and_the_first_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TOLD", 1)
    alone = pair(sensitive=[False, True, True], sums=([], sparse.csr_array((0, 3))), levels=([2.0] * 3, [3.0] * 3))
    audit = module.SystemAudit(
        "exact", np.array([0, 2, 2], dtype=np.int8), np.full(3, np.nan), np.full(3, np.nan), (), 0
    )
    told = [(one.place, one.rule, one.remedy) for one in audit.problems(alone)]
    assert told == [
        ("cell 'four'", "can be derived exactly", "withhold more of the cells it is summed with"),
        ("cells", "1 more are not safe", "withhold more cells"),
    ]
