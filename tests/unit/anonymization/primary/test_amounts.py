"""Sums of which few contributors have nearly all: levels worked out by hand, and rules without sums refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from anonymization.primary.amounts import concentrated, sensitive_amounts
from datasets.disclosure import Concentration, Dominance, PPercent, PriorPosterior
from datasets.errors import DisclosureRuleInvalid
from tests.unit.anonymization.builders import cube, rules

NONE = math.nan


def rule(**given: object) -> Concentration:
    return Concentration.model_validate({"column": "hospital", **given})


def test_the_larger_level_of_all_rules_counts() -> None:
    """Of 1000 the largest has 900 and the next 60: the others have 40."""
    sizes = np.array([[1000.0, 900.0, 60.0], [NONE, NONE, NONE], [0.0, 0.0, 0.0]])
    ninety = rule(p_percent=PPercent(p=10))  # 90 are asked for, 40 are there
    assert concentrated(sizes, ninety).upper.tolist() == pytest.approx([50, 0, 0])
    known = rule(p_q=PriorPosterior(p=10, q=50))  # others are known within half: 20 of 40, where 90 are asked for
    assert concentrated(sizes, known).upper.tolist() == pytest.approx([140, 0, 0])
    share = rule(dominance=(Dominance(n=1, k=80),))  # 900 may be 80 % of 1125 at most
    assert concentrated(sizes, share).upper.tolist() == pytest.approx([125, 0, 0])
    every = rule(dominance=(Dominance(n=1, k=80),), p_percent=PPercent(p=10), p_q=PriorPosterior(p=10, q=50))
    found = concentrated(sizes, every)
    assert found.upper.tolist() == pytest.approx([140, 0, 0])
    assert found.sensitive.tolist() == [True, False, False]


def test_rules_need_sums_of_which_contributions_are_known() -> None:
    asked = rules().model_copy(update={"concentration": rule(p_percent=PPercent(p=10))})
    none = np.zeros(0, dtype=np.int64)
    with pytest.raises(DisclosureRuleInvalid) as caught:
        sensitive_amounts(cube([[1, 2], [3, 4]]), none, asked)
    assert [(one.place, one.rule, one.remedy) for one in caught.value.problems] == [
        (
            "disclosure.concentration",
            "needs sums with their largest contributions",
            "count them with the tables, or leave concentration out where no table shows such a sum",
        )
    ]
    assert sensitive_amounts(cube([[1, 2], [3, 4]]), none, rules()) == ()
