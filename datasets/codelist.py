"""A code list: the members of a dimension, their names in both languages and the hierarchy they form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from datasets.text import Bilingual

COLUMNS = (
    "code",
    "label_vi",
    "label_en",
    "level",
    "parent",
    "valid_from",
    "valid_to",
    "range_from",
    "range_to",
    "successor",
)
"""The columns of a code list file; all but the first three may be left out."""


@dataclass(frozen=True)
class Member:
    """One code of a list. ``parent`` is a code of the same list; ``successor`` a code of the list that replaced it."""

    code: str
    label: Bilingual
    level: str = ""
    parent: str = ""
    valid_from: str = ""
    valid_to: str = ""
    range_from: str = ""
    range_to: str = ""
    successor: str = ""

    def as_row(self) -> dict[str, str]:
        """Return the member as a row of a code list file."""
        row = {name: getattr(self, name) for name in COLUMNS if not name.startswith("label_")}
        return {"code": self.code, "label_vi": self.label.vi, "label_en": self.label.en, **row}


@dataclass(frozen=True)
class Codelist:
    """All members of a list, in the order in which people expect to read them."""

    id: str
    title: Bilingual
    members: tuple[Member, ...]
    source: Bilingual | None = None
    """Who made the list, and its licence."""

    @cached_property
    def by_code(self) -> Mapping[str, Member]:
        return {member.code: member for member in self.members}

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The levels, from the coarsest, in the order in which they first appear."""
        return tuple(dict.fromkeys(member.level for member in self.members))

    def at_levels(self, levels: Iterable[str]) -> tuple[Member, ...]:
        """Return the members of the given levels, in the list's order."""
        wanted = frozenset(levels)
        return tuple(member for member in self.members if member.level in wanted)

    def label(self, code: str) -> Bilingual:
        """Return the label of ``code``; the code itself where the list does not know it."""
        member = self.by_code.get(code)
        return member.label if member else Bilingual(vi=code, en=code)
