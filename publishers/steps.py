"""The steps that jobs of every kind share, and what one hands to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from anonymization.table import TableSet
from anonymization.utility import TableCost
from datasets.codelist import Codelist
from datasets.definition_files import LoadedDefinition
from datasets.errors import Problem
from datasets.moments import VIETNAM_TIME
from datasets.release import DisclosureSummary
from publishers.extract.extract import Extract, extract
from publishers.ledger_versions import SameNumbers
from publishers.limits import JobLimits
from publishers.package.build import build_package
from publishers.package.contents import EditionContents, Package, PreviousRelease
from publishers.personal_data import check_personal_data
from publishers.public_table import PublicTable
from publishers.release_checks import ReleaseCheck, unchecked
from publishers.revised_totals import RevisedTotal
from publishers.tabulate.plan import plan
from publishers.tabulate.run import run
from publishers.tabulate.source_checks import RowsUnmatched
from publishers.tabulate.tabulation import Tabulation
from publishers.unmatched import located

Progress = Callable[[str, float | None], None]
"""Told which step runs, and how much of it is done (0 to 1) where that is known."""


def silent(step: str, done: float | None = None) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Job:
    """Everything that one run needs: what to publish, from where, and what of the machine it may use."""

    loaded: LoadedDefinition
    edition: str
    folder: Path
    """Where the source is; ``source.path`` of the definition is relative to it."""
    work: Path
    """A folder of the job's own, inside the ministry, that is removed afterwards."""
    limits: JobLimits
    environ: Mapping[str, str]
    """Where the address of a source database is looked up."""
    now: datetime
    progress: Progress = silent
    check: ReleaseCheck = unchecked
    """What others ask of the finished package before it becomes a release."""
    available_from: datetime | None = None
    """The embargo, if it has one."""
    same_as: str = ""
    """The edition whose numbers this one truly has as well; empty where it should have others."""

    @property
    def today(self) -> date:
        """The day that it is in Viet Nam."""
        return self.now.astimezone(VIETNAM_TIME).date()

    @property
    def appears(self) -> date:
        """The day in Viet Nam on which readers first see what is published."""
        return (self.available_from or self.now).astimezone(VIETNAM_TIME).date()


@dataclass(frozen=True)
class Built:
    """A package in the job's folder, not yet a release."""

    package: Package
    bad_rows: int = 0
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    unprotected: TableSet | None = None
    """Its tables before anything was withheld; they never leave the job."""
    same: tuple[SameNumbers, ...] = ()
    """Which of its numbers earlier releases have as well."""
    costs: tuple[TableCost, ...] = ()
    """What protection cost each of its tables, for the office alone."""
    revised: tuple[RevisedTotal, ...] = ()
    """The totals that the version before shows otherwise."""
    repeats: tuple[str, Problem] | None = None
    """The edition of which it has every number, and what is to be done about it."""


def extracted_source(job: Job, *, numbered: bool = False) -> Extract:
    """Read the source into one file with the declared columns; ``numbered`` to name rows in an error."""
    assert job.loaded.definition.source is not None
    return extract(
        job.loaded.definition.source,
        folder=job.folder,
        edition=job.edition,
        work=_made(job.work / ("numbered" if numbered else "extract")),
        environ=job.environ,
        limits=job.limits,
        progress=job.progress,
        numbered=numbered,
    )


def tabulated(job: Job, extracted: Extract) -> Tabulation:
    """Count what was read; SourceInvalid names file and row of what cannot be counted."""
    planned = plan(job.loaded, job.edition)
    try:
        return run(planned, extracted.path, job.limits, job.progress)
    except RowsUnmatched as error:
        job.progress("find the rows that cannot be counted", None)
        raise located(
            error, planned, job.loaded, read=lambda: extracted_source(job, numbered=True).path, limits=job.limits
        ) from None


def with_cells(
    job: Job,
    previous: PreviousRelease | None,
    tables: Mapping[str, PublicTable],
    disclosure: tuple[DisclosureSummary, Mapping[str, Any]],
) -> EditionContents:
    """Return what the package of an edition with cells holds."""
    summary, report = disclosure
    return EditionContents(
        loaded=job.loaded,
        edition=job.edition,
        tables=tables,
        register=None,
        codelists=_codelists_of(tables.values()),
        disclosure=summary,
        disclosure_report=report,
        previous=previous,
        published=job.appears,
    )


def without_cells(
    job: Job, previous: PreviousRelease | None, *, register: pa.Table | None, codelists: Mapping[str, Codelist]
) -> EditionContents:
    """Return what the package of an edition holds that is a register or code lists alone."""
    return EditionContents(
        loaded=job.loaded,
        edition=job.edition,
        tables={},
        register=register,
        codelists=codelists,
        disclosure=None,
        disclosure_report=None,
        previous=previous,
        published=job.appears,
    )


def finished(job: Job, contents: EditionContents, extracted: Extract | None) -> Built:
    """Look for personal data in everything that is published, and pack it."""
    job.progress("check for personal data", None)
    for place, rows in _published_rows(contents):
        check_personal_data(rows, place=place)
    job.progress("package", None)
    bad_rows, problems = (extracted.bad_rows, extracted.problems) if extracted else (0, ())
    package = build_package(replace(contents, rows_left_out=bad_rows), _made(job.work / "package"), job.limits)
    return Built(package, bad_rows, problems)


def _codelists_of(tables: Iterable[PublicTable]) -> dict[str, Codelist]:
    return {codelist.id: codelist for table in tables for codelist in table.codelists.values()}


def _published_rows(contents: EditionContents) -> Iterator[tuple[str, pa.Table]]:
    """Yield everything with rows that the package will hold, with the name under which people know it."""
    for table in contents.tables.values():
        yield f"table {table.id}", table.data
    if contents.register is not None:
        yield "register", contents.register
    for codelist in contents.codelists.values():
        yield f"code list {codelist.id}", pa.Table.from_pylist([member.as_row() for member in codelist.members])


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
