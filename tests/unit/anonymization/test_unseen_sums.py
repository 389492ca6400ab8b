"""Sums between releases by way of cells that none of them has: quarters by districts, the year by provinces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from anonymization import protect
from anonymization.attack_revised import Named
from anonymization.attack_unseen import sums_by_unseen as read_by_unseen
from anonymization.audit import audit
from anonymization.dimension import TOTAL, Dimension
from anonymization.ledger import EarlierRelease
from anonymization.ledger_between import _without, sums_by_unseen
from anonymization.link import Link
from anonymization.published import as_earlier, publish, with_contributors
from anonymization.table import Measure, Population, TableSet
from datasets.errors import DisclosureRisk
from tests.unit.anonymization.builders import flat, listed, release, rules, table

DISTRICTS, BANDS = flat("d", 4), flat("b", 4)
PROVINCES = Dimension("d", (TOTAL, "north", "south"), ((-1, 0, 0),))
GROUPS = Dimension("b", (TOTAL, "young", "old"), ((-1, 0, 0),))
MERGERS = {
    "d": (("north", ("d1", "d2")), ("south", ("d3", "d4"))),
    "b": (("young", ("b1", "b2")), ("old", ("b3", "b4"))),
}
FINE = [[3, 20, 11, 12], [9, 30, 13, 14], [15, 16, 17, 18], [19, 21, 22, 23]]


def coarse(counts: Sequence[Sequence[int]]) -> TableSet:
    sums = np.array(counts).reshape(2, 2, 2, 2).sum(axis=(1, 3))
    return release([PROVINCES, GROUPS], [table("coarse", [PROVINCES, GROUPS], {"all": sums})])


def fine(counts: Sequence[Sequence[int]]) -> TableSet:
    return release([DISTRICTS, BANDS], [table("fine", [DISTRICTS, BANDS], {"all": counts})])


def before(tables: TableSet, hidden: Sequence[tuple[int, int, int]]) -> EarlierRelease:
    places = np.column_stack([tables.nodes.population, tables.nodes.coordinates]).tolist()
    withheld = np.array([tuple(one) in hidden for one in places])
    one = as_earlier(publish(tables, withheld, rules(5)), "2024.1")
    bridged = tuple(replace(own, sums=(*own.sums, *MERGERS[own.name])) for own in one.dimensions)
    return replace(one, dimensions=bridged)


HIDDEN = [(0, 1, 1), (0, 1, 0), (0, 3, 1), (0, 3, 0)]
"""A small cell and three that hide it, two of them totals."""


def attacked(tables: TableSet, hidden: Sequence[tuple[int, int, int]] = ()) -> dict[str, int]:
    places = np.column_stack([tables.nodes.population, tables.nodes.coordinates]).tolist()
    withheld = np.array([tuple(one) in hidden for one in places])
    report = audit(with_contributors(publish(tables, withheld, rules(5)), tables))
    return {one.table: one.cells for one in report.recovered}


def test_a_square_of_four_is_one_cell_of_another_release() -> None:
    """Three of four districts' bands are shown, and no release has a district's group or a province's band."""
    first = before(fine(FINE), HIDDEN)
    now = replace(coarse(FINE), earlier=(first,))
    assert attacked(replace(coarse(FINE), earlier=()), []) == {}
    assert attacked(now) == {"fine of 2024.1": len(HIDDEN)}
    told = protect(now, rules(5))
    assert told.audit.passed
    assert told.tables[0].withheld("all").any()


def test_what_districts_showed_tells_what_is_withheld_of_a_province() -> None:
    first = before(fine([[one + 9 for one in row] for row in FINE]), [])
    now = replace(coarse([[one + 9 for one in row] for row in FINE]), earlier=(first,))
    inner = [(0, province, group) for province in (1, 2) for group in (1, 2)]
    assert attacked(now, inner) == {"coarse": 4}


def test_protection_that_does_not_see_them_is_refused_by_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    now = replace(coarse(FINE), earlier=(before(fine(FINE), HIDDEN),))
    monkeypatch.setattr("anonymization.ledger_sums.sums_by_unseen", lambda ledger, links, cells: nothing(len(cells)))
    with pytest.raises(DisclosureRisk):
        protect(now, rules(5))


