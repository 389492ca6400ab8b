"""What has to be counted for an edition, as a pure value that any SQL engine can carry out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from math import prod
from typing import Literal

from anonymization.chosen_cells import Chosen
from anonymization.policies import resolve
from datasets.codelist import Codelist
from datasets.definition import Definition, Dimension, TableSpec
from datasets.definition_files import LoadedDefinition
from datasets.disclosure import Concentration, ZeroPolicy
from datasets.errors import DefinitionInvalid, Problem
from datasets.periods import TIME_LEVELS, TimeList, period_of, time_codelist
from publishers.tabulate.match import MISSING
from publishers.tabulate.members import PublishedMembers, published_members
from publishers.tabulate.quantities import Part, PlannedPopulation, Quantity, parts_of, quantities_of
from publishers.tabulate.recode import PlannedDimension, Recode, recode

MAX_CELLS = 5_000_000
"""The most cells of one table: what a reader's tools, the audit and one machine's memory can still hold."""
MAX_CROSSING = 40_000
"""The most cells of a crossing that no table shows, but that the protection has to take into account."""

MAX_WORK_CELLS = 4 * MAX_CELLS
"""The most cells of a cube from which tables are taken; it also holds margins that no table publishes."""

TOTAL_LEVEL = -1
"""In a node: the dimension is summed over."""

Node = tuple[int, ...]
"""One level for each dimension, or -1 where the dimension is summed over: one of the GROUPING SETS."""


@dataclass(frozen=True)
class Cube:
    """A set of dimensions that is crossed completely; tables take their cells from it."""

    dimensions: tuple[str, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class PlannedTable:
    """One published table: its dimensions, what it shows, and the nodes of which it has all cells."""

    id: str
    dimensions: tuple[str, ...]
    quantities: tuple[str, ...]
    nodes: tuple[Node, ...]
    exact_only: bool = False
    """For a crossing: whether sums of distinct persons that do not hold are left out of account."""


@dataclass(frozen=True)
class TabulationPlan:
    """Everything that must be counted for one edition of a dataset."""

    dataset: str
    edition: str
    period: tuple[date, date] | None
    source: str
    """What messages call the source."""
    person: str | None
    person_type: Literal["string", "integer", "number", "date"]
    person_required: bool
    column_types: Mapping[str, str]
    recodes: tuple[Recode, ...]
    """How raw values become members, for each dimension that a table uses."""
    parts: tuple[Part, ...]
    populations: tuple[PlannedPopulation, ...]
    quantities: tuple[Quantity, ...]
    cubes: tuple[Cube, ...]
    tables: tuple[PlannedTable, ...]
    hidden: tuple[PlannedTable, ...] = ()
    """Tables that are counted for the protection alone."""
    protected: bool = True
    """Whether cells are withheld from the tables."""
    zeros: ZeroPolicy = "publish"
    """Whether cells in which nobody is are shown."""
    units: str | None = None
    """The column that tells facilities apart, where a cell has to come from several."""
    concentration: Concentration | None = None
    """Of which sums few contributors may not have nearly everything."""
    always_shown: tuple[Chosen, ...] = ()
    """Cells that are never withheld."""
    always_withheld: tuple[Chosen, ...] = ()
    """Cells that are never shown."""
    weighted: tuple[Chosen, ...] = ()
    """Cells that are dearer to withhold than others."""

    @property
    def dimensions(self) -> tuple[PlannedDimension, ...]:
        """The dimensions that a table uses, in the order of the definition."""
        return tuple(one.dimension for one in self.recodes)

    @property
    def crossed(self) -> tuple[Recode, ...]:
        """The dimensions by which cells are told apart; a table may list a dimension and publish only its total."""
        return tuple(one for one in self.recodes if any(one.dimension.name in cube.dimensions for cube in self.cubes))

    @property
    def columns(self) -> tuple[str, ...]:
        """The source columns that are read, in alphabetical order."""
        used = {one.dimension.column for one in self.crossed}
        for part in self.parts:
            used |= part.columns
        if self.counts_persons and self.person is not None:
            used.add(self.person)
        if self.units is not None:
            used.add(self.units)
        if self.concentration is not None:
            used.add(self.concentration.column)
        return tuple(sorted(used))

    @property
    def counts_persons(self) -> bool:
        """Whether any population counts distinct persons."""
        return any(population.kind == "persons" for population in self.populations)

    @property
    def amounts(self) -> tuple[Quantity, ...]:
        """The sums of which few contributors may not have nearly everything, with others of the same column."""
        if self.concentration is None:
            return ()
        named = self.concentration.measures
        columns = {one.adds_up for one in self.quantities if not named or one.measure in named} - {None}
        return tuple(one for one in self.quantities if one.adds_up in columns)

    @property
    def rests_of_amounts(self) -> tuple[tuple[Quantity, Quantity], ...]:
        """The sums over a whole and over a part of it that leave a rest, side by side."""
        wholes = {one.name: one.complement_of for one in self.populations}
        pairs = {
            part: next(
                (whole for whole in self.amounts if (whole.population, whole.adds_up) == (above, part.adds_up)), None
            )
            for part in self.amounts
            if (above := wholes[part.population]) is not None
        }
        return tuple((whole, part) for part, whole in pairs.items() if whole is not None)

    @property
    def parts_of_wholes(self) -> tuple[PlannedPopulation, ...]:
        """The populations that are a part of another."""
        return tuple(one for one in self.populations if one.complement_of is not None)

    @property
    def own_cubes(self) -> tuple[Cube, ...]:
        """The cubes from which tables are taken that are shown."""
        return self.cubes[: len(self.cubes) - len(self.hidden)]

    @property
    def parts_of_rows(self) -> tuple[PlannedPopulation, ...]:
        """Populations of persons of which some have rows outside the part, where rows of whole and part are shown.

        The rows outside, which anybody can work out, are then those of further people, who are counted as well.
        """
        added_up = {one.population for one in self.quantities if not one.persons}
        return tuple(
            one
            for one in self.populations
            if one.kind == "persons" and one.complement_of is not None and {one.name, one.complement_of} <= added_up
        )

    def dimension(self, name: str) -> PlannedDimension:
        return next(one for one in self.dimensions if one.name == name)

    def quantity(self, name: str) -> Quantity:
        return next(one for one in self.quantities if one.name == name)


def plan(loaded: LoadedDefinition, edition: str) -> TabulationPlan:
    """Return what must be counted for ``edition``; pure: it reads no data.

    Raises DefinitionInvalid where a table has more than 5 million cells, sums over a dimension that has no total, or
    needs a period that the edition's name does not give.
    """
    definition = loaded.definition
    assert definition.source is not None, "only statistics are tabulated"
    period = edition_period(definition, edition)
    used = [name for name in definition.dimensions if any(name in t.dimensions for t in definition.tables.values())]
    dimensions = tuple(_dimension(loaded, name, period) for name in used)
    by_name = {dimension.name: dimension for dimension in dimensions}
    nodes = {id_: _nodes(id_, table, by_name) for id_, table in definition.tables.items()}
    for id_ in definition.tables:
        _check_size(f"tables.{id_}", nodes[id_], [by_name[name] for name in definition.tables[id_].dimensions])
    quantities = quantities_of(definition)
    populations = quantities.populations
    cubes = _cubes(definition, nodes, by_name)
    rules = resolve(definition.disclosure) if definition.disclosure is not None else None
    protected = rules is not None and rules.method == "suppression"
    hidden: tuple[PlannedTable, ...] = ()
    if protected and (ring := ring_of([frozenset(cube.dimensions) for cube in cubes])):
        hidden = (_ring(ring, by_name, tuple(one.name for one in quantities.quantities)),)
    cubes = (*cubes, *(Cube(one.dimensions, one.nodes) for one in hidden))
    check_person_rows(cubes, by_name)
    person = None if definition.person is None else definition.source.columns[definition.person]
    planned = TabulationPlan(
        dataset=definition.id,
        edition=edition,
        period=period,
        source=definition.source.path.replace("{edition}", edition) or f"database {definition.source.database}",
        person=definition.person,
        person_type=person.type if person else "string",
        person_required=person.required if person else True,
        column_types=quantities.types,
        recodes=tuple(recode(dimension) for dimension in dimensions),
        parts=parts_of(quantities),
        populations=populations,
        quantities=quantities.quantities,
        cubes=cubes,
        tables=tuple(
            PlannedTable(id_, table.dimensions, quantities.shown(definition, table), nodes[id_])
            for id_, table in definition.tables.items()
        ),
        hidden=hidden,
        protected=protected,
        zeros=rules.zeros if rules is not None else "publish",
        units=rules.units.column if rules is not None and rules.units is not None else None,
        concentration=rules.concentration if rules is not None else None,
    )
    if rules is None or not (rules.always_shown or rules.always_withheld or rules.weights):
        return planned
    from publishers.tabulate.choices import chosen_cells  # noqa: PLC0415 (it needs the plan)

    shown, withheld, weighted = chosen_cells(definition, rules, planned)
    return replace(planned, always_shown=shown, always_withheld=withheld, weighted=weighted)


def edition_period(definition: Definition, edition: str) -> tuple[date, date] | None:
    """Return the first and last day of an edition: by its name, or by the coverage where its name is no period."""
    period = period_of(edition)
    if period is not None:
        return period
    start, end = period_of(definition.coverage.start), period_of(definition.coverage.end)
    return (start[0], end[1]) if start and end else None


def dimension_codelist(loaded: LoadedDefinition, name: str, period: tuple[date, date] | None) -> Codelist:
    """Return the code list of a dimension; lists of periods are made for the period of the edition."""
    id_ = loaded.definition.dimensions[name].codelist
    if id_ not in TIME_LEVELS:
        return loaded.codelists[id_]
    if period is None:
        problem = Problem(
            f"dimensions.{name}.codelist",
            f"{id_} needs an edition that is a period",
            "name the edition 2026, 2026-Q1 or 2026-03, or give coverage a start and an end",
        )
        raise DefinitionInvalid("The periods of an edition are not known", problems=[problem])
    level: TimeList = "years" if id_ == "years" else "quarters" if id_ == "quarters" else "months"
    return time_codelist(level, *period)


def _dimension(loaded: LoadedDefinition, name: str, period: tuple[date, date] | None) -> PlannedDimension:
    assert loaded.definition.source is not None
    given = loaded.definition.dimensions[name]
    codelist = dimension_codelist(loaded, name, period)
    members = published_members(codelist, given.levels, place=f"dimensions.{name}")
    column = given.column or name
    return PlannedDimension(
        name=name,
        column=column,
        column_type=loaded.definition.source.columns[column].type,
        match=given.match,
        mapping={
            text: _leaf(members, code, f"dimensions.{name}.map.{text}", given) for text, code in given.map.items()
        },
        missing=_leaf(members, given.unknown, f"dimensions.{name}.unknown", given) if given.unknown else MISSING,
        members=members,
        codelist=codelist,
        total=given.total,
        is_time=given.role == "time",
    )


def _leaf(members: PublishedMembers, code: str, place: str, dimension: Dimension) -> int:
    if code in members.leaf_of:
        return members.leaf_of[code]
    problem = Problem(
        place,
        f"{code} is not a code of {dimension.codelist} at or below its finest published level",
        "name a code of that level, or change levels",
    )
    raise DefinitionInvalid("A value cannot be counted under the code that it is mapped to", problems=[problem])


# Tables and cubes -----------------------------------------------------------------------------------------------------


def _nodes(id_: str, table: TableSpec, dimensions: Mapping[str, PlannedDimension]) -> tuple[Node, ...]:
    """Return the table's nodes, each once, the grand total first."""
    own = [dimensions[name] for name in table.dimensions]
    if table.margins == "all":
        choices = [(*([TOTAL_LEVEL] if one.total else []), *range(len(one.members.levels))) for one in own]
        return tuple(product(*choices))
    found: dict[Node, None] = {}
    for number, margin in enumerate(table.margins, 1):
        for one in own:
            if not one.total and one.name not in margin:
                problem = Problem(
                    f"tables.{id_}.margins[{number}]",
                    f"sums over {one.name}, whose total is not published",
                    f"add {one.name} to the margin, or set dimensions.{one.name}.total to true",
                )
                raise DefinitionInvalid("A margin sums over a dimension that has no total", problems=[problem])
        levels = [range(len(one.members.levels)) if one.name in margin else (TOTAL_LEVEL,) for one in own]
        found.update(dict.fromkeys(product(*levels)))
    return tuple(sorted(found))


