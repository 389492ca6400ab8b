"""Documents that are made of many releases, kept as long as no release comes or goes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from portal.public.bounded_memory import BoundedMemory

MOST_BYTES = 32 << 20
"""So much is kept at most."""


class KeptDocuments:
    """Keeps documents by a tag that changes with what they are made of. Safe for many threads at once."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._kept: BoundedMemory[bytes] = BoundedMemory(most, len)
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def get(self, tag: str, make: Callable[[], bytes]) -> bytes:
        """Return the document of a tag, made at first use: once, however many ask for it at the same time."""
        found = self._kept.get(tag)
        if found is not None:
            return found
        with self._lock:
            making = self._making.setdefault(tag, threading.Lock())
        try:
            with making:
                found = self._kept.get(tag)
                return self._kept.keep(tag, make()) if found is None else found
        finally:
            with self._lock:
                self._making.pop(tag, None)
