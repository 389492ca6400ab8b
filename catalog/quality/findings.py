"""What a criterion finds: how far it is met, why, what to do about it, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

State = Literal["met", "partly", "not_met", "not_asked"]
"""``not_asked`` where the criterion does not apply, or where nobody can know."""

VALUES: Mapping[State, float] = {"met": 1.0, "partly": 0.5, "not_met": 0.0}
"""The share of a criterion's weight that counts."""


@dataclass(frozen=True)
class Finding:
    """The answer of one criterion for one dataset."""

    state: State
    reason: str
    remedy: str = ""
    """What to do; empty where there is nothing to do."""
    places: tuple[str, ...] = ()
    """The keys of ``dataset.yaml``, or the files beside it, that are to be edited."""


def met(reason: str) -> Finding:
    return Finding("met", reason)


def partly(reason: str, remedy: str, *places: str) -> Finding:
    return Finding("partly", reason, remedy, places)


def not_met(reason: str, remedy: str, *places: str) -> Finding:
    return Finding("not_met", reason, remedy, places)


def not_asked(reason: str) -> Finding:
    return Finding("not_asked", reason)


def by_share(wrong: int, of: int, *, reason: str, remedy: str, places: tuple[str, ...]) -> Finding:
    """Return what it means that ``wrong`` of ``of`` things, at least one, are not as they should be."""
    return (partly if 2 * wrong < of else not_met)(reason, remedy, *places)
