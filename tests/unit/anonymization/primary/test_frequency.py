"""Primary suppression at, below and above the threshold."""

from __future__ import annotations

import numpy as np
import pytest

from anonymization.primary.frequency import sensitive
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
