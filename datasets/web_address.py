"""Addresses of the web, as people write them into definitions and records hand them on."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20]+")


def web_address(text: str) -> str:
    """Return ``text`` where it is an address of the web that records may hold as an IRI; otherwise nothing.

    >>> web_address("https://moh.gov.vn"), web_address("moh.gov.vn")
    ('https://moh.gov.vn', '')
    """
    return text if _ADDRESS.fullmatch(text) and _has_host(text) else ""


def _has_host(address: str) -> bool:
    """Tell whether programs find a host in it: one bracket of an address of IPv6 alone makes them stop."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
