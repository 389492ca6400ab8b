"""Licence, formats, files and dates of records of others. Our own releases have them all: see ``guarantees``."""

from __future__ import annotations

from catalog.quality.findings import Finding, met, not_asked, not_met, partly
from catalog.record import CatalogRecord
from datasets.said import said

OPEN_LICENCES = frozenset({"CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "ODC-BY-1.0", "ODC-By-1.0", "ODbL-1.0"})
"""Licences that conform to the Open Definition and that harvests know by name."""
MACHINE_FORMATS = frozenset(
    {"csv", "tsv", "json", "jsonl", "geojson", "parquet", "xml", "rdf", "ttl", "jsonld", "ods", "gpkg", "px"}
)
"""Open formats whose values a program reads without guessing."""
_TABLES = frozenset({"xlsx", "xls"})
"""Formats of one vendor, or of laid-out sheets, that programs can still read."""
_TELL = said("Tell those who keep the catalog that it is harvested from.")


def licence_finding(record: CatalogRecord) -> Finding:
    """What others may do must be said, by a licence that is open and known."""
    licence = record.licence
    if licence in OPEN_LICENCES:
        return met(said("The licence is open, and machines know it."))
    if licence:
        return partly(said("The licence is not one that is known to be open."), _TELL)
    return not_met(said("No licence is told, so nothing is allowed."), _TELL)


def formats_finding(record: CatalogRecord) -> Finding:
    """At least one file must be of an open format for machines."""
    formats = frozenset(record.formats)
    if not formats:
        return not_asked(said("The formats of its files are not told."))
    if formats & MACHINE_FORMATS:
        return met(said("There are files in open formats for machines."))
    state = partly if formats & _TABLES else not_met
    return state(said("No file is in an open format for machines."), _TELL)


def files_finding(record: CatalogRecord) -> Finding:
    """The record must lead to the data."""
    origin = record.harvested
    if origin and origin.files:
        return met(said("The record leads to files."))
    if origin and origin.landing_page:
        return partly(said("The record leads to a page, not to files."), _TELL)
    return not_met(said("The record leads nowhere."), _TELL)


def dated_finding(record: CatalogRecord) -> Finding:
    """The record must say when the data last changed."""
    if record.published_at:
        return met(said("The day of its last change is told."))
    return not_met(said("The day of its last change is not told."), _TELL)
