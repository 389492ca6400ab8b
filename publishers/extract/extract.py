"""Extract: a source becomes one clean Parquet file that matches its declaration exactly, or an error; never half."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from datasets.disk import FULL_DISK
from datasets.errors import DefinitionInvalid, Problem, SourceInvalid, StoreUnavailable, YtemoError
from datasets.source import Source
from datasets.sql_text import literal
from publishers.extract.conversion import Conversion, Outcome, convert_guarded, convert_sorting_out
from publishers.extract.csv_tables import CsvTable, open_csv
from publishers.extract.databases import open_database
from publishers.extract.headers import match_headers
from publishers.extract.location import SourceFile, locate, unreadable
from publishers.extract.parquet_files import is_clean, open_parquet
from publishers.extract.raw_table import RawTable
from publishers.extract.thousands import check_thousands
from publishers.extract.workbooks import open_workbook
from publishers.limits import JobLimits, connect

_TARGET = "extract.parquet"
Progress = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Extract:
    """The clean rows of one edition."""

    path: Path
    """Parquet with exactly the declared columns: VARCHAR, BIGINT, DOUBLE or DATE; missing values are NULL.

    It is the source file itself where nothing in it had to change.
    """
    rows: int
    bad_rows: int
    """How many rows were left out because they broke a rule; never more than `max_bad_rows`."""
    problems: tuple[Problem, ...]
    """Why rows were left out."""


@dataclass(frozen=True)
class _Job:
    """All that one extraction needs."""

    source: Source
    work: Path
    connection: duckdb.DuckDBPyConnection
    limits: JobLimits
    progress: Progress
    numbered: bool

    @property
    def target(self) -> Path:
        return self.work / _TARGET

    @property
    def partial(self) -> Path:
        return self.work / "extract.partial"


def _silent(_step: str, _share: float | None) -> None:
    """Report nothing."""


def extract(  # noqa: PLR0913 - the one entry point: a job knows these and nothing else has to
    source: Source,
    *,
    folder: Path,
    edition: str,
    work: Path,
    environ: Mapping[str, str],
    limits: JobLimits,
    progress: Progress = _silent,
    numbered: bool = False,
) -> Extract:
    """Read ``source`` for ``edition`` from ``folder`` or its database, check every cell, and write clean rows.

    ``numbered`` rows have one column more, ROW: their number as a person sees it. It costs time, so only who has to
    tell where something is wrong asks for it.
    Everything written goes to ``work``. Raises SourceUnreadable when the source cannot be opened or decoded,
    SourceInvalid when columns or rows break the declaration, and DefinitionInvalid when the declaration cannot be
    applied. Errors name columns, rules and row numbers, never a value.
    """
    work.mkdir(parents=True, exist_ok=True)
    (work / _TARGET).unlink(missing_ok=True)
    name = source.path.replace("{edition}", edition) or source.database
    progress("open the source", None)
    with connect(limits, trust_statistics=False) as connection:
        job = _Job(source, work, connection, limits, progress, numbered)
        try:
            check_patterns(job.source, job.connection)
            found = _extract(job, folder=folder, edition=edition, environ=environ)
            _refuse_no_rows(found, name)
            return _keep(found, job)
        except duckdb.Error as error:
            raise _translated(error, name) from None
        except OSError as error:
            raise _no_room(error, name) from None
        finally:
            _clear(work)


def _extract(job: _Job, *, folder: Path, edition: str, environ: Mapping[str, str]) -> Extract:
    if job.source.database:
        job.progress("read the database", None)
        return _convert(job, open_database(job.source, edition=edition, work=job.work, environ=environ))
    file = locate(job.source, folder=folder, edition=edition)
    found = _extract_file(job, file)
    file.check_unchanged()
    return found


def _refuse_no_rows(found: Extract, name: str) -> None:
    if found.rows == 0:
        raise SourceInvalid(
            "The source has no rows",
            problems=[Problem(name, "has a header but no row that is used", "check the export and `where:`")],
        )


def _keep(found: Extract, job: _Job) -> Extract:
    """Give the clean file its name only now: until everything was checked there is no file of that name."""
    if found.path != job.partial:
        return found
    job.partial.replace(job.target)
    return replace(found, path=job.target)


def _extract_file(job: _Job, file: SourceFile) -> Extract:
    if file.format == "parquet":
        return _extract_parquet(job, file)
    if file.format in ("xlsx", "xls"):
        job.progress("read the workbook", None)
        return _convert(job, open_workbook(file, job.source, work=job.work, limits=job.limits))
    return _extract_csv(job, open_csv(file, job.source, work=job.work))


def _extract_parquet(job: _Job, file: SourceFile) -> Extract:
    raw = open_parquet(file, job.connection)
    job.progress("check every cell", None)
    positions = match_headers(job.source, raw.headers, name=raw.name)
    conversion = Conversion(raw, job.source, positions)
    rows = None if job.numbered else is_clean(conversion, job.connection)
    return Extract(file.path, rows, 0, ()) if rows is not None else _convert(job, raw)


def _extract_csv(job: _Job, table: CsvTable) -> Extract:
    match_headers(job.source, table.dialect.headers, name=table.name)
    direct = table.dialect.plain and (not job.numbered or table.numbers_are_exact())
    found = _convert_directly(job, table) if direct else None
    if found is not None:
        return found
    job.progress("read the rows one by one", None)
    staged, ragged = table.staged(job.work / "staged.parquet")
    return _convert(job, staged, ragged=ragged)


def _convert_directly(job: _Job, table: CsvTable) -> Extract | None:
    """None when DuckDB cannot read the text file, or cannot number its bad rows as a person does."""
    conversion = _conversion(job, table.direct())
    try:
        rows = convert_guarded(conversion, job.connection, job.partial)
        if rows is not None:
            return _finish(job, conversion, Outcome(rows, 0, ()))
        if not table.numbers_are_exact():
            return None
        return _finish(job, conversion, convert_sorting_out(conversion, job.connection, job.partial, ragged=()))
    except duckdb.InvalidInputException:
        return None


def _convert(job: _Job, raw: RawTable, *, ragged: tuple[int, ...] = ()) -> Extract:
    """Write the clean rows: in one pass when all is well, in several when bad rows have to be told or left out."""
    conversion = _conversion(job, raw)
    rows = None if ragged else convert_guarded(conversion, job.connection, job.partial)
    if rows is not None:
        return _finish(job, conversion, Outcome(rows, 0, ()))
    return _finish(job, conversion, convert_sorting_out(conversion, job.connection, job.partial, ragged=ragged))


def _conversion(job: _Job, raw: RawTable) -> Conversion:
    job.progress("check and convert every cell", None)
    return Conversion(raw, job.source, match_headers(job.source, raw.headers, name=raw.name), job.numbered)


def _finish(job: _Job, conversion: Conversion, outcome: Outcome) -> Extract:
    check_thousands(conversion, job.connection, job.partial)
    return Extract(job.partial, outcome.rows, outcome.bad_rows, outcome.problems)


def check_patterns(source: Source, connection: duckdb.DuckDBPyConnection) -> None:
    """Raise DefinitionInvalid for patterns that DuckDB does not know: Python's own are a little different."""
    problems = []
    for name, column in source.columns.items():
        try:
            connection.execute(f"SELECT regexp_full_match('', {literal(column.pattern)})")
        except duckdb.Error:
            rule = "cannot be used: it must be RE2 without look-around"
            problems.append(Problem(f"source.columns.{name}.pattern", rule, "rewrite it"))
    if problems:
        raise DefinitionInvalid("A pattern cannot be used", problems=problems)


