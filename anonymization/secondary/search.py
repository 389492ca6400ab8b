"""The third step of secondary suppression: in moderate groups, another possible table for each withheld cell."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from anonymization.relations import Flags, Ints
from anonymization.secondary.knowledge import Knowledge, Reals, nodes_of
from anonymization.secondary.moves import Move, Moves
from anonymization.secondary.places import Places

WHOLE_GROUP = 20
"""Up to so many withheld cells in a group, the other table consists of whole numbers (the audit checks up to 12)."""

MODERATE_GROUP = 2000
"""Up to so many unknowns in a group, every withheld count can differ by one (the audit checks up to 1500)."""

BREADTHS = (2, 5, 10)
"""How many relatives of a cell along each relation span the part of the release in which cells are bought."""


class Search:
    """Looks, in one family of values, for a move of every withheld cell, and widens the pattern where there is none."""

    def __init__(self, known: Knowledge, price: Reals, places: Places) -> None:
        self._known = known
        self._moves = Moves(known)
        self._places = places
        self._nodes = len(price)
        self._price = np.concatenate([np.clip(price, 1.0, 1e5), np.ones(len(known.truth) - len(price))])
        self._moved = np.zeros(len(known.truth), dtype=np.bool_)
        self._moved_whole = self._moved.copy()
        self._by_column = sparse.csc_array(known.matrix)

    def widen(self, withheld: Flags, candidates: Flags) -> tuple[Flags, Flags]:
        """Return nodes to withhold besides, and nodes that cannot be protected whatever is withheld; bool (nodes,).

        Stops at the first groups that need more, because more withheld cells make other groups.
        """
        more, lost = np.zeros(self._nodes, dtype=np.bool_), np.zeros(self._nodes, dtype=np.bool_)
        wanted = self._known.guarded.copy()
        wanted[: self._nodes] = withheld & self._known.present
        for group in self._groups(withheld):
            cells = group[wanted[group]]
            whole = self._known.integer and len(cells) <= WHOLE_GROUP
            for column in cells.tolist():
                if not (self._moved_whole if whole else self._moved)[column]:
                    bought = self._settle(column, group, withheld | more, candidates, whole=whole)
                    if bought is None:
                        lost |= nodes_of(self._known.matrix, np.arange(len(wanted)) == column, self._nodes)
                    else:
                        more[bought] = True
        return more, lost

    def _groups(self, withheld: Flags) -> Iterator[Ints]:
        """Yield the unknown columns that hang together, without those that follow from what is shown."""
        unknown = self._known.unknown(withheld)
        pattern = abs(self._known.matrix)
        while len(single := np.flatnonzero(pattern @ unknown.astype(np.int64) == 1)):
            unknown[self._known.matrix[single].indices] = False
        columns = np.flatnonzero(unknown)
        part = pattern[:, columns]
        labels = connected_components(part.T @ part, directed=False)[1]
        order = np.argsort(labels, kind="stable")
        for members in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
            if 0 < len(members) <= MODERATE_GROUP:
                yield columns[members]

    def _settle(self, column: int, group: Ints, withheld: Flags, candidates: Flags, *, whole: bool) -> Ints | None:
        """Find a move for a column; return the nodes that must be withheld for it, or None where there is none."""
        near = np.concatenate([[column], group[group != column]])
        # Columns that have not moved yet are cheaper, so that one move serves many.
        move = self._moves.find(near, np.where(self._moved[near], 2.0, 1.0), whole=whole)
        if move is not None:
            return self._accept(move, withheld, whole=whole)
        if column >= self._nodes and not len(self._relatives(np.array([column]))):
            # A cell that only earlier releases have, beside no present one: nothing that is withheld now can help it.
            return None
        for breadth in BREADTHS:
            near = self._around(column, withheld | candidates, breadth)
            prices = np.where(self._known.unknown(withheld)[near], 1e-3, self._price[near])
            move = self._moves.find(near, prices, whole=whole)
            if move is not None:
                return self._accept(move, withheld, whole=whole)
        return self._cheapest_beside(group, withheld, candidates)

    def _accept(self, move: Move, withheld: Flags, *, whole: bool) -> Ints:
        # In a move of amounts, those that moved visibly have moved; in a move of counts, those that moved by one.
        least = 1.0 - 1e-6 if self._known.integer else 1e-3 * np.maximum(1.0, np.abs(self._known.truth[move.columns]))
        enough = move.columns[np.abs(move.change) >= least * (1.0 - 1e-6)]
        self._moved[enough] = True
        self._moved_whole[enough] |= whole
        shown = move.columns[move.columns < self._nodes]
        return shown[~withheld[shown] & self._known.shown[shown]]

    def _around(self, column: int, buyable: Flags, breadth: int) -> Ints:
        """Return a part of the release around a column, the column first, with the unseen amounts of its relations."""
        allowed = self._known.unknown(buyable)
        start = column if column < self._nodes else int(self._relatives(np.array([column]))[0])
        relatives = [start]
        for row in np.unique(self._by_column[:, [start]].indices).tolist():
            members = self._known.matrix[[row]].indices
            members = members[(members < self._nodes) & allowed[members]]
            relatives += members[np.argsort(self._price[members], kind="stable")[: breadth + 1]].tolist()
        near = self._places.box(relatives)
        near = near[allowed[near]]
        rows = np.unique(self._by_column[:, near].indices)
        around = np.unique(self._known.matrix[rows].indices)
        near = np.concatenate([near, around[around >= self._nodes]])
        return np.concatenate([[column], near[near != column]])

    def _relatives(self, columns: Ints) -> Ints:
        """Return the nodes that share a relation with any of the columns."""
        rows = np.unique(self._by_column[:, columns].indices)
        around = np.unique(self._known.matrix[rows].indices)
        return np.asarray(around[around < self._nodes])

    def _cheapest_beside(self, group: Ints, withheld: Flags, candidates: Flags) -> Ints | None:
        """Return the cheapest shown node that shares a relation with a group: it makes the group larger."""
        beside = self._relatives(group)
        beside = beside[candidates[beside] & ~withheld[beside] & self._known.present[beside]]
        return beside[[int(np.argmin(self._price[beside]))]] if len(beside) else None
