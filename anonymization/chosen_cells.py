"""Cells that somebody chose by their members: to be shown always, or to be dearer to withhold than others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from anonymization.relations import Flags
from datasets.errors import Problem

if TYPE_CHECKING:
    from anonymization.table import TableSet


@dataclass(frozen=True)
class Chosen:
    """Cells of some populations with some members, by index, of each dimension; elsewhere they stand at the total.

    `name` is what messages call them; `weight` how many times as much it costs to withhold one of them.
    """

    name: str
    members: Mapping[str, frozenset[int]]
    populations: frozenset[str]
    weight: float = 1.0

    def nodes(self, tables: TableSet) -> Flags:
        """Return which nodes are chosen, bool (nodes,): those that stand in a table that is shown."""
        numbers = [at for at, one in enumerate(tables.populations) if one.name in self.populations]
        found = tables.shown & np.isin(tables.nodes.population, numbers)
        for axis, one in enumerate(tables.dimensions):
            own = sorted(self.members.get(one.name, {one.total}))
            found &= np.isin(tables.nodes.coordinates[:, axis], own)
        return np.asarray(found)


def always_shown(tables: TableSet) -> Flags:
    """Return which nodes must be shown whatever it costs, bool (nodes,)."""
    return _union(tables, tables.always_shown)


def always_withheld(tables: TableSet) -> Flags:
    """Return which nodes must not be shown whatever is in them, bool (nodes,)."""
    return _union(tables, tables.always_withheld)


def _union(tables: TableSet, choices: Sequence[Chosen]) -> Flags:
    flags = np.zeros(len(tables.nodes), dtype=np.bool_)
    for chosen in choices:
        flags |= chosen.nodes(tables)
    return flags


def weights_of(tables: TableSet) -> npt.NDArray[np.float64]:
    """Return how many times as much it costs to withhold each node, float64 (nodes,)."""
    weights = np.ones(len(tables.nodes))
    for chosen in tables.weighted:
        weights[chosen.nodes(tables)] *= chosen.weight
    return weights


def problems_of_choices(tables: TableSet) -> Iterator[Problem]:
    """Yield what choices of cells name that there is not."""
    sizes = {one.name: len(one.members) for one in tables.dimensions}
    populations = {one.name for one in tables.populations}
    for chosen in (*tables.always_shown, *tables.always_withheld, *tables.weighted):
        for name, members in chosen.members.items():
            if not members <= set(range(sizes.get(name, 0))):
                yield Problem(chosen.name, f"names members that dimension {name!r} has not", "correct the choice")
        if not chosen.populations <= populations:
            yield Problem(chosen.name, "names a population that there is not", "correct the choice")
        if not 0 < chosen.weight < np.inf:
            yield Problem(chosen.name, "needs a weight above zero", "correct the weight")
