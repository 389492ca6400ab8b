"""Run the public portal on uvicorn."""

from __future__ import annotations

import uvicorn

from datasets.settings import Settings
from portal.public.app import create_app, options_from


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve until told to stop. Loopback is the default: a proxy that ends slow connections stands in front."""
    uvicorn.run(
        create_app(options_from(settings)),
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=20,
        limit_concurrency=1_000,
        backlog=512,
        h11_max_incomplete_event_size=64 * 1024,
        # The address of the caller is taken from a proxy on this machine only.
        forwarded_allow_ips="127.0.0.1",
    )
