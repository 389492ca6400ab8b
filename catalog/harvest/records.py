"""What is kept of a record of others: the catalog record made of it, where it came from, and where its data stays."""

from __future__ import annotations

from pydantic import Field

from catalog.record import CatalogRecord
from datasets.text import Model


class Told(Model):
    """One thing that is wrong with a remote record."""

    rule: str
    remedy: str
    is_refusal: bool = False
    """Whether the record was not taken; otherwise it was, without the part that is wrong."""


class RemoteFile(Model):
    """A file of the dataset: it stays where it is."""

    title: str
    address: str
    format: str = ""


class Provenance(Model):
    """Where a record came from."""

    source: str
    protocol: str
    remote_id: str
    asked: str = Field(description="The address of the source.")
    first_received: str = Field(description="ISO 8601, UTC.")
    received: str = Field(description="When it last changed here, ISO 8601, UTC.")
    modified: str = Field(default="", description="When the remote says that it changed.")
    sha256: str = Field(description="Of what was received of it.")


class HarvestedRecord(Model):
    """A record of another catalog, in the shape of our own."""

    record: CatalogRecord
    provenance: Provenance
    landing_page: str = Field(default="", description="Its page at the remote.")
    identifiers: tuple[str, ...] = ()
    files: tuple[RemoteFile, ...] = ()


class Item(Model):
    """What a page says of one remote record."""

    remote_id: str
    name: str = Field(default="", description="Its other name there, which lists use.")
    sha256: str = ""
    record: HarvestedRecord | None = None
    told: tuple[Told, ...] = ()


class Entry(Item):
    """A remote record as the state keeps it; without a record where it was never fit to be taken."""

    gone_since: str = Field(default="", description="When the remote was first found not to list it, ISO 8601, UTC.")


class Document(Model):
    """A document of the remote that may be asked for as "if it changed", and which records it lists."""

    address: str
    etag: str = ""
    last_modified: str = ""
    sha256: str = ""
    listed: tuple[str, ...] = ()
    next: str = ""


class Page(Model):
    """What one step of a harvest brought; the run goes on at ``next``, or is at its end where that is empty."""

    items: tuple[Item, ...] = ()
    listed: tuple[str, ...] = Field(default=(), description="Records that are there still, and were not sent again.")
    gone: tuple[str, ...] = Field(default=(), description="Records that the remote says it has no more.")
    problems: tuple[Told, ...] = ()
    document: Document | None = None
    next: str = ""
    is_whole: bool = Field(
        default=False, description="On the last page: whether the pages together list all that there is."
    )
    is_list: bool = Field(
        default=False, description="Whether this page alone names all that there is; it was asked at one moment."
    )
    is_broken: bool = Field(default=False, description="Whether the list could not be followed to its end.")
    started: str = Field(default="", description="When the run began, by the clock of the remote.")
