"""Reads envelopes, tombstones and objects from a store, each checked once for as long as it does not change."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from datasets.envelope import MAX_ENVELOPE_BYTES, Content, sha256_of, unseal
from datasets.errors import Problem, VerificationFailed
from datasets.fingerprint import Stamp, sha256_of_file, stamp_of, stamp_of_folder
from datasets.release import FileEntry, Manifest, PublicRelease, Withdrawal
from datasets.signing import PublicKey
from datasets.store_layout import ReleaseFile, StoreLayout, is_dataset_name, parse_release_file


@dataclass(frozen=True)
class _Checked:
    """An envelope's content as of ``stamp``."""

    stamp: Stamp
    content: Manifest | Withdrawal
    sha256: str


class VerifiedReads:
    """What is in the store under ``layout``, as far as ``key`` vouches for it. Safe to share among threads."""

    def __init__(self, layout: StoreLayout, key: PublicKey) -> None:
        self._layout = layout
        self.key = key
        self._envelopes: dict[Path, _Checked] = {}
        self._objects: dict[str, Stamp] = {}
        self._names: tuple[Stamp, tuple[str, ...]] | None = None
        self._hashing = threading.Lock()

    def dataset_names(self) -> tuple[str, ...]:
        """Return the names of all datasets that have a folder, visible or not, in alphabetical order."""
        stamp = stamp_of_folder(self._layout.releases)
        if self._names is None or self._names[0] != stamp:
            names = tuple(sorted(name for name in _names(self._layout.releases) if is_dataset_name(name)))
            if stamp is None or not stamp.settled:
                return names
            self._names = (stamp, names)
        return self._names[1]

    def folder_stamp(self, dataset: str) -> Stamp | None:
        """Return what changes when an envelope or tombstone is added to ``dataset``; None where there is no dataset."""
        return stamp_of_folder(self._layout.dataset(dataset)) if is_dataset_name(dataset) else None

    def release_files(self, dataset: str) -> tuple[ReleaseFile, ...]:
        """Return what the names in the folder of ``dataset`` stand for, in ascending order."""
        names = _names(self._layout.dataset(dataset))
        return tuple(sorted(file for name in names if (file := parse_release_file(name)) is not None))

    def release(self, dataset: str, edition: str, version: int) -> PublicRelease:
        """Return one release; raise VerificationFailed unless envelope and tombstone are what was signed."""
        path = self._layout.envelope(dataset, edition, version)
        manifest, sha256 = self._open(path, Manifest)
        self._check_name(path, manifest, (dataset, edition, version))
        tombstone = self._layout.withdrawal(dataset, edition, version)
        if not _is_there(tombstone):
            return PublicRelease(manifest, sha256, None)
        withdrawal, _ = self._open(tombstone, Withdrawal)
        self._check_name(tombstone, withdrawal, (dataset, edition, version))
        if withdrawal.envelope != sha256:
            raise _damaged(tombstone, "must withdraw the envelope beside it")
        return PublicRelease(manifest, sha256, withdrawal)

    def envelope(self, release: PublicRelease) -> bytes:
        """Return the bytes of the envelope of ``release``."""
        manifest = release.manifest
        path = self._layout.envelope(manifest.dataset, manifest.edition, manifest.version)
        content = _read(path)
        if sha256_of(content) != release.envelope_sha256:
            raise _damaged(path, "must be as it was when it was first read")
        return content

    def object(self, entry: FileEntry) -> Path:
        """Return the path of the content of ``entry``; its size is checked now, its SHA-256 whenever it changed."""
        path = self._layout.object(entry.sha256)
        stamp = stamp_of(path)
        if stamp is None:
            raise _damaged(path, f"must be there: it is {entry.path}")
        if stamp.bytes != entry.bytes:
            raise _damaged(path, f"must have {entry.bytes} bytes: it is {entry.path}")
        if self._objects.get(entry.sha256) != stamp:
            # One at a time: a hundred requests for a new large file must not read it a hundred times.
            with self._hashing:
                if self._objects.get(entry.sha256) != stamp:
                    self._hash(path, entry, stamp)
        return path

    def _hash(self, path: Path, entry: FileEntry, stamp: Stamp) -> None:
        if sha256_of_file(path) != entry.sha256:
            raise _damaged(path, f"must hold the content whose SHA-256 is its name: it is {entry.path}")
        if stamp.settled and stamp_of(path) == stamp:
            self._objects[entry.sha256] = stamp

    def _open(self, path: Path, kind: type[Content]) -> tuple[Content, str]:
        stamp = stamp_of(path)
        checked = self._envelopes.get(path)
        if checked is not None and checked.stamp == stamp and isinstance(checked.content, kind):
            return checked.content, checked.sha256
        envelope = _read(path)
        content = unseal(envelope, self.key, kind, str(path))
        if stamp is not None and stamp.settled and stamp_of(path) == stamp:
            self._envelopes[path] = _Checked(stamp, content, sha256_of(envelope))
        return content, sha256_of(envelope)

    def _check_name(self, path: Path, content: Manifest | Withdrawal, name: tuple[str, str, int]) -> None:
        if (content.dataset, content.edition, content.version) != name:
            raise _damaged(path, f"must be at the place of {content.dataset} {content.edition}.{content.version}")


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names, not paths
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_there(path: Path) -> bool:
    """Say whether anything has this name; a dangling link in the place of a tombstone must not bring a release back."""
    return os.path.lexists(path)


def _read(path: Path) -> bytes:
    try:
        if stamp_of(path) is None:
            raise _damaged(path, "must be a file")
        with path.open("rb") as file:
            return file.read(MAX_ENVELOPE_BYTES + 1)
    except OSError as error:
        raise _damaged(path, f"cannot be read: {error.strerror}") from None


def _damaged(path: Path, rule: str) -> VerificationFailed:
    remedy = "Restore the file from a backup or a mirror"
    return VerificationFailed("The release store is damaged", problems=[Problem(str(path), rule, remedy)])
