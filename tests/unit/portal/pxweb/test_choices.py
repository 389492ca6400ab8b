"""What a selection means in a table: members, totals of what is left out, the order of the answer, and its bounds."""

from __future__ import annotations

import pytest

from datasets.errors import QueryInvalid
from datasets.names import TOTAL
from portal.public.pxweb.choices import MAX_DATA_CELLS, Choice, TooManyCells, choose, values_of_lists
from portal.public.pxweb.code_lists import code_lists_of, named_list
from portal.public.pxweb.default_selection import default_selection, with_defaults
from portal.public.pxweb.names import TableId
from portal.public.pxweb.selections import Output, Selection, VariableSelection
from portal.public.pxweb.variables import variables_of
from portal.query.answer import CHUNK_ROWS
from portal.query.formats_json_stat import METRIC
from portal.query.model import Filter
from portal.query.schema import Cube
from tests.support.cubes import axis, cube, measure

TABLE = TableId("dengue", "by-place")
PLACE = axis(
    "place",
    [
        ("N", "region", ""),
        ("01", "province", "N"),
        ("22", "province", "N"),
        ("S", "region", ""),
        ("79", "province", "S"),
    ],
    levels=("region", "province"),
)
MONTH = axis("month", ["2024-01", "2024-02", "2024-03"], role="time")
SEX = axis("sex", ["F", "M"], total=False)
CUBE = cube([PLACE, MONTH, SEX], [measure("cases"), measure("deaths")])


def item(variable: str, *values: str, codelist: str = "", output: Output = "aggregated") -> VariableSelection:
    return VariableSelection(variable, values, codelist, output)


def chosen(*items: VariableSelection, stub: tuple[str, ...] = (), heading: tuple[str, ...] = ()) -> Choice:
    return choose(Selection(items, stub, heading), CUBE, TABLE)


NEEDED = (item("sex", "F"), item(METRIC, "*"))


def test_what_is_left_out_stands_at_its_total() -> None:
    choice = chosen(item("month", "top(2)"), *NEEDED, item("place"))
    assert choice.codes == {
        "place": (TOTAL,),
        "month": ("2024-02", "2024-03"),
        "sex": ("F",),
        METRIC: ("cases", "deaths"),
    }
    assert choice.left_out == {"place"}
    assert choice.order == ("month", "sex", METRIC)
    assert choice.cells == 4


def test_the_question_names_what_is_chosen_and_no_more() -> None:
    query = chosen(item("month", "*"), item("place", "01", "22"), *NEEDED).query(CUBE, language="en")
    assert query.filters == (Filter("place", "in", ("01", "22")), Filter("sex", "in", ("F",)))
    assert (query.select, query.limit, query.language) == (("cases", "deaths"), 8, "en")


@pytest.mark.parametrize(
    ("items", "place"),
    [
        ((item(METRIC, "*"),), "valuecodes[sex]"),
        ((item("sex", "F"),), f"valuecodes[{METRIC}]"),
        ((item("sex"), item(METRIC, "*")), "valuecodes[sex]"),
    ],
)
def test_what_has_no_total_must_be_chosen(items: tuple[VariableSelection, ...], place: str) -> None:
    with pytest.raises(QueryInvalid, match="no published total") as caught:
        chosen(*items)
    (problem,) = caught.value.problems
    assert problem.place == place
    assert "=*" in problem.remedy


@pytest.mark.parametrize(
    ("name", "code"), [("PLACE", "place"), ("contentscode", METRIC), ("time", "month"), ("Time", "month")]
)
def test_variables_are_known_whatever_their_capitals(name: str, code: str) -> None:
    others = [each for each in (*NEEDED, item("place", "01")) if each.variable != code]
    assert chosen(item(name, "top(1)"), *others).codes[code] != (TOTAL,)


def test_an_unknown_variable_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(QueryInvalid) as caught:
        chosen(item("plaice", "01"), *NEEDED)
    assert "Did you mean place?" in caught.value.problems[0].remedy


def test_a_variable_is_selected_once() -> None:
    with pytest.raises(QueryInvalid, match="twice"):
        chosen(item("sex", "F"), item("SEX", "M"), item(METRIC, "*"))


@pytest.mark.parametrize(
    ("codelist", "output", "values", "codes"),
    [
        ("vs_dengue.by-place.place.region", "aggregated", ("*",), ("N", "S")),
        ("vs_region", "single", ("N",), ("N",)),
        ("agg_dengue.by-place.place.region", "aggregated", ("N",), ("N",)),
        ("agg_dengue.by-place.place.region", "single", ("N",), ("01", "22")),
        ("agg_region", "single", ("*",), ("01", "22", "79")),
        ("vs_province", "aggregated", ("top(1)",), ("01",)),
    ],
)
def test_code_lists_are_levels(codelist: str, output: Output, values: tuple[str, ...], codes: tuple[str, ...]) -> None:
    choice = chosen(item("place", *values, codelist=codelist, output=output), *NEEDED)
    assert choice.codes["place"] == codes


def test_an_unknown_code_list_is_answered_with_those_of_the_variable() -> None:
    with pytest.raises(QueryInvalid) as caught:
        chosen(item("place", "*", codelist="vs_country"), *NEEDED)
    assert "vs_dengue.by-place.place.region" in caught.value.problems[0].remedy
    with pytest.raises(QueryInvalid, match="codelist"):
        chosen(item("sex", "F", codelist="vs_region"), item(METRIC, "*"))


def test_values_of_code_lists_are_told_by_variable() -> None:
    assert values_of_lists({"PLACE": "vs_region"}, CUBE, TABLE) == {"place": ("N", "S")}
    assert values_of_lists({}, CUBE, TABLE) == {}
    with pytest.raises(QueryInvalid, match="is not known"):
        values_of_lists({"sex": "vs_region"}, CUBE, TABLE)


