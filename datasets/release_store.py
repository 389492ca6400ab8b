"""The write side of the release store: puts releases in, once and for ever, and marks them as withdrawn."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from datasets import disk
from datasets.bounded_files import read_stored
from datasets.chain import Chain, link_after
from datasets.commits import Commits
from datasets.envelope import MAX_ENVELOPE_BYTES, seal, sha256_of, unseal
from datasets.errors import (
    Problem,
    ReleaseExists,
    ReleaseNotFound,
    ReleaseRejected,
    ReleaseWithdrawn,
    SigningKeyUnavailable,
    StoreUnavailable,
    VerificationFailed,
)
from datasets.fingerprint import sha256_of_file
from datasets.package_files import RO_CRATE
from datasets.refusals import check_embargo, check_reckoned_with, no_such_release
from datasets.release import ChainLink, FileEntry, Head, Manifest, ReleaseDescription, Withdrawal
from datasets.signing import PublicKey, Signer
from datasets.staging import Staging
from datasets.store_layout import ReleaseFile, StoreLayout, parse_release_file
from datasets.text import Bilingual

BESIDE_CONTENT = frozenset({"CHANGELOG.md", "changelog.json", "checksums.txt", RO_CRATE})
"""Files that compare a package with the release before, say when it appears, or hash these: the same content published
again has others.
"""

_IN_THE_WAY = (FileExistsError, IsADirectoryError, NotADirectoryError)
"""What the disk says where a file stands in the place of a folder, or a folder in that of a file."""


@dataclass(frozen=True)
class _Stored:
    """A version that is in the store, and its envelope's SHA-256."""

    manifest: Manifest
    sha256: str
    withdrawn: bool


