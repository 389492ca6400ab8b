"""Builds tables for the tests of anonymization: dense cubes with their margins, from the counts inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from anonymization.dimension import TOTAL, Dimension
from anonymization.ledger import EarlierRelease
from anonymization.table import Measure, Population, Table, TableSet
from datasets.disclosure import DisclosureRules, ZeroPolicy

Counts = npt.NDArray[np.int64]


def flat(name: str, size: int) -> Dimension:
    """A dimension with a total over `size` members."""
    members = tuple(f"{name}{number}" for number in range(1, size + 1))
    return Dimension(name, (TOTAL, *members), ((-1, *([0] * size)),))


def rules(threshold: int = 5, zeros: ZeroPolicy = "publish") -> DisclosureRules:
    """Suppression with this threshold and zero policy."""
    return DisclosureRules(policy="test", method="suppression", threshold=threshold, zeros=zeros)


def with_margins(dimensions: Sequence[Dimension], inner: npt.ArrayLike) -> Counts:
    """Add the margins of every dimension to counts of its leaves, children before parents."""
    counts = np.asarray(inner, dtype=np.int64)
    for axis, dimension in enumerate(dimensions):
        parents = {parent for parent, _ in dimension.sums if parent < len(dimension.members)}
        leaves = [index for index in range(len(dimension.members)) if index not in parents]
        shape = list(counts.shape)
        shape[axis] = len(dimension.members)
        full = np.zeros(shape, dtype=np.int64)
        view, own = np.moveaxis(full, axis, 0), np.moveaxis(counts, axis, 0)
        view[leaves] = own
        waiting = [family for family in dimension.sums if family[0] in parents]
        known = set(leaves)
        while waiting:
            family = next(one for one in waiting if known.issuperset(one[1]))
            view[family[0]] = view[list(family[1])].sum(axis=0)
            known.add(family[0])
            waiting.remove(family)
        counts = full
    return counts


def table(name: str, dimensions: Sequence[Dimension], counts: Mapping[str, npt.ArrayLike]) -> Table:
    """A dense table of counts for each population; the measure of a population is `n_<population>`."""
    full = {population: with_margins(dimensions, inner) for population, inner in counts.items()}
    shape = next(iter(full.values())).shape
    places = np.indices(shape).reshape(len(shape), int(np.prod(shape)))
    return Table(
        name,
        tuple(one.name for one in dimensions),
        {one.name: places[axis] for axis, one in enumerate(dimensions)},
        {population: values.reshape(-1) for population, values in full.items()},
        {f"n_{population}": values.reshape(-1) for population, values in full.items()},
    )


def listed(
    name: str,
    at: Mapping[str, Sequence[int]],
    contributors: Mapping[str, Sequence[int]],
    values: Mapping[str, list[Any]],
) -> Table:
    """A table from lists; its dimensions are those of its coordinates."""
    return Table(
        name,
        tuple(at),
        {dimension: np.array(members, dtype=np.int32) for dimension, members in at.items()},
        {population: np.array(counts) for population, counts in contributors.items()},
        {measure: np.array(own) for measure, own in values.items()},
    )


def release(dimensions: Sequence[Dimension], tables: Sequence[Table], *, part: str | None = None) -> TableSet:
    """A release that counts everyone and, with `part`, a part of everyone."""
    populations = [Population("all")]
    if part is not None:
        populations.append(Population(part, complement_of="all"))
    measures = tuple(Measure(f"n_{one.name}", one.name) for one in populations)
    return TableSet(tuple(dimensions), tuple(populations), measures, tuple(tables))


def cube(inner: npt.ArrayLike, part: npt.ArrayLike | None = None) -> TableSet:
    """A release of one dense table over flat dimensions a, b, c."""
    dimensions = [flat(name, size) for name, size in zip("abcd", np.shape(inner), strict=False)]
    counts: dict[str, npt.ArrayLike] = {"all": inner}
    if part is not None:
        counts["died"] = part
    return release(dimensions, [table("cases", dimensions, counts)], part=None if part is None else "died")


def reordered(table_: Table, order: npt.NDArray[np.int64]) -> Table:
    """The same table with its rows in another order."""
    return Table(
        table_.name,
        table_.dimensions,
        {name: array[order] for name, array in table_.coordinates.items()},
        {name: array[order] for name, array in table_.contributors.items()},
        {name: array[order] for name, array in table_.values.items()},
    )


def knowing_changes(earlier: EarlierRelease, then: TableSet, now: TableSet) -> EarlierRelease:
    """Return an earlier release with what has changed since; all of it has the same cells in the same order."""
    tables = []
    for one, before, after in zip(earlier.tables, then.tables, now.tables, strict=True):
        counts = {name: own != after.contributors[name] for name, own in before.contributors.items()}
        values = {name: own != after.values[name] for name, own in before.values.items()}
        tables.append(replace(one, changed=counts, changed_values=values))
    return replace(earlier, tables=tuple(tables), changes_known=True)
