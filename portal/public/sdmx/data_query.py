"""Queries for data as SDMX-REST 2 writes them: a key, conditions on components, and how much of it in which order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, get_args

from datasets.said import said
from portal.public.sdmx.refusals import not_found, not_offered
from portal.public.sdmx.versions import VersionQuery, read_versions
from portal.query.model import MAX_OFFSET, MAX_TERMS, MAX_VALUE_LENGTH, clip, invalid, unknown

Comparison = Literal["eq", "ne", "lt", "le", "gt", "ge", "co", "nc", "sw", "ew"]
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)

PARAMETERS = (
    "updatedAfter",
    "firstNObservations",
    "lastNObservations",
    "dimensionAtObservation",
    "attributes",
    "measures",
    "includeHistory",
    "offset",
    "limit",
    "sort",
    "asOf",
    "reportingYearStartDay",
    "format",
    "formatVersion",
    "lang",
)
CONTEXTS = ("dataflow", "datastructure", "provisionagreement")
ALL_DIMENSIONS = "AllDimensions"
MAX_KEYS = 100
MAX_OBSERVATIONS = 1_000_000
"""How many observations JSON and XML hold; SDMX-CSV streams as many as there are."""

_CONDITION = re.compile(r"c\[([A-Za-z][A-Za-z0-9_-]{0,63})\]")
_NUMBER = re.compile(r"[0-9]{1,8}")


@dataclass(frozen=True)
class Comparing:
    """One comparison of a component with a value."""

    comparison: Comparison
    value: str


@dataclass(frozen=True)
class Condition:
    """What one component must satisfy: one of some alternatives, each a list of comparisons that all hold."""

    component: str
    alternatives: tuple[tuple[Comparing, ...], ...]

    @property
    def place(self) -> str:
        """The parameter as it was written."""
        return f"c[{self.component}]"


Key = tuple[tuple[str, ...], ...]
"""The codes of each dimension of a key; none means every one, as does a dimension that is left out at the end."""


@dataclass(frozen=True)
class DataQuery:
    """One query for the data of one dataflow."""

    context: str
    agencies: tuple[str, ...]
    id: str
    version: VersionQuery
    keys: tuple[Key, ...] = ((),)
    conditions: tuple[Condition, ...] = ()
    first: int | None = None
    last: int | None = None
    offset: int = 0
    limit: int | None = None
    at_observation: str = ""
    attributes: tuple[str, ...] = ("dsd",)
    measures: tuple[str, ...] = ("all",)
    as_of: datetime | None = None
    updated_after: datetime | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def trimmed(self) -> bool:
        """Whether only some observations of each series are wanted."""
        return self.first is not None or self.last is not None


def read_parameters(given: Sequence[tuple[str, str]], allowed: Sequence[str], *, conditions: bool) -> dict[str, str]:
    """Return the parameters of a request; one that is not known or comes twice raises QueryInvalid."""
    parameters: dict[str, str] = {}
    if len(given) > MAX_KEYS:
        raise invalid("query", said("has more than %(count)s parameters", count=MAX_KEYS))
    for name, value in given:
        if name not in allowed and not (conditions and _CONDITION.fullmatch(name)):
            raise unknown("query", name, (*allowed, *(("c[…]",) if conditions else ())))
        if name in parameters:
            raise invalid(name, said("is given more than once"), said("Join its values in one parameter"))
        parameters[name] = value
    return parameters


def read_data_query(parts: Sequence[str], parameters: Mapping[str, str]) -> DataQuery:
    """Read the path behind ``data/`` and its parameters; what is none raises QueryInvalid or Refusal."""
    given = [*parts, *[""] * (5 - len(parts))]
    context = given[0] or "*"
    if context not in {*CONTEXTS, "*"}:
        raise unknown("context", context, CONTEXTS)
    if context == "provisionagreement":
        raise not_found(said("There is nothing of the type %(name)s here", name=context))
    if given[2] in {"", "*"} or "," in given[2]:
        raise not_offered(said("data of several dataflows in one answer"))
    _check_not_offered(parameters)
    after, as_of = _moment(parameters, "updatedAfter"), _moment(parameters, "asOf")
    if after and as_of and after > as_of:
        raise invalid("updatedAfter", said("is later than asOf"), said("Leave one of them out"))
    query = DataQuery(
        context=context,
        agencies=() if given[1] in {"", "*", "all"} else tuple(given[1].split(",")),
        id=given[2],
        version=_version(given[3]),
        keys=_keys(given[4]),
        conditions=_conditions(parameters),
        first=_count(parameters, "firstNObservations"),
        last=_count(parameters, "lastNObservations"),
        offset=_count(parameters, "offset", least=0) or 0,
        limit=_count(parameters, "limit"),
        at_observation=parameters.get("dimensionAtObservation", ""),
        attributes=tuple(parameters.get("attributes", "dsd").split(",")),
        measures=tuple(parameters.get("measures", "all").split(",")),
        as_of=as_of,
        updated_after=after,
        parameters=parameters,
    )
    _check_terms(query)
    return query


def _version(text: str) -> VersionQuery:
    """Read a version; where several would be meant the newest one is, for editions are no corrections of another."""
    queries = read_versions(text or "*")
    if len(queries) > 1:
        raise not_offered(said("data of several versions in one answer"))
    return queries[0]


def _check_not_offered(parameters: Mapping[str, str]) -> None:
    if parameters.get("includeHistory", "false") not in {"true", "false"}:
        raise unknown("includeHistory", parameters["includeHistory"], ("true", "false"))
    for name, plain in (("includeHistory", "false"), ("sort", ""), ("reportingYearStartDay", "--01-01")):
        if parameters.get(name, plain) != plain:
            raise not_offered(name)


def _keys(text: str) -> tuple[Key, ...]:
    if text in {"", "*", "all"}:
        return ((),)
    keys = text.split(",")
    if len(keys) > MAX_KEYS:
        raise invalid("key", said("names more than %(count)s values", count=MAX_KEYS))
    # A plus sign joins codes in the keys of SDMX-REST 1, and in those that clients make of a dictionary.
    return tuple(
        tuple(() if part in {"", "*"} else tuple(dict.fromkeys(part.split("+"))) for part in key.split("."))
        for key in keys
    )


def _conditions(parameters: Mapping[str, str]) -> tuple[Condition, ...]:
    conditions = []
    for name, value in parameters.items():
        found = _CONDITION.fullmatch(name)
        if found:
            conditions.append(Condition(found[1], _alternatives(name, value)))
    return tuple(conditions)


def _alternatives(place: str, text: str) -> tuple[tuple[Comparing, ...], ...]:
    if text == "":
        raise invalid(place, said("has no value"), said("Write it like %(example)s", example="c[SEX]=F"))
    # A plus sign in an address stands for a space unless it is written %2B; no value here holds either.
    joined = text.replace(" ", "+")
    return tuple(tuple(_comparing(place, part) for part in each.split("+")) for each in joined.split(","))


def _comparing(place: str, text: str) -> Comparing:
    prefix, colon, value = text.partition(":")
    for comparison in COMPARISONS:
        if colon and prefix == comparison:
            return Comparing(comparison, _value(place, value))
    return Comparing("eq", _value(place, text))


def _value(place: str, text: str) -> str:
    if not text or len(text) > MAX_VALUE_LENGTH:
        rule = said("has a value that is empty or too long")
        raise invalid(place, rule, said("Write at most %(count)s characters", count=MAX_VALUE_LENGTH))
    return text


def _count(parameters: Mapping[str, str], name: str, *, least: int = 1) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= MAX_OFFSET:
        rule = said(
            "must be a whole number from %(least)s to %(most)s, not %(given)s",
            least=least,
            most=MAX_OFFSET,
            given=clip(text),
        )
        raise invalid(name, rule)
    return int(text)


def _moment(parameters: Mapping[str, str], name: str) -> datetime | None:
    text = parameters.get(name)
    if text is None:
        return None
    try:
        # A plus sign in an address stands for a space unless it is written %2B.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        rule = said("%(given)s is not a date and time", given=clip(text))
        raise invalid(name, rule, said("Write it like %(example)s", example="2026-01-31T09:30:00Z")) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_as_of(parameters: Mapping[str, str]) -> datetime | None:
    """Return the moment of ``asOf``, if one is asked for."""
    return _moment(parameters, "asOf")


def _check_terms(query: DataQuery) -> None:
    in_keys = sum(len(codes) for key in query.keys for codes in key)
    compared = sum(len(each) for condition in query.conditions for each in condition.alternatives)
    if in_keys + compared > MAX_TERMS:
        rule = said("names more than %(count)s values", count=MAX_TERMS)
        raise invalid("key", rule, said("Leave a dimension out for all of its codes"))
