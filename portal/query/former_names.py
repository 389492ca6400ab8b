"""Questions that call a field by a name that it had before: they are asked by the names that fields have now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from datasets.cell_status import status_column
from datasets.errors import QueryInvalid
from datasets.notices import RenamedField
from datasets.said import said
from portal.query.model import Aggregate, AllOf, AnyOf, Filter, Not, Order, Query, Term, clip, invalid, leaves


@dataclass(frozen=True)
class FormerName:
    """A name that a field of a table had before."""

    old: str
    new: str
    has_status: bool
    """Whether it is a measure, whose status has another name with it."""
    answered: bool
    """Whether it may still be used."""

    @property
    def columns(self) -> Mapping[str, str]:
        """The older names of its columns, each with the name of now."""
        status = {status_column(self.old): status_column(self.new)} if self.has_status else {}
        return {self.old: self.new, **status}


def former_names(
    renamed: Iterable[RenamedField],
    *,
    fields: Collection[str],
    measures: Collection[str] = (),
    answered: Collection[str] = (),
) -> tuple[FormerName, ...]:
    """Return the older names of the ``fields`` of a table, of which ``measures`` have a status."""
    return tuple(
        FormerName(one.old, one.new, has_status=one.new in measures, answered=one.old in answered)
        for one in renamed
        if one.new in fields and one.old not in fields
    )


def with_present_names(query: Query, former: Collection[FormerName]) -> tuple[Query, dict[str, str]]:
    """Return ``query`` with the names that fields have now, and which fields it called otherwise.

    An older name that is over raises QueryInvalid. So does a field that is called by two of its names: the answer
    would have to call its column by both.
    """
    if not former:
        return query, {}
    named = frozenset(_named(query))
    called: dict[str, str] = {}
    for one in former:
        if used := next((name for name in one.columns if name in named), ""):
            if not one.answered:
                raise _over(used, one.columns[used])
            if one.new in called or named.intersection(one.columns.values()):
                raise _both(used, one.columns[used])
            called[one.new] = one.old
    names = {old: new for one in former for old, new in one.columns.items()}
    return (_renamed(query, names) if called else query), called


def unnamed(query: Query, former: Collection[FormerName]) -> tuple[FormerName, ...]:
    """Return the older names, still answered, of fields that ``query`` names by none of their names."""
    used = frozenset(_named(query))
    named = {one.new for one in former if used.intersection((*one.columns, *one.columns.values()))}
    return tuple(one for one in former if one.answered and one.new not in named)


def _over(old: str, new: str) -> QueryInvalid:
    rule = said("%(old)s has another name now: %(new)s", old=clip(old), new=new)
    return invalid(old, rule, said("Write %(name)s", name=new))


def _both(old: str, new: str) -> QueryInvalid:
    rule = said("%(old)s is an older name of %(new)s, which is named too", old=clip(old), new=new)
    return invalid(old, rule, said("Use one name in a question, best %(name)s", name=new))


def _named(query: Query) -> Iterator[str]:
    """Yield every name of a field or column in a question."""
    yield from (*query.select, *query.group, *query.columns)
    yield from (each.field for each in query.order)
    yield from (each.field for each in query.aggregates)
    for condition in (*query.filters, *(leaves(query.where) if query.where else ())):
        if condition.named:
            yield condition.field


def _renamed(query: Query, names: Mapping[str, str]) -> Query:
    def now(given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names.get(name, name) for name in given)

    def figure(one: Aggregate) -> Aggregate:
        return Aggregate(one.function, names.get(one.field, one.field))

    # Groups are sorted by their figures too, which are called by their fields.
    sorted_by = {one.name: figure(one).name for one in query.aggregates} | dict(names)
    return replace(
        query,
        select=now(query.select),
        group=now(query.group),
        columns=now(query.columns),
        order=tuple(Order(sorted_by.get(one.field, one.field), one.descending) for one in query.order),
        aggregates=tuple(map(figure, query.aggregates)),
        filters=tuple(replace(one, field=names.get(one.field, one.field)) for one in query.filters),
        where=None if query.where is None else _renamed_term(query.where, names),
    )


def _renamed_term(term: Term, names: Mapping[str, str]) -> Term:
    if isinstance(term, Filter):
        return replace(term, field=names.get(term.field, term.field))
    if isinstance(term, Not):
        return Not(_renamed_term(term.part, names))
    parts = tuple(_renamed_term(part, names) for part in term.parts)
    return AllOf(parts) if isinstance(term, AllOf) else AnyOf(parts)
