"""The answer to a SELECT statement, as ``datastore_search_sql`` hands it out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa

from portal.public.ckan.datastore import MAX_ROWS
from portal.public.ckan.listing import Source, list_rows
from portal.public.ckan.records import ROW_COLUMN, Given, chosen, given
from portal.public.ckan.sql_question import SqlQuestion, question_of
from portal.query.plan import Column
from portal.query.planning import plan_data
from portal.query.run import Session
from portal.query.sql_select import Select


def answer_sql(session: Session, source: Source, select: Select, statement: str) -> dict[str, Any]:
    """Return the records of a statement that was read; what has no right answer raises QueryInvalid."""
    asked = MAX_ROWS if select.limit is None else min(select.limit, MAX_ROWS)
    # One row more than is handed out tells whether there are more.
    question = question_of(select, source.schema, asked + 1)
    table, columns = _read(session, source, question)
    cut = table.num_rows > asked and asked == MAX_ROWS and (select.limit is None or select.limit > MAX_ROWS)
    result: dict[str, Any] = {
        "sql": statement,
        "records": table.slice(0, asked).to_pylist(),
        "fields": [{"id": column.name, "type": column.type} for column in columns],
        "release": source.release.name,
    }
    return {**result, "records_truncated": True} if cut else result


def _read(session: Session, source: Source, question: SqlQuestion) -> tuple[pa.Table, tuple[Given, ...]]:
    if question.kind == "total":
        (name,) = (name for _, name in question.columns)
        counted = list_rows(session, source, replace(question.query, limit=1, offset=0), question.rows)
        table = pa.table({name: pa.array([counted.total], pa.int64())})
        return table.slice(question.query.offset, question.query.limit), (Given(name, name, "int8"),)
    if question.kind == "figures":
        plan = plan_data(question.query, source.schema)
        table, known = source.reading.read(session, source.release, plan).first, plan.columns
    else:
        listed = list_rows(session, source, question.query, question.rows)
        table, known = listed.rows, listed.columns
    columns = _columns(question, known)
    return chosen(table, columns), columns


def _columns(question: SqlQuestion, known: tuple[Column, ...]) -> tuple[Given, ...]:
    named = {column.name: column for column in known}
    if not question.columns:
        return (ROW_COLUMN, *map(given, known))
    return tuple(
        given(named[source], name) if source in named else replace(ROW_COLUMN, name=name)
        for source, name in question.columns
    )
