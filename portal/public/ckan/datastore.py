"""``datastore_search``: a client's parameters become a query, and its answer what CKAN 2.11 and 2.12 hand out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args
from urllib.parse import urlencode

import orjson

from datasets.cell_status import CellStatus, status_column
from portal.public.ckan.failures import invalid_field
from portal.public.ckan.filters import ROW_ID, Node, RowRange, read_filters, to_term, without_row_ids
from portal.public.ckan.listing import Listed, Source, list_rows, listing
from portal.public.ckan.parameters import (
    Parameters,
    decoded,
    flag,
    integer,
    names_of,
    natural,
    required,
    text,
    unknown_keys,
)
from portal.public.ckan.records import ROW_COLUMN, Given, RecordsFormat, chosen, given_as_shown, rank, written
from portal.public.notice_headers import notices_of
from portal.query.as_asked import as_asked
from portal.query.model import MAX_OFFSET, MAX_TERMS, MAX_VALUE_LENGTH, AllOf, AnyOf, Filter, Order, Query, Term
from portal.query.run import Session
from portal.query.schema import Cube, Register

MAX_ROWS = 32_000
"""How many rows one answer has at most."""
DEFAULT_ROWS = 100
FORMATS: tuple[RecordsFormat, ...] = get_args(RecordsFormat)
_MAX_WORDS = 20
_PARAMETERS = frozenset({
    "resource_id", "id", "filters", "q", "full_text", "distinct", "plain", "language", "limit", "offset", "fields",
    "sort", "include_total", "total_estimation_threshold", "records_format", "include_next_page", "force",
})  # fmt: skip
_ECHOED = ("q", "full_text", "plain", "language", "total_estimation_threshold")


@dataclass(frozen=True)
class Search:
    """What a client asks of one table."""

    given: Parameters
    schema: Cube | Register
    filters: Node | None
    fields: tuple[str, ...]
    """The columns that it names, none for all."""
    sort: tuple[Order, ...]
    distinct: bool
    limit: int
    offset: int

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table to read: where a figure is shown, so is its status."""
        names: list[str] = []
        for name in self.fields:
            names += [name] if name != ROW_ID else []
            if isinstance(self.schema, Cube) and (name in self.schema.measures or name in _older_measures(self.schema)):
                names.append(status_column(name))
        return tuple(dict.fromkeys(names))

    def query(self) -> tuple[Query, RowRange]:
        """Return the question to the query core, and the range of row numbers that it is about."""
        terms = [*([to_term(self.filters)] if self.filters else []), *_words(self.given, self.schema)]
        where, rows = without_row_ids(AllOf(tuple(terms)) if terms else None)
        query = Query(
            table=self.schema.name,
            order=self.sort,
            limit=self.limit,
            offset=self.offset,
            distinct=self.distinct and ROW_ID not in self.fields and bool(self.fields),
        )
        columns, is_cube = self.columns, isinstance(self.schema, Cube)
        query = replace(query, columns=columns) if is_cube else replace(query, select=columns)
        query, rows = listing(query, rows, where, self.schema)
        if query.terms > MAX_TERMS:
            raise invalid_field(filters=[f"more than {MAX_TERMS} values. Ask in several requests"])
        return query, rows


def resource_of(given: Parameters) -> str:
    """Return the id of the table that is asked; none at all raises ActionFailed."""
    return required(given, "resource_id", "id") if given.get("id") else required(given, "resource_id")


def field_names(schema: Cube | Register) -> tuple[str, ...]:
    """Return what can be filtered and chosen: every column, and the row's number."""
    return (ROW_ID, *(schema.field_names if isinstance(schema, Cube) else schema.fields))


def known_names(schema: Cube | Register) -> tuple[str, ...]:
    """Return what a client may name: every column, also by an older name that is still answered."""
    older = (old for one in schema.former if one.answered for old in one.columns)
    return (*field_names(schema), *older)


def _older_measures(schema: Cube) -> frozenset[str]:
    return frozenset(one.old for one in schema.former if one.has_status)