class ReleaseStore:
    """One store on a local file system.

    A release becomes visible in one step, the exclusive link of its envelope, after all that it needs is on the disk.
    Whatever is interrupted before that step leaves nothing that a reader can see, and can be run again.
    """

    def __init__(self, root: Path, commits: Commits | None = None) -> None:
        """``commits`` is told what is put into the store."""
        self._commits = commits or Commits()
        self._layout = StoreLayout(root)
        self._staging = Staging(self._layout.staging)
        self._chain = Chain(self._layout)

    @property
    def layout(self) -> StoreLayout:
        """Where things are in this store."""
        return self._layout

    def stage(self, job: str) -> Path:
        """Make the working folder of ``job``; it is removed by ``discard``, or by the next job if this one dies."""
        with _disk_errors(self._layout.root):
            return self._staging.open(job)

    def discard(self, folder: Path) -> None:
        """Remove a folder that ``stage`` made."""
        with _disk_errors(self._layout.root):
            self._staging.close(folder)

    def add(  # noqa: PLR0913 - what is signed, by whom and when
        self,
        package: Path,
        *,
        files: Sequence[FileEntry],
        description: ReleaseDescription,
        changes: Bilingual,
        signer: Signer,
        now: datetime,
        available_from: datetime | None = None,
        reckoned_with: Set[ReleaseFile] | None = None,
    ) -> Manifest:
        """Publish the ``files`` in the folder ``package`` as the next version of their edition; return its manifest.

        The same content as the newest version returns that version. ``available_from`` is the embargo. Raises
        ReleaseExists when another job took the version meanwhile, when the dataset has releases that are not among
        those that the package was ``reckoned_with``, or when that content has another embargo,
        ReleaseWithdrawn when the same content was withdrawn, ReleaseRejected when a file is not what its entry says,
        StoreUnavailable when the disk refuses.
        """
        with _disk_errors(self._layout.root):
            self._check_key(signer)
            self._staging.clean()
            versions = self._versions(description.dataset, description.edition, signer.public_key)
            if (same := _same_content(versions, files, description)) is not None:
                check_embargo(same.manifest, available_from)
                return self._already_there(same, signer)
            manifest = Manifest(
                dataset=description.dataset,
                edition=description.edition,
                version=versions[-1].manifest.version + 1 if versions else 1,
                published_at=now.astimezone(UTC),
                available_from=(available_from or now).astimezone(UTC),
                previous=versions[-1].sha256 if versions else "",
                changes=changes,
                files=tuple(files),
                description=description,
            )
            return self._publish(package, manifest, signer, reckoned_with)

    def withdraw(  # noqa: PLR0913 - what is signed, by whom and when
        self, dataset: str, edition: str, version: int, *, reason: Bilingual, signer: Signer, now: datetime
    ) -> Withdrawal:
        """Put a signed tombstone beside a release; its files stay in the store and are no longer served.

        The same withdrawal again returns the first one; one with another reason raises ReleaseWithdrawn.
        """
        with _disk_errors(self._layout.root):
            self._check_key(signer)
            self._staging.clean()
            path = self._release_path(dataset, edition, version)
            if not path.is_file():
                raise no_such_release(self._layout, dataset, f"{edition}.{version}")
            envelope = read_stored(path, MAX_ENVELOPE_BYTES)
            unseal(envelope, signer.public_key, Manifest, str(path))
            withdrawal = Withdrawal(
                dataset=dataset,
                edition=edition,
                version=version,
                withdrawn_at=now.astimezone(UTC),
                envelope=sha256_of(envelope),
                reason=reason,
            )
            return self._put_withdrawal(withdrawal, signer)

    # The steps --------------------------------------------------------------------------------------------------------

    def _publish(
        self, package: Path, manifest: Manifest, signer: Signer, reckoned_with: Set[ReleaseFile] | None
    ) -> Manifest:
        target = self._layout.envelope(manifest.dataset, manifest.edition, manifest.version)
        work = self._staging.open_new("add")
        try:
            self._put_objects(package, manifest.files, work)
            self._make_folders({target.parent})
            with self._chain.locked():
                if reckoned_with is not None:
                    check_reckoned_with(self._layout, manifest, reckoned_with)
                end = self._chain.end(signer.public_key)
                manifest = manifest.model_copy(update={"chain": link_after(end)})
                try:
                    self._commit(f"published {_name(manifest)}", seal(manifest, signer), target, work)
                except FileExistsError:
                    return self._lost_race(target, manifest, signer.public_key)
                self._write_head(manifest.chain, target, signer, work)
        finally:
            self._staging.close(work)
        return manifest

    def _commit(self, what: str, envelope: bytes, target: Path, work: Path) -> None:
        _write(work / "envelope", envelope)
        self._commits.begin(what, work / "envelope", target)
        # The commit point: the release exists from here on, or it does not exist at all.
        disk.link(work / "envelope", target)
        disk.sync_folder(target.parent)

    def _write_head(self, place: ChainLink | None, target: Path, signer: Signer, work: Path) -> None:
        assert place is not None
        self._chain.write(Head(number=place.number, envelope=sha256_of(target.read_bytes())), signer, work)

    def _mend_head(self, signer: Signer) -> None:
        """Write the head that a job did not come to write because it was killed."""
        if self._chain.lags(signer.public_key) is None:
            return
        work = self._staging.open_new("head")
        try:
            with self._chain.locked():
                if (head := self._chain.lags(signer.public_key)) is not None:
                    self._chain.write(head, signer, work)
        finally:
            self._staging.close(work)

    def _put_objects(self, package: Path, entries: Sequence[FileEntry], work: Path) -> None:
        """Put the content of files on the disk under their hashes: file, link, folder, in this order."""
        folders = {self._layout.object(entry.sha256).parent for entry in entries}
        self._make_folders(folders)
        for entry in entries:
            self._put_object(package / entry.path, entry, work)
        # Also where other jobs made the links: they may not have come so far yet.
        for folder in sorted(folders):
            disk.sync_folder(folder)

    def _put_object(self, source: Path, entry: FileEntry, work: Path) -> None:
        target = self._layout.object(entry.sha256)
        if not target.exists():
            copy = work / entry.sha256
            _copy(source, copy, entry)
            with suppress(FileExistsError):
                disk.link(copy, target)
                return
        self._check_object(target, entry)

    def _make_folders(self, folders: Set[Path]) -> None:
        """Make folders two levels below the root, and be sure that all are on the disk, whoever made them."""
        tops = {folder.parent for folder in folders}
        for folder in (self._layout.root, *sorted(tops), *sorted(folders)):
            disk.make_folder(folder, 0o755)
        for folder in (self._layout.root.parent, self._layout.root, *sorted(tops)):
            disk.sync_folder(folder)

    def _check_object(self, path: Path, entry: FileEntry) -> None:
        if path.lstat().st_size != entry.bytes or sha256_of_file(path) != entry.sha256:
            remedy = "Restore the object from a backup or a mirror, then run the job again"
            raise VerificationFailed(
                "An object in the store is not what its name says",
                problems=[Problem(str(path), "must hold the content whose SHA-256 is its name", remedy)],
            )

    def _already_there(self, stored: _Stored, signer: Signer) -> Manifest:
        manifest = stored.manifest
        # The job that linked the envelope may have died before the folder was on the disk, or the head was written.
        disk.sync_folder(self._layout.dataset(manifest.dataset))
        self._mend_head(signer)
        return manifest

    def _lost_race(self, target: Path, manifest: Manifest, key: PublicKey) -> Manifest:
        stored = _read(target, key)
        disk.sync_folder(target.parent)
        if _content(stored.manifest.files, stored.manifest.description) == _content(
            manifest.files, manifest.description
        ):
            own = manifest.available_from
            check_embargo(stored.manifest, None if own == manifest.published_at else own)
            return stored.manifest
        name = f"{manifest.dataset} {manifest.edition}.{manifest.version}"
        remedy = f"Look at what the other job published; run this job again to publish version {manifest.version + 1}"
        raise ReleaseExists(
            "Another job published this edition at the same time, with other content",
            problems=[Problem(name, "a release is never overwritten", remedy)],
        )

    def _put_withdrawal(self, withdrawal: Withdrawal, signer: Signer) -> Withdrawal:
        target = self._layout.withdrawal(withdrawal.dataset, withdrawal.edition, withdrawal.version)
        work = self._staging.open_new("withdraw")
        try:
            with self._chain.locked():
                end = self._chain.end(signer.public_key)
                withdrawal = withdrawal.model_copy(update={"chain": link_after(end)})
                try:
                    self._commit(f"withdrawn {_name(withdrawal)}", seal(withdrawal, signer), target, work)
                except FileExistsError:
                    withdrawal = _first_withdrawal(target, withdrawal, signer.public_key)
                    disk.sync_folder(target.parent)
                    end = self._chain.end(signer.public_key)
                    assert end is not None
                    self._chain.write(end, signer, work)
                else:
                    self._write_head(withdrawal.chain, target, signer, work)
        finally:
            self._staging.close(work)
        return withdrawal

    # Looking ----------------------------------------------------------------------------------------------------------

    def _release_path(self, dataset: str, edition: str, version: int) -> Path:
        try:
            return self._layout.envelope(dataset, edition, version)
        except ValueError as error:
            remedy = "Write dataset, edition and version as the portal lists them, such as: clinic-visits 2026.1"
            problem = Problem(f"{dataset} {edition}.{version}", f"names no release: {error}", remedy)
            raise ReleaseNotFound("There is no such release", problems=[problem]) from None

    def _versions(self, dataset: str, edition: str, key: PublicKey) -> list[_Stored]:
        """Return the versions of an edition from the first; a gap or a bad signature raises VerificationFailed."""
        folder = self._layout.dataset(dataset)
        names = os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208 - names, not paths
        found = sorted(file for name in names if (file := parse_release_file(name)) and file.edition == edition)
        withdrawn = {file.version for file in found if file.withdrawn}
        numbers = [file.version for file in found if not file.withdrawn]
        if numbers != list(range(1, len(numbers) + 1)):
            remedy = "Restore the missing envelope from a backup or a mirror"
            problem = Problem(f"{folder}/{edition}.*.json", "must be numbered 1, 2, 3 … without a gap", remedy)
            raise VerificationFailed("A version of this edition is missing from the store", problems=[problem])
        paths = ((number, self._layout.envelope(dataset, edition, number)) for number in numbers)
        return [_read(path, key, withdrawn=number in withdrawn) for number, path in paths]

    def _check_key(self, signer: Signer) -> None:
        """Refuse to sign with a key that readers of this store do not trust: the release would be invisible."""
        path = self._layout.public_key
        if path.is_file() and PublicKey.from_file(path) != signer.public_key:
            remedy = "Sign with the private key that belongs to it, or set up a new store for the new key"
            raise SigningKeyUnavailable(
                "The signing key is not the key of this store",
                problems=[Problem(str(path), f"must be the public half of the key {signer.public_key.id}", remedy)],
            )


