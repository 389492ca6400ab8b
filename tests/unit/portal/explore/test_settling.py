"""Whatever an address says, the explorer shows something that the table has, and says what it did not know."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from portal.public.explore.asked import read_asked
from portal.public.explore.exploration import Exploration
from portal.public.explore.settling import settle
from portal.query.schema import Cube
from tests.support.cubes import axis, cube, measure

MONTHS = [f"2024-{month:02}" for month in range(1, 13)] + [f"2025-{month:02}" for month in range(1, 13)]
TIME = axis(
    "month",
    [("2024", "year", ""), ("2025", "year", ""), *((code, "month", code[:4]) for code in MONTHS)],
    levels=("year", "month"),
    role="time",
)
SEX = axis("sex", ["M", "F"], role="sex")
AREA = axis(
    "area", [("N", "region", ""), ("01", "province", "N"), ("79", "province", "N")], levels=("region", "province")
)
NO_TOTAL = axis("kind", ["a", "b"], total=False)
CASES = cube([AREA, TIME, SEX], [measure("cases"), measure("deaths")])


def shown(text: str = "", schema: Cube = CASES) -> Exploration:
    pairs = [part.partition("=")[::2] for part in text.split("&") if part]
    return settle(read_asked(pairs), schema)


def test_time_is_a_line_and_everything_else_is_at_its_total() -> None:
    found = shown()
    assert (found.show, found.measure.name, found.rows.name, found.columns) == ("line", "cases", "month", None)
    assert found.rows.codes == tuple(MONTHS)
    assert [(axis.name, code) for axis, code in found.held] == [("area", "_T"), ("sex", "_T")]


def test_what_is_asked_is_shown() -> None:
    found = shown("measure=deaths&rows=area&columns=sex&in.area=79&in.area=01&at.month=2025-03&show=table")
    assert found.parameters() == (
        ("table", "cases-table"),
        ("show", "table"),
        ("measure", "deaths"),
        ("rows", "area"),
        ("columns", "sex"),
        ("in.area", "01,79"),
        ("at.month", "2025-03"),
    )
    assert found.question() == (
        ("group", "area,sex"),
        ("select", "deaths"),
        ("area__in", "01,79"),
        ("month", "2025-03"),
    )


def test_what_is_unknown_is_told_and_the_usual_is_shown() -> None:
    found = shown("measure=height&rows=colour&show=pie&in.sex=X&level.month=village&at.sex=Q&from.month=1066")
    assert set(found.unknown) == {"height", "colour", "pie", "village", "Q", "1066"}
    assert found.parameters() == shown().parameters()


def test_where_time_is_not_shown_the_newest_year_is() -> None:
    assert {axis.name: code for axis, code in shown("rows=area").held}["month"] == "2025"


def test_a_dimension_without_a_total_is_held_at_a_member() -> None:
    found = shown(schema=cube([TIME, NO_TOTAL], [measure("cases")]))
    assert found.held == ((NO_TOTAL, "a"),)


def test_a_line_is_along_time_whatever_the_form_said_of_rows() -> None:
    found = shown("show=line&rows=area&in.area=01&in.area=79")
    assert (found.rows.name, found.columns and found.columns.name) == ("month", "area")


def test_a_form_whose_rows_were_changed_shows_them() -> None:
    found = shown("show=line&was=line&rows=area")
    assert (found.rows.name, found.show) == ("area", "bars")
    assert shown("show=line&was=bars&rows=area").rows.name == "month"
    assert "was" not in dict(found.parameters())


def test_a_line_whose_rows_become_places_stays_a_chart_of_the_newest_month_that_was_looked_at() -> None:
    looked = "show=line&was=line&rows=area&level.month=month"
    assert dict(shown(looked).held)[TIME] == MONTHS[-1]
    assert dict(shown(f"{looked}&from.month=2024-02&to.month=2024-05").held)[TIME] == "2024-05"
    many = axis("many", [f"{number:03}" for number in range(200)])
    of_many = shown("show=line&was=line&rows=many", cube([many, TIME, SEX], [measure("cases")]))
    assert (of_many.rows.name, of_many.show) == ("many", "bars")
    assert shown("show=line&was=line&rows=area&columns=sex").show == "panels"


def test_a_line_without_time_is_bars() -> None:
    assert shown("show=line", cube([SEX], [measure("cases")])).show == "bars"


def test_a_map_without_boundaries_is_no_map() -> None:
    assert shown("show=map").show == "line"


def test_small_charts_are_of_the_dimension_with_the_fewest_members() -> None:
    found = shown("show=panels")
    assert (found.show, found.columns and found.columns.name) == ("panels", "area")


def test_a_span_of_years_is_read_for_months_and_a_turned_one_is_turned_back() -> None:
    assert (shown("from.month=2025").rows.first, shown("to.month=2024").rows.last) == ("2025-01", "2024-12")
    turned = shown("from.month=2025-05&to.month=2024-02").rows
    assert (turned.first, turned.last) == ("2024-02", "2025-05")
    assert len(turned.codes) == 16
    assert shown("from.month=2025&to.month=2024").rows.codes == tuple(MONTHS)


def test_members_that_were_chosen_say_their_level_and_have_no_span() -> None:
    found = shown("in.month=2024&in.month=2025&from.month=2025-05").rows
    assert (found.level, found.codes, found.first) == ("year", ("2024", "2025"), "")
    assert shown("in.month=2024&in.month=2025-05").rows.level == "month"


def test_a_level_that_is_chosen_after_members_of_another_one_is_shown() -> None:
    assert shown("rows=area&in.area=01&level.area=region").rows.codes == ("N",)
    assert shown("rows=area&in.area=01&in.area=_T&level.area=province").rows.codes == ("_T", "01")


def test_the_question_asks_for_a_level_and_a_span() -> None:
    question = shown("level.month=month&from.month=2025-02&geography=2025").question()
    assert ("month__level", "month") in question
    assert ("month__gte", "2025-02") in question
    assert "geography" not in dict(question)


NAMES = ["month", "sex", "area", "kind", "cases", "deaths", "_T", "M", "01", "2024", "2024-03", "line", "map", "x", ""]
KEYS = ["table", "show", "measure", "rows", "columns", "geography", "sort"]
DOTTED = [f"{kind}.{name}" for kind in ("in", "level", "from", "to", "at") for name in ("month", "sex", "area", "x")]


@given(st.lists(st.tuples(st.sampled_from([*KEYS, *DOTTED, "in.", "utm_source"]), st.sampled_from(NAMES) | st.text())))
def test_every_address_means_something_and_what_it_means_is_one_address(parameters: list[tuple[str, str]]) -> None:
    found = settle(read_asked(parameters), CASES)
    again = settle(read_asked(found.parameters()), CASES)
    assert replace(again, others=()) == replace(found, unknown=(), others=())
    assert found.rows.codes
    names = {along.name for along in found.shown} | {axis.name for axis, _ in found.held}
    assert names == set(CASES.axes)
