"""The answer to a SELECT statement, as ``datastore_search_sql`` hands it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from portal.public.ckan.datastore import MAX_ROWS
from portal.public.ckan.listing import Source, list_rows
from portal.public.ckan.records import ROW_COLUMN, Given, chosen, given, given_as_shown
from portal.public.ckan.sql_names import by_present_names
from portal.public.ckan.sql_question import SqlQuestion, question_of
from portal.public.notice_headers import notices_of
from portal.query.as_asked import as_asked
from portal.query.plan import Plan
from portal.query.planning import plan_data
from portal.query.run import Session
from portal.query.sql_select import Select


def answer_sql(session: Session, source: Source, select: Select, statement: str) -> dict[str, Any]:
    """Return the records of a statement that was read; what has no right answer raises QueryInvalid."""
    asked = MAX_ROWS if select.limit is None else min(select.limit, MAX_ROWS)
    present, called = by_present_names(select, source.schema)
    # One row more than is handed out tells whether there are more.
    question = question_of(present, source.schema, asked + 1)
    table, columns, plan = _read(session, source, question, called)
    cut = table.num_rows > asked and asked == MAX_ROWS and (select.limit is None or select.limit > MAX_ROWS)
    result: dict[str, Any] = {
        "sql": statement,
        "records": table.slice(0, asked).to_pylist(),
        "fields": [{"id": column.name, "type": column.type} for column in columns],
        "release": source.release.name,
    }
    if notices := notices_of(source.release, plan, doubled=True):
        result["notices"] = [notice.model_dump(mode="json") for notice in notices]
    return {**result, "records_truncated": True} if cut else result


def _read(
    session: Session, source: Source, question: SqlQuestion, called: Mapping[str, str]
) -> tuple[pa.Table, tuple[Given, ...], Plan]:
    if question.kind == "total":
        (name,) = (name for _, name in question.columns)
        counted = list_rows(session, source, replace(question.query, limit=1, offset=0), question.rows)
        table = pa.table({name: pa.array([counted.total], pa.int64())})
        # The rows are counted, and only what is looked at to count them is told of.
        plan = replace(_called(counted.answer.plan, called), columns=())
        return table.slice(question.query.offset, question.query.limit), (Given(name, name, "int8"),), plan
    if question.kind == "figures":
        plan = plan_data(question.query, source.schema)
        table = source.reading.read(session, source.release, plan).first
    else:
        listed = list_rows(session, source, question.query, question.rows)
        table, plan = listed.rows, listed.answer.plan
    plan = _called(plan, called)
    columns = _columns(question, plan)
    return chosen(table, columns), columns, plan


def _called(plan: Plan, called: Mapping[str, str]) -> Plan:
    return replace(plan, called=tuple(called.items()))


def _columns(question: SqlQuestion, plan: Plan) -> tuple[Given, ...]:
    if not question.columns:
        return (ROW_COLUMN, *map(given_as_shown, as_asked(plan, doubled=True).columns))
    named = {column.name: column for column in plan.columns}
    return tuple(
        given(named[source], name) if source in named else replace(ROW_COLUMN, name=name)
        for source, name in question.columns
    )
