"""What is measured in every cell: populations of contributors, quantities, and the sums that they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from datasets.definition import Definition, TableSpec
from datasets.measure import Measure

Condition = tuple[tuple[str, tuple[str, ...]], ...]
"""Columns, and the texts of which each must have one."""


@dataclass(frozen=True)
class Part:
    """One sum over the rows of a cell, always a whole number, so that it does not depend on the order of the rows.

    ``rows`` counts rows; where a column is named, those that have a value. ``integer`` adds up whole numbers. A column
    of other numbers is added up as its ``whole`` parts and its millionths (``micro``), because sums of floating-point
    numbers differ from run to run. ``unusable`` counts numbers that are not finite or too large to be exact.
    """

    kind: Literal["rows", "integer", "whole", "micro", "unusable"]
    column: str | None = None
    where: Condition = ()

    @property
    def columns(self) -> frozenset[str]:
        """The source columns that it reads."""
        named = {column for column, _ in self.where}
        return frozenset(named | {self.column} if self.column else named)


@dataclass(frozen=True)
class PlannedPopulation:
    """The contributors behind a family of measures: persons, rows, or people that the source has already counted."""

    name: str
    kind: Literal["persons", "rows", "value"]
    where: Condition
    column: str | None
    """The column that must have a value; for kind ``value``, the column that counts the people."""
    complement_of: str | None = None

    def part(self, types: Mapping[str, str]) -> Part:
        """The sum that counts the contributors, or the rows with a contributor where persons are counted."""
        if self.kind == "value" and self.column is not None:
            return Part("integer" if types[self.column] == "integer" else "whole", self.column, self.where)
        return Part("rows", self.column, self.where)


@dataclass(frozen=True)
class Quantity:
    """A number that protection has to know: a published measure, or what a mean or rate is calculated from."""

    name: str
    measure: str
    """The measure that it belongs to."""
    population: str
    persons: bool
    """Whether it counts distinct persons; otherwise it is the sum of its parts."""
    parts: tuple[Part, ...]
    integer: bool
    absent: Literal["zero", "missing", "partial"]
    adds_up: str | None = None
    """What its amounts are read from, where it is a sum of amounts: sums of one column belong together."""


@dataclass(frozen=True)
class Quantities:
    """All quantities of a dataset with their populations, and which a table shows."""

    quantities: tuple[Quantity, ...]
    populations: tuple[PlannedPopulation, ...]
    types: Mapping[str, str]

    def shown(self, definition: Definition, table: TableSpec) -> tuple[str, ...]:
        """Return the quantities that a table reveals: a mean reveals its sum and count, a rate its numerator."""
        counted = definition.counted(table)
        return tuple(one.name for one in self.quantities if one.measure in counted)


def outside(part: str) -> str:
    """Return the name of what is left of a whole without a part."""
    return f"{part} (outside)"


def sum_of_mean(measure: str) -> str:
    """Return the name of the quantity that is the sum behind a mean."""
    return f"{measure} (sum)"


def count_of_mean(measure: str) -> str:
    """Return the name of the quantity that is the count behind a mean."""
    return f"{measure} (count)"


def quantities_of(definition: Definition) -> Quantities:
    """Return every quantity of the measures that some table shows."""
    assert definition.source is not None
    types = {name: str(column.type) for name, column in definition.source.columns.items()}
    shown = frozenset[str]().union(*(definition.counted(table) for table in definition.tables.values()))
    populations: dict[str, PlannedPopulation] = {}
    quantities = []
    for name in definition.measures:
        if name in shown:
            population = _population(definition, definition.measures[name])
            populations.setdefault(population.name, population)
            quantities += _quantities(name, definition, population, types)
    return Quantities(tuple(quantities), _with_wholes(populations), types)


def parts_of(quantities: Quantities) -> tuple[Part, ...]:
    """Return every part once; the first counts all rows."""
    found = dict.fromkeys([Part("rows")])
    for population in quantities.populations:
        found[population.part(quantities.types)] = None
        if population.kind == "value" and population.column is not None:
            found.update(dict.fromkeys(_sum_parts(population.column, population.where, quantities.types)))
    for quantity in quantities.quantities:
        found.update(dict.fromkeys(quantity.parts))
        if quantity.absent != "zero":
            found[presence_part(quantity)] = None
    for column in sorted({part.column for part in found if part.kind == "whole" and part.column}):
        found[Part("unusable", column)] = None
    return tuple(found)


def presence_part(quantity: Quantity) -> Part:
    """Return the part that counts the records which report a quantity."""
    part = quantity.parts[0]
    return Part("rows", part.column, part.where)


def _population(definition: Definition, measure: Measure) -> PlannedPopulation:
    assert definition.source is not None
    kind = measure.contributors or ("persons" if definition.person is not None else "rows")
    if measure.type == "persons":
        kind = "persons"
    # In one order, so that the same rows are the same population however the definition lists them.
    where: Condition = tuple(sorted((name, tuple(sorted(set(values)))) for name, values in measure.where.items()))
    optional = measure.column is not None and not definition.source.columns[measure.column].required
    column = measure.column if kind == "value" or optional else None
    texts = [f"{name} is {' or '.join(values)}" for name, values in where]
    if column is not None:
        texts.append(f"counted in {column}" if kind == "value" else f"with {column}")
    base = "people" if kind == "value" else kind
    return PlannedPopulation(", ".join([base, *texts]), kind, where, column)


def _with_wholes(populations: Mapping[str, PlannedPopulation]) -> tuple[PlannedPopulation, ...]:
    """Say of each population that is part of another which one: the largest that holds it."""
    found = []
    for one in populations.values():
        wholes = [whole for whole in populations.values() if whole != one and not whole.where and _holds(whole, one)]
        wholes.sort(key=lambda whole: whole.column is not None)
        found.append(PlannedPopulation(one.name, one.kind, one.where, one.column, wholes[0].name if wholes else None))
    return tuple(found)


def _holds(whole: PlannedPopulation, part: PlannedPopulation) -> bool:
    if whole.kind != part.kind:
        return False
    return whole.column == part.column if whole.kind == "value" else whole.column in (None, part.column)


def _quantities(
    name: str, definition: Definition, population: PlannedPopulation, types: Mapping[str, str]
) -> list[Quantity]:
    measure = definition.measures[name]
    absent = measure.absent or "zero"

    def quantity(label: str, parts: tuple[Part, ...], *, integer: bool = True, adds_up: str | None = None) -> Quantity:
        return Quantity(label, name, population.name, measure.type == "persons", parts, integer, absent, adds_up)

    if measure.column is None:
        return [quantity(name, (Part("rows", None, population.where),))]
    integer = types[measure.column] == "integer"
    parts = _sum_parts(measure.column, population.where, types)
    assert definition.source is not None
    header = definition.source.columns[measure.column].header or measure.column
    adds_up = header if measure.adds_up_amounts else None
    if measure.type == "sum":
        return [quantity(name, parts, integer=integer, adds_up=adds_up)]
    return [
        quantity(sum_of_mean(name), parts, integer=integer, adds_up=adds_up),
        quantity(count_of_mean(name), (Part("rows", population.column, population.where),)),
    ]


def _sum_parts(column: str, where: Condition, types: Mapping[str, str]) -> tuple[Part, ...]:
    if types[column] == "integer":
        return (Part("integer", column, where),)
    return (Part("whole", column, where), Part("micro", column, where))
