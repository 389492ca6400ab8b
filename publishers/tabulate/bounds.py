"""Leaves out records so that no person counts in more cells, or more often in one, than a definition allows.

Noise hides one person only where it is known how much one person can change.
"""

from __future__ import annotations

from pathlib import Path

from datasets.file_sql import file_to_write, read_parquet
from datasets.sql_text import quoted
from publishers.limits import JobLimits, connect
from publishers.tabulate import compile as statements
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.provision import provide_members
from publishers.tabulate.run import engine_errors

_ROW = "number of the row"
"""No column of a source has spaces in its name."""


def bound_persons(
    plan: TabulationPlan, extract: Path, target: Path, limits: JobLimits, *, bounds: tuple[int, int]
) -> int:
    """Write the rows of ``extract`` that are within ``bounds`` to the Parquet file ``target``; return how many are not.

    ``bounds``: in how many of the finest cells a person's rows are counted, and how many of them in each. What is kept
    of one person depends on nobody else. Rows without a person, or with a value that no member stands for, are kept:
    counting them is refused, with what is wrong with them.
    """
    with engine_errors(plan), connect(limits) as connection:
        rows, row = read_parquet(extract, row_numbers=True), quoted(_ROW)
        connection.execute(f"CREATE VIEW source AS SELECT *, file_row_number AS {row} FROM {rows}")
        for one in plan.crossed:
            provide_members(connection, one)
        kept = statements.rows_within(plan, bounds, row=_ROW)
        connection.execute(f"CREATE TABLE kept AS {kept}")
        numbered = f"SELECT * FROM {rows} WHERE file_row_number IN (SELECT {row} FROM kept)"
        query = f"SELECT * EXCLUDE (file_row_number) FROM ({numbered}) ORDER BY file_row_number"
        connection.execute(f"COPY ({query}) TO {file_to_write(target)} (FORMAT parquet)")
        left = connection.sql(
            f"SELECT (SELECT count(*) FROM {read_parquet(extract)}) - (SELECT count(*) FROM kept)"
        ).fetchall()
    return int(left[0][0])
