"""Finds what was taken out of a store: numbers that are missing, places that two have, ends that are not the head's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datasets.errors import Problem
from datasets.release import ChainLink, Head

_REMEDY = "Restore it from a backup or a mirror"
_SHOWN = 10


@dataclass(frozen=True)
class Placed:
    """One sound envelope or tombstone: its file below ``releases/``, what it says of its place, and its SHA-256."""

    file: str
    chain: ChainLink | None
    sha256: str


def chain_problems(placed: Sequence[Placed], head: Head | None, *, unreadable: int) -> Iterator[Problem]:
    """Yield what is wrong with the chain; as many numbers may be missing as there are envelopes that cannot be read."""
    by_number: dict[int, Placed] = {}
    for one in placed:
        if one.chain is None:
            yield Problem(one.file, "must have a place in the chain of the store", _REMEDY)
        elif one.chain.number in by_number:
            other = by_number[one.chain.number].file
            yield Problem(one.file, f"must not have the place of {other}: number {one.chain.number}", _REMEDY)
        else:
            by_number[one.chain.number] = one
    yield from _missing(by_number, head, unreadable)
    yield from _broken(by_number)
    yield from _stale(by_number, head)


def kept_problems(placed: Sequence[Placed], kept: Head | str) -> Iterator[Problem]:
    """Yield a problem unless the store still holds what somebody noted elsewhere as its newest envelope."""
    sha256 = kept if isinstance(kept, str) else kept.envelope
    if all(one.sha256 != sha256 for one in placed):
        number = "" if isinstance(kept, str) else f", number {kept.number}"
        yield Problem("--head", f"the envelope {sha256}{number}, must still be in the store", _REMEDY)


def _missing(by_number: dict[int, Placed], head: Head | None, unreadable: int) -> Iterator[Problem]:
    last = max([*by_number, head.number if head else 0], default=0)
    missing = [number for number in range(1, last + 1) if number not in by_number]
    if len(missing) <= unreadable:
        return
    for number in missing[:_SHOWN]:
        before = next((by_number[n].file for n in range(number - 1, 0, -1) if n in by_number), "the beginning")
        after = next((by_number[n].file for n in range(number + 1, last + 1) if n in by_number), "the end")
        yield Problem(
            f"releases, number {number} of {last}",
            f"is missing: a release or a withdrawal that was put in between {before} and {after}",
            _REMEDY,
        )
    if len(missing) > _SHOWN:
        yield Problem("releases", f"{len(missing) - _SHOWN} more are missing", _REMEDY)


def _broken(by_number: dict[int, Placed]) -> Iterator[Problem]:
    for number, one in sorted(by_number.items()):
        before = by_number.get(number - 1)
        assert one.chain is not None
        if before is not None and one.chain.before != before.sha256:
            yield Problem(before.file, f"must be the envelope that {one.file} names as the one before", _REMEDY)


def _stale(by_number: dict[int, Placed], head: Head | None) -> Iterator[Problem]:
    """A job that was killed before it wrote the head leaves it one behind, and no further."""
    last = max(by_number, default=0)
    if head is None:
        if last > 1:
            yield Problem("head.json", "must be there: it says which envelope is the newest", _REMEDY)
        return
    if head.number < last - 1:
        yield Problem("head.json", f"must be number {last}, not {head.number}: it is older than the store", _REMEDY)
    named = by_number.get(head.number)
    if named is not None and named.sha256 != head.envelope:
        yield Problem(named.file, f"must be the envelope that head.json names: number {head.number}", _REMEDY)
