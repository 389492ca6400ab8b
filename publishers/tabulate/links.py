"""Finds columns of the source that determine each other, as a province does its region: sums that no list declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from anonymization.link import Link
from publishers.tabulate.cells import CubeShape, Ints
from publishers.tabulate.members import NO_PARENT
from publishers.tabulate.recode import PlannedDimension

Pair = tuple[str, str]
Together = npt.NDArray[np.bool_]
"""Which leaves of two dimensions occur in one row of the source, bool (leaves, leaves)."""

MOSTLY = 0.05
"""The largest share of rows that may be wrong where one column still tells another."""
EXPLAINED = 0.8
"""How much of what the largest member alone leaves open has to be told by the other column."""
EXPECTED = 5.0
"""So many rows that should have two members, and of which there is none, are no chance: the members exclude each other.

Where columns do not depend on each other, that happens once in 150 pairs.
"""


def pairs_of(dimensions: Sequence[PlannedDimension]) -> tuple[Pair, ...]:
    """Return every two dimensions, each pair once."""
    return tuple(combinations([one.name for one in dimensions], 2))


def rows_in(shape: CubeShape, rows: Ints, pair: Pair) -> Ints | None:
    """Return how many rows have each two leaves of a pair, int64 (leaves, leaves); None where the cube lacks one."""
    names = list(shape.cube.dimensions)
    if not set(pair) <= set(names):
        return None
    kept = [names.index(name) for name in pair]
    others = tuple(axis for axis in range(len(names)) if axis not in kept)
    found = rows.reshape(shape.leaves).sum(axis=others)
    return np.asarray(found if kept[0] < kept[1] else found.T)


def links_of(dimensions: Mapping[str, PlannedDimension], rows: Mapping[Pair, Ints]) -> tuple[Link, ...]:
    """Return the sums that the pairs of dimensions make, at every level of each.

    Two members belong together when they have rows in common. Members that hang together by that, and apart from all
    others, hold the same rows: those of one dimension add up to those of the other. Where all members hang together,
    there is only the grand total, which is published anyway.
    """
    found: dict[Link, None] = {}
    for (one, other), together in rows.items():
        for first in _cuts(dimensions[one]):
            for second in _cuts(dimensions[other]):
                matrix = _merged(_merged(together > 0, first, dimensions[one]).T, second, dimensions[other]).T
                for heads, columns in _apart(matrix):
                    sides = (
                        (one, _indices(first[heads], dimensions[one])),
                        (other, _indices(second[columns], dimensions[other])),
                    )
                    children, parents = sorted(sides, key=lambda side: len(side[1]), reverse=True)
                    found[Link(children, parents)] = None
    return tuple(found)


def nested(dimensions: Mapping[str, PlannedDimension], rows: Mapping[Pair, Ints]) -> tuple[Pair, ...]:
    """Return the pairs whose first determines a member of the second, at some level, wherever both are known."""
    found: dict[Pair, None] = {}
    for pair, together in rows.items():
        known = _where_known(together, pair, dimensions) > 0
        for (one, other), matrix in ((pair, known), (pair[::-1], known.T)):
            if any(_is_nested(coarse) for coarse in _by_levels(matrix, dimensions[other])):
                found[one, other] = None
    return tuple(found)


def nearly_linked(dimensions: Mapping[str, PlannedDimension], rows: Mapping[Pair, Ints]) -> tuple[Pair, ...]:
    """Return the pairs that would have links if it were not for rows of unknown members, another member, or few rows.

    A member for unknown regions, or wrong rows, come between a province and its region without undoing what readers
    know of them.
    """
    return tuple(pair for pair, together in rows.items() if _nearly_linked(together, pair, dimensions))


def excluding(dimensions: Mapping[str, PlannedDimension], rows: Mapping[Pair, Ints]) -> tuple[Pair, ...]:
    """Return the pairs of dimensions with members that would often occur together by chance, but never do.

    Where one determines the other, the links say all that there is to know.
    """
    return tuple(pair for pair, together in rows.items() if _excluding(together, pair, dimensions))


def _excluding(rows: Ints, pair: Pair, dimensions: Mapping[str, PlannedDimension]) -> bool:
    if _is_nested(rows > 0) or _is_nested(rows.T > 0):
        return False
    one, other = (dimensions[name] for name in pair)
    for first in _cuts(one):
        for second in _cuts(other):
            own = _added(_added(rows, first, one).T, second, other).T
            expected = np.outer(own.sum(axis=1), own.sum(axis=0)) / max(1, own.sum())
            if ((own == 0) & (expected >= EXPECTED)).any():
                return True
    return False


def _added(rows: Ints, cut: Ints, dimension: PlannedDimension) -> Ints:
    spans = [dimension.members.spans[member] for member in cut]
    return np.array([rows[first:after].sum(axis=0) for first, after in spans], dtype=np.int64)


def _nearly_linked(rows: Ints, pair: Pair, dimensions: Mapping[str, PlannedDimension]) -> bool:
    known = _where_known(rows, pair, dimensions)
    if _falls_apart(rows > 0, known > 0):
        return True
    one, other = (dimensions[name] for name in pair)
    sides = [_added(known.T, cut, other).T for cut in _cuts(other)]
    sides += [_added(known, cut, one).T for cut in _cuts(one)]
    # Where one determines the other, the links say all that there is to know.
    return not any(_is_nested(side > 0) for side in sides) and any(
        _is_nested_but_for_one(side > 0) or _is_mostly_nested(side) for side in sides
    )


def _by_levels(leaves: Together, columns: PlannedDimension) -> Iterator[Together]:
    for cut in _cuts(columns):
        yield _merged(leaves.T, cut, columns).T


def _is_nested(together: Together) -> bool:
    return bool((together.sum(axis=1) <= 1).all() and together.any(axis=0).sum() > 1)


def _is_nested_but_for_one(together: Together) -> bool:
    """Return whether taking out one row or one column leaves every row in one column."""
    several = np.flatnonzero(together.sum(axis=1) > 1)
    if len(several) == 0:
        return False
    common = np.flatnonzero(together[several].all(axis=0))
    fewer = [np.delete(together, several[0], axis=0), *(np.delete(together, column, axis=1) for column in common)]
    return any(_is_nested(one) for one in fewer)


def _is_mostly_nested(rows: Ints) -> bool:
    """Return whether guessing the column by the row is wrong for few, and far better than guessing the largest.

    The second share is lambda of Goodman and Kruskal (1954).
    """
    everything, largest = int(rows.sum()), int(rows.sum(axis=0).max(initial=0))
    wrong = everything - int(rows.max(axis=1, initial=0).sum())
    return wrong <= MOSTLY * everything and wrong <= (1 - EXPLAINED) * (everything - largest) and largest < everything


def wholly_in(leaves: Ints, part: Ints) -> Ints:
    """Return the leaves that have no row outside a part, none where all of them are empty; rows by leaf, int64."""
    return np.flatnonzero((leaves == part) & bool(((leaves > 0) & (leaves == part)).any()))


def unmixed(leaves: Ints, part: Ints) -> bool:
    """Return whether a leaf has only rows of a part or only others, although several would be expected of the other.

    Rows by leaf, int64 (leaves,).
    """
    everything = max(1, int(leaves.sum()))
    sides = ((own, leaves * int(own.sum()) / everything) for own in (part, leaves - part))
    return any(bool(((own == 0) & (expected >= EXPECTED)).any()) for own, expected in sides)


def told_by(leaves: Ints, part: Ints) -> bool:
    """Return whether each leaf of a dimension has only rows of a part or only others; rows by leaf, int64 (leaves,)."""
    inside, outside = part > 0, leaves > part
    return bool(inside.any() and outside.any() and not (inside & outside).any())


def _where_known(rows: Ints, pair: Pair, dimensions: Mapping[str, PlannedDimension]) -> Ints:
    known = rows.copy()
    for axis, name in enumerate(pair):
        if dimensions[name].missing >= 0:
            np.moveaxis(known, axis, 0)[dimensions[name].missing] = 0
    return known


def _cuts(dimension: PlannedDimension) -> Iterator[Ints]:
    """Yield, for each level, the members that divide all leaves: those at the level, and others where it has a gap."""
    members = dimension.members
    has_children = set(members.parents)
    for level in range(len(members.levels)):
        cut = []
        for member, (own, parent) in enumerate(zip(members.level_of, members.parents, strict=True)):
            above = parent == NO_PARENT or members.level_of[parent] < level
            if own == level or (own < level and member not in has_children) or (own > level and above):
                cut.append(member)
        yield np.array(cut, dtype=np.int64)


def _merged(leaves: Together, cut: Ints, dimension: PlannedDimension) -> Together:
    """Return the rows of ``leaves`` brought together under the members of a cut."""
    spans = [dimension.members.spans[member] for member in cut]
    return np.array([leaves[first:after].any(axis=0) for first, after in spans], dtype=np.bool_)


def _apart(together: Together) -> list[tuple[Ints, Ints]]:
    """Return the rows and columns of each group that hangs together, where there are several."""
    labels = _labels(together)
    height = len(together)
    groups = [
        (np.flatnonzero(labels[:height] == one), np.flatnonzero(labels[height:] == one)) for one in np.unique(labels)
    ]
    groups = [group for group in groups if len(group[0]) and len(group[1])]
    return groups if len(groups) > 1 else []


def _falls_apart(together: Together, fewer: Together) -> bool:
    """Return whether rows that hang together do not do so any more when some are taken out."""
    whole, parts = _labels(together), _labels(fewer)
    rows = np.flatnonzero(fewer.any(axis=1))
    return len(np.unique(parts[rows])) > len(np.unique(whole[rows]))


def _labels(together: Together) -> Ints:
    """Return the number of the group of each row and then of each column, int64 (rows + columns,)."""
    height, width = together.shape
    rows, columns = together.nonzero()
    graph = sparse.coo_array((np.ones(len(rows)), (rows, columns + height)), shape=(height + width, height + width))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _indices(members: Ints, dimension: PlannedDimension) -> tuple[int, ...]:
    """Return members as the protection numbers them: a published total comes first."""
    return tuple((members + dimension.total).tolist())
