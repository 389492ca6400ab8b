"""The staging area of a store: one folder for each job, and the removal of what dead jobs left behind."""

from __future__ import annotations

import os
import re
import secrets
import time
from pathlib import Path

from datasets import disk
from datasets.errors import JobRunning, Problem, StoreUnavailable

_JOB = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_FOLDER_ENDING = ".ytemo-job"
_LOCK_ENDING = ".ytemo-lock"
"""By these endings a job knows what other jobs made; whatever else is in the staging area is somebody else's."""
_LOCK_ATTEMPTS = 50
_LOCK_PAUSE = 0.02
"""Seconds."""


class Staging:
    """Folders that live as long as the job that works in them.

    Each job's folder ``<job>.ytemo-job/`` is guarded by a lock on ``<job>.ytemo-lock``, which the kernel gives back
    when the process ends, however it ends. The lock is made before the folder and removed after it, so a folder that
    nobody locks is a leftover. Nothing here decides what is published: where locks do not work, leftovers stay and do
    no harm.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._locks: dict[Path, int] = {}

    def open(self, job: str) -> Path:
        """Make the folder of ``job``, after removing what dead jobs left; JobRunning while the job runs."""
        if not _JOB.fullmatch(job):
            raise ValueError("a job is named by letters, digits, dots, hyphens and underscores")
        folder = self.root / (job + _FOLDER_ENDING)
        self._locks[folder] = self._lock(folder)
        try:
            self._refuse_link(folder)
            disk.remove_tree(folder)
            disk.make_folder(folder, 0o700)
        except (OSError, StoreUnavailable):
            os.close(self._locks.pop(folder))
            raise
        return folder

    def open_new(self, purpose: str) -> Path:
        """Make a folder that no other job can have."""
        return self.open(f"{purpose}-{os.getpid()}-{secrets.token_hex(8)}")

    def close(self, folder: Path) -> None:
        """Remove the folder of a job and give its lock back."""
        descriptor = self._locks.pop(folder, None)
        try:
            disk.remove_tree(folder)
            disk.unlink(self._lock_of(folder))
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def clean(self) -> None:
        """Remove the folders of jobs that are dead, and nothing else that may be there."""
        self._refuse_link(self.root)
        if not self.root.is_dir():
            return
        for folder in sorted({self._folder_of(entry) for entry in self.root.iterdir() if _is_own(entry)}):
            if folder not in self._locks:
                self._remove_if_dead(folder)

    def _refuse_link(self, folder: Path) -> None:
        if folder.is_symlink():
            remedy = "Remove the link; nothing behind it was touched"
            problem = Problem(str(folder), "must be a folder, not a link to one", remedy)
            raise StoreUnavailable("The staging area is not the store's own", problems=[problem])

    def _lock(self, folder: Path) -> int:
        for attempt in range(_LOCK_ATTEMPTS):
            try:
                descriptor = self._try_lock(folder)
            except FileNotFoundError:
                # Another job that leaves no store behind has just removed the area, which it had made.
                if attempt == _LOCK_ATTEMPTS - 1:
                    raise
                continue
            if descriptor is not None:
                return descriptor
            # Another job that cleans up may hold the lock for a moment, until it sees that there is nothing to clean.
            time.sleep(_LOCK_PAUSE)
        remedy = "Wait until it ends, then run this command again"
        raise JobRunning(
            "Another job works on the same dataset",
            problems=[Problem(folder.stem, "must run once at a time", remedy)],
        )

    def _try_lock(self, folder: Path) -> int | None:
        disk.make_folders(self.root.parent)
        disk.make_folders(self.root, mode=0o700)
        self.clean()
        return disk.try_lock(self._lock_of(folder))

    def _remove_if_dead(self, folder: Path) -> None:
        lock = self._lock_of(folder)
        descriptor = disk.try_lock(lock)
        if descriptor is None:
            return
        try:
            if not folder.is_symlink():
                disk.remove_tree(folder)
            disk.unlink(lock)
        finally:
            os.close(descriptor)

    def _lock_of(self, folder: Path) -> Path:
        return folder.with_suffix(_LOCK_ENDING)

    def _folder_of(self, entry: Path) -> Path:
        return entry.with_suffix(_FOLDER_ENDING)


def _is_own(entry: Path) -> bool:
    """Say whether a job made ``entry``: a folder or a lock by its name, and not a link in the place of one."""
    if entry.is_symlink():
        return False
    return entry.is_dir() if entry.suffix == _FOLDER_ENDING else entry.suffix == _LOCK_ENDING
