"""Protection of one table: its rules applied to every measure, and all measures protected as one linear system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.audit_system import SystemAudit
from anonymization.primary.assess import (
    CellFacts,
    RuleCount,
    WithoutLargest,
    assess,
    assess_without_largest,
    known_lower,
)
from anonymization.primary.rates import Rates, judge_rates
from anonymization.primary.sensitivity import Reason, Sensitivity, combine
from anonymization.protect_beyond_bounds import protect_beyond_bounds
from anonymization.protect_system import ProtectedSystem
from anonymization.relations import Flags, Ints, Relations
from anonymization.rests import Rest, told_of_rests, with_rests, without_rests
from anonymization.singletons import told_of_singletons, with_singletons
from anonymization.system import EFFORT, LinearSystem, Reals, system_of
from datasets.disclosure import RULE_KEYS, Guarantee, SafetyRules
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid, Problem
from publishers.standalone.parts import Left, left_over, sole_of
from publishers.standalone.raw_system import cost_of
from publishers.standalone.rules_file import RateRule
from publishers.standalone.table_input import MeasureInput, TableInput, describe_cell

DECISION = -1
"""The reason of a cell that somebody found unsafe, whether a rule does or not."""

SUM_RULES = ("dominance", "p_percent", "p_q")


WAY_OUT = "say `singletons: ignore` in the rules of the table where nobody has to be protected from that contributor"
"""The remedy for whom the protection from sole contributors costs too much."""


@dataclass(frozen=True)
class Demand:
    """What is wanted of a table: a cell is sensitive where any of `rules` finds it so; the first names the policy."""

    rules: tuple[SafetyRules, ...]
    guarantee: Guarantee
    seed: int = 0
    effort: int = EFFORT
    rates: tuple[tuple[str, RateRule], ...] = ()
    singletons: bool = True
    """Whether sole contributors are taken to know their cells."""


@dataclass(frozen=True)
class ProtectedTable:
    """A table with what may be shown of it; the arrays of the system hold one measure after the other."""

    table: TableInput
    demand: Demand
    system: LinearSystem
    protected: ProtectedSystem
    reasons: tuple[npt.NDArray[np.int8], ...]
    """Why each cell is sensitive, for each measure: codes of `Reason`, or `DECISION`."""
    counts: tuple[tuple[RuleCount, ...], ...]
    """What each rule did, for each measure."""
    decided: int
    """How many cells were unsafe by decision, and not by a rule."""
    exempted: int
    """How many cells rules found sensitive that somebody had declared safe."""
    rates: tuple[npt.NDArray[np.int8], ...]
    """Codes of `RateReason` for every cell, for each rate."""

    @property
    def audit(self) -> SystemAudit:
        """What the attack on the result found."""
        return self.protected.audit

    def block(self, measure: int) -> slice:
        """Return where the cells of one measure are in the arrays of the system."""
        return slice(measure * len(self.table), (measure + 1) * len(self.table))


def protect_table(table: TableInput, demand: Demand) -> ProtectedTable:
    """Find the sensitive cells, withhold what they need, and attack the result.

    Raises `DisclosureRuleInvalid` for rules that cannot be applied and sums that do not add up, and `DisclosureRisk`
    where the demand cannot be met.
    """
    relations = table.relations()
    found = [_sensitive(table, measure, demand.rules, relations) for measure in table.measures]
    system = _system(table, demand, relations, [one[0] for one in found])
    lefts = left_over(table)
    rests = with_rests(system, [_rest(table, one, demand.rules, relations) for one in lefts])
    attacked = _with_singletons(table, demand, (relations, lefts), rests) if demand.singletons else rests
    try:
        whole = protect_beyond_bounds(attacked, guarantee=demand.guarantee, seed=demand.seed, effort=demand.effort)
    except DisclosureRisk as refused:
        told = told_of_singletons(refused, attacked, len(rests), way_out=WAY_OUT)
        raise told_of_rests(told, rests, len(system)) from None
    protected = without_rests(whole, attacked, system)
    rates = tuple(_judged(table, demand, rate, system.values, protected.withheld) for _, rate in demand.rates)
    return ProtectedTable(
        table,
        demand,
        system,
        protected,
        tuple(_reasons(table, one[0]) for one in found),
        tuple(one[1] for one in found),
        sum(one[2] for one in found),
        sum(one[3] for one in found),
        rates,
    )


def _rest(table: TableInput, left: Left, rules: Sequence[SafetyRules], relations: Relations) -> Rest:
    """Judge what is left of a whole without its part by the rules of counts, as if it were published."""
    if any(one.units is not None for one in rules):
        rule = "the facilities behind what is left of its whole are not known"
        problem = Problem(
            f"measure {table.measures[left.part].name}, part_of", rule, "leave the rule units out, or part_of"
        )
        raise DisclosureRuleInvalid("What is left of a measure could not be judged", problems=[problem])
    size, name = len(table), describe_cell(table.dimensions)
    cells = np.arange(size, dtype=np.int64)
    finding = _sensitive(_without_facilities(table), left.measure, rules, relations)[0]
    # Where a shown zero says that nobody is in the part, the rest is the whole.
    all_left = table.measures[left.part].values == 0
    return Rest(
        left.whole * size + cells,
        left.part * size + cells,
        tuple(f"{left.measure.name} in {name(cell)}" for cell in range(size)),
        ([f"{left.measure.name}: {one}" for one in _sum_names(table, relations)], relations.matrix),
        finding,
        _least(left.measure, rules, relations, (finding.sensitive, all_left)),
    )


def _without_facilities(table: TableInput) -> TableInput:
    """Those of a cell are not those of what is left of it."""
    return replace(table, units=None, largest_unit=None)


def _with_singletons(
    table: TableInput, demand: Demand, more: tuple[Relations, tuple[Left, ...]], system: LinearSystem
) -> LinearSystem:
    relations, lefts = more
    measures = [(table, one) for one in table.measures]
    measures += [(_without_facilities(table), one.measure) for one in lefts]
    each = [
        assess_without_largest(_facts(of, one, relations), _rules_for(one, table, demand.rules)) for of, one in measures
    ]
    # What somebody decided is not about contributors.
    decided = np.zeros(len(table), np.bool_) if table.decided is None else table.decided.unsafe
    findings = [one.finding for one in each]
    others = WithoutLargest(
        np.concatenate([one.largest for one in each]),
        np.concatenate([one.judged & ~decided for one in each]),
        Sensitivity(
            np.concatenate([one.sensitive for one in findings]),
            np.concatenate([one.lower for one in findings]),
            np.concatenate([one.upper for one in findings]),
            np.concatenate([one.reason for one in findings]),
        ),
    )
    return with_singletons(system, sole_of(table, relations, lefts), others)


def _sensitive(
    table: TableInput, measure: MeasureInput, rules: Sequence[SafetyRules], relations: Relations
) -> tuple[Sensitivity, tuple[RuleCount, ...], int, int]:
    facts = _facts(table, measure, relations)
    found = [assess(facts, one) for one in _rules_for(measure, table, rules)]
    by_rules = combine([one.sensitivity for one in found], len(table))
    kept = by_rules.without(table.exempt)
    counts = tuple(count for one in found for count in one.rules)
    sensitive, decided = _with_decided(kept, table)
    return sensitive, counts, decided, int((by_rules.sensitive & table.exempt).sum())


def _facts(table: TableInput, measure: MeasureInput, relations: Relations) -> CellFacts:
    none = np.zeros(0, dtype=np.int64)
    return CellFacts(
        contributors=measure.contributors,
        values=measure.values,
        counts=measure.counts,
        structural=table.structural,
        relations=relations.matrix,
        contributions=measure.contributions,
        units=table.units,
        largest_unit=table.largest_unit,
        population=table.population,
        rates=Rates(none, none),
    )


def _rules_for(measure: MeasureInput, table: TableInput, rules: Sequence[SafetyRules]) -> list[SafetyRules]:
    """Rules for sums pass counts over where the table has sums; without any, they cannot be meant."""
    if not measure.counts or all(one.counts for one in table.measures):
        return list(rules)
    kept = [{key: value for key, value in one if key not in SUM_RULES} for one in rules]
    applied = [SafetyRules.model_validate(one) for one in kept if any(one[key] for key in RULE_KEYS if key in one)]
    if not applied:
        problem = Problem(f"measure {measure.name}", "is a count, and the rules are for sums", "add the rule frequency")
        raise DisclosureRuleInvalid("A measure would not be protected", problems=[problem])
    return applied


def _with_decided(found: Sensitivity, table: TableInput) -> tuple[Sensitivity, int]:
    if table.decided is None:
        return found, 0
    own = table.decided.unsafe
    # The rules' own codes have none for a decision: `_reasons` puts it right.
    reason = np.where(own & ~found.sensitive, Reason.FREQUENCY, found.reason).astype(np.int8)
    joined = Sensitivity(
        found.sensitive | own,
        np.maximum(found.lower, np.where(own, table.decided.lower, 0.0)),
        np.maximum(found.upper, np.where(own, table.decided.upper, 0.0)),
        reason,
    )
    return joined, int((own & ~found.sensitive).sum())


def _reasons(table: TableInput, found: Sensitivity) -> npt.NDArray[np.int8]:
    decided = np.zeros(len(table), np.bool_) if table.decided is None else table.decided.unsafe
    return np.where(decided, DECISION, found.reason).astype(np.int8)


def _system(table: TableInput, demand: Demand, relations: Relations, found: Sequence[Sensitivity]) -> LinearSystem:
    values = np.concatenate([one.values for one in table.measures])
    times = len(table.measures)
    matrix = sparse.csr_array(sparse.block_diag([relations.matrix] * times, format="csr"))
    cost = demand.rules[0].cost if demand.rules else "value"
    prices = np.tile(table.weights, times) if table.weights is not None else cost_of(values, cost)
    return system_of(
        _cell_names(table),
        values,
        (_relation_names(table, relations), matrix),
        sensitive=np.concatenate([one.sensitive for one in found]),
        levels=(np.concatenate([one.lower for one in found]), np.concatenate([one.upper for one in found])),
        known=np.tile(table.structural, times),
        least=np.concatenate(
            [
                _least(one, demand.rules, relations, (finding.sensitive, np.ones(len(table), np.bool_)))
                for one, finding in zip(table.measures, found, strict=True)
            ]
        ),
        cost=prices,
        frozen=np.tile(table.frozen, times),
        forced=np.tile(table.forced, times),
        tolerance=table.tolerance,
    )


def _least(
    measure: MeasureInput, rules: Sequence[SafetyRules], relations: Relations, flags: tuple[Flags, Flags]
) -> Reals:
    """Return what readers know each value to be at least, float64 (cells,).

    `flags` are which cells are sensitive, and of which it is known that they are not empty where they are not.

    Where true zeros are shown, a withheld count is at least one, and a margin at least as many as it has parts that are
    not zero: no protection can make it seem less. That follows from the sums; it is said of sensitive cells alone, so
    that their levels end there. A margin that is not sensitive may be withheld even where it has no more than that.
    """
    if (measure.values < 0).any():
        return np.full(len(measure.values), -np.inf)
    lowest = min((known_lower(one) for one in rules), default=0.0) if measure.counts else 0.0
    sensitive, told = flags
    lowest_of_all = np.where(told & (measure.values >= 1.0), lowest, 0.0)
    least = lowest_of_all.copy()
    parts = sparse.csr_array(relations.matrix.maximum(0))
    heads = _heads(relations)
    before = np.full(len(least), -1.0)
    while (least != before).any():
        before = least.copy()
        np.maximum.at(least, heads, parts @ before)
    return np.where(sensitive, np.minimum(least, measure.values), lowest_of_all)


def _heads(relations: Relations) -> Ints:
    """Return the cell that each sum adds up to: its coefficient is negative."""
    entries = sparse.coo_array(relations.matrix)
    heads = np.zeros(relations.matrix.shape[0], dtype=np.int64)
    negative = entries.data < 0
    heads[entries.coords[0][negative]] = entries.coords[1][negative]
    return heads


def _cell_names(table: TableInput) -> list[str]:
    name = describe_cell(table.dimensions)
    each = [name(cell) for cell in range(len(table))]
    if len(table.measures) == 1:
        return each
    return [f"{measure.name}: {one}" for measure in table.measures for one in each]


def _relation_names(table: TableInput, relations: Relations) -> list[str]:
    each = _sum_names(table, relations)
    if len(table.measures) == 1:
        return each
    return [f"{measure.name}: {one}" for measure in table.measures for one in each]


def _sum_names(table: TableInput, relations: Relations) -> list[str]:
    """Say of each sum what it adds up to."""
    name = describe_cell(table.dimensions)
    each = [
        f"{name(int(cell))} as the sum over {table.dimensions[origin].name}"
        for cell, origin in zip(_heads(relations), relations.origin, strict=True)
    ]
    return _numbered(each)


def _numbered(names: Sequence[str]) -> list[str]:
    """Tell apart what has the same name: the same total as the sum of two hierarchies."""
    times: Counter[str] = Counter()
    told = []
    for name in names:
        times[name] += 1
        told.append(name if times[name] == 1 else f"{name} ({times[name]})")
    return told


def _judged(table: TableInput, demand: Demand, rate: RateRule, values: Reals, withheld: Flags) -> npt.NDArray[np.int8]:
    names = [one.name for one in table.measures]
    cells: Ints = np.arange(len(table), dtype=np.int64)
    parts = Rates(names.index(rate.numerator) * len(table) + cells, names.index(rate.denominator) * len(table) + cells)
    rule = demand.rules[0].denominators if demand.rules else None
    return judge_rates(values, parts, rule, withheld=withheld)
