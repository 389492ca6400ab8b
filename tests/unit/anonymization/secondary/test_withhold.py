"""Steps two and three of secondary suppression: room above the lowest value, and other tables cell by cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from anonymization import protect
from anonymization.primary.frequency import sensitive
from anonymization.published import as_earlier
from anonymization.relations import Flags
from anonymization.secondary import lift as lifting
from anonymization.secondary import search as searching
from anonymization.secondary import withhold as withholding
from anonymization.secondary.knowledge import Knowledge, what_is_known
from anonymization.secondary.lift import lift
from anonymization.secondary.places import Places
from anonymization.secondary.search import Search
from anonymization.secondary.withhold import withhold
from anonymization.table import TableSet
from datasets.disclosure import DisclosureRules, ZeroPolicy
from datasets.errors import DisclosureRisk
from tests.unit.anonymization.builders import cube, flat, release, rules, table


def flags(tables: TableSet, *places: tuple[int, ...]) -> Flags:
    known = np.column_stack([tables.nodes.population, tables.nodes.coordinates]).tolist()
    found = np.zeros(len(tables.nodes), dtype=np.bool_)
    found[[known.index(list(one)) for one in places]] = True
    return found


def prices(tables: TableSet) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.maximum(tables.contributors, 1).astype(np.float64)


def by_hand(rows: list[list[int]], truth: list[int], lowest: list[int]) -> Knowledge:
    """What is known of cells of which only sums and least values are given."""
    width = len(truth)
    return Knowledge(
        matrix=sparse.csr_array(np.array(rows)),
        truth=np.array(truth, dtype=np.float64),
        lower=np.array(lowest, dtype=np.float64),
        integer=True,
        exact=True,
        present=np.ones(width, dtype=np.bool_),
        shown=np.ones(width, dtype=np.bool_),
        guarded=np.zeros(width, dtype=np.bool_),
    )


ONES = cube([[1, 1, 20], [9, 9, 30]])
FOUR = flags(ONES, (0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2))


def contributors(tables: TableSet, chosen: DisclosureRules) -> Knowledge:
    return what_is_known(tables, chosen)[0]


def test_cells_at_their_lowest_value_get_company() -> None:
    candidates = ~FOUR & (ONES.contributors > 0)
    more, lost = lift(contributors(ONES, rules()), FOUR, candidates=candidates, price=prices(ONES))
    assert more.any()
    assert not lost.any()
    again, _ = lift(contributors(ONES, rules()), FOUR | more, candidates=candidates, price=prices(ONES))
    assert not again.any()


def test_a_large_program_finds_the_same_company(monkeypatch: pytest.MonkeyPatch) -> None:
    candidates = ~FOUR & (ONES.contributors > 0)
    expected, _ = lift(contributors(ONES, rules()), FOUR, candidates=candidates, price=prices(ONES))
    monkeypatch.setattr(lifting, "LARGE", 1)
    more, lost = lift(contributors(ONES, rules()), FOUR, candidates=candidates, price=prices(ONES))
    assert (more == expected).all()
    assert not lost.any()


def test_what_is_withheld_anyway_costs_nothing_to_move() -> None:
    """The first can go up when the fourth goes down, which is dear, or through two withheld cells the fifth, cheap."""
    know = by_hand([[1, 1, 0, 1, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 1]], [1, 5, 5, 9, 9], [1] * 5)
    gone = np.array([True, True, True, False, False])
    more, lost = lift(know, gone, candidates=~gone, price=np.array([1.0, 1, 1, 3, 2]))
    assert more.tolist() == [False, False, False, False, True]
    assert not lost.any()


def test_where_nothing_may_be_withheld_the_cells_are_lost() -> None:
    nothing = np.zeros(len(ONES.nodes), dtype=np.bool_)
    more, lost = lift(contributors(ONES, rules()), FOUR, candidates=nothing, price=prices(ONES))
    assert not more.any()
    assert lost.sum() == 2
    _, none_lost = lift(contributors(ONES, rules(zeros="protect")), FOUR, candidates=nothing, price=prices(ONES))
    assert not none_lost.any()


def test_where_no_company_is_found_the_cells_are_lost_although_company_would_help(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lifting._Cone, "_run", lambda *_: None)
    candidates = ~FOUR & (ONES.contributors > 0)
    more, lost = lift(contributors(ONES, rules()), FOUR, candidates=candidates, price=prices(ONES))
    assert not more.any()
    assert lost.sum() == 2


def test_a_rest_that_nothing_protects_names_the_cells_that_make_it_up() -> None:
    tables = cube([40, 50], [40, 10])
    nothing = np.zeros(len(tables.nodes), dtype=np.bool_)
    _, lost = lift(contributors(tables, rules(zeros="protect")), nothing, candidates=nothing, price=prices(tables))
    assert tables.contributors[lost].tolist() == [40, 40]


def search(tables: TableSet, chosen: DisclosureRules) -> Search:
    return Search(contributors(tables, chosen), prices(tables), Places(tables.nodes, tables.dimensions))


# By sums and by lowest values alone two tables are possible, but no two that differ by a whole unit.
TIGHT = cube([[8, 0], [3, 1], [6, 1]])


def test_a_table_in_which_nothing_can_move_by_one_is_widened() -> None:
    chosen = rules(4, "protect")
    primary = sensitive(TIGHT.contributors, chosen)
    secondary = withhold(TIGHT, primary, chosen, seed=0)
    found = search(TIGHT, chosen).widen(primary | secondary, ~primary)
    assert not found[0].any()
    assert not found[1].any()


def test_cells_without_another_table_buy_the_cheapest_company() -> None:
    candidates = ~FOUR & (ONES.contributors > 0)
    more, lost = search(ONES, rules()).widen(FOUR, candidates)
    assert not lost.any()
    assert more.any()
    assert not search(ONES, rules()).widen(FOUR | more, candidates)[0].any()


def test_cells_without_another_table_and_without_company_are_lost() -> None:
    nothing = np.zeros(len(ONES.nodes), dtype=np.bool_)
    more, lost = search(ONES, rules()).widen(FOUR, nothing)
    assert not more.any()
    assert (lost == FOUR).all()


def test_groups_that_have_nothing_to_do_with_each_other_hold_each_by_itself() -> None:
    inner = np.full((4, 4), 30)
    inner[:2, :2] = inner[2:, 2:] = [[3, 8], [9, 4]]
    tables = cube(inner)
    blocks = [(0, row, column) for start in (1, 3) for row in (start, start + 1) for column in (start, start + 1)]
    more, lost = search(tables, rules()).widen(flags(tables, *blocks), np.zeros(len(tables.nodes), dtype=np.bool_))
    assert not more.any()
    assert not lost.any()


def test_half_a_step_is_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first moves by one, its two equal parts move by a half, and neither can move by more."""
    monkeypatch.setattr(searching, "WHOLE_GROUP", 0)
    monkeypatch.setattr(searching, "BREADTHS", ())
    know = by_hand([[1, -1, -1, 0], [0, 1, -1, 0], [1, 0, 0, 1]], [4, 2, 2, 1], [4, 0, 0, 0])
    everything, nothing = np.ones(4, dtype=np.bool_), np.zeros(4, dtype=np.bool_)
    more, lost = Search(know, np.ones(4), Places(ONES.nodes, ONES.dimensions)).widen(everything, nothing)
    assert not more.any()
    assert lost.tolist() == [False, True, True, False]


