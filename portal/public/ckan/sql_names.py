"""Statements that call a field by a name that it had before: they are asked by the names that fields have now."""

from __future__ import annotations

from dataclasses import replace

from portal.query.former_names import with_present_names
from portal.query.model import Query
from portal.query.schema import Cube, Register
from portal.query.sql_select import Output, Select


def by_present_names(select: Select, schema: Cube | Register) -> tuple[Select, dict[str, str]]:
    """Return ``select`` with the names that fields have now, and which fields it called otherwise.

    Columns of the answer stay called as they were asked for. An older name that is over raises QueryInvalid, and so
    does a field that is called by two names.
    """
    fields = tuple(dict.fromkeys(output.field for output in _outputs(select)))
    named = Query(schema.name, columns=fields, group=select.group, where=select.where)
    present, called = with_present_names(named, schema.former)
    names = dict(zip(fields, present.columns, strict=True))

    def now(output: Output) -> Output:
        return replace(output, field=names[output.field])

    asked = replace(
        select,
        outputs=tuple(map(now, select.outputs)),
        where=present.where,
        group=present.group,
        order=tuple(replace(key, output=now(key.output)) for key in select.order),
    )
    return asked, called


def _outputs(select: Select) -> tuple[Output, ...]:
    return (*select.outputs, *(key.output for key in select.order))
