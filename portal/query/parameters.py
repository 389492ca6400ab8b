"""The native dialect: parameters of a URL, read into a ``Query``. Unknown field names are left to the plan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Literal

from datasets.errors import QueryInvalid
from datasets.moments import VIETNAM_TIME
from datasets.said import said
from datasets.text import LANGUAGES
from portal.query.model import (
    AGGREGATES,
    ALL_ROWS,
    DEFAULT_LIMIT,
    GEOGRAPHIES,
    MAX_OFFSET,
    MAX_TERMS,
    MAX_VALUE_LENGTH,
    MOST_ROWS,
    PARAMETERS,
    UNPAGED,
    Aggregate,
    Filter,
    FormatKey,
    Geography,
    Order,
    Query,
    clip,
    invalid,
    shown_name,
    unknown,
)
from portal.query.operators import OPERATORS
from portal.query.sql_conditions import read_condition

ELSEWHERE = frozenset({"release", "as_of", "format", "header", "bom", "download"})
"""Parameters that say which release is asked and how the answer is handed out; the query does not hold them."""
_LISTS = frozenset({"select", "group", "aggregate", "order"})
_NO_FILTERS = _LISTS | ELSEWHERE | {"where", "limit", "offset", "after", "lang", "geography", "names"}
_AGGREGATE = re.compile(r"(count_distinct|sum|min|max|avg)\(([^()]{1,130})\)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LIMIT = re.compile(r"[0-9]{1,9}")


def read_query(table: str, parameters: Sequence[tuple[str, str]], *, answer_format: FormatKey) -> Query:
    """Read the parameters of a request, in their order; a repeated, empty or oversized one raises QueryInvalid."""
    if len(parameters) > MAX_TERMS:
        raise _too_many()
    given = _once(parameters)
    where = given.get("where")
    query = Query(
        table=table,
        select=_names("select", given.get("select")),
        filters=tuple(_filter(name, text) for name, text in given.items() if name not in _NO_FILTERS),
        where=None if where is None else read_condition(where),
        group=_names("group", given.get("group")),
        aggregates=tuple(map(_aggregate, _names("aggregate", given.get("aggregate")))),
        order=tuple(_order(name) for name in _names("order", given.get("order"))),
        limit=_limit(given.get("limit"), answer_format),
        offset=_offset(given.get("offset")),
        after=given.get("after", ""),
        language=_language(given.get("lang")),
        geography=_geography(given.get("geography")),
        names=_older_names(given.get("names", "both")),
    )
    if query.terms > MAX_TERMS:
        raise _too_many()
    return query


def read_moment(text: str) -> datetime:
    """Read ``as_of``: a date, which means the end of that day in Viet Nam, or a moment with its offset from UTC."""
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time.max, VIETNAM_TIME)
        moment: datetime | None = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None:
        remedy = said("Write it like %(example)s", example="2026-03-31")
        raise invalid("as_of", said("must be a date, not %(given)s", given=clip(text)), remedy)
    return moment


def _too_many() -> QueryInvalid:
    rule = said("names more than %(count)s values", count=MAX_TERMS)
    return invalid("query", rule, said("Ask in several requests, or filter by a level"))


def _once(parameters: Sequence[tuple[str, str]]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, text in parameters:
        place = name if name.isprintable() and 0 < len(name) <= 130 else "query"
        if name in given:
            raise invalid(place, said("is given twice"), _once_remedy(place))
        if not text.strip():
            raise invalid(place, said("has no value"), said("Give it one, or leave it out"))
        given[name] = text
    return given


def _once_remedy(name: str) -> str:
    if name in PARAMETERS:
        if name in _LISTS:
            return said("Give %(name)s once, with commas between several names", name=name)
        return said("Give %(name)s once", name=name)
    return said("Write several values as %(name)s__in=a,b", name=name.partition("__")[0])


def _filter(name: str, text: str) -> Filter:
    field, separator, key = name.rpartition("__")
    if not separator:
        return Filter(name, "eq", (_value(name, text),))
    operator = OPERATORS.get(key)
    if operator is None:
        # The status of a measure is a column of its own, which is easily taken for an operator.
        raise unknown(shown_name(name), key, OPERATORS, near=f"{shown_name(field)}_status" if key == "status" else "")
    values = text.split(",") if operator.arity == "many" else [text]
    return Filter(field, key, tuple(dict.fromkeys(_value(name, value.strip()) for value in values)))


def _value(place: str, text: str) -> str:
    if not text:
        remedy = said("Take away the comma that is too many")
        raise invalid(shown_name(place), said("has an empty value between its commas"), remedy)
    if "\x00" in text:
        rule = said("has a value with a character that no text holds")
        raise invalid(shown_name(place), rule, said("Take away the code %(code)s", code="%00"))
    if len(text) > MAX_VALUE_LENGTH:
        remedy = said("Write at most %(count)s characters", count=MAX_VALUE_LENGTH)
        raise invalid(shown_name(place), said("has too long a value"), remedy)
    return text


def _names(place: str, text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    names = tuple(name.strip() for name in text.split(","))
    if not all(name.removeprefix("-") for name in names):
        remedy = said("Take away the comma that is too many")
        raise invalid(place, said("has an empty name between its commas"), remedy)
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        rule = said("names one field twice: %(name)s", name=clip(twice))
        raise invalid(place, rule, said("Name each field once"))
    return names


def _aggregate(text: str) -> Aggregate:
    if text == "count":
        return Aggregate("count")
    found = _AGGREGATE.fullmatch(text)
    if found is None:
        remedy = said(
            "Write %(examples)s", examples="count, sum(beds), avg(beds), min(beds), max(beds), count_distinct(beds)"
        )
        raise invalid("aggregate", said("%(given)s is not a figure that is known", given=clip(text)), remedy)
    function = next(known for known in AGGREGATES if known == found[1])
    return Aggregate(function, found[2].strip())


def _offset(text: str | None) -> int:
    if text is None:
        return 0
    if not _LIMIT.fullmatch(text) or int(text) > MAX_OFFSET:
        rule = said("must be a whole number from 0 to %(most)s, not %(given)s", most=MAX_OFFSET, given=clip(text))
        raise invalid("offset", rule, said("Follow the next link for more rows, or download the whole table"))
    return int(text)


def _order(name: str) -> Order:
    return Order(name.removeprefix("-"), descending=name.startswith("-"))


def _limit(text: str | None, answer_format: FormatKey) -> int:
    most = MOST_ROWS[answer_format]
    if text is None:
        return most if answer_format in UNPAGED else DEFAULT_LIMIT
    if text == "all" and most == ALL_ROWS:
        return ALL_ROWS
    if not _LIMIT.fullmatch(text) or not 1 <= int(text) <= most:
        raise invalid(
            "limit",
            said(
                "must be a whole number from 1 to %(most)s for %(format)s, not %(given)s",
                most=most,
                format=answer_format.upper(),
                given=clip(text),
            ),
            said("Follow the next link for more rows, or download the whole table"),
        )
    return int(text)


def _language(text: str | None) -> Literal["vi", "en"] | None:
    if text is None:
        return None
    for language in LANGUAGES:
        if text == language:
            return language
    raise unknown("lang", text, LANGUAGES)


def _geography(text: str | None) -> Geography | None:
    for known in GEOGRAPHIES:
        if text == known:
            return known
    if text is None:
        return None
    raise unknown("geography", text, GEOGRAPHIES)


def _older_names(text: str) -> tuple[str, ...] | None:
    if text == "both":
        return None
    return () if text == "present" else _names("names", text)
