"""What an expression means for a table, where no row of a table shows it."""

from __future__ import annotations

import pytest

from datasets.codelist import Codelist, Member
from datasets.errors import QueryInvalid
from portal.public.odata.conditions import to_term
from portal.public.odata.entities import EntitySet, entity_sets
from portal.public.odata.expressions import read_expression
from portal.public.odata.groups import ask_groups
from portal.public.odata.options import Options
from portal.public.odata.transformations import read_apply
from portal.query.model import MAX_TERMS, AllOf, AnyOf, Filter, Not, Query
from tests.support.cubes import axis, both, cube, measure, register

AREAS = [("N", "region", ""), ("S", "region", ""), ("N1", "province", "N"), ("N2", "province", "N"),
         ("S1", "province", "S")]  # fmt: skip
SCHEMA = cube(
    [axis("area", AREAS, levels=("region", "province"), role="geography"), axis("sex", ["F", "M"], role="sex")],
    [measure("cases"), measure("days", "mean", number=True)],
)
CUBE = entity_sets({"by-area": SCHEMA}, title=both("title"), synthetic=True)["by_area"]
LONG = Codelist("long", both("long"), tuple(Member(f"c{number}", both("x")) for number in range(MAX_TERMS + 1)))
THINGS = entity_sets(
    {"register": register({"id": "string", "name": "string", "kind": "string", "since": "date"}, kind=LONG)},
    title=both("things"),
    synthetic=False,
)["register"]


def term(text: str, entities: EntitySet = CUBE) -> object:
    return to_term(read_expression(text, place="$filter"), entities, place="$filter")


def null(field: str, empty: bool = True) -> Filter:
    return Filter(field, "null", (str(empty).lower(),))


ALWAYS, NEVER = AllOf(()), AnyOf(())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", ALWAYS),
        ("not true", NEVER),
        ("false", NEVER),
        ("synthetic", ALWAYS),
        ("synthetic ne true", NEVER),
        ("area eq null", NEVER),
        ("area ne null", ALWAYS),
        ("cases eq null", null("cases")),
        ("null ne cases", null("cases", False)),
        ("not (cases eq null)", null("cases", False)),
        ("cases gt null", NEVER),
        ("not (cases le null)", ALWAYS),
        ("cases eq 5", Filter("cases", "eq", ("5",))),
        ("cases eq 5.0", Filter("cases", "eq", ("5",))),
        ("cases eq 5.5", NEVER),
        ("cases ne 5.5", AnyOf((null("cases", False), null("cases")))),
        ("not (cases eq 5.5)", AnyOf((null("cases", False), null("cases")))),
        ("not (cases ne 5.5)", NEVER),
        ("cases gt 5.5", Filter("cases", "gt", ("5",))),
        ("cases ge -5.5", Filter("cases", "gt", ("-6",))),
        ("cases lt 5.5", Filter("cases", "lte", ("5",))),
        ("5 lt cases", Filter("cases", "gt", ("5",))),
        ("cases ne 5", AnyOf((Filter("cases", "ne", ("5",)), null("cases")))),
        ("not (cases gt 5)", AnyOf((Not(Filter("cases", "gt", ("5",))), null("cases")))),
        ("cases in (5,6,5)", AnyOf((Filter("cases", "in", ("5", "6")),))),
        ("cases in (5,null)", AnyOf((null("cases"), Filter("cases", "eq", ("5",))))),
        ("not (cases in ())", ALWAYS),
        ("days in (1.5,2)", AnyOf((Filter("days", "in", ("1.5", "2")),))),
        ("area in 'N1'", AnyOf((Filter("area", "eq", ("N1",)),))),
        ("area_label_vi eq 'N1 (vi)'", Filter("area", "in", ("N1",))),
        ("area_label_en eq 'N1 (vi)'", NEVER),
        ("startswith(area,'N')", Filter("area", "in", ("N", "N1", "N2"))),
        ("contains(tolower(area),'n') eq false", Not(Filter("area", "in", ("N", "N1", "N2")))),
        ("endswith(cases_status,'ro')", Filter("cases_status", "in", ("zero",))),
        ("toupper(sex) eq 'F'", Filter("sex", "in", ("F",))),
        ("area eq 'N' and not (sex eq 'F' or sex eq 'M')",
         AllOf((Filter("area", "eq", ("N",)),
                AllOf((Not(Filter("sex", "eq", ("F",))), Not(Filter("sex", "eq", ("M",)))))))),
    ],
)  # fmt: skip
def test_meanings(text: str, expected: object) -> None:
    assert term(text) == expected


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("area_label_vi gt 'a'", "text without an order"),
        ("tolower(area) lt 'a'", "text without an order"),
        ("cases eq 1e18", "too large"),
        ("cases eq NaN", "never published"),
        ("contains(days,'1')", "cannot be searched"),
    ],
)
def test_refusals(text: str, rule: str) -> None:
    with pytest.raises(QueryInvalid, match=rule):
        term(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("endswith(name,'a')", "cannot be searched"),
        ("startswith(tolower(name),'a')", "cannot be searched"),
        ("tolower(name) eq 'a'", "cannot be searched"),
        ("contains(kind_label_vi,'x')", f"fits more than {MAX_TERMS} codes"),
        ("year(since) eq 12345", "not a year"),
        ("since ge 2026-01-01T12:00:00Z", "another type"),
        ("name eq 5", "another type"),
    ],
)
def test_refusals_about_registers(text: str, rule: str) -> None:
    with pytest.raises(QueryInvalid, match=rule):
        term(text, THINGS)


