"""Which addresses answer in which dialect, and so count for callers' limits; pages and downloads do not."""

from __future__ import annotations

from typing import Literal

from portal.shared.links import API, MCP, ODATA, PXWEB

CKAN_PATHS = ("/api/3/", "/api/action/", "/datastore/")
SDMX_PATHS = ("/sdmx/",)
FREE = (f"{API}/limits", f"{API}/docs", f"{API}/openapi.json")
"""Addresses of the API that tell how to use it: they are answered however much was used."""

Dialect = Literal["native", "ckan", "pxweb", "sdmx", "odata", "mcp", ""]

_PREFIXES: tuple[tuple[Dialect, tuple[str, ...]], ...] = (
    ("native", (f"{API}/",)),
    ("ckan", CKAN_PATHS),
    ("pxweb", (PXWEB,)),
    ("sdmx", SDMX_PATHS),
    ("odata", (ODATA,)),
    ("mcp", (MCP,)),
)
_ALL = tuple(prefix for _, prefixes in _PREFIXES for prefix in prefixes)


def dialect_of(path: str) -> Dialect:
    """Return the dialect in which an address answers questions; empty where it answers none."""
    if not path.startswith(_ALL) or path in FREE:
        return ""
    return next(dialect for dialect, prefixes in _PREFIXES if path.startswith(prefixes))
