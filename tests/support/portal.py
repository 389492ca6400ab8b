"""The public application over the demo store, ready to be asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from portal.public.app import PortalOptions, create_app
from portal.query.run import EngineLimits
from tests.support.http import Client, client_of
from tests.support.releases import DemoStore

BASE_URL = "https://data.example.org"
DATA = "/api/v1/datasets/notifiable-diseases/tables/by-month/data"
ROWS = "/api/v1/datasets/notifiable-diseases/tables/by-month/rows"


@contextmanager
def portal_client(demo: DemoStore) -> Iterator[Client]:
    """Start the application over ``demo``, and wait until its catalog is built."""
    options = PortalOptions(demo.root, demo.public_key, base_url=BASE_URL, limits=EngineLimits(2, 256, 5))
    with client_of(create_app(options, demo.releases)) as client:
        deadline = time.monotonic() + 20
        while client.json("/health")["catalog"] != "current" and time.monotonic() < deadline:
            time.sleep(0.02)
        yield client
