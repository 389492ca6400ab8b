"""Secondary suppression: which further cells to withhold so that no withheld cell can be derived exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from anonymization.relations import Flags
from anonymization.secondary.gauss import choose
from anonymization.secondary.knowledge import small_rests, what_is_known, with_rests
from anonymization.secondary.lift import lift
from anonymization.secondary.places import Places
from anonymization.secondary.search import Search
from anonymization.table import TableSet
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRisk, Problem


def withhold(tables: TableSet, primary: Flags, rules: DisclosureRules, *, seed: int) -> Flags:
    """Return the nodes to withhold besides the sensitive ones, bool (nodes,).

    Three steps, the last two repeated until nothing changes. Elimination modulo a prime finds a cheap set under which
    no sum determines a withheld cell. A linear program then finds the cheapest further cells with which no withheld
    cell is determined by the least value it can have either. At last, groups of moderate size are searched cell by
    cell for another table in which the cell differs by a unit; in small groups that table consists of whole numbers.
    Raises `DisclosureRisk` where withholding every other cell would not be enough.
    """
    candidates = ~primary & ((tables.contributors > 0) | (rules.zeros == "protect"))
    withheld = primary | _by_elimination(tables, rules, primary, candidates, np.random.default_rng(seed))
    price = np.maximum(tables.contributors, 1).astype(np.float64)
    places = Places(tables.nodes, tables.dimensions)
    steps: list[tuple[Step, bool]] = []
    for one in what_is_known(tables, rules):
        steps.append((partial(lift, one, candidates=candidates, price=price), True))
        steps.append((partial(Search(one, price, places).widen, candidates=candidates), False))
    return _repeat(tables, steps, withheld) & ~primary


Step = Callable[[Flags], tuple[Flags, Flags]]
"""From the withheld nodes to further ones, and to those that cannot be protected."""


def _repeat(tables: TableSet, steps: Sequence[tuple[Step, bool]], withheld: Flags) -> Flags:
    """Take the steps in turn until none has anything to add; the flag says that a step never adds to itself."""
    content = place = 0
    while content < len(steps):
        step, settles = steps[place % len(steps)]
        more, lost = step(withheld)
        if lost.any():
            raise DisclosureRisk("Some withheld cells cannot be protected.", problems=_unprotectable(tables, lost))
        grown = bool((more & ~withheld).any())
        withheld = withheld | more
        content = int(settles) if grown else content + 1
        place += 1
    return withheld


def _by_elimination(
    tables: TableSet, rules: DisclosureRules, primary: Flags, candidates: Flags, random: np.random.Generator
) -> Flags:
    """Treat every sum as exact, so that the result holds whichever dimensions a count of persons adds up along."""
    matrix = with_rests(tables.relations.matrix, tables.complements())
    _, small = small_rests(tables, rules)
    order = np.flatnonzero(candidates)
    order = order[np.argsort(tables.contributors[order], kind="stable")]
    chosen = choose(
        matrix,
        unknown=np.concatenate([primary, np.ones(len(small), dtype=np.bool_)]),
        protect=np.concatenate([primary, small]),
        candidates=order,
        random=random,
    )
    return chosen[: len(tables.nodes)]


def _unprotectable(tables: TableSet, lost: Flags) -> list[Problem]:
    problems = []
    for (table, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        count = int(lost[nodes].sum())
        if count:
            place = f"table {table.name!r} ({', '.join(table.dimensions)}), population {population!r}"
            rule = f"{count} cells could be derived exactly even if all other cells were withheld"
            remedy = "publish coarser members of these dimensions, or leave the table out of the release"
            problems.append(Problem(place, rule, remedy))
    return problems
