"""The catalog as the portal keeps it: opened once, rebuilt in the background when releases come and go."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Literal

from catalog.collection import collect
from catalog.index import build_index
from catalog.search import Catalog, open_catalog, open_without_index
from datasets.errors import CatalogUnavailable, YtemoError
from datasets.public_releases import PublicReleases

_log = logging.getLogger("ytemo.portal")
_STAMP = "releases.stamp"


class LiveCatalog:
    """Holds the newest usable generation of the index. Safe for many threads at once."""

    def __init__(self, releases: PublicReleases, folder: Path, *, every: float = 5.0) -> None:
        """``folder`` holds the generations, a derived folder that may be deleted; ``every`` is in seconds."""
        self._releases = releases
        self._folder = folder
        self._every = every
        self._catalog: Catalog | None = None
        self._built_for = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="catalog", daemon=True)

    def start(self) -> None:
        """Open what there is, or build it, and keep it up to date from now on.

        Where there is nothing yet the first readers would be turned away, so the portal answers only once it is built.
        """
        self._open()
        if self._catalog is None:
            self._try_to_refresh()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    def state(self) -> Literal["current", "rebuilding", "missing"]:
        """Whether the index was built for the releases that are public now."""
        if self._catalog is None:
            return "missing"
        return "current" if self._built_for == self._releases.stamp() else "rebuilding"

    def current(self) -> Catalog:
        """Return the catalog; until there is one, CatalogUnavailable is raised."""
        if self._catalog is None:
            raise CatalogUnavailable("The catalog is being built")
        return self._catalog

    def refresh(self) -> bool:
        """Build the index again if a release came out or was withdrawn since; return whether it was built."""
        stamp = self._releases.stamp()
        if stamp == self._built_for and self._catalog is not None and not self._catalog.degraded:
            return False
        collection = collect(self._releases)
        for problem in collection.problems:
            _log.error("left out of the catalog: %s", problem)
        build_index(collection.records, self._folder)
        (self._folder / _STAMP).write_text(stamp, encoding="ascii")
        # Threads may still be reading the catalog before this one: it is left to the garbage collector.
        self._catalog = open_catalog(self._folder)
        self._built_for = stamp
        return True

    def _open(self) -> None:
        try:
            self._catalog = open_catalog(self._folder)
            self._built_for = (self._folder / _STAMP).read_text(encoding="ascii")
        except (CatalogUnavailable, OSError):
            try:
                self._catalog = open_without_index(self._folder)
            except CatalogUnavailable:
                _log.info("there is no catalog index yet")

    def _watch(self) -> None:
        while True:
            self._try_to_refresh()
            if self._stopping.wait(self._every):
                return

    def _try_to_refresh(self) -> None:
        try:
            self.refresh()
        except (YtemoError, OSError) as error:
            # The catalog before this one goes on answering.
            _log.error("the catalog could not be rebuilt: %s", error)
