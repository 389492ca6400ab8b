"""Harvested records on disk, as a harvest leaves them, without a remote."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.harvest.description import Description, item_of
from catalog.harvest.merging import merge
from catalog.harvest.records import HarvestedRecord, Item, Page
from catalog.harvest.sources import Source
from catalog.harvest.state import Header, read_state, write_state
from catalog.harvest.store import remember_sources
from datasets import disk
from datasets.text import Bilingual

RECEIVED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def source(identifier: str = "national", **more: Any) -> Source:
    """Return a source; its name ends in its identifier."""
    fields: dict[str, Any] = {
        "title": Bilingual(vi=f"Cổng {identifier}", en=f"Portal {identifier}"),
        "protocol": "ckan",
        "address": f"https://{identifier}.example.org",
    }
    return Source(id=identifier, **(fields | more))


def described(of: Source, remote_id: str, title: str = "Sởi", **more: Any) -> Item:
    """Return what a harvest makes of a remote record."""
    fields: dict[str, Any] = {
        "titles": {"vi": title},
        "landing_page": f"{of.address}/dataset/{remote_id}",
        "files": ((f"Số liệu {remote_id}", f"{of.address}/{remote_id}.csv", "CSV"),),
    }
    return item_of(Description(remote_id=remote_id, **(fields | more)), of, RECEIVED)


def taken(item: Item) -> HarvestedRecord:
    assert item.record is not None
    return item.record


def keep(root: Path, listed: dict[Source, list[Item]]) -> None:
    """Write these records as the newest of their sources, each of which lists nothing else."""
    for of, items in listed.items():
        folder = root / of.id
        disk.make_folders(folder)
        before = read_state(folder)
        page = Page(items=tuple(items), is_whole=True)
        merged = merge(before.entries, [page], moment="2026-11-21", accept_fewer=True)
        write_state(folder, Header(), merged.entries, after=before.number)
    remember_sources(root, list(listed))