def test_code_lists_are_told_by_variable() -> None:
    variables = variables_of(CUBE)
    names = [str(each.id) for each in code_lists_of(TABLE, variables["place"])]
    assert names == [f"{kind}_dengue.by-place.place.{level}" for kind, level in
                     (("vs", "region"), ("vs", "province"), ("agg", "region"))]  # fmt: skip
    assert code_lists_of(TABLE, variables["month"]) == code_lists_of(TABLE, variables["sex"]) == ()
    assert code_lists_of(TABLE, variables[METRIC]) == ()
    groups = named_list(code_lists_of(TABLE, variables["place"]), "agg_region")
    assert groups is not None
    assert groups.parts == {"N": ("01", "22"), "S": ("79",)}
    assert groups.label.en == "place (en): grouped by Region"
    values = named_list(code_lists_of(TABLE, variables["place"]), "vs_province")
    assert values is not None
    assert values.parts == {code: (code,) for code in ("01", "22", "79")}
    assert values.label.vi == "place (vi): Tỉnh, thành phố"


def test_one_level_below_a_total_is_a_code_list_of_its_own() -> None:
    schema = cube([axis("age", [("a", "band", ""), ("b", "band", "")], levels=("band",))], [measure("cases")])
    lists = code_lists_of(TABLE, variables_of(schema)["age"])
    assert [(str(each.id), each.label.en) for each in lists] == [("vs_dengue.by-place.age.band", "age (en): band")]


def test_variables_are_placed() -> None:
    choice = chosen(item("month", "*"), item("place", "*"), *NEEDED, stub=("SEX",), heading=("time", METRIC))
    assert choice.order == ("sex", "place", "month", METRIC)


@pytest.mark.parametrize("stub", [("place",), ("month", "time"), ("x",)])
def test_what_cannot_be_placed_is_refused(stub: tuple[str, ...]) -> None:
    with pytest.raises(QueryInvalid):
        chosen(item("month", "*"), *NEEDED, stub=stub)


def test_expressions_are_counted() -> None:
    with pytest.raises(QueryInvalid, match="more than 50 expressions"):
        chosen(item("place", *["*"] * 50), *NEEDED)
    assert chosen(item("place", *["*"] * 49), *NEEDED).codes["place"] == tuple(PLACE.positions)


def test_the_longest_answer_is_read_in_one_piece() -> None:
    assert MAX_DATA_CELLS <= CHUNK_ROWS, "the rows of an answer are those of its first chunk"


def test_cells_are_counted_before_anything_is_read() -> None:
    codes = [f"c{number:03d}" for number in range(400)]
    wide = cube([axis("a", codes), axis("b", codes)], [measure("cases")])
    few = choose(Selection((item("a", "top(250)"), item("b", "top(400)"), item(METRIC, "*"))), wide, TABLE)
    assert few.cells == MAX_DATA_CELLS
    with pytest.raises(TooManyCells, match="160801 cells") as caught:
        choose(Selection((item("a", "*"), item("b", "*"), item(METRIC, "*"))), wide, TABLE)
    assert "several requests" in caught.value.problems[0].remedy


def default(schema: Cube) -> dict[str, tuple[str, ...]]:
    return {each.variable: each.values for each in default_selection(schema).variables}


def test_nothing_selected_means_a_small_table_of_published_cells() -> None:
    assert default(CUBE) == {
        "place": ("N", "S"),
        "month": (),
        "sex": ("F", "M"),
        METRIC: ("cases", "deaths"),
    }
    selection = default_selection(CUBE)
    assert (selection.stub, selection.heading) == (("place", "sex"), (METRIC,))


def test_variables_are_placed_where_nothing_is_selected() -> None:
    assert with_defaults(Selection(), CUBE) == default_selection(CUBE)
    assert with_defaults(Selection(NEEDED), CUBE) == Selection(NEEDED)
    assert choose(with_defaults(Selection(stub=("sex",)), CUBE), CUBE, TABLE).order == ("sex", "place", METRIC)
    with pytest.raises(QueryInvalid, match="'nope' is not known"):
        choose(with_defaults(Selection(heading=("nope",)), CUBE), CUBE, TABLE)


def test_time_goes_across_and_the_first_dimension_down() -> None:
    schema = cube([axis("sex", ["F", "M"]), PLACE, MONTH], [measure("cases")])
    selection = default_selection(schema)
    assert default(schema) == {"sex": ("F", "M"), "place": (), "month": MONTH.members, METRIC: ("cases",)}
    assert (selection.stub, selection.heading) == (("sex",), ("month", METRIC))
    assert choose(selection, schema, TABLE).cells == 6


def test_only_published_margins_are_chosen() -> None:
    ages = axis("age", ["a", "b"])
    schema = cube([PLACE, MONTH, ages], [measure("cases")], (("place", "month", "age"), ("month", "age"), ()))
    assert [name for name, values in default(schema).items() if values] == ["month", "age", METRIC]
    strange = cube([SEX, ages], [measure("cases")], (("age",),))
    assert [name for name, values in default(strange).items() if values] == ["sex", "age", METRIC]


def test_long_lists_are_cut_and_a_third_dimension_without_total_is_shown_at_one_value() -> None:
    codes = [f"{number:03d}" for number in range(60)]
    axes = [axis("a", codes, total=False), axis("b", codes, total=False, role="time"), axis("c", codes, total=False)]
    found = default(cube(axes, [measure("cases")]))
    assert found["a"] == tuple(codes[:50])
    assert found["b"] == tuple(codes[10:])
    assert found["c"] == ("000",)
