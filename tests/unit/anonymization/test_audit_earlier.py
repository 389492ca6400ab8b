"""The audit against two releases that are known to leak together, each withheld by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from anonymization import protect
from anonymization.audit import AuditReport, audit
from anonymization.dimension import TOTAL, Dimension
from anonymization.ledger import EarlierRelease
from anonymization.link import Link
from anonymization.published import Published, as_earlier, publish, with_contributors
from anonymization.table import Measure, Population, TableSet
from datasets.disclosure import ZeroPolicy
from datasets.errors import DisclosureRisk
from tests.unit.anonymization.builders import cube, flat, knowing_changes, listed, release, rules, table

SQUARE = [(0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2)]


def shown(tables: TableSet, hidden: Sequence[Sequence[int]], *, zeros: ZeroPolicy = "publish") -> Published:
    """Withhold the nodes at these coordinates, population first."""
    places = np.column_stack([tables.nodes.population, tables.nodes.coordinates]).tolist()
    withheld = np.zeros(len(tables.nodes), dtype=np.bool_)
    withheld[[places.index(list(one)) for one in hidden]] = True
    return publish(tables, withheld, rules(5, zeros))


def after(tables: TableSet, *earlier: EarlierRelease) -> TableSet:
    return replace(tables, earlier=earlier)


def attack(tables: TableSet, hidden: Sequence[Sequence[int]], *, told: bool = True) -> AuditReport:
    """Audit a release after earlier ones; `told` gives the audit the true values, as protection does."""
    published = shown(tables, hidden)
    return audit(with_contributors(published, tables) if told else published)


def lost(report: AuditReport) -> dict[str, int]:
    return {one.table: one.cells for one in report.recovered}


TABLE = [[3, 20, 30], [10, 11, 40]]


@pytest.mark.parametrize("told", [True, False])
def test_what_was_shown_before_is_looked_up(told: bool) -> None:
    first = as_earlier(shown(cube(TABLE), SQUARE), "2024.1")
    other = [(0, 1, 1), (0, 1, 3), (0, 2, 1), (0, 2, 3)]
    assert attack(cube(TABLE), other, told=told).passed
    assert lost(attack(after(cube(TABLE), first), other, told=told))["cases"] == 6
    assert attack(after(cube(TABLE), first), SQUARE, told=told).passed


def test_what_was_revised_cannot_be_looked_up() -> None:
    first = as_earlier(shown(cube(TABLE), SQUARE), "2024.1")
    now = cube([[3, 20, 31], [10, 11, 41]])
    everything = [*SQUARE, (0, 1, 3), (0, 2, 3), (0, 0, 3), (0, 1, 0), (0, 2, 0), (0, 0, 0)]
    assert attack(after(now, first), everything).passed


@pytest.mark.parametrize("row", range(1, 13))
def test_a_sum_of_then_is_read_wherever_it_stands(row: int) -> None:
    """Of twelve rows two have withheld cells; parts and totals have grown since, so that only then tells."""
    other, third = row % 12 + 1, (row + 1) % 12 + 1
    counts = np.full((12, 3), 20)
    counts[row - 1, :2], counts[other - 1, :2] = [3, 7], [14, 16]
    later = counts.copy()
    later[row - 1, 2], later[third - 1, 1] = 25, 29
    square = [(0, one, column) for one in (row, other) for column in (1, 2)]
    before = knowing_changes(as_earlier(shown(cube(counts), square), "2024.1"), cube(counts), cube(later))
    # One cell that was withheld is shown now, although it is the same: its row of then tells the small one beside it.
    hidden = [one for one in square if one != (0, row, 2)] + [(0, row, 0), (0, 0, 2), (0, 0, 0)]
    assert attack(cube(later), hidden).passed
    # All that is hidden falls, and what should have been.
    assert lost(attack(after(cube(later), before), hidden))["cases"] == len(hidden) + 1


def test_a_sum_of_then_tells_what_is_withheld_anew() -> None:
    """Both old cells are as they were: what their margin has grown by is the third."""
    before = cube([[3, 2, 0], [10, 11, 40]])
    now = cube([[3, 2, 4], [10, 11, 40]])
    hidden = [(0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2)]
    first = as_earlier(shown(before, hidden), "2024.1")
    new = [*hidden, (0, 1, 3), (0, 2, 3)]
    assert attack(now, new).passed
    assert "cases" in lost(attack(after(now, first), new))


def test_what_earlier_releases_give_away_by_themselves_is_not_for_this_one() -> None:
    old, new = flat("old", 2), flat("new", 2)
    careless = release([old], [table("by_old", [old], {"all": [3, 20]})])
    first = as_earlier(shown(careless, [(0, 1)]), "2024.1")
    now = release([new], [table("by_new", [new], {"all": [11, 12]})])
    assert attack(after(now, first), []).passed
    # Nor where the tables of this one have cells in common that no table shows.
    other = flat("other", 2)
    tables = [table("by_new", [new], {"all": [11, 12]}), table("by_other", [other], {"all": [13, 10]})]
    crossing = table("crossing", [new, other], {"all": [[5, 6], [8, 4]]})
    assert attack(replace(after(release([new, other], tables), first), hidden=(crossing,)), []).passed


OLD, NEW = flat("area", 4), Dimension("area", (TOTAL, "north", "south"), ((-1, 0, 0),))


def by_old(counts: list[int], hidden: list[Sequence[int]]) -> EarlierRelease:
    one = as_earlier(shown(release([OLD], [table("by_old", [OLD], {"all": counts})]), hidden), "2024.1")
    (area,) = one.dimensions
    merger = (("north", ("area1", "area2")), ("south", ("area3", "area4")))
    return replace(one, dimensions=(replace(area, sums=(*area.sums, *merger)),))


@pytest.mark.parametrize("told", [True, False])
def test_a_new_province_gives_away_an_old_one(told: bool) -> None:
    first = by_old([3, 20, 4, 30], [(0, 1), (0, 3)])
    now = after(release([NEW], [table("by_new", [NEW], {"all": [23, 34]})]), first)
    assert lost(attack(now, [], told=told)) == {"by_old of 2024.1": 2}
    assert "by_old of 2024.1" in str(attack(now, []).recovered[0].problem())
    assert attack(now, [(0, 1), (0, 2)], told=told).passed


def test_old_provinces_that_were_shown_give_away_a_new_one() -> None:
    first = by_old([13, 20, 14, 30], [])
    now = after(release([NEW], [table("by_new", [NEW], {"all": [33, 44]})]), first)
    assert lost(attack(now, [(0, 1), (0, 2)])) == {"by_new": 2}
    revised = after(release([NEW], [table("by_new", [NEW], {"all": [34, 45]})]), first)
    assert attack(revised, [(0, 1), (0, 2)]).passed


def test_columns_that_determine_each_other_link_releases_too() -> None:
    province, region = flat("province", 4), flat("region", 2)
    links = (
        Link(("province", (1, 2)), ("region", (1,))),
        Link(("province", (3, 4)), ("region", (2,))),
    )
    provinces = release([province], [table("by_province", [province], {"all": [3, 20, 4, 30]})])
    first = as_earlier(shown(provinces, [(0, 1), (0, 3)]), "2024.1")
    now = replace(release([province, region], [table("by_region", [region], {"all": [23, 34]})]), links=links)
    assert attack(now, []).passed
    assert lost(attack(after(now, first), [])) == {"by_province of 2024.1": 2}
    protected = protect(after(now, first), rules(5))
    assert protected.tables[0].withheld("all").tolist() == [False, True, True]
    # And the other way round: the link runs among the cells of one earlier release.
    both = replace(release([province, region], [*provinces.tables, *now.tables]), links=links)
    hidden = [(0, 1, 0), (0, 2, 0), (0, 3, 0), (0, 4, 0)]
    again = after(both, as_earlier(shown(both, hidden), "2024.1"))
    assert attack(again, hidden).passed
    assert protect(again, rules(5)).audit.passed


def persons(inner: list[int], margin: int) -> TableSet:
    """People of whom some are in two cells, so that the margin is less than the sum."""
    counts = [margin, *inner]
    one = listed("t", {"a": range(len(counts))}, {"all": counts}, {"n": counts})
    return TableSet((flat("a", len(inner)),), (Population("all"),), (Measure("n", "all", additive=False),), (one,))


def test_persons_in_two_cells_are_no_sum() -> None:
    before, now = persons([3, 20, 4], 25), persons([3, 22, 4], 27)
    first = as_earlier(shown(before, [(0, 1), (0, 3)]), "2024.1")
    report = attack(after(now, first), [(0, 1), (0, 3)])
    assert report.passed
    assert protect(after(now, first), rules(5)).audit.passed


def test_persons_of_old_provinces_are_at_most_those_of_the_new_one() -> None:
    old = persons([3, 20, 4, 30], 55)
    first = as_earlier(shown(old, [(0, 1), (0, 3)]), "2024.1")
    (area,) = first.dimensions
    bridged = replace(first, dimensions=(replace(area, sums=(*area.sums, ("north", ("a1", "a2")))),))
    north = Dimension("a", (TOTAL, "north", "south"), ((-1, 0, 0),))
    counts = [55, 22, 34]
    one = listed("t", {"a": [0, 1, 2]}, {"all": counts}, {"n": counts})
    now = TableSet((north,), (Population("all"),), (Measure("n", "all", additive=False),), (one,), earlier=(bridged,))
    assert attack(now, []).passed
    assert protect(now, rules(5)).audit.passed


def test_a_measure_without_its_count_tells_less() -> None:
    """Contributors that no measure told are known to nobody: their sums of then are left out."""
    first = as_earlier(shown(cube(TABLE), SQUARE), "2024.1")
    silent = replace(first, tables=tuple(replace(one, values={}) for one in first.tables))
    assert attack(after(cube(TABLE), silent), SQUARE).passed
    assert protect(after(cube(TABLE), silent), rules(5)).audit.passed
    now = cube([[3, 20, 31], [10, 11, 40]])
    known = np.zeros(len(first.tables[0]), dtype=np.bool_)
    known[[0, 3, 4, 7]] = True
    changed = replace(silent, tables=tuple(replace(one, changed={"all": known}) for one in silent.tables))
    assert protect(after(now, changed), rules(5)).audit.passed


def test_what_is_empty_now_is_shown_and_was_somebody_then() -> None:
    first = as_earlier(shown(cube(TABLE), SQUARE), "2024.1")
    now = cube([[0, 20, 30], [10, 11, 40]])
    protected = protect(after(now, first), rules(5))
    cells = protected.tables[0].withheld("all").reshape(3, 4)
    assert not cells[1, 1]
    assert protected.audit.passed


def test_two_releases_before_are_both_known() -> None:
    first = as_earlier(shown(cube(TABLE), SQUARE), "2024.1")
    other = [(0, 1, 1), (0, 1, 3), (0, 2, 1), (0, 2, 3)]
    second = as_earlier(shown(cube(TABLE), other), "2024.2")
    # Each alone was safe; together they have told everything, and no third can take that back.
    with pytest.raises(DisclosureRisk):
        protect(after(cube(TABLE), first, second), rules(5))
