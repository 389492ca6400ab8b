"""Ask an ASGI application over HTTP without a socket, its lifespan included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI


class Client:
    """A caller of one application; redirects are not followed."""

    def __init__(self, portal: BlockingPortal, client: httpx.AsyncClient) -> None:
        self._portal = portal
        self._client = client

    def get(self, url: str, **headers: str) -> httpx.Response:
        """GET ``url``; a keyword such as ``if_none_match`` is the header If-None-Match."""
        return self.request("GET", url, **headers)

    def json(self, url: str) -> Any:
        """GET ``url``, which must answer 200, as JSON."""
        response = self.get(url)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, url: str, body: str | bytes, **headers: str) -> httpx.Response:
        """POST ``body`` to ``url``; keywords are headers, as in ``get``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._portal.call(partial(self._client.post, url, content=body, headers=named))

    def request(self, method: str, url: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._portal.call(partial(self._client.request, method, url, headers=named))


@contextmanager
def client_of(app: FastAPI) -> Iterator[Client]:
    """Start ``app``, and stop it at the end. An unexpected error is answered, as it would be in production."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(app.router.lifespan_context(app)),
        portal.wrap_async_context_manager(
            httpx.AsyncClient(transport=transport, base_url="http://localhost")
        ) as client,
    ):
        yield Client(portal, client)
