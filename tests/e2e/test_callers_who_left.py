"""A caller who has left is answered alike by every dialect: with nothing, and not as a fault of the portal."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import NoReturn

import pytest

from portal.public.dependencies import CallerLeft
from tests.support.http import Client
from tests.support.portal import DATA, portal_client
from tests.support.releases import make_demo_store

ASKED = {
    "portal.public.routers.data": DATA,
    "portal.public.routers.explore": "/datasets/notifiable-diseases/explore",
    "portal.public.routers.compare": "/datasets/notifiable-diseases/compare",
    "portal.public.routers.odata": "/odata/v4/notifiable-diseases/by_month?$top=1",
    "portal.public.routers.pxweb": "/api/pxweb/v2/tables/notifiable-diseases.by-month/data",
    "portal.public.routers.ckan": "/datastore/dump/notifiable-diseases/by-month",
}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with portal_client(make_demo_store(tmp_path_factory.mktemp("left"))) as client:
        yield client


@pytest.mark.parametrize("router", ASKED)
def test_nobody_is_told_anything(portal: Client, router: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def left(*_: object) -> NoReturn:
        raise CallerLeft

    monkeypatch.setattr(import_module(router), "finished", left)
    answer = portal.get(ASKED[router])
    assert (answer.status_code, answer.content) == (499, b"")
