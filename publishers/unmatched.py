"""Finds the rows that cannot be counted under any member, and says where their code list is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from datasets.definition_files import LoadedDefinition
from datasets.errors import Problem, SourceInvalid, YtemoError
from datasets.periods import TIME_LEVELS
from publishers.extract.conversion import SHOWN_ROWS, places
from publishers.extract.raw_table import ROW
from publishers.limits import JobLimits, connect
from publishers.tabulate import compile as statements
from publishers.tabulate.match import UNKNOWN
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.provision import provide_members, provide_source
from publishers.tabulate.source_checks import RowsUnmatched, Unmatched
from publishers.unmatched_values import meaning

_VALUES = 1_000
"""So many of the values without a member are looked at, the most frequent first."""


def located(
    error: RowsUnmatched, plan: TabulationPlan, loaded: LoadedDefinition, *, read: Callable[[], Path], limits: JobLimits
) -> SourceInvalid:
    """Return the error as people need it: with the numbers of the first rows, and what may be done to the code list.

    ``read`` reads the source once more, into a file whose rows are numbered. Where that fails, the numbers are missing.
    """
    seen = [_Seen() for _ in error.unmatched]
    with suppress(YtemoError):
        seen = _look(error, plan, read(), limits)
    problems, word = [], _row_word(loaded)
    for problem, one, found in zip(error.problems, error.unmatched, seen, strict=True):
        place = f"{problem.place}, {places(one.rows, found.rows, word, of=found.of)}" if found.rows else problem.place
        problems.append(Problem(place, problem.rule, found.meaning or _remedy(problem, one, loaded)))
    return SourceInvalid(error.message, problems=problems)


@dataclass(frozen=True)
class _Seen:
    """What the source tells of the rows that lack a member, when it is read again."""

    rows: tuple[int, ...] = ()
    """The numbers of the first."""
    of: int = 0
    """How many rows there are."""
    meaning: str = ""
    """What is to be done, where their values are something known."""


def _look(error: RowsUnmatched, plan: TabulationPlan, numbered: Path, limits: JobLimits) -> list[_Seen]:
    with connect(limits) as connection:
        provide_source(connection, plan, numbered, more=[ROW])
        for one in plan.crossed:
            provide_members(connection, one)
        (whole,) = connection.execute("SELECT count(*) FROM source").fetchone() or (0,)
        found = []
        for each in error.unmatched:
            statement = statements.rows_of_leaf(plan, each.dimension.name, row=ROW, limit=SHOWN_ROWS)
            rows = tuple(int(row[0]) for row in connection.execute(statement, [each.leaf]).fetchall())
            found.append(_Seen(rows, whole, _meaning(connection, plan, each)))
    return found


def _meaning(connection: duckdb.DuckDBPyConnection, plan: TabulationPlan, one: Unmatched) -> str:
    if one.leaf != UNKNOWN or one.dimension.match != "code":
        return ""
    statement = statements.values_of_leaf(plan, one.dimension.name, one.dimension.column, limit=_VALUES)
    return meaning(dict(connection.execute(statement, [one.leaf]).fetchall()), one.dimension)


def _row_word(loaded: LoadedDefinition) -> str:
    """Return what people call a row: those of a database or a Parquet file have no number that is shown anywhere."""
    source = loaded.definition.source
    assert source is not None
    unseen = source.database or source.format == "parquet" or source.path.endswith(".parquet")
    return "record" if unseen else "row"


def _remedy(problem: Problem, one: Unmatched, loaded: LoadedDefinition) -> str:
    """Say what may be done to the code list as well: only the lists beside a definition are its own."""
    name = one.dimension.codelist.id
    if one.leaf != UNKNOWN:
        return problem.remedy
    if name in TIME_LEVELS:
        return (
            f"correct the source or --edition: the list {name} is made from the edition, and the dates must lie in it"
        )
    own = loaded.folder / "codelists" / f"{name}.csv"
    if own.is_file():
        return f"{problem.remedy}, or add the code to {own}, which belongs to this definition and may be edited"
    return (
        f"{problem.remedy}. The list {name} comes with ytemo and is shared by all datasets: do not edit it, put a list"
        f" of another name into {own.parent} and name it under codelist"
    )
