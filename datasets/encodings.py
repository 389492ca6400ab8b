"""The names of the encodings that a source may declare, and the other spellings under which people know them."""

from __future__ import annotations

from typing import Literal, get_args

Encoding = Literal["auto", "utf-8", "utf-16", "tcvn3", "vni", "viscii", "windows-1258"]
"""`auto`: found by looking at the file. The others are all that can be read."""

ENCODINGS: tuple[str, ...] = get_args(Encoding)

_ALIASES = {
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf8-sig": "utf-8",
    "utf-8-bom": "utf-8",
    "utf16": "utf-16",
    "utf-16le": "utf-16",
    "utf-16be": "utf-16",
    "utf-16-le": "utf-16",
    "utf-16-be": "utf-16",
    "utf16le": "utf-16",
    "utf16be": "utf-16",
    "ucs-2": "utf-16",
    "tcvn": "tcvn3",
    "tcvn-3": "tcvn3",
    "abc": "tcvn3",
    "tcvn3-abc": "tcvn3",
    "vni-windows": "vni",
    "cp1258": "windows-1258",
    "cp-1258": "windows-1258",
    "windows1258": "windows-1258",
    "win-1258": "windows-1258",
}
"""The byte order of UTF-16 is found from the file whatever is declared, and so is a mark at its start."""


def canonical(given: object) -> object:
    """Return the name that ``given`` is another spelling of, in any case; anything unknown as it is."""
    if not isinstance(given, str):
        return given
    name = given.strip().lower().replace("_", "-").replace(" ", "-")
    known = _ALIASES.get(name, name)
    return known if known in ENCODINGS else given
