"""Controlled rounding: additive, next to the counts, the nearest there is, and honest where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from anonymization.perturbation import controlled_rounding, integer_programme
from anonymization.perturbation.controlled_rounding import round_controlled
from anonymization.perturbation.integer_programme import minimise_whole
from anonymization.relations import Ints, from_entries
from datasets.errors import DisclosureRuleInvalid
from tests.unit.anonymization.builders import cube


def hard_counts() -> tuple[sparse.csr_array, Ints]:
    """Three cells of 1, of which every two add up to the same cell, 2: with base 2 the sum stays, and no two fit."""
    lines = [(0, 1), (1, 2), (0, 2)]
    rows = [(number, [*cells], 3) for number, cells in enumerate(lines)]
    entries = [(row, cell, 1) for row, cells, _ in rows for cell in cells]
    entries += [(row, 3, -1) for row, _, _ in rows]
    at = np.array(entries)
    return from_entries(at[:, 2], at[:, 0], at[:, 1], (3, 4)), np.array([1, 1, 1, 2])


def test_a_table_adds_up_and_stays_next_to_its_counts() -> None:
    tables = cube(np.random.default_rng(0).poisson(4, size=(5, 4, 3)))
    counts = tables.contributors
    found = round_controlled(tables.relations.matrix, counts, base=5)
    values = found.published.values
    assert not (tables.relations.matrix @ values).any()
    assert (values % 5 == 0).all()
    assert (np.abs(values - counts) < 5).all()
    assert (values[counts % 5 == 0] == counts[counts % 5 == 0]).all()
    assert found.distance == int(np.abs(values - counts).sum())
    assert found.beyond == 0
    assert found.optimal
    assert ((found.published.lowest <= counts) & (counts <= found.published.highest)).all()
    assert "5" in found.published.statement.en
    assert "4" in found.published.statement.vi
    assert "a true 0 is shown as 0, and a shown 0 may also stand for 1 to 2" in found.published.statement.en
    assert "and for up to 4 where sums bind it" in found.published.statement.en
    assert "từ 1 đến 2, và đến 4 ở nơi các tổng ràng buộc nó" in found.published.statement.vi
    assert (found.published.highest[values == 0] == 4).all()


def test_where_nothing_next_to_the_counts_adds_up_the_window_that_would_do_is_offered() -> None:
    matrix, counts = hard_counts()
    with pytest.raises(DisclosureRuleInvalid, match=r"there is no rounding to within 0 .* allow further=1"):
        round_controlled(matrix, counts, base=2)
    found = round_controlled(matrix, counts, base=2, further=1)
    assert found.published.values.tolist() in ([0, 0, 0, 0], [2, 2, 2, 4])
    assert found.beyond == 1
    assert not found.optimal
    assert (found.published.highest - found.published.lowest <= 6).all()
    assert "at most 3" in found.published.statement.en


@pytest.mark.parametrize("base", [2, 3, 5, 10])
def test_where_sums_leave_it_free_a_number_goes_to_its_nearest_multiple(base: int) -> None:
    # One province and its total: a 0 stands for half a base at most, which readers are told.
    matrix = from_entries(np.array([1, -1]), np.zeros(2, dtype=np.int64), np.arange(2), (1, 2))
    for count in range(3 * base):
        found = round_controlled(matrix, np.array([count, count]), base=base)
        assert (np.abs(found.published.values - count) <= base // 2).all()
        assert f"for 1 to {base // 2}," in found.published.statement.en


def test_sums_can_make_a_zero_of_nearly_a_whole_base() -> None:
    matrix = from_entries(np.array([1] * 5 + [-1]), np.zeros(6, dtype=np.int64), np.arange(6), (1, 6))
    found = round_controlled(matrix, np.array([3, 3, 3, 3, 3, 15]), base=5)
    assert sorted(found.published.values.tolist()) == [0, 0, 5, 5, 5, 15]


def test_where_no_window_would_do_it_says_so() -> None:
    # Twenty of the first are twenty-one of the second: in twos, only 42 and 40, or nothing at all, keep that.
    matrix = from_entries(np.array([20, -21]), np.zeros(2, dtype=np.int64), np.arange(2), (1, 2))
    with pytest.raises(DisclosureRuleInvalid, match="publish fewer tables together, use cell keys"):
        round_controlled(matrix, np.array([21, 20]), base=2)


def test_a_large_table_is_not_tried_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, counts = hard_counts()
    monkeypatch.setattr(controlled_rounding, "OFFERED", 1)
    monkeypatch.setattr(integer_programme, "SMALL", 1)
    with pytest.raises(DisclosureRuleInvalid, match=r"no rounding was found .* try further=1"):
        round_controlled(matrix, counts, base=2)


def test_stages_keep_what_was_rounded_first() -> None:
    tables = cube(np.random.default_rng(3).poisson(6, size=(6, 4)))
    matrix, counts = tables.relations.matrix, tables.contributors
    stages = (tables.nodes.coordinates > 0).sum(axis=1)
    found = round_controlled(matrix, counts, base=3, stages=stages)
    whole = round_controlled(matrix, counts, base=3)
    assert not (matrix @ found.published.values).any()
    assert (np.abs(found.published.values - counts) < 3).all()
    assert found.distance >= whole.distance
    assert found.least <= whole.distance
    # The total was chosen by itself: the nearest multiple.
    total = int(np.argmax(counts))
    assert abs(int(found.published.values[total]) - int(counts[total])) <= 1


def test_a_stage_that_does_not_fit_to_earlier_ones_proves_nothing() -> None:
    # Each 1 alone goes to 0, but the sum is 3 and stays so.
    matrix = from_entries(np.array([1, 1, 1, -1]), np.zeros(4, dtype=np.int64), np.arange(4), (1, 4))
    counts = np.array([1, 1, 1, 3])
    with pytest.raises(DisclosureRuleInvalid, match=r"no rounding was found .* allow further=1"):
        round_controlled(matrix, counts, base=3, stages=np.array([0, 0, 0, 1]))
    assert sorted(round_controlled(matrix, counts, base=3).published.values.tolist()) == [0, 0, 3, 3]


def test_large_programmes_take_the_first_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controlled_rounding, "LARGE", 10)
    monkeypatch.setattr(integer_programme, "CORNERS", 10)
    tables = cube(np.random.default_rng(0).poisson(4, size=(5, 4, 3)))
    counts = tables.contributors
    found = round_controlled(tables.relations.matrix, counts, base=5)
    assert not (tables.relations.matrix @ found.published.values).any()
    assert found.distance >= found.least >= np.minimum(counts % 5, -counts % 5).sum()


@pytest.mark.parametrize("further", [-1, 101])
def test_a_window_that_is_none_is_refused(further: int) -> None:
    matrix, counts = hard_counts()
    with pytest.raises(DisclosureRuleInvalid, match="window must be from 0 to 100"):
        round_controlled(matrix, counts, base=3, further=further)


def test_stages_for_other_cells_and_sums_that_do_not_hold_are_refused() -> None:
    matrix, counts = hard_counts()
    with pytest.raises(DisclosureRuleInvalid, match="stages are not one number for each cell"):
        round_controlled(matrix, counts, base=3, stages=np.array([0]))
    with pytest.raises(DisclosureRuleInvalid, match="do not add up"):
        round_controlled(matrix, counts + np.array([0, 0, 0, 1]), base=3)


def test_an_answer_that_does_not_hold_exactly_is_none() -> None:
    # The solver's tolerance lets half a unit in a billion pass; whole numbers do not.
    matrix = from_entries(np.array([1, 1]), np.zeros(2, dtype=np.int64), np.array([0, 1]), (1, 2))
    limits = (np.zeros(2), np.ones(2) * 5)
    held = minimise_whole(matrix, np.array([3.0]), cost=np.array([1.0, 2.0]), limits=limits)
    assert held.numbers is not None
    assert held.numbers.tolist() == [3, 0]
    assert held.least == 3
    missed = minimise_whole(matrix, np.array([3.0 + 1e-9]), cost=np.ones(2), limits=limits)
    assert missed.numbers is None
    assert not missed.none_exists


def test_a_programme_without_columns_has_an_answer_where_nothing_is_asked() -> None:
    nothing, none = sparse.csr_array((1, 0), dtype=np.int64), np.zeros(0)
    held = minimise_whole(nothing, np.zeros(1), cost=none, limits=(none, none))
    assert held.numbers is not None
    assert len(held.numbers) == 0
    missed = minimise_whole(nothing, np.ones(1), cost=none, limits=(none, none))
    assert missed.numbers is None
    assert missed.none_exists


def test_a_table_of_multiples_stays_as_it_is() -> None:
    tables = cube([[5, 10], [0, 15]])
    found = round_controlled(tables.relations.matrix, tables.contributors, base=5)
    assert (found.published.values == tables.contributors).all()
    assert found.optimal
