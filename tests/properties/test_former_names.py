"""A question by older names is the question by the names of now, wherever it says them, and never by both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from datasets.errors import QueryInvalid
from datasets.notices import RenamedField
from portal.query.former_names import former_names, unnamed, with_present_names
from portal.query.model import Aggregate, AllOf, AnyOf, Filter, Not, Order, Query, Term

FIELDS = ("province", "month", "cases", "deaths")
MEASURES = ("cases", "deaths")
OLD = {"province": "area", "cases": "patients", "cases_status": "patients_status"}
RENAMED = [RenamedField(old=old, new=new, until=date(2028, 6, 30)) for new, old in OLD.items() if "_" not in new]
FORMER = former_names(RENAMED, fields=FIELDS, measures=MEASURES, answered=("area", "patients"))
OVER = former_names(RENAMED, fields=FIELDS, measures=MEASURES, answered=("area",))
COLUMNS = (*FIELDS, "cases_status", "deaths_status")
Name = Callable[[str], str]
Make = Callable[[Name], Query]

names = st.lists(st.sampled_from(COLUMNS), max_size=3, unique=True)
conditions = st.sampled_from(COLUMNS)


def filters(fields: list[str], name: Name) -> tuple[Filter, ...]:
    return tuple(Filter(name(field), "eq", ("1",)) for field in fields)


def nested(fields: list[str], name: Name) -> Term | None:
    parts = filters(fields, name)
    return AnyOf((Not(AllOf(parts)), *parts)) if parts else None


@st.composite
def questions(draw: st.DrawFn) -> tuple[Make, frozenset[str]]:
    """Return how to make a question by any names, and the columns that it names."""
    select, group, order, asked, tested, shown, figures = (draw(names) for _ in range(7))

    def make(name: Name) -> Query:
        return Query(
            "by-month",
            select=tuple(map(name, select)),
            group=tuple(map(name, group)),
            order=tuple(Order(name(field), descending=True) for field in order),
            filters=filters(asked, name),
            where=nested(tested, name),
            columns=tuple(map(name, shown)),
            aggregates=(Aggregate("count"), *(Aggregate("max", name(field)) for field in figures)),
        )

    return make, frozenset([*select, *group, *order, *asked, *tested, *shown, *figures])


def field_of(column: str) -> str:
    return column.removesuffix("_status")


@given(questions())
def test_older_names_mean_those_of_now(question: tuple[Make, frozenset[str]]) -> None:
    make, named = question
    present, called = with_present_names(make(lambda name: OLD.get(name, name)), FORMER)
    assert present == make(str)
    assert called == {field: OLD[field] for field in map(field_of, named) if field in OLD}
    assert with_present_names(make(str), FORMER) == (make(str), {})


@given(questions(), st.sampled_from(sorted(OLD)))
def test_a_field_is_not_called_by_two_names(question: tuple[Make, frozenset[str]], other: str) -> None:
    make, named = question
    assume(field_of(other) in set(map(field_of, named)))
    query = make(lambda name: OLD.get(name, name))
    both = Query(query.table, query.select, query.filters, (*query.group, other), query.order, where=query.where,
                 columns=query.columns, aggregates=query.aggregates)  # fmt: skip
    with pytest.raises(QueryInvalid, match="is an older name of"):
        with_present_names(both, FORMER)


@given(questions())
def test_a_name_that_is_over_is_refused(question: tuple[Make, frozenset[str]]) -> None:
    make, named = question
    query = make(lambda name: OLD.get(name, name))
    if "cases" in set(map(field_of, named)):
        with pytest.raises(QueryInvalid, match="has another name now: cases"):
            with_present_names(query, OVER)
    else:
        assert with_present_names(query, OVER)[0] == make(str)


@given(questions())
def test_what_is_not_named_has_its_older_names_too(question: tuple[Make, frozenset[str]]) -> None:
    make, named = question
    left = {field for field in OLD if "_" not in field} - set(map(field_of, named))
    assert {one.new for one in unnamed(make(str), FORMER)} == left
    assert {one.new for one in unnamed(make(lambda name: OLD.get(name, name)), FORMER)} == left
