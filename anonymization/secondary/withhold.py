"""Secondary suppression: which further cells to withhold so that no withheld cell can be derived exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from scipy import sparse

from anonymization.relations import Flags
from anonymization.secondary.gauss import choose
from anonymization.secondary.knowledge import Knowledge, what_is_known
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
    random = np.random.default_rng(seed)
    known = what_is_known(tables, rules)
    candidates = ~primary & ((tables.contributors > 0) | (rules.zeros == "protect"))
    withheld = primary | _by_elimination(tables, known[0], primary, candidates, random)
    price = np.maximum(tables.contributors, 1).astype(np.float64)
    places = Places(tables.nodes, tables.dimensions)
    steps: list[tuple[Step, bool]] = []
    for one in known:
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
    tables: TableSet, contributors: Knowledge, primary: Flags, candidates: Flags, random: np.random.Generator
) -> Flags:
    """Treat every sum as exact, so that the result holds whichever dimensions a count of persons adds up along."""
    nodes = len(tables.nodes)
    matrix = tables.relations.matrix
    guarded = np.zeros(0, dtype=np.bool_)
    rests = contributors.matrix.shape[1]
    for whole, part in tables.complements():
        count = len(whole)
        link = sparse.csr_array(
            (np.repeat([1, -1], count), (np.tile(np.arange(count), 2), np.concatenate([whole, part]))),
            shape=(count, matrix.shape[1]),
        )
        below = sparse.hstack([link, -sparse.eye_array(count, dtype=np.int64)])
        wider = sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], count), dtype=np.int64)])
        matrix = sparse.csr_array(sparse.vstack([wider, below]))
    hidden = matrix.shape[1] - nodes
    guarded = contributors.guarded[rests - hidden :] if hidden else guarded
    order = np.flatnonzero(candidates)
    order = order[np.argsort(tables.contributors[order], kind="stable")]
    unknown = np.concatenate([primary, np.ones(hidden, dtype=np.bool_)])
    protect = np.concatenate([primary, guarded])
    return choose(matrix, unknown=unknown, protect=protect, candidates=order, random=random)[:nodes]


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
