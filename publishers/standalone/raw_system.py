"""Raw linear systems in two files: cells with what they need, and the sums that readers know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from anonymization.relations import Flags, Ints
from anonymization.system import LinearSystem, Reals, information, system_of
from datasets.disclosure import Cost
from datasets.errors import Problem, SourceInvalid
from publishers.standalone.output import csv_text, number_text, write_file
from publishers.standalone.text_tables import MOST_TOLD, TextTable, read_table

CELL_COLUMNS = ("cell", "value", "primary", "structural_zero", "lower_protection", "upper_protection")
OPTIONAL_COLUMNS = ("cost", "frozen", "forced", "least", "most")
RELATION_COLUMNS = ("relation", "cell", "coefficient")
ROUNDED = 0.001
"""By which part of it a sum may fail to add up, where values are written with decimals and may be rounded."""


@dataclass(frozen=True)
class RawFiles:
    """Where a raw system is, and how it is to be read; `tolerance` is found from how values are written if absent."""

    cells: Path
    relations: Path
    cost: Cost = "information"
    tolerance: float | None = None


def read_system(files: RawFiles, *, work: Path) -> LinearSystem:
    """Read a raw linear system.

    The cells have the columns `CELL_COLUMNS` and may have `OPTIONAL_COLUMNS`; the relations have `RELATION_COLUMNS`,
    and the sum of coefficient times value is zero in each. Values that are all whole numbers have to add up exactly;
    with decimals, up to a thousandth of the sum, because they may be rounded. Everybody knows a structural zero.

    Raises `SourceUnreadable` and `SourceInvalid` with file, row and remedy, and `DisclosureRuleInvalid` for a system
    that contradicts itself; never with a value.
    """
    cells = read_table(files.cells, work=work, needed=CELL_COLUMNS, optional=OPTIONAL_COLUMNS)
    names = _distinct(cells, "cell")
    values = cells.numbers("value")
    structural = cells.flags("structural_zero")
    cells.refuse(np.flatnonzero(structural & (values != 0)), "structural_zero", "has a value", "correct one of the two")
    relations = read_table(files.relations, work=work, needed=RELATION_COLUMNS, optional=())
    decimals = cells.has_decimals("value")
    tolerance = (ROUNDED if decimals else 0.0) if files.tolerance is None else files.tolerance
    others: dict[str, npt.ArrayLike] = {
        "known": structural,
        "tolerance": tolerance,
        "cost": cost_of(values, files.cost),
    }
    return system_of(
        names.to_pylist(),
        values,
        _sums(relations, names, cells.name),
        sensitive=cells.flags("primary"),
        levels=(_levels(cells, "lower_protection"), _levels(cells, "upper_protection")),
        **others | dict(_given(cells)),
    )


def cost_of(values: Reals, cost: Cost) -> Reals:
    """Return the price of withholding each cell, float64 (cells,): by value, one for each, or by information.

    >>> cost_of(np.array([0.0, 7.0]), "value").tolist(), cost_of(np.array([7.0]), "count").tolist()
    ([1.0, 7.0], [1.0])
    """
    if cost == "value":
        return np.maximum(np.abs(values), 1.0)
    return information(values) if cost == "information" else np.ones(len(values))


def _given(cells: TextTable) -> Iterator[tuple[str, npt.ArrayLike]]:
    for column in ("cost", "least", "most"):
        if column in cells.columns:
            yield column, _open(cells, column) if column != "cost" else cells.numbers(column)
    for column in ("frozen", "forced"):
        if column in cells.columns:
            yield column, cells.flags(column)


def _open(cells: TextTable, column: str) -> Reals:
    """A bound that is left empty is the usual one: zero below, none above; `-inf` is none below."""
    texts = cells.columns[column]
    endless = pc.equal(texts, "-inf" if column == "least" else "")
    filled = pc.if_else(pc.or_(endless, pc.equal(texts, "")), "0", texts)
    numbers = TextTable(cells.name, {column: filled}, len(cells)).numbers(column)
    return np.where(np.asarray(endless), -np.inf if column == "least" else np.inf, numbers)


def _levels(cells: TextTable, column: str) -> Reals:
    numbers = cells.numbers(column)
    cells.refuse(np.flatnonzero(numbers < 0), column, "is negative", "protection levels are distances: 0 or more")
    return numbers


def _distinct(cells: TextTable, column: str) -> pa.Array:
    names = cells.texts(column).combine_chunks()
    codes = np.asarray(names.dictionary_encode().indices)
    first = np.full(len(codes), len(codes))
    np.minimum.at(first, codes, np.arange(len(codes)))
    repeated = np.flatnonzero(first[codes] < np.arange(len(codes)))
    cells.refuse(repeated, column, "names a cell that an earlier row has already", "give every cell once")
    return names


def _sums(relations: TextTable, names: pa.Array, file: str) -> tuple[list[str], sparse.csr_array]:
    encoded = relations.texts("relation").combine_chunks().dictionary_encode()
    found = pc.index_in(relations.texts("cell").combine_chunks(), names)
    unknown = np.flatnonzero(np.asarray(found.is_null()))
    relations.refuse(unknown, "cell", f"is not one of the cells in {file}", "add the cell, or correct its name")
    rows, columns = np.asarray(encoded.indices, np.int64), np.asarray(found, np.int64)
    numbers = relations.numbers("coefficient")
    relations.refuse(np.flatnonzero(numbers == 0), "coefficient", "is 0", "remove the row")
    key = rows * len(names) + columns
    order = np.argsort(key, kind="stable")
    again = order[1:][key[order][1:] == key[order][:-1]]
    relations.refuse(np.sort(again), "cell", "is in this relation already", "add the coefficients up in one row")
    shape = (len(encoded.dictionary), len(names))
    matrix = sparse.csr_array(sparse.coo_array((numbers, (rows, columns)), shape=shape))
    return encoded.dictionary.to_pylist(), matrix


def write_system(folder: Path, system: LinearSystem) -> None:
    """Write a system as `read_system` reads it: cells.csv.gz and relations.csv.gz; the names of relations differ."""
    write_file(folder / "cells.csv.gz", csv_text((*CELL_COLUMNS, *OPTIONAL_COLUMNS), _cell_rows(system)))
    entries = sparse.coo_array(system.matrix)
    rows = zip(*(axis.tolist() for axis in entries.coords), entries.data.tolist(), strict=True)
    sums = ((system.relations[row], system.cells[cell], number_text(part)) for row, cell, part in rows)
    write_file(folder / "relations.csv.gz", csv_text(RELATION_COLUMNS, sums))


def _cell_rows(system: LinearSystem) -> Iterator[list[str]]:
    numbers = [system.values, system.lower, system.upper, system.cost]
    for cell, name in enumerate(system.cells):
        value, lower, upper, cost = (number_text(float(one[cell])) for one in numbers)
        sensitive, known, frozen, forced = (
            str(int(one[cell])) for one in (system.sensitive, system.known, system.frozen, system.forced)
        )
        least = number_text(float(system.least[cell]))
        most = "" if np.isinf(system.most[cell]) else number_text(float(system.most[cell]))
        yield [name, value, sensitive, known, lower, upper, cost, frozen, forced, least, most]


# Patterns -------------------------------------------------------------------------------------------------------------

PUBLISHED, PRIMARY, SECONDARY = "published", "primary", "secondary"
STATUSES = (PUBLISHED, PRIMARY, SECONDARY, "withheld")
"""What a pattern says of a cell. Which of the withheld ones is the small one would tell; so a pattern stays inside."""


def pattern_statuses(system: LinearSystem, withheld: Flags) -> Iterator[tuple[str, str]]:
    """Give each cell with its status, in the order of the cells."""
    for cell, name in enumerate(system.cells):
        yield name, (PRIMARY if system.sensitive[cell] else SECONDARY) if withheld[cell] else PUBLISHED


def read_pattern(path: Path, system: LinearSystem, *, work: Path) -> Flags:
    """Return which cells a pattern withholds, bool (cells,); raises `SourceInvalid` where it does not fit the cells."""
    table = read_table(path, work=work, needed=("cell", "status"), optional=())
    names = pa.array(system.cells)
    places = pc.index_in(_distinct(table, "cell"), names)
    rule = "is not one of the system's cells"
    table.refuse(np.flatnonzero(np.asarray(places.is_null())), "cell", rule, "use the pattern of these cells")
    statuses = table.columns["status"]
    known = np.asarray(pc.is_in(statuses, pa.array(STATUSES)))
    table.refuse(np.flatnonzero(~known), "status", "is not a status", f"use one of: {', '.join(STATUSES)}")
    cells: Ints = np.asarray(places, np.int64)
    _check_complete(system, cells, path.name)
    withheld = np.zeros(len(system), dtype=np.bool_)
    withheld[cells] = ~np.asarray(pc.equal(statuses, PUBLISHED))
    return withheld


def _check_complete(system: LinearSystem, cells: Ints, name: str) -> None:
    missing = np.ones(len(system), dtype=np.bool_)
    missing[cells] = False
    lost = np.flatnonzero(missing)
    if len(lost):
        rule = "does not say what becomes of"
        told = [Problem(name, f"{rule} cell {system.cells[cell]!r}", "give every cell") for cell in lost[:MOST_TOLD]]
        more = [Problem(name, f"{len(lost) - MOST_TOLD} more are missing")] if len(lost) > MOST_TOLD else []
        raise SourceInvalid(f"{name} does not match the cells", problems=[*told, *more])
