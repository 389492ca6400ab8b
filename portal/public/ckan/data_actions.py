"""The actions that read rows: the datastore."""

from __future__ import annotations

from typing import Any

from datasets.errors import QueryInvalid, YtemoError
from portal.public.ckan.context import Context
from portal.public.ckan.datastore import resource_of, search_rows
from portal.public.ckan.failures import ActionFailed, failure_of, not_found
from portal.public.ckan.filters import RowRange
from portal.public.ckan.listing import Source, list_rows
from portal.public.ckan.parameters import Parameters, required
from portal.public.ckan.records import TYPES, info
from portal.public.ckan.sql_answer import answer_sql
from portal.public.notice_headers import Notice
from portal.query.as_asked import as_asked
from portal.query.model import Query
from portal.query.run import Session
from portal.query.sql_select import read_select

_NATIVE = {"text": "text", "int8": "bigint", "numeric": "numeric", "date": "date"}


def datastore_search(context: Context, given: Parameters, session: Session) -> dict[str, Any]:
    """Ask a table for rows, as they were published: totals (_T) stand beside their parts.

    A figure that is withheld is null, and the column <measure>_status beside it says so.

    :param resource_id: its id, or its alias such as dengue-cases/by-month
    :param filters: conditions: {"sex": "F", "cases": {"gte": 10}, "$or": [{…}, {…}]}
    :param q: words that a row holds, in any column or by column
    :param fields: the columns; :param sort: columns with asc or desc; :param distinct: true for rows that differ
    :param limit: how many at most, 100 if not given, 32000 at most; :param offset: how many to pass over
    :param include_total: false to leave out how many rows there are in all
    :param records_format: objects, lists, csv or tsv
    """
    source = context.source(resource_of(given))
    return _told(context, source, search_rows(session, source, given))


def _told(context: Context, source: Source, result: dict[str, Any]) -> dict[str, Any]:
    """Say in the headers what the notices of an answer say."""
    described = source.release.description
    known: tuple[Notice, ...] = (*described.renamed, *described.retiring)
    told = [notice for notice in known if notice.model_dump(mode="json") in result.get("notices", ())]
    context.tell(told, source.release)
    return result


def datastore_search_sql(context: Context, given: Parameters, session: Session) -> dict[str, Any]:
    """Ask a table with a SELECT statement, which is read and taken apart, and never run.

    Columns, *, DISTINCT, WHERE, ORDER BY, LIMIT and OFFSET list rows as they were published. SUM with or without
    GROUP BY is the published figure of each group; COUNT(*) alone is how many rows there are.

    :param sql: SELECT … FROM "the table's id or alias" …
    """
    statement = required(given, "sql")
    try:
        select = read_select(statement)
        source = _asked(context, select.table)
        return _told(context, source, answer_sql(session, source, select, statement))
    except YtemoError as error:
        raise failure_of(error, statement=statement) from None
    except ActionFailed as failure:
        raise _of_statement(failure, statement) from None


def _of_statement(failure: ActionFailed, statement: str) -> ActionFailed:
    """Say of a condition in a statement what would be said of the same among filters."""
    texts = failure.error.get("filters")
    return failure if texts is None else failure_of(QueryInvalid(texts[0]), statement=statement)


def _asked(context: Context, table: str) -> Source:
    if not context.directories.known(table, context.links):
        raise not_found()
    return context.source(table)


def datastore_info(context: Context, given: Parameters, session: Session) -> dict[str, Any]:
    """Describe a table: its columns, and how many rows it has.

    :param id: its id or alias
    """
    wanted = required(given, "resource_id", "id") if given.get("resource_id") else required(given, "id")
    if not context.directories.known(wanted, context.links):
        raise not_found(f'Resource/Alias "{wanted[:200]}" was not found.')
    source = context.source(wanted)
    listed = list_rows(session, source, Query(source.schema.name, limit=1), RowRange())
    fields = [
        {"id": column.name, "type": TYPES[column.type], "info": info(column.title), "schema": _schema(column.type)}
        for column in as_asked(listed.answer.plan, doubled=True).plan.columns
    ]
    release, name = source.release, source.schema.name
    entry = release.manifest.file(source.schema.parquet)
    size = entry.bytes if entry else 0
    meta = {
        "id": source.identifier,
        "count": listed.total,
        "table_type": "BASE TABLE",
        "size": size,
        "idx_size": 0,
        "db_size": size,
        "aliases": [f"{release.dataset}/{name}", f"{release.dataset}/{release.name}/{name}"],
        "pinned_resource_id": source.pinned,
        "release": release.name,
    }
    return {"meta": meta, "fields": fields}


def _schema(kind: str) -> dict[str, Any]:
    native = _NATIVE[TYPES[kind]]  # type: ignore[index]
    return {"native_type": native, "notnull": False, "index_name": None, "is_index": False, "uniquekey": False}