def _translated(error: duckdb.Error, name: str) -> YtemoError:
    """DuckDB quotes cells in its messages: nothing of them is passed on."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return unreadable(name, "needs more memory than the job may use", "raise YTEMO_JOB_MEMORY_MB")
    full = next((code for code in FULL_DISK if os.strerror(code) in str(error)), 0)
    if full:
        return _no_room(OSError(full, os.strerror(full)), name)
    if isinstance(error, duckdb.IOException):
        return unreadable(name, "cannot be read, or the work folder cannot be written", "check the file and the disk")
    return unreadable(
        name, f"cannot be read ({type(error).__name__})", "check that the file is complete and well-formed"
    )


def _no_room(error: OSError, name: str) -> YtemoError:
    if error.errno in FULL_DISK:
        rule = f"cannot take what was read of {name}: {error.strerror or os.strerror(error.errno)}"
        problem = Problem(
            "the work folder in the store", rule, "Make room on its disk, then run the same command again"
        )
        return StoreUnavailable("The disk takes no more", problems=[problem])
    return unreadable(name, "cannot be read or written", "check the rights on both folders")


def _clear(work: Path) -> None:
    for name in ("extract.partial", "staged.parquet", "source-utf-8.csv", "source.decompressed"):
        (work / name).unlink(missing_ok=True)