def test_where_no_move_is_found_nearby_the_cheapest_neighbour_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "BREADTHS", ())
    candidates = ~FOUR & (ONES.contributors > 0)
    more, _ = search(ONES, rules()).widen(FOUR, candidates)
    assert {10} < set(ONES.contributors[more].tolist())
    assert not search(ONES, rules()).widen(FOUR | more, candidates)[1].any()


def test_a_small_rest_buys_company_too() -> None:
    tables = cube([40, 50, 60], [38, 10, 12])
    candidates = tables.contributors > 0
    nothing = np.zeros(len(tables.nodes), dtype=np.bool_)
    found = search(tables, rules())
    more, lost = found.widen(flags(tables, (1, 1), (1, 2)), candidates)
    assert not lost.any()
    assert not more.any()
    assert not found.widen(nothing, candidates)[0].any()


def test_groups_beyond_the_moderate_size_are_left_to_the_other_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MODERATE_GROUP", 3)
    candidates = ~FOUR & (ONES.contributors > 0)
    more, lost = search(ONES, rules()).widen(FOUR, candidates)
    assert not more.any()
    assert not lost.any()


def test_what_no_step_can_protect_is_refused_with_table_dimensions_and_number() -> None:
    def hopeless(_: Flags) -> tuple[Flags, Flags]:
        return np.zeros(len(tables.nodes), dtype=np.bool_), lost

    a, b = flat("a", 2), flat("b", 2)
    tables = release(
        [a, b], [table("both", [a, b], {"all": [[3, 20], [9, 12]]}), table("country", [b], {"all": [12, 32]})]
    )
    lost = flags(tables, (0, 1, 1), (0, 1, 2))
    with pytest.raises(
        DisclosureRisk, match=r"table 'both' \(a, b\), population 'all': 2 cells could be derived"
    ) as caught:
        withholding._repeat(tables, [(hopeless, True)], lost, rules())
    assert len(caught.value.problems) == 1
    ranges = rules().model_copy(update={"guarantee": "interval"})
    with pytest.raises(DisclosureRisk, match=r"told to be small.*or choose guarantee: exact"):
        withholding._repeat(tables, [(hopeless, True)], lost, ranges)


