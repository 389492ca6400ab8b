"""Properties of a release after an earlier one, against every whole-number table that agrees with both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anonymization import ProtectedTables, protect
from anonymization.dimension import TOTAL, Dimension
from anonymization.ledger import EarlierRelease
from anonymization.published import Published, as_earlier, with_contributors
from anonymization.secondary.knowledge import as_if_exact, what_is_known
from anonymization.table import TableSet
from datasets.errors import DisclosureRisk
from tests.properties.test_protect_linked import made_up
from tests.unit.anonymization.builders import flat, knowing_changes, release, rules, table

Counts = npt.NDArray[np.int64]
Cell = frozenset[tuple[str, str]]

OLD = flat("area", 4)
NEW = Dimension("area", (TOTAL, "north", "south"), ((-1, 0, 0),))
SEX = flat("sex", 2)
MERGER = (("north", ("area1", "area2")), ("south", ("area3", "area4")))
AREAS, SHAPE = flat("area", 3), (3, 2)
MOST_TRIED = 300_000
REACH = 4
"""How much larger than it is an unknown count is tried."""


def by_area(areas: Dimension, counts: npt.ArrayLike) -> TableSet:
    """One table by area and sex."""
    return release([areas, SEX], [table("cases", [areas, SEX], {"all": counts})])


def merged(counts: Counts) -> Counts:
    return np.stack([counts[:2].sum(axis=0), counts[2:].sum(axis=0)])


def after_merger(published: Published) -> EarlierRelease:
    earlier = as_earlier(published, "release 1")
    areas, *others = earlier.dimensions
    return replace(earlier, dimensions=(replace(areas, sums=(*areas.sums, *MERGER)), *others))


def cells_of(published: Published) -> tuple[dict[Cell, int], set[Cell]]:
    """The shown cells with their values, and the withheld ones."""
    shown: dict[Cell, int] = {}
    hidden: set[Cell] = set()
    for one in published.tables:
        members = {dimension.name: dimension.members for dimension in published.dimensions}
        columns = [[(name, members[name][at]) for at in one.coordinates[name].tolist()] for name in one.dimensions]
        rows = zip(*columns, strict=True)
        for row, value, gone in zip(rows, one.values["n_all"].tolist(), one.withheld["all"].tolist(), strict=True):
            cell = frozenset(pair for pair in row if pair[1] != TOTAL)
            if gone:
                hidden.add(cell)
            else:
                shown[cell] = value
    return shown, hidden


def leaves_of(cell: Cell, shape: tuple[int, int]) -> list[tuple[int, int]]:
    """The leaves, old area by sex, that a cell of either release is made of."""
    own = dict(cell)
    parts = {"north": [0, 1], "south": [2, 3]} | {f"area{n + 1}": [n] for n in range(shape[0])}
    areas = parts[own["area"]] if "area" in own else list(range(shape[0]))
    sexes = [int(own["sex"].removeprefix("sex")) - 1] if "sex" in own else list(range(shape[1]))
    return list(product(areas, sexes))


@dataclass(frozen=True)
class Tables:
    """Every table of leaves with the unknown ones between 0 and a little above the truth, int64 (tables, leaves)."""

    leaves: Mapping[tuple[int, ...], Counts]

    @classmethod
    def around(cls, truth: Counts, unknown: Sequence[tuple[int, ...]], reach: int = REACH) -> Tables:
        grids = np.meshgrid(*(np.arange(truth[place] + reach) for place in unknown), indexing="ij")
        found = dict(zip(unknown, (grid.reshape(-1) for grid in grids), strict=True))
        size = len(next(iter(found.values()))) if found else 1
        for place in np.ndindex(*truth.shape):
            if place not in found:
                found[place] = np.full(size, truth[place])
        return cls(found)

    def values(self, cell: Cell, shape: tuple[int, int]) -> Counts:
        return np.asarray(sum(self.leaves[place] for place in leaves_of(cell, shape)))


def counts(rows: int) -> st.SearchStrategy[Counts]:
    small = st.sampled_from([0, 0, 1, 2, 3, 4, 7, 12, 20])
    return arrays(np.int64, (rows, 2), elements=small)


def protected_or_skipped(tables: TableSet, threshold: int) -> ProtectedTables:
    try:
        return protect(tables, rules(threshold))
    except DisclosureRisk:
        assume(False)
        raise


def check_balance(tables: TableSet, threshold: int) -> None:
    """What is known holds, and is no less than it is known to be."""
    for known in (*what_is_known(tables, rules(threshold)), as_if_exact(tables, rules(threshold))):
        assert not (known.matrix @ known.truth).any()
        assert (known.truth >= known.lower).all()


@settings(max_examples=30, deadline=None)
@given(counts(4), st.integers(2, 6))
def test_two_geographies_one_after_the_other_hide_what_they_withhold(leaves: Counts, threshold: int) -> None:
    """Nothing is assumed here: the records are the same, and the oracle knows all that was shown of them."""
    first = protected_or_skipped(by_area(OLD, leaves), threshold)
    tables = replace(by_area(NEW, merged(leaves)), earlier=(after_merger(first.published),))
    check_balance(tables, threshold)
    second = protected_or_skipped(tables, threshold)
    (shown, hidden), (shown_now, hidden_now) = cells_of(first.published), cells_of(second.published)
    shown |= shown_now
    unknown = [place for place in np.ndindex(4, 2) if leaf(place) in hidden]
    assume(len(unknown) <= 6)
    candidates = Tables.around(leaves, unknown)
    possible = np.ones(len(next(iter(candidates.leaves.values()))), dtype=np.bool_)
    for cell, value in shown.items():
        possible &= candidates.values(cell, (4, 2)) == value
    for cell in hidden | hidden_now:
        possible &= candidates.values(cell, (4, 2)) >= 1
    for cell in (hidden | hidden_now) - shown.keys():
        assert len(np.unique(candidates.values(cell, (4, 2))[possible])) > 1
    assert not (hidden | hidden_now) & shown.keys()


def leaf(place: tuple[int, ...]) -> Cell:
    return frozenset({("area", f"area{place[0] + 1}"), ("sex", f"sex{place[1] + 1}")})


CHANGES = arrays(np.int64, (3, 2), elements=st.sampled_from([-1, 0, 0, 0, 1, 2]))


@settings(max_examples=50, deadline=None)
@given(counts(3), CHANGES, st.integers(2, 6))
def test_a_revision_hides_what_it_withholds(before: Counts, late: Counts, threshold: int) -> None:
    """The reader knows which cells have changed, and tries every pair of tables, one for each release."""
    now = np.maximum(before + late, 0)
    first = protected_or_skipped(by_area(AREAS, before), threshold)
    tables = by_area(AREAS, now)
    earlier = knowing_changes(as_earlier(first.published, "release 1"), by_area(AREAS, before), tables)
    tables = replace(tables, earlier=(earlier,))
    check_balance(tables, threshold)
    second = protected_or_skipped(tables, threshold)
    changed = {cell for cell in all_cells() if value(cell, before) != value(cell, now)}
    assert_hidden(first.published, second.published, (before, now), changed, reach=REACH)


@settings(max_examples=30, deadline=None)
@given(counts(3), CHANGES, st.integers(2, 6))
def test_a_revision_hides_what_it_withholds_under_each_explanation(
    before: Counts, late: Counts, threshold: int
) -> None:
    """What has changed is not known: the reader takes one explanation after the other to be true."""
    now = np.maximum(before + late, 0)
    first = protected_or_skipped(by_area(AREAS, before), threshold)
    tables = replace(by_area(AREAS, now), earlier=(as_earlier(first.published, "release 1"),))
    check_balance(tables, threshold)
    second = protected_or_skipped(tables, threshold)
    for (moved,) in with_contributors(second.published, tables).moved:
        # What an explanation supposes may be as far from the truth as all that was reported late.
        reach = REACH + int(np.abs(late).sum())
        assert_hidden(first.published, second.published, (before, now), {place for _, place in moved}, reach=reach)


def assert_hidden(
    first: Published, second: Published, leaves: tuple[Counts, Counts], changed: set[Cell], *, reach: int
) -> None:
    """Assert that a reader who knows which withheld cells have changed cannot tell one of them, then or now."""
    before, now = leaves
    (shown_then, hidden_then), (shown, hidden) = cells_of(first), cells_of(second)
    unknown = [(0, *place) for place in np.ndindex(*SHAPE) if leaf(place) in hidden]
    unknown += [(1, *place) for place in np.ndindex(*SHAPE) if leaf(place) in hidden_then & changed]
    # One more axis, of two members, holds the leaves as they are now, and as they were then where they have changed.
    both = np.stack([now, before])
    assume(np.prod([float(both[place] + reach) for place in unknown]) <= MOST_TRIED)
    everything = Tables.around(both, unknown, reach)
    present = Tables({place: everything.leaves[0, *place] for place in np.ndindex(*SHAPE)})
    earlier = Tables(
        {
            place: present.leaves[place] if leaf(place) in hidden_then - changed else everything.leaves[1, *place]
            for place in np.ndindex(*SHAPE)
        }
    )
    possible = np.ones(len(present.leaves[0, 0]), dtype=np.bool_)
    for cell, number in shown.items():
        possible &= present.values(cell, SHAPE) == number
    for cell in hidden:
        possible &= present.values(cell, SHAPE) >= 1
    for cell, number in shown_then.items():
        possible &= earlier.values(cell, SHAPE) == number
        if number == value(cell, now):
            possible &= present.values(cell, SHAPE) == number
    for cell in hidden_then:
        possible &= earlier.values(cell, SHAPE) >= 1
        if cell not in changed:
            possible &= earlier.values(cell, SHAPE) == present.values(cell, SHAPE)
    assert possible.any()
    for cell in hidden:
        assert len(np.unique(present.values(cell, SHAPE)[possible])) > 1
    for cell in hidden_then:
        assert len(np.unique(earlier.values(cell, SHAPE)[possible])) > 1


def all_cells() -> list[Cell]:
    shown, hidden = cells_of(protect(by_area(AREAS, np.full(SHAPE, 50)), rules(2)).published)
    return [*shown, *hidden]


def value(cell: Cell, leaves: Counts) -> int:
    return sum(int(leaves[place]) for place in leaves_of(cell, SHAPE))


@pytest.mark.parametrize("seed", range(20))
def test_the_same_release_again_is_the_same(seed: int) -> None:
    random = np.random.default_rng(seed)
    tables = by_area(flat("area", 6), random.poisson(6, (6, 2)))
    first = protect(tables, rules(5))
    again = protect(replace(tables, earlier=(as_earlier(first.published, "release 1"),)), rules(5))
    for one, other in zip(first.published.tables, again.published.tables, strict=True):
        assert np.array_equal(one.withheld["all"], other.withheld["all"])


@pytest.mark.parametrize("seed", range(8))
def test_linked_tables_again_are_the_same(seed: int) -> None:
    """Persons, visits, costs and deaths in up to three tables, and again, whole or with one table only."""
    tables, chosen = made_up(seed)
    first = protect(tables, chosen)
    earlier = (as_earlier(first.published, "release 1"),)
    again = protect(replace(tables, earlier=earlier), chosen)
    one = protect(replace(tables, tables=tables.tables[:1], earlier=earlier), chosen)
    for before, after in zip(first.tables, again.tables, strict=True):
        for population in before.statuses:
            assert np.array_equal(before.withheld(population), after.withheld(population))
    for population in one.tables[0].statuses:
        assert np.array_equal(one.tables[0].withheld(population), first.tables[0].withheld(population))


def test_without_the_ledger_cells_are_given_away() -> None:
    """The same releases, the second as if there had been no first: the test above would find cells out."""
    lost = 0
    for seed in range(40):
        leaves = np.random.default_rng(seed).choice([0, 1, 3, 8, 20], (4, 2))
        try:
            pair = [protect(by_area(OLD, leaves), rules(5)), protect(by_area(NEW, merged(leaves)), rules(5))]
        except DisclosureRisk:
            continue
        (shown, hidden), (shown_now, hidden_now) = (cells_of(one.published) for one in pair)
        unknown = [place for place in np.ndindex(4, 2) if leaf(place) in hidden]
        if len(unknown) > 6:
            continue
        candidates = Tables.around(leaves, unknown)
        possible = np.ones(len(next(iter(candidates.leaves.values()))), dtype=np.bool_)
        for cell, value in (shown | shown_now).items():
            possible &= candidates.values(cell, (4, 2)) == value
        for cell in hidden | hidden_now:
            possible &= candidates.values(cell, (4, 2)) >= 1
        lost += sum(len(np.unique(candidates.values(one, (4, 2))[possible])) == 1 for one in hidden | hidden_now)
    assert lost > 10
