"""Parquet sources: their columns and types, and one query that tells whether the file can be used as it is."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from pyarrow import parquet

from publishers.extract.checks import DUCKDB_TYPES
from publishers.extract.conversion import Conversion
from publishers.extract.headers import normal_header
from publishers.extract.location import SourceFile, unreadable
from publishers.extract.raw_table import RawTable, file_literal


def open_parquet(file: SourceFile, connection: duckdb.DuckDBPyConnection) -> RawTable:
    """Read the schema of a Parquet file; SourceUnreadable when it is none, or is cut off."""
    try:
        schema = parquet.read_schema(file.path)
        headers = tuple(schema.names)
        path = file_literal(file.path)
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({path}, hive_partitioning = false)")
        kinds = tuple(str(row[1]) for row in described.fetchall())
    except (pa.ArrowException, OSError, duckdb.Error):
        raise unreadable(file.name, "is not a complete Parquet file", "export it again") from None
    names = ", ".join(f"c{place}" for place in range(len(headers)))
    relation = f"(SELECT * FROM read_parquet({path}, hive_partitioning = false)) AS t({names})"
    return RawTable(
        file.name,
        relation,
        "row_number() OVER ()",
        "record",
        headers,
        kinds,
        blank_rows=False,
        # A file that asks its readers for dictionaries would give other columns than the text it holds.
        as_is=not any(pa.types.is_dictionary(kind) for kind in schema.types),
        is_nfc=False,
    )


def is_clean(conversion: Conversion, connection: duckdb.DuckDBPyConnection) -> int | None:
    """Return the number of rows when the file can be used as it is: right columns and types, no bad or changed cell."""
    raw, source = conversion.raw, conversion.source
    declared = [DUCKDB_TYPES[column.type] for column in source.columns.values()]
    if list(raw.headers) != list(source.columns) or list(raw.kinds) != declared or source.where or not raw.as_is:
        return None
    if any(normal_header(header) != header for header in raw.headers):
        return None
    if _any_bad(conversion, connection):
        return None
    unique = [plan.cell for plan in conversion.plans if source.columns[plan.name].unique]
    if any(_repeats(cell, raw, connection) for cell in unique):
        return None
    counted = connection.execute(f"SELECT count(*) FROM {raw.relation}").fetchone()
    assert counted is not None
    return int(counted[0])


def _any_bad(conversion: Conversion, connection: duckdb.DuckDBPyConnection) -> bool:
    """As long as reading changes nothing, tN and vN are the cell itself, and every cell has its type."""
    same = ", ".join(
        f"{plan.cell}, {plan.cell} AS t{n}, {plan.cell} AS v{n}" for n, plan in enumerate(conversion.plans)
    )
    bad = [rule.bad for rule in conversion.rules if not rule.of_type]
    conditions = " OR ".join([*bad, *(plan.changed for plan in conversion.plans if plan.changed)])
    if not conditions:
        return False
    query = f"SELECT 1 FROM (SELECT {same} FROM {conversion.raw.relation}) WHERE {conditions} LIMIT 1"
    return connection.execute(query).fetchone() is not None


def _repeats(cell: str, raw: RawTable, connection: duckdb.DuckDBPyConnection) -> bool:
    groups = f"SELECT 1 FROM {raw.relation} WHERE {cell} IS NOT NULL GROUP BY {cell} HAVING count(*) > 1 LIMIT 1"
    return connection.execute(groups).fetchone() is not None