def _read(path: Path, key: PublicKey, *, withdrawn: bool = False) -> _Stored:
    envelope = read_stored(path, MAX_ENVELOPE_BYTES)
    return _Stored(unseal(envelope, key, Manifest, str(path)), sha256_of(envelope), withdrawn=withdrawn)


def _name(content: Manifest | Withdrawal) -> str:
    return f"{content.dataset} {content.edition}.{content.version}"


def _content(entries: Sequence[FileEntry], description: ReleaseDescription) -> tuple[object, ...]:
    kept = sorted((entry.path, entry.sha256) for entry in entries if entry.path not in BESIDE_CONTENT)
    # Compared as a value: the order of a mapping's keys is not kept in an envelope.
    return (*kept, description)


def _same_content(
    versions: Sequence[_Stored], entries: Sequence[FileEntry], description: ReleaseDescription
) -> _Stored | None:
    """Return the newest version if it has this content; raise ReleaseWithdrawn if a withdrawn version has."""
    content = _content(entries, description)
    same = [
        version for version in versions if _content(version.manifest.files, version.manifest.description) == content
    ]
    for version in same:
        if version.withdrawn:
            name = f"{version.manifest.dataset} {version.manifest.edition}.{version.manifest.version}"
            remedy = "Correct the source or the definition; what was withdrawn is not published again by itself"
            raise ReleaseWithdrawn(
                "The same content was published before and withdrawn",
                problems=[Problem(name, "has this content and is withdrawn", remedy)],
            )
    return versions[-1] if same and same[-1] is versions[-1] else None


