"""Findings of rules: what fits together, and how they are joined."""

from __future__ import annotations

import numpy as np
import pytest

from anonymization.primary.sensitivity import Reason, Sensitivity, combine, of_rule
from datasets.errors import DisclosureRuleInvalid

YES = np.array([True, False])
NO_LEVELS = np.zeros(2)
CODES = np.array([1, 0], dtype=np.int8)


@pytest.mark.parametrize(
    ("finding", "message"),
    [
        (lambda: Sensitivity(YES, np.zeros(3), NO_LEVELS, CODES), "one entry for each cell"),
        (lambda: Sensitivity(YES[:, None], NO_LEVELS[:, None], NO_LEVELS[:, None], CODES[:, None]), "one entry"),
        (lambda: Sensitivity(YES, np.array([np.nan, 0]), NO_LEVELS, CODES), "finite and not negative"),
        (lambda: Sensitivity(YES, np.array([np.inf, 0]), NO_LEVELS, CODES), "finite and not negative"),
        (lambda: Sensitivity(YES, NO_LEVELS, np.array([-1.0, 0]), CODES), "finite and not negative"),
        (lambda: Sensitivity(YES, NO_LEVELS, NO_LEVELS, np.zeros(2, dtype=np.int8)), "must have a reason"),
        (lambda: Sensitivity(YES, NO_LEVELS, NO_LEVELS, np.ones(2, dtype=np.int8)), "must have a reason"),
        (lambda: Sensitivity(YES, NO_LEVELS, np.array([0, 1.0]), CODES), "only sensitive cells"),
        (lambda: Sensitivity(YES, np.array([0, 1.0]), NO_LEVELS, CODES), "only sensitive cells"),
        (lambda: combine([of_rule(YES, Reason.ZERO)], 3), "looked at 2 cells where there are 3"),
    ],
)
def test_a_finding_that_contradicts_itself_is_refused(finding: object, message: str) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=message):
        finding()  # type: ignore[operator]


def test_joined_findings_have_every_cell_the_larger_levels_and_the_first_reason() -> None:
    one = of_rule(np.array([True, True, False]), Reason.P_PERCENT, lower=[1.0, 5.0, 9.0], upper=[7.0, 2.0, 9.0])
    two = of_rule(np.array([True, False, False]), Reason.FREQUENCY, lower=[3.0, 9.0, 9.0], upper=[4.0, 9.0, 9.0])
    both = combine([one, two], 3)
    assert both.sensitive.tolist() == [True, True, False]
    assert (both.lower.tolist(), both.upper.tolist()) == ([3.0, 5.0, 0.0], [7.0, 2.0, 0.0])
    assert both.reason.tolist() == [Reason.FREQUENCY, Reason.P_PERCENT, Reason.NONE]
    assert both.reason.dtype == np.int8


def test_no_findings_are_no_sensitive_cells() -> None:
    assert not combine([], 3).sensitive.any()
    assert len(combine([], 3)) == 3


def test_an_exempt_cell_keeps_nothing() -> None:
    left = of_rule(np.array([True, True]), Reason.FREQUENCY, 1.0, 2.0).without(np.array([False, True]))
    assert left.sensitive.tolist() == [True, False]
    assert (left.lower.tolist(), left.upper.tolist()) == ([1.0, 0.0], [2.0, 0.0])
    assert left.reason.tolist() == [Reason.FREQUENCY, Reason.NONE]
