"""A memory of so many bytes: what was asked for longest ago goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class BoundedMemory(Generic[Kept]):
    """Keeps values by a tag that changes with what they are made of. Safe for many threads at once."""

    def __init__(self, most: int, size: Callable[[Kept], int], *, each: int | None = None) -> None:
        """Keep values of ``most`` bytes together, as ``size`` tells them, and none of more than ``each``."""
        self._most = most
        self._each = most if each is None else each
        self._size = size
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, tag: str) -> Kept | None:
        """Return what is kept under ``tag``."""
        with self._lock:
            if tag in self._kept:
                self._kept.move_to_end(tag)
            return self._kept.get(tag)

    def keep(self, tag: str, value: Kept) -> Kept:
        """Keep ``value`` if it is small enough, and return it."""
        size = self._size(value)
        if size > self._each:
            return value
        with self._lock:
            if tag not in self._kept:
                self._kept[tag] = value
                self._bytes += size
            while self._bytes > self._most:
                self._bytes -= self._size(self._kept.popitem(last=False)[1])
        return value
