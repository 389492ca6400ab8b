"""The peer on SQLite: Datasette as it is, but without a log of requests, and with limits that refuse nothing asked.

It runs in the environment of the peers: `uvicorn --factory benchmarks.peers_datasette:app`, with PEER_FILE in the
environment.
"""

from __future__ import annotations

import os
from typing import Any

from datasette.app import Datasette


def app() -> Any:
    settings = {"sql_time_limit_ms": 60_000, "max_csv_mb": 0, "max_returned_rows": 1_000, "suggest_facets": False}
    return Datasette(immutables=[os.environ["PEER_FILE"]], settings=settings).app()
