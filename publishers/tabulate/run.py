"""Carries out a tabulation plan with DuckDB, out of core."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from datasets.errors import Problem, SettingInvalid, SourceInvalid, SourceUnreadable
from publishers.limits import JobLimits, connect
from publishers.tabulate import compile as statements
from publishers.tabulate.absences import absences
from publishers.tabulate.cells import CubeShape, Ints, TableCells, cube_shapes, table_cells
from publishers.tabulate.contributions import Sizes, contributions
from publishers.tabulate.crossings import with_exclusions
from publishers.tabulate.dependencies import PartSums, dependencies, pairs_apart
from publishers.tabulate.links import excluding
from publishers.tabulate.persons import PersonCounts, whole_persons
from publishers.tabulate.plan import PlannedTable, TabulationPlan
from publishers.tabulate.provision import provide_members, provide_source
from publishers.tabulate.quantities import Part, PlannedPopulation, Quantity, outside, presence_part
from publishers.tabulate.source_checks import check_leaves, check_persons, check_usable, check_whole
from publishers.tabulate.tabulation import Codes, TabulatedTable, Tabulation, Values, table_set

__all__ = ["engine_errors", "part_sums", "run", "table_set"]

Progress = Callable[[str, float | None], None]

TEXT_ORDER = "hash(person)"
"""Sorting by a hash is three times cheaper than by texts; whole_persons sets apart persons who share one."""


def run(
    plan: TabulationPlan, extract: Path, limits: JobLimits, progress: Progress = lambda _step, _done: None
) -> Tabulation:
    """Count everything that ``plan`` asks for in the Parquet file ``extract``.

    Raises SourceInvalid where a value has no member, a person is missing or a number cannot be added up exactly: with
    column and number of rows, never a value. SettingInvalid where the job's memory does not suffice.
    """
    with engine_errors(plan), connect(limits) as connection:
        provide_source(connection, plan, extract)
        for number, one in enumerate(plan.crossed):
            progress("tabulate: members", number / len(plan.crossed))
            provide_members(connection, one)
        progress("tabulate: sums", None)
        apart = pairs_apart(connection, plan)
        plan = with_exclusions(plan, excluding({one.name: one for one in plan.dimensions}, apart))
        shapes = cube_shapes(plan)
        sums = part_sums(connection, plan, shapes)
        found = dependencies(connection, plan, shapes, sums, apart)
        persons: list[dict[str, Ints]] = [{} for _ in shapes]
        if plan.counts_persons:
            progress("tabulate: persons", None)
            persons = _persons(connection, plan, shapes)
        units: list[dict[str, Ints]] = [{} for _ in shapes]
        if plan.units is not None:
            progress("tabulate: facilities", None)
            units = _units(connection, plan, shapes)
        amounts: list[dict[str, Sizes]] = [{} for _ in shapes]
        if plan.amounts:
            progress("tabulate: contributions", None)
            amounts = contributions(connection, plan, shapes, order=TEXT_ORDER)
    progress("tabulate: tables", None)
    totals = _Totals(plan, shapes, sums, _Distinct(persons, units), amounts)
    tables = tuple(totals.table(table) for table in plan.tables)
    hidden = tuple(totals.table(table) for table in plan.hidden)
    return Tabulation(plan, tables, int(sums[Part("rows")][0].sum()), found, hidden)


# Statements -----------------------------------------------------------------------------------------------------------


def part_sums(connection: duckdb.DuckDBPyConnection, plan: TabulationPlan, shapes: Sequence[CubeShape]) -> PartSums:
    """Return, for each part, its sums over the leaves of each cube, flat."""
    result = connection.sql(statements.sums(plan)).to_arrow_table()
    names = [one.dimension.name for one in plan.crossed]
    leaves = {name: result[f"k_{name}"].to_numpy() for name in names}
    grouped = {name: result[f"g_{name}"].to_numpy() == 0 for name in names}
    values = [result[f"p{number}"].to_numpy().astype(np.int64) for number in range(len(plan.parts))]
    sums: dict[Part, list[Ints]] = {part: [] for part in plan.parts}
    for shape in shapes:
        own = np.ones(len(result), dtype=np.bool_)
        for name in names:
            own &= grouped[name] == (name in shape.cube.dimensions)
        keys = [leaves[name][own].astype(np.int64) for name in shape.cube.dimensions]
        check_leaves(plan, shape, keys, values[0][own])
        address = np.zeros(int(own.sum()), dtype=np.int64)
        for key, size in zip(keys, shape.leaves, strict=True):
            address = address * size + key
        for part, value in zip(plan.parts, values, strict=True):
            cells = np.zeros(int(np.prod(shape.leaves, dtype=np.int64)), dtype=np.int64)
            cells[address] = value[own]
            sums[part].append(cells)
    check_usable(plan, sums)
    check_whole(plan, sums)
    return sums


def _persons(
    connection: duckdb.DuckDBPyConnection, plan: TabulationPlan, shapes: Sequence[CubeShape]
) -> list[dict[str, Ints]]:
    if not plan.person_required:
        check_persons(plan, int(connection.sql(statements.missing_persons(plan)).fetchall()[0][0]))
    populations = [one.name for one in plan.populations if one.kind == "persons"]
    populations += [outside(one.name) for one in plan.parts_of_rows]
    order = "person" if plan.person_type == "integer" else TEXT_ORDER
    return _distinct(connection, statements.person_rows(plan, order=order), plan, shapes, populations)


def _units(
    connection: duckdb.DuckDBPyConnection, plan: TabulationPlan, shapes: Sequence[CubeShape]
) -> list[dict[str, Ints]]:
    assert plan.units is not None
    names = [one.name for one in plan.populations] + [outside(one.name) for one in plan.parts_of_wholes]
    return _distinct(connection, statements.unit_rows(plan, order=TEXT_ORDER), plan, shapes, names)


def _distinct(
    connection: duckdb.DuckDBPyConnection,
    statement: str,
    plan: TabulationPlan,
    shapes: Sequence[CubeShape],
    populations: Sequence[str],
) -> list[dict[str, Ints]]:
    """Return how many distinct persons, or facilities, each cell of each cube has, by population."""
    crossed = [one.dimension for one in plan.crossed]
    counts = [PersonCounts(shape, crossed, len(populations)) for shape in shapes]
    reader = connection.sql(statement).to_arrow_reader(1_000_000)
    for rows in whole_persons(pa.Table.from_batches([batch]) for batch in reader):
        for count in counts:
            count.add(*rows)
    return [dict(zip(populations, count.totals(), strict=True)) for count in counts]


@contextmanager
def engine_errors(plan: TabulationPlan) -> Iterator[None]:
    """Turn the engine's errors into ours without their texts, which may hold values of the source."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        problem = Problem("YTEMO_JOB_MEMORY_MB", "is too small for this source", "give the job more memory")
        raise SettingInvalid("There is not enough memory to count the tables", problems=[problem]) from None
    except (duckdb.OutOfRangeException, duckdb.ConversionException):
        problem = Problem(plan.source, "has a column whose sum exceeds 2 to the power of 63", "use a larger unit")
        raise SourceInvalid("A sum cannot be calculated exactly", problems=[problem]) from None
    except duckdb.Error as error:
        problem = Problem(plan.source, f"the engine stopped with {type(error).__name__}", "run the extract again")
        raise SourceUnreadable("The extracted data could not be counted", problems=[problem]) from None


