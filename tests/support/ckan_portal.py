"""The portal over the demo store, asked as a client of CKAN asks it, but without a socket."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import httpx

from portal.public.app import PortalOptions, create_app
from tests.support.http import Client, client_of
from tests.support.releases import DemoStore

MONTHS, FACILITIES = "notifiable-diseases/by-month", "licensed-facilities/register"
NATIVE = "/api/v1/datasets/notifiable-diseases/tables/by-month"


def ckan_client(demo: DemoStore) -> AbstractContextManager[Client]:
    """Serve ``demo``, whose catalog is built before anybody is answered."""
    return client_of(create_app(PortalOptions(demo.root, demo.public_key), demo.releases))


def post(client: Client, action: str, content: bytes, kind: str = "application/json") -> httpx.Response:
    """POST the body of a request to an action."""
    url = f"/api/3/action/{action}"
    send = partial(client._client.request, "POST", url, content=content, headers={"Content-Type": kind})
    return client._portal.call(send)


def asked(client: Client, action: str, status: int = 200, /, **given: Any) -> Any:
    """Return the result of an action, or with another status its error."""
    response = post(client, action, json.dumps(given).encode())
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json;charset=utf-8"
    envelope = response.json()
    assert envelope["help"] == f"http://localhost/api/3/action/help_show?name={action}"
    assert envelope["success"] is (status == 200)
    return envelope["result" if status == 200 else "error"]


def rows(client: Client, **given: Any) -> Any:
    """Return the answer of ``datastore_search`` about the table of months."""
    return asked(client, "datastore_search", **{"resource_id": MONTHS, **given})


def sql(client: Client, statement: str, status: int = 200) -> Any:
    """Return the records that a statement selects, or with another status its error."""
    found = asked(client, "datastore_search_sql", status, sql=statement)
    return found["records"] if status == 200 else found
