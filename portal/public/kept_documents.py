"""Documents that are made of many releases, kept as long as no release comes or goes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

MOST_BYTES = 32 << 20
"""So much is kept at most; what was asked for longest ago goes first."""


class KeptDocuments:
    """Keeps documents by a tag that changes with what they are made of. Safe for many threads at once."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def get(self, tag: str, make: Callable[[], bytes]) -> bytes:
        """Return the document of a tag, made at first use: once, however many ask for it at the same time."""
        found = self._find(tag)
        if found is not None:
            return found
        with self._lock:
            making = self._making.setdefault(tag, threading.Lock())
        try:
            with making:
                found = self._find(tag)
                if found is None:
                    found = make()
                    self._keep(tag, found)
        finally:
            with self._lock:
                self._making.pop(tag, None)
        return found

    def _find(self, tag: str) -> bytes | None:
        with self._lock:
            found = self._kept.get(tag)
            if found is not None:
                self._kept.move_to_end(tag)
            return found

    def _keep(self, tag: str, document: bytes) -> None:
        if len(document) > self._most:
            return
        with self._lock:
            self._kept[tag] = document
            self._bytes += len(document)
            while self._bytes > self._most:
                self._bytes -= len(self._kept.popitem(last=False)[1])
