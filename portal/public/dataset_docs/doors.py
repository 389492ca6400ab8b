"""The addresses at which one release is asked in the dialects that people's own programs already speak."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from datasets.public_releases import PublicRelease
from datasets.release import TableDescription
from portal.public.pxweb.links import PxLinks
from portal.public.pxweb.names import TableId
from portal.public.sdmx.naming import flow_id, version_of
from portal.query.schema import table_names
from portal.shared.labels import N_
from portal.shared.links import MCP, Links
from portal.shared.wording import Wording


@dataclass(frozen=True)
class Door:
    """One way in."""

    name: str
    """The dialect, as its own people call it."""
    whom: str
    """For whom it is: a sentence, in the language of the page."""
    addresses: tuple[str, ...]
    """Where their program begins: whole addresses, of this very release where the dialect can name one."""
    browsed: bool = True
    """Whether a browser shows something there."""


WHOM = {
    "JSON": N_("For your own program: what the release says of itself, with the address of every table and file."),
    "OpenAPI 3.1": N_(
        "For generators of clients, for Postman and the like: every table, column and code of this dataset."
    ),
    "OData 4": N_("For Excel, Power BI and Tableau: they load it, refresh it, and let the portal filter."),
    "CKAN": N_("For programs written for CKAN portals, such as ckanapi, ckanr and harvesters."),
    "PxWeb 2": N_("For people used to the tables of statistical offices: pxwebpy, JSON-stat, rjstat."),
    "SDMX 3": N_("For statisticians who exchange data between institutions: sdmx1, rsdmx, pysdmx."),
    "MCP": N_("For assistants: they search, describe and ask, and quote each number with its citation."),
    "Parquet": N_("For DuckDB, Polars, pandas and Arrow: they read only the parts that they need, by HTTP ranges."),
    "ZIP": N_("For the archive: all files of the release with methods, code lists and a signature."),
}


def doors_of(release: PublicRelease, links: Links, words: Wording) -> tuple[Door, ...]:
    """Return every way to ask ``release``; registers are no cubes, and code lists are files only."""
    ways = _ways(release, links, words)
    return tuple(
        Door(name, words.gettext(WHOM[name]), addresses, browsed=name != "MCP") for name, addresses in ways if addresses
    )


def _ways(release: PublicRelease, links: Links, words: Wording) -> Iterator[tuple[str, tuple[str, ...]]]:
    dataset, name, description = release.dataset, release.name, release.description
    tables = table_names(description)
    yield "JSON", (links.absolute(links.api(f"datasets/{dataset}/releases/{name}")),)
    yield "OpenAPI 3.1", (links.absolute(links.dataset_openapi(dataset, name)),)
    if tables:
        yield "OData 4", (links.absolute(links.odata(dataset)), links.absolute(links.odata(dataset, name)))
    yield "CKAN", _ckan(release, tables, links)
    px = PxLinks(links, words.language)
    cubes = description.tables
    yield "PxWeb 2", tuple(px.table(TableId(dataset, table.id, name), "metadata") for table in cubes)
    yield "SDMX 3", tuple(_sdmx(release, table, links) for table in cubes)
    yield "MCP", (links.absolute(MCP),)
    yield "Parquet", tuple(links.absolute(links.file(dataset, name, path)) for path in _parquet(release))
    yield "ZIP", (links.absolute(links.package(dataset, name)),)


def _ckan(release: PublicRelease, tables: tuple[str, ...], links: Links) -> tuple[str, ...]:
    dataset = release.dataset
    package = links.ckan("package_show", id=dataset)
    rows = (links.ckan("datastore_search", resource_id=f"{dataset}/{release.name}/{table}") for table in tables)
    return tuple(links.absolute(each) for each in (package, *rows))


def _sdmx(release: PublicRelease, table: TableDescription, links: Links) -> str:
    flow = flow_id(release.dataset, table.id)
    return links.absolute(links.sdmx(f"structure/dataflow/*/{flow}/{version_of(release)}")) + "?references=all"


def _parquet(release: PublicRelease) -> Iterator[str]:
    description = release.description
    yield from (table.parquet for table in description.tables)
    if description.register_ is not None:
        yield description.register_.parquet