def read_search(given: Parameters, schema: Cube | Register, *, most: int = MAX_ROWS) -> Search:
    """Read the parameters of a search of one table; what cannot be used raises ActionFailed."""
    if wrong := unknown_keys(given, _PARAMETERS):
        raise wrong
    known = known_names(schema)
    fields = names_of(given, "fields")
    for name in fields:
        if name not in known:
            raise invalid_field(fields=[f'invalid value "{name[:100]}"'])
    offset = natural(given, "offset", 0)
    if offset > MAX_OFFSET:
        raise invalid_field(offset=[f"Must be at most {MAX_OFFSET}. Follow next_page, or download the whole table"])
    distinct = flag(given, "distinct")
    return Search(
        given=given,
        schema=schema,
        filters=read_filters(given.get("filters"), known),
        fields=tuple(dict.fromkeys(fields)),
        sort=tuple(_sort(given, known, fields if distinct else known)),
        distinct=distinct,
        limit=min(most, natural(given, "limit", min(most, DEFAULT_ROWS))),
        offset=offset,
    )


def _sort(given: Parameters, known: Collection[str], shown: Collection[str]) -> Iterator[Order]:
    for term in names_of(given, "sort"):
        name, _, direction = term.strip().rpartition(" ") if " " in term.strip() else (term.strip(), "", "asc")
        name = name.strip().strip('"')
        if name not in known or direction.lower() not in {"asc", "desc"}:
            raise invalid_field(sort=[f'invalid value "{term[:100]}"'])
        if name not in shown:
            raise invalid_field(sort=[f"{name}: rows that are distinct can only be sorted by columns among fields"])
        if name == ROW_ID:
            if direction.lower() == "desc":
                raise invalid_field(sort=["_id: rows come in their published order; only asc can be asked"])
            # No two rows have the same number: nothing after it changes the order, which ends with it anyway.
            return
        yield Order(name, descending=direction.lower() == "desc")


# Words ----------------------------------------------------------------------------------------------------------------


def _words(given: Parameters, schema: Cube | Register) -> Iterator[Term]:
    """Yield a condition for each word that is looked for: in any column, or in the one that it is asked of."""
    asked = decoded(given.get("q"), starts="{")
    if isinstance(asked, Mapping):
        for field, words in asked.items():
            if field not in known_names(schema) or field == ROW_ID:
                raise invalid_field(q=[f"Unknown field: {str(field)[:100]}"])
            yield from (_in_column(schema, field, word) for word in _split(words, "q"))
    else:
        yield from (_anywhere(schema, word) for word in _split(asked, "q"))
    yield from (_anywhere(schema, word) for word in _split(given.get("full_text"), "full_text"))


def _split(words: Any, place: str) -> list[str]:
    if words is None or words == "":
        return []
    if isinstance(words, bool | list | dict) or len(str(words)) > MAX_VALUE_LENGTH or "\x00" in str(words):
        raise invalid_field(**{place: [f"Must be a text of at most {MAX_VALUE_LENGTH} characters"]})
    found = [word.removesuffix(":*") for word in str(words).split() if word not in {"&", "|", "!"}]
    if len(found) > _MAX_WORDS:
        raise invalid_field(**{place: [f"Must be at most {_MAX_WORDS} words"]})
    return [word for word in found if word]


def _anywhere(schema: Cube | Register, word: str) -> Term:
    """Return the condition that some column holds a word: it names none of them, so none has to be called so."""
    columns = field_names(schema)[1:]
    return AnyOf(tuple(replace(each, named=False) for each in _holding(schema, {name: name for name in columns}, word)))


def _in_column(schema: Cube | Register, field: str, word: str) -> Term:
    older = {old: now for one in schema.former for old, now in one.columns.items()}
    return AnyOf(tuple(_holding(schema, {field: older.get(field, field)}, word)))


def _holding(schema: Cube | Register, fields: Mapping[str, str], word: str) -> Iterator[Filter]:
    """Yield the conditions that one of ``fields`` holds a word; each is given with the name that it has now."""
    is_number = word.isascii() and word.isdecimal() and len(word) < 16
    for name, now in fields.items():
        kind = _kind(schema, now)
        if kind == "text":
            yield Filter(name, "contains", (word,))
        elif (kind == "number" and is_number) or (kind == "status" and word in set(CellStatus)):
            yield Filter(name, "eq", (word,))


def _kind(schema: Cube | Register, name: str) -> Literal["text", "number", "status", ""]:
    if isinstance(schema, Register):
        kind = schema.fields[name].type
        return "text" if kind == "string" else "number" if kind in {"integer", "number"} else ""
    return "text" if name in schema.axes else "number" if name in schema.measures else "status"


def _ranks(search: Search) -> Iterator[Given]:
    asked = decoded(search.given.get("q"), starts="{")
    if isinstance(asked, Mapping):
        yield from (rank(f"rank {field}") for field in asked)
    elif asked or search.given.get("full_text"):
        yield rank("rank")


