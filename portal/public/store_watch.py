"""What is known to be wrong with the store, looked up as often as its size allows."""

from __future__ import annotations

import threading
import time

from datasets.public_releases import PublicReleases

_SHARE = 20
"""A look at all files that takes a second is not repeated for twenty: it may cost one part in twenty of a core."""


class StoreWatch:
    """Remembers the last look for a while. Safe for many threads at once."""

    def __init__(self, releases: PublicReleases) -> None:
        self._releases = releases
        self._lock = threading.Lock()
        self._damaged: tuple[str, ...] = ()
        self._look_again = 0.0

    def damaged(self) -> tuple[str, ...]:
        """Return the names of public releases that cannot be handed out as they were signed."""
        with self._lock:
            begun = time.monotonic()
            if begun >= self._look_again:
                self._damaged = self._releases.damaged()
                ended = time.monotonic()
                self._look_again = ended + _SHARE * (ended - begun)
            return self._damaged

    def can_be_read(self) -> bool:
        """Say whether the folder of releases is there."""
        return self._releases.can_be_read()
