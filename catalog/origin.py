"""Where a record of another catalog comes from, and where its data stays."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from datasets.text import Bilingual, Model
from datasets.web_address import web_address


def _followable(address: object) -> str:
    """Return an address of the web as it is, and nothing for all else: what is kept here becomes a link."""
    return web_address(address) if isinstance(address, str) else ""


Address = Annotated[str, BeforeValidator(_followable)]
"""An address that begins with http or https; whatever else is given is empty."""


class OriginFile(Model):
    """A file of the dataset, which is kept by others."""

    title: str
    address: Address
    format: str = ""


class AlsoIn(Model):
    """Another catalog that lists the same dataset."""

    source_title: Bilingual
    landing_page: Address = ""


class Origin(Model):
    """Which catalog listed a record, and where its data is."""

    source: str = Field(description="What the other catalog is called here; the filter `source` takes it.")
    source_title: Bilingual
    protocol: str = Field(description="How it was asked: ckan, dcat, oai-pmh, frictionless.")
    remote_id: str = Field(description="What the record is called there.")
    landing_page: Address = Field(default="", description="Its page there; empty where it has none.")
    first_received: str = Field(description="ISO 8601, UTC.")
    received: str = Field(description="When it last changed here, ISO 8601, UTC.")
    modified: str = Field(default="", description="When the other catalog says that it changed.")
    files: tuple[OriginFile, ...] = Field(default=(), description="The first of its files; they stay where they are.")
    more_files: int = Field(default=0, description="How many more files it has than are listed here.")
    also_in: tuple[AlsoIn, ...] = Field(default=(), description="Other catalogs that list the same dataset.")


def is_harvested(record_id: str) -> bool:
    """Say whether a record comes from another catalog, by its identifier: no dataset of ours has a tilde in it."""
    return "~" in record_id
