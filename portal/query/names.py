"""Check the names in a query against the fields of its table, and say what was probably meant by a wrong one."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from datasets.errors import QueryInvalid
from datasets.hints import listed
from datasets.said import said
from portal.query.model import PARAMETERS, Filter, Query, clip, invalid, leaves, shown_name, unknown
from portal.query.operators import OPERATORS
from portal.query.schema import Cube, Register


def check_cube_names(query: Query, cube: Cube) -> None:
    """Raise QueryInvalid for the first filter, group or selection that names no fitting field of ``cube``."""
    _check_filters(query, cube.field_names)
    for name in query.group:
        if name not in cube.axes:
            raise _no_group(name, cube)
    for name in query.select:
        if name not in cube.measures:
            raise _no_selection(name, cube)


def check_register_names(query: Query, register: Register) -> None:
    """Raise QueryInvalid for the first filter, selection, group or aggregate that names no field of ``register``."""
    _check_filters(query, register.fields)
    for name in query.select:
        if name not in register.fields:
            raise unknown("select", name, register.fields)
    for place, named in (
        ("group", query.group),
        ("aggregate", [each.field for each in query.aggregates if each.field]),
    ):
        for name in named:
            if name not in register.fields:
                raise unknown(place, name, register.fields)


def no_order(name: str, cube: Cube, sortable: Iterable[str]) -> QueryInvalid:
    """Make the error for an order by something that the answer has no column for."""
    allowed = tuple(sortable)
    if name not in cube.field_names:
        return unknown("order", name, allowed)
    add = {**dict.fromkeys(cube.axes, "group"), **dict.fromkeys(cube.measures, "select")}.get(name)
    names = listed(allowed)
    if add:
        remedy = said("Add it with %(parameter)s=, or sort by one of: %(names)s", parameter=add, names=names)
    else:
        remedy = said("Sort by one of: %(names)s", names=names)
    rule = said("%(name)s is not a column of this answer that can be sorted by", name=clip(name))
    return invalid("order", rule, remedy)


def _check_filters(query: Query, fields: Collection[str]) -> None:
    for condition in (*query.filters, *(leaves(query.where) if query.where else ())):
        if condition.field not in fields:
            place, known = shown_name(condition.place), (*fields, *PARAMETERS)
            raise unknown(place, condition.field, known, near=_meant(condition, fields))


def _meant(condition: Filter, fields: Collection[str]) -> str:
    """Return the field with its operator that was probably meant, where only an underscore is missing between them."""
    for key in OPERATORS:
        field = condition.field.removesuffix(f"_{key}")
        if condition.operator == "eq" and field != condition.field and field in fields:
            return f"{field}__{key}"
    return ""


def _no_group(name: str, cube: Cube) -> QueryInvalid:
    if name in cube.field_names:
        rule = said("%(name)s is not a dimension", name=clip(name))
        return invalid("group", rule, said("Group by one of: %(names)s", names=listed(cube.axes)))
    return unknown("group", name, cube.axes)


def _no_selection(name: str, cube: Cube) -> QueryInvalid:
    if name in cube.axes:
        remedy = said(
            "group=%(name)s gives a row for each member. Select from: %(names)s", name=name, names=listed(cube.measures)
        )
        return invalid("select", said("%(name)s is a dimension, not a measure", name=clip(name)), remedy)
    if name in cube.statuses:
        measure = cube.statuses[name]
        rule = said("%(name)s always comes with %(measure)s", name=clip(name), measure=measure)
        return invalid("select", rule, said("Write select=%(names)s", names=measure))
    return unknown("select", name, cube.measures)
