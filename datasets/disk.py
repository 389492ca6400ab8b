"""Every change that the release store makes on disk, as a few calls that tests can count, fail, kill and replay."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
from pathlib import Path

CHUNK = 1 << 20
"""Bytes that are read or written at a time."""
FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
"""What the system says when a disk, a share of it or a file may not grow."""


def create(path: Path, mode: int) -> int:
    """Create ``path``, which must not exist, and return its descriptor, open for writing."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    # The process's umask must not decide who can read a release.
    os.fchmod(descriptor, mode)
    return descriptor


def open_at_end(path: Path) -> tuple[int, bool]:
    """Open a file that exists for writing behind its end; say whether it is empty or ends with a whole line."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
    size = os.fstat(descriptor).st_size
    return descriptor, size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


def write(descriptor: int, data: bytes) -> None:
    """Write all of ``data``."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync(descriptor: int) -> None:
    """Return only when the file's content is on the disk."""
    os.fsync(descriptor)


def close(descriptor: int) -> None:
    """Close ``descriptor``."""
    os.close(descriptor)


def link(source: Path, target: Path) -> None:
    """Give ``source`` a second name; raise FileExistsError, and change nothing, where ``target`` exists."""
    os.link(source, target, follow_symlinks=False)


def unlink(path: Path) -> None:
    """Remove one name; nothing happens where it is gone already."""
    path.unlink(missing_ok=True)


def make_folder(path: Path, mode: int) -> None:
    """Create one folder with this mode; one that exists already is kept as it is."""
    try:
        path.mkdir(0o700)
    except FileExistsError:
        if not path.is_dir():
            raise
        return
    # The process's umask must not decide who can read a release; that a group is handed down is the folder's matter.
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, mode | os.fstat(descriptor).st_mode & stat.S_ISGID)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Return only when the folder's entries are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_tree(path: Path) -> None:
    """Remove a folder and all in it; nothing happens where it is gone already."""
    if path.is_dir():
        shutil.rmtree(path)


def replace(source: Path, target: Path) -> None:
    """Put ``source`` in the place of ``target``; only for what can be derived again."""
    source.replace(target)


# Built from the calls above -------------------------------------------------------------------------------------------


def make_folders(path: Path, *, mode: int = 0o755) -> None:
    """Create ``path`` and the folders above it, each on the disk before the next; an existing one is kept as it is."""
    for folder in reversed((path, *path.parents)):
        if not folder.is_dir():
            make_folder(folder, mode if folder == path else 0o755)
            sync_folder(folder.parent)


def write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Create ``path`` with ``content`` on the disk; raise FileExistsError where it exists. The folder is not synced."""
    descriptor = create(path, mode)
    try:
        write(descriptor, content)
        sync(descriptor)
    except OSError:
        unlink(path)
        raise
    finally:
        close(descriptor)


def try_lock(path: Path) -> int | None:
    """Lock ``path`` until the process ends or the descriptor is closed; None where another process holds the lock."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return None
        raise
    # Whoever cleans up may have removed the name between opening and locking: then the lock guards nothing.
    if not _is_still_at(path, descriptor):
        os.close(descriptor)
        return None
    return descriptor


def wait_for_lock(path: Path) -> int:
    """Lock ``path`` as soon as no other process does; the folder must exist."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            held = _is_still_at(path, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        if held:
            return descriptor
        os.close(descriptor)


def _is_still_at(path: Path, descriptor: int) -> bool:
    try:
        named, held = path.lstat(), os.fstat(descriptor)
    except FileNotFoundError:
        return False
    return (named.st_dev, named.st_ino) == (held.st_dev, held.st_ino)
