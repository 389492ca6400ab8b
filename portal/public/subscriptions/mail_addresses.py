"""Addresses of mail as the portal takes them: a plain name at a domain, nothing that a letter's head could break on."""

from __future__ import annotations

import re

LONGEST_MAILBOX = 254
"""Characters that mail servers take (RFC 5321, with its erratum 1690)."""
_LONGEST_LOCAL = 64
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def mail_address(given: str) -> str | None:
    """Return an address as it is kept, its domain in small ASCII letters; None for what is none, or none that we take.

    Names in quotes, comments, numbers instead of a domain and names beyond ASCII are refused.

    >>> mail_address(" Lan.Nguyen@Example.ORG ")
    'Lan.Nguyen@example.org'
    >>> mail_address("lan@bộ-y-tế.vn")
    'lan@xn--b-y-t-s61b7g.vn'
    >>> mail_address("Lan <lan@example.org>") is mail_address("lan@example.org\\nBcc: x@example.org") is None
    True
    """
    local, at, domain = given.strip().rpartition("@")
    if not at or len(given) > 2 * LONGEST_MAILBOX or len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        return None
    known = _domain(domain)
    address = f"{local}@{known}"
    return address if known and len(address) <= LONGEST_MAILBOX else None


def mailbox(address: str) -> str:
    """Return what stands for the mailbox behind an address, however else it can be written: to count by, never to send.

    >>> mailbox("Lan.Nguyen+data@example.org") == mailbox("lannguyen@example.org")
    True
    """
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def _domain(given: str) -> str:
    try:
        labels = given.encode("idna").decode("ascii").lower().split(".")
    except (UnicodeError, ValueError):
        return ""
    is_name = len(labels) > 1 and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()
    return ".".join(labels) if is_name else ""