def _check_size(place: str, nodes: tuple[Node, ...], dimensions: list[PlannedDimension]) -> None:
    sizes = [
        {TOTAL_LEVEL: 1} | {level: len(one.members.at_level(level)) for level in range(len(one.members.levels))}
        for one in dimensions
    ]
    cells = sum(prod(size[level] for size, level in zip(sizes, node, strict=True)) for node in nodes)
    if cells > MAX_CELLS:
        _refuse_size(place, cells, MAX_CELLS)


def _refuse_size(place: str, cells: int, limit: int) -> None:
    problem = Problem(
        place,
        f"would have {cells:,} cells, more than {limit:,}",
        "publish coarser levels, fewer dimensions in one table, or name its margins",
    )
    raise DefinitionInvalid("A table is too large", problems=[problem])


def _cubes(
    definition: Definition, nodes: Mapping[str, tuple[Node, ...]], dimensions: Mapping[str, PlannedDimension]
) -> tuple[Cube, ...]:
    """Return as few cubes as can serve all tables: each maximal set of dimensions that is crossed, with its nodes."""
    crossed: dict[frozenset[str], dict[frozenset[tuple[str, int]], None]] = {}
    for id_, table in definition.tables.items():
        for node in nodes[id_]:
            levels = {(n, level) for n, level in zip(table.dimensions, node, strict=True) if level != TOTAL_LEVEL}
            crossed.setdefault(frozenset(name for name, _ in levels), {})[frozenset(levels)] = None
    maximal = [names for names in crossed if not any(names < other for other in crossed)]
    in_order = sorted(tuple(name for name in dimensions if name in names) for names in maximal)
    cubes = []
    for order in in_order:
        # A node that several cubes hold is counted in the first, where table_cells looks for it.
        inside = [own for own in crossed if own <= set(order)]
        nodes_of_cube = {
            tuple(dict(levels).get(name, TOTAL_LEVEL) for name in order)
            for own in inside
            for levels in crossed.pop(own)
        }
        cubes.append(Cube(order, tuple(sorted(nodes_of_cube))))
        size = prod(len(dimensions[name].members.codes) + 1 for name in order)
        if size > MAX_WORK_CELLS:
            _refuse_size(f"tables that cross {', '.join(order)}", size, MAX_WORK_CELLS)
    return tuple(cubes)


