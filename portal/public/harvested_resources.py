"""The resource of a record of another catalog."""

from __future__ import annotations

from pydantic import Field

from catalog.origin import is_harvested
from catalog.record import CatalogRecord
from catalog.search import Catalog
from datasets.errors import DatasetNotFound, Problem
from datasets.said import said
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


def harvested_record(record: CatalogRecord, links: Links) -> HarvestedRecord:
    """Return the resource of a record."""
    page = links.absolute(links.dataset(record.id, "vi"))
    return HarvestedRecord(dataset=record.id, page=page, record=record)
