"""The chain of everything that was put into a store: each envelope names the one before it, and the head the newest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datasets import disk
from datasets.bounded_files import read_stored
from datasets.envelope import MAX_ENVELOPE_BYTES, seal, sha256_of, unseal
from datasets.errors import Problem, StoreUnavailable, VerificationFailed
from datasets.release import ChainLink, Head, Manifest, Withdrawal
from datasets.signing import PublicKey, Signer
from datasets.store_layout import ReleaseFile, StoreLayout, is_dataset_name, parse_release_file


class Chain:
    """The chain of one store, for those who add to it.

    One job at a time adds: it holds a lock from looking for the end to writing the head. The head is written after the
    envelope, so a job that is killed between leaves it one behind; whoever comes next sees that and goes on from there.
    """

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Wait until no other job adds to the chain, and keep them out."""
        descriptor = disk.wait_for_lock(self._layout.chain_lock)
        try:
            yield
            # While it is locked: whoever opened the file meanwhile sees that its name is gone, and makes a new one.
            disk.unlink(self._layout.chain_lock)
        finally:
            os.close(descriptor)

    def end(self, key: PublicKey) -> Head | None:
        """Return what the next envelope follows; None where the store is empty. Numbers are never used again."""
        head = self._head(key)
        files = list(release_files(self._layout))
        if head is not None and head.number == len(files):
            return head
        found = [head] if head else []
        found += [end for path, name in files if (end := _end_at(path, name, key)) is not None]
        return max(found, key=lambda end: end.number, default=None)

    def write(self, head: Head, signer: Signer, work: Path) -> None:
        """Put ``head`` in the place of the one before; ``work`` is a folder of the job's own."""
        disk.write_new(work / "head", seal(head, signer), mode=0o444)
        disk.replace(work / "head", self._layout.head)
        disk.sync_folder(self._layout.root)

    def lags(self, key: PublicKey) -> Head | None:
        """Return the head that should be written, where a job was killed before it wrote it."""
        end = self.end(key)
        return end if end != self._head(key) else None

    def _head(self, key: PublicKey) -> Head | None:
        try:
            return unseal(read_stored(self._layout.head, MAX_ENVELOPE_BYTES), key, Head, str(self._layout.head))
        except (FileNotFoundError, VerificationFailed):
            return None


def link_after(end: Head | None) -> ChainLink:
    """Return what an envelope says that follows ``end``."""
    return ChainLink(number=end.number + 1, before=end.envelope) if end else ChainLink(number=1, before="")


def release_files(layout: StoreLayout) -> Iterator[tuple[Path, ReleaseFile]]:
    """Yield every envelope and tombstone of the store; raise StoreUnavailable where a folder cannot be read."""
    for dataset in filter(is_dataset_name, _names(layout.releases)):
        for name in _names(layout.releases / dataset):
            if (file := parse_release_file(name)) is not None:
                yield layout.releases / dataset / name, file


def _end_at(path: Path, name: ReleaseFile, key: PublicKey) -> Head | None:
    try:
        envelope = read_stored(path, MAX_ENVELOPE_BYTES)
        chain = (
            unseal(envelope, key, Withdrawal, str(path)).chain
            if name.withdrawn
            else unseal(envelope, key, Manifest, str(path)).chain
        )
    except VerificationFailed:
        return None
    return Head(number=chain.number, envelope=sha256_of(envelope)) if chain else None


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise unreadable(error, folder) from None


def unreadable(error: OSError, folder: Path) -> StoreUnavailable:
    """Return the error for a part of the store that the system does not let us look at."""
    remedy = "Give this user the right to read it, or move it away where it is no part of the store"
    problem = Problem(str(error.filename or folder), f"cannot be read: {error.strerror}", remedy)
    return StoreUnavailable("The release store cannot be read", problems=[problem])
