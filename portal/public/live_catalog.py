"""The catalog as the portal keeps it: opened once, rebuilt in the background when records come and go.

Where there is no usable index, the records are searched in memory: the answers are the same, and say ``degraded``.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Literal

from catalog.collection import Collection, collect, stamp_of_all, with_others
from catalog.generations import built_for
from catalog.index import build_index
from catalog.others import Others
from catalog.quality.reading import lasting_quality
from catalog.search import Catalog, catalog_in_memory, open_catalog, open_without_index
from datasets.errors import CatalogUnavailable, YtemoError
from datasets.public_releases import PublicReleases

_log = logging.getLogger("ytemo.portal")
_LONGEST_PAUSE = 300.0
"""Seconds between two tries where an index cannot be built, such as on a full disk."""


class LiveCatalog:
    """Holds the newest usable generation of the index. Safe for many threads at once."""

    def __init__(
        self, releases: PublicReleases, folder: Path, *, others: Others | None = None, every: float = 5.0
    ) -> None:
        """``folder`` holds the generations, a derived folder that may be deleted; ``every`` is in seconds.

        ``others`` are the records that were harvested from other catalogs.
        """
        self._releases = releases
        self._others = others
        self._folder = folder
        self._every = every
        self._catalog: Catalog | None = None
        self._built_for = ""
        self._failed = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="catalog", daemon=True)

    def start(self) -> None:
        """Open the index, or search the records in memory until it is built; keep it up to date from now on."""
        try:
            self._open()
        except CatalogUnavailable as error:
            _log.info("the catalog is searched in memory until its index is built: %s", error)
            self._search_in_memory()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    def state(self) -> Literal["current", "rebuilding", "missing"]:
        """Whether the index was built for the releases and harvested records that are public now."""
        if self._catalog is None:
            return "missing"
        up_to_date = not self._catalog.degraded and self._built_for == self._stamp()
        return "current" if up_to_date else "rebuilding"

    def held_for(self) -> str:
        """Return a text that differs with what the catalog was made from, and with how it is searched."""
        held = self._catalog
        return f"{self._built_for} {held is not None and held.degraded}"

    def current(self) -> Catalog:
        """Return the catalog; until there is one, CatalogUnavailable is raised."""
        if self._catalog is None:
            raise CatalogUnavailable("The catalog is being built")
        return self._catalog

    def refresh(self) -> bool:
        """Build the index again where a record came or went, or it is gone; return whether it was built.

        Where it cannot be built, the records of now are searched in memory and CatalogUnavailable is raised.
        """
        stamp = self._stamp()
        if self._is_sound(stamp):
            return False
        if built_for(self._folder) == stamp and self._reopen():
            return True  # Another process has built it.
        collection = self._collect()
        try:
            build_index(collection.records, self._folder, stamp=stamp)
            self._open()
        except CatalogUnavailable:
            if self._built_for != stamp or self._catalog is None:
                self._keep(catalog_in_memory(collection.records), stamp)
            raise
        return True

    def _stamp(self) -> str:
        return stamp_of_all(self._releases, self._others)

    def _is_sound(self, stamp: str) -> bool:
        """Say whether the catalog is of the releases of now, and what was read of the index is still on disk."""
        held = self._catalog
        return bool(held and not held.degraded and stamp == self._built_for == built_for(self._folder))

    def _open(self) -> None:
        self._keep(open_catalog(self._folder), built_for(self._folder))

    def _reopen(self) -> bool:
        try:
            self._open()
        except CatalogUnavailable as error:
            _log.error("the catalog index is built again: %s", error)
            return False
        return True

    def _search_in_memory(self) -> None:
        """Search the records of the last generation where they can be read, which is soon, or else the releases."""
        try:
            self._keep(open_without_index(self._folder), "")
        except CatalogUnavailable:
            self._search_releases()

    def _search_releases(self) -> None:
        try:
            stamp = self._stamp()
            self._keep(catalog_in_memory(self._collect().records), stamp)
        except (YtemoError, OSError) as error:
            _log.error("the releases could not be read: %s", error)

    def _collect(self) -> Collection:
        collection = with_others(collect(self._releases, lasting_quality(self._releases)), self._others)
        for problem in collection.problems:
            _log.error("left out of the catalog: %s", problem)
        return collection

    def _keep(self, catalog: Catalog, stamp: str) -> None:
        # Threads may still be reading the catalog before this one: it is left to the garbage collector.
        self._catalog, self._built_for = catalog.prepare(), stamp

    def _watch(self) -> None:
        pause = self._every
        while True:
            pause = self._every if self._try_to_refresh() else min(2 * pause, _LONGEST_PAUSE)
            if self._stopping.wait(pause):
                return

    def _try_to_refresh(self) -> bool:
        try:
            self.refresh()
        except (YtemoError, OSError) as error:
            # The catalog before this one goes on answering. What is said once need not be said every five seconds.
            if str(error) != self._failed:
                _log.error("the catalog could not be rebuilt: %s", error)
            self._failed = str(error)
            return False
        self._failed = ""
        return True
