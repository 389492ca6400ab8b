"""Reads envelopes, tombstones and objects from a store, each checked once for as long as it does not change."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from datasets.envelope import MAX_ENVELOPE_BYTES, Content, legible_appearance, sha256_of, unseal
from datasets.errors import Problem, StoreUnavailable, VerificationFailed
from datasets.fingerprint import Stamp, open_regular, stamp_of, stamp_of_folder, stamp_of_open
from datasets.release import Head, Manifest, PublicRelease, Withdrawal
from datasets.signing import PublicKey
from datasets.store_layout import ReleaseFile, StoreLayout, is_dataset_name, parse_release_file
from datasets.verified_objects import VerifiedObjects, damaged


@dataclass(frozen=True)
class _Checked:
    """An envelope's content as of ``stamp``, or what is wrong with it."""

    stamp: Stamp
    content: Manifest | Withdrawal | Head | VerificationFailed
    sha256: str = ""


class VerifiedReads:
    """What is in the store under ``layout``, as far as ``key`` vouches for it. Safe to share among threads."""

    def __init__(self, layout: StoreLayout, key: PublicKey) -> None:
        self._layout = layout
        self.key = key
        self.objects = VerifiedObjects(layout)
        self._envelopes: dict[Path, _Checked] = {}
        self._appearances: dict[Path, datetime] = {}
        self._seen: dict[str, dict[ReleaseFile, None]] = {}
        self._names: tuple[Stamp, tuple[str, ...]] | None = None

    def is_there(self) -> bool:
        """Say whether the folder of releases is there."""
        return _folder_stamp(self._layout.releases) is not None

    def dataset_names(self) -> tuple[str, ...]:
        """Return the names of all datasets that have a folder, visible or not, in alphabetical order."""
        stamp = _folder_stamp(self._layout.releases)
        if self._names is None or self._names[0] != stamp:
            names = tuple(sorted(name for name in _names(self._layout.releases) if is_dataset_name(name)))
            if stamp is None or not stamp.settled:
                return names
            self._names = (stamp, names)
        return self._names[1]

    def folder_stamp(self, dataset: str) -> Stamp | None:
        """Return what changes when an envelope or tombstone is added to ``dataset``; None where there is no dataset."""
        return _folder_stamp(self._layout.dataset(dataset)) if is_dataset_name(dataset) else None

    def release_files(self, dataset: str) -> tuple[ReleaseFile, ...]:
        """Return what the names in the folder of ``dataset`` stand for, in ascending order.

        An envelope that was there before is among them even if it is gone: a release that was shown does not vanish.
        """
        names = _names(self._layout.dataset(dataset))
        found = {file for name in names if (file := parse_release_file(name)) is not None}
        return tuple(sorted(found | self._seen.get(dataset, {}).copy().keys()))

    def release(self, dataset: str, edition: str, version: int) -> PublicRelease:
        """Return one release; raise VerificationFailed unless envelope and tombstone are what was signed."""
        path = self._layout.envelope(dataset, edition, version)
        manifest, sha256 = self._open(path, Manifest)
        self._check_name(path, manifest, (dataset, edition, version))
        self._appearances[path] = manifest.available_from
        self._seen.setdefault(dataset, {})[ReleaseFile(edition, version, withdrawn=False)] = None
        tombstone = self._layout.withdrawal(dataset, edition, version)
        if not _is_there(tombstone):
            return PublicRelease(manifest, sha256, None)
        withdrawal, _ = self._open(tombstone, Withdrawal)
        self._check_name(tombstone, withdrawal, (dataset, edition, version))
        if withdrawal.envelope != sha256:
            raise damaged(tombstone, "must withdraw the envelope beside it")
        return PublicRelease(manifest, sha256, withdrawal)

    def tombstone_sha256(self, release: PublicRelease) -> str:
        """Return the SHA-256 of the tombstone of a withdrawn release."""
        return self._open(self._layout.withdrawal(release.dataset, release.edition, release.version), Withdrawal)[1]

    def head(self) -> Head | None:
        """Return which envelope is said to be the newest; raise VerificationFailed unless that is what was signed."""
        return self._open(self._layout.head, Head)[0] if _is_there(self._layout.head) else None

    def envelope(self, release: PublicRelease) -> bytes:
        """Return the bytes of the envelope of ``release``."""
        manifest = release.manifest
        path = self._layout.envelope(manifest.dataset, manifest.edition, manifest.version)
        content, _ = _read(path)
        if sha256_of(content) != release.envelope_sha256:
            raise damaged(path, "must be as it was when it was first read")
        return content

    def appearance(self, dataset: str, edition: str, version: int) -> datetime | None:
        """Return when a damaged release appears, as far as that can still be known; None where nobody can say.

        What was verified before the damage counts first, then a sound envelope beside a damaged tombstone, and at last
        what the damaged bytes still say. That is not proven, so it may decide how the damage is answered, nothing else.
        """
        path = self._layout.envelope(dataset, edition, version)
        if path in self._appearances:
            return self._appearances[path]
        try:
            return self._open(path, Manifest)[0].available_from
        except VerificationFailed:
            pass
        try:
            return legible_appearance(_read(path)[0])
        except VerificationFailed:
            return None

    def _open(self, path: Path, kind: type[Content]) -> tuple[Content, str]:
        checked = self._envelopes.get(path)
        if checked is None or checked.stamp != _file_stamp(path):
            checked = self._check(path, kind)
        if isinstance(checked.content, VerificationFailed):
            raise VerificationFailed(checked.content.message, problems=checked.content.problems)
        assert isinstance(checked.content, kind)
        return checked.content, checked.sha256

    def _check(self, path: Path, kind: type[Content]) -> _Checked:
        """Read and check an envelope; a damaged one is remembered too, so that it is not parsed for every request."""
        envelope, stamp = _read(path)
        try:
            checked = _Checked(stamp, unseal(envelope, self.key, kind, str(path)), sha256_of(envelope))
        except VerificationFailed as error:
            checked = _Checked(stamp, error)
        if stamp.settled:
            self._envelopes[path] = checked
        return checked

    def _check_name(self, path: Path, content: Manifest | Withdrawal, name: tuple[str, str, int]) -> None:
        if (content.dataset, content.edition, content.version) != name:
            raise damaged(path, f"must be at the place of {content.dataset} {content.edition}.{content.version}")


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names, not paths
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unavailable(folder, error) from None


