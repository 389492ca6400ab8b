"""The provinces, communes and disease chapters that synthetic data is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from datasets.codelist import Codelist, Member
from datasets.definition_files import builtin_codelists


@dataclass(frozen=True)
class Places:
    """The provinces and communes that people live in, and the chapters that they fall ill with."""

    communes: Codelist
    chapters: Codelist

    @classmethod
    def builtin(cls) -> Places:
        """Return the places and chapters of the code lists that come with ytemo."""
        lists = {codelist.id: codelist for codelist in builtin_codelists()}
        return cls(lists["communes"], lists["icd10-chapters"])

    @cached_property
    def provinces(self) -> tuple[Member, ...]:
        return self.communes.at_levels(["province"])

    @cached_property
    def by_province(self) -> tuple[tuple[Member, ...], ...]:
        members: dict[str, list[Member]] = {province.code: [] for province in self.provinces}
        for commune in self.communes.at_levels(["commune"]):
            members[commune.parent].append(commune)
        return tuple(tuple(communes) for communes in members.values())
