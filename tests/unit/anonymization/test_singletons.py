"""Whoever is alone in a cell cannot find another one by subtracting their own figure from a sum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from anonymization.audit_system import Betrayal
from anonymization.primary.assess import WithoutLargest
from anonymization.primary.sensitivity import Reason, of_rule
from anonymization.protect_system import protect_system
from anonymization.relations import Ints
from anonymization.singletons import (
    NOBODY,
    sole_by_counts,
    told_of_singletons,
    with_singletons,
    without_singletons,
)
from anonymization.system import LinearSystem, system_of
from datasets.errors import DisclosureRisk

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
    for sign in (1, -1, 2):  # the same sum, however it is written
        joined = with_singletons(replace(system, matrix=sparse.csr_array(sign * system.matrix)), alone(system, c00=1))
        assert joined.cells[-1] == learn("00", "0_")
        assert joined.relations[-1] == "a sum that adds up to what the one contributor of 00 would learn of 0_"
        assert joined.values[-1] == 6.0
        assert joined.least[-1] == 0.0
        assert (joined.matrix @ joined.values == 0).all()


@pytest.mark.parametrize("agent", [0, 3])
def test_the_one_contributor_of_a_total_knows_every_part(agent: int) -> None:
    """So it is where true zeros are withheld: a total of one, and a part that is empty."""
    system = table(sensitive="00 0_")
    assert with_singletons(system, alone(system, c0_=agent)) is system
    assert len(with_singletons(system, alone(system, c00=agent))) > len(system)


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


# A total, and one who is alone in a part of it ------------------------------------------------------------------------

FIRMS = np.array([[5.0, 5.0, 90.0], [20.0, 30.0, 40.0], [10.0, 20.0, 30.0]])
"""In the first row, the last cell is one firm, and the total is sensitive because of it."""


def firms(*, level: float = 30.0, sole_level: float = 30.0, sensitive: str = "02 0_") -> LinearSystem:
    """Return a table with levels of the first total and of the sole contributor's cell."""
    system = table(FIRMS, sensitive)
    names = np.array(system.cells)
    levels = np.where(names == "0_", level, np.where(system.sensitive, sole_level, 0.0))
    return replace(system, lower=levels / 2, upper=levels)


def judged(system: LinearSystem, largest: float = 90.0, *, asked: float | None = None, **more: float) -> WithoutLargest:
    """Return what rules find without the largest of the first total; nothing unless something is `asked`."""
    total = np.array(system.cells) == "0_"
    figures = np.where(total, largest, 1.0)
    for name, figure in more.items():
        figures[np.array(system.cells) == name[1:]] = figure
    found = of_rule(total & (asked is not None), Reason.DOMINANCE, (asked or 0.0) / 2, asked or 0.0)
    return WithoutLargest(figures, np.ones(len(system), dtype=np.bool_), found)


def test_what_may_be_published_of_the_others_needs_no_protection() -> None:
    system = firms()
    assert with_singletons(system, alone(system, c02=2), judged(system)) is system


def test_what_may_not_has_the_levels_that_the_rules_ask_for_the_others() -> None:
    system = firms()
    joined = with_singletons(system, alone(system, c02=2), judged(system, asked=4.0))
    assert (joined.values[-1], joined.lower[-1], joined.upper[-1], joined.least[-1]) == (10.0, 2.0, 4.0, 0.0)


def test_the_cells_of_the_one_contributor_count_together() -> None:
    system = firms(sensitive="00 02 0_")
    sole = alone(system, c00=2, c02=2)
    assert with_singletons(system, sole, judged(system, 95.0)) is system
    joined = with_singletons(system, sole, judged(system, 95.0, asked=4.0))
    assert joined.cells[-1] == learn("00 and 02", "0_")
    assert (joined.values[-1], joined.upper[-1]) == (5.0, 4.0)


def unlike(system: LinearSystem) -> list[WithoutLargest | None]:
    """Return findings that do not tell what the rules ask for the others."""
    right = judged(system)
    return [
        None,
        replace(right, judged=np.array(system.cells) != "0_"),
        judged(system, 91.0),  # the firm has something elsewhere in the total, or another one is larger
        judged(system, 89.0),
        judged(system, np.nan),
        judged(system, c00=np.nan),  # somebody may have less than nothing in another cell of the sum
    ]


@pytest.mark.parametrize("number", range(6))
def test_where_it_cannot_be_told_levels_are_as_large_a_part_of_what_the_others_have(number: int) -> None:
    system = firms(level=50.0, sole_level=18.0)
    joined = with_singletons(system, alone(system, c02=2), unlike(system)[number])
    assert (joined.values[-1], joined.lower[-1], joined.upper[-1]) == (10.0, 2.5, 5.0)  # half of it, as of the total
    system = firms(level=2.0, sole_level=45.0)
    joined = with_singletons(system, alone(system, c02=2), unlike(system)[number])
    assert (joined.lower[-1], joined.upper[-1]) == (2.5, 5.0)  # half of it, as of the firm's own cell


