"""The read side of the release store: what the public may see of it, verified before it is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from datasets.codelist import Codelist
from datasets.codelist_files import parse_codelist
from datasets.errors import (
    DatasetNotFound,
    FileNotFound,
    Problem,
    ReleaseNotFound,
    ReleaseWithdrawn,
    StoreUnavailable,
    VerificationFailed,
)
from datasets.fingerprint import stamp_of_open
from datasets.hints import hint, listed, nearest
from datasets.moments import VIETNAM_TIME
from datasets.package_zip import PackageZips
from datasets.release import FileEntry, PublicRelease
from datasets.said import SaidInBoth, said
from datasets.signing import PublicKey
from datasets.snapshots import Snapshots, stands
from datasets.store_layout import StoreLayout
from datasets.verified_reads import VerifiedReads

__all__ = ["PublicFile", "PublicRelease", "PublicReleases", "WithdrawnRelease"]

_CLOCKS_DIFFER = timedelta(hours=1)
"""So far apart the clocks of two machines may be before one is taken to be wrong."""
_FEW_DATASETS = 2_000
"""In a store of up to so many datasets, a misspelt name is answered with the nearest one."""


class WithdrawnRelease(ReleaseWithdrawn):
    """A release that was withdrawn, with what is still told of it."""

    def __init__(self, release: PublicRelease) -> None:
        assert release.withdrawal is not None
        reason, name = release.withdrawal.reason, f"{release.dataset} {release.name}"
        remedy = said("GET /api/v1/datasets/%(dataset)s/releases tells which releases stand", dataset=release.dataset)
        day = release.withdrawal.withdrawn_at.astimezone(VIETNAM_TIME).date().isoformat()
        super().__init__(
            said("The release %(name)s was withdrawn on %(day)s", name=name, day=day),
            problems=[Problem(name, SaidInBoth.named(vi=reason.vi, en=reason.en), remedy)],
        )
        self.release = release


@dataclass(frozen=True)
class PublicFile:
    """A file on disk whose content has been verified, and how to hand it out."""

    path: Path
    name: str
    sha256: str
    bytes: int
    media_type: str


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
        self._snapshots = Snapshots(self._reads, now)
        self._zips = PackageZips(layout.derived, key)
        self._now = now
        # Threads may build the same entry twice and then store equal values: no lock is needed.
        self._codelists: dict[tuple[str, str], Codelist] = {}

    # Finding ----------------------------------------------------------------------------------------------------------

    def datasets(self) -> tuple[str, ...]:
        """Return the ids of the datasets with a visible release that is not withdrawn, in alphabetical order."""
        names = self._reads.dataset_names()
        return tuple(name for name in names if self._snapshots.of(name).editions)

    def datasets_ever(self) -> tuple[str, ...]:
        """Return the ids of all datasets that were ever visible, also of those that were withdrawn altogether."""
        return tuple(name for name in self._reads.dataset_names() if self._snapshots.of(name).releases)

    def latest(self, dataset: str) -> PublicRelease:
        """Return the newest version of the newest edition; raises what ``editions`` and ``get`` raise."""
        return self._fresh(self.editions(dataset)[0])

    def editions(self, dataset: str) -> tuple[PublicRelease, ...]:
        """Return the newest version of each edition that is not withdrawn, newest edition first.

        Raises DatasetNotFound, or ReleaseWithdrawn when every release of the dataset is withdrawn.
        """
        snapshot = self._snapshots.of(dataset)
        if not snapshot.editions:
            raise WithdrawnRelease(self.releases(dataset)[0])
        return snapshot.editions

    def releases(self, dataset: str) -> tuple[PublicRelease, ...]:
        """Return all visible releases, withdrawn ones among them, newest edition and then newest version first.

        Raises DatasetNotFound, or VerificationFailed when there are releases and all of them are damaged.
        """
        snapshot = self._snapshots.of(dataset)
        if not snapshot.releases:
            _raise_damage(snapshot.damaged.values())
            raise self._no_dataset(dataset)
        return snapshot.releases

    def get(self, dataset: str, edition: str, version: int | None = None) -> PublicRelease:
        """Return one release; without ``version`` the newest version of the edition that is not withdrawn.

        Raises DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, or VerificationFailed for a damaged envelope.
        """

        def is_asked_for(found_edition: str, found_version: int) -> bool:
            return found_edition == edition and version in (None, found_version)

        found = [release for release in self.releases(dataset) if is_asked_for(release.edition, release.version)]
        for release in filter(stands, found):
            return self._fresh(release)
        if found:
            raise WithdrawnRelease(found[0])
        _raise_damage(problem for name, problem in self._snapshots.of(dataset).damaged.items() if is_asked_for(*name))
        raise self._no_release(dataset)

    def find(self, dataset: str, release: str) -> PublicRelease:
        """Return the release that ``release`` names: ``latest``, an edition (``2024``) or a release (``2024.1``)."""
        if release == "latest":
            return self.latest(dataset)
        edition, dot, version = release.rpartition(".")
        if not dot:
            return self.get(dataset, release)
        # Also refuses 2024.01 and digits of other scripts: a release has one name.
        if not (version.isascii() and version.isdigit() and version[0] != "0" and len(version) < 10):
            raise self._no_release(dataset)
        return self.get(dataset, edition, int(version))

    def as_of(self, dataset: str, moment: datetime) -> PublicRelease:
        """Return the release that was the newest one at ``moment``; raises what ``find`` raises.

        One that was withdrawn since raises ReleaseWithdrawn: what was read then is no longer handed out.
        """
        out = [release for release in self.releases(dataset) if release.manifest.available_from <= moment]
        if not out:
            raise self._no_release(dataset)
        newest = next((release for release in out if not _was_withdrawn(release, moment)), out[0])
        return self.get(dataset, newest.edition, newest.version)

    def stamp(self) -> str:
        """Return a text that changes when a release becomes visible or is withdrawn."""
        digest = hashlib.sha256()
        for dataset in self._reads.dataset_names():
            snapshot = self._snapshots.of(dataset)
            # A dataset that is all under embargo must leave no trace here either.
            if snapshot.releases:
                digest.update(snapshot.digest)
        return digest.hexdigest()

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with envelopes that are not shown, embargoed ones among them; for staff only."""
        snapshots = [self._snapshots.of(name) for name in self._reads.dataset_names()]
        return tuple(problem for each in snapshots for problem in (*each.damaged.values(), *each.hidden))

    def is_clock_behind(self) -> bool:
        """Say whether a release, under embargo or not, was signed at a moment still to come; for staff only."""
        latest = self._now() + _CLOCKS_DIFFER
        return any(signed > latest for signed in self._signed())

    def _signed(self) -> Iterator[datetime]:
        for dataset in self._reads.dataset_names():
            for file in self._reads.release_files(dataset):
                with suppress(VerificationFailed):
                    yield self._reads.release(dataset, file.edition, file.version).manifest.published_at

    def damaged(self) -> tuple[str, ...]:
        """Return the names (``dataset 2024.1``) of public releases that cannot be handed out as they were signed.

        Files are hashed only if they changed since they were last hashed; the rest is for ``ytemo verify``.
        """
        found: list[str] = []
        for dataset in self._reads.dataset_names():
            snapshot = self._snapshots.of(dataset)
            found += [f"{dataset} {edition}.{version}" for edition, version in snapshot.damaged]
            found += [f"{dataset} {release.name}" for release in snapshot.releases if not self._is_sound(release)]
        return tuple(found)

    def today(self) -> date:
        """Return the day in Viet Nam, by the clock that also decides what is out."""
        return self._now().astimezone(VIETNAM_TIME).date()

    def can_be_read(self) -> bool:
        """Say whether the folder of releases is there; a store that is not mounted looks empty."""
        return self._reads.is_there()

    # Files ------------------------------------------------------------------------------------------------------------

    def file(self, release: PublicRelease, path: str) -> PublicFile:
        """Return a file of ``release``; raise FileNotFound, ReleaseWithdrawn, or VerificationFailed if damaged."""
        entry = self._entry(release, path)
        return self._public(release, entry, self._reads.objects.path(entry))

    def known_place(self, release: PublicRelease, path: str) -> Path | None:
        """Return where a file of ``release``, which has just been found, is kept; None where it must be hashed first.

        Raises FileNotFound as ``file`` does.
        """
        entry = release.manifest.file(path)
        if entry is None:
            raise self._no_file(release, path)
        return self._reads.objects.place(entry) if self._reads.objects.is_known(entry) else None

    def open(self, release: PublicRelease, path: str) -> tuple[PublicFile, BinaryIO]:
        """Open a file of ``release`` for the caller to read and close; raises what ``file`` raises.

        What is read is what was checked, whatever is put in the place of the file meanwhile.
        """
        entry = self._entry(release, path)
        opened = self._reads.objects.open(entry)
        return self._public(release, entry, self._reads.objects.place(entry)), opened

    @contextmanager
    def reading(self, release: PublicRelease, path: str) -> Iterator[BinaryIO]:
        """Open a file of ``release`` while the block runs; raises what ``file`` raises, or if it changes meanwhile."""
        entry = self._entry(release, path)
        with self._reads.objects.open(entry) as opened:
            stamp = stamp_of_open(opened)
            yield opened
            self._reads.objects.check_unchanged(opened, stamp, entry)

    def check_files(self, release: PublicRelease) -> None:
        """Raise VerificationFailed unless every file of ``release`` is as it was signed; ReleaseWithdrawn if it is."""
        for entry in self._current(release).manifest.files:
            self._reads.objects.path(entry)

    def package_zip(self, release: PublicRelease) -> PublicFile:
        """Return the whole release as one ZIP file, made at first use; raises what ``file`` raises."""
        current = self._current(release)
        members = [(entry.path, self._reads.objects.path(entry)) for entry in current.manifest.files]
        built = self._zips.get(current, self._reads.envelope(current), members)
        return PublicFile(
            built.path, f"{release.dataset}-{release.name}.zip", built.sha256, built.bytes, "application/zip"
        )

    def open_package(self, release: PublicRelease) -> tuple[PublicFile, BinaryIO]:
        """Open the ZIP file of a release for the caller to read and close; raises what ``package_zip`` raises."""
        current = self._current(release)
        for _ in range(2):
            package = self.package_zip(current)
            opened = self._zips.open(package.path, package.sha256)
            if opened is not None:
                return package, opened
        problem = Problem(str(package.path), "was changed while it was made", "Ask again")
        raise StoreUnavailable("The package cannot be read", problems=[problem])

    def check_path(self, release: PublicRelease, path: str) -> None:
        """Raise FileNotFound, with the files that there are, unless ``release`` has this file."""
        self._entry(release, path)

    def envelope(self, release: PublicRelease) -> bytes:
        """Return the signed envelope, also of a withdrawn release."""
        return self._reads.envelope(self._fresh(release))

    def codelist(self, release: PublicRelease, codelist: str) -> Codelist:
        """Return a code list as it was when the release was made; raise FileNotFound where it has none of this id."""
        described = next((item for item in release.description.codelists if item.id == codelist), None)
        if described is None:
            known = [item.id for item in release.description.codelists]
            raise FileNotFound(
                said("The release %(name)s has no code list %(given)s", name=_named(release), given=_shown(codelist)),
                problems=[_unknown("codelist", codelist, hint(codelist, known))],
            )
        entry = self._entry(release, described.path)
        known_list = self._codelists.get((codelist, entry.sha256))
        if known_list is not None:
            self._reads.objects.path(entry)
            return known_list
        with self.reading(release, described.path) as file:
            text = file.read().decode("utf-8")
        parsed = parse_codelist(text, codelist, described.title, source=described.source, place=described.path)
        self._codelists[codelist, entry.sha256] = parsed
        return parsed

    # Checks -----------------------------------------------------------------------------------------------------------

    def _current(self, release: PublicRelease) -> PublicRelease:
        """Return ``release`` as it is now; an older value must not open files that were withdrawn since."""
        current = self._fresh(release)
        if not stands(current):
            raise WithdrawnRelease(current)
        return current

    def _fresh(self, release: PublicRelease) -> PublicRelease:
        """Return ``release`` after looking whether its envelope has changed on disk."""
        if release.manifest.available_from > self._now():
            raise self._no_release(release.dataset)
        return self._reads.release(release.dataset, release.edition, release.version)

    def _is_sound(self, release: PublicRelease) -> bool:
        try:
            self._reads.release(release.dataset, release.edition, release.version)
        except VerificationFailed:
            return False
        # Files of a withdrawn release are no longer handed out, so they may be gone.
        return not stands(release) or all(map(self._reads.objects.seems_sound, release.manifest.files))

    def _entry(self, release: PublicRelease, path: str) -> FileEntry:
        current = self._current(release)
        entry = current.manifest.file(path)
        if entry is None:
            raise self._no_file(current, path)
        return entry

    def _public(self, release: PublicRelease, entry: FileEntry, place: Path) -> PublicFile:
        name = f"{release.dataset}-{release.name}-{entry.path.rpartition('/')[2]}"
        return PublicFile(place, name, entry.sha256, entry.bytes, entry.media_type)

    def _no_file(self, release: PublicRelease, path: str) -> FileNotFound:
        known = [each.path for each in release.manifest.files]
        message = said("The release %(name)s has no file %(given)s", name=_named(release), given=_shown(path))
        return FileNotFound(message, problems=[_unknown("path", path, hint(path, known))])

    def _no_dataset(self, dataset: str) -> DatasetNotFound:
        few = self._reads.dataset_names()[: _FEW_DATASETS + 1]
        near = nearest(dataset, self.datasets()) if len(few) <= _FEW_DATASETS else ""
        meant = said("Did you mean %(name)s?", name=near) if near else ""
        remedy = meant or said("GET /api/v1/datasets lists those that there are")
        message = said("There is no dataset %(given)s", given=_shown(dataset))
        return DatasetNotFound(message, problems=[_unknown("dataset", dataset, remedy)])

    def _no_release(self, dataset: str) -> ReleaseNotFound:
        """Make the error for a release that is missing or embargoed; it is the same text for both."""
        standing = (each.name for each in self._snapshots.of(dataset).releases if each.withdrawal is None)
        known = listed(["latest", *standing])
        problem = Problem("release", said("must be one that is out"), said("Known here: %(names)s", names=known))
        return ReleaseNotFound(
            said("The dataset %(given)s has no such release", given=_shown(dataset)), problems=[problem]
        )


def _raise_damage(problems: Iterable[Problem]) -> None:
    if found := tuple(problems):
        raise VerificationFailed("The release store is damaged", problems=found)


def _was_withdrawn(release: PublicRelease, moment: datetime) -> bool:
    return release.withdrawal is not None and release.withdrawal.withdrawn_at <= moment


def _named(release: PublicRelease) -> str:
    return f"{release.dataset} {release.name}"


def _unknown(place: str, given: str, remedy: str) -> Problem:
    return Problem(place, said("%(name)s is not known", name=_shown(given)), remedy)


def _shown(text: str) -> str:
    """Return what a stranger asked for in a form that fits on one line of a message."""
    return ascii(text[:80])
