"""What a page shows of a release beside its description: code lists, series, first rows, methods; read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from datasets.codelist import Codelist
from datasets.public_releases import PublicFile, PublicRelease, PublicReleases
from datasets.release import TableDescription
from portal.public.pages.preview import Row, register_rows, table_rows
from portal.public.pages.series import Series, find_series


@dataclass(frozen=True)
class Contents:
    """The contents of one release, which never change."""

    codelists: Mapping[str, Codelist]
    """By code list id."""
    rows: Mapping[str, Sequence[Row]]
    """The first rows of each table, by table id; of a register under ``register``."""
    series: Mapping[str, Series | None]
    """What the chart of each table shows, by table id."""
    methods: str
    package: PublicFile

    def first_series(self, release: PublicRelease) -> tuple[TableDescription, Series] | None:
        """Return the first table that has a chart, with what it shows; None where none has."""
        drawn = ((table, self.series[table.id]) for table in release.description.tables)
        return next(((table, series) for table, series in drawn if series), None)


class ContentsReader:
    """Reads contents of releases and keeps those asked for last. Safe for many threads at once.

    What is kept are values, never places: a file that is read again could be another one by then.
    """

    def __init__(self, releases: PublicReleases) -> None:
        self._releases = releases
        self._kept = lru_cache(maxsize=128)(self._read)

    def read(self, release: PublicRelease) -> Contents:
        """Return the contents of a release that was just found to be public.

        Raises VerificationFailed while any of its files is damaged: the page offers them all, as the API does.
        """
        self._releases.check_files(release)
        return self._kept(release.dataset, release.edition, release.version, release.envelope_sha256)

    def _read(self, dataset: str, edition: str, version: int, _envelope_sha256: str) -> Contents:
        releases = self._releases
        release = releases.get(dataset, edition, version)
        description = release.description
        codelists = {described.id: releases.codelist(release, described.id) for described in description.codelists}
        rows: dict[str, Sequence[Row]] = {}
        series: dict[str, Series | None] = {}
        for table in description.tables:
            rows[table.id], series[table.id] = self._read_table(release, table, codelists)
        if register := description.register_:
            with releases.reading(release, register.parquet) as file:
                rows["register"] = register_rows(register, file)
        with releases.reading(release, "methods.md") as text:
            methods = text.read().decode("utf-8")
        return Contents(codelists, rows, series, methods, package=releases.package_zip(release))

    def _read_table(
        self, release: PublicRelease, table: TableDescription, codelists: Mapping[str, Codelist]
    ) -> tuple[Sequence[Row], Series | None]:
        with self._releases.reading(release, table.parquet) as file:
            rows = table_rows(release.description, table, file, codelists)
            return rows, find_series(release.description, table, file, codelists)
