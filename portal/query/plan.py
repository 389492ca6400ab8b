"""Check a query against what a release describes, and settle what exactly is to be read. Pure: no file is opened."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from hashlib import blake2b
from typing import Literal

from datasets.cell_status import STATUS_MEANINGS, CellStatus, status_column
from datasets.codelist import Codelist
from datasets.errors import QueryInvalid
from datasets.hints import listed
from datasets.release import FieldType, MeasureDescription
from datasets.said import joined, said
from datasets.text import Bilingual, Language
from portal.query.cursor import Cursor, read_cursor
from portal.query.model import Filter, Order, Query, clip, invalid, unknown
from portal.query.names import check_cube_names, check_register_names, no_order
from portal.query.operators import OPERATORS, Kind, Operator, operators_of
from portal.query.schema import Axis, Cube, Register
from portal.query.selection import Use, fold, list_axis, meant_member, use_axis

Value = str | int | float | bool | date

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,300}(\.[0-9]{0,50})?|\.[0-9]{1,50})([eE][+-]?[0-9]{1,3})?")
_FLAGS = {"true": True, "false": False}
_STATUS_TITLE = Bilingual(vi="trạng thái", en="status")


@dataclass(frozen=True)
class Column:
    """One column of the answer; a label column names the coded column that it explains."""

    name: str
    kind: Literal["dimension", "measure", "status", "field", "label"]
    type: FieldType
    title: Bilingual
    coded: str = ""
    codelist: Codelist | None = None
    language: Language = "vi"


@dataclass(frozen=True)
class Condition:
    """A condition on a calculated column, with values of the column's own type."""

    column: str
    operator: Operator
    values: tuple[Value, ...]
    status_of: str = ""
    """The measure whose status the column holds; empty for any other column."""


@dataclass(frozen=True)
class Key:
    """One term of the order; ``codes`` give a dimension's positions."""

    column: str
    type: FieldType
    descending: bool
    codes: tuple[str, ...] | None = None

    @property
    def cursor_type(self) -> FieldType:
        """The type of the value that a cursor keeps of it."""
        return "integer" if self.codes is not None else self.type


