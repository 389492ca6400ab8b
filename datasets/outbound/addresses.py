"""Addresses of others that may be asked: http or https, resolved once, never in our own network unless allowed."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urljoin, urlsplit

from datasets.outbound.faults import RemoteFault
from datasets.outbound.limits import MAX_ADDRESS
from datasets.text import unfit
from datasets.web_address import web_address

Resolve = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a host and port."""

_PORTS = {"http": 80, "https": 443}
_EMBEDDING = ip_network("64:ff9b::/96")
"""Addresses behind which a translator reaches the IPv4 address in the last four bytes (RFC 6052)."""
_NEVER_PUBLIC = tuple(
    map(ip_network, ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "64:ff9b:1::/48", "fec0::/10"))
)
_REMEDY = "correct the address in the list"


@dataclass(frozen=True)
class Target:
    """An address that was checked: which machine to connect to, by number, and what to ask it for."""

    scheme: str
    host: str
    port: int
    path: str
    numbers: tuple[str, ...]
    """The IP addresses that were checked; nothing else is connected to."""

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for the IP addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def target_of(address: str, *, allow_private: bool, resolver: Resolve = resolve) -> Target:
    """Return where ``address`` leads; raises RemoteFault for one that must not be asked, or that is not found."""
    if len(address) > MAX_ADDRESS or not web_address(address):
        raise RemoteFault("is no address of the web (http:// or https://)", _REMEDY)
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode("ascii") if not _is_number(parts.hostname) else None
        host, port = host if host is not None else str(parts.hostname), parts.port or _PORTS[parts.scheme]
    except (ValueError, UnicodeError):
        raise RemoteFault("has a host or a port that cannot be", _REMEDY) from None
    if not host or parts.username is not None or parts.password is not None:
        raise RemoteFault("must name a host, and neither a user nor a password", _REMEDY)
    numbers = _numbers(host, port, resolver)
    for number in numbers:
        _check(number, allow_private=allow_private)
    path = quote(parts.path or "/", safe="/%:=~+!$,;'@()*&-._")
    query = f"?{quote(parts.query, safe='/%:=&?~+!$,;@()*[]-._')}" if parts.query else ""
    return Target(parts.scheme, host, port, path + query, tuple(numbers))


def joined(address: str, onto: str) -> str:
    """Return what ``address`` means where it stands in the document at ``onto``; without its fragment."""
    try:
        # What is too long for an address is not even looked at: that alone may take hours.
        if len(address) <= MAX_ADDRESS and not unfit(address):
            return urljoin(onto, address).partition("#")[0]
    except ValueError:
        pass
    raise RemoteFault("leads to what is no address", "tell those who run it")


def _is_number(host: str | None) -> bool:
    try:
        ip_address(host or "")
    except ValueError:
        return False
    return True


def _numbers(host: str, port: int, resolver: Resolve) -> list[str]:
    try:
        numbers = list(resolver(host, port))
    except (OSError, UnicodeError):
        numbers = []
    if not numbers:
        raise RemoteFault("has a host that is not found", "check the address and the network", is_temporary=True)
    return numbers


def _check(number: str, *, allow_private: bool) -> None:
    found = _inner(ip_address(number.partition("%")[0]))
    if found.is_link_local or found.is_multicast or found.is_unspecified:
        raise RemoteFault("leads to a machine that must not be asked (link-local, multicast or no address)", _REMEDY)
    if not allow_private and (not found.is_global or any(found in each for each in _NEVER_PUBLIC)):
        remedy = "correct the address; where it is in your own network, write allow_private: true beside it"
        raise RemoteFault("leads into a private network", remedy)


def _inner(number: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(number, IPv4Address):
        return number
    if number in _EMBEDDING:
        return IPv4Address(int(number) & 0xFFFFFFFF)
    return number.ipv4_mapped or number.sixtofour or (number.teredo[1] if number.teredo else number)
