"""Stands between the release store and the disk: counts every change, and makes the n-th one fail or kill."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

from datasets import disk

CALLS = (
    "create",
    "write",
    "sync",
    "close",
    "link",
    "unlink",
    "make_folder",
    "sync_folder",
    "remove_tree",
    "replace",
)
"""Every function of ``datasets.disk`` that changes something."""


@contextlib.contextmanager
def replaced(make: Callable[[str, Callable[..., Any]], Callable[..., Any]]) -> Iterator[None]:
    """Put ``make(name, original)`` in the place of every changing call while the block runs."""
    originals = {name: getattr(disk, name) for name in CALLS}
    for name, original in originals.items():
        setattr(disk, name, make(name, original))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(disk, name, original)


class NthCall:
    """Does ``act`` in the place of the ``number``-th changing call, counted from 1, and counts them all."""

    def __init__(self, number: int, act: Callable[[str, tuple[Any, ...]], None]) -> None:
        self.number = number
        self.calls: list[str] = []
        self._act = act

    def __call__(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            self.calls.append(name)
            if len(self.calls) == self.number:
                self._act(name, args)
            return original(*args, **options)

        return call


def refuse(code: int) -> Callable[[str, tuple[Any, ...]], None]:
    """Return an act that fails with ``code``; a write has then written half, as on a full disk."""

    def act(name: str, args: tuple[Any, ...]) -> None:
        if name == "write":
            descriptor, data = args
            os.write(descriptor, data[: len(data) // 2])
        if name == "close":
            os.close(args[0])
        raise OSError(code, os.strerror(code), "injected")

    return act


def kill(name: str, args: tuple[Any, ...]) -> None:
    """End this process at once, as ``kill -9`` or the out-of-memory killer does; a write has then written half."""
    if name == "write":
        descriptor, data = args
        os.write(descriptor, data[: len(data) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


DISK_ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
