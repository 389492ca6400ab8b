"""Which pages may ask: the portal's own, so that no page elsewhere can use a reader's way into a network."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit


def trusts_origin(origin: str, hosts: Sequence[str]) -> bool:
    """Say whether ``origin``, the header of that name, is a page of one of ``hosts``.

    A host is written as the portal's setting has it: a name, ``*.example.gov.vn`` for all below one, ``*`` for all.
    """
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host) and any(_is_of(host, pattern) for pattern in hosts)


def _is_of(host: str, pattern: str) -> bool:
    if pattern == "*":
        return True
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
