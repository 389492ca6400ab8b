"""What is in each column of a listing: how many values, which, from where to where, and how they are spread."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from datasets.sql_text import quoted
from portal.query.plan import Column, Plan
from portal.query.run import Session
from portal.query.statement import Statement, answer_statement

SHOWN_VALUES = 100
"""How many of the values of a text column are listed, the most frequent first."""
BINS = 20

Figure = int | float | str | None


@dataclass(frozen=True)
class Frequency:
    """How many rows have one value; ``value`` is None where they have none."""

    value: str | None
    rows: int


@dataclass(frozen=True)
class Histogram:
    """How many values lie between each two edges; the last bin holds its upper edge too."""

    edges: tuple[float, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True)
class ColumnStatistics:
    """What one column holds. Values that are withheld or missing are ``empty``, and in no figure but that."""

    column: Column
    rows: int
    empty: int
    different: int
    smallest: Figure
    largest: Figure
    mean: float | None
    """Of a column of numbers, where it is within what a number holds."""
    frequencies: tuple[Frequency, ...]
    """Of a text column: its values, the most frequent first."""
    histogram: Histogram | None
    """Of a column of numbers, unless all are the same."""


def column_statistics(session: Session, plan: Plan, path: Path) -> tuple[ColumnStatistics, ...]:
    """Return what each column of a listing holds, over all its rows, whatever page the plan is of."""
    place = session.folder.of(path)
    return tuple(_of_column(session, column, answer_statement(plan, place)) for column in plan.stored)


def _of_column(session: Session, column: Column, rows: Statement) -> ColumnStatistics:
    name = quoted(column.name)
    mean = f"favg({name})" if column.type in {"integer", "number"} else "NULL"
    figures = f"count(*), count({name}), count(DISTINCT {name}), min({name}), max({name}), {mean}"
    counted, valued, different, smallest, largest, average = _first(session, figures, rows)
    return ColumnStatistics(
        column,
        rows=counted,
        empty=counted - valued,
        different=different,
        smallest=_shown(smallest),
        largest=_shown(largest),
        mean=average if average is not None and math.isfinite(average) else None,
        frequencies=tuple(_frequencies(session, name, rows)) if column.type == "string" else (),
        histogram=_histogram(session, column, rows, smallest, largest) if average is not None else None,
    )


def _first(session: Session, figures: str, rows: Statement) -> list[Any]:
    table = session.read(Statement(f"SELECT {figures} FROM ({rows.sql})", rows.values))
    return [column[0].as_py() for column in table.columns]


def _frequencies(session: Session, name: str, rows: Statement) -> Iterator[Frequency]:
    sql = f"SELECT {name} AS value, count(*) AS rows FROM ({rows.sql}) GROUP BY ALL ORDER BY rows DESC, value LIMIT ?"
    for row in session.read(Statement(sql, (*rows.values, SHOWN_VALUES))).to_pylist():
        yield Frequency(row["value"], row["rows"])


def _histogram(session: Session, column: Column, rows: Statement, smallest: float, largest: float) -> Histogram | None:
    name = quoted(column.name)
    if column.type == "integer":
        # Whole numbers are subtracted as such: their difference may be lost in what a floating number holds of them.
        above, width = f"({name}::HUGEINT - ?::HUGEINT)::DOUBLE", float(largest - smallest)
        start: float = smallest
    else:
        # Halved before they are subtracted, so that no difference is beyond what a number holds.
        above, width, start = f"({name} / 2 - ?)", largest / 2 - smallest / 2, smallest / 2
    if width == 0:
        return None
    bin_of = f"least(greatest(floor({above} / ? * {BINS}), 0), {BINS - 1})::INTEGER"
    sql = f"SELECT {bin_of} AS bin, count(*) AS rows FROM ({rows.sql}) WHERE {name} IS NOT NULL GROUP BY bin"
    counts = [0] * BINS
    for row in session.read(Statement(sql, (start, width, *rows.values))).to_pylist():
        counts[row["bin"]] = row["rows"]
    inner = (smallest * (1 - number / BINS) + largest * (number / BINS) for number in range(1, BINS))
    return Histogram((float(smallest), *inner, float(largest)), tuple(counts))


def _shown(value: object) -> Figure:
    if isinstance(value, date):
        return value.isoformat()
    assert value is None or isinstance(value, int | float | str)
    return value