def _folder_stamp(folder: Path) -> Stamp | None:
    try:
        return stamp_of_folder(folder)
    except OSError as error:
        raise _unavailable(folder, error) from None


def _file_stamp(path: Path) -> Stamp | None:
    try:
        return stamp_of(path)
    except OSError as error:
        raise damaged(path, f"cannot be read: {error.strerror}") from None


def _is_there(path: Path) -> bool:
    """Say whether anything has this name; a dangling link in the place of a tombstone must not bring a release back."""
    return os.path.lexists(path)


def _read(path: Path) -> tuple[bytes, Stamp]:
    """Return the bytes of a file with the stamp that it bore before and after they were read."""
    try:
        file = open_regular(path)
        if file is None:
            raise damaged(path, "must be a file")
        with file:
            stamp = stamp_of_open(file)
            content = file.read(MAX_ENVELOPE_BYTES + 1)
            if stamp_of_open(file) != stamp:
                raise damaged(path, "must not change while it is read")
            return content, stamp
    except OSError as error:
        raise damaged(path, f"cannot be read: {error.strerror}") from None


def _unavailable(folder: Path, error: OSError) -> StoreUnavailable:
    problem = Problem(str(folder), f"cannot be read: {error.strerror}", "Give the portal the right to read the store")
    return StoreUnavailable("The release store cannot be read", problems=[problem])