@dataclass(frozen=True)
class Plan:
    """All that is needed to read an answer: every name is one that the release itself declares."""

    release: str
    """What tells its release from every other one."""
    table: str
    parquet: str
    columns: tuple[Column, ...]
    uses: tuple[Use, ...]
    measures: tuple[MeasureDescription, ...]
    conditions: tuple[Condition, ...]
    keys: tuple[Key, ...]
    limit: int
    after: Cursor | None = None

    @property
    def sums(self) -> bool:
        """Whether cells are added up."""
        return any(use.role == "summed" for use in self.uses)

    @property
    def cells_per_row(self) -> int:
        """How many cells each row of the answer is made of."""
        return math.prod(len(use.members or ()) for use in self.uses if use.role == "summed")

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that are read; labels are added afterwards."""
        return tuple(column for column in self.columns if column.kind != "label")

    @cached_property
    def fingerprint(self) -> str:
        """What tells this question from another, whatever page of it is asked."""
        parts = (
            self.release,
            self.table,
            [(use.name, use.role, use.members) for use in self.uses],
            [(condition.column, condition.operator.key, condition.values) for condition in self.conditions],
            [(key.column, key.descending) for key in self.keys],
            [column.name for column in self.columns],
        )
        return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def plan_data(query: Query, schema: Cube | Register) -> Plan:
    """Plan an answer: a cube by its margins, a register row by row; what cannot be answered raises QueryInvalid."""
    if isinstance(schema, Register):
        return _plan_register(query, schema)
    check_cube_names(query, schema)
    uses = tuple(
        use_axis(axis, _on(query, axis.name), grouped=axis.name in query.group) for axis in schema.axes.values()
    )
    folded = tuple(fold(use) for use in uses)
    uses = folded if _published(schema, folded) else uses
    _check_margin(schema, uses)
    return _plan_cells(query, schema, uses)


def plan_rows(query: Query, schema: Cube | Register) -> Plan:
    """Plan a listing of a table as it was published, totals included, filtered but never grouped or added up."""
    if query.group:
        raise invalid("group", said("rows are listed as they are"), said("Ask the data resource of this table instead"))
    if isinstance(schema, Register):
        return _plan_register(query, schema)
    check_cube_names(query, schema)
    uses = tuple(list_axis(axis, _on(query, axis.name)) for axis in schema.axes.values())
    return _plan_cells(query, schema, uses)


# Cubes ----------------------------------------------------------------------------------------------------------------


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


def _plan_cells(query: Query, cube: Cube, uses: tuple[Use, ...]) -> Plan:
    selected = query.select or tuple(cube.measures)
    conditions = tuple(
        _cell_condition(condition, cube) for condition in query.filters if condition.field not in cube.axes
    )
    shown = {use.name: use.axis for use in uses if use.shown}
    plan = Plan(
        release=cube.release,
        table=cube.name,
        parquet=cube.parquet,
        columns=tuple(_cell_columns(query, cube, shown.values(), selected)),
        uses=uses,
        measures=_involved(cube, selected, conditions),
        conditions=conditions,
        keys=tuple(_cell_key(order, shown, cube, selected) for order in query.order),
        limit=query.limit,
    )
    if plan.sums:
        _check_additive(plan)
        plan = replace(plan, keys=(*plan.keys, *_rest_of_order(plan, shown)))
    return _with_cursor(plan, query.after)


def _cell_condition(condition: Filter, cube: Cube) -> Condition:
    if condition.field in cube.measures:
        measure = cube.measures[condition.field]
        return _condition(condition, "measure", measure.field_type)
    operator = _operator(condition, "status")
    for text in condition.values:
        if text not in set(CellStatus):
            raise unknown(condition.place, text, [status.value for status in STATUS_MEANINGS])
    return Condition(condition.field, operator, condition.values, status_of=cube.statuses[condition.field])


def _involved(cube: Cube, selected: Iterable[str], conditions: Iterable[Condition]) -> tuple[MeasureDescription, ...]:
    asked = {cube.statuses.get(condition.column, condition.column) for condition in conditions}
    return tuple(measure for name, measure in cube.measures.items() if name in asked | set(selected))


def _cell_columns(query: Query, cube: Cube, axes: Iterable[Axis], selected: Sequence[str]) -> Iterable[Column]:
    for axis in axes:
        title = axis.description.title
        yield Column(axis.name, "dimension", "string", title)
        if query.language:
            yield _label(axis.name, title, axis.codelist, query.language)
    for name in selected:
        measure = cube.measures[name]
        yield Column(name, "measure", measure.field_type, measure.title)
        title = Bilingual(vi=f"{measure.title.vi}: {_STATUS_TITLE.vi}", en=f"{measure.title.en}: {_STATUS_TITLE.en}")
        yield Column(status_column(name), "status", "string", title)


def _label(name: str, title: Bilingual, codelist: Codelist, language: Language) -> Column:
    return Column(f"{name}_label", "label", "string", title, name, codelist, language)


def _cell_key(order: Order, axes: dict[str, Axis], cube: Cube, selected: Sequence[str]) -> Key:
    if order.field in axes:
        return Key(order.field, "string", order.descending, codes=tuple(axes[order.field].positions))
    if order.field in selected:
        return Key(order.field, cube.measures[order.field].field_type, order.descending)
    raise no_order(order.field, cube, (*axes, *selected))


def _rest_of_order(plan: Plan, axes: dict[str, Axis]) -> Iterable[Key]:
    """Sort sums by their dimensions: what they are made of says little about their place."""
    given = {key.column for key in plan.keys}
    return [Key(name, "string", False, tuple(axis.positions)) for name, axis in axes.items() if name not in given]


def _check_additive(plan: Plan) -> None:
    for measure in plan.measures:
        if not measure.additive:
            summed = [use.name for use in plan.uses if use.role == "summed"]
            kinds = {"persons": said("distinct persons"), "mean": said("means"), "rate": said("rates")}
            what, over = kinds.get(measure.type, said("changed counts")), ", ".join(summed)
            others = ",".join(each.name for each in plan.measures if each.additive)
            raise invalid(
                measure.name,
                said("%(what)s cannot be added up over %(dimensions)s", what=what, dimensions=over),
                joined(
                    said("group=%(name)s gives a row for each, %(name)s=… one of them.", name=summed[0]),
                    said("select=%(measures)s asks for what can be added up.", measures=others) if others else "",
                ),
            )


# Registers ------------------------------------------------------------------------------------------------------------


def _plan_register(query: Query, register: Register) -> Plan:
    fields = register.fields
    if query.group:
        raise invalid("group", said("a register has no dimensions to group by"), said("Filter its rows instead"))
    check_register_names(query, register)
    plan = Plan(
        release=register.release,
        table=register.name,
        parquet=register.parquet,
        columns=tuple(_register_columns(query, register)),
        uses=(),
        measures=(),
        conditions=tuple(_register_condition(condition, register) for condition in query.filters),
        keys=tuple(Key(order.field, fields[order.field].type, order.descending) for order in query.order),
        limit=query.limit,
    )
    return _with_cursor(plan, query.after)


def _register_columns(query: Query, register: Register) -> Iterable[Column]:
    for name in query.select or tuple(register.fields):
        field = register.fields[name]
        yield Column(name, "field", field.type, field.title)
        if query.language and name in register.codelists:
            yield _label(name, field.title, register.codelists[name], query.language)


def _register_condition(condition: Filter, register: Register) -> Condition:
    codelist = register.codelists.get(condition.field)
    if codelist is not None and condition.operator in {"eq", "in", "ne"}:
        for code in condition.values:
            if code not in codelist.by_code:
                raise unknown(condition.place, code, codelist.by_code, near=meant_member(code, codelist.members))
    kind = register.fields[condition.field].type
    return _condition(condition, kind, kind)


# Values ---------------------------------------------------------------------------------------------------------------


def _with_cursor(plan: Plan, after: str) -> Plan:
    if not after:
        return plan
    types = tuple(key.cursor_type for key in plan.keys)
    return replace(plan, after=read_cursor(after, fingerprint=plan.fingerprint, types=types))


def _operator(condition: Filter, kind: Kind) -> Operator:
    operator = OPERATORS[condition.operator]
    if kind not in operator.kinds:
        remedy = said("Use one of: %(names)s", names=", ".join(operators_of(kind)))
        raise invalid(condition.place, said("is not for %(kind)s fields", kind=kind), remedy)
    return operator


def _condition(condition: Filter, kind: Kind, value_type: FieldType) -> Condition:
    operator = _operator(condition, kind)
    read = _read_flag if operator.arity == "flag" else _READERS[value_type]
    return Condition(condition.field, operator, tuple(read(condition.place, text) for text in condition.values))


def _read_flag(place: str, text: str) -> Value:
    if text not in _FLAGS:
        rule = said("must be true or false, not %(given)s", given=clip(text))
        raise invalid(place, rule, said("Write true for empty cells, false for others"))
    return _FLAGS[text]


def _read_integer(place: str, text: str) -> Value:
    if not _INTEGER.fullmatch(text):
        raise _mistyped(place, text, said("a whole number"), example="125")
    return int(text)


def _read_number(place: str, text: str) -> Value:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise _mistyped(place, text, said("a number"), example="12.5")
    return float(text)


def _read_date(place: str, text: str) -> Value:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _mistyped(place, text, said("a date"), example="2026-03-31") from None


def _read_string(_place: str, text: str) -> Value:
    return text


def _mistyped(place: str, text: str, kind: str, *, example: str) -> QueryInvalid:
    rule = said("must be %(kind)s, not %(given)s", kind=kind, given=clip(text))
    return invalid(place, rule, said("Write it like %(example)s", example=example))


_READERS: dict[FieldType, Callable[[str, str], Value]] = {
    "string": _read_string,
    "integer": _read_integer,
    "number": _read_number,
    "date": _read_date,
}