def _ring(
    ring: frozenset[str], dimensions: Mapping[str, PlannedDimension], quantities: tuple[str, ...]
) -> PlannedTable:
    """Return the table of the dimensions that tables cross in a ring, for which all values must fit together.

    Two tables always fit together, and so do any that can be put together one by one, each along the dimensions that it
    shares with one of those before (Beeri and others 1983, acyclic schemes). In a ring, as three tables of pairs make
    it, the cells of all three say more than the tables: they are whole and not negative.
    """
    own = [one for name, one in dimensions.items() if name in ring]
    if (size := crossing_size(own)) > MAX_CROSSING:
        problem = Problem(
            "tables",
            f"cross {', '.join(one.name for one in own)} in a ring, whose {size:,} cells are more than the "
            f"{MAX_CROSSING:,} that can be protected",
            "leave out one of these tables, publish one table of all of them, or use coarser levels",
        )
        raise DefinitionInvalid(
            "Tables that cross in a ring are too large to be protected together", problems=[problem]
        )
    return crossing(own, quantities)


def crossing_size(dimensions: Sequence[PlannedDimension]) -> int:
    """Return how many cells dimensions have when they are crossed at all levels."""
    return prod(len(one.members.codes) + 1 for one in dimensions)


def crossing(dimensions: Sequence[PlannedDimension], quantities: tuple[str, ...]) -> PlannedTable:
    """Return the table that crosses dimensions at all levels, for the protection alone."""
    choices = [(*([TOTAL_LEVEL] if one.total else []), *range(len(one.members.levels))) for one in dimensions]
    names = tuple(one.name for one in dimensions)
    return PlannedTable(f"crossing of {', '.join(names)}", names, quantities, tuple(product(*choices)))


