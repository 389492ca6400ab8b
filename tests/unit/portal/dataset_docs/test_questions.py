"""Examples are made of rows that are there, and one that could not be answered is not shown."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from datasets.codelist import Codelist, Member
from datasets.names import TOTAL
from portal.public.dataset_docs.questions import Question, questions_of, withholds
from portal.query.parameters import read_query
from portal.query.planning import plan_data, plan_rows
from portal.query.schema import Cube, Register
from tests.support.cubes import axis, both, cube, measure, register

AREA = axis("area", ["01", "02", "03"])
SEX = axis("sex", ["M", "F"])
CELLS = cube([AREA, SEX], [measure("cases"), measure("people", "persons")])
FACILITIES = register(
    {"licence": "string", "kind": "string", "beds": "integer", "issued": "date"},
    kind=Codelist("kinds", both("kinds"), (Member("h", both("hospital")),)),
)
ENTRY = {"licence": "A,1", "kind": "h", "beds": 3, "issued": date(2020, 1, 2)}


def rows(*cases: int | None) -> list[dict[str, object]]:
    return [{"area": f"0{n + 1}", "sex": TOTAL, "cases": each, "people": 1} for n, each in enumerate(cases)]


def by_kind(schema: Cube | Register, some: list[dict[str, Any]]) -> dict[str, Question]:
    return {question.kind: question for question in questions_of(schema, some, "en")}


def test_a_cube_is_asked_for_its_largest_cell_its_rows_and_those_above_the_middle() -> None:
    found = by_kind(CELLS, rows(5, None, 30))
    assert found["one"].parameters == (("area", "03"), ("select", "cases"))
    assert found["one"].place == (("area", "03"),)
    assert found["group"].parameters == (("group", "area"), ("select", "cases"), ("lang", "en"))
    assert found["group"].along == "area"
    assert ("cases__gte", "30") in found["page"].parameters
    assert ("order", "-cases") in found["page"].parameters
    assert (found["whole"].resource, found["whole"].parameters) == ("rows", (("limit", "all"),))
    assert [column.name for column in found["group"].columns] == ["area", "area_label", "cases", "cases_status"]


def test_where_every_cell_is_withheld_nothing_is_compared_with_it() -> None:
    found = by_kind(CELLS, rows(None, None))
    assert found["one"].place == (("area", "01"),)
    assert not any(name == "cases__gte" for name, _ in found["page"].parameters)


def test_a_single_row_is_along_the_first_dimension() -> None:
    assert by_kind(CELLS, rows(7))["group"].along == "area"


def test_without_rows_only_the_whole_table_is_asked() -> None:
    assert set(by_kind(CELLS, [])) == set(by_kind(FACILITIES, [])) == {"whole"}


def test_what_is_not_published_is_not_asked() -> None:
    narrow = cube([AREA, SEX], [measure("cases")], margins=(("area", "sex"),))
    assert set(by_kind(narrow, rows(1, 2))) == {"whole"}


@pytest.mark.parametrize(("schema", "some"), [(CELLS, rows(5, None, 30)), (FACILITIES, [ENTRY])])
def test_every_question_can_be_planned(schema: Cube | Register, some: list[dict[str, Any]]) -> None:
    for question in questions_of(schema, some, "vi"):
        query = read_query(schema.name, question.parameters, answer_format="csv")
        plan = plan_rows(query, schema) if question.resource == "rows" else plan_data(query, schema)
        assert plan.columns == question.columns


def test_a_register_is_asked_for_an_entry_for_counts_and_for_those_of_one_kind() -> None:
    found = by_kind(FACILITIES, [ENTRY])
    assert found["one"].parameters == (("licence", "A,1"),)
    assert found["group"].parameters[:2] == (("group", "kind"), ("aggregate", "count"))
    assert found["page"].parameters[:2] == (("kind", "h"), ("select", "licence,kind,beds"))
    assert ("order", "licence") in found["page"].parameters


def test_days_are_written_as_addresses_write_them_and_empty_keys_are_not_asked() -> None:
    dated = register({"issued": "date", "name": "string"})
    assert by_kind(dated, [{"issued": date(2020, 1, 2), "name": " "}])["one"].place == (("issued", "2020-01-02"),)
    assert set(by_kind(dated, [{"issued": date(2020, 1, 2), "name": "x"}])) == {"one", "whole"}, "nothing is coded"
    unnamed = by_kind(FACILITIES, [{**ENTRY, "licence": None, "kind": None}])
    assert set(unnamed) == {"one", "whole"}
    assert unnamed["one"].place == ()


def test_only_cells_can_be_withheld() -> None:
    (one, *_) = questions_of(CELLS, rows(5), "en")
    assert not withholds(one, CELLS)
    table = CELLS.table.model_copy(update={"withheld": {"cases": 2}})
    assert withholds(one, Cube(CELLS.release, table, CELLS.axes, CELLS.measures))
    (entry, *_) = questions_of(FACILITIES, [ENTRY], "en")
    assert not withholds(entry, FACILITIES)
