"""Opens the objects of a store, each hashed once for as long as it does not change, and remembers the damaged ones."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import BinaryIO

from datasets.errors import Problem, VerificationFailed
from datasets.fingerprint import Stamp, open_regular, sha256_of_stream, stamp_of, stamp_of_open
from datasets.release import FileEntry
from datasets.store_layout import StoreLayout


class VerifiedObjects:
    """The contents that releases name. Safe to share among threads."""

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout
        self._sound: dict[str, Stamp] = {}
        # A damaged file is not hashed for every request either: that would let strangers keep the disk busy.
        self._spoilt: dict[str, Stamp] = {}
        self._hashing = threading.Lock()

    def place(self, entry: FileEntry) -> Path:
        """Return the path of the content of ``entry``, unchecked."""
        return self._layout.object(entry.sha256)

    def path(self, entry: FileEntry) -> Path:
        """Return the path of the content of ``entry``; its size is checked now, its SHA-256 whenever it changed."""
        path = self.place(entry)
        try:
            known = self._sound.get(entry.sha256)
            if known is None or known != stamp_of(path):
                self.open(entry).close()
        except OSError as error:
            raise damaged(path, f"cannot be read: {error.strerror}") from None
        return path

    def open(self, entry: FileEntry) -> BinaryIO:
        """Open the content of ``entry``, checked like ``path`` does; what is read is what was checked.

        The name may stand for another file by the time that it is read; the open file stays the one that was checked.
        """
        path = self.place(entry)
        try:
            file = open_regular(path)
            if file is None:
                raise damaged(path, f"must be there: it is {entry.path}")
            try:
                self._check(file, path, entry)
            except BaseException:
                file.close()
                raise
        except OSError as error:
            raise damaged(path, f"cannot be read: {error.strerror}") from None
        return file

    def is_known(self, entry: FileEntry) -> bool:
        """Say whether the content of ``entry`` was found sound and has not changed since; nothing is hashed."""
        known = self._sound.get(entry.sha256)
        try:
            return known is not None and known == stamp_of(self.place(entry))
        except OSError:
            return False

    def check_unchanged(self, file: BinaryIO, stamp: Stamp, entry: FileEntry) -> None:
        """Raise VerificationFailed if what was read from ``file`` may have been written to meanwhile."""
        if stamp_of_open(file) != stamp:
            raise damaged(self.place(entry), f"must not change while it is read: it is {entry.path}")

    def seems_sound(self, entry: FileEntry) -> bool:
        """Say whether nothing is known against the content of ``entry``; it is hashed only if it changed since."""
        path = self.place(entry)
        try:
            stamp = stamp_of(path)
        except OSError:
            return False
        if stamp is None or stamp.bytes != entry.bytes or self._spoilt.get(entry.sha256) == stamp:
            return False
        if self._sound.get(entry.sha256) in (None, stamp):
            return True
        try:
            self.path(entry)
        except VerificationFailed:
            return False
        return True

    def _check(self, file: BinaryIO, path: Path, entry: FileEntry) -> None:
        stamp = stamp_of_open(file)
        if stamp.bytes != entry.bytes:
            raise damaged(path, f"must have {entry.bytes} bytes: it is {entry.path}")
        if self._sound.get(entry.sha256) != stamp:
            # One at a time: a hundred requests for a new large file must not read it a hundred times.
            with self._hashing:
                if self._sound.get(entry.sha256) != stamp:
                    self._hash(file, path, entry, stamp=stamp)
            file.seek(0)

    def _hash(self, file: BinaryIO, path: Path, entry: FileEntry, *, stamp: Stamp) -> None:
        known_spoilt = self._spoilt.get(entry.sha256) == stamp
        if known_spoilt or sha256_of_stream(file) != entry.sha256:
            if stamp.settled:
                self._spoilt[entry.sha256] = stamp
            raise damaged(path, f"must hold the content whose SHA-256 is its name: it is {entry.path}")
        self.check_unchanged(file, stamp, entry)
        if stamp.settled:
            self._sound[entry.sha256] = stamp
            self._spoilt.pop(entry.sha256, None)


def damaged(path: Path, rule: str) -> VerificationFailed:
    """Make the error for a file of the store that is not what was signed."""
    remedy = "Restore the file from a backup or a mirror"
    return VerificationFailed("The release store is damaged", problems=[Problem(str(path), rule, remedy)])
