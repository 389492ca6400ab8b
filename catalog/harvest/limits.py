"""How much a harvest takes from others, and for how long it waits: what is beyond is refused and told."""

from __future__ import annotations

from dataclasses import dataclass

from datasets.outbound.limits import RequestLimits

MAX_RECORDS = 200_000
"""Records that are kept of one source."""
MAX_PAGES = 10_000
"""Pages that are asked of one source in one run."""
MAX_KEPT = 512 << 20
"""Bytes of records that one run takes of one source, as they are kept: the most records, of usual size."""
MAX_DEPTH = 64
"""The deepest nesting of JSON or XML that is read; records of real catalogs need less than a third of it."""
MAX_TEXT = 5_000
MAX_TITLE = 500
MAX_LISTED = 200
"""Files and identifiers that are kept of one record."""
MAX_KEYWORDS = 50
"""Keywords that are kept of one record: each can be searched for, and takes memory in every portal."""
MAX_FORMATS = 20
"""Formats that are kept of one record; a list can be narrowed by each."""
MAX_TOLD = 100
"""Problems of single records that one report names; all are kept in the state."""
MAX_PARTS = 20
"""Records of a page that are asked one by one, and are not to be had, before the source counts as broken."""


@dataclass(frozen=True)
class Limits(RequestLimits):
    """What one request may take, how often it is tried, and how long a run may be."""

    run: float = 3 * 3600.0
    """Seconds of one run of a source."""
    tries: int = 4
    pause: float = 0.5
    """Seconds before a request is tried again, doubled each time."""
    longest_pause: float = 120.0
    """The most that is waited where the remote says ``Retry-After``."""
