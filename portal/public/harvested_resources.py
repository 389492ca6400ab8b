"""The resource of a record of another catalog."""

from __future__ import annotations

from pydantic import Field

from catalog.facets import HARVESTED
from catalog.origin import is_harvested
from catalog.record import CatalogRecord
from catalog.search import Catalog, SearchRequest
from datasets.errors import CatalogUnavailable, DatasetNotFound, Problem
from datasets.said import said
from portal.public.live_catalog import LiveCatalog
from portal.public.resources import Resource
from portal.shared.links import Links


class HarvestedRecord(Resource):
    """A record of another catalog: its data is there, not here."""

    dataset: str = Field(description="What it is called here; the tilde tells it from our own datasets.")
    page: str = Field(description="Its page in this portal, in Vietnamese.")
    record: CatalogRecord = Field(description="What is known of it; `harvested` says where it comes from.")


def find_harvested(catalog: Catalog, identifier: str) -> CatalogRecord:
    """Return the record of another catalog; raise DatasetNotFound where none is listed, or is no more."""
    try:
        record = catalog.get(identifier) if is_harvested(identifier) else None
    except DatasetNotFound:
        record = None
    if record is None or record.harvested is None:
        rule = said("is listed by no other catalog now")
        problem = Problem("record", rule, said("Search again: other catalogs take records off their lists"))
        raise DatasetNotFound(said("There is no such record of another catalog"), problems=[problem])
    return record


def example_record(catalog: LiveCatalog) -> str:
    """Return the identifier of a record of another catalog; empty where none is listed, or none can be read now."""
    try:
        found = catalog.current().search(SearchRequest(filters=HARVESTED, page_size=1))
    except CatalogUnavailable:
        return ""
    return next((hit.record.id for hit in found.hits), "")


def harvested_record(record: CatalogRecord, links: Links) -> HarvestedRecord:
    """Return the resource of a record."""
    page = links.absolute(links.dataset(record.id, "vi"))
    return HarvestedRecord(dataset=record.id, page=page, record=record)
