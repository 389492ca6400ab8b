"""Write what asks how two stored tables differ, cell by cell. Names are those that the releases declare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from datasets.cell_status import CellStatus, status_column
from datasets.file_sql import read_parquet
from datasets.names import TOTAL
from datasets.sql_text import quoted
from portal.query.statement import Statement

Kind = Literal["value", "withheld", "shown", "status", "new", "gone"]
OF_BOTH: tuple[Kind, ...] = ("value", "withheld", "shown", "status")
KINDS: tuple[Kind, ...] = (*OF_BOTH, "new", "gone")
"""In the order in which they are told where no difference can be reckoned. A cell of the kind ``value`` has a number in
both tables, and another one now, or is a field of a register that differs; one that is ``withheld`` was not before;
one that is ``shown`` was withheld and has a number now; one of the kind ``status`` differs in anything else."""


@dataclass(frozen=True)
class Compared:
    """A column of cells that both tables have."""

    name: str
    """Its name now."""
    before: str
    """Its name in the older table."""
    numeric: bool
    """Whether a difference can be reckoned."""
    has_status: bool
    once: tuple[str, ...] = ()
    """The keys, by their names now, along which it is the same: of these the total alone is looked at."""


@dataclass(frozen=True)
class Sides:
    """Two stored tables whose rows are matched by their keys."""

    old: Path
    new: Path
    keys: tuple[tuple[str, str], ...]
    """The columns that tell rows apart, each by its name of before and of now."""
    columns: tuple[Compared, ...]
    without_total: str = ""
    """The name now of the one among the keys whose total is not looked at, where it is of another time in each."""
    left_out: tuple[str, ...] = ()
    """Its further members that are not looked at."""


def counting(sides: Sides) -> Statement:
    """Count for each column the cells of each kind, and those in both tables, whether they differ or not.

    The answer is one row: ``value0``, ``withheld0``, …, ``both0``, ``value1``, …
    """
    counts: list[str] = []
    for number, column in enumerate(sides.columns):
        kind, looked = _kind(sides, number), _looked(sides, column)
        counts += [f"count(*) FILTER ({kind} = '{each}') AS {each}{number}" for each in KINDS]
        counts.append(
            f"count(*) FILTER ({looked} AND place_then IS NOT NULL AND place_now IS NOT NULL) AS both{number}"
        )
    values: list[str] = []
    return Statement(f"SELECT {', '.join(counts)} FROM ({_joined(sides, values)})", tuple(values))


def listing(sides: Sides, *, column: int | None, kinds: Sequence[Kind], rows: int, skip: int) -> Statement:
    """List cells that differ, of one column or of all: measure by measure, as they are of different units, the largest
    difference first, then as the tables are stored.

    The answer has the number of the column, the kind, the key, and value and status then and now; values are text.
    """
    chosen = [number for number in range(len(sides.columns)) if column in (None, number)]
    parts = [
        f"WHEN {number} THEN struct_pack(kind := {_kind(sides, number)}, {_cell(sides, number)})" for number in chosen
    ]
    values: list[str] = []
    keys = ", ".join(f"key{number}" for number in range(len(sides.keys)))
    place = "coalesce(place_now, place_then) AS place"
    cells = f"CASE number {' '.join(parts)} END AS cell"
    numbers = f"(SELECT unnest([{', '.join(map(str, chosen))}]) AS number)"
    # Most rows are alike: they go before anything is written as text.
    any_differs = " OR ".join(f"{_kind(sides, number)} IS NOT NULL" for number in chosen)
    differing = f"(SELECT * FROM ({_joined(sides, values)}) WHERE {any_differs})"
    source = f"SELECT number, {keys}, {place}, {cells} FROM {differing}, {numbers}"
    wanted = ", ".join(f"'{kind}'" for kind in kinds)
    ranks = " ".join(f"WHEN '{kind}' THEN {rank}" for rank, kind in enumerate(KINDS))
    told = ", ".join(f"cell.{name}" for name in ("kind", "then_value", "now_value", "then_status", "now_status"))
    by_column = "number, " if any(column.has_status for column in sides.columns) else ""
    order = f"{by_column}cell.size DESC NULLS LAST, CASE cell.kind {ranks} END, place, number"
    sql = f"SELECT number, {keys}, {told} FROM ({source}) WHERE cell.kind IN ({wanted}) ORDER BY {order}"
    return Statement(f"{sql} LIMIT ? OFFSET ?", (*values, rows, skip))


def _joined(sides: Sides, values: list[str]) -> str:
    """Write the rows of both tables beside one another. No part of a key is ever null."""
    keys = range(len(sides.keys))
    on = " AND ".join(f"then_cells.key{number} = now_cells.key{number}" for number in keys)
    names = [f"coalesce(now_cells.key{number}, then_cells.key{number}) AS key{number}" for number in keys]
    for number, column in enumerate(sides.columns):
        parts = ("value", "status") if column.has_status else ("value",)
        names += [f"{side}_cells.{part}{number} AS {side}_{part}{number}" for side in ("then", "now") for part in parts]
    places = "then_cells.place AS place_then, now_cells.place AS place_now"
    then, now = _side(sides, values, now=False), _side(sides, values, now=True)
    return f"SELECT {', '.join(names)}, {places} FROM ({then}) AS then_cells FULL JOIN ({now}) AS now_cells ON {on}"


def _side(sides: Sides, values: list[str], *, now: bool) -> str:
    names = [f"{quoted(key[now])} AS key{number}" for number, key in enumerate(sides.keys)]
    for number, column in enumerate(sides.columns):
        name = column.name if now else column.before
        names.append(f"{quoted(name)} AS value{number}")
        if column.has_status:
            names.append(f"{quoted(status_column(name))} AS status{number}")
    path = sides.new if now else sides.old
    where = ""
    for key in sides.keys:
        if key[1] == sides.without_total:
            values += [TOTAL, *sides.left_out]
            where = f" WHERE {quoted(key[now])} NOT IN (?{', ?' * len(sides.left_out)})"
    return f"SELECT {', '.join(names)}, file_row_number AS place FROM {read_parquet(path, row_numbers=True)}{where}"


def _looked(sides: Sides, column: Compared) -> str:
    """Write in which rows a column is looked at."""
    totals = [f"key{number} = '{TOTAL}'" for number, (_, name) in enumerate(sides.keys) if name in column.once]
    return " AND ".join(totals) or "true"


def _kind(sides: Sides, number: int) -> str:
    """Write of which kind a cell is; null where nothing of it differs, or it is not looked at."""
    column = sides.columns[number]
    differs = f"then_value{number} IS DISTINCT FROM now_value{number}"
    if column.has_status:
        other = f"{differs} OR then_status{number} IS DISTINCT FROM now_status{number}"
        cases = f"WHEN then_value{number} <> now_value{number} THEN 'value' {_withholding(number)}"
        cases += f" WHEN {other} THEN 'status'"
    else:
        cases = f"WHEN {differs} THEN 'value'"
    unseen = f"WHEN NOT ({_looked(sides, column)}) THEN NULL" if column.once else ""
    return f"(CASE {unseen} WHEN place_then IS NULL THEN 'new' WHEN place_now IS NULL THEN 'gone' {cases} END)"


def _withholding(number: int) -> str:
    """Write which cells are withheld that were not, and which have a number that was withheld."""
    withheld = f"'{CellStatus.SUPPRESSED}'"
    then, now = (f"{side}_status{number} IS NOT DISTINCT FROM {withheld}" for side in ("then", "now"))
    return f"WHEN {now} AND NOT {then} THEN 'withheld' WHEN {then} AND now_value{number} IS NOT NULL THEN 'shown'"


def _cell(sides: Sides, number: int) -> str:
    return ", ".join(f"{name} := {sql}" for name, sql in _parts(sides.columns[number], number))


def _parts(column: Compared, number: int) -> Iterator[tuple[str, str]]:
    for side in ("then", "now"):
        yield f"{side}_value", f"{side}_value{number}::VARCHAR"
        yield f"{side}_status", f"{side}_status{number}" if column.has_status else "NULL::VARCHAR"
    size = f"abs(now_value{number}::DOUBLE - then_value{number}::DOUBLE)" if column.numeric else "NULL::DOUBLE"
    yield "size", f"nullif({size}, 0)" if column.numeric else size
