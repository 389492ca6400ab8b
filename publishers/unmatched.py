"""Finds the rows that cannot be counted under any member, and says where their code list is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

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


def located(
    error: RowsUnmatched, plan: TabulationPlan, loaded: LoadedDefinition, *, read: Callable[[], Path], limits: JobLimits
) -> SourceInvalid:
    """Return the error as people need it: with the numbers of the first rows, and what may be done to the code list.

    ``read`` reads the source once more, into a file whose rows are numbered. Where that fails, the numbers are missing.
    """
    numbers: list[list[int]] = [[] for _ in error.unmatched]
    with suppress(YtemoError):
        numbers = _numbers(error, plan, read(), limits)
    problems, word = [], _row_word(loaded)
    for problem, one, rows in zip(error.problems, error.unmatched, numbers, strict=True):
        place = f"{problem.place}, {places(one.rows, rows, word)}" if rows else problem.place
        problems.append(Problem(place, problem.rule, problem.remedy + _list_place(one, loaded)))
    return SourceInvalid(error.message, problems=problems)


def _numbers(error: RowsUnmatched, plan: TabulationPlan, numbered: Path, limits: JobLimits) -> list[list[int]]:
    with connect(limits) as connection:
        provide_source(connection, plan, numbered, more=[ROW])
        for one in plan.crossed:
            provide_members(connection, one)
        found = []
        for each in error.unmatched:
            statement = statements.rows_of_leaf(plan, each.dimension.name, row=ROW, limit=SHOWN_ROWS)
            found.append([int(row[0]) for row in connection.execute(statement, [each.leaf]).fetchall()])
    return found


def _row_word(loaded: LoadedDefinition) -> str:
    """Return what people call a row: those of a database or a Parquet file have no number that is shown anywhere."""
    source = loaded.definition.source
    assert source is not None
    unseen = source.database or source.format == "parquet" or source.path.endswith(".parquet")
    return "record" if unseen else "row"


def _list_place(one: Unmatched, loaded: LoadedDefinition) -> str:
    """Say where the code list is, and whether it may be edited: only the lists beside a definition are its own."""
    name = one.dimension.codelist.id
    if one.leaf != UNKNOWN:
        return ""
    if name in TIME_LEVELS:
        return f". The list {name} is made from the edition: the dates must lie in its period"
    own = loaded.folder / "codelists" / f"{name}.csv"
    if own.is_file():
        return f". The list is {own}, which belongs to this definition and may be edited"
    return (
        f". The list {name} comes with ytemo and is shared by all datasets: do not edit it, put a list of another name"
        f" into {own.parent} and name it under codelist"
    )
