"""A release as one ZIP file: the same bytes every time, sealed by their own SHA-256, kept in the derived folder."""

from __future__ import annotations

import os
import secrets
import stat
import threading
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from datasets import disk
from datasets.errors import Problem, StoreUnavailable
from datasets.fingerprint import (
    Stamp,
    open_regular,
    sha256_of_file,
    sha256_of_stream,
    stamp_of,
    stamp_of_open,
)
from datasets.package_verification import SEAL_BYTES, read_envelope, sealed_digest, verify_zip
from datasets.release import PublicRelease
from datasets.signing import PublicKey
from datasets.store_layout import ENVELOPE_NAME

_STORED = (".parquet", ".xlsx")
"""Endings of files that are compressed already."""
_OLDEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that ZIP can tell: the bytes must not depend on the clock."""


@dataclass(frozen=True)
class BuiltZip:
    """A finished ZIP file, its size and SHA-256."""

    path: Path
    sha256: str
    bytes: int


class PackageZips:
    """The ZIP files of releases, made when they are first asked for. Safe to share among threads and processes."""

    def __init__(self, derived: Path, key: PublicKey) -> None:
        self._folder = derived / "packages"
        self._key = key
        self._built: dict[Path, tuple[Stamp, BuiltZip]] = {}
        self._building = threading.Lock()

    def get(self, release: PublicRelease, envelope: bytes, members: Iterable[tuple[str, Path]]) -> BuiltZip:
        """Return the ZIP of ``release``, holding ``envelope`` and ``members`` (path in the package, file on disk)."""
        path = self._folder / release.dataset / f"{release.name}-{release.envelope_sha256[:16]}.zip"
        if (known := self._known(path)) is not None:
            return known
        # One at a time, for the same reason as hashing: many requests for one new release make one file.
        with self._building:
            return self._known(path) or self._take(path, envelope, members)

    def open(self, path: Path, sha256: str) -> BinaryIO | None:
        """Open a ZIP that ``get`` has just returned; None where another file stands in its place by now."""
        stamp, built = self._built.get(path, (None, None))
        with _disk_errors(path):
            file = open_regular(path)
        if file is None:
            return None
        # A file that was just made is not remembered yet: its content tells.
        is_it = stamp == stamp_of_open(file) if built is not None else sha256_of_stream(file) == sha256
        if not is_it:
            file.close()
            return None
        file.seek(0)
        return file

    def _known(self, path: Path) -> BuiltZip | None:
        stamp, built = self._built.get(path, (None, None))
        return built if stamp is not None and stamp == stamp_of(path) else None

    def _take(self, path: Path, envelope: bytes, members: Iterable[tuple[str, Path]]) -> BuiltZip:
        """Use the file that another process made if it is what it should be; otherwise make it."""
        made_here = not self._is_sound(path, envelope)
        if made_here:
            with _disk_errors(path):
                _make(path, envelope, members)
        stamp = stamp_of(path)
        if stamp is None:
            problem = Problem(str(path), "was removed while it was made", "Ask again")
            raise StoreUnavailable("The package cannot be made", problems=[problem])
        built = BuiltZip(path, sha256_of_file(path), stamp.bytes)
        if made_here or stamp.settled:
            self._built[path] = (stamp, built)
        return built

    def _is_sound(self, path: Path, envelope: bytes) -> bool:
        if stamp_of(path) is None:
            return False
        report = verify_zip(path, self._key)
        return report.sealed and not report.failures and read_envelope(path) == envelope


def write_package_zip(path: Path, envelope: bytes, members: Iterable[tuple[str, Path]]) -> None:
    """Write the ZIP of a release: ``members`` (path in the package, file on disk), and then its signed envelope.

    The archive's comment is the SHA-256 of all bytes before the comment, so that a change of any byte shows.
    """
    with zipfile.ZipFile(path, "x", allowZip64=True) as archive:
        for name, source in members:
            with source.open("rb") as file, archive.open(_member(name, source.stat().st_size), "w") as target:
                while chunk := file.read(disk.CHUNK):
                    target.write(chunk)
        archive.writestr(_member(ENVELOPE_NAME, len(envelope)), envelope)
        archive.comment = bytes(SEAL_BYTES)
    with path.open("r+b") as file:
        digest = sealed_digest(file)
        file.seek(-SEAL_BYTES, os.SEEK_END)
        file.write(digest)


def _make(path: Path, envelope: bytes, members: Iterable[tuple[str, Path]]) -> None:
    disk.make_folders(path.parent)
    part = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        write_package_zip(part, envelope, members)
        disk.replace(part, path)
    finally:
        disk.unlink(part)


def _member(name: str, size: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _OLDEST)
    info.file_size = size
    info.create_system = 3
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.compress_type = zipfile.ZIP_STORED if name.endswith(_STORED) else zipfile.ZIP_DEFLATED
    return info


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = "Make room, or give the portal the right to write in the derived folder"
        problem = Problem(str(error.filename or path), error.strerror or "failed", remedy)
        raise StoreUnavailable("The package cannot be made", problems=[problem]) from error
