"""The floor: an empty route of FastAPI, on the server that the portal runs on and with its settings."""

from __future__ import annotations

import sys
from unittest.mock import patch

from fastapi import FastAPI
from fastapi.responses import Response

import portal.serve
from datasets.settings import Settings


def empty_app(_: object) -> FastAPI:
    app = FastAPI(openapi_url=None)

    async def nothing() -> Response:
        return Response(b"{}", media_type="application/json")

    app.add_api_route("/", nothing)
    return app


def tell(address: str) -> None:
    sys.stderr.write(f"Serving at {address}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    with patch("portal.serve.create_app", empty_app), portal.serve.take_address("127.0.0.1", 0) as taken:
        portal.serve.serve(Settings(), taken, tell)
