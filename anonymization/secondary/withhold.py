"""Secondary suppression: which further cells to withhold so that no withheld cell can be derived exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from anonymization.chosen_cells import always_shown, weights_of
from anonymization.primary.cells import sensitive_cells
from anonymization.relations import Flags
from anonymization.secondary.amount_ranges import AmountRanges
from anonymization.secondary.costs import Costs
from anonymization.secondary.gauss import choose
from anonymization.secondary.knowledge import Knowledge, as_if_exact, nodes_of, what_is_known
from anonymization.secondary.lift import lift
from anonymization.secondary.places import Places
from anonymization.secondary.ranges import Ranges
from anonymization.secondary.search import Search
from anonymization.table import TableSet
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRisk, Problem

NOISE = 0.2
"""How far the prices of cells differ by chance, as the standard deviation of their logarithms."""


def withhold(tables: TableSet, primary: Flags, rules: DisclosureRules, *, seed: int) -> Flags:
    """Return the nodes to withhold besides the sensitive ones, bool (nodes,).

    Three steps, repeated until none has anything to add. Elimination modulo a prime finds a cheap set under which no
    sum determines a withheld cell. A linear program then finds the cheapest further cells with which no withheld
    cell is determined by the least value it can have either. At last, groups of moderate size are searched cell by
    cell for another table in which the cell differs by a unit; in small groups that table consists of whole numbers.
    With the guarantee `interval`, small cells, and sums that few contributors make up, are then given the range that
    they must have.
    Raises `DisclosureRisk` where withholding every other cell would not be enough.
    """
    candidates = ~primary & tables.shown & ((tables.contributors > 0) | (rules.zeros == "protect"))
    candidates &= ~always_shown(tables)
    if tables.earlier:
        # What was shown before and is the same hides nothing when it is withheld.
        candidates &= ~tables.ledger.told
    random = np.random.default_rng(seed)
    # Whoever runs this code on every table that fits what is shown must not find that one alone gives this pattern.
    noise = np.exp(NOISE * random.standard_normal(len(tables.nodes)))
    costs = Costs(rules.cost, noise * weights_of(tables))
    price = costs.of(np.maximum(tables.contributors, 1).astype(np.float64))
    places = Places(tables.nodes, tables.dimensions)
    known = what_is_known(tables, rules)
    exact = all(one.exact for one in known)
    # Every sum is taken as exact first, so that the result holds whichever dimensions persons add up along; a cell
    # that only a sum which does not hold would determine is then no risk, and what does hold is looked at by itself.
    pattern = _Elimination(as_if_exact(tables, rules), (random, costs), strict=exact)
    steps: list[tuple[Step, bool]] = [(partial(pattern.widen, candidates=candidates), True)]
    for one in known:
        if not exact:
            steps.append((partial(_Elimination(one, (random, costs), strict=True).widen, candidates=candidates), True))
        steps.append((partial(lift, one, candidates=candidates, price=price), True))
        steps.append((partial(Search(one, price, places).widen, candidates=candidates), False))
    if rules.guarantee == "interval":
        wanted = sensitive_cells(tables, rules)
        before = float(rules.threshold)
        ranges = [Ranges(one, wanted, price, before=before, seed=seed) for one in _asked_for_ranges(tables, known)]
        steps += [(partial(one.widen, candidates=candidates), True) for one in ranges]
        sums = [
            AmountRanges(one, amounts, price, seed=seed)
            for one in known
            for amounts in wanted.amounts
            if one.measures and one.measures <= amounts.measures
        ]
        # These first: what is withheld for a range is seldom worked out; what hides a number seldom hides an amount.
        steps = [*((partial(one.widen, candidates=candidates), True) for one in sums), *steps]
    return _repeat(tables, steps, primary, rules) & ~primary


def _asked_for_ranges(tables: TableSet, known: Sequence[Knowledge]) -> list[Knowledge]:
    """Return contributors, and values that are never less, unless these have every range that the contributors have.

    Whatever changes contributors and keeps their sums changes visits by as many and keeps theirs, where the sums are
    the same ones. They are not where earlier releases told of visits alone, nor where persons are in two cells.
    """
    counting = [one for one in known if one.counting]
    same_sums = not tables.earlier and all(one.exact for one in counting)
    return counting + [one for one in known if one.bounding and not (same_sums and one.exact and one.scale == 1)]


Step = Callable[[Flags], tuple[Flags, Flags]]
"""From the withheld nodes to further ones, and to those that cannot be protected."""


def _repeat(tables: TableSet, steps: Sequence[tuple[Step, bool]], withheld: Flags, rules: DisclosureRules) -> Flags:
    """Take the steps in turn until none has anything to add; the flag says that a step never adds to itself."""
    content = place = 0
    while content < len(steps):
        step, settles = steps[place % len(steps)]
        more, lost = step(withheld)
        if lost.any():
            raise DisclosureRisk(
                "Some withheld cells cannot be protected.", problems=_unprotectable(tables, lost, rules)
            )
        grown = bool((more & ~withheld).any())
        withheld = withheld | more
        content = int(settles) if grown else content + 1
        place += 1
    return withheld


class _Elimination:
    """The first step, for one system of sums.

    It is repeated after the other steps: a cell that they withhold for one measure may be a plain sum for another.
    """

    def __init__(self, known: Knowledge, order: tuple[np.random.Generator, Costs], *, strict: bool) -> None:
        self._known = known
        self._random, self._costs = order
        self._strict = strict

    def widen(self, withheld: Flags, candidates: Flags) -> tuple[Flags, Flags]:
        """Return nodes to withhold besides, and nodes that the sums determine whatever is withheld, bool (nodes,).

        Without `strict`, no node is ever said to be determined whatever is withheld.
        """
        known, nodes = self._known, len(withheld)
        protect = known.guarded.copy()
        protect[:nodes] = withheld & known.present
        order = np.flatnonzero(candidates & ~withheld & known.present)
        price = self._costs.shared(known.truth[:nodes], abs(known.matrix), protect)
        order = order[np.argsort(price[order], kind="stable")]
        chosen, helpless = choose(
            known.matrix, unknown=known.unknown(withheld), protect=protect, candidates=order, random=self._random
        )
        return chosen[:nodes], nodes_of(known.matrix, helpless & self._strict, nodes)


def _unprotectable(tables: TableSet, lost: Flags, rules: DisclosureRules) -> list[Problem]:
    problems = []
    for (table, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        count = int((lost & tables.shown)[nodes].sum())
        if count and not any(table is one for one in tables.hidden):
            place = f"table {table.name!r} ({', '.join(table.dimensions)}), population {population!r}"
            rule = f"{count} cells could be derived exactly even if all other cells were withheld"
            remedy = "publish coarser members of these dimensions, or leave the table out of the release"
            if rules.guarantee == "interval":
                rule = f"{count} cells could be derived or told to be small even if all other cells were withheld"
                if rules.concentration is not None:
                    rule = f"{count} cells could be derived or estimated even if all other cells were withheld"
                remedy += "; or choose guarantee: exact, which allows the second"
            problems.append(Problem(place, rule, remedy))
    return problems