def _first_withdrawal(path: Path, withdrawal: Withdrawal, key: PublicKey) -> Withdrawal:
    first = unseal(read_stored(path, MAX_ENVELOPE_BYTES), key, Withdrawal, str(path))
    if first.reason == withdrawal.reason:
        return first
    name = f"{first.dataset} {first.edition}.{first.version}"
    raise ReleaseWithdrawn(
        "The release is withdrawn already, for another reason",
        problems=[Problem(name, "is withdrawn once", "Nothing more is needed; the first reason stays")],
    )


def _write(path: Path, content: bytes) -> None:
    disk.write_new(path, content, mode=0o444)


def _copy(source: Path, target: Path, entry: FileEntry) -> None:
    """Copy ``source`` onto the disk, checking on the way that it is what ``entry`` says."""
    if source.is_symlink() or not source.is_file():
        problem = Problem(entry.path, "must be a file in the package's folder", "Build the package again")
        raise ReleaseRejected("A file of the package is missing", problems=[problem])
    digest = hashlib.sha256()
    with source.open("rb") as file:
        descriptor = disk.create(target, 0o444)
        try:
            while chunk := file.read(disk.CHUNK):
                digest.update(chunk)
                disk.write(descriptor, chunk)
            disk.sync(descriptor)
        finally:
            disk.close(descriptor)
    if target.stat().st_size != entry.bytes or digest.hexdigest() != entry.sha256:
        problem = Problem(entry.path, "must be the file that was checked", "Build the package again")
        raise ReleaseRejected("A file of the package changed after it was built", problems=[problem])


@contextmanager
def _disk_errors(root: Path) -> Iterator[None]:
    """Turn what the disk refuses into StoreUnavailable, with the path and what to do."""
    try:
        yield
    except OSError as error:
        place = str(error.filename or root)
        what = (
            "Move away what stands there"
            if isinstance(error, _IN_THE_WAY)
            else "Make room or give this user the right to write there"
        )
        remedy = f"{what}, then run the job again: nothing is lost"
        raise StoreUnavailable(
            "The release store cannot be written", problems=[Problem(place, error.strerror or "failed", remedy)]
        ) from error
