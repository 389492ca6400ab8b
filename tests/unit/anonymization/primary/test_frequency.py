"""Primary suppression at, below and above the threshold."""

from __future__ import annotations

import numpy as np
import pytest

from anonymization.primary.frequency import Margins, count_margins, sensitive, telling_zeros
from datasets.disclosure import ZeroPolicy
from tests.unit.anonymization.builders import rules


@pytest.mark.parametrize(
    ("zeros", "expected"),
    [("publish", [False, True, True, False, False]), ("protect", [True, True, True, False, False])],
)
def test_small_counts_are_sensitive_and_zeros_by_policy(zeros: ZeroPolicy, expected: list[bool]) -> None:
    assert sensitive(np.array([0, 1, 9, 10, 11]), rules(10, zeros)).tolist() == expected


def test_a_threshold_of_one_withholds_no_count() -> None:
    assert not sensitive(np.array([0, 1, 2]), rules(1)).any()


def test_part_of_a_contributor_does_not_make_up_for_a_whole_one() -> None:
    margins = count_margins(np.array([2.5, 5.0]), np.array([0.5, 9.0]), threshold=5, known_lower=0.0)
    assert margins.upper.tolist() == [3.0, 1.0]
    assert margins.lower.tolist() == [0.5, 1.0]


def test_a_zero_is_a_cell_without_contributors_or_one_whose_contributors_have_nothing() -> None:
    margins = Margins(np.zeros(3), np.ones(3))
    found = telling_zeros(np.array([0.0, 1.0, 2.0]), np.array([0.0, 5.0, 0.0]), margins)
    assert found.sensitive.tolist() == [True, False, True]
