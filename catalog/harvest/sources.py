"""The list of catalogs that are harvested: a YAML file, read strictly; errors name file, key and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from datasets.named_lists import read_list
from datasets.text import Bilingual, Model, Whole
from datasets.web_address import web_address

Protocol = Literal["ckan", "dcat", "oai-pmh", "frictionless"]


class Source(Model):
    """One catalog of others."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)] = Field(
        description="What it is called here, such as data-gov-vn: small letters, digits and hyphens."
    )
    title: Bilingual = Field(description="Its name, in both languages; pages show it beside each of its records.")
    protocol: Protocol = Field(description="How it is asked.")
    address: str = Field(
        max_length=1_000,
        description="ckan: the address of the portal; dcat: of its catalog, such as https://example.org/catalog.ttl;"
        " oai-pmh: of the repository; frictionless: of a datapackage.json.",
    )
    set: str = Field(default="", max_length=200, description="oai-pmh: harvest this set alone.")
    full_after_days: Annotated[Whole, Field(ge=0, le=365)] = Field(
        default=7, description="After so many days everything is asked again, not only what changed; 0: always."
    )
    allow_private: bool = Field(
        default=False, description="Whether it may be in a private network; otherwise such addresses are refused."
    )

    @field_validator("address")
    @classmethod
    def _is_address(cls, given: str) -> str:
        if not web_address(given):
            raise ValueError("must be an address of the web, such as https://example.org")
        return given

    @field_validator("set")
    @classmethod
    def _is_set(cls, given: str, info: object) -> str:
        if given and getattr(info, "data", {}).get("protocol") not in (None, "oai-pmh"):
            raise ValueError("is for protocol: oai-pmh")
        return given


class SourceList(Model):
    """The file."""

    sources: tuple[Source, ...] = Field(
        min_length=1,
        max_length=500,
        description="The catalogs. Of one dataset in several, the first one's record counts.",
    )


def load_sources(path: Path) -> tuple[Source, ...]:
    """Read the list; raises DefinitionInvalid with every problem that was found: file, line, key, rule and remedy."""
    return read_list(path, SourceList, "sources").sources
