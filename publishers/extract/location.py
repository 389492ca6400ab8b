"""Where a source file is and what it is: a regular file inside the input folder, its format and its compression."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from datasets.errors import Problem, SourceUnreadable
from datasets.names import check_edition
from datasets.source import Source

FileFormat = Literal["csv", "tsv", "xlsx", "xls", "parquet"]
Compression = Literal["", "gzip", "zstd"]

_ENDINGS: dict[str, FileFormat] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xls",
    ".parquet": "parquet",
}
_COMPRESSED: dict[str, Compression] = {".gz": "gzip", ".zst": "zstd"}
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"PAR1", "parquet"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"%PDF", "pdf"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "rar"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
)
_PLAIN_TEXT = frozenset({"csv", "tsv"})


@dataclass(frozen=True)
class SourceFile:
    """A regular file inside the input folder."""

    path: Path
    name: str
    format: FileFormat
    compression: Compression
    fingerprint: tuple[int, int, int]
    """Device-independent identity: inode, size in bytes, and time of last change in nanoseconds."""

    def check_unchanged(self) -> None:
        """Raise SourceUnreadable when somebody wrote to the file while it was read."""
        try:
            now = _fingerprint(self.path.stat())
        except OSError:
            now = (0, 0, 0)
        if now != self.fingerprint:
            raise unreadable(self.name, "changed while it was read", "wait until the file is complete, then run again")


def unreadable(place: str, rule: str, remedy: str) -> SourceUnreadable:
    """Return the error for a source that cannot be read at all."""
    return SourceUnreadable("The source cannot be read", problems=[Problem(place, rule, remedy)])


def locate(source: Source, *, folder: Path, edition: str) -> SourceFile:
    """Find the file of ``source`` for ``edition``; it never leaves ``folder``, not even by a link."""
    name = _file_name(source, edition)
    try:
        path = (folder / name).resolve(strict=True)
        status = path.stat()
    except (OSError, RuntimeError) as error:
        raise _cannot_open(name, error) from None
    if not path.is_relative_to(folder.resolve()):
        raise unreadable(name, "is a link that leaves the input folder", "copy the file into the input folder")
    if not stat.S_ISREG(status.st_mode):
        raise unreadable(name, "is a folder or a device, not a file", "name a file in `source.path`")
    if status.st_size == 0:
        raise unreadable(name, "is empty", "export the file again")
    file_format, compression = _format(source, name)
    _check_signature(path, name, file_format, compression)
    return SourceFile(path, name, file_format, compression, _fingerprint(status))


def _file_name(source: Source, edition: str) -> str:
    try:
        name = source.path.replace("{edition}", check_edition(edition))
    except ValueError as error:
        raise unreadable("edition", str(error), "name the edition by its period") from None
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or "\x00" in name or "\\" in name or "{" in name:
        raise unreadable(
            "source.path", "must be a path inside the input folder", "write it without `..`, `\\` or a leading `/`"
        )
    return name


def _cannot_open(name: str, error: Exception) -> SourceUnreadable:
    if isinstance(error, PermissionError):
        return unreadable(name, "may not be read by this user", "give the job's user the right to read it")
    if isinstance(error, FileNotFoundError):
        return unreadable(name, "does not exist in the input folder", "copy the file there, or correct `source.path`")
    return unreadable(name, "cannot be opened", "check the path and its links")


def _format(source: Source, name: str) -> tuple[FileFormat, Compression]:
    path = PurePosixPath(name)
    compression = _COMPRESSED.get(path.suffix.lower(), "")
    ending = PurePosixPath(path.stem).suffix if compression else path.suffix
    declared = source.format
    if declared == "sql":
        raise unreadable("source.format", "is sql, but source.path names a file", "remove one of the two")
    found = declared or _ENDINGS.get(ending.lower())
    if found is None:
        raise unreadable(name, "has an ending that tells no format", "declare `format:`, such as csv or xlsx")
    if compression and found not in _PLAIN_TEXT:
        raise unreadable(name, f"is a compressed {found} file", "decompress it: only text files may be compressed")
    return found, compression


def _check_signature(path: Path, name: str, file_format: FileFormat, compression: Compression) -> None:
    try:
        with path.open("rb") as stream:
            start = stream.read(8)
    except OSError as error:
        raise _cannot_open(name, error) from None
    found = next((kind for signature, kind in _SIGNATURES if start.startswith(signature)), "text")
    expected = compression or ("text" if file_format in _PLAIN_TEXT else file_format)
    if found == expected or (found == "xlsx" and expected == "xls") or (found == "xls" and expected == "xlsx"):
        return
    if found == "text":
        raise unreadable(name, f"is not a {expected} file", "export it again, or declare its `format:`")
    raise unreadable(name, f"is a {found} file, not {expected}", "correct its ending, or declare its `format:`")


def _fingerprint(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns
