"""Checks a downloaded package, ZIP file or unpacked folder, offline: with the published public key and nothing else."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from datasets.disk import CHUNK
from datasets.envelope import MAX_ENVELOPE_BYTES, unseal
from datasets.errors import Problem, VerificationFailed
from datasets.fingerprint import open_regular
from datasets.release import FileEntry, Manifest
from datasets.signing import PublicKey
from datasets.store_layout import ENVELOPE_NAME

SEAL_BYTES = 64
"""The length of the comment that ends the ZIP file of a release: a SHA-256 in hexadecimal."""

_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError)
"""What the zip library raises on damaged, encrypted or exotic archives."""
_DIRECTORY_END = 22
"""The length of what ends a ZIP file without a comment."""
_REMEDY = "Download the package again; if it fails again, tell the ministry"


@dataclass(frozen=True)
class VerificationReport:
    """How many files were checked, and what is wrong with them: nothing, when there are no failures."""

    checked: int
    failures: tuple[Problem, ...]
    sealed: bool = True
    """False for a ZIP that another program packed: its files were checked, the bytes around them cannot be."""


def verify_package(path: Path, public_key: Path) -> VerificationReport:
    """Check the package at ``path``, a ZIP file or the folder that it was unpacked to; never write or unpack anything.

    Every file must be there with the SHA-256 that was signed, and no other file. Raises VerificationFailed only for a
    public key that cannot be read.
    """
    key = PublicKey.from_file(public_key)
    return verify_folder(path, key) if path.is_dir() else verify_zip(path, key)


def verify_folder(folder: Path, key: PublicKey) -> VerificationReport:
    """Check an unpacked package."""
    names: list[str] = []
    failures: list[Problem] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            failures.append(_failure(name, "must be a file, not a link or a device"))
        elif path.is_file():
            names.append(name)
    checked, found = _check(names, lambda name: (folder / name).open("rb"), key)
    return VerificationReport(checked, (*failures, *found))


def verify_zip(path: Path, key: PublicKey) -> VerificationReport:
    """Check a package as it was downloaded, with the bytes around its files; or one that was packed again, without."""
    try:
        file = open_regular(path.resolve(strict=True))
        if file is None:
            return VerificationReport(0, (_failure(path.name, "must be a ZIP file, not a pipe or a device"),))
        with file, zipfile.ZipFile(file) as archive:
            sealed = bool(archive.comment) or not _ends_with_directory(file)
            whole = sealed and sealed_digest(file) == archive.comment
            members = _members(archive)
            checked, found = _check(list(members), lambda name: archive.open(members[name]), key)
            failures = (*_odd_members(members.values(), archive.infolist()), *found)
    except _ZIP_ERRORS as error:
        return VerificationReport(0, (_failure(path.name, f"must be a readable ZIP file: {error}"),))
    if sealed and not whole:
        failures = (_broken_seal(path, checked if not failures else 0), *failures)
    return VerificationReport(checked, failures, sealed=sealed)


def _ends_with_directory(file: BinaryIO) -> bool:
    """Return whether a ZIP ends where its directory does, as those of other programs: no seal, and none cut off."""
    file.seek(-_DIRECTORY_END, os.SEEK_END)
    return file.read(4) == b"PK\x05\x06"


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the files by their names in the package: without folders, and without one folder around everything."""
    files = [member for member in archive.infolist() if not _is_folder(member)]
    top = files[0].filename.partition("/")[0] + "/" if files else ""
    inside = all(member.filename.startswith(top) for member in files)
    cut = len(top) if inside and any(member.filename == top + ENVELOPE_NAME for member in files) else 0
    return {member.filename[cut:]: member for member in files}


def _is_folder(member: zipfile.ZipInfo) -> bool:
    """Other programs list folders too; one that holds bytes is no folder."""
    return member.is_dir() and member.file_size == 0 and _kind(member) in (0, stat.S_IFDIR)


def _kind(member: zipfile.ZipInfo) -> int:
    """Return what kind of file it is; 0 where the program that packed it does not tell."""
    return stat.S_IFMT(member.external_attr >> 16)


def read_envelope(path: Path) -> bytes:
    """Return the signed envelope in the ZIP file ``path``."""
    with zipfile.ZipFile(path) as archive, archive.open(ENVELOPE_NAME) as file:
        return file.read(MAX_ENVELOPE_BYTES + 1)


def sealed_digest(file: BinaryIO) -> bytes:
    """Return the SHA-256, in hexadecimal, of all bytes of ``file`` but the last ``SEAL_BYTES``."""
    left = max(file.seek(0, os.SEEK_END) - SEAL_BYTES, 0)
    file.seek(0)
    digest = hashlib.sha256()
    while left:
        chunk = file.read(min(CHUNK, left))
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest().encode()


def _broken_seal(path: Path, sound: int) -> Problem:
    """Accuse the bytes around the files, and only them where ``sound`` files were found as they were signed."""
    rule = "must end with the SHA-256 of the bytes before: some byte was changed after it was packed"
    if sound:
        rule += f". Its {sound} files are all as they were signed; what differs is the ZIP around them"
    return Problem(path.name, rule, f"{_REMEDY}. The files alone can be checked: unpack them and check the folder")


def _odd_members(files: Iterable[zipfile.ZipInfo], every: Iterable[zipfile.ZipInfo]) -> Iterator[Problem]:
    for name, times in Counter(member.filename for member in every).items():
        if times > 1:
            yield _failure(name, "must be in the package once")
    for member in files:
        if _kind(member) not in (0, stat.S_IFREG):
            yield _failure(member.filename, "must be a file, not a link or a folder")


def _check(
    names: Sequence[str], open_member: Callable[[str], IO[bytes]], key: PublicKey
) -> tuple[int, tuple[Problem, ...]]:
    """Return how many files were checked and what is wrong; ``names`` are all files that are there."""
    if ENVELOPE_NAME not in names:
        return 0, (_failure(ENVELOPE_NAME, "must be in the package: it holds the signature"),)
    try:
        with open_member(ENVELOPE_NAME) as file:
            manifest = unseal(file.read(MAX_ENVELOPE_BYTES + 1), key, Manifest, ENVELOPE_NAME)
    except VerificationFailed as error:
        return 1, error.problems
    failures = [problem for entry in manifest.files if (problem := _check_file(entry, names, open_member))]
    known = {ENVELOPE_NAME, *(entry.path for entry in manifest.files)}
    failures += [_failure(name, "must not be in the package: it was not signed") for name in names if name not in known]
    return 1 + len(manifest.files), tuple(failures)


def _check_file(entry: FileEntry, names: Sequence[str], open_member: Callable[[str], IO[bytes]]) -> Problem | None:
    if entry.path not in names:
        return _failure(entry.path, "must be in the package")
    digest = hashlib.sha256()
    size = 0
    try:
        with open_member(entry.path) as file:
            # Stops at the first byte too many: a small archive may unpack to more than any disk holds.
            while size <= entry.bytes and (chunk := file.read(CHUNK)):
                digest.update(chunk)
                size += len(chunk)
    except _ZIP_ERRORS as error:
        return _failure(entry.path, f"must be readable: {error}")
    if size != entry.bytes or digest.hexdigest() != entry.sha256:
        return _failure(entry.path, "must be the file that was signed")
    return None


def _failure(name: str, rule: str) -> Problem:
    return Problem(name, rule, _REMEDY)
