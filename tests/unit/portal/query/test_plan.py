"""What a query means is settled before anything is read; what has no single meaning is refused with the reason."""

from __future__ import annotations

import unicodedata

import pytest

from datasets.codelist import Codelist, Member
from datasets.errors import QueryInvalid
from datasets.names import TOTAL
from datasets.text import Bilingual
from portal.query.model import Query
from portal.query.parameters import read_query
from portal.query.plan import Plan
from portal.query.planning import plan_data, plan_rows
from portal.query.row_tests import single_conditions
from portal.query.schema import Axis, Cube, Register
from portal.query.selection import meant_member
from tests.support.cubes import axis, both, cube, measure, register

AREA = axis(
    "area",
    [
        ("R1", "region", ""),
        ("01", "province", "R1"),
        ("02", "province", "R1"),
        ("R2", "region", ""),
        ("79", "province", "R2"),
        ("001", "commune", "01"),
    ],
    levels=("region", "province"),
    role="geography",
)
MONTH = axis(
    "month",
    [("2024", "year", ""), ("2024-Q1", "quarter", "2024"), *((f"2024-{n:02d}", "month", "2024-Q1") for n in (1, 2, 3))],
    levels=("year", "quarter", "month"),
    role="time",
)
SEX = axis("sex", ["M", "F"], total=False)
SCHEMA = cube(
    [AREA, MONTH, SEX],
    [measure("cases"), measure("people", "persons"), measure("stay", "mean"), measure("r", "rate", numerator="cases")],
)
FACILITIES = register(
    {"licence": "string", "kind": "string", "beds": "integer", "rating": "number", "issued": "date"},
    kind=Codelist("kinds", both("kinds"), (Member("h", both("hospital")),)),
)


def plan(url: str, schema: Cube | Register = SCHEMA, *, rows: bool = False) -> Plan:
    parameters = [tuple(each.split("=", 1)) for each in url.split("&") if each]
    query = read_query(schema.name, parameters, answer_format="json")  # type: ignore[arg-type]
    return plan_rows(query, schema) if rows else plan_data(query, schema)


def uses(planned: Plan) -> dict[str, tuple[str, tuple[str, ...] | None]]:
    return {use.name: (use.role, use.members) for use in planned.uses}


def test_a_dimension_left_out_is_its_total_and_one_with_a_single_value_is_shown() -> None:
    planned = plan("sex=F&select=cases")
    assert uses(planned) == {"area": ("total", (TOTAL,)), "month": ("total", (TOTAL,)), "sex": ("pinned", ("F",))}
    assert [column.name for column in planned.columns] == ["sex", "cases", "cases_status"]
    assert not planned.sums


def test_a_dimension_without_total_must_be_chosen() -> None:
    with pytest.raises(QueryInvalid, match="sex: has no published total") as caught:
        plan("area=01")
    assert caught.value.problems[0].remedy == "Write sex=… with one of its codes, or group=sex. Known here: M, F"


@pytest.mark.parametrize(
    ("question", "members"),
    [
        ("group=area", ("01", "02", "79")),
        ("group=area&area__level=region", ("R1", "R2")),
        ("group=area&area__in=79,_T,R1", ("_T", "R1", "79")),
        ("group=area&area__ne=02", ("01", "79")),
        ("group=area&area__prefix=0", ("01", "02")),
        ("group=area&area__gt=01", ("02", "79")),
        ("group=area&area__lte=02", ("01", "02")),
        ("group=area&area__level=region&area__gte=R2", ("R2",)),
        ("group=area&area__in=01,02&area__ne=01", ("02",)),
    ],
)
def test_the_members_of_a_group(question: str, members: tuple[str, ...]) -> None:
    assert uses(plan(f"{question}&sex=F"))["area"] == ("grouped", members)


@pytest.mark.parametrize(
    ("question", "members"),
    [
        ("month__gte=2024-02", ("2024-02", "2024-03")),
        ("month__lt=2024-02", ("2024-01",)),
        ("month__lte=2024", ("2024-01", "2024-02", "2024-03")),
        ("month__level=quarter&month__gte=2024", ("2024-Q1",)),
    ],
)
def test_periods_compare_as_far_as_the_value_goes(question: str, members: tuple[str, ...]) -> None:
    assert uses(plan(f"group=month&sex=F&{question}"))["month"] == ("grouped", members)


