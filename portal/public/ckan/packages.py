"""A dataset as CKAN describes it: a package with resources, by one of its releases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datasets.breaks import broken_series
from datasets.public_releases import PublicRelease
from datasets.release import ReleaseDescription, TableDescription
from datasets.text import Bilingual
from portal.public.cited import cite
from portal.public.ckan.identifiers import pinned_id, stable_id
from portal.public.ckan.licences import licence_fields
from portal.public.ckan.moments import last_change, written
from portal.public.ckan.shelves import group, organization, tags
from portal.public.told_breaks import break_notes
from portal.query.schema import REGISTER
from portal.shared.links import Links

_FORMATS = {
    "csv": ("CSV", "text/csv"),
    "parquet": ("PARQUET", "application/vnd.apache.parquet"),
    "xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "json": ("JSON", "application/json"),
    "zip": ("ZIP", "application/zip"),
}
_DATA_PACKAGE = "datapackage.json"


@dataclass(frozen=True)
class Shown:
    """A release, and how it is shown: all releases of its dataset, and whether its tables keep their pinned ids."""

    release: PublicRelease
    releases: tuple[PublicRelease, ...]
    links: Links
    pinned: bool = False


def package(shown: Shown) -> dict[str, Any]:
    """Return the package of a dataset, with its resources."""
    about, release = shown.release.description, shown.release
    created = written(min(each.manifest.available_from for each in shown.releases))
    resources = list(_resources(shown))
    keywords, publisher = tags(release), organization(release, created)
    return {
        "id": stable_id("dataset", release.dataset),
        "name": release.dataset,
        "title": about.title.vi,
        "title_translated": about.title.model_dump(),
        "notes": about.summary.vi,
        "notes_translated": about.summary.model_dump(),
        "type": "dataset",
        "state": "active",
        "private": False,
        "version": release.name,
        "url": shown.links.absolute(shown.links.dataset(release.dataset, "vi")),
        "author": about.publisher.name.vi,
        "author_email": "",
        "maintainer": about.contact.name.vi,
        "maintainer_email": about.contact.email,
        "creator_user_id": stable_id("organization", about.publisher.id),
        "owner_org": publisher["id"],
        "organization": publisher,
        "groups": [group(about.theme)],
        "tags": keywords,
        "num_tags": len(keywords),
        "resources": resources,
        "num_resources": len(resources),
        "extras": [{"key": key, "value": value} for key, value in _extras(shown) if value],
        "metadata_created": created,
        "metadata_modified": written(last_change(shown.releases)),
        "relationships_as_subject": [],
        "relationships_as_object": [],
        **licence_fields(about.licence),
    }


def _extras(shown: Shown) -> Iterator[tuple[str, str]]:
    about, release = shown.release.description, shown.release
    yield "release", release.name
    yield "release_url", shown.links.absolute(shown.links.release(release.dataset, release.name, "vi"))
    yield "kind", about.kind
    yield "frequency", about.frequency
    yield "temporal_start", about.period_start or about.coverage.start
    yield "temporal_end", about.period_end or about.coverage.end
    yield "spatial_text", about.coverage.area.vi
    yield "next_release", about.next_release
    yield "synthetic", "true" if about.synthetic else ""
    yield "citation", cite(release).text("en")
    yield "envelope_sha256", release.envelope_sha256
    yield "breaks", " ".join(broken_series(one).en for one in about.breaks)
    yield "disclosure", about.disclosure.summary.en if about.disclosure else ""


# Resources ------------------------------------------------------------------------------------------------------------


def _resources(shown: Shown) -> Iterator[dict[str, Any]]:
    for position, (path, fields) in enumerate(_parts(shown)):
        yield {**_resource(shown, path, position), **fields}


def _parts(shown: Shown) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the path of every file that is data, with what is particular to its resource."""
    about, dataset = shown.release.description, shown.release.dataset
    tables = [(table.id, _noted(about, table), (table.csv, table.parquet, table.xlsx)) for table in about.tables]
    if register := about.register_:
        tables.append((REGISTER, about.title, (register.csv, register.parquet, register.xlsx)))
    for name, title, (csv, *others) in tables:
        described = {"description": title.vi, "description_translated": title.model_dump()}
        yield csv, {**described, **_datastore(shown, name)}
        for path in filter(None, others):
            yield path, {**described, "id": stable_id("file", dataset, name, path.rpartition(".")[2])}
    for codelist in about.codelists:
        described = {"description": codelist.title.vi, "description_translated": codelist.title.model_dump()}
        yield codelist.path, {**described, "id": stable_id("codelist", dataset, codelist.id)}
    if shown.release.manifest.file(_DATA_PACKAGE):
        described = {"description": "Frictionless Data Package"}
        yield _DATA_PACKAGE, {**described, "id": stable_id("file", dataset, _DATA_PACKAGE)}
    yield "", {"id": stable_id("package", dataset)}


def _noted(about: ReleaseDescription, table: TableDescription) -> Bilingual:
    """Return what a table holds, and where its series break."""
    told = [Bilingual(vi=f"{table.title.vi}.", en=f"{table.title.en}."), *break_notes(about, table)]
    if len(told) == 1:
        return table.title
    return Bilingual(vi=" ".join(each.vi for each in told), en=" ".join(each.en for each in told))


def _datastore(shown: Shown, table: str) -> dict[str, Any]:
    """Return what is particular to a table that can be asked: its CSV file stands for it."""
    dataset, release = shown.release.dataset, shown.release.name
    pinned = pinned_id(dataset, table, release)
    return {
        "id": pinned if shown.pinned else stable_id("table", dataset, table),
        "datastore_active": True,
        "table": table,
        "pinned_resource_id": pinned,
        "datastore_aliases": [f"{dataset}/{table}", f"{dataset}/{release}/{table}"],
    }


def _resource(shown: Shown, path: str, position: int) -> dict[str, Any]:
    """Return the resource of a file, or of the whole package where ``path`` is empty."""
    release, links = shown.release, shown.links
    name = path.rpartition("/")[2] or f"{release.dataset}-{release.name}.zip"
    entry = release.manifest.file(path) if path else None
    kind, media_type = _FORMATS[name.rpartition(".")[2]]
    address = links.file(release.dataset, release.name, path) if path else links.package(release.dataset, release.name)
    appeared = written(release.manifest.available_from)
    return {
        "package_id": stable_id("dataset", release.dataset),
        "name": name,
        "description": "Every file of the release" if not path else "",
        "url": links.absolute(address),
        "format": kind,
        "mimetype": media_type,
        "mimetype_inner": None,
        "hash": f"sha256:{entry.sha256}" if entry else "",
        "size": entry.bytes if entry else None,
        "release": release.name,
        "position": position,
        "state": "active",
        "created": appeared,
        "last_modified": appeared,
        "metadata_modified": appeared,
        "resource_type": "file",
        "url_type": "upload",
        "cache_url": None,
        "cache_last_updated": None,
        "datastore_active": False,
    }
