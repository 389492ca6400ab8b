"""Translate ``$apply`` into a question for the query core.

A cube is answered by what it publishes: a dimension that is left out means its published total, and cells are added up
only where the core can do it honestly. What would add totals to their own parts, or rates to rates, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from datasets.cell_status import status_column
from datasets.hints import hint, listed
from datasets.said import said
from portal.public.odata.conditions import to_term
from portal.public.odata.entities import EDM_TYPES, EntitySet, Property
from portal.public.odata.expressions import Call, Expression, Listed, Operation, Path, Value
from portal.public.odata.options import Options
from portal.public.odata.questions import Question, orders, selected
from portal.public.odata.transformations import COUNT, PLACE, Figure, Transformations, no_meaning
from portal.query.model import Aggregate, AggregateFunction, AllOf, Filter, Not, Query, Term, clip, invalid
from portal.query.schema import Cube, Register
from portal.query.selection import Use, tested_members

_FUNCTIONS: Mapping[str, AggregateFunction] = {
    "sum": "sum",
    "min": "min",
    "max": "max",
    "average": "avg",
    "countdistinct": "count_distinct",
}
_ADDED = frozenset({"count", "sum", "persons", "population"})
"""Types of measures whose published total may be called a sum."""


def ask_groups(
    entities: EntitySet, asked: Transformations, options: Options, *, limit: int, after: str = ""
) -> Question:
    """Ask for groups or figures; what a table has no right answer to raises QueryInvalid with the remedy."""
    if not asked.figures:
        found = _distinct(entities, asked)
    elif isinstance(entities.schema, Register):
        found = _register_groups(entities, entities.schema, asked)
    else:
        found = _cube_groups(entities, entities.schema, asked)
    result = replace(entities, properties=found.shown)
    where = found.query.where
    if options.filter is not None:
        _check_figures(found, options.filter)
        condition = to_term(options.filter, result, place="$filter")
        where = condition if where is None else AllOf((where, condition))
    query = replace(
        found.query,
        where=where,
        order=orders(result, options),
        limit=limit,
        offset=0 if after else options.skip,
        after=after,
    )
    return replace(found, query=query, shown=selected(found.shown, options.select))


def _distinct(entities: EntitySet, asked: Transformations) -> Question:
    """Ask which combinations of values there are among the entities."""
    shown = _by(entities, asked.by)
    names = tuple(dict.fromkeys(each.source for each in shown.values() if each.kind in {"dimension", "field"}))
    query = Query(
        table=entities.schema.name,
        filters=entities.restricted,
        where=_all_of(asked.filters, entities),
        select=names if isinstance(entities.schema, Register) else (),
        columns=names if isinstance(entities.schema, Cube) else (),
        distinct=True,
    )
    return Question(entities, query, shown, grouped=True, whole=False)


def _by(entities: EntitySet, names: Iterable[str]) -> dict[str, Property]:
    """Return the properties that are grouped by: codes, and labels beside their codes."""
    shown = {name: entities.property(name, place=PLACE) for name in names}
    for name, each in shown.items():
        if each.kind == "label" and each.source not in shown:
            raise no_meaning(
                said("%(name)s is a name, and several codes may share it", name=clip(name)),
                said("Group by %(name)s as well", name=each.source),
            )
        if each.kind not in {"dimension", "field", "label"}:
            allowed = [known for known, other in entities.properties.items() if other.kind in {"dimension", "field"}]
            rule = said("%(name)s is not a dimension", name=clip(name))
            raise no_meaning(rule, said("Group by one of: %(names)s", names=listed(allowed)))
    return shown


def _all_of(filters: Iterable[Expression], entities: EntitySet) -> Term | None:
    terms = tuple(to_term(each, entities, place=PLACE) for each in filters)
    return AllOf(terms) if terms else None


# Registers ------------------------------------------------------------------------------------------------------------


def _register_groups(entities: EntitySet, register: Register, asked: Transformations) -> Question:
    shown, aggregates = _by(entities, asked.by), []
    names = tuple(name for name, each in shown.items() if each.kind == "field")
    for figure in asked.figures:
        aggregate, each = _register_figure(entities, register, figure)
        aggregates.append(aggregate)
        _add(shown, figure.alias, each)
    query = Query(
        table=register.name,
        where=_all_of(asked.filters, entities),
        group=names,
        aggregates=tuple(dict.fromkeys(aggregates)),
    )
    return Question(entities, query, shown, grouped=True, whole=False, summed=True)


def _register_figure(entities: EntitySet, register: Register, figure: Figure) -> tuple[Aggregate, Property]:
    if figure.property == COUNT:
        counted = Aggregate("count")
        return counted, _figure_property(figure.alias, "Edm.Int64", entities, counted.name)
    found = entities.property(figure.property, place=PLACE)
    if found.kind != "field" or not figure.method:
        allowed = ", ".join(register.fields)
        rule = said("%(name)s has no figures that are published", name=clip(figure.property))
        raise no_meaning(rule, said("Write a field with a method; fields are: %(names)s", names=allowed))
    aggregate = Aggregate(_FUNCTIONS[figure.method], found.source)
    types = {"average": "Edm.Double", "countdistinct": "Edm.Int64"}
    return aggregate, _figure_property(figure.alias, types.get(figure.method, found.type), entities, aggregate.name)


def _figure_property(alias: str, edm_type: str, entities: EntitySet, column: str) -> Property:
    return Property(alias, "measure", edm_type, entities.title, column, nullable=True)


def _check_figures(found: Question, expression: Expression) -> None:
    """Refuse conditions on figures of a register: its rows are chosen before they are grouped."""
    if not (found.summed and isinstance(found.entities.schema, Register)):
        return
    for name in names_in(expression):
        if name in found.shown and found.shown[name].kind == "measure":
            raise invalid(
                "$filter",
                said("%(name)s is a figure of groups, by which none is chosen", name=clip(name)),
                said("Sort by it: $orderby=%(name)s desc&$top=10", name=name),
            )


# Cubes ----------------------------------------------------------------------------------------------------------------


def _cube_groups(entities: EntitySet, cube: Cube, asked: Transformations) -> Question:
    shown = _by(entities, asked.by)
    names = tuple(name for name, each in shown.items() if each.kind == "dimension")
    measures: list[str] = []
    for figure in asked.figures:
        measure = _cube_measure(entities, cube, figure)
        measures.append(measure)
        title, edm_type = cube.measures[measure].title, EDM_TYPES[cube.measures[measure].field_type]
        _add(shown, figure.alias, Property(figure.alias, "measure", edm_type, title, measure, nullable=True))
        status = entities.properties[status_column(measure)]
        _add(shown, status_column(figure.alias), replace(status, name=status_column(figure.alias)))
    query = Query(
        table=cube.name,
        select=tuple(dict.fromkeys(measures)),
        filters=tuple(_members(asked.filters, entities, cube)),
        group=names,
    )
    return Question(entities, query, shown, grouped=True, whole=False, summed=True)


def _add(shown: dict[str, Property], name: str, each: Property) -> None:
    if name in shown:
        raise no_meaning(said("%(name)s is given twice", name=clip(name)), said("Give each figure its own name"))
    shown[name] = each


def _cube_measure(entities: EntitySet, cube: Cube, figure: Figure) -> str:
    if figure.property == COUNT:
        counts = [name for name, each in cube.measures.items() if each.type in _ADDED]
        remedy = said("Add up what is counted, such as %(example)s", example=f"{counts[0]} with sum" if counts else "…")
        raise no_meaning(said("$count counts cells, not people or cases"), remedy)
    measure = cube.measures.get(figure.property)
    if measure is None:
        entities.property(figure.property, place=PLACE)
        rule = said("%(name)s is not a measure", name=clip(figure.property))
        raise no_meaning(rule, hint(figure.property, cube.measures))
    if figure.method not in {"", "sum"}:
        raise no_meaning(
            said("%(method)s of published cells has no right answer", method=figure.method),
            said("Sort cells by $orderby=%(name)s desc&$top=1, or ask for the sum", name=measure.name),
        )
    if figure.method == "sum" and measure.type not in _ADDED:
        rule = said("%(name)s is a mean or a rate, which is no sum of others", name=measure.name)
        remedy = said("Write aggregate(%(name)s) for the published figure", name=measure.name)
        raise no_meaning(rule, remedy)
    return measure.name


def _members(filters: Iterable[Expression], entities: EntitySet, cube: Cube) -> Iterator[Filter]:
    """Return which members of each dimension the conditions choose; others than those on one dimension are refused."""
    chosen: dict[str, frozenset[str]] = {}
    for part in _parts(filters):
        sources = {entities.property(name, place=PLACE).source for name in names_in(part)}
        name = next(iter(sources), "")
        if len(sources) != 1 or name not in cube.axes:
            raise no_meaning(
                said("a condition is not on one dimension alone"),
                said("Join conditions on dimensions by and; write $filter beside $apply for those on figures"),
            )
        axis = cube.axes[name]
        # A name means its member; everything else, such as "not this one", is about members of the finest level.
        scope = tuple(axis.positions) if _names_members(part) else axis.finest
        found = _chosen(to_term(part, entities, place=PLACE), Use(axis, "listed", scope)) & frozenset(scope)
        chosen[name] = chosen.get(name, found) & found
    for name, members in chosen.items():
        yield Filter(name, "in", tuple(code for code in cube.axes[name].positions if code in members))


def _parts(filters: Iterable[Expression]) -> Iterator[Expression]:
    for each in filters:
        if isinstance(each, Operation) and each.operator == "and":
            yield from _parts(each.sides)
        else:
            yield each


def _names_members(expression: Expression) -> bool:
    if isinstance(expression, Operation):
        return expression.operator in {"eq", "in", "or", "and"} and all(map(_names_members, expression.sides))
    return not isinstance(expression, Call)


def names_in(expression: Expression) -> Iterator[str]:
    """Yield the name of every property in an expression."""
    if isinstance(expression, Path):
        yield expression.name
    elif not isinstance(expression, Value):
        inner = {Operation: "sides", Call: "arguments", Listed: "items"}[type(expression)]
        for each in getattr(expression, inner):
            yield from names_in(each)


def _chosen(term: Term, use: Use) -> frozenset[str]:
    members = frozenset(use.members or ())
    if isinstance(term, Filter):
        return frozenset(tested_members(use, term, negated=False))
    if isinstance(term, Not):
        # The core knows the opposite of a comparison of members that cannot be compared with it: neither.
        if isinstance(term.part, Filter):
            return frozenset(tested_members(use, term.part, negated=True))
        return members - _chosen(term.part, use)
    found = [_chosen(part, use) for part in term.parts]
    if isinstance(term, AllOf):
        return members.intersection(*found)
    return frozenset().union(*found)
