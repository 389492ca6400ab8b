"""How columns, and the lists that members are found in, are called in SQL."""

from __future__ import annotations

from portal.query.selection import Use


def quoted(name: str) -> str:
    """Return a declared name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def parts_of(use: Use) -> str:
    """Return the name of the list of the stored members that others are made of."""
    return quoted(f"parts_{use.name}")
