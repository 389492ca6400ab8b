"""Reads the finished files back and checks them: DuckDB every row, Frictionless the package as a stranger would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
from frictionless import FrictionlessException, validate
from frictionless import Package as FrictionlessPackage

from datasets.cell_status import STATUS_MEANINGS, CellStatus, status_column
from datasets.errors import Problem
from datasets.file_sql import read_csv, read_parquet
from datasets.plain_name import PlainName
from datasets.release import ReleaseDescription, TableDescription
from publishers.limits import JobLimits, connect
from publishers.package.csvw_checks import csvw_problems
from publishers.package.tables import reject

MOST_ROWS_FOR_FRICTIONLESS = 100_000
"""Beyond this, Frictionless reads the descriptor only: it checks 40,000 rows a second, DuckDB millions."""

_REMEDY = "Report this with the name of the definition: a step before packaging went wrong"


def check_package(folder: Path, description: ReleaseDescription, limits: JobLimits) -> None:
    """Check the files in ``folder`` against ``description``; raise ReleaseRejected with what is wrong."""
    with connect(limits) as connection:
        reject(_data_problems(connection, folder, description))
        reject(csvw_problems(connection, folder))
    reject(_frictionless_problems(folder, description))


# DuckDB ---------------------------------------------------------------------------------------------------------------


def _data_problems(
    connection: duckdb.DuckDBPyConnection, folder: Path, description: ReleaseDescription
) -> Iterator[Problem]:
    for table in description.tables:
        for rule, condition in _cell_rules(table):
            if count := _count(connection, f"from {read_parquet(folder / table.parquet)} where {condition}"):
                yield Problem(f"{table.parquet}, {count} rows", rule, _REMEDY)
        yield from _foreign_key_problems(connection, folder, table, description)
        yield from _key_problems(connection, folder / table.parquet, table.dimensions)
        yield from _withheld_problems(connection, folder, table)
        yield from _row_problems(connection, folder, (table.parquet, table.csv), table.rows)
    register = description.register_
    if register is not None:
        yield from _key_problems(connection, folder / register.parquet, register.key)
        yield from _row_problems(connection, folder, (register.parquet, register.csv), register.rows)


def _cell_rules(table: TableDescription) -> Iterator[tuple[str, str]]:
    every = ", ".join(f"'{status}'" for status in CellStatus)
    valued = ", ".join(f"'{status}'" for status, meaning in STATUS_MEANINGS.items() if meaning.has_value)
    for measure in table.measures:
        status = f'"{status_column(measure)}"'
        yield f"{status_column(measure)} must be a known status", f"{status} is null or {status} not in ({every})"
        has_value = f'("{measure}" is not null)'
        rule = f"{measure} must have a value exactly where its status says so"
        yield rule, f"{has_value} != ({status} in ({valued}))"
        yield f"{measure} must be 0 where its status is zero", f"{status} = '{CellStatus.ZERO}' and \"{measure}\" != 0"


def _key_problems(connection: duckdb.DuckDBPyConnection, parquet: Path, key: tuple[str, ...]) -> Iterator[Problem]:
    columns = ", ".join(f'"{name}"' for name in key)
    nulls = " or ".join(f'"{name}" is null' for name in key)
    if _count(connection, f"from {read_parquet(parquet)} where {nulls}"):
        yield Problem(f"{parquet.name}, columns {', '.join(key)}", "no part of a key may be missing", _REMEDY_KEY)
    sql = f"from (select 1 from {read_parquet(parquet)} group by {columns} having count(*) > 1)"
    if twice := _count(connection, sql):
        place = f"{parquet.name}, columns {', '.join(key)}"
        yield Problem(place, f"no two rows may have the same key; {twice} keys are there twice", _REMEDY_KEY)


_REMEDY_KEY = "Correct the source, or name other columns as key"


def _foreign_key_problems(
    connection: duckdb.DuckDBPyConnection, folder: Path, table: TableDescription, description: ReleaseDescription
) -> Iterator[Problem]:
    paths = {codelist.id: codelist.path for codelist in description.codelists}
    for name in table.dimensions:
        codelist = paths[description.dimension(name).codelist]
        known = f"select code from {read_csv(folder / codelist, 'header = true, all_varchar = true')}"
        used = f'select distinct "{name}" as code from {read_parquet(folder / table.parquet)}'
        if unknown := _count(connection, f"from ({used}) where code not in ({known})"):
            yield Problem(f"{table.parquet}, column {name}", f"{unknown} codes are not in {codelist}", _REMEDY)


def _withheld_problems(
    connection: duckdb.DuckDBPyConnection, folder: Path, table: TableDescription
) -> Iterator[Problem]:
    for measure, told in table.withheld.items():
        condition = f"\"{status_column(measure)}\" = '{CellStatus.SUPPRESSED}'"
        found = _count(connection, f"from {read_parquet(folder / table.parquet)} where {condition}")
        if found != told:
            place = f"{table.parquet}, column {status_column(measure)}"
            yield Problem(place, f"must withhold as many cells as the release says: {told}, not {found}", _REMEDY)


def _row_problems(
    connection: duckdb.DuckDBPyConnection, folder: Path, paths: tuple[str, str], rows: int
) -> Iterator[Problem]:
    parquet, csv = paths
    reads = {
        parquet: read_parquet(folder / parquet),
        csv: read_csv(folder / csv, "header = true, all_varchar = true, strict_mode = true"),
    }
    for path, source in reads.items():
        if (found := _count(connection, f"from {source}")) != rows:
            yield Problem(path, f"must have {rows} rows, not {found}", _REMEDY)


def _count(connection: duckdb.DuckDBPyConnection, clauses: str) -> int:
    row = connection.execute(f"select count(*) {clauses}").fetchone()
    assert row is not None
    return int(row[0])


# Frictionless ---------------------------------------------------------------------------------------------------------


def _frictionless_problems(folder: Path, description: ReleaseDescription) -> Iterator[Problem]:
    """Validate as anyone can with ``frictionless validate datapackage.json``.

    The descriptor is ours, inline and without remote parts, so the library has nothing to fetch. It takes ``#`` or
    ``$`` in a path for something else, so it gets a plain one.
    """
    rows = [table.rows for table in description.tables]
    rows += [description.register_.rows] if description.register_ else []
    with PlainName(folder) as name:
        path = str(name.of(folder / "datapackage.json"))
        if sum(rows) > MOST_ROWS_FOR_FRICTIONLESS:
            try:
                FrictionlessPackage.from_descriptor(path)
            except FrictionlessException as error:
                yield Problem("datapackage.json", error.error.message, _REMEDY)
            return
        for place, rule in validate(path).flatten(["rowNumber", "message"]):
            yield Problem(f"datapackage.json, row {place}" if place else "datapackage.json", str(rule), _REMEDY)
