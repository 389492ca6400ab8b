"""Finds the edition whose numbers a finished package repeats: nearly always one file that lies under two names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from datasets.errors import Problem, ReleaseRejected
from datasets.file_sql import read_parquet
from datasets.release import FileEntry, PublicRelease, ReleaseDescription, TableDescription
from datasets.sql_text import quoted
from datasets.verified_reads import VerifiedReads
from publishers.limits import JobLimits, connect
from publishers.package.contents import Package

FEWEST_NUMBERS = 10
"""Fewer numbers above zero may well be the same in two years."""


def check_not_repeated(found: tuple[str, Problem] | None, *, same_as: str) -> None:
    """Raise ReleaseRejected where the package repeats an edition that nobody has named as the same."""
    if found is not None and found[0] != same_as:
        raise ReleaseRejected("The numbers are those of another edition", problems=[found[1]])


def repeated(
    package: Package, releases: Sequence[PublicRelease], reads: VerifiedReads, limits: JobLimits
) -> tuple[str, Problem] | None:
    """Return an edition of ``releases`` whose every number the package has, and what staff should know of it.

    Numbers that only one of the two shows do not count. An edition may keep the numbers that it was published with.
    """
    description = package.description
    if description.kind != "statistics" or any(_is_kept(one, package) for one in releases):
        return None
    for release in releases:
        if release.edition != description.edition and _is_repeated(release, package, reads, limits):
            return release.edition, _problem(description, release)
    return None


def _problem(description: ReleaseDescription, release: PublicRelease) -> Problem:
    rule = f"has no number that differs from those of {release.name}, as if one file were under both names"
    remedy = (
        f"Put the source of {description.edition} in its place; if it truly has the same numbers, publish it with"
        f" --same-as {release.edition}"
    )
    return Problem(f"{description.dataset} {description.edition}", rule, remedy)


def _is_kept(release: PublicRelease, package: Package) -> bool:
    """Say whether a version of the same edition has the very tables of the package."""
    paths = {table.csv for table in package.description.tables}
    return release.edition == package.description.edition and _hashes(release.manifest.files, paths) == _hashes(
        package.files, paths
    )


def _hashes(files: tuple[FileEntry, ...], paths: set[str]) -> dict[str, str]:
    return {file.path: file.sha256 for file in files if file.path in paths}


def _is_repeated(release: PublicRelease, package: Package, reads: VerifiedReads, limits: JobLimits) -> bool:
    theirs = {(one.id, one.dimensions, one.rows): one for one in release.description.tables}
    ours = {(one.id, one.dimensions, one.rows): one for one in package.description.tables}
    if theirs.keys() != ours.keys():
        return False
    alike = 0
    for key, table in ours.items():
        measures = [*_counted(package.description, table, theirs[key])]
        entry = release.manifest.file(theirs[key].parquet)
        if entry is None or not measures:
            return False
        then, now = reads.objects.path(entry), package.folder / table.parquet
        differ, same = _compare(then, now, key=table.dimensions, measures=measures, limits=limits)
        if differ:
            return False
        alike += same
    return alike >= FEWEST_NUMBERS


def _counted(description: ReleaseDescription, now: TableDescription, then: TableDescription) -> Iterator[str]:
    """Yield the measures of both; populations come from files that many editions share."""
    for name in now.measures:
        if name in then.measures and description.measure(name).type != "population":
            yield name


def _compare(then: Path, now: Path, *, key: tuple[str, ...], measures: list[str], limits: JobLimits) -> tuple[int, int]:
    """Return in how many places the two tables differ, and how many numbers above zero they have in common."""
    counted = [*map(quoted, measures)]
    on = " and ".join(f"old.{name} = new.{name}" for name in map(quoted, key)) or "true"
    apart = " or ".join(f"old.{name} <> new.{name}" for name in counted)
    alike = " + ".join(f"count(*) filter (old.{name} = new.{name} and new.{name} > 0)" for name in counted)
    with connect(limits) as connection:
        row = connection.execute(f"""
            select count(*) filter (old.here is null or new.here is null or coalesce({apart}, false)), {alike}
            from (select *, true as here from {read_parquet(then)}) as old
            full join (select *, true as here from {read_parquet(now)}) as new on {on}
        """).fetchone()
    assert row is not None
    return row[0], row[1]
