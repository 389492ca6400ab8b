"""From a raw table to the clean Parquet file: all cells checked and typed set-wise, all bad rows reported together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb

from datasets.errors import Problem, SourceInvalid
from datasets.file_sql import file_to_write, read_parquet
from datasets.source import Source
from datasets.sql_text import quoted
from publishers.extract.checks import ColumnPlan, Rule, column_plans, texts
from publishers.extract.raw_table import ROW, RawTable
from publishers.lost_zeros import REMEDY

SHOWN_ROWS = 20
_BAD_ROW = "ytemo-bad-row"


@dataclass(frozen=True)
class Outcome:
    """What conversion wrote and left out."""

    rows: int
    bad_rows: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Conversion:
    """The SQL of one raw table under one declaration."""

    raw: RawTable
    source: Source
    positions: Mapping[str, int]
    numbered: bool = False
    """Whether the clean rows keep the numbers that a person sees, in the column ROW."""
    plans: tuple[ColumnPlan, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plans", column_plans(self.source, self.raw, self.positions))

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for plan in self.plans for rule in plan.rules)

    @cached_property
    def bad(self) -> str:
        """SQL: whether a row breaks any rule."""
        return " OR ".join(rule.bad for rule in self.rules) or "false"

    def typed(self, *, numbered: bool = False) -> str:
        """Return a SELECT of cN, tN and vN for the rows that are used, with their numbers when asked."""
        number = f"{self.raw.row} AS {ROW}, " if numbered else ""
        # A row number is a window over the whole file: it has to be taken before any row is left out.
        cells = f"SELECT {number}{', '.join(self._cells())} FROM {self.raw.relation}"
        extra = f"{ROW}, " if numbered else ""
        kept = ", ".join(dict.fromkeys(plan.cell for plan in self.plans))
        cleaned = ", ".join(f"{plan.text} AS t{place}" for place, plan in enumerate(self.plans))
        text = f"SELECT {extra}{kept}, {cleaned} FROM ({cells}){self._not_blank()}"
        used = f"SELECT * FROM ({text}){self._where()}"
        values = ", ".join(f"{plan.value} AS v{place}" for place, plan in enumerate(self.plans))
        return f"SELECT *, {values} FROM ({used})"

    def columns(self, *, guarded: bool = False) -> str:
        """Return the final column list; guarded, the first bad row ends the statement."""
        names = [f"v{place} AS {quoted(plan.name)}" for place, plan in enumerate(self.plans)]
        if guarded and self.rules:
            names[0] = f"CASE WHEN {self.bad} THEN error('{_BAD_ROW}') ELSE v0 END AS {quoted(self.plans[0].name)}"
        return ", ".join([*names, ROW] if self.numbered else names)

    def _cells(self) -> list[str]:
        if self.raw.blank_rows:
            return [f"c{place}" for place in range(len(self.raw.headers))]
        return list(dict.fromkeys(plan.cell for plan in self.plans))

    def _not_blank(self) -> str:
        if not self.raw.blank_rows:
            return ""
        # Declared columns first: nearly every row is settled by its first cell.
        cells = dict.fromkeys([*(plan.cell for plan in self.plans), *self._cells()])
        return f" WHERE coalesce({', '.join(cells)}) IS NOT NULL"

    def _where(self) -> str:
        places = {plan.name: place for place, plan in enumerate(self.plans)}
        parts = [f"CAST(t{places[name]} AS VARCHAR) IN ({texts(kept)})" for name, kept in self.source.where.items()]
        return f" WHERE {' AND '.join(parts)}" if parts else ""


def convert_guarded(conversion: Conversion, connection: duckdb.DuckDBPyConnection, target: Path) -> int | None:
    """Write all rows in one pass; None when a row breaks a rule or cells repeat that must not."""
    select = f"SELECT {conversion.columns(guarded=True)} FROM ({conversion.typed(numbered=conversion.numbered)})"
    try:
        rows = _copy(connection, select, target)
    except duckdb.InvalidInputException as error:
        if _BAD_ROW in str(error):
            return None
        raise
    return None if _repeats(conversion, connection, target) else rows


def convert_sorting_out(
    conversion: Conversion, connection: duckdb.DuckDBPyConnection, target: Path, *, ragged: Sequence[int]
) -> Outcome:
    """Find all bad rows; SourceInvalid when there are more than the declaration allows, else write the others."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE repeated ({ROW} BIGINT, place INTEGER)")
    for place, plan in enumerate(conversion.plans):
        if conversion.source.columns[plan.name].unique:
            connection.execute(_repeated_rows(conversion, place))
    problems = (*_ragged_problem(conversion.raw, ragged), *_rule_problems(conversion, connection))
    bad_rows = len(ragged) + _count_bad(conversion, connection)
    allowed = conversion.source.max_bad_rows
    if bad_rows > allowed:
        limit = f"; {allowed:,} may be left out" if allowed else ""
        raise SourceInvalid(
            f"{_rows(bad_rows, conversion.raw.row_word)} of {conversion.raw.name} cannot be used{limit}",
            problems=problems,
        )
    good = f"WHERE NOT ({conversion.bad}) AND {ROW} NOT IN (SELECT {ROW} FROM repeated)"
    select = f"SELECT {conversion.columns()} FROM ({conversion.typed(numbered=True)}) {good} ORDER BY {ROW}"
    return Outcome(_copy(connection, select, target), bad_rows, problems)


