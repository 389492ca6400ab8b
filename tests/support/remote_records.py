"""A source of the harvest, and what it answers."""

from __future__ import annotations

from datetime import UTC, datetime

from catalog.harvest.records import HarvestedRecord, Item
from catalog.harvest.sources import Source
from datasets.outbound.transport import Answer
from datasets.text import Bilingual

NOW = datetime(2026, 11, 26, tzinfo=UTC)
SOURCE = Source(
    id="there", title=Bilingual(vi="Ở đó", en="There"), protocol="dcat", address="https://there.example.org/catalog.ttl"
)


def answer(content: bytes | str, kind: str = "", address: str = "https://there.example.org/catalog") -> Answer:
    content = content.encode() if isinstance(content, str) else content
    return Answer(200, address, {"content-type": kind} if kind else {}, content)


def taken(item: Item) -> HarvestedRecord:
    assert item.record is not None
    return item.record
