"""Plan questions about a register: its rows as they are, or figures of groups of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from datasets.hints import listed
from datasets.release import FieldType
from datasets.said import said
from datasets.text import Bilingual
from portal.query.model import Aggregate, Filter, Order, Query, clip, invalid, unknown
from portal.query.names import check_register_names
from portal.query.plan import Column, Key, Plan, label_column, with_cursor
from portal.query.row_tests import Condition, RowTest, plan_test
from portal.query.schema import Register
from portal.query.selection import meant_member, with_names
from portal.query.typed_conditions import typed

_COUNTED = Bilingual(vi="số dòng", en="number of rows")
_FIGURES = {
    "count_distinct": Bilingual(vi="số giá trị khác nhau", en="number of different values"),
    "sum": Bilingual(vi="tổng", en="sum"),
    "min": Bilingual(vi="nhỏ nhất", en="smallest"),
    "max": Bilingual(vi="lớn nhất", en="largest"),
    "avg": Bilingual(vi="trung bình", en="mean"),
}


def plan_register(query: Query, register: Register) -> Plan:
    """Plan an answer from a register; what it has no fields for raises QueryInvalid."""
    check_register_names(query, register)
    tests: tuple[RowTest, ...] = tuple(_condition(condition, register) for condition in query.filters)
    if query.where is not None:
        tests += (plan_test(query.where, lambda condition, negated: _opposite(condition, register, negated)),)
    grouped = bool(query.group or query.aggregates)
    columns = tuple(_grouped_columns(query, register) if grouped else _row_columns(query, register))
    types = {column.name: column.type for column in columns if column.kind != "label"}
    plan = Plan(
        release=register.release,
        table=register.name,
        parquet=register.parquet,
        columns=columns,
        uses=(),
        measures=(),
        conditions=tests,
        keys=tuple(_key(order, types if grouped else _types(register)) for order in query.order),
        limit=query.limit,
        offset=query.offset,
        groups=query.group,
        aggregates=_aggregates(query) if grouped else (),
        distinct=query.distinct,
    )
    return with_cursor(plan, query.after)


def _aggregates(query: Query) -> tuple[Aggregate, ...]:
    return query.aggregates or (Aggregate("count"),)


def _types(register: Register) -> dict[str, FieldType]:
    return {name: field.type for name, field in register.fields.items()}


def _key(order: Order, types: dict[str, FieldType]) -> Key:
    if order.field not in types:
        raise unknown("order", order.field, types)
    return Key(order.field, types[order.field], order.descending)


def _row_columns(query: Query, register: Register) -> Iterator[Column]:
    for name in query.select or tuple(register.fields):
        yield from _field_columns(name, query, register)


def _field_columns(name: str, query: Query, register: Register) -> Iterator[Column]:
    field = register.fields[name]
    yield Column(name, "field", field.type, field.title)
    if query.language and name in register.codelists:
        yield label_column(name, field.title, register.codelists[name], query.language)


def _grouped_columns(query: Query, register: Register) -> Iterator[Column]:
    if query.select:
        remedy = said("Leave it out, or leave out group and aggregate")
        raise invalid("select", said("is not for figures of groups"), remedy)
    for name in query.group:
        yield from _field_columns(name, query, register)
    for aggregate in _aggregates(query):
        yield _aggregate_column(aggregate, register)


def _aggregate_column(aggregate: Aggregate, register: Register) -> Column:
    if not aggregate.field:
        return Column(aggregate.name, "aggregate", "integer", _COUNTED)
    field, figure = register.fields[aggregate.field], _FIGURES[aggregate.function]
    if aggregate.function in {"sum", "avg"} and field.type not in {"integer", "number"}:
        numbers = [name for name, each in register.fields.items() if each.type in {"integer", "number"}]
        rule = said("%(name)s holds no numbers to add up", name=clip(aggregate.field))
        raise invalid("aggregate", rule, said("Numbers are in: %(names)s", names=listed(numbers)) if numbers else "")
    kinds: dict[str, FieldType] = {"count_distinct": "integer", "avg": "number"}
    title = Bilingual(vi=f"{field.title.vi}: {figure.vi}", en=f"{field.title.en}: {figure.en}")
    return Column(aggregate.name, "aggregate", kinds.get(aggregate.function, field.type), title)


def _opposite(condition: Filter, register: Register, negated: bool) -> RowTest:
    return replace(_condition(condition, register), negated=negated)


def _condition(condition: Filter, register: Register) -> Condition:
    codelist = register.codelists.get(condition.field)
    if codelist is not None and condition.operator in {"eq", "in", "ne"}:
        for code in condition.values:
            if code not in codelist.by_code:
                near, told = meant_member(code, codelist.members), with_names(codelist, codelist.by_code)
                raise unknown(condition.place, code, codelist.by_code, near=near, told=told)
    kind = register.fields[condition.field].type
    return typed(condition, kind, kind)
