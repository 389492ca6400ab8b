"""What one OData comparison means for the query core: where null counts, and what fractions and years stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal

from datasets.said import said
from portal.public.odata.entities import Property
from portal.query.model import AllOf, AnyOf, Filter, Not, Term, invalid

ALWAYS: Term = AllOf(())
NEVER: Term = AnyOf(())
CORE: Mapping[str, str] = {"eq": "eq", "ne": "ne", "gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}
"""The comparisons of OData, and what the query core calls them."""
SWAPPED: Mapping[str, str] = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
FOLDS: Mapping[str, Callable[[str], str]] = {"tolower": str.lower, "toupper": str.upper}

_LARGEST = 10**18


def constant(holds: bool) -> Term:
    """Return the condition that every row satisfies, or none."""
    return ALWAYS if holds else NEVER


def any_of(terms: Iterable[Term]) -> Term:
    """Return the condition that one of ``terms`` holds; several values of one column become one comparison."""
    parts = tuple(terms)
    singles = [part for part in parts if isinstance(part, Filter) and part.operator == "eq"]
    if len(singles) > 1 and len({part.field for part in singles}) == 1:
        among = Filter(singles[0].field, "in", tuple(dict.fromkeys(part.values[0] for part in singles)))
        parts = (among, *(part for part in parts if part not in singles))
    return parts[0] if len(parts) == 1 else AnyOf(parts)


def is_null(found: Property) -> Term:
    return Filter(found.source, "null", ("true",)) if found.nullable else NEVER


def is_not_null(found: Property) -> Term:
    return Filter(found.source, "null", ("false",)) if found.nullable else ALWAYS


def with_nulls(term: Term, found: Property, operator: str, *, negated: bool) -> Term:
    """Return ``term``, true of values alone, or its opposite, with the rows whose value is null where OData has them.

    A comparison with null is false, and ``ne`` true; a function of null is null, and so is its opposite.
    """
    if not found.nullable:
        return Not(term) if negated else term
    if term in (ALWAYS, NEVER):
        holds = is_not_null(found) if (term == ALWAYS) is not negated else NEVER
    else:
        holds = Not(term) if negated else term
    counted = not negated if operator == "ne" else negated and operator in CORE
    return AnyOf((holds, is_null(found))) if counted else holds


def compare_number(found: Property, operator: str, text: str, *, place: str) -> Term:
    """Compare with a number; no whole number is equal to a fraction, but each is more or less."""
    if text in {"NaN", "INF", "-INF"}:
        raise invalid(place, said("%(given)s is never published", given=text), said("Compare with a number"))
    if found.type == "Edm.Double":
        return Filter(found.source, CORE[operator], (text,))
    number = Decimal(text)
    if abs(number) >= _LARGEST:
        raise invalid(place, said("has a number that is too large"), said("Write at most 18 digits"))
    floor = int(number) if number == int(number) or number > 0 else int(number) - 1
    if number == floor:
        return Filter(found.source, CORE[operator], (str(floor),))
    if operator in {"eq", "ne"}:
        return constant(operator == "ne")
    return Filter(found.source, "gt" if operator in {"gt", "ge"} else "lte", (str(floor),))


def compare_year(source: str, operator: str, text: str, *, place: str) -> Term:
    """Compare the year of a day: a year is its days from the first to the last."""
    if not (text.isdigit() and len(text) == 4 and text != "0000"):
        raise invalid(place, said("%(given)s is not a year", given=text[:20]), said("Write it with four digits"))
    first, last = (day.isoformat() for day in (date(int(text), 1, 1), date(int(text), 12, 31)))
    terms: dict[str, Term] = {
        "eq": AllOf((Filter(source, "gte", (first,)), Filter(source, "lte", (last,)))),
        "ne": AnyOf((Filter(source, "lt", (first,)), Filter(source, "gt", (last,)))),
        "gt": Filter(source, "gt", (last,)),
        "ge": Filter(source, "gte", (first,)),
        "lt": Filter(source, "lt", (first,)),
        "le": Filter(source, "lte", (last,)),
    }
    return terms[operator]
