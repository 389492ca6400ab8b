"""What datasets are gathered by: organisations (publishers), groups (themes) and tags (keywords)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.record import THEME_LABELS
from datasets.public_releases import PublicRelease
from portal.public.ckan.identifiers import stable_id

PEOPLE: Mapping[str, Any] = {"users": [], "groups": [], "tags": []}
"""The portal names nobody."""


def organization(release: PublicRelease, created: str) -> dict[str, Any]:
    """Return the publisher of a release as packages name it."""
    publisher = release.description.publisher
    return {
        "id": stable_id("organization", publisher.id),
        "name": publisher.id,
        "title": publisher.name.vi,
        "title_translated": publisher.name.model_dump(),
        "type": "organization",
        "description": publisher.name.en + (f" ({publisher.url})" if publisher.url else ""),
        "image_url": "",
        "created": created,
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
        # CKAN has no revisions any more; the harvester of udata still asks for one.
        "revision_id": stable_id("organization", publisher.id, "revision"),
        "revision_timestamp": created,
    }


def organization_listed(named: Mapping[str, Any], packages: int) -> dict[str, Any]:
    """Return an organisation as it stands in a list of all."""
    return {
        **named,
        "display_name": named["title"],
        "image_display_url": "",
        "num_followers": 0,
        "package_count": packages,
    }


def group(theme: str) -> dict[str, Any]:
    """Return a theme as packages name it."""
    label = THEME_LABELS[theme]
    return {
        "id": stable_id("group", theme),
        "name": theme,
        "title": label.vi,
        "title_translated": label.model_dump(),
        "display_name": label.vi,
        "description": label.en,
        "image_display_url": "",
    }


def group_listed(theme: str, created: str, packages: int) -> dict[str, Any]:
    """Return a theme as it stands in a list of all."""
    return {
        **group(theme),
        "type": "group",
        "created": created,
        "is_organization": False,
        "approval_status": "approved",
        "state": "active",
        "image_url": "",
        "num_followers": 0,
        "package_count": packages,
    }


def tags(release: PublicRelease) -> list[dict[str, Any]]:
    """Return the keywords of both languages, in alphabetical order; those that differ in capitals alone are one."""
    keywords = release.description.keywords
    names = {name.lower(): name for name in (*keywords.en, *keywords.vi)}
    return [{**tag(names[key]), "state": "active"} for key in sorted(names)]


def tag(name: str) -> dict[str, Any]:
    """Return a keyword as it stands in a list of all."""
    return {"id": stable_id("tag", name), "name": name, "display_name": name, "vocabulary_id": None}


def earliest(moments: Iterable[str]) -> str:
    """Return the first of some moments; without any, the beginning of time as computers know it."""
    return min(moments, default="1970-01-01T00:00:00.000000")
