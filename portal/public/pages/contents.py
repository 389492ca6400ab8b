"""What a page shows of a release beside its description: code lists, series, first rows, methods; read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from datasets.codelist import Codelist
from datasets.public_releases import PublicFile, PublicRelease, PublicReleases
from portal.public.pages.series import Series, find_series


@dataclass(frozen=True)
class Contents:
    """The contents of one release, which never change."""

    codelists: Mapping[str, Codelist]
    """By code list id."""
    files: Mapping[str, Path]
    """The Parquet file of each table, by table id; of a register under ``register``."""
    series: Mapping[str, Series | None]
    """What the chart of each table shows, by table id."""
    methods: str
    package: PublicFile


class ContentsReader:
    """Reads contents of releases and keeps those asked for last. Safe for many threads at once."""

    def __init__(self, releases: PublicReleases) -> None:
        self._releases = releases
        self._kept = lru_cache(maxsize=128)(self._read)

    def read(self, release: PublicRelease) -> Contents:
        """Return the contents of a release that was just found to be public."""
        return self._kept(release.dataset, release.edition, release.version)

    def _read(self, dataset: str, edition: str, version: int) -> Contents:
        releases = self._releases
        release = releases.get(dataset, edition, version)
        description = release.description
        codelists = {described.id: releases.codelist(release, described.id) for described in description.codelists}
        files = {table.id: releases.file(release, table.parquet).path for table in description.tables}
        series = {table.id: find_series(description, table, files[table.id], codelists) for table in description.tables}
        if description.register_:
            files["register"] = releases.file(release, description.register_.parquet).path
        return Contents(
            codelists=codelists,
            files=files,
            series=series,
            methods=releases.file(release, "methods.md").path.read_text(encoding="utf-8"),
            package=releases.package_zip(release),
        )
