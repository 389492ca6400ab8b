"""What editions of nested periods leave of each other is withheld like any small group, and attacked like one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anonymization import audit, protect
from anonymization.always_shown import check_choices
from anonymization.attack_over_time import cells_that_leave_few
from anonymization.chosen_cells import Chosen
from anonymization.dimension import TOTAL
from anonymization.ledger import EarlierDimension, EarlierRelease, EarlierTable
from anonymization.primary.cells import sensitive_cells
from anonymization.published import publish, with_contributors
from anonymization.rests_over_time import rests_over_time
from anonymization.table import Measure, Population, TableSet
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid
from datasets.text import Bilingual
from tests.unit.anonymization.builders import flat, listed, rules

AREA = flat("area", 3)
Y, Q1, H1, Q3 = (0, 12), (0, 3), (0, 6), (6, 9)
"""Days stand for months here."""


def present(counts: Sequence[int], days: tuple[int, int] | None = Y, **changes: Any) -> TableSet:
    """Three areas and their total."""
    own = listed("t", {"area": [0, 1, 2, 3]}, {"all": counts}, {"n": list(counts)})
    given: dict[str, Any] = {"measures": (Measure("n", "all"),), "tables": (own,)}
    return TableSet(dimensions=(AREA,), populations=(Population("all"),), days=days, **(given | changes))


def before(
    counts: Sequence[float], days: tuple[int, int] | None, name: str = "", *, gone: Sequence[int] = (), **others: Any
) -> EarlierRelease:
    """The same areas in another period."""
    hidden = np.isin(np.arange(4), gone)
    values: Mapping[str, Any] = {"n": np.where(hidden, np.nan, counts), **others}
    at = {"area": np.arange(4, dtype=np.int32), "edition": np.zeros(4, dtype=np.int32)}
    named = name or f"{days}"
    table = EarlierTable("t", ("area", "edition"), at, {"all": hidden}, values)
    dimensions = (EarlierDimension.of(AREA), EarlierDimension("edition", (named,)))
    return EarlierRelease(named, dimensions, (table,), "publish", days=days, whole=("edition", named))


def small(tables: TableSet, how: DisclosureRules | None = None) -> list[int]:
    """Return the nodes with a small rest, the total first; both who protects and who attacks find the same."""
    found = np.flatnonzero(rests_over_time(tables).small(how or rules())).tolist()
    whole = publish(tables, np.zeros(len(tables.nodes), np.bool_), how or rules())
    attacked = cells_that_leave_few(with_contributors(whole, tables))
    named = [dict(one.place).get("area", TOTAL) for one in attacked]
    assert sorted(named) == sorted(AREA.members[node] for node in found)
    return found


# Pairs ----------------------------------------------------------------------------------------------------------------


def test_a_year_leaves_a_small_rest_of_nine_months() -> None:
    tables = present([60, 20, 30, 10], earlier=(before([48, 18, 24, 6], (0, 9)),))
    assert small(tables) == [1, 3]
    found = rests_over_time(tables)
    assert found.least.tolist() == found.least_of_whole.tolist() == [12.0, 2.0, 6.0, 4.0]
    assert found.reach(tables.contributors, rules()).tolist() == [0.0, 23.0, 0.0, 11.0]


def test_nine_months_leave_a_small_rest_of_a_year_that_is_out() -> None:
    tables = present([48, 18, 24, 6], (0, 9), earlier=(before([60, 20, 30, 10], Y),))
    assert small(tables) == [1, 3]
    found = rests_over_time(tables)
    assert np.isinf(found.least_of_whole).all()
    assert not found.reach(tables.contributors, rules()).any()


def test_what_is_withheld_leaves_nothing() -> None:
    assert small(present([60, 20, 30, 10], earlier=(before([48, 18, 24, 6], (0, 9), gone=[1, 3]),))) == []


@pytest.mark.parametrize(
    ("counts", "zeros", "expected"),
    [
        ([60, 20, 30, 10], "publish", []),
        ([60, 20, 30, 10], "protect", [0, 1, 2, 3]),
        ([64, 21, 30, 13], "protect", [0, 1, 2, 3]),
        ([65, 25, 30, 10], "protect", [2, 3]),
        ([54, 19, 25, 10], "publish", []),  # corrected: fewer than before are nobody's group
    ],
)
def test_nobody_is_left_or_fewer_than_nobody(counts: list[int], zeros: Any, expected: list[int]) -> None:
    tables = present(counts, earlier=(before([60, 20, 30, 10], (0, 9)),))
    assert small(tables, rules(zeros=zeros)) == expected


def test_every_pair_counts_and_not_only_neighbours() -> None:
    """In the second area, the newest of the parts is withheld, and the one before it is not."""
    parts = (before([40, 17, 20, 3], H1), before([48, 18, 24, 6], (0, 9), gone=[1]))
    assert small(present([60, 20, 30, 10], earlier=parts)) == [1, 3]


@pytest.mark.parametrize("days", [None, Y, (12, 15), (9, 15)])
def test_other_periods_leave_nothing(days: tuple[int, int] | None) -> None:
    """The same period is for the ledger; what is not inside, or of unknown days, leaves no group of people."""
    assert small(present([60, 20, 30, 10], earlier=(before([48, 18, 24, 6], days),))) == []


def test_days_that_are_not_known_leave_nothing() -> None:
    assert small(present([60, 20, 30, 10], None, earlier=(before([48, 18, 24, 6], (0, 9)),))) == []


def test_the_newest_version_tells() -> None:
    versions = (before([44, 14, 24, 6], (0, 9), "1"), before([48, 18, 24, 6], (0, 9), "2"))
    assert small(present([60, 20, 30, 10], earlier=versions)) == [1, 3]
    older = (before([48, 18, 24, 6], (0, 9), "1"), before([44, 14, 24, 6], (0, 9), "2"))
    assert small(present([60, 20, 30, 10], earlier=older)) == [3]


def test_what_followed_before_is_not_for_this_release() -> None:
    """The same year was out with the same number in the second area, and another in the third."""
    nine = before([48, 18, 24, 6], (0, 9))
    out = replace(before([60, 20, 28, 12], Y), whole=None)
    table = replace(out.tables[0], dimensions=("area",), coordinates={"area": np.arange(4, dtype=np.int32)})
    out = replace(out, dimensions=out.dimensions[:1], tables=(table,))
    assert small(present([60, 20, 30, 10], earlier=(nine, out))) == [3]


# Several parts --------------------------------------------------------------------------------------------------------


def test_a_year_without_two_quarters_leaves_the_other_two() -> None:
    parts = (before([20, 8, 7, 5], Q1), before([20, 9, 8, 3], Q3))
    assert small(present([60, 20, 30, 10], earlier=parts)) == [1, 3]


def test_parts_that_touch_leave_the_days_after_them() -> None:
    parts = (before([20, 8, 7, 5], Q1), before([20, 9, 14, 3], (3, 6)), before([6, 2, 6, 0], (6, 9)))
    assert small(present([60, 21, 32, 7], earlier=parts)) == [1]


def test_three_parts_with_gaps_between_them() -> None:
    parts = (before([10, 6, 2, 2], (1, 2)), before([12, 6, 4, 2], (3, 4)), before([18, 6, 6, 6], (7, 9)))
    assert small(present([60, 21, 27, 12], earlier=parts)) == [1, 3]


def test_many_parts_with_gaps_are_beyond_what_is_looked_for() -> None:
    parts = tuple(before([4, 2, 1, 1], (at, at + 1), f"{at}") for at in range(1, 14, 2))
    few = present([30, 16, 7, 7], (0, 15), earlier=parts)
    assert not rests_over_time(few).small(rules()).any()
    assert small(present([20, 10, 5, 5], (0, 15), earlier=parts[:4])) == [0, 1, 2, 3]


def test_more_days_than_all_ways_can_be_looked_at() -> None:
    """Thirty days one by one, and all of them together when one was withheld: what is left is that day."""
    days = [before([9, 3, 3, 3], (at, at + 1), f"{at}", gone=[1] if at == 7 else []) for at in range(30)]
    assert small(present([273, 93, 90, 90], (0, 30), earlier=tuple(days))) == []
    assert small(present([271, 91, 90, 90], (0, 30), earlier=tuple(days))) == [1]


def test_a_sum_that_follows_by_itself_is_not_looked_at_again() -> None:
    """Two persons of the first quarter were told long ago: with nobody in the last one, they are no news."""
    parts = (before([22, 12, 8, 2], H1), before([20, 10, 8, 2], (3, 6)), before([40, 20, 14, 6], (0, 9)))
    assert small(present([40, 20, 14, 6], earlier=parts)) == []


# Persons and amounts --------------------------------------------------------------------------------------------------


def of_persons(people: Sequence[int], visits: Sequence[int], earlier: EarlierRelease) -> TableSet:
    own = listed("t", {"area": [0, 1, 2, 3]}, {"all": people}, {"n": list(people), "visits": list(visits)})
    measures = (Measure("n", "all", additive=False), Measure("visits", "all"))
    return present(people, measures=measures, tables=(own,), earlier=(earlier,))


def test_visits_of_the_rest_may_be_of_few_persons() -> None:
    """Where nobody is new, everything that happened may have happened to one: it is withheld unless enough are new."""
    earlier = before([48, 20, 24, 6], (0, 9), visits=np.array([96.0, 40.0, 48.0, 8.0]))
    tables = of_persons([60, 20, 30, 10], [150, 60, 60, 30], earlier)
    assert small(tables) == [1, 3]
    assert rests_over_time(tables).least_new.tolist() == [12.0, 0.0, 6.0, 4.0]
    unchanged = of_persons([60, 20, 30, 11], [140, 40, 60, 40], earlier)
    assert small(unchanged) == []


def test_of_persons_that_were_not_told_visits_alone_are_looked_at() -> None:
    earlier = before([np.nan] * 4, (0, 9), visits=np.array([96.0, 56.0, 38.0, 2.0]))
    assert small(of_persons([60, 20, 30, 10], [150, 60, 60, 30], earlier)) == [1]


def test_persons_that_the_office_alone_knows_of_count_too() -> None:
    """Nobody is new in the first area, two are in the third; of the second it is not known, and of the total."""
    people, visits = [60, 20, 30, 10], [150, 60, 60, 30]
    own = listed("t", {"area": [0, 1, 2, 3]}, {"all": people}, {"visits": visits})
    earlier = before([0] * 4, (0, 9))
    hidden = {"all": np.array([False, False, True, False])}
    known = {"all": np.array([np.nan, 20.0, 29.0, 8.0])}
    then = replace(
        earlier.tables[0], withheld=hidden, values={"visits": np.array([96.0, 40.0, 48.0, 8.0])}, people=known
    )
    older = replace(before([0] * 4, (0, 9), "older"), tables=(replace(then, people={"all": np.full(4, 10.0)}),))
    silent = replace(before([0] * 4, (0, 9), "newest"), tables=(replace(then, people={}),))

    def found(*releases: EarlierRelease) -> list[int]:
        measures = (Measure("visits", "all"),)
        tables = present(people, measures=measures, tables=(own,), earlier=releases)
        return np.flatnonzero(rests_over_time(tables).small(rules())).tolist()

    assert found(replace(earlier, tables=(then,))) == [1, 3]
    assert found(older, replace(earlier, tables=(then,)), silent) == [1, 3]
    assert found(replace(earlier, tables=(replace(then, people={}),))) == []


def test_amounts_are_withheld_where_the_count_is() -> None:
    own = listed(
        "t", {"area": [0, 1, 2, 3]}, {"all": [60, 20, 30, 10]}, {"n": [60, 20, 30, 10], "cost": [9.5, 3, 5, 1.5]}
    )
    measures = (Measure("n", "all"), Measure("cost", "all", integer=False))
    earlier = before([42, 18, 18, 6], (0, 9), cost=np.array([8.0, 2.5, 4.5, 1.0]))
    result = protect(present([0] * 4, measures=measures, tables=(own,), earlier=(earlier,)), rules())
    assert np.isnan(result.tables[0].values["cost"][[1, 3]]).all()


def test_tables_and_populations_without_the_measure_tell_nothing_of_it() -> None:
    """Another table has the cost alone, and the earlier release knows neither it nor those who died."""
    counts = [60, 20, 30, 10]
    tables = (
        listed("t", {"area": [0, 1, 2, 3]}, {"all": counts, "died": [6, 2, 2, 2]}, {"n": counts, "dead": [6, 2, 2, 2]}),
        listed("u", {"area": [0, 1, 2, 3]}, {"all": counts}, {"days": [600, 200, 300, 100]}),
    )
    measures = (Measure("n", "all"), Measure("dead", "died"), Measure("days", "all"))
    populations = (Population("all"), Population("died"))
    earlier = before([48, 18, 24, 6], (0, 9))
    whole = TableSet((AREA,), populations, measures, tables, earlier=(earlier,), days=Y)
    assert np.flatnonzero(rests_over_time(whole).small(rules())).tolist() == [1, 3]
    bare = with_contributors(publish(whole, np.zeros(8, np.bool_), rules()), whole)
    assert {(one.population, *one.place) for one in cells_that_leave_few(bare)} == {
        ("all", ("area", "area1")),
        ("all", ("area", "area3")),
    }


# The whole way --------------------------------------------------------------------------------------------------------


def test_protection_withholds_what_the_audit_would_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = present([60, 20, 30, 10], earlier=(before([48, 18, 24, 6], (0, 9)),))
    result = protect(tables, rules())
    assert result.tables[0].withheld("all").tolist() == [False, True, False, True]
    assert result.audit.passed
    bare = with_contributors(publish(tables, np.zeros(4, np.bool_), rules()), tables)
    (found,) = audit(bare).recovered
    assert (found.cells, found.left) == (2, True)
    assert "2 cells are shown that tell of few people in days that no edition shows" in found.problem().rule


def test_nothing_is_asked_where_nothing_is_withheld() -> None:
    tables = present([60, 20, 30, 10], earlier=(before([48, 18, 24, 6], (0, 9)),))
    reason = Bilingual(vi="Đã công bố.", en="Published already.")
    none = DisclosureRules(policy="test", method="none", threshold=5, zeros="publish", reason=reason)
    assert protect(tables, none).audit.passed


def test_a_range_is_kept_so_that_the_rest_does_not_seem_small() -> None:
    tables = present([60, 20, 30, 10], earlier=(before([48, 18, 24, 6], (0, 9)),))
    how = rules().model_copy(update={"guarantee": "interval"})
    assert sensitive_cells(tables, how).reach.tolist() == [0.0, 23.0, 0.0, 11.0]
    assert protect(tables, how).audit.passed


def test_a_cell_that_is_always_shown_cannot_leave_a_small_rest() -> None:
    chosen = Chosen("always_shown", {"area": frozenset({1})}, frozenset({"all"}))
    tables = present([60, 20, 30, 10], earlier=(before([48, 18, 24, 6], (0, 9)),), always_shown=(chosen,))
    flags = sensitive_cells(tables, rules()).cells
    with pytest.raises(
        DisclosureRisk, match="what editions of other periods leave of them, or they of those, is small"
    ):
        check_choices(tables, flags, flags, rules=rules())


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"days": (9, 9)}, "ends before it begins"),
        ({"whole": ("edition", "2025")}, "no member that stands for its whole period"),
        ({"whole": ("period", "(0, 9)")}, "no member that stands for its whole period"),
    ],
)
def test_periods_that_are_not_sound_are_refused(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=rule):
        present([60, 20, 30, 10], earlier=(replace(before([48, 18, 24, 6], (0, 9)), **changes),))
    with pytest.raises(DisclosureRuleInvalid, match="ends before it begins"):
        present([60, 20, 30, 10], (12, 0), earlier=(before([48, 18, 24, 6], (0, 9)),))
