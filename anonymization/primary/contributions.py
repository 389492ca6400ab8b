"""The largest contributions to each cell, by whoever stands behind them: what the rules for sums look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from anonymization.primary.sensitivity import Floats
from anonymization.relations import Flags, Ints
from datasets.errors import DisclosureRuleInvalid, Problem

NOBODY = -1
"""The sole contributor of a cell that has none, or several."""

_LARGEST_EXACT = 2.0**53
"""Above this whole numbers have gaps in float64, so that a rule could be wrong by a unit."""


@dataclass(frozen=True)
class Contributions:
    """The contributors of each cell, as far as rules need them; sizes are absolute values in units of the measure.

    `total` is float64 (cells,): all sizes added up, weighted. `target` is float64 (cells,): the largest contribution of
    anyone who has not consented to publication, 0 where there is none; it is the one at risk, because the closest
    estimate is always that of the largest (Handbook on SDC, 2nd edition, 4.2.1, waivers). `others` and `weights` are
    float64 (cells, columns): the largest contributions of everybody else, in falling order, and how many contributors
    each stands for (the target's further units among them). `agents` is float64 (cells,): how many there are, weighted.
    `protected` is int64 (cells,): how many of them have not consented. `sole` is int64 (cells,): who contributes alone,
    or `NOBODY`; that one knows the cell.
    """

    total: Floats
    target: Floats
    others: Floats
    weights: Floats
    agents: Floats
    protected: Ints
    sole: Ints
    width: int
    """How many of the others are complete, whoever of them is the target."""

    def __len__(self) -> int:
        return len(self.total)

    @property
    def consented(self) -> Flags:
        """Return the cells whose contributors all consent to publication, bool (cells,)."""
        return np.asarray((self.agents > 0) & (self.protected == 0))

    @property
    def plain(self) -> Flags:
        """Return the cells of which nobody consents and where everybody stands for one, bool (cells,)."""
        whole = ((self.weights == 0) | (self.weights == 1)).all(axis=1)
        return np.asarray(whole & (self.agents == self.protected))

    def without_largest(self, cells: Flags) -> Contributions:
        """Return what is left of the flagged cells when the largest contributor leaves them; the others are empty.

        `cells` is bool (cells,), and flags none but `plain` ones that somebody contributes to. One less of the others
        is complete then. Who is alone in what is left is not known.

        >>> left = given_contributions(np.array([110.0]), np.array([[52.0, 50.0]]), np.array([9]))
        >>> left.without_largest(np.array([True])).target.tolist()
        [50.0]
        """
        agents = np.where(cells, self.agents - 1, 0.0)
        none = np.zeros((len(self), 1))
        others, weights = np.hstack([self.others, none]), np.hstack([self.weights, none])
        second, every = np.argmax(weights > 0, axis=1), np.arange(len(self))
        # The target of `largest_contributions` stands among the others with no units left; here the second becomes it.
        target = np.where((agents > 0) & (weights[every, second] > 0), others[every, second], 0.0)
        weights[every, second] = 0.0
        return Contributions(
            np.where(agents > 0, np.maximum(self.total - self.target, target), 0.0),
            target,
            np.where(cells[:, None], others, 0.0),
            np.where(cells[:, None], weights, 0.0),
            agents,
            np.where(cells, self.protected - 1, 0),
            np.full(len(self), NOBODY, dtype=np.int64),
            self.width - 1,
        )

    def coalition(self, size: int) -> Floats:
        """Return what the `size` largest contributors besides the target have together, float64 (cells,).

        With sampling weights a contribution counts as often as its weight says, the last one partly where weights are
        not whole (as tau-ARGUS does). Raises `DisclosureRuleInvalid` where too few of the largest are known.
        """
        if size > self.width:
            rule = f"needs the {size + 1} largest contributions of each cell, and {self.width + 1} are given"
            problem = Problem("contributions", rule, "give more of them, or a rule with fewer contributors together")
            raise DisclosureRuleInvalid("A rule for sums lacks contributions.", problems=[problem])
        before = np.cumsum(self.weights, axis=1) - self.weights
        taken = np.clip(size - before, 0.0, self.weights)
        return np.asarray((taken * self.others).sum(axis=1))


@dataclass(frozen=True)
class Records:
    """One contribution each: `cell` and `agent` are int64 (records,), `value` is a number for each record.

    `agent`, numbered from zero, tells who contributes: a person, a company, or a holding for all its companies
    (`link_agents`).
    `weight` is how many units of the population a sampled one stands for. `waived` is true where an agent consents to
    publication even where that discloses the contribution; one that consents for a part only has not consented.
    """

    cell: Ints
    agent: Ints
    value: Floats | Ints
    weight: Floats | None = None
    waived: Flags | None = None

    def __post_init__(self) -> None:
        arrays = (self.cell, self.agent, self.value, self.weight, self.waived)
        if len({len(one) for one in arrays if one is not None}) != 1:
            raise _invalid("records", "each needs a cell, an agent and a value")
        if (self.agent < 0).any():
            raise _invalid("records", "agents are numbered from zero")
        if not np.isfinite(self.value).all():
            raise _invalid("records", "a value is missing or infinite", "remove the record, or give its value")
        if np.abs(self.value).max(initial=0) >= _LARGEST_EXACT:
            raise _invalid("records", "a value is too large to be added up exactly", "use a larger unit")
        if self.weight is not None and not (np.isfinite(self.weight) & (self.weight > 0)).all():
            raise _invalid("records", "a sampling weight is not a positive number")


def _invalid(place: str, rule: str, remedy: str = "") -> DisclosureRuleInvalid:
    return DisclosureRuleInvalid("The contributions cannot be used.", problems=[Problem(place, rule, remedy)])


def link_agents(agents: int, links: Ints) -> Ints:
    """Return one number for every group of linked agents, int64 (agents,): the smallest number in the group.

    `links` is int64 (links, 2): pairs that know of each other, such as a company and its holding. Linked agents are
    one contributor: they can pool what they know, and are protected as one.

    >>> link_agents(4, np.array([[3, 1]])).tolist()
    [0, 1, 2, 1]
    """
    pairs = np.asarray(links, dtype=np.int64).reshape(-1, 2)
    graph = sparse.coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(agents, agents))
    _, group = sparse.csgraph.connected_components(graph, directed=False)
    first = np.full(int(group.max(initial=-1)) + 1, agents, dtype=np.int64)
    np.minimum.at(first, group, np.arange(agents))
    return np.asarray(first[group])


def largest_contributions(records: Records, cells: int, *, width: int = 4) -> Contributions:
    """Return the `width` + 1 largest contributions of each of `cells` cells; the order of records does not matter.

    A contributor with several records in a cell has one contribution there, their sum. Contributions are measured by
    their absolute value, and so is the total: where values can be negative a reader has no lower bound of zero, and
    this keeps the smaller ones as the noise that hides the largest, whatever their signs (the Handbook on SDC asks for
    such a convention without fixing one). A sampling weight below one counts as one towards the largest, which can only
    withhold more. Raises `DisclosureRuleInvalid` for a cell out of range, and for weights together with contributors
    that have several records in a cell: it is not known what such a sum stands for.

    >>> records = Records(np.array([0, 0, 0]), np.array([7, 7, 8]), np.array([500, 200, 60]))
    >>> largest_contributions(records, 1).target.tolist()
    [700.0]
    """
    if ((records.cell < 0) | (records.cell >= cells)).any():
        raise _invalid("records", "a cell is not one of the cells")
    grouped = _by_agent(records)
    order = np.lexsort((-grouped.size, grouped.cell))  # agents come in order, and stay so where sizes are equal
    cell, size, weight = grouped.cell[order], grouped.size[order], grouped.weight[order]
    start = np.searchsorted(cell, np.arange(cells))
    count = np.bincount(cell, minlength=cells)
    total = _sums(size * weight, cell, cells)
    gross = _sums(np.abs(records.value), records.cell, cells)  # what adds up on the way, where signs differ
    if max(total.max(initial=0.0), gross.max(initial=0.0)) >= _LARGEST_EXACT:
        raise _invalid("records", "a cell's sum is too large to be added up exactly", "use a larger unit")
    free = ~grouped.waived[order]
    at = _first_of_each(cell, free, cells)
    target = np.where(at < len(cell), np.append(size, 0.0)[at], 0.0)
    counted = np.maximum(weight, 1.0)
    counted[at[at < len(cell)]] -= 1.0
    rank = np.arange(len(cell)) - start[cell]
    near = rank <= width
    others, weights = np.zeros((cells, width + 1)), np.zeros((cells, width + 1))
    others[cell[near], rank[near]] = size[near]
    weights[cell[near], rank[near]] = counted[near]
    sole = np.where(count == 1, np.append(grouped.agent[order], NOBODY)[np.minimum(start, len(cell))], NOBODY)
    return Contributions(
        total,
        target,
        others,
        weights,
        _sums(weight, cell, cells),
        np.bincount(cell[free], minlength=cells),
        sole,
        width,
    )


@dataclass(frozen=True)
class _Grouped:
    """One entry for each contributor of each cell."""

    cell: Ints
    agent: Ints
    size: Floats
    weight: Floats
    waived: Flags


def _by_agent(records: Records) -> _Grouped:
    order = _in_groups(records)
    cell, agent = records.cell[order], records.agent[order]
    starts = np.ones(len(cell), dtype=np.bool_)
    starts[1:] = (cell[1:] != cell[:-1]) | (agent[1:] != agent[:-1])
    first = np.flatnonzero(starts)
    if records.weight is not None and len(first) < len(cell):
        rule = "contributors with several records in a cell cannot have sampling weights"
        raise _invalid("records", rule, "add the records of a contributor up, or leave the weights out")
    weight = np.ones(len(first)) if records.weight is None else records.weight[order].astype(np.float64)
    waived = np.zeros(len(cell), dtype=np.bool_) if records.waived is None else records.waived[order]
    value = _in_fixed_order(records.value[order].astype(np.float64), np.cumsum(starts), first)
    size = np.abs(np.add.reduceat(value, first)) if len(first) else value
    consent = np.logical_and.reduceat(waived, first) if len(first) else waived
    return _Grouped(cell[first], agent[first], size, weight, consent)


def _in_groups(records: Records) -> Ints:
    """Return an order of the records by cell, then by agent."""
    span = int(records.agent.max(initial=0)) + 1
    if (int(records.cell.max(initial=0)) + 1) * span < 2**63:
        # One key sorts several times as fast as two.
        return np.argsort(records.cell.astype(np.int64) * span + records.agent, kind="stable")
    return np.lexsort((records.agent, records.cell))


def _in_fixed_order(value: Floats, group: Ints, first: Ints) -> Floats:
    """Return the values with those of each group in an order that does not depend on the order of records.

    Sums of floats depend on their order. Those of whole numbers below the limit do not, nor those of single records.
    """
    if len(first) == len(value) or (value == np.floor(value)).all():
        return value
    return value[np.lexsort((value, group))]


def _sums(values: Floats, cell: Ints, cells: int) -> Floats:
    return np.asarray(np.bincount(cell, weights=values, minlength=cells), dtype=np.float64)


def _first_of_each(cell: Ints, flagged: Flags, cells: int) -> Ints:
    """Return where the first flagged entry of each cell stands, int64 (cells,), the number of entries if nowhere."""
    first = np.full(cells, len(cell), dtype=np.int64)
    places = np.flatnonzero(flagged)[::-1]
    first[cell[places]] = places  # the last assignment wins, which is the first place
    return first


def given_contributions(totals: Floats, largest: Floats, contributors: Ints) -> Contributions:
    """Return contributions of cells whose largest are given with the table, as in tau-ARGUS tab files.

    `totals` is (cells,), `largest` is (cells, n), zero where a cell has fewer, `contributors` is (cells,). Nothing is
    known of consent, links and who contributes alone. Raises `DisclosureRuleInvalid` where a number is missing or
    negative, where the largest are more than the total, or more than there are contributors.

    >>> given_contributions(np.array([110.0]), np.array([[50.0, 52.0]]), np.array([9])).target.tolist()
    [52.0]
    """
    numbers = np.column_stack([np.asarray(totals, dtype=np.float64), np.asarray(largest, dtype=np.float64)])
    if not np.isfinite(numbers).all() or (numbers < 0).any() or (np.asarray(contributors) < 0).any():
        raise _invalid("largest contributions", "must be given for every cell, and not be negative")
    falling = -np.sort(-numbers[:, 1:], axis=1)
    if (falling.sum(axis=1) > numbers[:, 0] * (1 + 1e-9)).any():
        raise _invalid("largest contributions", "are more than the total of their cell")
    if ((falling > 0).sum(axis=1) > contributors).any():
        raise _invalid("largest contributions", "are more than the contributors of their cell")
    count = np.asarray(contributors, dtype=np.int64)
    return Contributions(
        numbers[:, 0],
        falling[:, 0],
        falling[:, 1:],
        np.ones_like(falling[:, 1:]),
        count.astype(np.float64),
        count,
        np.full(len(count), NOBODY, dtype=np.int64),
        falling.shape[1] - 1,
    )
