"""Primary suppression of sums of amounts: cells, and rests of wholes, of which few contributors have nearly all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymization.amounts import Sizes
from anonymization.primary.concentration import dominance, p_percent, prior_posterior
from anonymization.primary.contributions import Contributions, given_contributions
from anonymization.primary.sensitivity import Floats, Sensitivity, combine
from anonymization.relations import Ints
from datasets.disclosure import Concentration, DisclosureRules
from datasets.errors import DisclosureRuleInvalid, Problem

if TYPE_CHECKING:
    from anonymization.table import TableSet


@dataclass(frozen=True)
class SensitiveAmounts:
    """What the rules find among the sums of one column: of the nodes, and of the rests in the order of `complements`.

    `measures` are the names of the sums. `known` and `known_of_rests`, float64, are what the contributors who pool what
    they know have in them at most: they know that it is no less.
    """

    column: str
    measures: frozenset[str]
    cells: Sensitivity
    rests: Sensitivity
    known: Floats
    known_of_rests: Floats


def sensitive_amounts(tables: TableSet, part: Ints, rules: DisclosureRules) -> tuple[SensitiveAmounts, ...]:
    """Apply the rules about contributors to all sums; `part` are the nodes of parts, int64 (rests,).

    Raises `DisclosureRuleInvalid` where the rules ask for contributions and the tables tell of none.
    """
    if rules.concentration is None:
        return ()
    if not tables.amounts:
        remedy = "count them with the tables, or leave concentration out where no table shows such a sum"
        problem = Problem("disclosure.concentration", "needs sums with their largest contributions", remedy)
        raise DisclosureRuleInvalid("A rule needs more than is known of the cells.", problems=[problem])
    return tuple(
        SensitiveAmounts(
            one.column,
            frozenset(measure.name for measure in one.measures),
            concentrated(one.sizes, rules.concentration),
            concentrated(one.outside[part], rules.concentration),
            np.nan_to_num(one.sizes[:, 1 : rules.concentration.pooled + 1]).sum(axis=1),
            np.nan_to_num(one.outside[part][:, 1 : rules.concentration.pooled + 1]).sum(axis=1),
        )
        for one in tables.amounts
    )


def concentrated(sizes: Sizes, rule: Concentration) -> Sensitivity:
    """Return the cells of which few contributors have nearly everything, by any of the rules, with the larger levels.

    `sizes` is float64 (cells, 1 + known), not a number where there is no sum. Raises `DisclosureRuleInvalid` where a
    rule looks at more contributors than are known.

    >>> from datasets.disclosure import PPercent
    >>> rule = Concentration(column="hospital", p_percent=PPercent(p=10))
    >>> concentrated(np.array([[1000.0, 900.0, 40.0], [1100.0, 900.0, 40.0]]), rule).upper.tolist()
    [30.0, 0.0]
    """
    told = np.nan_to_num(sizes)
    known = np.full(len(told), told.shape[1] - 1)
    found = _findings(given_contributions(told[:, 0], told[:, 1:], known), rule)
    return combine(list(found), len(told))


def _findings(contributions: Contributions, rule: Concentration) -> Iterator[Sensitivity]:
    for one in rule.dominance:
        yield dominance(contributions, one)
    if rule.p_percent is not None:
        yield p_percent(contributions, rule.p_percent)
    if rule.p_q is not None:
        yield prior_posterior(contributions, rule.p_q)
