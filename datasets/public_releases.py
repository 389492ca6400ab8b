"""The read side of the release store: what the public may see of it, verified before it is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from datasets.codelist import Codelist
from datasets.codelist_files import parse_codelist
from datasets.errors import (
    DatasetNotFound,
    FileNotFound,
    Problem,
    ReleaseNotFound,
    ReleaseWithdrawn,
    VerificationFailed,
)
from datasets.fingerprint import Stamp
from datasets.package_zip import PackageZips
from datasets.release import PublicRelease
from datasets.signing import PublicKey
from datasets.store_layout import StoreLayout
from datasets.verified_reads import VerifiedReads

__all__ = ["PublicFile", "PublicRelease", "PublicReleases"]


@dataclass(frozen=True)
class PublicFile:
    """A file on disk whose content has been verified, and how to hand it out."""

    path: Path
    name: str
    sha256: str
    bytes: int
    media_type: str


@dataclass(frozen=True)
class _Snapshot:
    """The visible releases of one dataset, newest first: true from ``since`` to ``until``, while ``stamp`` holds."""

    stamp: Stamp | None
    since: datetime
    until: datetime | None
    releases: tuple[PublicRelease, ...]
    damaged: Mapping[tuple[str, int], Problem]

    @cached_property
    def editions(self) -> tuple[PublicRelease, ...]:
        """The newest version of each edition that is not withdrawn."""
        newest: dict[str, PublicRelease] = {}
        for release in filter(_stands, self.releases):
            newest.setdefault(release.edition, release)
        return tuple(newest.values())

    @cached_property
    def digest(self) -> bytes:
        """What changes when a release comes or is withdrawn."""
        lines = [f"{r.dataset} {r.name} {r.envelope_sha256} {_stands(r)}\n" for r in self.releases]
        return hashlib.sha256("".join(lines).encode()).digest()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class PublicReleases:
    """The releases that are out: signed, past their embargo, and as they were signed. Safe to share among threads.

    A damaged envelope or object is never shown: asking for it raises VerificationFailed, all other releases go on.
    """

    def __init__(self, root: Path, public_key: Path, now: Callable[[], datetime] = _utc_now) -> None:
        layout = StoreLayout(root)
        key = PublicKey.from_file(public_key)
        self.public_key = key
        self._reads = VerifiedReads(layout, key)
        self._zips = PackageZips(layout.derived, key)
        self._now = now
        # Threads may build the same entry twice and then store equal values: no lock is needed.
        self._snapshots: dict[str, _Snapshot] = {}
        self._codelists: dict[tuple[str, str], Codelist] = {}

    # Finding ----------------------------------------------------------------------------------------------------------

    def datasets(self) -> tuple[str, ...]:
        """Return the ids of the datasets with a visible release that is not withdrawn, in alphabetical order."""
        names = self._reads.dataset_names()
        return tuple(name for name in names if self._snapshot(name).editions)

    def latest(self, dataset: str) -> PublicRelease:
        """Return the newest version of the newest edition; raises what ``editions`` and ``get`` raise."""
        return self._fresh(self.editions(dataset)[0])

    def editions(self, dataset: str) -> tuple[PublicRelease, ...]:
        """Return the newest version of each edition that is not withdrawn, newest edition first.

        Raises DatasetNotFound, or ReleaseWithdrawn when every release of the dataset is withdrawn.
        """
        snapshot = self._snapshot(dataset)
        if not snapshot.editions:
            raise _withdrawn(self.releases(dataset)[0])
        return snapshot.editions

    def releases(self, dataset: str) -> tuple[PublicRelease, ...]:
        """Return all visible releases, withdrawn ones among them, newest edition and then newest version first.

        Raises DatasetNotFound, or VerificationFailed when there are releases and all of them are damaged.
        """
        snapshot = self._snapshot(dataset)
        if not snapshot.releases:
            _raise_damage(snapshot.damaged.values())
            raise DatasetNotFound(f"There is no dataset {_shown(dataset)}")
        return snapshot.releases

    def get(self, dataset: str, edition: str, version: int | None = None) -> PublicRelease:
        """Return one release; without ``version`` the newest version of the edition that is not withdrawn.

        Raises DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, or VerificationFailed for a damaged envelope.
        """

        def is_asked_for(found_edition: str, found_version: int) -> bool:
            return found_edition == edition and version in (None, found_version)

        found = [release for release in self.releases(dataset) if is_asked_for(release.edition, release.version)]
        for release in filter(_stands, found):
            return self._fresh(release)
        if found:
            raise _withdrawn(found[0])
        _raise_damage(problem for name, problem in self._snapshot(dataset).damaged.items() if is_asked_for(*name))
        raise ReleaseNotFound(f"The dataset {_shown(dataset)} has no such release")

    def find(self, dataset: str, release: str) -> PublicRelease:
        """Return the release that ``release`` names: ``latest``, an edition (``2024``) or a release (``2024.1``)."""
        if release == "latest":
            return self.latest(dataset)
        edition, dot, version = release.rpartition(".")
        if not dot:
            return self.get(dataset, release)
        # Also refuses 2024.01 and digits of other scripts: a release has one name.
        if not (version.isascii() and version.isdigit() and version[0] != "0" and len(version) < 10):
            raise ReleaseNotFound(f"The dataset {_shown(dataset)} has no such release")
        return self.get(dataset, edition, int(version))

    def stamp(self) -> str:
        """Return a text that changes when a release becomes visible or is withdrawn."""
        digest = hashlib.sha256()
        for dataset in self._reads.dataset_names():
            snapshot = self._snapshot(dataset)
            # A dataset that is all under embargo must leave no trace here either.
            if snapshot.releases:
                digest.update(snapshot.digest)
        return digest.hexdigest()

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with envelopes that are not shown, for the staff's health page."""
        names = self._reads.dataset_names()
        return tuple(problem for name in names for problem in self._snapshot(name).damaged.values())

    # Files ------------------------------------------------------------------------------------------------------------

    def file(self, release: PublicRelease, path: str) -> PublicFile:
        """Return a file of ``release``; raise FileNotFound, ReleaseWithdrawn, or VerificationFailed if damaged."""
        current = self._current(release)
        entry = current.manifest.file(path)
        if entry is None:
            raise FileNotFound(f"The release {release.dataset} {release.name} has no file {_shown(path)}")
        name = f"{release.dataset}-{release.name}-{path.rpartition('/')[2]}"
        return PublicFile(self._reads.object(entry), name, entry.sha256, entry.bytes, entry.media_type)

    def package_zip(self, release: PublicRelease) -> PublicFile:
        """Return the whole release as one ZIP file, made at first use; raises what ``file`` raises."""
        current = self._current(release)
        members = [(entry.path, self._reads.object(entry)) for entry in current.manifest.files]
        built = self._zips.get(current, self._reads.envelope(current), members)
        return PublicFile(
            built.path, f"{release.dataset}-{release.name}.zip", built.sha256, built.bytes, "application/zip"
        )

    def envelope(self, release: PublicRelease) -> bytes:
        """Return the signed envelope, also of a withdrawn release."""
        return self._reads.envelope(self._fresh(release))

    def codelist(self, release: PublicRelease, codelist: str) -> Codelist:
        """Return a code list as it was when the release was made; raise FileNotFound where it has none of this id."""
        described = next((item for item in release.description.codelists if item.id == codelist), None)
        if described is None:
            raise FileNotFound(f"The release {release.dataset} {release.name} has no code list {_shown(codelist)}")
        file = self.file(release, described.path)
        known = self._codelists.get((codelist, file.sha256))
        if known is None:
            text = file.path.read_text(encoding="utf-8")
            known = parse_codelist(text, codelist, described.title, source=described.source, place=described.path)
            self._codelists[codelist, file.sha256] = known
        return known

    # Snapshots --------------------------------------------------------------------------------------------------------

    def _current(self, release: PublicRelease) -> PublicRelease:
        """Return ``release`` as it is now; an older value must not open files that were withdrawn since."""
        current = self._fresh(release)
        if not _stands(current):
            raise _withdrawn(current)
        return current

    def _fresh(self, release: PublicRelease) -> PublicRelease:
        """Return ``release`` after looking whether its envelope has changed on disk."""
        if release.manifest.available_from > self._now():
            raise ReleaseNotFound(f"The dataset {release.dataset} has no such release")
        return self._reads.release(release.dataset, release.edition, release.version)

    def _snapshot(self, dataset: str) -> _Snapshot:
        stamp = self._reads.folder_stamp(dataset)
        known = self._snapshots.get(dataset)
        now = self._now()
        if known is not None and known.stamp == stamp and known.since <= now and (not known.until or now < known.until):
            return known
        snapshot = self._take(dataset, stamp, now)
        # A folder that has just changed may change again within the same tick of the file system's clock.
        if stamp is not None and stamp.settled:
            self._snapshots[dataset] = snapshot
        return snapshot

    def _take(self, dataset: str, stamp: Stamp | None, now: datetime) -> _Snapshot:
        releases: list[PublicRelease] = []
        problems: dict[tuple[str, int], Problem] = {}
        until: datetime | None = None
        for file in self._reads.release_files(dataset) if stamp else ():
            if file.withdrawn:
                continue
            try:
                stored = self._reads.release(dataset, file.edition, file.version)
            except VerificationFailed as error:
                problems[file.edition, file.version] = error.problems[0]
                continue
            if stored.manifest.available_from <= now:
                releases.append(PublicRelease(stored.manifest, stored.envelope_sha256, stored.withdrawal))
            else:
                until = min(until or stored.manifest.available_from, stored.manifest.available_from)
        releases.sort(key=_age, reverse=True)
        return _Snapshot(stamp, now, until, tuple(releases), problems)


def _stands(release: PublicRelease) -> bool:
    return release.withdrawal is None


def _age(release: PublicRelease) -> tuple[str, str, int]:
    """Order by period, so that editions whose names are no periods do not mix with those that are."""
    return release.description.period_end, release.edition, release.version


def _withdrawn(release: PublicRelease) -> ReleaseWithdrawn:
    assert release.withdrawal is not None
    reason = release.withdrawal.reason
    name = f"{release.dataset} {release.name}"
    return ReleaseWithdrawn(
        f"The release {name} was withdrawn on {release.withdrawal.withdrawn_at:%Y-%m-%d}",
        problems=[Problem(name, reason.vi), Problem(name, reason.en)],
    )


def _raise_damage(problems: Iterable[Problem]) -> None:
    if found := tuple(problems):
        raise VerificationFailed("The release store is damaged", problems=found)


def _shown(text: str) -> str:
    """Return what a stranger asked for in a form that fits on one line of a message."""
    return ascii(text[:80])
