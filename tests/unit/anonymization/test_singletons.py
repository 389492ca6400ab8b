"""Whoever is alone in a cell cannot find another one by subtracting their own figure from a sum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from anonymization.audit_system import Betrayal
from anonymization.protect_system import protect_system
from anonymization.relations import Ints
from anonymization.singletons import NOBODY, sole_by_counts, with_singletons, without_singletons
from anonymization.system import LinearSystem, system_of

PARTS = np.array([[1.0, 5.0, 1.0], [9.0, 8.0, 7.0], [6.0, 9.0, 12.0]])
"""The inner cells of a table; the two that are 1 stand in one row, and have one contributor each."""


@pytest.fixture(autouse=True)
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anonymization.protect_system.TRIES", 1)


def table(parts: npt.NDArray[np.float64] = PARTS, sensitive: str = "00 02", *, frozen: str = "") -> LinearSystem:
    """Return a table with its margins: rows, columns and everything as `_` in its place."""
    whole = np.block([[parts, parts.sum(1, keepdims=True)], [parts.sum(0, keepdims=True), parts.sum()]])
    names = [f"{row}{column}" for row in "012_" for column in "012_"]
    rows = []
    for line in range(4):
        for cells in (range(4 * line, 4 * line + 4), range(line, 16, 4)):
            row = np.zeros(16)
            row[list(cells)] = [1, 1, 1, -1]
            rows.append(row)
    chosen = np.array([name in sensitive.split() for name in names])
    return system_of(
        names,
        whole.reshape(-1),
        ([f"sum {number}" for number in range(8)], sparse.csr_array(np.array(rows))),
        sensitive=chosen,
        levels=(np.zeros(16), np.zeros(16)),
        frozen=[name in frozen.split() for name in names],
    )


def alone(system: LinearSystem, **agents: int) -> Ints:
    """Return who is alone in which cell."""
    names = {f"c{name}": at for at, name in enumerate(system.cells)}
    sole = np.full(len(system), NOBODY, dtype=np.int64)
    for name, agent in agents.items():
        sole[names[name]] = agent
    return sole


def learn(own: str, other: str) -> str:
    return f"what the one contributor of {own} would learn of {other}"


def withheld(system: LinearSystem, sole: Ints, guarantee: str = "exact") -> set[str]:
    done = protect_system(with_singletons(system, sole), guarantee=guarantee, effort=0)  # type: ignore[arg-type]
    own = without_singletons(done, len(system))
    assert len(own.withheld) == len(own.secondary) == len(system)
    assert len(own.audit.verdicts) == len(own.audit.low) == len(own.audit.high) == len(system)
    assert all(one.cell < len(system) for one in own.audit.betrayals)
    return {name for name, hidden in zip(system.cells, own.withheld, strict=True) if hidden}


@pytest.mark.parametrize("guarantee", ["exact", "interval"])
def test_two_who_are_alone_in_a_sum_need_a_third_cell_in_it(guarantee: str) -> None:
    system = table()
    without = withheld(system, alone(system), guarantee)
    assert {name for name in without if name[0] == "0"} == {"00", "02"}
    found = withheld(system, alone(system, c00=1, c02=2), guarantee)
    assert {name for name in found if name[0] == "0"} > {"00", "02"}


def test_one_who_is_alone_and_a_small_group() -> None:
    system = table()
    assert {name for name in withheld(system, alone(system, c02=2)) if name[0] == "0"} > {"00", "02"}


def test_one_contributor_of_both_learns_nothing_new() -> None:
    system = table()
    assert with_singletons(system, alone(system, c00=1, c02=1)) is system


def test_three_protect_each_other() -> None:
    system = table(sensitive="00 01 02")
    assert with_singletons(system, alone(system, c00=1, c01=2, c02=3)) is system


def test_every_sum_with_such_a_pair_gets_a_cell_of_its_own() -> None:
    system = table(sensitive="00 02 20 22")
    joined = with_singletons(system, alone(system, c00=1, c02=2, c20=3, c22=4))
    pairs = {"00": "02", "20": "22"}, {"00": "20", "02": "22"}
    names = {learn(own, other): (own, other) for those in pairs for own, other in those.items()}
    assert set(joined.cells[len(system) :]) == set(names)
    values = dict(zip(system.cells, system.values, strict=True))
    together = zip(joined.cells[len(system) :], joined.values[len(system) :], strict=True)
    assert all(value == sum(values[cell] for cell in names[name]) for name, value in together)
    assert (joined.matrix @ joined.values == 0).all()
    assert joined.least[len(system) :].tolist() == [0.0] * 4


def test_two_groups_and_somebody_alone_protect_each_other() -> None:
    system = table(sensitive="00 01 02")
    for number in range(3):
        assert with_singletons(system, alone(system, c00=number)) is system


def test_the_sign_with_which_a_sum_is_written_changes_nothing() -> None:
    system = table()
    sole = alone(system, c00=1, c02=2)
    flipped = with_singletons(replace(system, matrix=sparse.csr_array(-system.matrix)), sole)
    assert flipped.values[-1] == with_singletons(system, sole).values[-1] == 2.0
    assert flipped.least[-1] == 0.0


def test_what_was_added_leaves_no_trace_in_the_audit() -> None:
    system = table()
    done = protect_system(with_singletons(system, alone(system, c00=1, c02=2)), guarantee="exact", effort=0)
    betrayals = (Betrayal(len(system) - 1, (0,)), Betrayal(len(system), (8,)))
    own = without_singletons(replace(done, audit=replace(done.audit, betrayals=betrayals)), len(system))
    assert own.audit.betrayals == betrayals[:1]


def test_a_total_and_its_part() -> None:
    system = table(sensitive="00 0_")
    for sign in (1, -1):
        joined = with_singletons(replace(system, matrix=sparse.csr_array(sign * system.matrix)), alone(system, c00=1))
        assert joined.cells[-1] == learn("00", "0_")
        assert joined.relations[-1] == "a sum that adds up to what the one contributor of 00 would learn of 0_"
        assert joined.values[-1] == 6.0
        assert joined.least[-1] == 0.0
        assert (joined.matrix @ joined.values == 0).all()


def test_what_a_total_is_without_a_part_is_as_much_as_the_other_parts_at_least() -> None:
    system = table(sensitive="00 0_ 20 2_")
    bounds = np.where(np.isin(system.cells, ["01", "02", "21"]), 1.0, 0.0)
    joined = with_singletons(replace(system, least=bounds), alone(system, c00=1, c20=3))
    least = dict(zip(joined.cells[len(system) :], joined.least[len(system) :].tolist(), strict=True))
    assert least == {learn("00", "0_"): 2.0, learn("20", "2_"): 1.0, learn("00", "20"): 0.0}


def test_levels_and_bounds_of_what_is_known_together() -> None:
    system = table()
    levels = np.where(system.sensitive, [2.0] * 2 + [3.0] * 14, 0.0)
    least = np.where(system.values == 1, 1.0, 0.0)
    known = replace(system, lower=levels, upper=levels, least=least)
    joined = with_singletons(known, alone(system, c00=1, c02=2))
    assert (joined.lower[-1], joined.upper[-1], joined.least[-1]) == (3.0, 3.0, 2.0)
    assert joined.sensitive[-1]


def test_who_is_alone_by_numbers() -> None:
    #        total, a, b, c, with a total of one contributor above another of two
    matrix = sparse.csr_array([[-1.0, 1, 1, 0, 0, 0], [0, 0, 0, -1.0, 1, 1]])
    sole = sole_by_counts(np.array([1, 1, 0, 2, 1, 1]), matrix)
    assert sole[0] == sole[1] != NOBODY
    assert sole[2] == sole[3] == NOBODY
    assert len({int(sole[0]), int(sole[4]), int(sole[5])}) == 3


def test_a_sum_that_is_stated_more_often_than_there_are_cells_makes_nobody_the_same() -> None:
    sole = sole_by_counts(np.array([1, 1, 0]), sparse.csr_array(np.array([[-1.0, 1.0, 1.0]] * 5)))
    assert sole[0] == sole[1] != NOBODY
    apart = sole_by_counts(np.array([2, 1, 1]), sparse.csr_array(np.array([[-1.0, 1.0, 1.0]] * 5)))
    assert apart[0] == NOBODY
    assert apart[1] != apart[2]
