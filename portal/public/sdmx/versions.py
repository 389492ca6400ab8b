"""Versions as SDMX asks for them: one, the newest or all, from a smallest one on (SDMX-REST, query syntax)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from datasets.said import said
from portal.query.model import clip, invalid

Choice = Literal["exact", "stable", "newest", "all"]

_OPERATORS: dict[str, Choice] = {"+": "stable", "~": "newest", "*": "all"}
_PART = re.compile(r"(0|[1-9][0-9]{0,8})?([+~*])?")
_EXACT = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){0,2}(?:-[0-9A-Za-z.-]{1,64})?")
_PARTS = 3
MAX_VERSIONS = 20


@dataclass(frozen=True)
class VersionQuery:
    """One expression: ``exact`` is a whole version; else its first parts are fixed and the rest is a least value."""

    choice: Choice
    exact: str = ""
    fixed: tuple[int, ...] = ()
    least: tuple[int, ...] = ()
    matchable: bool = True
    """Whether versions of three parts, the only ones here, can be meant."""

    def holds(self, version: str) -> bool:
        """Say whether a version is among those that are meant, newest or not."""
        if self.choice == "exact":
            return version == self.exact
        core, _, extension = version.partition("-")
        parts = tuple(map(int, core.split(".")))
        if not self.matchable or (self.choice == "stable" and (extension or parts[0] == 0)):
            return False
        length = len(self.fixed)
        return parts[:length] == self.fixed and parts[length:] >= self.least


def read_versions(text: str, place: str = "version") -> tuple[VersionQuery, ...]:
    """Read expressions separated by commas; what is none raises QueryInvalid."""
    texts = text.split(",")
    if len(texts) > MAX_VERSIONS:
        raise invalid(place, said("names more than %(count)s values", count=MAX_VERSIONS))
    return tuple(_read_version(each, place) for each in texts)


def chosen_versions(queries: Sequence[VersionQuery], newest_first: Sequence[str]) -> tuple[str, ...]:
    """Return which of the versions of one artefact are meant, in their order."""
    chosen: set[str] = set()
    for query in queries:
        held = [version for version in newest_first if query.holds(version)]
        chosen.update(held if query.choice == "all" else held[:1])
    return tuple(version for version in newest_first if version in chosen)


def _read_version(text: str, place: str) -> VersionQuery:
    if text in {"latest", "all"}:
        # The words of SDMX-REST 1, which clients still send.
        return VersionQuery("newest" if text == "latest" else "all")
    if text in _OPERATORS:
        return VersionQuery(_OPERATORS[text])
    if _EXACT.fullmatch(text):
        return VersionQuery("exact", exact=text)
    parts = text.split(".")
    found = [_PART.fullmatch(part) for part in parts] if len(parts) <= _PARTS else []
    marked = [number for number, part in enumerate(found) if part is not None and part[2]]
    if len(marked) != 1 or any(part is None or not part[0] for part in found):
        raise _unreadable(text, place)
    return _bounded([(each[1] or "", each[2] or "") for each in found if each is not None], marked[0], text, place)


def _bounded(parts: list[tuple[str, str]], at: int, text: str, place: str) -> VersionQuery:
    number, operator = parts[at]
    rest = [digits for digits, _ in parts[at + 1 :]]
    if not number and any(digits != "0" for digits in rest):
        raise _unreadable(text, place)
    return VersionQuery(
        _OPERATORS[operator],
        fixed=tuple(int(digits) for digits, _ in parts[:at]),
        least=(int(number or "0"), *map(int, rest)),
        matchable=len(parts) == _PARTS,
    )


def _unreadable(text: str, place: str) -> Exception:
    rule = said("%(given)s is not a version", given=clip(text))
    return invalid(place, rule, said("Write it like %(example)s", example="2025.0.1, +, ~ or 2025.0+.0"))
