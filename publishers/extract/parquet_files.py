"""Parquet sources: their columns and types, and one query that tells whether the file can be used as it is."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from pyarrow import parquet

from datasets.file_sql import read_parquet
from publishers.extract.checks import DUCKDB_TYPES
from publishers.extract.conversion import Conversion
from publishers.extract.headers import normal_header
from publishers.extract.location import SourceFile, unreadable
from publishers.extract.raw_table import RawTable

FIRST_ROWS = 50_000
"""How many rows are looked at to guess which columns have few values."""


def open_parquet(file: SourceFile, connection: duckdb.DuckDBPyConnection) -> RawTable:
    """Read the schema of a Parquet file; SourceUnreadable when it is none, or is cut off."""
    try:
        schema = parquet.read_schema(file.path)
        headers = tuple(schema.names)
        described = connection.execute(f"DESCRIBE SELECT * FROM {read_parquet(file.path)}")
        kinds = tuple(str(row[1]) for row in described.fetchall())
    except (pa.ArrowException, OSError, duckdb.Error):
        raise unreadable(file.name, "is not a complete Parquet file", "export it again") from None
    names = ", ".join(f"c{place}" for place in range(len(headers)))
    relation = f"(SELECT * FROM {read_parquet(file.path)}) AS t({names})"
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
    """As long as reading changes nothing, tN and vN are the cell itself, and every cell has its type.

    Of a text column with few values each value is looked at once: finding them costs a tenth of matching every cell.
    """
    relation, together = conversion.raw.relation, []
    few = _columns_of_few_values(conversion, connection)
    for place, plan in enumerate(conversion.plans):
        own = [rule.bad for rule in plan.rules if not rule.of_type] + [plan.changed] * bool(plan.changed)
        cells = f"{plan.cell}, {plan.cell} AS t{place}, {plan.cell} AS v{place}"
        if own and plan.cell in few:
            # A table of its own: DuckDB pushes conditions down through DISTINCT, to every cell again.
            connection.execute(f"CREATE OR REPLACE TEMP TABLE few AS SELECT DISTINCT {plan.cell} FROM {relation}")
            if _finds(f"FROM (SELECT {cells} FROM few) WHERE {' OR '.join(own)}", connection):
                return True
        elif own:
            together.append((cells, own))
    if not together:
        return False
    everything = f"(SELECT {', '.join(cells for cells, _ in together)} FROM {relation})"
    return _finds(f"FROM {everything} WHERE {' OR '.join(one for _, own in together for one in own)}", connection)


def _columns_of_few_values(conversion: Conversion, connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Guess from the first rows; a wrong guess costs time, nothing else."""
    raw = conversion.raw
    cells = [plan.cell for plan in conversion.plans if raw.kinds[int(plan.cell[1:])] == "VARCHAR"]
    if not cells:
        return frozenset()
    counts = ", ".join(f"count(DISTINCT {cell})" for cell in cells)
    first = f"(SELECT {', '.join(cells)} FROM {raw.relation} LIMIT {FIRST_ROWS})"
    found = connection.execute(f"SELECT {counts} FROM {first}").fetchone()
    assert found is not None
    return frozenset(cell for cell, count in zip(cells, found, strict=True) if count <= FIRST_ROWS // 10)


def _finds(clauses: str, connection: duckdb.DuckDBPyConnection) -> bool:
    return connection.execute(f"SELECT 1 {clauses} LIMIT 1").fetchone() is not None


def _repeats(cell: str, raw: RawTable, connection: duckdb.DuckDBPyConnection) -> bool:
    return _finds(f"FROM {raw.relation} WHERE {cell} IS NOT NULL GROUP BY {cell} HAVING count(*) > 1", connection)
