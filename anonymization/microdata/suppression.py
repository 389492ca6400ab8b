"""Withholds single values until every record shares its quasi-identifiers with k - 1 others, losing few cells."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from anonymization.microdata.assignment import Assignment, Move
from anonymization.microdata.classes import Classes, group, present
from anonymization.microdata.numbering import number_rows
from anonymization.microdata.records import WITHHELD, Records
from anonymization.relations import Flags, Ints
from datasets.errors import DisclosureRuleInvalid, Problem

_LARGEST = 10**8
"""How many pairs of a kind of record and a set of columns are held in memory at most."""


@dataclass(frozen=True)
class Withheld:
    """Records that are k-anonymous, and what that cost.

    `of_column` counts the withheld values of each quasi-identifier. No way of withholding loses fewer cells than
    `at_least`: every record that had too few alike must lose one. The best way lies between that and `cells`.
    """

    records: Records
    of_column: Mapping[str, int]
    at_least: int

    @property
    def cells(self) -> int:
        """How many values are withheld."""
        return sum(self.of_column.values())


def suppress(
    records: Records, quasi_identifiers: Sequence[str], *, k: int, importance: Mapping[str, int] | None = None
) -> Withheld:
    """Withhold values of the quasi-identifiers so that every record agrees with at least k - 1 others in all of them.

    A withheld value agrees with withheld values only: the promise holds for the file as it is published, whatever an
    attacker makes of `*`. Losing as little as possible is NP-hard (Meyerson and Williams 2004), so classes are made
    greedily, the cheapest per rescued record first; a class too small may be filled up from classes with more than k
    records; then what was withheld needlessly is taken back. `importance` is the cost of a cell of a column, 1 where it
    is not named. Of records that agree, the first ones lose cells; that apart, the order makes no difference.

    Raises `DisclosureRuleInvalid` for k below 2, fewer than k records, values that are withheld already, an unknown
    column, an importance below 1, or too many different records.

    >>> from anonymization.microdata.records import encode
    >>> one = encode({"age": np.array([30, 30, 41]), "sex": np.array(["f", "f", "f"])})
    >>> suppress(one, ["age", "sex"], k=2).cells
    3
    """
    costs = importance or {}
    classes = group(records, quasi_identifiers)
    _check(records, quasi_identifiers, k, costs)
    first = np.zeros(len(classes), dtype=np.int64)
    first[classes.of_record] = np.arange(len(records))
    kinds = np.column_stack([present(records.column(name))[first] for name in quasi_identifiers])
    patterns = _Patterns.of(kinds, [costs.get(name, 1) for name in quasi_identifiers])
    moves = _Search(patterns, classes.sizes, k).moves()
    lost, changed = _without(records, quasi_identifiers, _pattern_of_record(classes, moves))
    return Withheld(changed, lost, int(classes.sizes[classes.sizes < k].sum()))


def _check(records: Records, names: Sequence[str], k: int, costs: Mapping[str, int]) -> None:
    problems = []
    if k < 2:
        problems.append(Problem("k", "must be at least 2", "a class of one record is one person"))
    elif len(records) < k:
        problems.append(Problem("records", "must be at least k", "lower k, or draw a larger sample"))
    problems += [
        Problem(f"importance of {name!r}", "must be at least 1 and of a quasi-identifier")
        for name, cost in costs.items()
        if cost < 1 or name not in names
    ]
    problems += [
        Problem(f"column {name!r}", "must not hold withheld values already", "start from the records before")
        for name in names
        if (records.column(name).codes == WITHHELD).any()
    ]
    if problems:
        raise DisclosureRuleInvalid("Values cannot be withheld.", problems=problems)


@dataclass(frozen=True)
class _Patterns:
    """All sets of columns to withhold, as bits, and for each the class, int64 (kinds,), that a kind would join."""

    costs: Ints
    keys: tuple[Ints, ...]

    @staticmethod
    def of(kinds: Ints, costs: Sequence[int]) -> _Patterns:
        width = kinds.shape[1]
        if len(kinds) << width > _LARGEST:
            rule = f"{len(kinds):,} different records in {width} columns are too many to withhold single values of"
            problem = Problem("quasi-identifiers", rule, "recode them into broader groups first, or name fewer")
            raise DisclosureRuleInvalid("Values cannot be withheld.", problems=[problem])
        bits = np.arange(1 << width)[:, None] >> np.arange(width) & 1
        keys = [number_rows(kinds[:, row == 0].T, len(kinds)) for row in bits]
        return _Patterns(bits @ np.array(costs), tuple(keys))


@dataclass
class _Pool:
    """One set of columns: how many records of unsafe kinds, and how many to spare, each of its classes has."""

    unsafe: Ints
    spare: Ints
    order: Ints
    starts: Ints

    def members(self, key: int) -> Ints:
        """The kinds of record that would be one class."""
        return self.order[self.starts[key] : self.starts[key + 1]]


@dataclass
class _Search:
    """Greedy search over classes that could be made; see `suppress`."""

    patterns: _Patterns
    sizes: Ints
    k: int
    found: list[Move] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.unsafe: Flags = self.sizes < self.k
        self.spare = np.where(self.unsafe, 0, self.sizes - self.k)
        self.left = int(self.sizes[self.unsafe].sum())
        self.pools = [self._pool(number) for number in range(len(self.patterns.keys))] if self.left else []

    def moves(self) -> list[Move]:
        """Return which records lose which values."""
        heap = list(self._candidates())
        heapq.heapify(heap)
        while self.left and heap:
            ratio, number, key = heapq.heappop(heap)
            now = self._ratio(number, key)
            if now is None:
                continue
            if now > ratio:
                # Others took records of this class since it was rated.
                heapq.heappush(heap, (now, number, key))
                continue
            self._make(number, key)
        return self._assigned().moves() if self.pools else []

    def _assigned(self) -> Assignment:
        """Return all records in their classes, those that are left over joined to others, and improved.

        Where less than k records are left over and to spare in all, no class can be made of them.
        """
        found, kept = Assignment(self.patterns.keys, self.patterns.costs, self.k), self.sizes.copy()
        for kind, number, records in self.found:
            found.add(kind, number, records)
            kept[kind] -= records
        for kind in np.flatnonzero((kept > 0) & ~self.unsafe).tolist():
            found.add(kind, 0, int(kept[kind]))
        for kind in np.flatnonzero(self.unsafe).tolist():
            found.join(kind, int(kept[kind]))
        found.improve()
        return found

    def _pool(self, number: int) -> _Pool:
        keys = self.patterns.keys[number]
        count = int(keys.max()) + 1
        order = np.argsort(keys, kind="stable")
        return _Pool(
            np.bincount(keys, weights=np.where(self.unsafe, self.sizes, 0), minlength=count).astype(np.int64),
            np.bincount(keys, weights=self.spare, minlength=count).astype(np.int64),
            order,
            np.concatenate([[0], np.cumsum(np.bincount(keys))]),
        )

    def _candidates(self) -> Iterator[tuple[float, int, int]]:
        for number in range(1, len(self.pools)):
            for key in np.flatnonzero(self.pools[number].unsafe).tolist():
                ratio = self._ratio(number, key)
                if ratio is not None:
                    yield ratio, number, key

    def _ratio(self, number: int, key: int) -> float | None:
        """Return what this class would cost for each record that it rescues; nothing where it cannot be made."""
        rescued, spare = int(self.pools[number].unsafe[key]), int(self.pools[number].spare[key])
        if not rescued or rescued + spare < self.k:
            return None
        return int(self.patterns.costs[number]) * max(self.k, rescued) / rescued

    def _make(self, number: int, key: int) -> None:
        members = self.pools[number].members(key)
        rescued = members[self.unsafe[members]]
        missing = self.k - int(self.sizes[rescued].sum())
        for kind in rescued.tolist():
            self._move(kind, number, int(self.sizes[kind]))
        for kind in members[self.spare[members] > 0].tolist():
            if missing <= 0:
                break
            taken = min(missing, int(self.spare[kind]))
            self._move(kind, number, taken)
            missing -= taken

    def _move(self, kind: int, number: int, records: int) -> None:
        """Withhold the columns in so many records of a kind, all of an unsafe one, and keep the tallies true."""
        self.found.append((kind, number, records))
        unsafe = bool(self.unsafe[kind])
        for pool, keys in zip(self.pools, self.patterns.keys, strict=True):
            (pool.unsafe if unsafe else pool.spare)[keys[kind]] -= records
        if unsafe:
            self.unsafe[kind] = False
            self.left -= records
        else:
            self.spare[kind] -= records


def _pattern_of_record(classes: Classes, moves: Sequence[Move]) -> Ints:
    """Return for each record the set of columns that it loses, int64 (records,): the first records of a class first."""
    order = np.argsort(classes.of_record, kind="stable")
    next_one = np.concatenate([[0], np.cumsum(classes.sizes)[:-1]])
    patterns = np.zeros(len(order), dtype=np.int64)
    for kind, number, records in moves:
        patterns[order[next_one[kind] : next_one[kind] + records]] = number
        next_one[kind] += records
    return patterns


def _without(records: Records, names: Sequence[str], patterns: Ints) -> tuple[dict[str, int], Records]:
    changed, lost = {}, {}
    for bit, name in enumerate(names):
        gone = patterns >> bit & 1 == 1
        column = records.column(name)
        changed[name] = replace(column, codes=np.where(gone, WITHHELD, column.codes))
        lost[name] = int(gone.sum())
    return lost, records.changed(changed)
