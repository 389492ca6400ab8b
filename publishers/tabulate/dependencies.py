"""Reads off the records how columns depend on each other: readers know it anyway, so the protection has to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa

from publishers.tabulate import compile as statements
from publishers.tabulate.cells import CubeShape, Ints
from publishers.tabulate.links import (
    Pair,
    excluding,
    links_of,
    nearly_linked,
    nested,
    pairs_of,
    rows_in,
    told_by,
    unmixed,
    wholly_in,
)
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.quantities import Part
from publishers.tabulate.recode import PlannedDimension
from publishers.tabulate.tabulation import Dependencies, Members

PartSums = Mapping[Part, Sequence[Ints]]
"""For each part, the sums over the leaves of each cube, flat."""

USUAL = 10
"""So many values that are all one, but for one in twenty, make readers expect it of any other."""

FEW_VALUES = 3
"""A column with no more values than this tells in its sums how many have each."""
SOME_VALUES = 20
"""With no more values than this, of which one is far above all smaller ones, sums tell how many have the large ones."""
FAR_ABOVE = 10
"""How many times as far from the least value the next one is then."""
STRAY = 0.05
"""The largest share of others beside two values that a column has otherwise."""


def pairs_apart(connection: duckdb.DuckDBPyConnection, plan: TabulationPlan) -> dict[Pair, Ints]:
    """Return, for the pairs of dimensions that no cube crosses, how many rows have each two leaves."""
    crossed = tuple(one.dimension for one in plan.crossed)
    apart = [pair for pair in pairs_of(crossed) if not any(set(pair) <= set(one.dimensions) for one in plan.cubes)]
    if not apart:
        return {}
    result = connection.sql(statements.members_together(plan, apart)).to_arrow_table()
    return {pair: _of_pair(result, crossed, pair) for pair in apart}


def dependencies(
    connection: duckdb.DuckDBPyConnection,
    plan: TabulationPlan,
    shapes: Sequence[CubeShape],
    sums: PartSums,
    apart: Mapping[Pair, Ints],
) -> Dependencies:
    """Return what the records tell; ``apart`` has the pairs of dimensions that no cube of a table crosses."""
    rows = {**_rows_together(plan, shapes, sums[Part("rows")]), **apart}
    by_name = {one.name: one for one in plan.dimensions}
    following, usual = _told_values(connection, plan)
    return Dependencies(
        links=links_of(by_name, rows),
        nested=nested(by_name, rows),
        nearly_linked=nearly_linked(by_name, rows),
        excluding={pair: rows[pair] for pair in excluding(by_name, rows)},
        told=tuple(dict.fromkeys(_told(plan, shapes, sums))),
        unmixed=tuple(dict.fromkeys(_unmixed(plan, shapes, sums))),
        wholly=tuple(dict.fromkeys(_wholly(plan, shapes, sums))),
        indicators=tuple(_indicators(connection, plan)),
        following=following,
        usual=usual,
    )


def _rows_together(plan: TabulationPlan, shapes: Sequence[CubeShape], rows: Sequence[Ints]) -> dict[Pair, Ints]:
    together: dict[Pair, Ints] = {}
    for pair in pairs_of(tuple(one.dimension for one in plan.crossed)):
        for shape, cells in zip(shapes, rows, strict=True):
            found = rows_in(shape, cells, pair)
            if found is not None:
                together[pair] = found
                break
    return together


def _of_pair(result: pa.Table, crossed: Sequence[PlannedDimension], pair: Pair) -> Ints:
    own = np.ones(len(result), dtype=np.bool_)
    for name in (column[2:] for column in result.column_names if column.startswith("g_")):
        own &= (result[f"g_{name}"].to_numpy() == 0) == (name in pair)
    leaves = [result[f"k_{name}"].to_numpy()[own].astype(np.int64) for name in pair]
    sizes = {one.name: one.members.leaves for one in crossed}
    together = np.zeros([sizes[name] for name in pair], dtype=np.int64)
    # Rows without a member are refused as soon as the cells are counted.
    known = (leaves[0] >= 0) & (leaves[1] >= 0)
    together[leaves[0][known], leaves[1][known]] = result["rows"].to_numpy()[own][known]
    return together


def _told(plan: TabulationPlan, shapes: Sequence[CubeShape], sums: PartSums) -> Iterator[tuple[str, str]]:
    for population, dimension, whole, part in _parts_by_leaf(plan, shapes, sums):
        if told_by(whole, part):
            yield population, dimension


def _unmixed(plan: TabulationPlan, shapes: Sequence[CubeShape], sums: PartSums) -> Iterator[tuple[str, str]]:
    for population, dimension, whole, part in _parts_by_leaf(plan, shapes, sums):
        if unmixed(whole, part):
            yield population, dimension


def _wholly(plan: TabulationPlan, shapes: Sequence[CubeShape], sums: PartSums) -> Iterator[Members]:
    for population, dimension, whole, part in _parts_by_leaf(plan, shapes, sums):
        found = wholly_in(whole, part)
        if len(found):
            yield Members(population, dimension, tuple(found.tolist()))


def _parts_by_leaf(
    plan: TabulationPlan, shapes: Sequence[CubeShape], sums: PartSums
) -> Iterator[tuple[str, str, Ints, Ints]]:
    """Yield each population that is a part with each dimension, and the rows of whole and part by leaf."""
    for population in plan.populations:
        part = population.part(plan.column_types)
        whole = Part("rows") if part.kind == "rows" else Part(part.kind, part.column)
        if part != whole and whole in sums:
            for number, shape in enumerate(shapes):
                for axis, dimension in enumerate(shape.dimensions):
                    of_whole, of_part = (_along(sums[one][number], shape, axis) for one in (whole, part))
                    yield population.name, dimension.name, of_whole, of_part


def _along(cells: Ints, shape: CubeShape, axis: int) -> Ints:
    """Return the sums over the leaves of one dimension, int64 (leaves,)."""
    others = tuple(other for other in range(len(shape.dimensions)) if other != axis)
    return np.asarray(cells.reshape(shape.leaves).sum(axis=others))


def _summed_columns(plan: TabulationPlan) -> list[str]:
    columns = sorted({part.column for one in plan.quantities for part in one.parts if part.column is not None})
    return [column for column in columns if plan.column_types[column] in ("integer", "number")]


def _indicators(connection: duckdb.DuckDBPyConnection, plan: TabulationPlan) -> Iterator[str]:
    for column in _summed_columns(plan):
        found = connection.sql(statements.most_frequent(column, SOME_VALUES + 1)).fetchall()
        if found and _counts_people([float(value) for value, *_ in found], [rows for _, rows, _ in found], found[0][2]):
            yield column


def _counts_people(values: Sequence[float], rows: Sequence[int], everything: int) -> bool:
    """Return whether sums of these values tell how many people have some of them; the most frequent come first."""
    if len(values) == 1:
        return False
    if len(values) <= FEW_VALUES or everything - rows[0] - rows[1] <= STRAY * (everything - rows[0]):
        return True
    above = sorted(value - min(values) for value in values)[1:]
    return len(values) <= SOME_VALUES and any(far >= FAR_ABOVE * near for near, far in pairwise(above))


def _told_values(
    connection: duckdb.DuckDBPyConnection, plan: TabulationPlan
) -> tuple[tuple[tuple[str, str], ...], tuple[Members, ...]]:
    """Return the columns whose sums tell how many people are in members, and the members with one usual value."""
    following, usual = [], []
    dimensions = [one.dimension.name for one in plan.crossed]
    for column in _summed_columns(plan) if dimensions else []:
        found = connection.sql(statements.middle_values(plan, column, dimensions)).fetchall()
        for number, dimension in enumerate(dimensions):
            leaves = [one[1:] for one in found if one[0] == number and one[1] >= 0]
            if _tells_members(leaves):
                following.append((column, dimension))
            own = [leaf for leaf, values, low, high, *_ in leaves if values >= USUAL and low == high]
            if own:
                none = set(range(plan.dimension(dimension).members.leaves)) - {leaf for leaf, *_ in leaves}
                usual.append(Members(column, dimension, tuple(sorted({*own, *none}))))
    return tuple(following), tuple(usual)


def _tells_members(leaves: Sequence[tuple[int, int, float, float, float, float]]) -> bool:
    """Return whether two members have values of their own, or all have one, so that sums tell who is in which."""
    usual = {low for _, values, low, high, *_ in leaves if values >= USUAL and low == high}
    constant = [least for *_, least, most in leaves if least == most]
    return len(usual) > 1 or (len(constant) == len(leaves) and len(set(constant)) > 1)
