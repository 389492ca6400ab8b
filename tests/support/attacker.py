"""An attacker who has only what was published: it knows nothing of how ytemo protects, and shares no code with it.

It reads a downloaded package, writes down every sum that must hold (members add up to their parent, in every table; a
cell that stands in two tables is one cell), and solves for what is withheld: by subtraction until nothing more falls
out, by linear algebra over all sums at once, and by the bounds that counts obey.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import lsmr

TOTAL = "_T"

Coordinates = frozenset[tuple[str, str]]
"""A cell, as the members that are not totals: the same in every table that shows it."""


@dataclass(frozen=True)
class PublishedTable:
    """A table as anybody can download it; ``parents`` names, by dimension, the published parent of each member."""

    frame: pd.DataFrame
    dimensions: Sequence[str]
    parents: Mapping[str, Mapping[str, str]]


@dataclass
class System:
    """The sums over the cells of one measure: ``matrix @ values == 0``."""

    cells: list[Coordinates]
    values: NDArray[np.float64]
    """What is published; NaN where it is withheld."""
    matrix: csr_matrix


@dataclass
class Loot:
    """What an attack found out: the value of each withheld cell that has just one."""

    withheld: int
    recovered: dict[Coordinates, float] = field(default_factory=dict)


def tables_of_package(package: Path) -> tuple[list[PublishedTable], list[str]]:
    """Read the tables of a downloaded zip, and the names of the measures that add up."""
    with zipfile.ZipFile(package) as archive:
        description = json.loads(archive.read("ytemo-release.json"))["content"]["description"]
        lists = {
            item["id"]: pd.read_csv(archive.open(item["path"]), dtype=str, keep_default_na=False)
            for item in description["codelists"]
        }
        tables = [_table(archive, description, table, lists) for table in description["tables"]]
    return tables, [measure["name"] for measure in description["measures"] if measure["additive"]]


def _table(
    archive: zipfile.ZipFile,
    description: Mapping[str, Any],
    table: Mapping[str, Any],
    lists: Mapping[str, pd.DataFrame],
) -> PublishedTable:
    dimensions = list(table["dimensions"])
    frame = pd.read_csv(
        archive.open(table["csv"]), dtype=dict.fromkeys(dimensions, str), keep_default_na=False, na_values=[""]
    )
    listed = {item["name"]: lists[item["codelist"]] for item in description["dimensions"] if item["name"] in dimensions}
    parents = {name: _nearest_published_parent(listed[name], set(frame[name])) for name in dimensions}
    return PublishedTable(frame, dimensions, parents)


def _nearest_published_parent(codes: pd.DataFrame, published: set[str]) -> dict[str, str]:
    up = dict(zip(codes["code"], codes["parent"], strict=True)) if "parent" in codes else {}
    found = {}
    for member in published - {TOTAL}:
        parent = up.get(member, "")
        while parent and parent not in published:
            parent = up.get(parent, "")
        found[member] = parent or TOTAL
    return found


def systems(tables: Sequence[PublishedTable], measure: str) -> System:
    """Write down every sum over one measure, across all tables that show it."""
    index: dict[Coordinates, int] = {}
    values: list[float] = []
    rows: list[int] = []
    columns: list[int] = []
    signs: list[float] = []
    relation = 0
    for table in (table for table in tables if measure in table.frame):
        places = _number_cells(table, measure, index, values)
        for parent, children in _sums(table, places):
            rows.extend([relation] * (len(children) + 1))
            columns.extend([parent, *children])
            signs.extend([-1.0, *[1.0] * len(children)])
            relation += 1
    matrix = csr_matrix((signs, (rows, columns)), shape=(relation, len(index)))
    return System(list(index), np.array(values, dtype=float), matrix)


def _number_cells(
    table: PublishedTable, measure: str, index: dict[Coordinates, int], values: list[float]
) -> NDArray[np.int64]:
    places = np.empty(len(table.frame), dtype=np.int64)
    keys = zip(*(table.frame[name] for name in table.dimensions), strict=True)
    for row, (codes, value) in enumerate(zip(keys, table.frame[measure], strict=True)):
        cell = frozenset(pair for pair in zip(table.dimensions, codes, strict=True) if pair[1] != TOTAL)
        place = index.setdefault(cell, len(index))
        if place == len(values):
            values.append(float(value))
        elif np.isnan(values[place]):
            values[place] = float(value)  # withheld in one table, shown in another: the attacker takes it
        places[row] = place
    return places


def _sums(table: PublishedTable, places: NDArray[np.int64]) -> Iterator[tuple[int, list[int]]]:
    for name in table.dimensions:
        parents = table.parents[name]
        expected = pd.Series(list(parents.values())).value_counts().to_dict()
        rest = [other for other in table.dimensions if other != name]
        keys = list(zip(*(table.frame[other] for other in rest), strict=True)) if rest else [()] * len(table.frame)
        at = {(key, code): place for key, code, place in zip(keys, table.frame[name], places, strict=True)}
        children: dict[tuple[tuple[str, ...], str], list[int]] = {}
        for (key, code), place in at.items():
            if code != TOTAL:
                children.setdefault((key, parents[code]), []).append(int(place))
        for (key, parent), members in children.items():
            if (key, parent) in at and len(members) == expected[parent]:
                yield int(at[key, parent]), members


def by_subtraction(system: System) -> Loot:
    """Subtract wherever a sum has one unknown left, until no sum has."""
    values = system.values.copy()
    loot = Loot(int(np.isnan(values).sum()))
    progress = True
    while progress:
        progress = False
        for row in range(system.matrix.shape[0]):
            span = slice(system.matrix.indptr[row], system.matrix.indptr[row + 1])
            cells, signs = system.matrix.indices[span], system.matrix.data[span]
            unknown = np.isnan(values[cells])
            if unknown.sum() == 1:
                known = float(np.dot(signs[~unknown], values[cells[~unknown]]))
                target = int(cells[unknown][0])
                values[target] = -known / float(signs[unknown][0])
                loot.recovered[system.cells[target]] = values[target]
                progress = True
    return loot


def by_linear_algebra(system: System, *, seed: int = 20261123) -> Loot:
    """Solve all sums at once: a cell where every solution agrees is recovered.

    Two random vectors are projected on the null space of the unknowns' columns; a cell whose coordinate is zero in both
    cannot move. The gap between the two kinds of cells is many orders of magnitude wide.
    """
    unknown = np.flatnonzero(np.isnan(system.values))
    loot = Loot(len(unknown))
    if not len(unknown):
        return loot
    left = system.matrix[:, unknown]
    known = np.nan_to_num(system.values)
    fixed = np.ones(len(unknown), dtype=bool)
    generator = np.random.default_rng(seed)
    for _ in range(2):
        direction = generator.standard_normal(len(unknown))
        within = lsmr(left, left @ direction, atol=1e-14, btol=1e-14, maxiter=20_000)[0]
        fixed &= np.abs(direction - within) < 1e-6
    solution = lsmr(left, -(system.matrix @ known), atol=1e-14, btol=1e-14, maxiter=20_000)[0]
    for place in np.flatnonzero(fixed):
        loot.recovered[system.cells[unknown[place]]] = float(solution[place])
    return loot


def by_bounds(system: System, *, lowest: float, rounds: int = 60) -> Loot:
    """Narrow what each withheld count can be: not below ``lowest``, whole numbers, and what each sum leaves over."""
    unknown = np.isnan(system.values)
    low = np.where(unknown, lowest, system.values)
    high = np.where(unknown, np.inf, system.values)
    for _ in range(rounds):
        before = low.copy(), high.copy()
        for row in range(system.matrix.shape[0]):
            _narrow(system.matrix, row, low, high)
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break
    loot = Loot(int(unknown.sum()))
    for place in np.flatnonzero(unknown & (high - low < 0.5)):
        loot.recovered[system.cells[place]] = float(np.ceil(low[place]))
    return loot


def _narrow(matrix: csr_matrix, row: int, low: NDArray[np.float64], high: NDArray[np.float64]) -> None:
    span = slice(matrix.indptr[row], matrix.indptr[row + 1])
    cells, signs = matrix.indices[span], matrix.data[span]
    parent, children = cells[signs < 0][0], cells[signs > 0]
    low[parent] = max(low[parent], low[children].sum())
    high[parent] = min(high[parent], high[children].sum())
    lowest, highest = low[children].sum(), high[children].sum()
    for child in children:
        high[child] = min(high[child], high[parent] - (lowest - low[child]))
        if np.isfinite(highest):
            low[child] = max(low[child], low[parent] - (highest - high[child]))
