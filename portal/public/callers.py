"""Who calls: the address of a stranger, or the key that a request brings."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from functools import lru_cache

from portal.public.api_keys import MAX_KEY_LENGTH

UNKNOWN = "unknown"
"""Whoever has no address: all of them together are one caller."""

_MAX_ADDRESS = 50
"""No address is longer; a proxy that trusts its own callers may pass on whatever they send."""

Headers = Sequence[tuple[bytes, bytes]]


def caller_of(address: str) -> str:
    """Return what stands for one caller: an IPv4 address, or an IPv6 network of 64 bits, which is given to one."""
    return _caller(address) if len(address) <= _MAX_ADDRESS else UNKNOWN


@lru_cache(maxsize=4_096)
def _caller(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return UNKNOWN
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))


def keys_in(headers: Headers, *, ckan: bool) -> tuple[str, ...]:
    """Return the keys that a request brings; ``ckan`` is for clients of CKAN, which send them in their own way too."""
    return tuple(_keys(headers, ckan))


def _keys(headers: Headers, ckan: bool) -> Iterator[str]:
    for name, value in headers:
        if name == b"authorization":
            scheme, _, rest = value.partition(b" ")
            if scheme.lower() == b"bearer":
                yield _text(rest)
            elif ckan and not rest:
                yield _text(value)
        elif name == b"x-api-key" or (ckan and name == b"x-ckan-api-key"):
            yield _text(value)


def _text(value: bytes) -> str:
    # One character more than a key may have shows that it is none.
    return value.strip()[: MAX_KEY_LENGTH + 1].decode("latin-1")