def test_several_members_are_added_up_or_are_their_parent() -> None:
    assert uses(plan("area__in=01,79&sex=F&select=cases"))["area"] == ("summed", ("01", "79"))
    assert uses(plan("area__in=01,02&sex=F"))["area"] == ("folded", ("R1",))
    assert uses(plan("area__level=province&sex=F"))["area"] == ("folded", (TOTAL,))
    assert uses(plan("sex__in=M,F&select=cases"))["sex"] == ("summed", ("M", "F"))
    assert plan("area__in=01,79&sex__in=M,F&select=cases").cells_per_row == 4


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("area__in=R1,01&sex=F&select=cases", "'01' is part of 'R1'"),
        ("area__in=_T,01&sex=F&select=cases", "'01' is part of '_T'"),
        ("area__in=R1,79&sex=F&select=cases", "of several levels"),
        ("area__in=01,79&sex=F", "people: distinct persons cannot be added up over area"),
        (
            "area__in=01,79&sex=F&select=stay",
            "stay: of several members needs the sum of its values",
        ),
        (
            "area__in=01,79&sex=F&select=r",
            "r: of several members needs the population that",
        ),
        ("area__in=01,79&sex=F&select=cases&people__gt=1", "people: distinct persons"),
        ("area=01&area=02", "given twice"),
        ("area=01&area__in=02,79&sex=F", "no published member of area satisfies this"),
        ("area__prefix=x&sex=F", "no published member of area"),
        ("area=99&sex=F", "'99' is not known"),
        ("area=001&sex=F", "'001' is of the level commune, which is not published"),
        ("area__gt=R1&sex=F", "'R1' is of another level"),
        ("area__level=country&sex=F", "'country' is not known"),
        ("area__null=true&sex=F", "area__null: is not for dimension fields"),
        ("sex=_T", "sex has no published total"),
        ("sex__gte=_T", "sex has no published total"),
        ("month__gte=soon&sex=F", "'soon' is not a period of this kind"),
        ("month__gte=2024-Q1&sex=F", "is not a period of this kind"),
        ("colour=red", "'colour' is not known"),
        ("group=colour", "'colour' is not known"),
        ("group=cases", "'cases' is not a dimension"),
        ("select=area&sex=F", "'area' is a dimension, not a measure"),
        ("select=cases_status&sex=F", "'cases_status' always comes with cases"),
        ("order=area&sex=F", "'area' is not a column of this answer"),
        ("order=cases_status&sex=F", "'cases_status' is not a column of this answer"),
        ("order=colour&sex=F", "'colour' is not known"),
        ("order=people&select=cases&sex=F", "'people' is not a column of this answer"),
        ("cases=many&sex=F", "cases: must be a whole number"),
        ("cases__null=perhaps&sex=F", "cases__null: must be true or false"),
        ("cases__prefix=1&sex=F", "cases__prefix: is not for measure fields"),
        ("cases_status=hidden&sex=F", "'hidden' is not known"),
        ("cases_status__gte=zero&sex=F", "cases_status__gte: is not for status fields"),
        ("sex=F&after=xyz", "after: is not a cursor of this question"),
    ],
)
def test_what_has_no_single_answer_is_refused(question: str, message: str) -> None:
    with pytest.raises(QueryInvalid, match=message):
        plan(question)


def test_the_nearest_name_is_offered_and_a_long_list_is_cut() -> None:
    with pytest.raises(QueryInvalid) as caught:
        plan("sexx=F")
    assert caught.value.problems[0].remedy.startswith("Did you mean sex? Known here: area, month, sex, cases")
    many = cube([axis("unit", [f"u{number:03d}" for number in range(100)])], [measure("cases")])
    with pytest.raises(QueryInvalid) as caught:
        plan("unit=none", many)
    assert caught.value.problems[0].remedy.endswith("and 61 more")


