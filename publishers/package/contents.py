"""What goes into a package, and what comes out of building one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from datasets.codelist import Codelist
from datasets.definition import Definition
from datasets.definition_files import LoadedDefinition
from datasets.public_releases import PublicReleases
from datasets.release import DisclosureSummary, FileEntry, PublicRelease, ReleaseDescription
from datasets.text import Bilingual
from publishers.public_table import PublicTable

SYNTHETIC = "synthetic"
"""The column, true in every row, that keeps the warning on made-up data when a file is copied without its package."""

REGISTER = "register"
"""The name of a register's table in its package."""


@dataclass(frozen=True)
class PreviousRelease:
    """The release that a new one is compared with."""

    release: PublicRelease
    files: Mapping[str, Path]
    """Its tables, register and code lists: path in the package, and where the verified file is on disk."""
    since: tuple[ReleaseDescription, ...] = ()
    """What was published after it, in this order: editions of other periods, which may have renamed its columns."""

    @classmethod
    def of(cls, releases: PublicReleases, release: PublicRelease) -> PreviousRelease:
        """Find the files of ``release`` that a comparison reads; raises what ``PublicReleases.file`` raises."""
        description = release.description
        paths = [table.parquet for table in description.tables]
        paths += [codelist.path for codelist in description.codelists]
        paths += [description.register_.parquet] if description.register_ else []
        others = [one.manifest for one in releases.releases(release.dataset)]
        later = [one for one in others if one.published_at > release.manifest.published_at]
        since = [one.description for one in sorted(later, key=lambda one: one.published_at)]
        return cls(release, {path: releases.file(release, path).path for path in paths}, tuple(since))


@dataclass(frozen=True)
class EditionContents:
    """Everything that is published of one edition, protected and checked."""

    loaded: LoadedDefinition
    edition: str
    tables: Mapping[str, PublicTable]
    register: pa.Table | None
    codelists: Mapping[str, Codelist]
    """By id."""
    disclosure: DisclosureSummary | None
    disclosure_report: Mapping[str, Any] | None
    """What JSON can hold."""
    previous: PreviousRelease | None
    published: date
    """The day on which it appears in Viet Nam."""
    rows_left_out: int = 0
    """How many rows of the source broke a rule, as the definition tolerates."""

    @property
    def definition(self) -> Definition:
        return self.loaded.definition


@dataclass(frozen=True)
class Package:
    """A finished package in ``folder``."""

    folder: Path
    files: tuple[FileEntry, ...]
    description: ReleaseDescription
    changes: Bilingual
    """What changed since the release before, in a sentence."""
