"""Everything that is public, as CKAN lists it: made anew when a release comes out or is withdrawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from catalog.record import THEME_LABELS
from datasets.errors import DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.snapshots import stands
from portal.public.ckan.documents import document
from portal.public.ckan.failures import not_found
from portal.public.ckan.identifiers import pinned_id, stable_id
from portal.public.ckan.packages import Shown, package
from portal.public.ckan.shelves import earliest, group_listed, organization_listed, tag
from portal.public.ckan.solr_query import Document
from portal.query.schema import table_names
from portal.shared.links import Links

_GONE = (DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed)


@dataclass(frozen=True)
class TablePlace:
    """Where a table is: in a release, or in ``latest``."""

    dataset: str
    release: str
    table: str

    @property
    def identifier(self) -> str:
        """Its id, whatever alias it was asked by."""
        if self.release == "latest":
            return stable_id("table", self.dataset, self.table)
        return pinned_id(self.dataset, self.table, self.release)


class Directory:
    """The packages, and what is found in them by id."""

    def __init__(self, packages: Mapping[str, dict[str, Any]], tables: Mapping[str, TablePlace]) -> None:
        self.packages = packages
        """By name, in alphabetical order."""
        self.tables = tables
        """Every table that can be asked, by its id or alias."""

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The name of each package by its id and by its name."""
        names = {name: name for name in self.packages}
        return names | {each["id"]: name for name, each in self.packages.items()}

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """What can be searched of each package, by its name."""
        return {name: document(found) for name, found in self.packages.items()}

    @cached_property
    def resources(self) -> Mapping[str, dict[str, Any]]:
        """Every resource of the newest releases by its id."""
        return {each["id"]: each for found in self.packages.values() for each in found["resources"]}

    @cached_property
    def organizations(self) -> Mapping[str, dict[str, Any]]:
        """The publishers by name."""
        named: dict[str, list[dict[str, Any]]] = {}
        for each in self.packages.values():
            named.setdefault(each["organization"]["name"], []).append(each["organization"])
        return {
            name: organization_listed({**found[-1], "created": earliest(each["created"] for each in found)}, len(found))
            for name, found in sorted(named.items())
        }

    @cached_property
    def groups(self) -> Mapping[str, dict[str, Any]]:
        """The themes by name, those without datasets among them."""
        return {theme: self._group(theme) for theme in sorted(THEME_LABELS)}

    @cached_property
    def tags(self) -> Mapping[str, dict[str, Any]]:
        """The keywords by name."""
        names = {each["name"] for found in self.packages.values() for each in found["tags"]}
        return {name: tag(name) for name in sorted(names, key=lambda name: (name.lower(), name))}

    def having(self, key: str, name: str) -> list[dict[str, Any]]:
        """Return the packages whose list ``key``, such as ``groups``, names ``name``."""
        return [found for found in self.packages.values() if any(each["name"] == name for each in found[key])]

    def _group(self, theme: str) -> dict[str, Any]:
        found = self.having("groups", theme)
        return group_listed(theme, earliest(each["metadata_created"] for each in found), len(found))


class Directories:
    """Keeps the newest directory for each address under which the portal is asked. Safe for many threads at once."""

    _MOST = 8

    def __init__(self, releases: PublicReleases) -> None:
        self._releases = releases
        self._kept: dict[str, tuple[str, Directory]] = {}
        self._lock = Lock()

    def current(self, links: Links) -> Directory:
        """Return the directory of what is public now."""
        stamp = self._releases.stamp()
        with self._lock:
            known = self._kept.get(links.base_url)
            if known is None or known[0] != stamp:
                if len(self._kept) >= self._MOST:
                    self._kept.clear()
                known = self._kept[links.base_url] = (stamp, read_directory(self._releases, links))
        return known[1]

    def table(self, identifier: str, links: Links) -> TablePlace:
        """Return where the table of an id or alias is; what is none raises ActionFailed.

        One that was known before is still meant by its id, so that only what is new makes the list be read again.
        """
        found = self._found(identifier, links)
        if found is None:
            raise not_found(f'Resource "{identifier[:200]}" was not found.')
        return found

    def known(self, identifier: str, links: Links) -> bool:
        """Whether there is a table of this id or alias."""
        return self._found(identifier, links) is not None

    def _found(self, identifier: str, links: Links) -> TablePlace | None:
        known = self._kept.get(links.base_url)
        found = known[1].tables.get(identifier) if known else None
        return found or self.current(links).tables.get(identifier)


def read_directory(releases: PublicReleases, links: Links) -> Directory:
    """Return all that is public; what cannot be read, or is withdrawn meanwhile, is left out."""
    packages: dict[str, dict[str, Any]] = {}
    tables: dict[str, TablePlace] = {}
    for dataset in releases.datasets():
        try:
            newest, every = releases.latest(dataset), releases.releases(dataset)
        except _GONE:
            continue
        packages[dataset] = package(Shown(newest, every, links))
        tables.update(_tables(newest, every))
    return Directory(packages, tables)


def _tables(newest: PublicRelease, every: tuple[PublicRelease, ...]) -> Iterator[tuple[str, TablePlace]]:
    dataset = newest.dataset
    for release in filter(stands, every):
        for table in table_names(release.description):
            place = TablePlace(dataset, release.name, table)
            yield pinned_id(dataset, table, release.name), place
            yield f"{dataset}/{release.name}/{table}", place
    for table in table_names(newest.description):
        place = TablePlace(dataset, "latest", table)
        yield stable_id("table", dataset, table), place
        yield f"{dataset}/{table}", place