def _copy(connection: duckdb.DuckDBPyConnection, select: str, target: Path) -> int:
    written = connection.execute(f"COPY ({select}) TO {file_to_write(target)} (FORMAT parquet, COMPRESSION zstd)")
    counted = written.fetchone()
    assert counted is not None
    return int(counted[0])


def _repeats(conversion: Conversion, connection: duckdb.DuckDBPyConnection, target: Path) -> bool:
    """Grouping, unlike a count of distinct values, spills to disk."""
    for plan in conversion.plans:
        if conversion.source.columns[plan.name].unique:
            name = quoted(plan.name)
            groups = f"SELECT 1 FROM {read_parquet(target)} WHERE {name} IS NOT NULL GROUP BY {name}"
            if connection.execute(f"{groups} HAVING count(*) > 1 LIMIT 1").fetchone():
                return True
    return False


def _repeated_rows(conversion: Conversion, place: int) -> str:
    """The first row that has a value keeps it; each later one is bad."""
    rows = f"SELECT {ROW}, v{place} AS v FROM ({conversion.typed(numbered=True)}) WHERE v{place} IS NOT NULL"
    doubles = f"SELECT v FROM ({rows}) GROUP BY v HAVING count(*) > 1"
    ranks = f"SELECT {ROW}, row_number() OVER (PARTITION BY v ORDER BY {ROW}) AS n"
    ranked = f"{ranks} FROM ({rows}) SEMI JOIN ({doubles}) USING (v)"
    return f"INSERT INTO repeated SELECT {ROW}, {place} FROM ({ranked}) WHERE n > 1"


def _rule_problems(conversion: Conversion, connection: duckdb.DuckDBPyConnection) -> list[Problem]:
    found: list[tuple[str, str, str, int, list[int]]] = []
    whole = 0
    if conversion.rules:
        parts = "count(*), " + ", ".join(
            f"count(*) FILTER ({rule.bad}), min({ROW}, {SHOWN_ROWS}) FILTER ({rule.bad}),"
            f" count(*) FILTER ({rule.zeros})"
            for rule in conversion.rules
        )
        counted = connection.execute(f"SELECT {parts} FROM ({conversion.typed(numbered=True)})").fetchone()
        assert counted is not None
        whole = counted[0]
        for rule, count, rows, zeros in zip(conversion.rules, counted[1::3], counted[2::3], counted[3::3], strict=True):
            remedy = REMEDY if 2 * zeros > count else rule.remedy
            found.append((rule.column, rule.text, remedy, count, rows or []))
    repeated = connection.execute(
        f"SELECT place, count(*), min({ROW}, {SHOWN_ROWS}) FROM repeated GROUP BY place ORDER BY place"
    ).fetchall()
    for place, count, rows in repeated:
        words = ("must not repeat a value of an earlier row", "remove the repeated row, or set `unique: false`")
        found.append((conversion.plans[place].name, *words, count, rows))
    raw = conversion.raw
    return [
        Problem(f"{raw.name}, column {column}, {places(count, rows, raw.row_word, of=whole)}", rule, remedy)
        for column, rule, remedy, count, rows in found
        if count
    ]


def _count_bad(conversion: Conversion, connection: duckdb.DuckDBPyConnection) -> int:
    rows = f"SELECT {ROW} FROM ({conversion.typed(numbered=True)}) WHERE {conversion.bad}"
    counted = connection.execute(f"SELECT count(*) FROM ({rows} UNION SELECT {ROW} FROM repeated)").fetchone()
    assert counted is not None
    return int(counted[0])


def _ragged_problem(raw: RawTable, ragged: Sequence[int]) -> list[Problem]:
    if not ragged:
        return []
    return [
        Problem(
            f"{raw.name}, {places(len(ragged), ragged[:SHOWN_ROWS], raw.row_word)}",
            f"must have {len(raw.headers)} cells, as many as the header",
            "quote cells that hold the delimiter, or correct `delimiter:`",
        )
    ]


def places(count: int, rows: Sequence[int], word: str, *, of: int = 0) -> str:
    """Return how many rows there are and the numbers of the first; nobody needs those where it is every row ``of``."""
    if count == of and count > len(rows):
        return f"every {word} ({count:,})"
    shown = ", ".join(str(row) for row in rows)
    if count == 1:
        return f"{word} {shown}"
    more = f" and {count - len(rows):,} more" if count > len(rows) else ""
    return f"{count:,} {word}s: {shown}{more}"


def _rows(count: int, word: str) -> str:
    return f"1 {word}" if count == 1 else f"{count:,} {word}s"