def test_levels_are_no_larger_than_those_of_the_cells() -> None:
    system = firms(level=3.0, sole_level=0.0)
    rare = replace(system, values=system.values * 1.0, lower=np.zeros(16))
    joined = with_singletons(rare, alone(system, c02=2))
    # A part of the total's level would be 0.3: a count that readers know to be whole could not be one more.
    assert (joined.lower[-1], joined.upper[-1]) == (0.0, 1.0)
    small = firms(level=0.5, sole_level=0.0)
    assert with_singletons(small, alone(small, c02=2)).upper[-1] == 0.5


def test_what_is_nothing_has_no_levels() -> None:
    parts = FIRMS.copy()
    parts[0, :2] = 0.0
    system = table(parts, "02 0_")
    system = replace(system, lower=np.where(system.sensitive, 9.0, 0.0), upper=np.where(system.sensitive, 9.0, 0.0))
    joined = with_singletons(system, alone(system, c02=2))
    assert (joined.values[-1], joined.lower[-1], joined.upper[-1]) == (0.0, 0.0, 0.0)
    none = with_singletons(replace(system, values=np.zeros(16)), alone(system, c02=2))
    assert (none.values[-1], none.upper[-1]) == (0.0, 0.0)


def test_the_sole_contributor_of_nothing_leads_no_total() -> None:
    parts = FIRMS.copy()
    parts[0] = [5.0, 5.0, 0.0]
    system = table(parts, "02 0_")
    system = replace(system, upper=np.where(system.sensitive, 2.0, 0.0))
    assert with_singletons(system, alone(system, c02=2), judged(system, 0.0)) is system
    assert with_singletons(system, alone(system, c02=2), judged(system, 5.0)).upper[-1] == 2.0


@pytest.mark.parametrize("cell", ["00", "02"])
def test_where_readers_take_everything_for_possible_levels_stay(cell: str) -> None:
    system = firms()
    open_below = replace(system, least=np.where(np.array(system.cells) == cell, -np.inf, 0.0))
    joined = with_singletons(open_below, alone(system, c02=2), judged(system))
    assert (joined.lower[-1], joined.upper[-1]) == (15.0, 30.0)
    assert joined.least[-1] == (-np.inf if cell == "00" else 0.0)


def test_sums_of_decimals_differ_in_their_last_digits() -> None:
    system = table(FIRMS / 10, "02 0_")
    for largest, known in ((9.0 + 1e-12, True), (9.0 + 1e-7, False)):
        added = len(with_singletons(system, alone(system, c02=2), judged(system, largest))) - len(system)
        assert added == (0 if known else 1)


def test_a_sum_with_other_coefficients_is_not_judged() -> None:
    #                           total, s, other: the total is twice s and the other
    matrix = sparse.csr_array(np.array([[-1.0, 2.0, 1.0]]))
    system = system_of(
        ["0_", "s", "r"],
        [190.0, 90.0, 10.0],
        (["sum"], matrix),
        sensitive=[True, True, False],
        levels=([0.0, 9.0, 0.0], [0.0, 9.0, 0.0]),
    )
    joined = with_singletons(system, alone(system, cs=1), judged(system, 90.0))
    assert (joined.values[-1], joined.upper[-1]) == (10.0, 1.0)


def test_a_sum_written_as_a_difference_has_what_it_can_be_at_most() -> None:
    # a - b = c + d, written so that no cell is alone on its side, has no total.
    matrix = sparse.csr_array(np.array([[1.0, -1.0, -1.0, 1.0]]))
    system = system_of(
        ["a", "b", "c", "d"],
        [9.0, 2.0, 8.0, 1.0],
        (["sum"], matrix),
        sensitive=[True, True, False, False],
        levels=([3.0, 2.0, 0.0, 0.0], [3.0, 2.0, 0.0, 0.0]),
    )
    joined = with_singletons(system, alone(system, cb=1))
    assert (abs(joined.values[-1]), joined.lower[-1], joined.least[-1]) == (7.0, 3.0, -np.inf)


def test_a_refusal_says_who_would_learn_what_and_how_to_go_on() -> None:
    system = replace(firms(), frozen=~firms().sensitive)
    joined = with_singletons(system, alone(system, c02=2))
    with pytest.raises(DisclosureRisk) as caught:
        protect_system(joined, effort=0)
    told = str(told_of_singletons(caught.value, joined, len(system), way_out="ignore it"))
    assert told.startswith(caught.value.message)
    assert f"  - {learn('02', '0_')}: cannot be protected whatever else is withheld." in told
    assert told.count(", or ignore it") == 1
    assert "  - cell '02': cannot be protected whatever else is withheld. do not freeze" in told
