"""Check a query against what a release describes, and settle what is to be read. Pure: no file is opened."""

from __future__ import annotations

from dataclasses import replace

from datasets.said import said
from portal.query.cube_plan import plan_cells, plan_listing
from portal.query.former_names import unnamed, with_present_names
from portal.query.model import Query, invalid, unknown
from portal.query.plan import Plan
from portal.query.provinces import no_provinces
from portal.query.register_plan import plan_register
from portal.query.schema import Cube, Register


def plan_data(query: Query, schema: Cube | Register) -> Plan:
    """Plan an answer: a cube by its margins, a register row by row; what cannot be answered raises QueryInvalid."""
    present, called = with_present_names(query, schema.former)
    return _told_names(query, called, _plan_data(present, schema), schema)


def plan_rows(query: Query, schema: Cube | Register) -> Plan:
    """Plan a listing of a table as it was published, totals included, filtered but never grouped or added up."""
    present, called = with_present_names(query, schema.former)
    return _told_names(query, called, _plan_rows(present, schema), schema)


def _plan_data(query: Query, schema: Cube | Register) -> Plan:
    if isinstance(schema, Cube):
        return plan_cells(query, schema)
    if query.geography is not None:
        raise no_provinces()
    return plan_register(query, schema)


def _plan_rows(query: Query, schema: Cube | Register) -> Plan:
    for place, given in (("group", query.group), ("aggregate", query.aggregates), ("geography", query.geography)):
        if given:
            raise invalid(
                place, said("rows are listed as they are"), said("Ask the data resource of this table instead")
            )
    return plan_register(query, schema) if isinstance(schema, Register) else plan_listing(query, schema)


def _told_names(query: Query, called: dict[str, str], plan: Plan, schema: Cube | Register) -> Plan:
    """Return ``plan`` with the names by which the answer calls its fields."""
    known = [one.old for one in schema.former if one.answered]
    for name in query.names or ():
        if name not in known:
            raise unknown("names", name, ("both", "present", *known))
    if not schema.former:
        return plan
    also = [one for one in unnamed(query, schema.former) if query.names is None or one.old in query.names]
    return replace(plan, called=tuple(called.items()), also=tuple((one.new, one.old) for one in also))
