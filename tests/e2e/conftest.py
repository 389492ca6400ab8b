"""The portal over the shipped datasets, made once for all tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.http import Client
from tests.support.publication import Ministry
from tests.support.shipped_portal import publish_shipped, shipped_client


@pytest.fixture(scope="session")
def shipped_ministry(tmp_path_factory: pytest.TempPathFactory) -> Ministry:
    return publish_shipped(tmp_path_factory.mktemp("shipped") / "store")


@pytest.fixture(scope="session")
def shipped(shipped_ministry: Ministry) -> Iterator[Client]:
    with shipped_client(shipped_ministry) as client:
        yield client
