"""CKAN names everything by a UUID: ours are made of our own names, so that they stay the same on every machine."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

_OURS = uuid5(NAMESPACE_URL, "urn:ytemo:ckan")


def stable_id(kind: str, *names: str) -> str:
    """Return the id of what ``names`` name, such as ``stable_id("table", "dengue-cases", "by-month")``."""
    return str(uuid5(_OURS, "/".join((kind, *names))))


def pinned_id(dataset: str, table: str, release: str) -> str:
    """Return the id of a table as one release has it."""
    return stable_id("table", dataset, table, release)
