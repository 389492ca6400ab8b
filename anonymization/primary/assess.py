"""All primary rules at once: which cells are sensitive, what has to stay possible for them, and what each rule did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.primary.concentration import dominance, p_percent, prior_posterior
from anonymization.primary.contributions import Contributions
from anonymization.primary.frequency import Margins, amount_margins, count_margins, few_contributors, telling_zeros
from anonymization.primary.groups import Totals, all_in_one
from anonymization.primary.rates import Rates
from anonymization.primary.sensitivity import Floats, Sensitivity, combine, of_rule
from anonymization.primary.units import NO_AREA, few_units, recognisable_unit, small_population
from anonymization.relations import Flags, Ints
from datasets.disclosure import SafetyRules
from datasets.errors import DisclosureRuleInvalid, Problem


@dataclass(frozen=True)
class CellFacts:
    """What is known of each cell before protection; arrays are (cells,), and what no rule asks for may be left out.

    `contributors` is int64: persons, or other units, never rows. `values` are the numbers that would be published.
    `counts` says that they count something of which every contributor has at least one; otherwise they are sums that
    may be anything. `structural` flags cells that are zero because they have to be. `relations` is the sparse
    (sums, cells) matrix of published sums, +1 at parts and -1 at totals. `units` are the facilities behind a cell and
    `largest_unit` the contributors of the largest of them. `population` are the people living in the cell's area,
    `units.NO_AREA` where it has none. `rates` are what is published of cells divided by cells, empty for nothing; they
    are judged after secondary suppression, by `judge_rates`.

    Raises `DisclosureRuleInvalid`, without telling a value, where numbers are missing, negative or contradict each
    other.
    """

    contributors: Ints
    values: npt.NDArray[np.int64] | Floats
    counts: bool = True
    structural: Flags | None = None
    relations: sparse.csr_array | None = None
    contributions: Contributions | None = None
    units: Ints | None = None
    largest_unit: Ints | None = None
    population: Ints | None = None
    rates: Rates | None = None

    def __post_init__(self) -> None:
        problems = [Problem("cells", rule) for rule in self._broken()]
        if problems:
            raise DisclosureRuleInvalid("The cells cannot be judged.", problems=problems)

    def __len__(self) -> int:
        return len(self.contributors)

    def _broken(self) -> Iterator[str]:
        arrays = (self.values, self.structural, self.contributions, self.units, self.largest_unit, self.population)
        if any(len(one) != len(self) for one in arrays if one is not None):
            yield "every array must have one entry for each cell"
            return
        if self.relations is not None and self.relations.shape[1] != len(self):
            yield "the relations must have one column for each cell"
        if not np.isfinite(self.values).all():
            yield "a value is missing or infinite"
        if any((one < 0).any() for one in (self.contributors, self.units, self.largest_unit) if one is not None):
            yield "a number of contributors or facilities is negative"
        if (self.values[self.contributors == 0] != 0).any():
            yield "a cell without contributors has a value"
        if self.counts and (self.values < self.contributors).any():
            yield "a count is smaller than the number of its contributors: declare it as a sum"
        if self.structural is not None and self.contributors[self.structural].any():
            yield "a cell that has to be empty has contributors"
        if self.contributions is not None and ((self.contributions.agents > 0) != (self.contributors > 0)).any():
            yield "cells have contributors without contributions, or the other way round"
        if any((one[self.contributors > 0] == 0).any() for one in (self.units, self.largest_unit) if one is not None):
            yield "a cell with contributors has no facility"
        if self.population is not None and (self.population < NO_AREA).any():
            yield "a population is negative"
        if self.largest_unit is not None and (self.largest_unit > self.contributors).any():
            yield "one facility has more contributors than the cell"


@dataclass(frozen=True)
class RuleCount:
    """How many cells a rule found sensitive, and how many of them no other rule did."""

    rule: str
    cells: int
    alone: int


@dataclass(frozen=True)
class Assessment:
    """The finding of all rules together, and what each of them did, in the order in which they are declared."""

    sensitivity: Sensitivity
    rules: tuple[RuleCount, ...]


def known_lower(rules: SafetyRules) -> float:
    """Return what readers know a withheld count to be at least: one where every true zero is shown, else zero.

    A total that has everyone in one part has zeros in the others, of which some have to be withheld; nor are zeros
    shown for an area below the population floor.
    """
    shown = rules.zeros == "publish" and not rules.group_disclosure and rules.population_floor is None
    return 1.0 if shown else 0.0


def assess(facts: CellFacts, rules: SafetyRules) -> Assessment:
    """Apply every rule that `rules` names, and return their union with the larger protection levels.

    A zero that has to be so is never sensitive. A cell whose contributors all consent to publication is not sensitive
    by the rules about contributors: frequency, dominance, p % and p/q. Where contributions are given, it is the agents
    behind them that are counted, so that linked contributors count once. The order of cells does not matter.

    Raises `DisclosureRuleInvalid` where a rule needs something that `facts` lack.

    >>> facts = CellFacts(np.array([0, 3, 9]), np.array([0, 3, 9]))
    >>> found = assess(facts, SafetyRules(frequency=5))
    >>> found.sensitivity.sensitive.tolist(), found.rules
    ([False, True, False], (RuleCount(rule='frequency', cells=1, alone=1),))
    """
    _check_complete(facts, rules)
    exempt = np.zeros(len(facts), np.bool_) if facts.structural is None else facts.structural
    named = [(name, found.without(exempt)) for name, found in _findings(facts, rules)]
    times = np.sum([found.sensitive for _, found in named], axis=0, dtype=np.int64)
    counts = tuple(
        RuleCount(name, int(found.sensitive.sum()), int((found.sensitive & (times == 1)).sum()))
        for name, found in named
    )
    return Assessment(combine([found for _, found in named], len(facts)), counts)


@dataclass(frozen=True)
class WithoutLargest:
    """What the rules find of each cell when its largest contributor, who knows what they have in it, leaves it.

    `largest` is float64 (cells,): what that one has, NaN where it cannot be told apart: nobody's contributions are
    known, consent or sampling weights blur them, or values are negative. `judged` is bool (cells,): whether `finding`
    is all that can be asked for what the others have. It is not where too few of the largest are known, nor where a
    rule that is not about contributors (zeros, groups, facilities, areas) found the cell.
    """

    largest: Floats
    judged: Flags
    finding: Sensitivity


def assess_without_largest(facts: CellFacts, rules: Sequence[SafetyRules]) -> WithoutLargest:
    """Apply the rules about contributors, of all `rules`, to what is left of every cell without its largest one.

    A cell that one contributor dominates is sensitive for that one's sake; what that one can learn from it is what all
    others have together, which may be fit to be published. Raises as `assess` does.

    >>> from anonymization.primary.contributions import given_contributions
    >>> largest = given_contributions(np.array([100.0]), np.array([[90.0, 6.0]]), np.array([3]))
    >>> facts = CellFacts(np.array([3]), np.array([100.0]), counts=False, contributions=largest)
    >>> found = assess_without_largest(facts, [SafetyRules.model_validate({"dominance": [{"n": 1, "k": 75}]})])
    >>> found.largest.tolist(), found.judged.tolist(), found.finding.sensitive.tolist()
    ([90.0], [True], [False])
    """
    for one in rules:
        _check_complete(facts, one)
    none = np.zeros(len(facts), np.bool_)
    unknown = WithoutLargest(np.full(len(facts), np.nan), none, combine([], len(facts)))
    if facts.contributions is None:
        return unknown
    plain = _told_apart(facts, facts.contributions)
    left = facts.contributions.without_largest(plain & (facts.contributors > 0))
    if not rules or not all(_enough_known(one, left) for one in rules):
        return unknown
    rest = CellFacts(left.agents.astype(np.int64), left.total, counts=facts.counts, contributions=left)
    elsewhere = [found.sensitive for name, found in _named(facts, rules) if not _about_contributors(name)]
    found = [one for name, one in _named(rest, rules) if _about_contributors(name)]
    judged = plain & ~np.any([none, *elsewhere], axis=0)
    largest = np.where(plain, facts.contributions.target, np.nan)
    return WithoutLargest(largest, judged, combine(found, len(facts)).without(~judged))


def _named(facts: CellFacts, rules: Sequence[SafetyRules]) -> Iterator[tuple[str, Sensitivity]]:
    for one in rules:
        yield from _findings(facts, one)


def _told_apart(facts: CellFacts, contributions: Contributions) -> Flags:
    """Return the cells of which the largest contributor can be taken out, bool (cells,)."""
    values = _floats(facts.values)
    whole = (contributions.agents == facts.contributors) & (values >= 0)
    whole &= np.abs(contributions.total - values) <= 1e-9 * values  # no contribution is negative
    # A table that contradicts itself may say that the others have less than one each.
    fits = values - contributions.target >= facts.contributors - 1 if facts.counts else np.ones(len(facts), np.bool_)
    return np.asarray(contributions.plain & whole & fits)


def _about_contributors(rule: str) -> bool:
    return rule in ("frequency", "p_percent", "p_q") or rule.startswith("dominance")


def _enough_known(rules: SafetyRules, left: Contributions) -> bool:
    pooled = [one.coalition for one in (rules.p_percent, rules.p_q) if one is not None]
    needed = max([one.n - 1 for one in rules.dominance] + pooled, default=-1)
    return needed <= left.width


def _findings(facts: CellFacts, rules: SafetyRules) -> Iterator[tuple[str, Sensitivity]]:
    margins = _margins(facts, rules)
    agents = _agents(facts)
    if rules.frequency is not None:
        yield "frequency", _unless_consented(facts, few_contributors(agents, rules.frequency, margins))
    if rules.zeros == "protect":
        yield "zeros", telling_zeros(agents, _floats(facts.values), margins)
    if facts.relations is not None and rules.group_disclosure:
        totals = Totals(facts.relations, _or_none(facts.structural, len(facts)))
        found = all_in_one(facts.contributors, totals, rules.frequency or 1, known_lower(rules))
        # The rule counts people; where the cell holds a sum, they cannot be its units.
        yield "group_disclosure", found if facts.counts else of_rule(found.sensitive, found.reason, *margins.levels)
    yield from _concentration(facts, rules)
    yield from _places(facts, rules, margins)


def _concentration(facts: CellFacts, rules: SafetyRules) -> Iterator[tuple[str, Sensitivity]]:
    if facts.contributions is None:
        return
    for rule in rules.dominance:
        yield f"dominance ({rule.n}, {rule.k:g})", dominance(facts.contributions, rule)
    if rules.p_percent is not None:
        yield "p_percent", p_percent(facts.contributions, rules.p_percent)
    if rules.p_q is not None:
        yield "p_q", prior_posterior(facts.contributions, rules.p_q)


def _places(facts: CellFacts, rules: SafetyRules, margins: Margins) -> Iterator[tuple[str, Sensitivity]]:
    if facts.units is not None and rules.units is not None:
        yield "units", few_units(facts.units, rules.units, margins)
    if facts.largest_unit is not None and rules.units is not None and rules.units.largest_percent is not None:
        share = rules.units.largest_percent
        yield "units, largest", recognisable_unit(facts.contributors, facts.largest_unit, share, margins)
    if facts.population is not None and rules.population_floor is not None:
        yield "population_floor", small_population(facts.population, rules.population_floor, margins)


def _margins(facts: CellFacts, rules: SafetyRules) -> Margins:
    values = _floats(facts.values)
    if not facts.counts:
        return amount_margins(values, percent=rules.interval_percent, zero_range=rules.zero_range)
    return count_margins(_agents(facts), values, threshold=rules.frequency or 1, known_lower=known_lower(rules))


def _agents(facts: CellFacts) -> Floats:
    return _floats(facts.contributors) if facts.contributions is None else facts.contributions.agents


def _unless_consented(facts: CellFacts, found: Sensitivity) -> Sensitivity:
    return found if facts.contributions is None else found.without(facts.contributions.consented)


def _floats(numbers: npt.NDArray[np.int64] | Floats) -> Floats:
    return np.asarray(numbers, dtype=np.float64)


def _or_none(flags: Flags | None, cells: int) -> Flags:
    return np.zeros(cells, np.bool_) if flags is None else flags


def _check_complete(facts: CellFacts, rules: SafetyRules) -> None:
    sums = bool(rules.dominance) or rules.p_percent is not None or rules.p_q is not None
    largest = rules.units is not None and rules.units.largest_percent is not None
    needs = [
        ("dominance, p_percent and p_q", sums, "contributions", facts.contributions),
        ("group_disclosure", rules.group_disclosure, "relations", facts.relations),
        ("units", rules.units is not None, "units", facts.units),
        ("units.largest_percent", largest, "largest_unit", facts.largest_unit),
        ("denominators", rules.denominators is not None, "rates", facts.rates),
        ("population_floor", rules.population_floor is not None, "population", facts.population),
    ]
    problems = [
        Problem(rule, f"cannot be applied without the cells' {name}", f"give {name}, or leave the rule out")
        for rule, wanted, name, given in needs
        if wanted and given is None
    ]
    if problems:
        raise DisclosureRuleInvalid("A rule needs more than is known of the cells.", problems=problems)
