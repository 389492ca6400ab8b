"""Tables: what is refused, and how linked tables become one set of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anonymization.table import Measure, Population, Table, TableSet
from datasets.errors import DisclosureRuleInvalid
from tests.unit.anonymization.builders import cube, flat, listed

SEX = flat("sex", 2)


def one_table(**changes: Any) -> Table:
    """Ten cases: four women, six men."""
    given: dict[str, Any] = {
        "name": "t",
        "dimensions": ("sex",),
        "coordinates": {"sex": [0, 1, 2]},
        "contributors": {"all": [10, 4, 6]},
        "values": {"n": [10, 4, 6]},
    }
    return Table(**(given | changes))


def table_set(*tables: Table, **changes: Any) -> TableSet:
    given: dict[str, Any] = {
        "dimensions": (SEX,),
        "populations": (Population("all"),),
        "measures": (Measure("n", "all"),),
        "tables": tables,
    }
    return TableSet(**(given | changes))


def test_arrays_are_copied_and_cannot_be_written() -> None:
    counts = np.array([10, 4, 6])
    table = one_table(contributors={"all": counts})
    counts[0] = 99
    assert table.contributors["all"][0] == 10
    with pytest.raises(ValueError, match="read-only"):
        table.contributors["all"][0] = 1


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"dimensions": ("age",), "coordinates": {"age": [0, 1, 2]}}, "dimension 'age' is unknown"),
        ({"coordinates": {}}, "must have coordinates for each"),
        ({"contributors": {"some": [10, 4, 6]}}, "population 'some' is unknown"),
        ({"contributors": {}, "values": {}}, "counts no population"),
        ({"values": {"m": [10, 4, 6]}}, "measure 'm' is unknown"),
        ({"values": {"n": [10, 4]}}, "one length"),
        ({"coordinates": {"sex": [0, 1, 3]}}, "1 coordinates are not the index"),
        ({"contributors": {"all": [10, -4, 6]}}, "1 cells have a negative number"),
        ({"values": {"n": ["a", "b", "c"]}}, "values must be numbers"),
        ({"values": {"n": [10.5, 4.0, 6.5]}}, "2 cells are not whole numbers"),
        ({"values": {"n": [np.nan, 4.0, 6.0]}}, "1 cells are not finite"),
        ({"values": {"n": [2, -4, 6]}}, "1 cells are negative"),
        ({"contributors": {"all": [6, 0, 6]}}, "1 cells have a value but no contributors"),
        ({"coordinates": {"sex": [0, 1, 1]}}, "1 cells are given more than once"),
        ({"contributors": {"all": [11, 4, 6]}}, "1 margins are above the sum"),
        ({"contributors": {"all": [5, 4, 6]}}, "1 margins are above the sum of their cells or below"),
        ({"values": {"n": [11, 4, 6]}}, "1 margins are not the sum"),
        (
            {
                "coordinates": {"sex": [0, 1]},
                "contributors": {"all": [10, 4]},
                "values": {"n": [10, 4]},
            },
            "1 cells are published with some but not all",
        ),
    ],
)
def test_what_cannot_be_protected_is_refused(changes: Mapping[str, Any], rule: str) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=rule):
        table_set(one_table(**changes))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"tables": ()}, "must not be empty"),
        ({"dimensions": (SEX, SEX)}, "dimension 'sex': must be given once"),
        ({"measures": (Measure("n", "all"), Measure("n", "all"))}, "measure 'n': must be given once"),
        ({"measures": (Measure("n", "some"),)}, "population 'some' is unknown"),
        ({"populations": (Population("all", "ghosts"),)}, "complement_of must name"),
        ({"populations": (Population("all", "all"),)}, "complement_of must name"),
        (
            {"populations": (Population("all"), Population("b", "all"), Population("c", "b"))},
            "complement_of must name",
        ),
    ],
)
def test_names_that_do_not_fit_are_refused(changes: Mapping[str, Any], rule: str) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=rule):
        table_set(**{"tables": (one_table(),), **changes})


def test_a_measure_needs_the_contributors_of_its_population() -> None:
    populations = (Population("all"), Population("died", "all"))
    with pytest.raises(DisclosureRuleInvalid, match="must give the contributors of population 'died'"):
        table_set(one_table(), populations=populations, measures=(Measure("n", "died"),))


def test_tables_that_disagree_about_a_cell_are_refused_without_telling_its_value() -> None:
    other = listed("u", {}, {"all": [11]}, {"n": [11]})
    with pytest.raises(DisclosureRuleInvalid, match="1 cells differ from the same cells") as caught:
        table_set(one_table(), other)
    assert "11" not in str(caught.value)


def test_a_part_cannot_be_larger_than_its_whole() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="cells have more contributors than population 'all'"):
        cube([5, 6], [6, 6])


def test_margins_of_real_numbers_may_be_off_by_rounding() -> None:
    amounts = Measure("n", "all", integer=False)
    table_set(one_table(values={"n": [0.1 + 0.2, 0.1, 0.2]}), measures=(amounts,))
    with pytest.raises(DisclosureRuleInvalid, match="1 margins are not the sum"):
        table_set(one_table(values={"n": [0.4, 0.1, 0.2]}), measures=(amounts,))


def test_distinct_persons_may_be_in_two_cells() -> None:
    persons = Measure("n", "all", additive=False)
    tables = table_set(one_table(contributors={"all": [8, 4, 6]}, values={"n": [8, 4, 6]}), measures=(persons,))
    assert tables.contributors.tolist() == [8, 4, 6]


def test_a_measure_that_one_table_lacks_is_present_where_the_other_shows_it() -> None:
    tables = table_set(one_table(), listed("u", {}, {"all": [10]}, {}))
    values, present = tables.measure_on_nodes(tables.measures[0])
    assert values.tolist() == [10, 4, 6]
    assert present.all()


def test_the_pairs_of_a_whole_and_its_part_are_the_cells_that_both_have() -> None:
    tables = cube([5, 6], [1, 2])
    (whole, part) = tables.complements()[0]
    assert (tables.contributors[whole].tolist(), tables.contributors[part].tolist()) == ([11, 5, 6], [3, 1, 2])
    alone = table_set(
        replace(one_table(), contributors={"died": np.array([10, 4, 6])}, values={}),
        populations=(Population("all"), Population("died", "all")),
    )
    assert len(alone.complements()[0][0]) == 0