@pytest.mark.parametrize(
    ("question", "place", "remedy"),
    [
        ("Area=01", "Area", "Did you mean area? Known here: area, month, sex, cases"),
        ("aera__in=01,02", "aera__in", "Did you mean area? Known here: area,"),
        ("area_in=01,02", "area_in", "Did you mean area__in? Known here: area,"),
        ("limt=5", "limt", "Did you mean limit? Known here: area,"),
        ("grup=area", "grup", "Did you mean group? Known here: area,"),
        ("zzz=1", "zzz", "Known here: area, month, sex, cases, people, stay, r, cases_status"),
        ("area__lke=1", "area__lke", "Did you mean lte? Known here: eq, in, ne, gt"),
        ("cases__status=zero", "cases__status", "Did you mean cases_status? Known here: eq, in"),
        ("sex=f", "sex", "Did you mean F? Known here: M (M (en)), F (F (en))"),
        ("area=079", "area", "Did you mean 79? Known here: _T (Total), R1 (R1 (en)), 01 (01 (en)), 02"),
        ("area__level=Provinces", "area__level", "Did you mean province? Known here: region, province"),
        ("area__gte=99", "area__gte", "Known here: _T (Total), R1"),
        ("cases_status=supressed", "cases_status", "Did you mean suppressed? Known here: observed, zero"),
        ("cases_status__gt=zero", "cases_status__gt", "Use one of: eq, in, ne"),
        ("area__null=true", "area__null", "Use one of: eq, in, ne, gt, gte, lt, lte, prefix, contains, level"),
        ("cases__prefix=1", "cases__prefix", "Use one of: eq, in, ne, gt, gte, lt, lte, null"),
        ("cases=many", "cases", "Write it like 125"),
        ("cases__null=1", "cases__null", "Write true for empty cells, false for others"),
        ("group=sexx", "group", "Did you mean sex? Known here: area, month, sex"),
        ("group=cases", "group", "Group by one of: area, month, sex"),
        ("select=case", "select", "Did you mean cases? Known here: cases, people, stay, r"),
        ("select=area", "select", "group=area gives a row for each member. Select from: cases, people, stay, r"),
        ("select=cases_status", "select", "Write select=cases"),
        ("order=area", "order", "Add it with group=, or sort by one of: sex, cases, people, stay, r"),
        ("select=cases&order=people", "order", "Add it with select=, or sort by one of: sex, cases"),
        ("order=cases_status", "order", "Sort by one of: sex, cases"),
    ],
)
def test_a_wrong_name_or_value_is_told_what_would_be_right(question: str, place: str, remedy: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        plan(f"{question}&sex=F" if not question.startswith("sex") else question)
    (problem,) = caught.value.problems
    assert problem.place == place
    assert problem.remedy.startswith(remedy)
    assert caught.value.message.startswith(f"{place}: ")


def test_members_are_known_by_their_names_too() -> None:
    provinces = Codelist(
        "provinces",
        both("provinces"),
        (
            Member("01", Bilingual(vi="Hà Nội", en="Ha Noi")),
            Member("48", Bilingual(vi="Đà Nẵng", en="Da Nang")),
            Member("F", Bilingual(vi="Nữ", en="Female")),
        ),
    )
    schema = cube([Axis(axis("area", []).description, provinces)], [measure("cases")])
    for text, meant in {
        "Hà Nội": "01 (Hà Nội)",
        "ha noi": "01 (Hà Nội)",
        "da-nang": "48 (Đà Nẵng)",
        "Ha Nooi": "01 (Hà Nội)",
        "f": "F",
        "female": "F (Female)",
    }.items():
        with pytest.raises(QueryInvalid) as caught:
            plan(f"area={text}", schema)
        assert caught.value.problems[0].remedy.startswith(
            f"Did you mean {meant}? Known here: _T, 01 (Ha Noi), 48 (Da Nang)"
        ), text
    letters = (Member("nam", Bilingual(vi="Nữ", en="x")), Member("nams", Bilingual(vi="Nam", en="y")))
    assert meant_member("Nams", letters) == "nams"
    assert meant_member("NAM", letters[1:]) == "nams (Nam)"
    with pytest.raises(QueryInvalid) as caught:
        plan("kind=H", FACILITIES)
    assert caught.value.problems[0].remedy == "Did you mean h? Known here: h (hospital (en))"


def test_an_axis_without_members_has_nothing_to_choose() -> None:
    with pytest.raises(QueryInvalid, match="no published member"):
        plan("unit__prefix=a", cube([axis("unit", [])], [measure("cases")]))
    assert uses(plan("group=unit", cube([axis("unit", [])], [measure("cases")])))["unit"] == ("grouped", ())


def test_only_published_margins_can_be_asked() -> None:
    schema = cube([AREA, axis("sex", ["M", "F"])], [measure("cases")], margins=(("area",), ("area", "sex"), ()))
    assert uses(plan("area=01", schema))["sex"] == ("total", (TOTAL,))
    with pytest.raises(QueryInvalid, match="sex is not published in this table") as caught:
        plan("group=sex", schema)
    assert caught.value.problems[0].remedy == "Published are: area; area × sex; the grand total"
    # Both sexes are the total, but that margin is not published for the whole country: the cells are added up.
    narrow = cube([AREA, axis("sex", ["M", "F"])], [measure("cases")], margins=(("area", "sex"),))
    assert uses(plan("area=01&sex__in=M,F", narrow))["sex"] == ("summed", ("M", "F"))
    with pytest.raises(QueryInvalid, match="the grand total is not published"):
        plan("", narrow)


def test_labels_stand_beside_what_they_explain() -> None:
    columns = plan("group=area&sex=F&select=cases&lang=vi").columns
    assert [column.name for column in columns] == [
        "area", "area_label", "sex", "sex_label", "cases", "cases_status",
    ]  # fmt: skip


def test_sums_end_their_order_with_their_dimensions() -> None:
    planned = plan("group=area&sex__in=M,F&select=cases&order=-cases")
    assert [(key.column, key.descending) for key in planned.keys] == [("cases", True), ("area", False)]
    assert [key.column for key in plan("group=area&sex__in=M,F&select=cases&order=-area").keys] == ["area"]


def test_a_listing_holds_every_row_and_groups_nothing() -> None:
    assert uses(plan("sex=F", rows=True)) == {
        "area": ("listed", None),
        "month": ("listed", None),
        "sex": ("listed", ("F",)),
    }
    assert uses(plan("area__prefix=R", rows=True))["area"] == ("listed", ("R1", "R2"))
    with pytest.raises(QueryInvalid, match="group: rows are listed as they are"):
        plan("group=sex", rows=True)


def test_a_register_is_asked_row_by_row() -> None:
    planned = plan(
        "select=licence,kind&kind=h&beds__gte=10&rating__lt=4.5&issued__gte=2024-01-31&beds__null=false&order=-issued&lang=en",
        FACILITIES,
    )
    assert [column.name for column in planned.columns] == ["licence", "kind", "kind_label"]
    assert [single.column for test in planned.conditions for single in single_conditions(test)] == [
        "kind",
        "beds",
        "rating",
        "issued",
        "beds",
    ]
    assert plan("", FACILITIES, rows=True).stored == plan("", FACILITIES).columns


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("group=name", "group: 'name' is not known"),
        ("aggregate=sum(size)", "aggregate: 'size' is not known"),
        ("aggregate=sum(kind)", "aggregate: 'kind' holds no numbers to add up"),
        ("aggregate=median(beds)", "is not a figure that is known"),
        ("group=kind&select=beds", "select: is not for figures of groups"),
        ("group=kind&order=beds", "order: 'beds' is not known"),
        ("kind=x", "'x' is not known"),
        ("kind__in=h,x", "'x' is not known"),
        ("select=name", "'name' is not known"),
        ("order=name", "'name' is not known"),
        ("name=x", "'name' is not known"),
        ("beds=1.5", "beds: must be a whole number"),
        ("beds=99999999999999999999", "beds: must be a whole number"),
        ("rating=nan", "rating: must be a number"),
        ("rating=1e999", "rating: must be a number"),
        ("issued=31/12/2024", "issued: must be a date"),
        ("beds__prefix=1", "beds__prefix: is not for integer fields"),
    ],
)
def test_a_register_refuses_what_it_does_not_know(question: str, message: str) -> None:
    with pytest.raises(QueryInvalid, match=message):
        plan(question, FACILITIES)


def test_texts_are_compared_with_their_letters_composed() -> None:
    apart = unicodedata.normalize("NFD", "Bệnh viện Đà Nẵng")
    for question in (f"licence={apart}", f"licence__prefix={apart}", f"where=licence <> '{apart}'"):
        (condition,) = plan(question, FACILITIES).conditions
        assert [each.values for each in single_conditions(condition)] == [("Bệnh viện Đà Nẵng",)]  # type: ignore[union-attr]


def test_a_question_is_told_from_another_but_not_from_its_next_page() -> None:
    one = plan("group=area&sex=F")
    assert one.fingerprint == plan("group=area&sex=F&limit=5").fingerprint
    assert one.fingerprint != plan("group=area&sex=M").fingerprint
    assert one.fingerprint != plan("group=area&sex=F&order=cases").fingerprint


def test_a_query_counts_its_terms() -> None:
    query = read_query("t", [("area__in", "1,2"), ("select", "a"), ("group", "b"), ("order", "c")], answer_format="csv")
    assert query.terms == 6
    assert Query("t").terms == 0