# Margins --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Distinct:
    """What is counted once however many rows it has: persons and facilities, for each cube by population."""

    persons: Sequence[Mapping[str, Ints]]
    units: Sequence[Mapping[str, Ints]]


class _Totals:
    """Adds up each part to all margins once, and gives every table its share."""

    def __init__(
        self,
        plan: TabulationPlan,
        shapes: Sequence[CubeShape],
        sums: PartSums,
        distinct: _Distinct,
        amounts: Sequence[Mapping[str, Sizes]],
    ) -> None:
        self._plan = plan
        self._shapes = shapes
        self._sums = sums
        self._persons, self._units = distinct.persons, distinct.units
        self._amounts = amounts
        self._rolled_up: dict[Part, list[Ints]] = {}

    def table(self, table: PlannedTable) -> TabulatedTable:
        cells = table_cells(self._plan, table, self._shapes)
        quantities = [self._plan.quantity(name) for name in table.quantities]
        populations = {one.population for one in quantities}
        contributors = {
            one.name: cells.pick(self._contributors(one)) for one in self._plan.populations if one.name in populations
        }
        values: dict[str, Values] = {}
        for one in quantities:
            values[one.name] = contributors[one.population] if one.persons else self._value(one, cells)
        gaps = {one.name: self._absences(one, cells) for one in quantities if one.absent != "zero"}
        others = {
            one.name: cells.pick([persons[outside(one.name)] for persons in self._persons])
            for one in self._plan.parts_of_rows
            if one.name in populations
        }
        units, rests = self._facilities(cells, populations)
        return TabulatedTable(
            table.id, cells, contributors, values, gaps, others, units, rests, *self._contributions(cells, quantities)
        )

    def _contributions(
        self, cells: TableCells, quantities: Sequence[Quantity]
    ) -> tuple[dict[str, Sizes], dict[str, Sizes]]:
        """Return who contributes how much to each sum, and to what each has more than its part."""
        own = [one.name for one in quantities if one in self._plan.amounts]
        rests = [part.name for whole, part in self._plan.rests_of_amounts if {whole, part} <= set(quantities)]
        return (
            {name: cells.pick([cube[name] for cube in self._amounts]) for name in own},
            {name: cells.pick([cube[outside(name)] for cube in self._amounts]) for name in rests},
        )

    def _facilities(self, cells: TableCells, populations: Collection[str]) -> tuple[dict[str, Ints], dict[str, Ints]]:
        """Return the facilities behind each cell, and behind the rest of each part, by population."""
        if self._plan.units is None:
            return {}, {}
        rests = [one.name for one in self._plan.parts_of_wholes if one.name in populations]
        return (
            {name: cells.pick([own[name] for own in self._units]) for name in populations},
            {name: cells.pick([own[outside(name)] for own in self._units]) for name in rests},
        )

    def _value(self, quantity: Quantity, cells: TableCells) -> Values:
        whole, *micro = (cells.pick(self._all(part)) for part in quantity.parts)
        return whole + micro[0] / 1e6 if micro else whole

    def _absences(self, quantity: Quantity, cells: TableCells) -> Codes:
        return absences(
            self._shapes,
            cells,
            self._sums[presence_part(quantity)],
            partial=quantity.absent == "partial",
            period=self._plan.period,
        )

    def _contributors(self, population: PlannedPopulation) -> list[Ints]:
        if population.kind == "persons":
            return [persons[population.name] for persons in self._persons]
        return self._all(population.part(self._plan.column_types))

    def _all(self, part: Part) -> list[Ints]:
        if part not in self._rolled_up:
            self._rolled_up[part] = [
                shape.roll_up(cells) for shape, cells in zip(self._shapes, self._sums[part], strict=True)
            ]
        return self._rolled_up[part]