def members(apply: str) -> Query:
    return ask_groups(CUBE, read_apply(apply), Options(), limit=10).query


@pytest.mark.parametrize(
    ("condition", "chosen"),
    [
        ("area eq 'N'", ("N",)),
        ("area in ('N','S1')", ("N", "S1")),
        ("area ne 'N1'", ("N2", "S1")),
        ("not (area eq 'N1')", ("N2", "S1")),
        ("not contains(area,'nothing')", ("N1", "N2", "S1")),
        ("contains(area,'1') and startswith(area,'N')", ("N1",)),
        ("not (contains(area,'1') and startswith(area,'N'))", ("N2", "S1")),
        ("(contains(area,'1') and startswith(area,'N')) or area eq 'N2'", ("N1", "N2")),
    ],
)
def test_conditions_on_one_dimension_choose_its_members(condition: str, chosen: tuple[str, ...]) -> None:
    query = members(f"filter({condition})/groupby((area),aggregate(cases))")
    assert query.filters == (Filter("area", "in", chosen),)


def test_labels_give_way_to_columns() -> None:
    table = cube([axis("area", ["N"])], [measure("area_label_vi")])
    found = entity_sets({"t-able": table}, title=both("t"), synthetic=False)["t_able"]
    assert found.properties["area_label_vi"].kind == "measure"
    assert found.properties["area_label_en"].kind == "label"


def test_totals_are_left_out_only_where_that_leaves_something() -> None:
    axes = [axis("area", ["N", "S"]), axis("sex", ["F", "M"])]
    measures = [measure("cases")]
    whole = cube(axes, measures)
    apart = cube(axes, measures, margins=(("area",), ("sex",), ()))
    crossed = cube(axes, measures, margins=(("area", "sex"), ("area",)))
    bare = cube([axis("area", ["N", "S"], total=False)], measures)
    tables = {"whole": whole, "apart": apart, "crossed": crossed, "bare": bare}
    names = set(entity_sets(tables, title=both("t"), synthetic=False))
    assert names == {"whole", "whole_without_totals", "apart", "crossed", "crossed_without_totals", "bare"}
    taken = entity_sets({"a": whole, "a-without-totals": bare}, title=both("t"), synthetic=False)
    assert taken["a_without_totals"].schema is bare
