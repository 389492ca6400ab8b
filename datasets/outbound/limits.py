"""How much one request takes of a machine of others, and for how long it waits: what is beyond is refused and told."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20
MAX_ADDRESS = 2_000


@dataclass(frozen=True)
class RequestLimits:
    """What one request may take."""

    document: int = 16 * MIB
    """Bytes of one answer, after it was unpacked; as JSON, XML or RDF it takes some thirty times its size in memory."""
    transfer: int = 2048 * MIB
    """Bytes that one remote may send in one run."""
    idle: float = 20.0
    """Seconds in which nothing arrives."""
    request: float = 120.0
    """Seconds of one request, however steadily it arrives."""
    redirects: int = 3
