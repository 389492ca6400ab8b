"""Tells staff how the totals of an edition change by a new version: half a file has half the total."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.errors import Problem
from datasets.file_sql import read_parquet
from datasets.names import TOTAL
from datasets.release import PublicRelease, ReleaseDescription
from datasets.sql_text import quoted
from datasets.verified_reads import VerifiedReads
from publishers.limits import JobLimits, connect
from publishers.package.contents import Package

_FAR = 0.1
"""A total that changes by a larger share is seldom corrected so far: more often a part of the source is missing."""


@dataclass(frozen=True)
class RevisedTotal:
    """A total that readers see otherwise now; None where it is not shown."""

    measure: str
    release: str
    """The version before, as in 2026.1."""
    then: float | None
    now: float | None

    @property
    def share(self) -> float | None:
        """By which share of it the total changed; None where that has no meaning."""
        return None if not self.then or self.now is None else (self.now - self.then) / self.then

    def __str__(self) -> str:
        return f"{self.measure} {_shown(self.then)} → {_shown(self.now)}"


def _shown(total: float | None) -> str:
    return "not shown" if total is None else f"{total:,.10g}"


def in_words(totals: tuple[RevisedTotal, ...]) -> str:
    """Return a line for staff; empty where no total changed."""
    return f"Totals since {totals[0].release}: {'; '.join(map(str, totals))}." if totals else ""


def warnings_of(totals: tuple[RevisedTotal, ...], dataset: str) -> Iterator[Problem]:
    """Yield a warning for each total that changed by much."""
    for one in totals:
        if one.share is not None and abs(one.share) > _FAR:
            how = f"{abs(one.share) * 100:.0f} % {'less' if one.share < 0 else 'more'}"
            rule = (
                f"the total of {one.measure} is {_shown(one.now)}, {how} than the {_shown(one.then)} of {one.release}"
            )
            yield Problem(f"{dataset} {one.release.rpartition('.')[0]}", rule, "Check that the source is whole")


def revised_totals(
    package: Package, releases: Sequence[PublicRelease], reads: VerifiedReads, limits: JobLimits
) -> tuple[RevisedTotal, ...]:
    """Return the totals that the last of ``releases`` of its edition shows otherwise; only public numbers are read."""
    same = [one for one in releases if one.edition == package.description.edition]
    before = max(same, key=lambda one: one.version, default=None)
    if before is None:
        return ()
    entries = {table.parquet: before.manifest.file(table.parquet) for table in before.description.tables}
    paths = {path: reads.objects.path(entry) for path, entry in entries.items() if entry is not None}
    then = _totals(before.description, paths, limits)
    now = _totals(
        package.description, {t.parquet: package.folder / t.parquet for t in package.description.tables}, limits
    )
    both = [name for name in now if name in then and then[name] != now[name]]
    return tuple(RevisedTotal(name, before.name, then[name], now[name]) for name in both)


def _totals(description: ReleaseDescription, files: Mapping[str, Path], limits: JobLimits) -> dict[str, float | None]:
    """Return the grand total of each measure, by the first table that has one."""
    found: dict[str, float | None] = {}
    with connect(limits) as connection:
        for table in description.tables:
            whole = " and ".join(f"{quoted(name)} = '{TOTAL}'" for name in table.dimensions) or "true"
            columns = ", ".join(map(quoted, table.measures))
            row = connection.execute(
                f"select {columns} from {read_parquet(files[table.parquet])} where {whole}"
            ).fetchone()
            for name, value in zip(table.measures, row or (), strict=False):
                found.setdefault(name, value)
    return found
