"""The release ledger: how earlier cells meet present ones, what is refused, and what is found impossible."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anonymization import protect
from anonymization.dimension import TOTAL, Dimension
from anonymization.ledger import EarlierDimension, EarlierRelease, EarlierTable
from anonymization.published import as_earlier
from anonymization.table import Measure, Population, TableSet
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid
from tests.unit.anonymization.builders import cube, flat, listed, release, rules, table

SEX = flat("sex", 2)


def people(counts: list[int], **changes: Any) -> TableSet:
    """Ten people by sex, or others."""
    own = listed("t", {"sex": [0, 1, 2]}, {"all": counts}, {"n": counts})
    given: dict[str, Any] = {
        "dimensions": (SEX,),
        "populations": (Population("all"),),
        "measures": (Measure("n", "all"),),
        "tables": (own,),
    }
    return TableSet(**(given | changes))


def before(shown: list[float], gone: list[bool], **changes: Any) -> EarlierRelease:
    """The same table, once published."""
    given: dict[str, Any] = {
        "name": "t",
        "dimensions": ("sex",),
        "coordinates": {"sex": np.array([0, 1, 2], dtype=np.int32)},
        "withheld": {"all": np.array(gone)},
        "values": {"n": np.array(shown)},
    }
    zeros = changes.pop("zeros", "publish")
    dimensions = changes.pop("own", (EarlierDimension.of(SEX),))
    return EarlierRelease("2024.1", dimensions, (EarlierTable(**(given | changes)),), zeros)


# Refused --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"coordinates": {}}, "must have coordinates for each"),
        ({"dimensions": ("sex", "sex")}, "must have coordinates for each"),
        ({"dimensions": ("age",), "coordinates": {"age": np.zeros(3, np.int32)}}, "dimension 'age' is unknown"),
        ({"withheld": {"some": np.zeros(3, np.bool_)}}, "population 'some' is unknown"),
        ({"changed": {"some": np.zeros(3, np.bool_)}}, "population 'some' is unknown"),
        ({"values": {"m": np.zeros(3)}}, "measure 'm' is unknown"),
        ({"rounding": {"m": 0.5}}, "measure 'm' is unknown"),
        ({"rounding": {"n": -0.5}}, "rounding must be a number"),
        ({"rounding": {"n": np.nan}}, "rounding must be a number"),
        ({"withheld": {}, "values": {}}, "must say of a population"),
        ({"withheld": {"all": np.zeros(2, np.bool_)}}, "one length"),
        ({"withheld": {"all": np.zeros(3)}}, "true or false"),
        ({"coordinates": {"sex": np.array([0, 1, 3], np.int32)}}, "1 coordinates are not the index"),
        ({"values": {"n": np.array([np.inf, 4.0, 6.0])}}, "must be finite"),
    ],
)
def test_an_earlier_release_that_is_not_sound_is_refused(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=rule) as refused:
        people([10, 4, 6], earlier=(before([10, 4, 6], [False] * 3, **changes),))
    assert "2024.1" in str(refused.value)


def test_a_measure_of_another_population_is_refused() -> None:
    populations = (Population("all"), Population("died"))
    died = before([10, 4, 6], [False] * 3, withheld={"died": np.zeros(3, np.bool_)})
    with pytest.raises(DisclosureRuleInvalid, match="which cells of population 'all' are withheld"):
        people([10, 4, 6], populations=populations, earlier=(died,))


def test_names_are_given_once() -> None:
    one = before([10, 4, 6], [False] * 3)
    twice = replace(one, tables=one.tables * 2, dimensions=one.dimensions * 2)
    with pytest.raises(DisclosureRuleInvalid) as refused:
        people([10, 4, 6], earlier=(twice, one))
    assert [problem.place for problem in refused.value.problems] == [
        "earlier releases",
        "2024.1, dimensions",
        "2024.1, tables",
    ]


# Cells ----------------------------------------------------------------------------------------------------------------


def told(tables: TableSet) -> list[bool]:
    return [bool(one) for one in tables.ledger.told]


def kept(tables: TableSet) -> list[bool]:
    return [bool(one) for one in tables.ledger.kept]


def test_what_was_shown_and_is_the_same_is_told_and_what_was_withheld_is_kept() -> None:
    tables = people([10, 4, 6], earlier=(before([10, -1, 6], [False, True, False]),))
    assert (told(tables), kept(tables)) == ([True, False, True], [False, True, False])


def test_what_was_revised_is_not_told() -> None:
    tables = people([11, 4, 7], earlier=(before([10, -1, 6], [False, True, False]),))
    assert (told(tables), kept(tables)) == ([False, False, False], [False, True, False])


def test_what_is_empty_now_has_changed_where_zeros_were_shown() -> None:
    one = people([6, 0, 6], earlier=(before([8, -1, 6], [False, True, False]),))
    assert kept(one) == [False, False, False]
    other = people([6, 0, 6], earlier=(before([6, -1, 6], [False, True, False], zeros="protect"),))
    assert kept(other) == [False, True, False]


def test_values_are_compared_as_they_were_rounded() -> None:
    own = listed("t", {"sex": [0, 1, 2]}, {"all": [10, 4, 6]}, {"n": [10.04, 4.02, 6.02]})
    measures = (Measure("n", "all", integer=False),)
    for rounding, same in ((0.05, True), (0.005, False)):
        earlier = before([10.0, 4.0, 6.0], [False] * 3, rounding={"n": rounding})
        tables = people([10, 4, 6], measures=measures, tables=(own,), earlier=(earlier,))
        assert told(tables) == [same] * 3


def test_a_caller_may_know_that_a_cell_has_changed() -> None:
    earlier = before([np.nan] * 3, [False] * 3, changed={"all": np.array([True, False, False])})
    assert told(people([10, 4, 6], earlier=(earlier,))) == [False, True, True]


def test_a_cell_that_one_table_of_a_release_shows_is_no_secret_in_another() -> None:
    one = before([10, -1, 6], [False, True, False])
    other = replace(
        one.tables[0], name="u", withheld={"all": np.array([False, False, True])}, values={"n": np.array([10, 4, -1])}
    )
    tables = people([10, 4, 6], earlier=(replace(one, tables=(*one.tables, other)),))
    assert (told(tables), kept(tables)) == ([True] * 3, [False] * 3)


def test_a_later_release_tells_what_an_earlier_one_withheld() -> None:
    one = before([10, -1, 6], [False, True, False])
    other = replace(before([10, 4, 6], [False] * 3), name="2024.2")
    tables = people([10, 4, 6], earlier=(one, other))
    assert (told(tables), kept(tables)) == ([True] * 3, [False] * 3)


def test_members_are_matched_by_their_names() -> None:
    turned = EarlierDimension("sex", ("sex2", TOTAL, "sex1"), ((TOTAL, ("sex1", "sex2")),))
    earlier = before([6, 10, -1], [False, False, True], own=(turned,))
    tables = people([10, 4, 6], earlier=(earlier,))
    assert (told(tables), kept(tables)) == ([True, False, True], [False, True, False])


def test_a_table_without_a_dimension_stands_at_its_total() -> None:
    none = before([10.0], [False], dimensions=(), coordinates={})
    assert told(people([10, 4, 6], earlier=(none,))) == [True, False, False]


def test_what_has_no_name_in_common_is_another_cell() -> None:
    age = EarlierDimension("age", ("young", "old"), ((TOTAL, ("young", "old")),))
    earlier = before([7.0, 3.0], [False] * 2, own=(age,), dimensions=("age",), coordinates={"age": np.array([0, 1])})
    tables = people([10, 4, 6], earlier=(earlier,))
    assert told(tables) == [False] * 3
    assert len(tables.ledger) == 5
    # Both together are everyone, and everyone is no secret then.
    with pytest.raises(DisclosureRisk):
        protect(tables, rules(11))


# Impossible -----------------------------------------------------------------------------------------------------------


def test_a_higher_threshold_cannot_take_back_what_was_shown() -> None:
    tables = cube([[30, 7, 12], [20, 21, 14], [13, 15, 17]])
    first = protect(tables, rules(5))
    again = replace(tables, earlier=(as_earlier(first.published, "2024.1"),))
    with pytest.raises(DisclosureRisk, match=r"Published before: 2024\.1") as refused:
        protect(again, rules(10))
    shown, coarser = refused.value.problems
    assert "1 cells must be withheld, but 2024.1 showed them with the value that they still have" in str(shown)
    assert shown.remedy == (
        "readers have these numbers, and no program can take them back: publish coarser tables, or leave the edition as"
        " it is and say in its methods what is wrong; where the rules were changed, keep the earlier ones"
    )
    assert "would succeed. publish it with the table 'cases' without a; or with the table 'cases' without b" in str(
        coarser
    )


def test_what_was_withheld_is_not_shown_by_another_method() -> None:
    tables = cube([[3, 20], [10, 11]])
    first = protect(tables, rules(5))
    again = replace(tables, earlier=(as_earlier(first.published, "2024.1"),))
    none = rules(5).model_copy(update={"method": "none"})
    with pytest.raises(DisclosureRisk, match=r"4 cells would be shown that 2024\.1 withheld"):
        protect(again, none)
    everything = protect(tables, none)
    assert protect(replace(tables, earlier=(as_earlier(everything.published, "2024.1"),)), none).audit.passed


def test_zeros_that_were_protected_stay_so() -> None:
    tables = cube([[0, 20, 14], [10, 11, 15]])
    first = protect(tables, rules(5, "protect"))
    again = replace(tables, earlier=(as_earlier(first.published, "2024.1"),))
    with pytest.raises(DisclosureRisk, match=r"1 empty cells would be shown that 2024\.1 withheld"):
        protect(again, rules(5, "publish"))
    assert protect(again, rules(5, "protect")).audit.passed


def test_coarser_members_are_a_choice_and_a_table_may_be_left_out() -> None:
    area = Dimension("area", (TOTAL, "north", "south", "n1", "n2", "s1", "s2"), ((-1, 0, 0, 1, 1, 2, 2),))
    by_area = table("by_area", [area], {"all": [20, 7, 12, 16]})
    by_sex = table("by_sex", [SEX], {"all": [25, 30]})
    tables = release([area, SEX], [by_area, by_sex])
    first = protect(tables, rules(5))
    again = replace(tables, earlier=(as_earlier(first.published, "2024.1"),))
    with pytest.raises(DisclosureRisk) as refused:
        protect(again, rules(10))
    advice = str(refused.value.problems[-1])
    assert "would succeed. publish it without the finest members of area; or without the table 'by_area'" in advice


def test_where_nothing_coarser_helps_that_is_said() -> None:
    tables = cube([[30, 7, 12], [20, 21, 14]])
    first = protect(tables, rules(5))
    again = replace(tables, earlier=(as_earlier(first.published, "2024.1"),))
    with pytest.raises(DisclosureRisk, match="would not succeed either: with the table 'cases' without a"):
        protect(again, rules(200))
    small = people([10, 4, 6], earlier=(before([10, 4, 6], [False] * 3),))
    with pytest.raises(DisclosureRisk, match="there are none"):
        protect(small, rules(5))


def test_coarser_tables_of_a_large_release_are_named_and_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anonymization.ledger_conflicts.TRIED_CELLS", 5)
    tables = cube([[30, 7, 12], [20, 21, 14]])
    first = protect(tables, rules(5))
    again = replace(tables, earlier=(as_earlier(first.published, "2024.1"),))
    with pytest.raises(DisclosureRisk, match=r"were not tried, because the release is large\. try: with the table"):
        protect(again, rules(10))
