"""Gives the engine what the statements of a plan read: the source, and the members of each dimension."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from datasets.file_sql import read_parquet
from datasets.sql_text import quoted
from publishers.tabulate import compile as statements
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.recode import Recode


def provide_source(
    connection: duckdb.DuckDBPyConnection,
    plan: TabulationPlan,
    extract: Path,
    *,
    more: Sequence[str] = (),
    made: str = "",
) -> None:
    """Name the rows of ``extract`` source, with the columns that the plan reads, ``more`` of them, and one ``made``."""
    columns = [*(quoted(column) for column in (*plan.columns, *more)), *([made] if made else [])]
    listed = ", ".join(columns) or "1 AS row"
    connection.execute(f"CREATE VIEW source AS SELECT {listed} FROM {read_parquet(extract)}")


def provide_members(connection: duckdb.DuckDBPyConnection, recode: Recode) -> None:
    """Make the table of raw values and leaves of one dimension."""
    observed = []
    if not recode.known_beforehand:
        observed = [row[0] for row in connection.sql(statements.observed_values(recode)).fetchall()]
    pairs = recode.pairs(observed)
    name = quoted("map_" + recode.dimension.name)
    columns = f"unnest(CAST(? AS {recode.raw_type}[])) AS raw, unnest(CAST(? AS INTEGER[])) AS leaf"
    connection.execute(
        f"CREATE TABLE {name} AS SELECT {columns}", [[raw for raw, _ in pairs], [leaf for _, leaf in pairs]]
    )
