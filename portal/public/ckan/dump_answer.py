"""The answer to ``/datastore/dump``: the rows of a table, written while they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from datasets import __version__
from datasets.names import SYNTHETIC
from portal.public.ckan.context import Context
from portal.public.ckan.datastore import read_search, shown_columns
from portal.public.ckan.dump import FORMATS, DumpFormat, dump_parts
from portal.public.ckan.failures import invalid_field
from portal.public.ckan.listing import ALL_ROWS, list_rows, tables_of
from portal.public.ckan.parameters import Parameters, flag, natural, text, unknown_keys
from portal.public.ckan.records import Given, chosen
from portal.public.notice_headers import notices_of
from portal.query.run import Session
from portal.shared.responses import strong_tag

_PARAMETERS = frozenset(
    {"format", "bom", "limit", "offset", "fields", "filters", "q", "distinct", "plain", "language", "sort"}
)


@dataclass(frozen=True)
class Dump:
    """A file: its name, what yields its content, and its validator."""

    name: str
    parts: Iterator[bytes]
    tag: str
    pinned: bool
    """Whether it was asked by the id of a release, of which it never changes."""


def dump_table(context: Context, identifier: str, given: Parameters, session: Session) -> Dump:
    """Begin to read a table; what cannot be asked raises ActionFailed or QueryInvalid."""
    if wrong := unknown_keys(given, _PARAMETERS):
        raise wrong
    dump_format = _format(given)
    source = context.source(identifier)
    asked = {name: value for name, value in given.items() if name not in {"format", "bom"}}
    search = read_search(
        {**asked, "resource_id": identifier, "limit": natural(given, "limit", ALL_ROWS)}, source.schema, most=ALL_ROWS
    )
    query, rows = search.query()
    listed = list_rows(session, source, query, rows)
    context.tell(notices_of(source.release, listed.answer.plan, doubled=True), source.release)
    columns = [column for column in shown_columns(search, listed) if column.source]
    made_up = source.release.description.synthetic
    tables = (_marked(chosen(table, columns), made_up) for table in tables_of(source, listed))
    described = [*columns, Given(SYNTHETIC, SYNTHETIC, "bool")] if made_up else columns
    name = f"{source.identifier}.{dump_format}"
    parts = dump_parts(dump_format, described, tables, bom=flag(given, "bom"))
    older = sorted(one.old for one in source.schema.former if one.answered)
    asked_for = ("dump", identifier, repr(sorted(given.items())), *older)
    tag = strong_tag(__version__, source.release.envelope_sha256, *asked_for)
    # A name that is over one day changes the columns from then on, although the release stays.
    return Dump(name, parts, tag, pinned=source.identifier == source.pinned and not older)


def _marked(table: pa.Table, made_up: bool) -> Any:
    """Say in every row that data is made up: a file has no other place for it."""
    return table.append_column(SYNTHETIC, pa.repeat(pa.scalar(True), table.num_rows)) if made_up else table


def _format(given: Parameters) -> DumpFormat:
    wanted = text(given, "format", "csv").lower()
    for known in FORMATS:
        if wanted == known:
            return known
    raise invalid_field(format=[f"must be one of: {', '.join(FORMATS)}"])
