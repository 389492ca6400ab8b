"""Refuses columns in which ``1.234`` may be a thousand and more: nothing in them shows what the mark means."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from datasets.errors import Problem, SourceInvalid
from datasets.sql_text import literal
from publishers.extract.conversion import Conversion

_GROUPED = r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}"
"""What may be a thousand and more. 0.125 and 1234.567 cannot be, and so prove that the mark is a decimal one."""
_BATCH = 1 << 20


def check_thousands(conversion: Conversion, connection: duckdb.DuckDBPyConnection, clean: Path) -> None:
    """Raise SourceInvalid where all numbers with a mark are like 1.234, unless ``decimal:`` says what it is.

    The other mark needs no such check: ``1,234`` is refused as a number with the decimal mark ".". Nearly every column
    is cleared by the numbers in the ``clean`` file or by the first texts, so that this costs little.
    """
    if conversion.source.decimal is not None:
        return
    places = {
        plan.name: place
        for place, plan in enumerate(conversion.plans)
        if conversion.source.columns[plan.name].type == "number"
        and conversion.raw.kinds[int(plan.cell[1:])] == "VARCHAR"
    }
    found = {name: _grouped(conversion, connection, places[name]) for name in _doubtful(clean, list(places))}
    problems = [_problem(conversion.raw.name, name, count) for name, count in found.items() if count]
    if problems:
        raise SourceInvalid("Numbers can be read in two ways", problems=problems)


def _doubtful(clean: Path, names: list[str]) -> list[str]:
    """Return the columns with decimals, or with nothing from 1,000 on, which may be whole thousands such as 2.000."""
    fractions, small = set[str](), set(names)
    with parquet.ParquetFile(clean) as file:
        for batch in file.iter_batches(_BATCH, columns=names) if names else ():
            for name in set(names) - fractions:
                column = batch.column(name)
                if _any(pc.not_equal(column, pc.trunc(column))):
                    fractions.add(name)
                elif name in small and _any(pc.greater_equal(pc.abs(column), 1_000)):
                    small.remove(name)
    return [name for name in names if name in fractions | small]


def _any(flags: pa.Array) -> bool:
    return bool(pc.any(flags).as_py())


def _grouped(conversion: Conversion, connection: duckdb.DuckDBPyConnection, place: int) -> int:
    """Return how many texts of a column may be thousands; 0 where one of them shows that the mark is decimal."""
    marked = f"FROM ({conversion.typed()}) WHERE v{place} IS NOT NULL AND contains(t{place}, '.')"
    proof = f"SELECT 1 {marked} AND NOT regexp_full_match(t{place}, {literal(_GROUPED)}) LIMIT 1"
    if connection.execute(proof).fetchone() is not None:
        return 0
    counted = connection.execute(f"SELECT count(*) {marked}").fetchone()
    assert counted is not None
    return int(counted[0])


def _problem(source: str, column: str, count: int) -> Problem:
    cells = "1 cell" if count == 1 else f"{count:,} cells"
    return Problem(
        f"{source}, column {column}",
        f"has {cells} with a mark and exactly three digits after it, and none with another number of digits:"
        " what looks like 1.234 may be one and a bit, or a thousand and more",
        'write thousands without a separator (1234); if these are decimals, declare decimal: "." under source',
    )
