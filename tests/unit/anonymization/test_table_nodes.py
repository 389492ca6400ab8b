"""What tables say of each node, as exact arrays, and what is refused with the place and the number of cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anonymization.link import Link
from anonymization.table import Measure, Population, Table, TableSet
from datasets.errors import DisclosureRuleInvalid
from tests.unit.anonymization.linked_tables import (
    MEASURES,
    NODES,
    POPULATIONS,
    by_sex,
    crossed,
    deaths,
    everywhere,
    on_nodes,
    tables,
    whole,
)

BEYOND = "margins are above the sum of their cells or below one of them"


def test_a_table_that_lacks_a_dimension_stands_at_its_total() -> None:
    found = whole()
    assert [tuple(one) for one in np.column_stack([found.nodes.population, found.nodes.coordinates]).tolist()] == NODES
    assert [(table.name, population) for table, population in found.blocks] == [
        ("by_sex", "all"),
        ("by_sex", "died"),
        ("deaths", "died"),
        ("crossed", "all"),
    ]
    assert on_nodes(found.contributors, 0) == {
        (0, 0, 2): 10,
        (0, 1, 2): 4,
        (0, 2, 2): 6,
        (0, 0, 0): 1,
        (0, 0, 1): 9,
        (0, 1, 1): 4,
        (0, 2, 0): 1,
        (0, 2, 1): 5,
        (1, 0, 2): 3,
        (1, 1, 2): 1,
        (1, 2, 2): 2,
        (1, 2, 0): 1,
        (1, 2, 1): 1,
    }
    assert found.contributors.dtype == np.int64


def test_what_is_shown_empty_and_loose() -> None:
    found = whole()
    assert set(on_nodes(found.shown, False)) == everywhere(1) | everywhere(0, (2,))
    assert set(on_nodes(found.empty, False)) == {(0, 1, 0)}
    assert set(on_nodes(found.loose, False)) == everywhere(0, (0, 1))
    assert not tables((by_sex(), deaths()), (crossed(exact_only=False),)).loose.any()
    # A hidden table whose sums hold beside one whose sums need not: what is in both is firm.
    both = tables((by_sex(),), (crossed(), crossed(name="firm", exact_only=False)))
    assert not both.loose.any()
    # What a table shows, everybody sees: it is not known to be empty besides.
    shown = tables((by_sex(), replace(crossed(), name="shown")), (crossed(),))
    assert not shown.empty.any()


def test_what_everybody_knows_of_parts_and_of_usual_values() -> None:
    found = whole()
    assert set(on_nodes(found.wholly, False)) == {(1, 1, 2)}
    n, _, died = found.measures
    assert set(on_nodes(found.usual(died), False)) == {(1, 2, 2)}
    assert not found.usual(n).any()


def test_what_is_left_of_a_whole_is_the_difference_unless_it_is_told() -> None:
    assert on_nodes(whole().outside, 0) == {
        (1, 0, 2): 7,
        (1, 1, 2): 3,
        (1, 2, 2): 4,
        (1, 2, 1): 5,
    }
    pairs = whole().complements()
    assert [(a.tolist(), b.tolist()) for a, b in pairs] == [
        ([NODES.index((0, *one[1:])) for one in NODES if one[0] == 1], list(range(9, 14)))
    ]


def test_facilities_are_known_where_a_table_tells() -> None:
    found = whole()
    assert on_nodes(found.units, -1) == {
        (0, 0, 2): 3,
        (0, 1, 2): 2,
        (0, 2, 2): 2,
        (1, 0, 2): 2,
        (1, 1, 2): 1,
        (1, 2, 2): 1,
    }
    assert on_nodes(found.units_outside, -1) == {(1, 0, 2): 3, (1, 1, 2): 1, (1, 2, 2): 2}


def test_measures_stand_where_a_table_of_their_population_shows_them() -> None:
    found = whole()
    n, cost, died = found.measures
    values, present = found.measure_on_nodes(cost)
    assert (values.dtype.name, on_nodes(values, 0.0)) == ("float64", {(0, 0, 2): 7.5, (0, 1, 2): 2.5, (0, 2, 2): 5.0})
    assert set(on_nodes(present, False)) == everywhere(0, (2,))
    values, present = found.measure_on_nodes(died)
    assert (values.dtype.name, set(on_nodes(present, False))) == ("int64", everywhere(1))
    assert found.counting == (n, died)
    # One value that differs, and it is no count of contributors any more.
    visits = tables((by_sex(values={"n": [11, 4, 7], "cost": [7.5, 2.5, 5.0], "deaths": [3, 1, 2]}), deaths()))
    assert visits.counting == (died,)


def test_sums_come_from_dimensions_and_links() -> None:
    link = Link(("sex", (1,)), ("area", (0,)))
    assert whole(links=(link,)).origins == ("sex", "area", link.name)


def refused(**changes: Any) -> list[str]:
    with pytest.raises(DisclosureRuleInvalid) as caught:
        tables((by_sex(**changes),))
    return [f"{one.place}: {one.rule}" for one in caught.value.problems]


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        (
            {"coordinates": {"sex": [3, -1, 2]}},
            ["table 'by_sex', dimension 'sex': 2 coordinates are not the index of a member"],
        ),
        (
            {"contributors": {"all": [10, -4, -6], "died": [3, 1, 2]}},
            ["table 'by_sex', population 'all': 2 cells have a negative number of contributors"],
        ),
        (
            {"units": {"all": [3, -2, -1], "died": [0, 0, 0]}},
            ["table 'by_sex', population 'all': 2 cells have a negative number of facilities"],
        ),
        (
            {"units_outside": {"died": [3, 1, -2]}},
            ["table 'by_sex', population 'died': 1 cells have a negative number of facilities"],
        ),
        (
            {
                "contributors": {"all": [4, 4, 0], "died": [1, 1, 0]},
                "values": {},
                "units": {"all": [3, 2, 1], "died": [2, 1, 1]},
            },
            [
                "table 'by_sex', population 'all': 1 cells have facilities but nobody",
                "table 'by_sex', population 'died': 1 cells have facilities but nobody",
            ],
        ),
        (
            {"values": {"n": [10.5, -4.0, np.inf], "cost": [7.5, 2.5, 5.0], "deaths": [3, 1, 2]}},
            [
                "table 'by_sex', measure 'n': 1 cells are not finite",
                "table 'by_sex', measure 'n': 1 cells are not whole numbers",
                "table 'by_sex', measure 'n': 1 cells are negative",
            ],
        ),
        (
            {"contributors": {"all": [10, 4, 6], "died": [3, 5, 7]}, "values": {}, "units": {}, "units_outside": {}},
            [
                "population 'died': 2 cells have more contributors than population 'all'",
                f"tables 'by_sex', contributors, dimension 'sex': 1 {BEYOND}",
            ],
        ),
        (
            {"units": {"all": [5, 2, 2]}},
            [f"tables 'by_sex', facilities, dimension 'sex': 1 {BEYOND}"],
        ),
        (
            {"units": {"all": [1, 2, 1]}},
            [f"tables 'by_sex', facilities, dimension 'sex': 1 {BEYOND}"],
        ),
        (
            {"values": {"n": [9, 4, 6], "cost": [7.4, 2.5, 5.0], "deaths": [3, 1, 2]}},
            [
                "tables 'by_sex', measure 'n', dimension 'sex': 1 margins are not the sum of their cells",
                "tables 'by_sex', measure 'cost', dimension 'sex': 1 margins are not the sum of their cells",
            ],
        ),
        (
            {"dimensions": ("sex", "sex")},
            ["table 'by_sex': must have coordinates for each of its dimensions, and for no other"],
        ),
        ({"units": {"some": [1, 1, 1]}}, ["table 'by_sex': population of facilities 'some' is unknown"]),
        ({"units_outside": {"some": [1, 1, 1]}}, ["table 'by_sex': population of facilities 'some' is unknown"]),
        ({"units": {"all": [1, 1]}}, ["table 'by_sex': all arrays must be one-dimensional and of one length"]),
        ({"units_outside": {"died": [1, 1]}}, ["table 'by_sex': all arrays must be one-dimensional and of one length"]),
        ({"coordinates": {"sex": [0, 1]}}, ["table 'by_sex': all arrays must be one-dimensional and of one length"]),
    ],
)
def test_every_problem_is_told_with_its_place_and_number(changes: Mapping[str, Any], problems: list[str]) -> None:
    assert refused(**changes) == problems


def test_amounts_may_be_negative_and_counts_that_do_not_add_up_may_not() -> None:
    values = {"n": [10, 4, 6], "cost": [-2.5, 2.5, -5.0], "deaths": [3, 1, 2]}
    assert tables((by_sex(values=values),)).measures == MEASURES
    distinct = (MEASURES[0], Measure("cost", "all", additive=False, integer=False), MEASURES[2])
    with pytest.raises(DisclosureRuleInvalid, match="2 cells are negative"):
        tables((by_sex(values=values),), measures=distinct)


@pytest.mark.parametrize(("total", "fits"), [(10, True), (6, True), (5, False), (11, False)])
def test_distinct_persons_are_at_least_the_largest_cell_and_at_most_the_sum(total: int, fits: bool) -> None:
    """Four and six: from six, where they are the same people, to ten."""
    persons = (Measure("n", "all", additive=False),)
    table = by_sex(contributors={"all": [10, 4, 6]}, values={"n": [total, 4, 6]}, units={}, units_outside={})
    plain: dict[str, Any] = {"measures": persons, "populations": POPULATIONS[:1]}
    bare = replace(table, wholly={}, usual={})
    if fits:
        assert tables((bare,), **plain).measure_on_nodes(persons[0])[0].tolist() == [total, 4, 6]
    else:
        with pytest.raises(DisclosureRuleInvalid, match="1 margins are above"):
            tables((bare,), **plain)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"contributors": {"all": [10, 5, 5], "died": [3, 1, 2]}}, "contributors"),
        ({"values": {"n": [10, 3, 7], "deaths": [3, 1, 2]}}, "measure 'n'"),
        ({"units": {"all": [3, 2, 1]}}, "facilities"),
        ({"units_outside": {"died": [3, 1, 1]}}, "facilities outside"),
    ],
)
def test_two_tables_that_disagree_are_refused(changes: Mapping[str, Any], rule: str) -> None:
    second = by_sex(name="second", **{"values": {"n": [10, 4, 6]}, **changes})
    with pytest.raises(DisclosureRuleInvalid, match="differ from the same cells") as caught:
        tables((by_sex(), second))
    assert {one.place.partition(", ")[2] for one in caught.value.problems} == {rule}
    assert {one.remedy for one in caught.value.problems} == {"tabulate both from the same records"}


def test_a_margin_whose_cells_are_not_all_shown_for_a_measure_is_not_compared() -> None:
    """The measure stands in the total alone."""
    total = by_sex(
        name="total",
        dimensions=(),
        coordinates={},
        contributors={"all": [10]},
        values={"cost": [99.0]},
        units={},
        units_outside={},
        wholly={},
        usual={},
    )
    cells = by_sex(
        contributors={"all": [10, 4, 6]}, values={"n": [10, 4, 6]}, units={}, units_outside={}, wholly={}, usual={}
    )
    found = tables((total, cells), measures=MEASURES[:2], populations=POPULATIONS[:1])
    assert on_one(found) == {"cost": 1, "n": 3}


def on_one(found: TableSet) -> dict[str, int]:
    return {one.name: int(found.measure_on_nodes(one)[1].sum()) for one in found.measures}


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        (
            {"populations": (Population("all"), Population("all"), Population("died", "all"))},
            ["population 'all': must be given once"],
        ),
        ({"measures": (*MEASURES, Measure("m", "nobody"))}, ["measure 'm': population 'nobody' is unknown"]),
        ({"hidden": (by_sex(),)}, ["table 'by_sex': must be given once"]),
        (
            {"links": (Link(("sex", (1,)), ("area", (0,))),) * 2},
            ["link 'sex → area': must be given once"],
        ),
        (
            {"links": (Link(("sex", (3,)), ("area", (0,))),)},
            ["must name members of two different dimensions on its two sides"],
        ),
        (
            {"links": (Link(("sex", (1,)), ("area", (2,))),)},
            ["must name members of two different dimensions on its two sides"],
        ),
    ],
)
def test_names_that_stand_twice_or_for_nothing_are_told(changes: Mapping[str, Any], problems: list[str]) -> None:
    with pytest.raises(DisclosureRuleInvalid) as caught:
        tables((by_sex(),), **changes)
    told = [f"{one.place}: {one.rule}" for one in caught.value.problems]
    assert len(told) == len(problems)
    assert all(
        one.endswith(problem.partition("': ")[2] or problem) for one, problem in zip(told, problems, strict=True)
    )


def test_a_release_has_tables_and_their_sums_have_all_their_parts() -> None:
    with pytest.raises(DisclosureRuleInvalid) as caught:
        tables(())
    assert [(one.place, one.rule) for one in caught.value.problems] == [("tables", "must not be empty")]
    women = by_sex(coordinates={"sex": [0, 1, 1]}, name="women")
    with pytest.raises(DisclosureRuleInvalid) as caught:
        tables((women,))
    assert [(one.place, one.rule, one.remedy) for one in caught.value.problems] == [
        (f"table 'women', population {name!r}", "1 cells are given more than once", "give every cell once")
        for name in ("all", "died")
    ]
    total = by_sex(coordinates={"sex": [0, 1]}, contributors={"all": [4, 4]}, **NOTHING)
    with pytest.raises(DisclosureRuleInvalid) as caught:
        tables((total,))
    assert [(one.place, one.rule, one.remedy) for one in caught.value.problems] == [
        (
            "tables 'by_sex', dimension 'sex'",
            "1 cells are published with some but not all of the cells that add up to them",
            "publish all of them, zeros included, or leave them all out",
        )
    ]


NOTHING: dict[str, dict[str, Any]] = {"values": {}, "units": {}, "units_outside": {}, "wholly": {}, "usual": {}}


def test_a_release_may_be_a_single_number() -> None:
    alone = by_sex(dimensions=(), coordinates={}, contributors={"all": [10]}, **NOTHING)
    found = TableSet((), POPULATIONS[:1], (), (alone,))
    assert (found.nodes.coordinates.shape, found.contributors.tolist()) == ((1, 0), [10])


def test_every_array_is_a_copy_that_cannot_be_written() -> None:
    given: dict[str, Any] = {
        "coordinates": {"sex": np.array([0, 1, 2])},
        "contributors": {"all": np.array([10, 4, 6])},
        "values": {"cost": np.array([7.5, 2.5, 5.0])},
        "units": {"all": np.array([3, 2, 2])},
        "units_outside": {"died": np.array([3, 1, 2])},
        "wholly": {"died": np.array([False, True, False])},
        "usual": {"n": np.array([False, True, False])},
        "outside": {"died": np.array([1, 2, 3])},
    }
    made = Table("t", ("sex",), **given)
    for field, columns in given.items():
        for name, array in columns.items():
            own = getattr(made, field)[name]
            assert own.tolist() == array.tolist()
            assert not own.flags.writeable
            assert not np.shares_memory(own, array)
        with pytest.raises(TypeError):
            getattr(made, field)["more"] = 1
    types = ("int32", "int64", "float64", "int64", "int64", "bool", "bool", "int64")
    assert tuple(next(iter(getattr(made, field).values())).dtype.name for field in given) == types
