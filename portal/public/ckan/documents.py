"""What a package says, field by field, as CKAN's search knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.public.ckan.solr_query import Document

FIELDS = frozenset({
    "id", "name", "title", "notes", "text", "author", "maintainer", "organization", "owner_org", "groups", "tags",
    "res_format", "res_name", "res_description", "license_id", "license", "metadata_modified", "metadata_created",
    "state", "type", "dataset_type", "private", "capacity", "version", "url", "site_id", "entity_type",
})  # fmt: skip
"""What can be searched and counted by; extras are ``extras_`` and their key."""
MOMENTS = ("metadata_modified", "metadata_created")


def document(found: Mapping[str, Any]) -> Document:
    """Return the fields of a package that can be searched."""
    resources = found["resources"]
    keywords = tuple(each["name"] for each in found["tags"])
    titles, notes = (tuple(found[key].values()) for key in ("title_translated", "notes_translated"))
    descriptions = tuple(each["description"] for each in resources)
    one = {
        key: (str(found[key]),)
        for key in ("id", "name", "author", "maintainer", "owner_org", "license_id", "state", "type", "version", "url")
    }
    moments = {key: (found[key],) for key in MOMENTS}
    return {
        **one,
        **moments,
        "title": titles,
        "notes": notes,
        "text": (" ".join([found["name"], *titles, *notes, *keywords, *descriptions, found["author"]]),),
        "organization": (found["organization"]["name"],),
        "groups": tuple(each["name"] for each in found["groups"]),
        "tags": keywords,
        "res_format": tuple(dict.fromkeys(each["format"] for each in resources)),
        "res_name": tuple(each["name"] for each in resources),
        "res_description": descriptions,
        "license": one["license_id"],
        "dataset_type": one["type"],
        "private": ("false",),
        "capacity": ("public",),
        "site_id": ("default",),
        "entity_type": ("package",),
        **{f"extras_{each['key']}": (each["value"],) for each in found["extras"]},
    }
