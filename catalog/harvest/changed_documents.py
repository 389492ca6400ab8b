"""Documents that are asked for as "if it changed": what is as it was when it was last read is not read again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from catalog.harvest.records import Document, Item
from catalog.harvest.start import Start
from datasets.outbound.transport import Answer

Parse = Callable[[Answer], tuple[tuple[Item, ...], str]]
"""Returns the records of a document, and the address of the next one; empty where it is the last."""


def read_if_changed(start: Start, address: str, accept: str, parse: Parse) -> tuple[Document, tuple[Item, ...]]:
    """Return the document at ``address`` and its records: none where it has not changed. Raises what asking raises."""
    known = start.documents.get(address)

    def read(answer: Answer) -> tuple[Document, tuple[Item, ...]]:
        sha256 = hashlib.sha256(answer.content).hexdigest()
        if known and (answer.status == 304 or known.sha256 == sha256):
            return known, ()
        items, following = parse(answer)
        document = Document(
            address=address,
            etag=answer.headers.get("etag", "")[:500],
            last_modified=answer.headers.get("last-modified", "")[:100],
            sha256=sha256,
            listed=tuple(item.remote_id for item in items),
            next=following,
        )
        return document, items

    return start.session.read(address, read, _conditions(known, accept))


def _conditions(known: Document | None, accept: str) -> dict[str, str]:
    headers = {"Accept": accept}
    if known and known.etag:
        headers["If-None-Match"] = known.etag
    if known and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers
