"""The portals that many tests only read: over the shipped datasets, made once, and over the demo store."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from publishers.mirror import rows as rows_of_tables
from tests.support.ckan_target import Ckan, ckan_target
from tests.support.http import Client
from tests.support.killed_mirrors import BATCH
from tests.support.portal import portal_client
from tests.support.publication import Ministry
from tests.support.releases import DemoStore, make_demo_store
from tests.support.shipped_portal import publish_shipped, shipped_client


@pytest.fixture(scope="session")
def shipped_ministry(tmp_path_factory: pytest.TempPathFactory) -> Ministry:
    root = tmp_path_factory.mktemp("shipped") / "store"
    shutil.copytree(published_once(tmp_path_factory), root)
    return Ministry(root)


def published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish the shipped datasets, which takes a minute, or find what another worker of this run has published."""
    own = tmp_path_factory.getbasetemp()
    run = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    store, done = run / "published" / "store", run / "published" / "done"
    store.parent.mkdir(exist_ok=True)
    with (run / "published" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(store, ignore_errors=True)
            publish_shipped(store)
            done.touch()
    return store


@pytest.fixture(scope="session")
def shipped(shipped_ministry: Ministry) -> Iterator[Client]:
    with shipped_client(shipped_ministry) as client:
        yield client


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(tmp_path_factory.mktemp("store") / "data")


@pytest.fixture(scope="module")
def client(demo: DemoStore) -> Iterator[Client]:
    with portal_client(demo) as client:
        yield client


@pytest.fixture
def own(tmp_path: Path) -> DemoStore:
    """A demo store that a test may add to."""
    return make_demo_store(tmp_path / "own-store")


@pytest.fixture
def ckan() -> Iterator[Ckan]:
    with ckan_target() as running:
        yield running


@pytest.fixture(scope="module")
def small_batches() -> Iterator[None]:
    """Small tables are loaded into a CKAN in several parts, as large ones are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_of_tables, "_BATCH", BATCH)
        yield
