"""Check a query against what a release describes, and settle what is to be read. Pure: no file is opened."""

from __future__ import annotations

from datasets.said import said
from portal.query.cube_plan import plan_cells, plan_listing
from portal.query.model import Query, invalid
from portal.query.plan import Plan
from portal.query.provinces import no_provinces
from portal.query.register_plan import plan_register
from portal.query.schema import Cube, Register


def plan_data(query: Query, schema: Cube | Register) -> Plan:
    """Plan an answer: a cube by its margins, a register row by row; what cannot be answered raises QueryInvalid."""
    if isinstance(schema, Cube):
        return plan_cells(query, schema)
    if query.geography is not None:
        raise no_provinces()
    return plan_register(query, schema)


def plan_rows(query: Query, schema: Cube | Register) -> Plan:
    """Plan a listing of a table as it was published, totals included, filtered but never grouped or added up."""
    for place, given in (("group", query.group), ("aggregate", query.aggregates), ("geography", query.geography)):
        if given:
            raise invalid(
                place, said("rows are listed as they are"), said("Ask the data resource of this table instead")
            )
    return plan_register(query, schema) if isinstance(schema, Register) else plan_listing(query, schema)
