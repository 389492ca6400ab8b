"""What an action works with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from datasets.public_releases import PublicRelease
from portal.public.ckan.directory import Directories, Directory
from portal.public.ckan.identifiers import pinned_id
from portal.public.ckan.listing import Source
from portal.public.ckan.parameters import Parameters
from portal.public.dependencies import Services
from portal.public.notice_headers import Notice, notice_headers
from portal.query.run import Session
from portal.shared.links import Links


@dataclass(frozen=True)
class Context:
    """One request, as far as actions need to know of it."""

    services: Services
    directories: Directories
    links: Links
    """With the address under which the portal was asked."""
    now: datetime
    headers: dict[str, str] = field(default_factory=dict)
    """What an action adds to the headers of its answer."""

    @property
    def directory(self) -> Directory:
        """What is public now."""
        return self.directories.current(self.links)

    def source(self, identifier: str) -> Source:
        """Return the table of an id or alias; raises what finding a table and a release raises."""
        place = self.directories.table(identifier, self.links)
        release = self.services.releases.find(place.dataset, place.release)
        schema = self.services.reading.schema(release, place.table)
        pinned = pinned_id(release.dataset, place.table, release.name)
        return Source(self.services.reading, release, schema, place.identifier, pinned)

    def tell(self, notices: Iterable[Notice], release: PublicRelease) -> None:
        """Say in the headers of the answer what a release announces of it."""
        self.headers.update(notice_headers(notices, release, self.services.releases, self.links))


@dataclass(frozen=True)
class Action:
    """One action that reads; its help is the text of its function."""

    name: str
    help: str
    run: Callable[[Context, Parameters], Any] | None = None
    read: Callable[[Context, Parameters, Session], Any] | None = None
    """Instead of ``run`` where rows of a table are read."""
