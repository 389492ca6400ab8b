"""How the lists that members are found in are called in SQL."""

from __future__ import annotations

from datasets.sql_text import quoted
from portal.query.selection import Use


def parts_of(use: Use) -> str:
    """Return the name of the list of the stored members that others are made of."""
    return quoted(f"parts_{use.name}")