# Answers --------------------------------------------------------------------------------------------------------------


def search_rows(session: Session, source: Source, given: Parameters) -> dict[str, Any]:
    """Return the answer to ``datastore_search``."""
    search = read_search(given, source.schema)
    records_format = _format(given)
    query, rows = search.query()
    listed = list_rows(session, source, query, rows)
    columns = shown_columns(search, listed)
    result = {
        "resource_id": source.identifier,
        **_echo(search, records_format),
        "records": written(chosen(listed.rows, columns), records_format),
    }
    result["fields"] = [column.entry() for column in columns]
    result["_links"] = _links(search, source.pinned)
    if flag(given, "include_total", default=True):
        result |= {"total": listed.total, "total_was_estimated": False}
    if next_page := _next_page(search, listed):
        result["next_page"] = next_page
    if notices := notices_of(source.release, listed.answer.plan, doubled=True):
        result["notices"] = [notice.model_dump(mode="json") for notice in notices]
    release = source.release
    made_up = {"synthetic": True} if release.description.synthetic else {}
    return {**result, "release": release.name, "pinned_resource_id": source.pinned, **made_up}


def shown_columns(search: Search, listed: Listed) -> tuple[Given, ...]:
    """Return the columns to hand out, in the order in which they were asked for."""
    found = as_asked(listed.answer.plan, doubled=True).columns
    known = {ROW_ID: ROW_COLUMN, **{each.column.name: given_as_shown(each) for each in found}}
    if not search.fields:
        return (*known.values(), *_ranks(search))
    names = [name for field in search.fields for name in (field, status_column(field)) if name in known]
    return (*(known[name] for name in dict.fromkeys(names)), *_ranks(search))


def _format(given: Parameters) -> RecordsFormat:
    wanted = text(given, "records_format", "objects")
    for known in FORMATS:
        if wanted == known:
            return known
    raise invalid_field(records_format=[f"Value must be one of: {', '.join(FORMATS)}"])


def _echo(search: Search, records_format: RecordsFormat) -> dict[str, Any]:
    """Return what CKAN repeats of the question."""
    asked = search.given
    echo: dict[str, Any] = {
        "limit": search.limit,
        "include_total": flag(asked, "include_total", default=True),
        "include_next_page": flag(asked, "include_next_page"),
        "records_format": records_format,
        "total_estimation_threshold": integer(asked, "total_estimation_threshold"),
    }
    echo |= {name: decoded(asked[name], starts="{") for name in _ECHOED if name in asked and name not in echo}
    if search.offset:
        echo["offset"] = search.offset
    if search.distinct:
        echo["distinct"] = True
    if asked.get("sort"):
        echo["sort"] = asked["sort"]
    if search.filters is not None:
        echo |= {"filters": decoded(asked["filters"], starts="{["), "filterops": search.filters.written()}
    return echo


def _links(search: Search, pinned: str) -> dict[str, str]:
    """Return addresses of the pages, of the same release whatever comes out meanwhile; as in 2.11, each has a next."""
    kept = {name: value for name, value in search.given.items() if name not in {"resource_id", "id", "offset", "limit"}}
    asked = {"resource_id": pinned, **kept, "limit": search.limit}
    links = {"start": _link(asked), "next": _link({**asked, "offset": search.offset + search.limit})}
    if search.offset:
        links["prev"] = _link({**asked, "offset": max(0, search.offset - search.limit)})
    return links


def _link(asked: Mapping[str, Any]) -> str:
    texts = {
        name: orjson.dumps(value).decode() if isinstance(value, list | dict | bool) else str(value)
        for name, value in asked.items()
        if value is not None
    }
    return f"/api/3/action/datastore_search?{urlencode(texts)}"


def _next_page(search: Search, listed: Listed) -> Any:
    """Return the filters that find the next page fast, where rows come in their published order and more follow."""
    rows = listed.rows
    if search.sort or search.distinct or not 0 < rows.num_rows < listed.total - search.offset:
        return None
    last = chosen(rows, [ROW_COLUMN]).column(0)[-1].as_py()
    before = decoded(search.given.get("filters"), starts="{[") or {}
    if isinstance(before, list):
        return {"$and": [{"$or": before}, {ROW_ID: {"gt": last}}]}
    asked = before.get(ROW_ID)
    ends = {key: value for key, value in asked.items() if key in {"lt", "lte"}} if isinstance(asked, dict) else {}
    return {**before, ROW_ID: {"gt": last, **ends}}
