"""Questions to the tables of one release that are sure to have an answer: made of rows that it publishes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from datasets.errors import QueryInvalid
from datasets.names import TOTAL
from datasets.text import Language
from portal.query.parameters import read_query
from portal.query.plan import Column
from portal.query.planning import plan_data, plan_rows
from portal.query.schema import Cube, Register

Kind = Literal["one", "group", "page", "whole"]
Row = Mapping[str, object]
PAGE = 10
"""How many rows a page of an example has."""
_SHOWN_FIELDS = 4


@dataclass(frozen=True)
class Question:
    """One question that has an answer, and the columns of that answer."""

    kind: Kind
    table: str
    resource: Literal["data", "rows"]
    parameters: tuple[tuple[str, str], ...]
    """As in an address, without the release and the format."""
    columns: tuple[Column, ...]
    place: tuple[tuple[str, str], ...] = ()
    """The members that it is about: a column and its code."""
    along: str = ""
    """The column that has a row for each member."""
    measure: str = ""
    """The measure that is asked for, or the first of several; empty for a register."""


def questions_of(schema: Cube | Register, rows: Sequence[Row], language: Language) -> tuple[Question, ...]:
    """Return one question of each kind that ``schema`` can answer; ``rows`` are some that it publishes.

    Labels are asked for in ``language``. A question that cannot be planned is left out, so none is ever refused.
    """
    drafts = _of_register(schema, rows, language) if isinstance(schema, Register) else _of_cube(schema, rows, language)
    return tuple(found for draft in drafts if (found := _planned(draft, schema)) is not None)


@dataclass(frozen=True)
class _Draft:
    """A question before it is known whether it has an answer."""

    kind: Kind
    parameters: tuple[tuple[str, str], ...]
    place: tuple[tuple[str, str], ...] = ()
    along: str = ""
    measure: str = ""


def _planned(draft: _Draft, schema: Cube | Register) -> Question | None:
    whole = draft.kind == "whole"
    try:
        query = read_query(schema.name, draft.parameters, answer_format="csv")
        plan = plan_rows(query, schema) if whole else plan_data(query, schema)
    except QueryInvalid:
        return None
    return Question(
        draft.kind,
        schema.name,
        "rows" if whole else "data",
        draft.parameters,
        plan.columns,
        draft.place,
        draft.along,
        draft.measure,
    )


def _of_cube(cube: Cube, rows: Sequence[Row], language: Language) -> Iterator[_Draft]:
    measure = next(iter(cube.measures))
    shown = [row for row in rows if row[measure] is not None]
    if rows:
        about = max(shown, key=lambda row: _number(row[measure]), default=rows[0])
        along = next((name for name in cube.axes if len({row[name] for row in rows}) > 1), next(iter(cube.axes)))
        place = tuple((name, str(about[name])) for name in cube.axes if about[name] != TOTAL)
        fixed = tuple((name, code) for name, code in place if name != along)
        yield _Draft("one", (*place, ("select", measure)), place, measure=measure)
        grouped = (*fixed, ("group", along), ("select", measure))
        yield _Draft("group", (*grouped, ("lang", language)), fixed, along, measure)
        least = tuple((f"{measure}__gte", each) for each in _middle(row[measure] for row in shown))
        largest = (*grouped, *least, ("order", f"-{measure}"), ("limit", str(PAGE)))
        yield _Draft("page", largest, fixed, along, measure)
    yield _Draft("whole", (("limit", "all"),), measure=measure)


def _middle(values: Iterable[object]) -> Iterator[str]:
    """Yield the value that half of the others reach, so that a page of those above it is never empty."""
    numbers = sorted(values, key=_number)
    if numbers:
        yield str(numbers[len(numbers) // 2])


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return value


def _of_register(register: Register, rows: Sequence[Row], language: Language) -> Iterator[_Draft]:
    fields = tuple(register.fields)
    key = register.description.key
    select = ",".join(dict.fromkeys((*key, *fields[: _SHOWN_FIELDS - 1])))
    for row in rows[:1]:
        place = tuple((name, text) for name in key for text in _text(row[name]))
        yield _Draft("one", place, place)
        coded = next((name for name in register.codelists if tuple(_text(row[name]))), None)
        if coded is not None:
            counted = (("group", coded), ("aggregate", "count"), ("order", "-count"), ("lang", language))
            yield _Draft("group", counted, along=coded)
            member = ((coded, str(row[coded])),)
            order = (("order", key[0]),) if key else ()
            yield _Draft("page", (*member, ("select", select), *order, ("limit", str(PAGE))), member)
    yield _Draft("whole", (("limit", "all"),))


def _text(value: object) -> Iterator[str]:
    """Yield a value of a register as an address writes it; nothing where it has none."""
    text = value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
    if text.strip():
        yield text


def withholds(question: Question, cube: Cube | Register) -> bool:
    """Say whether the answer may hold cells without a number to protect people."""
    return isinstance(cube, Cube) and cube.table.withheld.get(question.measure, 0) > 0
