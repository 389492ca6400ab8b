"""Translate a request for entities into a question for the query core, and say what its answer is shown as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from datasets.errors import FileNotFound, Problem
from datasets.said import said
from portal.public.odata.conditions import to_term
from portal.public.odata.entities import EntitySet, Property
from portal.public.odata.expressions import Expression
from portal.public.odata.options import Options
from portal.query.model import AllOf, Filter, Order, Query, Term, clip, invalid
from portal.query.plan import Plan
from portal.query.planning import plan_data, plan_rows
from portal.query.schema import Register


@dataclass(frozen=True)
class Question:
    """A question for the core, and the properties that its answer is shown as."""

    entities: EntitySet
    query: Query
    shown: Mapping[str, Property]
    """The properties of the answer by the names that they have in it; ``source`` is the column of the core."""
    grouped: bool = False
    """Whether the answer has groups or figures of entities rather than entities."""
    whole: bool = True
    """Whether each entity has all of its properties."""
    summed: bool = False
    """Whether the core answers by margins rather than by listing rows."""

    @property
    def context(self) -> str:
        """What the answer is of, as a context URL names it."""
        return self.entities.name if self.whole else f"{self.entities.name}({','.join(self.shown)})"

    def plan(self) -> Plan:
        """Return what is to be read; what has no answer raises QueryInvalid."""
        schema = self.entities.schema
        return plan_data(self.query, schema) if self.summed else plan_rows(self.query, schema)


def ask_entities(
    entities: EntitySet, options: Options, *, limit: int, after: str = "", also: Iterable[Expression] = ()
) -> Question:
    """Ask for the entities of a set for which ``also`` holds too; a property that is unknown raises QueryInvalid."""
    shown = selected(entities.properties, options.select)
    conditions = [("$apply", each) for each in also]
    if options.filter is not None:
        conditions.append(("$filter", options.filter))
    terms = tuple(to_term(condition, entities, place=place) for place, condition in conditions)
    query = Query(
        table=entities.schema.name,
        select=_columns(entities, shown.values()),
        filters=entities.restricted,
        where=AllOf(terms) if terms else None,
        order=orders(entities, options),
        limit=limit,
        offset=0 if after else options.skip,
        after=after,
    )
    return Question(entities, query, shown, whole=not options.select)


def ask_entity(entities: EntitySet, key: Mapping[str, str], options: Options) -> Question:
    """Ask for the entity with this key; one that no entity can have raises FileNotFound."""
    shown = selected(entities.properties, options.select)
    query = Query(
        table=entities.schema.name,
        select=_columns(entities, shown.values()),
        filters=entities.restricted,
        where=_is_key(entities, key),
        limit=1,
    )
    return Question(entities, query, shown, whole=not options.select)


def selected(properties: Mapping[str, Property], names: Iterable[str]) -> Mapping[str, Property]:
    """Return the properties that are named, in their own order; all of them where none is."""
    wanted = set(names)
    for name in names:
        if name not in properties:
            from_all = ", ".join(properties)
            rule = said("%(name)s is not known", name=clip(name))
            raise invalid("$select", rule, said("Known here: %(names)s", names=from_all))
    return {name: each for name, each in properties.items() if name in wanted} if wanted else properties


def orders(entities: EntitySet, options: Options) -> tuple[Order, ...]:
    """Return what to sort by; a label or a status, which have no order of their own, raises QueryInvalid."""
    found: list[Order] = []
    for name, descending in options.orderby:
        sorted_by = entities.property(name, place="$orderby")
        if sorted_by.kind not in {"dimension", "measure", "field"}:
            rule = said("%(name)s is not a column of this answer that can be sorted by", name=clip(name))
            raise invalid("$orderby", rule, said("Sort by one of: %(names)s", names=_sortable(entities)))
        found.append(Order(sorted_by.source, descending))
    return tuple(found)


def _sortable(entities: EntitySet) -> str:
    kinds = {"dimension", "measure", "field"}
    return ", ".join(name for name, each in entities.properties.items() if each.kind in kinds)


def _columns(entities: EntitySet, shown: Iterable[Property]) -> tuple[str, ...]:
    """Return the columns to select, with those of the key, so that every entity can be told by its name."""
    schema, sources = entities.schema, {each.source for each in shown}
    if isinstance(schema, Register):
        return tuple(name for name in schema.fields if name in sources or name in entities.key)
    measures = {schema.statuses.get(source, source) for source in sources}
    return tuple(name for name in schema.measures if name in measures)


def _is_key(entities: EntitySet, key: Mapping[str, str]) -> Term:
    given = dict(key)
    if "" in given and len(entities.key) == 1:
        given = {entities.key[0]: given[""]}
    if given.keys() != set(entities.key):
        example = ",".join(f"{name}=…" for name in entities.key)
        raise invalid("key", said("does not name every part"), said("Write (%(example)s)", example=example))
    for name, text in given.items():
        codes = entities.properties[name].codes
        if codes and text not in codes:
            raise no_entity(entities)
    return AllOf(tuple(Filter(name, "eq", (given[name],)) for name in entities.key))


def no_entity(entities: EntitySet) -> FileNotFound:
    """Make the error for a key that no entity has."""
    remedy = said("List what there is: %(name)s", name=entities.name)
    problem = Problem("key", said("is that of no entity"), remedy)
    return FileNotFound(said("There is nothing at this address"), problems=[problem])
