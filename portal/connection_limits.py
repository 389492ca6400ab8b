"""What one process takes of connections and of the beginnings of requests; beyond it nobody is waited for."""

from __future__ import annotations

MAX_CONNECTIONS = 1_000
"""Beyond this many at once, requests are answered with 503."""
MAX_HEADER_BYTES = 64 * 1024
"""How long the first line and the headers of a request may be together."""
BUSY_SECONDS = 5
"""After how long whoever was turned away so may ask again."""
HEADER_SECONDS = 20.0
"""How long they may take to arrive."""
KEEP_ALIVE_SECONDS = 15
"""How long a connection is kept open for a next request."""
