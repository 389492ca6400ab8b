"""``datastore_search_sql``: what a SELECT statement means for one table, where it has a right answer.

Rows of a cube hold totals beside their parts, so a figure is never worked out from rows: ``SUM`` with ``GROUP BY`` is
the published margin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from datasets.cell_status import status_column
from datasets.hints import listed as some_of
from datasets.said import said
from portal.public.ckan.filters import ROW_ID, RowRange, without_row_ids
from portal.public.ckan.listing import listing
from portal.query.model import (
    Aggregate,
    AllOf,
    AnyOf,
    Filter,
    Not,
    Order,
    Query,
    Term,
    clip,
    invalid,
    leaves,
    unknown,
)
from portal.query.schema import Cube, Register
from portal.query.sql_select import Output, Select

Column = tuple[str, str]
"""A column of the answer, and what it is called."""
_PLACE = "sql"


@dataclass(frozen=True)
class SqlQuestion:
    """A question to the query core: rows as they are, figures of groups, or how many rows there are."""

    kind: Literal["rows", "figures", "total"]
    query: Query
    columns: tuple[Column, ...] = ()
    """None for every column there is."""
    rows: RowRange = field(default_factory=RowRange)


def question_of(select: Select, schema: Cube | Register, limit: int) -> SqlQuestion:
    """Return what a statement asks of a table; what has no right answer there raises QueryInvalid, with a remedy."""
    _check_fields(select, schema)
    if select.figures and not _is_total(select, schema):
        question = _cube_figures(select, schema) if isinstance(schema, Cube) else _register_figures(select, schema)
    else:
        question = _rows(select, schema)
    return replace(question, query=replace(question.query, limit=limit, offset=select.offset))


def _names(schema: Cube | Register) -> tuple[str, ...]:
    return schema.field_names if isinstance(schema, Cube) else tuple(schema.fields)


def _check_fields(select: Select, schema: Cube | Register) -> None:
    known = (ROW_ID, *_names(schema))
    conditions = leaves(select.where) if select.where else ()
    named = [output.field for output in select.outputs if output.field]
    ordered = [key.output.field for key in select.order if key.output.field]
    for name in (*named, *select.group, *ordered, *(each.field for each in conditions)):
        if name not in known:
            raise unknown(_PLACE, name, known)


def _is_total(select: Select, schema: Cube | Register) -> bool:
    """Whether a statement asks for nothing but how many rows there are: the length of a listing."""
    if select.group or len(select.outputs) != 1:
        return False
    function = select.outputs[0].function
    return function == "count" or (function == "count_distinct" and isinstance(schema, Cube))


# Rows -----------------------------------------------------------------------------------------------------------------


def _rows(select: Select, schema: Cube | Register) -> SqlQuestion:
    where, rows = without_row_ids(select.where)
    if select.figures:
        return _total(select, schema, where, rows)
    distinct, fields = select.distinct or bool(select.group), select.group or _fields(select)
    order = tuple(_row_order(select))
    if distinct and ROW_ID in fields:
        distinct = False
    loose = [each.field for each in order if each.field not in fields]
    if distinct and loose and fields:
        rule = said("%(name)s is not among the columns of rows that are distinct", name=clip(loose[0]))
        raise invalid(_PLACE, rule, said("Select it too, or sort by another column"))
    columns = tuple(_columns(select, schema))
    read = tuple(dict.fromkeys((*(name for name in fields if name != ROW_ID), *_stored(columns))))
    query = Query(schema.name, order=order, distinct=distinct)
    query = replace(query, columns=read) if isinstance(schema, Cube) else replace(query, select=read)
    query, rows = listing(query, rows, where, schema)
    return SqlQuestion("rows", query, columns, rows)


def _fields(select: Select) -> tuple[str, ...]:
    return tuple(dict.fromkeys(output.field for output in select.outputs))


def _columns(select: Select, schema: Cube | Register) -> Iterator[Column]:
    """Yield the columns that are asked for; where a figure is shown, so is its status."""
    taken = {output.name: output for output in select.outputs}
    measures = schema.measures if isinstance(schema, Cube) else {}
    for output in select.outputs:
        yield output.field, output.name
        status = f"{output.name}_status"
        if output.field not in measures:
            continue
        if status not in taken:
            yield status_column(output.field), status
        elif taken[status].function or taken[status].field != status_column(output.field):
            rule = said("%(name)s is the name of the status of %(figure)s", name=clip(status), figure=clip(output.name))
            raise invalid(_PLACE, rule, said("Give one of them another name with AS"))


def _stored(columns: tuple[Column, ...]) -> Iterator[str]:
    return (source for source, _ in columns if source != ROW_ID)


def _row_order(select: Select) -> Iterator[Order]:
    for key in select.order:
        if key.output.field == ROW_ID:
            if key.descending:
                remedy = said("Leave it out, or write ORDER BY %(name)s", name=ROW_ID)
                raise invalid(_PLACE, said("rows come in their published order only"), remedy)
            # Rows that are alike otherwise come in this order anyway, and no two have the same number.
            return
        yield Order(key.output.field, key.descending)


def _total(select: Select, schema: Cube | Register, where: Term | None, rows: RowRange) -> SqlQuestion:
    (output,) = select.outputs
    query = Query(schema.name)
    if output.field and output.field != ROW_ID:
        query = replace(query, columns=(output.field,), distinct=True)
        if isinstance(schema, Cube) and output.field in schema.measures:
            full = Filter(output.field, "null", ("false",))
            where = AllOf((where, full)) if where else full
    query, rows = listing(query, rows, where, schema)
    return SqlQuestion("total", query, (("", output.name),), rows)


# Figures --------------------------------------------------------------------------------------------------------------


def _register_figures(select: Select, register: Register) -> SqlQuestion:
    figures = {output: _aggregate(output) for output in select.figures}
    query = Query(
        register.name,
        group=select.group,
        aggregates=tuple(dict.fromkeys(figures.values())),
        where=_without_rows(select.where),
        order=tuple(
            Order(_aggregate(key.output).name if key.output.function else key.output.field, key.descending)
            for key in select.order
        ),
    )
    columns = tuple(
        (figures[output].name if output.function else output.field, output.name) for output in select.outputs
    )
    return SqlQuestion("figures", query, columns)


def _aggregate(output: Output) -> Aggregate:
    assert output.function is not None
    return Aggregate(output.function, output.field)


def _cube_figures(select: Select, cube: Cube) -> SqlQuestion:
    for name in select.group:
        if name not in cube.axes:
            remedy = said("Group by one of: %(names)s", names=some_of(cube.axes))
            raise invalid(_PLACE, said("%(name)s is not a dimension", name=clip(name)), remedy)
    for output in select.figures:
        _check_figure(output, cube)
    filters, where = _members(select, cube)
    query = Query(
        cube.name,
        select=tuple(dict.fromkeys(output.field for output in select.figures)),
        group=select.group,
        filters=filters,
        where=where,
        order=tuple(Order(key.output.field, key.descending) for key in select.order),
    )
    return SqlQuestion("figures", query, tuple(_columns(select, cube)))


def _check_figure(output: Output, cube: Cube) -> None:
    """Refuse what no published figure says: rows of a cube hold totals beside their parts."""
    measure = cube.measures.get(output.field)
    is_mean = measure is not None and measure.type in {"mean", "rate"}
    if measure is not None and ((output.function == "sum" and not is_mean) or (output.function == "avg" and is_mean)):
        return
    rule = said(
        "%(function)s of %(name)s has no published figure in a table of cells, which holds totals beside their parts",
        function=str(output.function).upper().replace("_", " "),
        name=output.field or "*",
    )
    raise invalid(_PLACE, rule, _remedy(output, cube))


def _remedy(output: Output, cube: Cube) -> str:
    sums = [name for name, measure in cube.measures.items() if measure.type not in {"mean", "rate"}]
    if output.function in {"min", "max"}:
        return said("ORDER BY %(name)s and LIMIT 1 list the row that has it; choose a level first", name=output.field)
    if output.function in {"count", "count_distinct"}:
        return said("SELECT COUNT(*) alone counts the rows that a condition leaves")
    if sums:
        return said("SUM is for: %(names)s", names=some_of(sums))
    return said("Select the column itself: its rows are published")


def _members(select: Select, cube: Cube) -> tuple[tuple[Filter, ...], Term | None]:
    """Return the conditions that choose members, and what else the groups that are shown satisfy."""
    filters: list[Filter] = []
    left: list[Term] = []
    where = _without_rows(select.where)
    for part in where.parts if isinstance(where, AllOf) else (where,) if where is not None else ():
        for condition in leaves(part):
            if condition.field not in cube.axes:
                _refuse_cells(condition)
        choice = _choice(part)
        if choice:
            filters.extend(choice)
        else:
            left.append(part)
    return tuple(filters), AllOf(tuple(left)) if left else None


def _choice(part: Term) -> tuple[Filter, ...]:
    """Return the filters on members that a part of a condition is: one, a range, or several members of one field."""
    if isinstance(part, Filter):
        return (part,)
    if isinstance(part, AllOf) and all(isinstance(each, Filter) for each in part.parts):
        return tuple(each for each in part.parts if isinstance(each, Filter))
    if isinstance(part, AnyOf):
        parts = [each for each in part.parts if isinstance(each, Filter) and each.operator in {"eq", "in"}]
        fields = {each.field for each in parts}
        if len(parts) == len(part.parts) and len(fields) == 1:
            values = dict.fromkeys(value for each in parts for value in each.values)
            return (Filter(fields.pop(), "in", tuple(values)),)
    if isinstance(part, Not) and isinstance(part.part, Filter) and part.part.operator == "eq":
        return (Filter(part.part.field, "ne", part.part.values),)
    if isinstance(part, Not) and isinstance(part.part, Filter) and part.part.operator == "in":
        return tuple(Filter(part.part.field, "ne", (value,)) for value in part.part.values)
    return ()


def _refuse_cells(condition: Filter) -> None:
    rule = said("%(name)s is a figure of single cells, and the sums are of many", name=clip(condition.field))
    remedy = said("List the rows with SELECT *, or leave the condition out")
    raise invalid(_PLACE, rule, remedy)


def _without_rows(where: Term | None) -> Term | None:
    if where is not None and any(condition.field == ROW_ID for condition in leaves(where)):
        rule = said("%(name)s is the number of a row, and figures are of many rows", name=ROW_ID)
        raise invalid(_PLACE, rule, said("Leave the condition out"))
    return where
