"""What tells that a file was changed since it was checked, and the SHA-256 that checking takes."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from pathlib import Path
from typing import BinaryIO, NamedTuple

from datasets.disk import CHUNK

COARSEST_CLOCK = 2_000_000_000
"""Nanoseconds between two times that every file system tells apart: FAT counts in steps of two seconds."""


class Stamp(NamedTuple):
    """The marks that the file system puts on a file; a change of content changes at least one of them."""

    inode: int
    bytes: int
    modified: int
    changed: int

    @property
    def settled(self) -> bool:
        """Whether the last change is so long ago that another one could not bear the same time."""
        return time.time_ns() - max(self.modified, self.changed) > COARSEST_CLOCK


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of the regular file ``path``; None where there is none, or something else."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _stamp(found) if stat.S_ISREG(found.st_mode) else None


def stamp_of_folder(path: Path) -> Stamp | None:
    """Return the stamp of the folder ``path``, which changes with its entries; None where there is none."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _stamp(found) if stat.S_ISDIR(found.st_mode) else None


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of the content of ``path`` in hexadecimal."""
    with path.open("rb") as file:
        return sha256_of_stream(file)


def sha256_of_stream(file: BinaryIO) -> str:
    """Return the SHA-256 of what ``file`` still holds, in hexadecimal."""
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _stamp(found: os.stat_result) -> Stamp:
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
