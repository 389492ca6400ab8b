"""Tells a code list that took the place of another, as a copy that may be edited does, from one that means others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from datasets.codelist import Codelist, Member
from datasets.names import TOTAL

Pair = tuple[str, str]
"""A list of then, and one of now."""

_ASKED_BY_NAME = frozenset({"provinces", "provinces-legacy"})
"""The portal knows these by their names: of a copy, nobody can ask for the provinces of another time."""


def grown(then: Iterable[Codelist], now: Mapping[str, Codelist]) -> frozenset[Pair]:
    """Return which lists of now have another name than one of then, and all its members, as they were."""
    return frozenset(
        (old.id, id_)
        for old in then
        for id_, new in now.items()
        if old.id not in {id_, *_ASKED_BY_NAME} and _has_all_of(old, new)
    )


def _has_all_of(old: Codelist, new: Codelist) -> bool:
    members = [member for member in old.members if member.code != TOTAL]
    return bool(members) and all(
        member.code in new.by_code and _is_same(member, new.by_code[member.code]) for member in members
    )


def _is_same(old: Member, new: Member) -> bool:
    """Say whether a code stands for the same; a label may be corrected in one language at a time, as units may."""
    labelled = old.label.vi == new.label.vi or old.label.en == new.label.en
    return labelled and (old.level, old.range_from, old.range_to) == (new.level, new.range_from, new.range_to)
