"""Plan questions about a cube: which published margin answers, which members take part, what may be added up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from datasets.cell_status import STATUS_MEANINGS, CellStatus, status_column
from datasets.hints import listed
from datasets.release import MeasureDescription
from datasets.said import said
from datasets.text import Bilingual
from portal.query.model import Filter, Order, Query, clip, invalid, unknown
from portal.query.names import check_cube_names, no_order
from portal.query.plan import Column, Key, Plan, label_column, with_cursor
from portal.query.provinces import check_borders, check_provinces, use_provinces
from portal.query.row_tests import Among, Condition, RowTest, plan_test, single_conditions
from portal.query.schema import Axis, Cube
from portal.query.selection import Use, fold, list_axis, tested_members, use_axis
from portal.query.sums import plan_sums
from portal.query.typed_conditions import fitting, typed

_STATUS_TITLE = Bilingual(vi="trạng thái", en="status")


def plan_cells(query: Query, cube: Cube) -> Plan:
    """Plan an answer by the cube's margins; what has no single published meaning raises QueryInvalid."""
    check_cube_names(query, cube)
    if query.geography is not None:
        check_provinces(cube)
    if query.aggregates:
        remedy = said(
            "Choose members (field__in=a,b) and their cells are added up; order=-field and limit=1 find the largest"
        )
        raise invalid("aggregate", said("is for registers: a table of cells has its sums published"), remedy)
    uses = tuple(_use(query, cube, axis) for axis in cube.axes.values())
    check_borders(cube, uses)
    folded = tuple(fold(use) for use in uses)
    uses = folded if _published(cube, folded) else uses
    _check_margin(cube, uses)
    return _plan_cells(query, cube, uses, listing=False)


def _use(query: Query, cube: Cube, axis: Axis) -> Use:
    filters, grouped = _on(query, axis.name), axis.name in query.group
    if query.geography is None:
        return use_axis(axis, filters, grouped=grouped)
    return use_provinces(cube, axis, filters, query.geography, grouped=grouped)


def plan_listing(query: Query, cube: Cube) -> Plan:
    """Plan a listing of the cells as they were published, totals included."""
    check_cube_names(query, cube)
    uses = tuple(list_axis(axis, _on(query, axis.name)) for axis in cube.axes.values())
    return _plan_cells(query, cube, uses, listing=True)


def _on(query: Query, field: str) -> list[Filter]:
    return [condition for condition in query.filters if condition.field == field]


def _published(cube: Cube, uses: Sequence[Use]) -> bool:
    margins = cube.table.margins
    crossed = {use.name for use in uses if use.crosses}
    return margins == "all" or any(set(margin) == crossed for margin in margins)


def _check_margin(cube: Cube, uses: Sequence[Use]) -> None:
    if not _published(cube, uses):
        crossed = " × ".join(use.name for use in uses if use.crosses) or said("the grand total")
        margins = (" × ".join(margin) or said("the grand total") for margin in cube.table.margins)
        rule = said("%(margin)s is not published in this table", margin=crossed)
        raise invalid("group", rule, said("Published are: %(margins)s", margins=listed(margins, between="; ")))


def _plan_cells(query: Query, cube: Cube, uses: tuple[Use, ...], *, listing: bool) -> Plan:
    selected = query.select or tuple(cube.measures)
    shown = {use.name: use for use in uses if use.shown}
    conditions = tuple(_tests(query, cube, shown))
    ordered = tuple(order.field for order in query.order if order.field in cube.measures) if listing else ()
    plan = Plan(
        release=cube.release,
        table=cube.name,
        parquet=cube.parquet,
        columns=_chosen_columns(query, tuple(_cell_columns(query, cube, shown.values(), selected))),
        uses=uses,
        measures=_involved(cube, (*selected, *ordered), conditions),
        conditions=conditions,
        keys=tuple(_cell_key(order, shown, cube, (*selected, *ordered)) for order in query.order),
        limit=query.limit,
        offset=query.offset,
        distinct=query.distinct,
    )
    if plan.sums:
        plan = plan_sums(plan, cube)
        plan = replace(plan, keys=(*plan.keys, *_rest_of_order(plan, shown)))
    return with_cursor(plan, query.after)


def _tests(query: Query, cube: Cube, shown: Mapping[str, Use]) -> Iterator[RowTest]:
    for condition in query.filters:
        if condition.field not in cube.axes:
            yield _cell_condition(condition, cube)
    if query.where is not None:
        yield plan_test(query.where, partial(_single_test, cube=cube, shown=shown))


def _single_test(condition: Filter, negated: bool, *, cube: Cube, shown: Mapping[str, Use]) -> RowTest:
    if condition.field not in cube.axes:
        return replace(_cell_condition(condition, cube), negated=negated)
    use = shown.get(condition.field)
    if use is None:
        rule = said("%(name)s is not a column of this answer", name=clip(condition.field))
        remedy = said("Add it to group=, or choose its members by %(name)s=…", name=condition.field)
        raise invalid("where", rule, remedy)
    return Among(condition.field, tested_members(use, condition, negated=negated))


def _cell_condition(condition: Filter, cube: Cube) -> Condition:
    if condition.field in cube.measures:
        return typed(condition, "measure", cube.measures[condition.field].field_type)
    operator = fitting(condition, "status")
    for text in condition.values:
        if text not in set(CellStatus):
            raise unknown(condition.place, text, [status.value for status in STATUS_MEANINGS])
    return Condition(condition.field, operator, condition.values, status_of=cube.statuses[condition.field])


def _involved(cube: Cube, selected: Iterable[str], tests: Iterable[RowTest]) -> tuple[MeasureDescription, ...]:
    asked = {cube.statuses.get(single.column, single.column) for test in tests for single in single_conditions(test)}
    return tuple(measure for name, measure in cube.measures.items() if name in asked | set(selected))


def _cell_columns(query: Query, cube: Cube, uses: Iterable[Use], selected: Sequence[str]) -> Iterable[Column]:
    for axis in (use.axis for use in uses):
        title = axis.description.title
        yield Column(axis.name, "dimension", "string", title)
        if query.language:
            yield label_column(axis.name, title, axis.codelist, query.language)
    for name in selected:
        measure = cube.measures[name]
        yield Column(name, "measure", measure.field_type, measure.title)
        title = Bilingual(vi=f"{measure.title.vi}: {_STATUS_TITLE.vi}", en=f"{measure.title.en}: {_STATUS_TITLE.en}")
        yield Column(status_column(name), "status", "string", title)


def _chosen_columns(query: Query, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return the columns that the query names one by one, or all of them."""
    known = {column.name: column for column in columns}
    for name in query.columns:
        if name not in known:
            raise unknown("columns", name, known)
    return tuple(known[name] for name in query.columns) or columns


def _cell_key(order: Order, shown: Mapping[str, Use], cube: Cube, selected: Sequence[str]) -> Key:
    if order.field in shown:
        return Key(order.field, "string", order.descending, codes=tuple(shown[order.field].axis.positions))
    if order.field in selected:
        return Key(order.field, cube.measures[order.field].field_type, order.descending)
    raise no_order(order.field, cube, (*shown, *selected))


def _rest_of_order(plan: Plan, shown: Mapping[str, Use]) -> Iterable[Key]:
    """Sort sums by their dimensions: what they are made of says little about their place."""
    given = {key.column for key in plan.keys}
    return [Key(name, "string", False, tuple(use.axis.positions)) for name, use in shown.items() if name not in given]
