"""What a run brought, added to what was known: nothing that was had is lost, whatever the remote sent this time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catalog.harvest.limits import MAX_RECORDS
from catalog.harvest.records import Entry, Item, Page, Told

SMALL = 10
"""Of a source with fewer records any number may go, but not all."""


@dataclass
class Counts:
    """What became of the records of a source."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    gone: int = 0
    returned: int = 0
    present: int = 0


@dataclass
class Merged:
    """The entries after a run."""

    entries: dict[str, Entry]
    counts: Counts = field(default_factory=Counts)
    disbelieved: int = 0
    """Records that are missing all at once: too many to be believed, so that they stay."""
    overflow: bool = False


def merge(
    known: Mapping[str, Entry],
    pages: Iterable[Page],
    *,
    moment: str,
    accept_fewer: bool = False,
    is_resumed: bool = False,
) -> Merged:
    """Return what is known after a run with these pages.

    Of a run that was resumed, pages were read at different times: a record may have moved from one that was not read
    yet to one that was, so that what they do not list may be there. A page that lists everything by itself is believed.

    A record that is not fit to be taken leaves the one that was had; one that is gone is marked, and stays. Where more
    than half of the records would go at once nothing goes, unless ``accept_fewer`` says that this is so.
    """
    merged = Merged(dict(known))
    pages = list(pages)
    items = {item.remote_id: item for page in pages for item in page.items if item.remote_id}
    for item in items.values():
        _take(merged, item)
    listed = {remote_id for page in pages for remote_id in page.listed} | set(items)
    for remote_id in listed - set(items):
        _still_there(merged, remote_id)
    going = {remote_id for page in pages for remote_id in page.gone} - set(items)
    if pages and pages[-1].is_list:
        there = set(pages[-1].listed) | {item.remote_id for item in pages[-1].items}
        going = set(merged.entries) - there
    elif pages and pages[-1].is_whole and not is_resumed:
        going |= set(merged.entries) - listed
    _go(merged, going, moment, accept_fewer=accept_fewer)
    merged.counts.present = sum(is_present(each) for each in merged.entries.values())
    return merged


def is_present(entry: Entry) -> bool:
    """Say whether there is a record that the remote still has."""
    return entry.record is not None and not entry.gone_since


def _take(merged: Merged, item: Item) -> None:
    before = merged.entries.get(item.remote_id)
    if before is None and len(merged.entries) >= MAX_RECORDS:
        merged.overflow = True
        return
    counts = merged.counts
    counts.returned += bool(before and before.gone_since and item.record)
    record = item.record
    sha256 = item.sha256
    if record is None:
        counts.refused += 1
        # What was had stays, with the hash of what it was made from.
        record = before.record if before else None
        sha256 = before.sha256 if before and before.record else sha256
    elif before is None or before.record is None:
        counts.new += 1
    elif before.sha256 == sha256:
        counts.unchanged += 1
        record = before.record
    else:
        counts.changed += 1
        first = before.record.provenance.first_received
        provenance = record.provenance.model_copy(update={"first_received": first})
        record = record.model_copy(update={"provenance": provenance})
    merged.entries[item.remote_id] = Entry(
        remote_id=item.remote_id, name=item.name, sha256=sha256, record=record, told=item.told
    )


def _still_there(merged: Merged, remote_id: str) -> None:
    before = merged.entries.get(remote_id)
    if before is not None:
        merged.counts.unchanged += before.record is not None
        merged.counts.returned += bool(before.gone_since)
        merged.entries[remote_id] = before.model_copy(update={"gone_since": ""})


def _go(merged: Merged, going: set[str], moment: str, *, accept_fewer: bool) -> None:
    going = {each for each in going if each in merged.entries and not merged.entries[each].gone_since}
    there = [each for each in merged.entries.values() if is_present(each)]
    leaving = sum(is_present(merged.entries[each]) for each in going)
    too_many = leaving * 2 > len(there) if len(there) >= SMALL else leaving == len(there) > 0
    if too_many and not accept_fewer:
        merged.disbelieved = leaving
        return
    merged.counts.gone = leaving
    for each in going:
        merged.entries[each] = merged.entries[each].model_copy(update={"gone_since": moment})


def problems_of(entries: Mapping[str, Entry], remote_ids: Iterable[str]) -> list[tuple[str, Told]]:
    """Return what is wrong with these records, refusals first."""
    found = [(each, told) for each in remote_ids if each in entries for told in entries[each].told]
    return sorted(found, key=lambda each: (not each[1].is_refusal, each[0]))
