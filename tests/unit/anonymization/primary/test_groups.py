"""Group disclosure: who counts as outside, which totals tell something, and relations that are no sums."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from anonymization.primary.groups import Totals, all_in_one
from datasets.errors import DisclosureRuleInvalid


def totals(rows: list[list[int]], structural: list[bool] | None = None) -> Totals:
    matrix = np.array(rows)
    flags = np.zeros(matrix.shape[1], dtype=np.bool_) if structural is None else np.array(structural)
    return Totals(sparse.csr_array(matrix), flags)


@pytest.mark.parametrize(
    ("threshold", "outside", "found"),
    [(1, 0, True), (1, 1, False), (5, 4, True), (5, 5, False)],
)
def test_all_but_fewer_than_the_threshold(threshold: int, outside: int, found: bool) -> None:
    cells = np.array([20 + outside, 20, outside])
    assert bool(all_in_one(cells, totals([[-1, 1, 1]]), threshold, 0.0).sensitive[1]) is found


def test_a_total_and_a_part_without_anyone_are_not_found() -> None:
    found = all_in_one(np.array([20, 20, 0]), totals([[-1, 1, 1]]), 5, 0.0)
    assert found.sensitive.tolist() == [False, True, False]
    assert not all_in_one(np.array([0, 0, 0]), totals([[-1, 1, 1]]), 5, 0.0).sensitive.any()


def test_parts_that_have_to_be_empty_are_no_alternative() -> None:
    relations = totals([[-1, 1, 1]], structural=[False, False, True])
    assert not all_in_one(np.array([20, 20, 0]), relations, 5, 0.0).sensitive.any()


def test_people_in_two_parts_are_still_in_the_part() -> None:
    found = all_in_one(np.array([20, 20, 15]), totals([[-1, 1, 1]]), 1, 0.0)
    assert found.sensitive.tolist() == [False, True, False]


def test_the_level_is_the_largest_that_any_total_asks_for_and_no_more_than_the_cell_can_lose() -> None:
    relations = totals([[-1, 0, 1, 1, 0], [0, -1, 1, 0, 1]])
    found = all_in_one(np.array([22, 21, 20, 2, 1]), relations, 5, 0.0)
    assert found.lower.tolist() == [0.0, 0.0, 4.0, 0.0, 0.0]
    capped = all_in_one(np.array([3, 3, 0]), totals([[-1, 1, 1]]), 5, 1.0)
    assert capped.lower.tolist() == [0.0, 2.0, 0.0]
    alone = all_in_one(np.array([1, 1, 0]), totals([[-1, 1, 1]]), 5, 1.0)
    assert (alone.sensitive.tolist(), alone.lower.tolist()) == ([False, True, False], [0.0, 0.0, 0.0])


def test_there_may_be_more_sums_than_cells() -> None:
    found = all_in_one(np.array([20, 18, 2]), totals([[-1, 1, 1]] * 5), 5, 0.0)
    assert found.lower.tolist() == [0.0, 3.0, 0.0]


def test_a_total_of_several_totals() -> None:
    found = all_in_one(np.array([10, 12, 22, 0]), totals([[-1, -1, 1, 1]]), 5, 0.0)
    assert found.sensitive.tolist() == [False, False, True, False]


def test_what_is_no_sum_is_refused() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="coefficients other than") as caught:
        all_in_one(np.array([10, 5]), totals([[-1, 2]]), 5, 0.0)
    assert caught.value.problems[0].remedy == "leave group_disclosure out"