def ring_of(tables: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return the dimensions that sets of crossed dimensions have in a ring; empty where they make none.

    Graham's reduction: a dimension of one set alone, and a set inside another, can always be put back.

    >>> sorted(ring_of([frozenset("ab"), frozenset("bc"), frozenset("ca"), frozenset("cd")]))
    ['a', 'b', 'c']
    """
    left = list(dict.fromkeys(tables))
    before: list[frozenset[str]] = []
    while left != before:
        before = left
        shared = [frozenset(name for name in one if sum(name in other for other in left) > 1) for one in left]
        shared = list(dict.fromkeys(shared))
        left = [one for one in shared if one and not any(one < other for other in shared)]
    return frozenset().union(*left)


def check_person_rows(cubes: Sequence[Cube], dimensions: Mapping[str, PlannedDimension]) -> None:
    """Refuse what does not fit into the 64-bit number by which the cells of a person's rows are told apart."""
    crossed = {name for cube in cubes for name in cube.dimensions}
    if prod(dimensions[name].members.leaves for name in crossed) >= 2**63:
        rule = "cross more than 2 to the power of 63 combinations of members in all tables together"
        problem = Problem("tables", rule, "divide the dataset into two definitions")
        raise DefinitionInvalid("The tables are too many to be counted together", problems=[problem])
