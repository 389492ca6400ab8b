"""What tells that a file was changed since it was checked, and the SHA-256 that checking takes."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from pathlib import Path
from typing import BinaryIO, NamedTuple

from datasets.disk import CHUNK

COARSEST_CLOCK = 2_000_000_000
"""Nanoseconds between two times that every file system tells apart: FAT counts in steps of two seconds."""
_NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO})
"""What opening says of a name that is not there, or that is a link or a socket."""


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


def stamp_of_open(file: BinaryIO) -> Stamp:
    """Return the stamp of an open file, whatever its name stands for by now."""
    return _stamp(os.fstat(file.fileno()))


def open_regular(path: Path) -> BinaryIO | None:
    """Open the regular file ``path`` for reading; None where there is none, or something else.

    A link is not followed, and a pipe in the place of the file is not waited for.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in _NO_FILE:
            return None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb")


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
