"""Rules for sums: a cell is sensitive where a few contributors have nearly all of it (Handbook on SDC, 4.2.1).

All of them ask how closely the contribution at risk, the largest without consent, can be worked out from the cell by
a coalition of the largest others. Their protection levels are those of the Handbook's table in 4.2.2: with the value
moved up by the level, the rule is met. The theory has upper levels only; the lower one is the same, as in tau-ARGUS,
but never more than the cell holds. Comparisons are made in whole multiples of the percentages, exact for whole numbers.
"""

from __future__ import annotations

import numpy as np

from anonymization.primary.contributions import Contributions
from anonymization.primary.sensitivity import Floats, Reason, Sensitivity, of_rule
from datasets.disclosure import Dominance, PPercent, PriorPosterior


def dominance(contributions: Contributions, rule: Dominance) -> Sensitivity:
    """Return the cells of which the n largest contributors have more than k percent; level `100/k * sum of n - total`.

    With consent, the one at risk and the n - 1 largest others are added up.

    >>> from anonymization.primary.contributions import given_contributions
    >>> cell = given_contributions(np.array([330.0]), np.array([[300.0, 20.0]]), np.array([3]))
    >>> dominance(cell, Dominance(n=1, k=85)).upper.round(2).tolist()
    [22.94]
    """
    largest = contributions.target + contributions.coalition(rule.n - 1)
    excess = (100.0 * largest - rule.k * contributions.total) / rule.k
    return _exceeding(contributions, excess, Reason.DOMINANCE)


def p_percent(contributions: Contributions, rule: PPercent) -> Sensitivity:
    """Return the cells in which the contribution at risk can be worked out to within p percent.

    The coalition takes its own away from the cell; what is left beside the target, the rest, is its error. Sensitive
    is `rest < p/100 * target`; the level is `p/100 * target - rest`.

    >>> from anonymization.primary.contributions import given_contributions
    >>> cell = given_contributions(np.array([960.0]), np.array([[900.0, 40.0]]), np.array([3]))
    >>> p_percent(cell, PPercent(p=10)).upper.tolist()
    [70.0]
    """
    excess = (rule.p * contributions.target - 100.0 * _rest(contributions, rule.coalition)) / 100.0
    return _exceeding(contributions, excess, Reason.P_PERCENT)


def prior_posterior(contributions: Contributions, rule: PriorPosterior) -> Sensitivity:
    """Return the cells in which the contribution at risk can be worked out to within p percent by readers who knew
    every contribution to within q percent before.

    Sensitive is `rest < p/q * target`; the level is `p/q * target - rest`. With q = 100 it is the p % rule.

    >>> from anonymization.primary.contributions import given_contributions
    >>> cell = given_contributions(np.array([1100.0]), np.array([[900.0, 40.0]]), np.array([9]))
    >>> prior_posterior(cell, PriorPosterior(p=10, q=50)).upper.tolist()
    [20.0]
    """
    excess = (rule.p * contributions.target - rule.q * _rest(contributions, rule.coalition)) / rule.q
    return _exceeding(contributions, excess, Reason.P_Q)


def _rest(contributions: Contributions, coalition: int) -> Floats:
    known = contributions.target + contributions.coalition(coalition)
    return np.maximum(contributions.total - known, 0.0)


def _exceeding(contributions: Contributions, excess: Floats, reason: Reason) -> Sensitivity:
    found = (contributions.target > 0) & (excess > 0)
    return of_rule(found, reason, np.minimum(excess, contributions.total), excess)
