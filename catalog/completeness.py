"""How completely a record describes its dataset: what the sort "most complete" goes by.

This counts only what is there. Whether it is good is another question: the quality of a record is told to the ranking
from outside (``CatalogRecord.quality``).
"""

from __future__ import annotations

from catalog.record import CatalogRecord


def completeness(record: CatalogRecord) -> float:
    """Return the share, from 0 to 1, of the things that a record can say and that this one does say."""
    said = _said(record)
    return round(sum(said) / len(said), 4)


def _said(record: CatalogRecord) -> tuple[bool, ...]:
    both = (record.title, record.summary, record.publisher_name)
    return (
        *(bool(text.vi.strip()) for text in both),
        *(bool(text.en.strip()) and text.en != text.vi for text in both),
        bool(record.keywords.vi),
        bool(record.keywords.en),
        bool(record.licence),
        record.frequency not in ("", "irregular"),
        bool(record.coverage_start),
        bool(record.coverage_end),
        record.geography_level is not None,
        bool(record.dimensions),
        bool(record.measures) or record.kind in ("register", "codelist"),
        bool(record.published_at),
        len(set(record.formats)) > 1,
    )
