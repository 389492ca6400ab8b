"""What every record of a dataset is made of: its releases, its code lists, and its package where that was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from catalog.standards.vocabularies import interval
from datasets.codelist import Codelist
from datasets.errors import DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed
from datasets.public_releases import PublicReleases
from datasets.release import PublicRelease, ReleaseDescription


@dataclass(frozen=True)
class PackageFile:
    """The whole release as one file."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Described:
    """A release that a record describes; ``releases`` are all visible ones of its dataset, newest first."""

    release: PublicRelease
    releases: tuple[PublicRelease, ...]
    codelists: Mapping[str, Codelist] = field(default_factory=dict)
    package: PackageFile | None = None
    pinned: bool = False
    """Whether the record is of this very release, rather than of the dataset by its newest one."""
    quality: float | None = None
    """How good the release is described, from 0 to 1, whatever the day; None where a record does not tell it."""

    @property
    def about(self) -> ReleaseDescription:
        return self.release.description

    @property
    def standing(self) -> tuple[PublicRelease, ...]:
        """The releases that were not withdrawn."""
        return tuple(each for each in self.releases if each.withdrawal is None)

    @property
    def editions(self) -> tuple[PublicRelease, ...]:
        """The newest version of each edition that was not withdrawn, newest edition first."""
        return tuple({each.edition: each for each in reversed(self.standing)}.values())[::-1]

    @property
    def period(self) -> tuple[str, str]:
        """The first and last day, month or year that the dataset, or this very release, covers; empty if unknown."""
        spans = [interval(each) for each in ((self.release,) if self.pinned else self.editions)]
        starts, ends = [start for start, _ in spans if start], [end for _, end in spans if end]
        return min(starts, default=""), max(ends, default="")

    @property
    def issued(self) -> datetime:
        """When the dataset, or this very release, appeared."""
        shown = (self.release,) if self.pinned else self.releases
        return min(each.manifest.available_from for each in shown)

    @property
    def modified(self) -> datetime:
        """When the dataset, or this very release, last changed: a release came out or was withdrawn."""
        return max(map(changed_at, (self.release,) if self.pinned else self.releases))


def changed_at(release: PublicRelease) -> datetime:
    """Return when a release appeared, or was withdrawn."""
    appeared = release.manifest.came_out
    # What is withdrawn under embargo was never seen before it appeared as withdrawn.
    return max(appeared, release.withdrawal.withdrawn_at) if release.withdrawal else appeared


def data_files(release: PublicRelease) -> Iterator[tuple[str, str]]:
    """Yield the path of every file that is data, with the table that it holds: its name, ``register`` or empty."""
    about = release.description
    for table in about.tables:
        yield from ((path, table.id) for path in (table.csv, table.parquet, table.xlsx) if path)
    if register := about.register_:
        yield from ((path, "register") for path in (register.csv, register.parquet, register.xlsx) if path)
    if about.kind == "codelist":
        yield from ((each.path, "") for each in about.codelists)


def describe(releases: PublicReleases, dataset: str, release: str = "latest", *, packed: bool = False) -> Described:
    """Read what a record of a dataset needs; ``packed`` makes the package where it was not made yet.

    Raises what ``PublicReleases.find`` raises.
    """
    found = releases.find(dataset, release)
    package = releases.package_zip(found) if packed else None
    return Described(
        release=found,
        releases=releases.releases(dataset),
        codelists={each.id: releases.codelist(found, each.id) for each in found.description.codelists},
        package=PackageFile(package.sha256, package.bytes) if package else None,
        pinned=release != "latest",
    )


def describe_all(releases: PublicReleases, names: Iterable[str]) -> Iterator[Described]:
    """Yield datasets by their newest release, without code lists and packages; what is damaged or gone is left out."""
    for name in names:
        try:
            newest, known = releases.latest(name), releases.releases(name)
        except (DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed):
            continue
        yield Described(newest, known)
