"""Reads off the records how columns depend on each other: readers know it anyway, so the protection has to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from publishers.tabulate import compile as statements
from publishers.tabulate.cells import CubeShape, Ints
from publishers.tabulate.links import (
    Pair,
    Together,
    links_of,
    nearly_linked,
    nested,
    pairs_of,
    together_in,
    told_by,
)
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.quantities import Part
from publishers.tabulate.recode import PlannedDimension
from publishers.tabulate.tabulation import Dependencies

FIRST_ROWS = 100_000
"""How many rows are looked at before all are."""

PartSums = Mapping[Part, Sequence[Ints]]
"""For each part, the sums over the leaves of each cube, flat."""


def dependencies(
    connection: duckdb.DuckDBPyConnection, plan: TabulationPlan, shapes: Sequence[CubeShape], sums: PartSums
) -> Dependencies:
    """Return what the records tell; the source is read again only for dimensions that no cube crosses."""
    together = _together(connection, plan, shapes, sums[Part("rows")])
    by_name = {one.name: one for one in plan.dimensions}
    return Dependencies(
        links=links_of(by_name, together),
        nested=nested(by_name, together),
        nearly_linked=nearly_linked(by_name, together),
        told=tuple(dict.fromkeys(_told(plan, shapes, sums))),
        indicators=tuple(_indicators(connection, plan)),
        following=tuple(_following(connection, plan)),
    )


def _together(
    connection: duckdb.DuckDBPyConnection, plan: TabulationPlan, shapes: Sequence[CubeShape], rows: Sequence[Ints]
) -> dict[Pair, Together]:
    """Return which members occur together: from the cells of a cube, and where no cube has both, from the source."""
    crossed = tuple(one.dimension for one in plan.crossed)
    together: dict[Pair, Together] = {}
    for pair in pairs_of(crossed):
        for shape, cells in zip(shapes, rows, strict=True):
            found = together_in(shape, cells, pair)
            if found is not None:
                together[pair] = found
                break
    apart = [pair for pair in pairs_of(crossed) if pair not in together]
    if apart:
        result = connection.sql(statements.members_together(plan, apart)).to_arrow_table()
        together |= {pair: _of_pair(result, crossed, pair) for pair in apart}
    return together


def _of_pair(result: pa.Table, crossed: Sequence[PlannedDimension], pair: Pair) -> Together:
    own = np.ones(len(result), dtype=np.bool_)
    for name in (column[2:] for column in result.column_names if column.startswith("g_")):
        own &= (result[f"g_{name}"].to_numpy() == 0) == (name in pair)
    leaves = [result[f"k_{name}"].to_numpy()[own].astype(np.int64) for name in pair]
    sizes = {one.name: one.members.leaves for one in crossed}
    together = np.zeros([sizes[name] for name in pair], dtype=np.bool_)
    together[leaves[0], leaves[1]] = True
    return together


def _told(plan: TabulationPlan, shapes: Sequence[CubeShape], sums: PartSums) -> Iterator[tuple[str, str]]:
    for population in plan.populations:
        part = population.part(plan.column_types)
        whole = Part("rows") if part.kind == "rows" else Part(part.kind, part.column)
        if part != whole and whole in sums:
            for number, shape in enumerate(shapes):
                for axis, dimension in enumerate(shape.dimensions):
                    if told_by(*(_along(sums[one][number], shape, axis) for one in (whole, part))):
                        yield population.name, dimension.name


def _along(cells: Ints, shape: CubeShape, axis: int) -> Ints:
    """Return the sums over the leaves of one dimension, int64 (leaves,)."""
    others = tuple(other for other in range(len(shape.dimensions)) if other != axis)
    return np.asarray(cells.reshape(shape.leaves).sum(axis=others))


def _summed_columns(plan: TabulationPlan) -> list[str]:
    columns = sorted({part.column for one in plan.quantities for part in one.parts if part.column is not None})
    return [column for column in columns if plan.column_types[column] in ("integer", "number")]


def _indicators(connection: duckdb.DuckDBPyConnection, plan: TabulationPlan) -> Iterator[str]:
    for column in _summed_columns(plan):
        (least, most), *_ = connection.sql(statements.least_and_most(column)).fetchall()
        if least is not None and least < most:
            between = connection.execute(statements.any_between(column), [least, most]).fetchall()
            if not between:
                yield column


def _following(connection: duckdb.DuckDBPyConnection, plan: TabulationPlan) -> Iterator[tuple[str, str]]:
    """The first rows tell nearly always that a value varies within a member; only else all rows are looked at."""
    for column in _summed_columns(plan):
        for one in plan.crossed:
            dimension = one.dimension.name
            looks = (statements.spread_within(plan, column, dimension, rows) for rows in (FIRST_ROWS, 0))
            if all(_follows(connection, look) for look in looks):
                yield column, dimension


def _follows(connection: duckdb.DuckDBPyConnection, statement: str) -> bool:
    (varies, members, values), *_ = connection.sql(statement).fetchall()
    return not varies and members > 1 and values > 1
