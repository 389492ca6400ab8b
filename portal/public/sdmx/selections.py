"""Which values of each dimension a query for data means, and the conditions that are left for observations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from datasets.cell_status import CellStatus, status_column
from datasets.hints import hint
from datasets.said import joined, said
from portal.public.sdmx import naming
from portal.public.sdmx.data_query import Comparing, Condition, DataQuery, Key
from portal.public.sdmx.flows import STATUS_ATTRIBUTES, Dimension, Flow, status_code
from portal.public.sdmx.refusals import NoContent, not_found
from portal.public.sdmx.time_periods import Span, frequency_of, read_period
from portal.query.model import AllOf, AnyOf, Filter, Query, Term, clip, invalid, unknown

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_OPERATORS = {"eq": "eq", "ne": "ne", "lt": "lt", "le": "lte", "gt": "gt", "ge": "gte"}
_TEXT: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda given, value: given == value,
    "ne": lambda given, value: given != value,
    "lt": lambda given, value: given < value,
    "le": lambda given, value: given <= value,
    "gt": lambda given, value: given > value,
    "ge": lambda given, value: given >= value,
    "co": lambda given, value: value in given,
    "nc": lambda given, value: value not in given,
    "sw": lambda given, value: given.startswith(value),
    "ew": lambda given, value: given.endswith(value),
}
_TIME: Mapping[str, Callable[[Span, Span], bool]] = {
    "eq": lambda given, value: given == value,
    "ne": lambda given, value: given != value,
    "lt": lambda given, value: given[1] < value[0],
    "le": lambda given, value: given[1] <= value[1],
    "gt": lambda given, value: given[0] > value[1],
    "ge": lambda given, value: given[0] >= value[0],
}
"""A time is compared as a whole: it begins no earlier, or ends no later."""

Chosen = Mapping[str, frozenset[str]]
"""The values of each dimension that are meant; one that is not there means all."""


@dataclass(frozen=True)
class Selection:
    """What a query selects from a dataflow: slices of it, joined by "or", and conditions on what is observed."""

    slices: tuple[Chosen, ...]
    observed: tuple[Condition, ...]

    def values(self, dimension: Dimension) -> tuple[str, ...]:
        """Return the values of a dimension that some slice holds, in their order."""
        if any(dimension.id not in each for each in self.slices):
            return tuple(dimension.ids)
        held = frozenset().union(*(each[dimension.id] for each in self.slices))
        return tuple(value for value in dimension.ids if value in held)

    def without(self, dimension: str) -> Selection:
        """Return the selection with every value of one dimension."""
        slices = tuple({key: held for key, held in each.items() if key != dimension} for each in self.slices)
        return replace(self, slices=slices)


def select(query: DataQuery, flow: Flow) -> Selection:
    """Return what a query selects; a component or a code that is not there raises QueryInvalid or Refusal."""
    shared: dict[str, frozenset[str]] = {}
    observed = []
    for condition in query.conditions:
        dimension = flow.dimension(condition.component)
        if dimension is not None:
            shared[dimension.id] = frozenset(_held(condition, dimension))
        elif condition.component == naming.VALUE or flow.attribute(condition.component):
            observed.append(condition)
        else:
            known = (*(each.id for each in flow.dimensions), naming.VALUE, *(each.id for each in flow.attributes))
            raise unknown("c", condition.component, known)
    slices = [_joined(_slice(key, flow), shared) for key in query.keys]
    sound = tuple(each for each in slices if all(each.values()))
    if not sound:
        raise NoContent
    return Selection(sound, tuple(observed))


def _joined(one: Chosen, other: Chosen) -> Chosen:
    return {
        each: one[each] & other[each] if each in one and each in other else one.get(each, other.get(each, frozenset()))
        for each in {**one, **other}
    }


def _slice(key: Key, flow: Flow) -> Chosen:
    dimensions = flow.key_dimensions
    if len(key) > len(dimensions):
        rule = said("has %(count)s parts, and the dataflow %(most)s dimensions", count=len(key), most=len(dimensions))
        names = ".".join(each.id for each in dimensions)
        raise invalid("key", rule, said("Write it like %(example)s", example=names))
    chosen = {}
    for dimension, codes in zip(dimensions, key, strict=False):
        for code in codes:
            if code not in dimension.ids:
                raise _no_code(code, dimension)
        if codes:
            chosen[dimension.id] = frozenset(codes)
    return chosen


def _no_code(code: str, dimension: Dimension) -> Exception:
    rule = said("%(name)s has no published code %(given)s", name=dimension.id, given=clip(code))
    return not_found(joined(rule, hint(code, dimension.ids), between=". "))


def _held(condition: Condition, dimension: Dimension) -> Iterator[str]:
    if dimension.kind != "time":
        for comparing in (each for part in condition.alternatives for each in part):
            if comparing.comparison == "eq" and comparing.value not in dimension.ids:
                raise _no_code(comparing.value, dimension)
    for value in dimension.ids:
        if any(
            all(_holds(value, comparing, dimension, condition.place) for comparing in part)
            for part in condition.alternatives
        ):
            yield value


def _holds(value: str, comparing: Comparing, dimension: Dimension, place: str) -> bool:
    if dimension.kind == "time" and comparing.comparison in _TIME:
        if value == comparing.value:
            return comparing.comparison in {"eq", "le", "ge"}
        given, compared = read_period(value), read_period(comparing.value)
        if compared is None or given is None:
            rule = said("%(given)s is not a time", given=clip(comparing.value))
            raise invalid(place, rule, said("Write it like %(example)s", example="ge:2025-01+le:2025-06"))
        return _TIME[comparing.comparison](given, compared)
    return _TEXT[comparing.comparison](value, comparing.value)


# What the query core is asked -----------------------------------------------------------------------------------------

_NEVER = AnyOf(())


@dataclass(frozen=True)
class Part:
    """The observations of one indicator at one frequency, and the question of the query core that they answer."""

    indicator: str
    frequency: str
    """Empty where the dataflow has no time."""
    query: Query


def parts_of(selection: Selection, flow: Flow) -> Iterator[Part]:
    """Yield what is to be asked for each frequency and indicator; what no slice or condition leaves is passed over."""
    indicators = next(each for each in flow.dimensions if each.kind == "indicator")
    frequency = flow.dimension(naming.FREQUENCY)
    for at in selection.values(frequency) if frequency is not None else ("",):
        for measure in selection.values(indicators):
            query = _query(selection, flow, measure, at)
            if query is not None:
                yield Part(measure, at, query)


def _query(selection: Selection, flow: Flow, measure: str, frequency: str) -> Query | None:
    observed = [_observed(condition, measure, flow) for condition in selection.observed]
    slices = [
        each
        for each in selection.slices
        if measure in each.get(naming.INDICATOR, {measure}) and frequency in each.get(naming.FREQUENCY, {frequency})
    ]
    axes = [filters for each in slices if (filters := _axis_filters(each, flow, frequency)) is not None]
    if not axes or _NEVER in observed:
        return None
    several = [AnyOf(tuple(AllOf(filters) for filters in axes))] if len(axes) > 1 else []
    terms = (*observed, *several)
    return Query(
        table=flow.cube.name,
        select=(measure,),
        filters=() if several else axes[0],
        where=AllOf(terms) if terms else None,
    )


def _axis_filters(chosen: Chosen, flow: Flow, frequency: str) -> tuple[Filter, ...] | None:
    """Return the filters of a slice; None where it holds nothing."""
    filters = []
    for dimension in flow.dimensions:
        held = chosen.get(dimension.id)
        timed = frequency if dimension.kind == "time" else ""
        if dimension.axis is None or (held is None and not timed):
            continue
        codes = tuple(
            code
            for value, code in zip(dimension.ids, dimension.codes, strict=True)
            if (held is None or value in held) and (not timed or frequency_of(value) == timed)
        )
        if not codes:
            return None
        if len(codes) < len(dimension.codes):
            filters.append(Filter(dimension.axis.name, "in", codes))
    return tuple(filters)


def _observed(condition: Condition, measure: str, flow: Flow) -> Term:
    """Return a condition on what is observed as the query core asks it of one measure."""
    if condition.component == naming.VALUE:
        whole = flow.cube.measures[measure].field_type == "integer"
        return _any_of(
            _all_of(_number(each, measure, condition.place, whole=whole) for each in part)
            for part in condition.alternatives
        )
    if condition.component not in STATUS_ATTRIBUTES:
        return AllOf(()) if _says("true", condition) else _NEVER
    statuses = tuple(
        status.value for status in CellStatus if _says(status_code(condition.component, status), condition)
    )
    return Filter(status_column(measure), "in", statuses) if statuses else _NEVER


def _says(value: str, condition: Condition) -> bool:
    return any(all(_TEXT[each.comparison](value, each.value) for each in part) for part in condition.alternatives)


def _any_of(terms: Iterable[Term]) -> Term:
    return AnyOf(tuple(term for term in terms if term != _NEVER))


def _all_of(terms: Iterable[Term]) -> Term:
    held = tuple(terms)
    return _NEVER if _NEVER in held else AllOf(held)


def _number(comparing: Comparing, measure: str, place: str, *, whole: bool) -> Term:
    if comparing.comparison not in _OPERATORS:
        rule = said("%(operator)s is not for numbers", operator=comparing.comparison)
        raise invalid(place, rule, said("Use one of: %(names)s", names=", ".join(_OPERATORS)))
    if not _NUMBER.fullmatch(comparing.value):
        rule = said("must be %(kind)s, not %(given)s", kind=said("a number"), given=clip(comparing.value))
        raise invalid(place, rule, said("Write it like %(example)s", example="ge:12.5"))
    operator, value = _OPERATORS[comparing.comparison], comparing.value
    return _of_whole(measure, operator, Decimal(value)) if whole else Filter(measure, operator, (value,))


def _of_whole(measure: str, operator: str, value: Decimal) -> Term:
    """Compare whole numbers with any number: at least 9.5 is at least 10."""
    rounded = value.to_integral_value(rounding=ROUND_CEILING if operator in {"gte", "lt"} else ROUND_FLOOR)
    if rounded != value and operator == "eq":
        return _NEVER
    if rounded != value and operator == "ne":
        return Filter(measure, "null", ("false",))
    return Filter(measure, operator, (str(rounded),))