def test_steps_are_taken_again_after_what_others_have_added() -> None:
    """The first step needs what the second adds; the second adds one cell at a time."""
    start, second, first, third = (flags(ONES, (0, 1, column)) for column in (0, 1, 2, 3))
    none = np.zeros(len(ONES.nodes), dtype=np.bool_)

    def after_the_second(withheld: Flags) -> tuple[Flags, Flags]:
        return (first if (withheld & second).any() else none), none

    def one_at_a_time(withheld: Flags) -> tuple[Flags, Flags]:
        return (third if (withheld & second).any() else second), none

    steps = [(after_the_second, True), (one_at_a_time, False)]
    assert (withholding._repeat(ONES, steps, start, rules()) == start | first | second | third).all()
    alone = withholding._repeat(ONES, [(one_at_a_time, False)], start, rules())
    assert (alone == start | second | third).all()


def test_after_earlier_releases_too_zeros_that_are_published_stay_shown() -> None:
    before = as_earlier(protect(cube([[3, 20, 4], [10, 11, 40], [2, 50, 60]]), rules()).published, "2024.1")
    tables = cube([[3, 20, 0], [10, 11, 40], [0, 50, 60]])
    for seed in range(4):
        primary = sensitive(tables.contributors, rules())
        more = withhold(replace(tables, earlier=(before,)), primary, rules(), seed=seed)
        assert not more[tables.contributors == 0].any()
        assert not (more & primary).any()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_withheld_no_step_has_more_to_add(seed: int) -> None:
    random = np.random.default_rng(seed)
    inner = random.choice([0, 1, 1, 2, 3, 6, 8], size=(3, 4, 2))
    tables, chosen = cube(inner, random.integers(0, inner + 1)), rules(4)
    primary = sensitive(tables.contributors, chosen)
    withheld = primary | withhold(tables, primary, chosen, seed=seed)
    candidates = ~primary & (tables.contributors > 0)
    more, lost = search(tables, chosen).widen(withheld, candidates)
    assert not (more & ~withheld).any()
    assert not lost.any()


@pytest.mark.parametrize(("beside", "zeros", "expected"), [(1, "publish", 1), (0, "publish", 0), (0, "protect", 1)])
def test_a_cell_of_one_may_hide_another_and_an_empty_one_where_zeros_are_withheld_too(
    beside: int, zeros: ZeroPolicy, expected: int
) -> None:
    """The other part is the cheapest company that there is; where it may not be withheld, the total must."""
    tables = cube([beside, 9])
    chosen = rules(2, zeros).model_copy(update={"guarantee": "exact"})
    found = withhold(tables, flags(tables, (0, 2)), chosen, seed=1)
    assert (found == flags(tables, (0, expected))).all()