def nothing(width: int) -> object:
    ledger = replace(coarse(FINE), earlier=(before(coarse(FINE), []),)).ledger
    matrix, population = sums_by_unseen(ledger, (), np.arange(0))
    return type(matrix)((0, width), dtype=np.int64), population


def persons(dimensions: tuple[Dimension, Dimension], inner: Sequence[Sequence[int]]) -> TableSet:
    """People of whom two are in two cells of every row and column, so that margins are less than the sums."""
    grid = np.zeros((len(inner) + 1, len(inner[0]) + 1), dtype=np.int64)
    grid[1:, 1:] = inner
    grid[0, 1:], grid[1:, 0] = grid[1:, 1:].sum(axis=0) - 2, grid[1:, 1:].sum(axis=1) - 2
    grid[0, 0] = min(grid[0, 1:].sum(), grid[1:, 0].sum()) - 2
    at = {one.name: own.reshape(-1).tolist() for one, own in zip(dimensions, np.indices(grid.shape), strict=True)}
    counts = grid.reshape(-1).tolist()
    measure = Measure("n_all", "all", additive=False)
    return TableSet(
        dimensions, (Population("all"),), (measure,), (listed("n", at, {"all": counts}, {"n_all": counts}),)
    )


def test_of_persons_in_several_cells_nothing_follows_from_two_steps() -> None:
    """Where people are in two bands, neither protection nor audit takes the square to be a sum."""
    inner = (np.array(FINE).reshape(2, 2, 2, 2).sum(axis=(1, 3)) - 2).tolist()
    hidden = [(0, district, band) for district in (1, 3) for band in (1, 3)]
    now = replace(persons((PROVINCES, GROUPS), inner), earlier=(before(persons((DISTRICTS, BANDS), FINE), hidden),))
    assert attacked(now) == {}
    assert protect(now, rules(5)).audit.passed


# The sums themselves --------------------------------------------------------------------------------------------------


def rows(tables: TableSet, *, links: Sequence[Link] = ()) -> list[dict[frozenset[tuple[str, str]], int]]:
    ledger = tables.ledger
    matrix, population = sums_by_unseen(ledger, links, np.arange(len(ledger)))
    assert len(population) == matrix.shape[0]
    names = [{number: member for member, number in axis.index.items() if member != TOTAL} for axis in ledger.axes]
    found = []
    for at in range(matrix.shape[0]):
        row = matrix[[at]].tocoo()
        found.append(
            {
                frozenset(
                    (axis.name, own[member])
                    for axis, own, member in zip(ledger.axes, names, ledger.coordinates[cell], strict=True)
                    if member in own
                ): int(sign)
                for cell, sign in zip(row.col, row.data, strict=True)
            }
        )
    return found


def test_the_sum_is_found_once_and_the_cells_in_between_are_gone() -> None:
    inner_only = listed("fine", {"d": [1, 1, 2, 2], "b": [1, 2, 1, 2]}, {"all": [9] * 4}, {"n_all": [9] * 4})
    one = listed("coarse", {"d": [1], "b": [1]}, {"all": [36]}, {"n_all": [36]})
    now = replace(release([PROVINCES, GROUPS], [one]), earlier=(before(release([DISTRICTS, BANDS], [inner_only]), []),))
    whole = frozenset({("d", "north"), ("b", "young")})
    parts = {frozenset({("d", f"d{d}"), ("b", f"b{b}")}): 1 for d in (1, 2) for b in (1, 2)}
    assert rows(now) == [{whole: -1, **parts}]
    same = replace(coarse(FINE), earlier=(before(coarse(FINE), []),))
    assert rows(same) == []


