"""What a plan asks for, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from datasets.codelist import Codelist
from datasets.errors import DefinitionInvalid
from publishers.tabulate import plan as plan_module
from publishers.tabulate.compile import person_rows, sums
from publishers.tabulate.plan import TOTAL_LEVEL, plan, ring_of
from tests.unit.publishers.tabulate.discharges import (
    CODELISTS,
    EDITION,
    definition,
    loaded,
    measure,
    members,
    table,
    text,
)


def dimensions(**changes: dict[str, Any]) -> dict[str, Any]:
    plain = {name: one.model_dump() for name, one in definition().dimensions.items()}
    return {name: one | changes.get(name, {}) for name, one in plain.items()}


def test_all_margins_cross_every_level_with_every_other() -> None:
    found = plan(loaded(tables={"cube": table("place", "sex")}), EDITION)
    assert found.tables[0].nodes == ((-1, -1), (-1, 0), (0, -1), (0, 0), (1, -1), (1, 0))


def test_a_dimension_without_a_total_is_never_summed_over() -> None:
    found = plan(loaded(dimensions=dimensions(sex={"total": False})), EDITION)
    assert all(node[1] != TOTAL_LEVEL for node in found.tables[0].nodes)


def test_a_margin_over_a_dimension_without_a_total_is_refused() -> None:
    given = loaded(
        dimensions=dimensions(sex={"total": False}), tables={"cube": table("place", "sex", margins=[["place"]])}
    )
    with pytest.raises(DefinitionInvalid, match=r"tables\.cube\.margins\[1\]: sums over sex"):
        plan(given, EDITION)


def test_small_tables_are_taken_from_the_cube_of_a_larger_one() -> None:
    tables = {"small": table("sex"), "large": table("place", "sex"), "other": table("age")}
    found = plan(loaded(tables=tables), EDITION)
    assert [cube.dimensions for cube in found.cubes] == [("age",), ("place", "sex")]


def test_named_margins_are_not_crossed_further_than_they_say() -> None:
    tables = {"pairs": table("place", "sex", "age", margins=[["place", "sex"], ["sex", "age"], []])}
    found = plan(loaded(tables=tables), EDITION)
    assert [cube.dimensions for cube in found.cubes] == [("place", "sex"), ("sex", "age")]


def test_a_table_with_too_many_cells_is_refused_with_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "MAX_CELLS", 27)
    with pytest.raises(DefinitionInvalid, match=r"tables\.cube: would have 28 cells, more than 27"):
        plan(loaded(), EDITION)


def test_a_cube_that_is_too_large_to_work_with_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "MAX_WORK_CELLS", 27)
    with pytest.raises(DefinitionInvalid, match="tables that cross place, sex: would have 28 cells"):
        plan(loaded(), EDITION)


def test_an_edition_that_is_no_period_takes_the_coverage() -> None:
    coverage = {"area": {"vi": "a", "en": "a"}, "start": "2023-11", "end": "2023-12"}
    found = plan(loaded(tables={"cube": table("month")}, coverage=coverage), "first")
    assert found.dimension("month").members.codes == ("2023-Q4", "2023-11", "2023-12")


def test_months_of_an_edition_without_a_period_are_refused() -> None:
    with pytest.raises(DefinitionInvalid, match=r"dimensions\.month\.codelist: months needs an edition"):
        plan(loaded(tables={"cube": table("month")}), "first")


def test_a_text_cannot_be_mapped_to_a_code_above_the_finest_level() -> None:
    given = loaded(dimensions=dimensions(place={"map": {"north": "R1"}}))
    with pytest.raises(DefinitionInvalid, match=r"dimensions\.place\.map\.north: R1 is not a code of places at or"):
        plan(given, EDITION)


def test_a_part_of_the_persons_is_named_after_what_it_is_part_of() -> None:
    measures = {"stays": measure("count"), "dead": measure("count", where={"outcome": ["died", "killed"]})}
    whole, part = plan(loaded(measures=measures), EDITION).populations
    assert (whole.name, whole.complement_of) == ("persons", None)
    assert (part.name, part.complement_of) == ("persons, outcome is died or killed", "persons")


def test_a_rate_asks_for_its_numerator_though_the_table_does_not_show_it() -> None:
    measures = {
        "stays": measure("count"),
        "people": measure("population", path="p.csv", dimensions=["place", "sex"], source={"vi": "a", "en": "a"}),
        "rate": measure("rate", numerator="stays", denominator="people"),
    }
    tables = {"rates": table("sex", measures=["rate", "people"])}
    found = plan(loaded(measures=measures, tables=tables), EDITION)
    assert found.tables[0].quantities == ("stays",)


def test_only_the_columns_that_are_needed_are_read() -> None:
    assert plan(loaded(), EDITION).columns == ("person", "place", "sex")
    assert plan(loaded(person=None, measures={"stays": measure("count")}), EDITION).columns == ("place", "sex")


def test_texts_of_a_definition_cannot_break_out_of_a_statement() -> None:
    measures = {"odd": measure("count", where={"outcome": ["it's", "'); DROP TABLE source; --"]})}
    found = plan(loaded(measures=measures), EDITION)
    for statement in (sums(found), person_rows(found, order="person")):
        assert "('''); DROP TABLE source; --', 'it''s')" in statement


def test_more_combinations_than_a_number_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = Codelist(id="wide", title=text("w"), members=members(*((f"w{number}", "", "") for number in range(2000))))
    monkeypatch.setitem(CODELISTS, "wide", wide)
    names = [f"d{number}" for number in range(6)]
    given = loaded(
        dimensions={
            name: {**dimensions()["sex"], "codelist": "wide", "column": "sex", "map": {}, "unknown": ""}
            for name in names
        },
        tables={name.replace("d", "table"): table(name) for name in names},
    )
    with pytest.raises(DefinitionInvalid, match="2 to the power of 63"):
        plan(given, EDITION)


RING = {"one": table("place", "sex"), "two": table("sex", "age"), "three": table("age", "place")}


@pytest.mark.parametrize(
    ("tables", "ring"),
    [
        ([], ""),
        (["abc"], ""),
        (["ab", "bc"], ""),
        (["ab", "bc", "cd", "ce"], ""),
        (["abc", "ab", "bc", "ca"], ""),
        (["ab", "bc", "ca"], "abc"),
        (["ab", "bc", "ca", "cd", "e"], "abc"),
        (["ab", "bc", "cd", "da"], "abcd"),
    ],
)
def test_tables_that_cross_in_a_ring(tables: list[str], ring: str) -> None:
    assert ring_of([frozenset(one) for one in tables]) == frozenset(ring)


def test_the_crossing_of_a_ring_is_counted_for_the_protection_alone() -> None:
    found = plan(loaded(tables=RING), EDITION)
    assert [one.dimensions for one in found.hidden] == [("place", "sex", "age")]
    assert found.cubes[-1].dimensions == ("place", "sex", "age")
    assert "crossing" not in {one.id for one in found.tables}
    assert plan(loaded(tables={"all": table("place", "sex", "age")} | RING), EDITION).hidden == ()
    open_data = {"policy": "already_public", "reason": {"vi": "Số liệu đã công bố", "en": "Published before"}}
    assert plan(loaded(tables=RING, disclosure=open_data), EDITION).hidden == ()


def test_the_crossing_of_a_ring_must_not_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "MAX_CROSSING", 100)
    with pytest.raises(
        DefinitionInvalid, match="cross place, sex, age in a ring, whose 112 cells are more than the 100"
    ):
        plan(loaded(tables=RING), EDITION)
