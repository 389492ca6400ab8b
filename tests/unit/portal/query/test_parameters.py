"""Parameters of a URL become a query, or an error that names the parameter."""

from __future__ import annotations

from datetime import datetime

import pytest

from datasets.errors import QueryInvalid
from datasets.names import RESERVED
from portal.query.model import ALL_ROWS, MAX_OFFSET, PARAMETERS, Aggregate, AnyOf, Filter, Order, Query
from portal.query.parameters import read_moment, read_query


def read(*parameters: tuple[str, str], answer_format: str = "json") -> Query:
    return read_query("cases", parameters, answer_format="csv" if answer_format == "csv" else "json")


def test_no_parameters_ask_for_everything_left_out() -> None:
    assert read() == Query("cases")


def test_every_parameter_finds_its_place() -> None:
    query = read(
        ("release", "2024.1"),
        ("province", "79"),
        ("month__in", "2024-01, 2024-02,2024-01"),
        ("cases__gte", "10"),
        ("select", "cases,deaths"),
        ("group", "sex"),
        ("order", "-cases,sex"),
        ("limit", "50"),
        ("after", "abc"),
        ("lang", "vi"),
        ("format", "json"),
        ("download", "true"),
    )
    assert query == Query(
        "cases",
        select=("cases", "deaths"),
        filters=(
            Filter("province", "eq", ("79",)),
            Filter("month", "in", ("2024-01", "2024-02")),
            Filter("cases", "gte", ("10",)),
        ),
        group=("sex",),
        order=(Order("cases", descending=True), Order("sex")),
        limit=50,
        after="abc",
        language="vi",
    )
    assert [condition.place for condition in query.filters] == ["province", "month__in", "cases__gte"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ([("province", "01"), ("province", "79")], "province: is given twice"),
        ([("group", "")], "group: has no value"),
        ([("province", "  ")], "province: has no value"),
        ([("province__like", "7%")], "province__like: 'like' is not known"),
        ([("province__in", "01,,79")], "province__in: has an empty value between its commas"),
        ([("province", "0\x001")], "province: has a value with a character"),
        ([("province", "x" * 501)], "province: has too long a value"),
        ([("select", "a,")], "select: has an empty name between its commas"),
        ([("order", "-")], "order: has an empty name"),
        ([("group", "sex,sex")], "names one field twice"),
        ([("limit", "0")], "must be a whole number from 1 to 100000 for JSON"),
        ([("limit", "100001")], "must be a whole number"),
        ([("limit", "1e3")], "must be a whole number"),
        ([("limit", "١٢")], "must be a whole number"),
        ([("lang", "fr")], "'fr' is not known"),
        ([("", "x"), ("", "y")], "query: is given twice"),
        ([("a\u202e", "x"), ("a\u202e", "y")], "query: is given twice"),
        ([("province__in", ",".join(map(str, range(1001))))], "names more than 1000 values"),
        ([(f"p{number}", "1") for number in range(501)], "names more than 1000 values"),
        ([(f"p{number}", "1") for number in range(1001)], "names more than 1000 values"),
    ],
)
def test_what_cannot_be_read_is_refused(parameters: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(QueryInvalid, match=message.replace("(", r"\(")):
        read(*parameters)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("province", "Write several values as province__in=a,b"),
        ("province__in", "Write several values as province__in=a,b"),
        ("limit", "Give limit once"),
        ("group", "Give group once, with commas between several names"),
    ],
)
def test_what_is_given_twice_is_told_how_to_be_given_once(name: str, remedy: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        read((name, "1"), (name, "2"))
    assert caught.value.problems[0].remedy == remedy


def test_what_is_written_while_it_is_read_may_be_whole() -> None:
    assert read(("limit", "1000000"), answer_format="csv").limit == 1_000_000
    assert read(("limit", "all"), answer_format="csv").limit == ALL_ROWS
    with pytest.raises(QueryInvalid, match="must be a whole number from 1 to 100000 for JSON, not 'all'"):
        read(("limit", "all"))


def test_conditions_figures_and_rows_to_pass_over() -> None:
    query = read(
        ("where", "sex = 'F' or cases > 3"), ("aggregate", "count,sum(beds),count_distinct( kind )"), ("offset", "20")
    )
    assert query.where == AnyOf((Filter("sex", "eq", ("F",)), Filter("cases", "gt", ("3",))))
    assert query.aggregates == (Aggregate("count"), Aggregate("sum", "beds"), Aggregate("count_distinct", "kind"))
    assert [each.name for each in query.aggregates] == ["count", "beds_sum", "kind_count_distinct"]
    assert query.offset == 20
    assert query.terms == 2 + 2 + 3
    for wrong in ("-1", "1e3", "99999999999", str(MAX_OFFSET + 1)):
        with pytest.raises(QueryInvalid, match="offset: must be a whole number from 0"):
            read(("offset", wrong))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-31", "2026-03-31T23:59:59.999999+07:00"),
        ("2026-03-31T10:00:00Z", "2026-03-31T10:00:00+00:00"),
    ],
)
def test_a_day_ends_in_viet_nam(text: str, moment: str) -> None:
    assert read_moment(text) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "2026-03-31T10:00:00", "0000-01-01", "20260331"])
def test_what_is_no_date_is_told_how_one_is_written(text: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        read_moment(text)
    assert caught.value.problems[0].remedy == "Write it like 2026-03-31"


def test_a_stranger_s_text_is_clipped_in_messages() -> None:
    with pytest.raises(QueryInvalid) as caught:
        read(("lang", "\x1b[31m" + "é" * 300))
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_no_field_can_be_called_like_a_parameter() -> None:
    assert set(PARAMETERS) == RESERVED