def test_two_sums_of_one_unseen_whole_are_one_sum() -> None:
    """Districts by age without a total, and by sex without one: both add up to a district that nobody published."""
    sex = flat("s", 2)
    one = listed("ages", {"d": [1, 1, 1, 1], "b": [1, 2, 3, 4]}, {"all": [9] * 4}, {"n_all": [9] * 4})
    other = listed("sexes", {"d": [1, 1], "s": [1, 2]}, {"all": [18] * 2}, {"n_all": [18] * 2})
    first = as_earlier(publish(release([DISTRICTS, BANDS], [one]), np.zeros(4, np.bool_), rules(5)), "2024.1")
    now = replace(release([DISTRICTS, sex], [other]), earlier=(first,))
    (row,) = rows(now)
    assert sorted(row.values()) in ([-1, -1, 1, 1, 1, 1], [-1, -1, -1, -1, 1, 1])
    # A link from one dimension to another is a step as well.
    region = flat("r", 2)
    link = Link(("d", (1, 2)), ("r", (1,)))
    far = listed("regions", {"r": [1], "b": [1]}, {"all": [20]}, {"n_all": [20]})
    near = listed("fine", {"d": [1, 1, 2, 2], "b": [1, 2, 1, 2]}, {"all": [9] * 4}, {"n_all": [9] * 4})
    young = replace(
        as_earlier(publish(release([DISTRICTS, BANDS], [near]), np.zeros(4, np.bool_), rules(5)), "2024.1"),
        dimensions=(first.dimensions[0], replace(first.dimensions[1], sums=MERGERS["b"])),
    )
    linked = replace(release([DISTRICTS, GROUPS, region], [replace(far, name="far")]), earlier=(young,), links=(link,))
    assert len(rows(linked, links=(link,))) == 1


@given(arrays(np.int64, st.tuples(st.integers(1, 6), st.just(8)), elements=st.sampled_from([-1, 0, 0, 1])))
def test_elimination_says_all_that_sums_say_of_seen_cells_and_no_more(matrix: npt.NDArray[np.int64]) -> None:
    """The oracle: combinations of the sums in which the unseen cells vanish, by singular values."""
    seen = 4
    left, sizes, _ = np.linalg.svd(matrix[:, seen:].astype(np.float64))
    free = left[:, int((sizes > 1e-9).sum()) :].T @ matrix[:, :seen]
    # A sum without unseen cells is told elsewhere.
    plain = matrix[(matrix[:, seen:] == 0).all(axis=1), :seen]
    found = np.array([[row.get(at, 0) for at in range(seen)] for row in _without(sparse.csr_array(matrix), seen)])
    assert not any(place >= seen for row in _without(sparse.csr_array(matrix), seen) for place in row)
    mine = np.vstack([found.reshape(-1, seen), plain])
    ranks = {rank(one) for one in (mine, free, np.vstack([mine, free]))}
    assert len(ranks) == 1


def rank(matrix: npt.NDArray[np.generic]) -> int:
    return int(np.linalg.matrix_rank(matrix.astype(np.float64), tol=1e-9)) if matrix.size else 0


def cell(**place: str) -> Named:
    return Named("all", frozenset(place.items()))


def test_a_reader_takes_two_steps_and_more() -> None:
    sums = [("d", "north", ("d1", "d2")), ("b", "young", ("b1", "b2")), ("t", "year", ("q1", TOTAL))]
    inner = [cell(d=f"d{d}", b=f"b{b}", t="q1") for d in (1, 2) for b in (1, 2)]
    half = cell(d="north", b="young")
    whole = cell(d="north", b="young", t="year")
    found = list(read_by_unseen([*inner, half, whole], sums))
    assert [(wholes, set(parts)) for wholes, parts in found if wholes == (whole,)] == [((whole,), {*inner, half})]
    # The other way to make a cell in between has the same cells and says nothing.
    assert all(set(wholes) != set(parts) for wholes, parts in found)
    assert list(read_by_unseen([*inner, half], sums)) == []


def test_two_ways_to_make_a_cell_are_a_sum() -> None:
    sums = [("b", TOTAL, ("b1", "b2")), ("s", TOTAL, ("F", "M"))]
    ages, sexes = [cell(d="d1", b="b1"), cell(d="d1", b="b2")], [cell(d="d1", s="F"), cell(d="d1", s="M")]
    assert list(read_by_unseen([*ages, *sexes], sums)) == [(tuple(ages), tuple(sexes))]
