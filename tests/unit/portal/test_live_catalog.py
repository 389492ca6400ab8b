"""The catalog follows the releases, and goes on answering while it cannot."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalog.others import Others
from catalog.search import SearchRequest
from datasets.errors import CatalogUnavailable
from datasets.text import Bilingual
from portal.public import live_catalog
from portal.public.live_catalog import LiveCatalog
from portal.public.search_resources import search_document
from portal.shared.links import Links
from tests.support.harvested import described, keep, source
from tests.support.releases import EMBARGO, NOW, DemoStore, make_demo_store


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def demo(tmp_path: Path, clock: Clock) -> DemoStore:
    return make_demo_store(tmp_path / "data", now=clock)


def titles(catalog: LiveCatalog, demo: DemoStore) -> list[tuple[str, str]]:
    document = search_document(catalog.current(), demo.releases, Links(), SearchRequest(sort="title"))
    assert document.total == len(document.hits)
    return [(hit.dataset, hit.record.latest_edition) for hit in document.hits]


def test_it_is_built_again_when_a_release_comes_out(demo: DemoStore, clock: Clock, tmp_path: Path) -> None:
    catalog = LiveCatalog(demo.releases, tmp_path / "catalog")
    assert catalog.state() == "missing"
    with pytest.raises(CatalogUnavailable):
        catalog.current()
    assert catalog.refresh()
    assert catalog.state() == "current"
    assert not catalog.refresh()
    assert ("notifiable-diseases", "2024") in titles(catalog, demo)
    clock.now = EMBARGO + timedelta(seconds=1)
    assert catalog.state() == "rebuilding"
    assert catalog.refresh()
    assert ("notifiable-diseases", "2025") in titles(catalog, demo)


def test_what_is_withdrawn_is_not_found_even_before_it_is_built_again(demo: DemoStore, tmp_path: Path) -> None:
    catalog = LiveCatalog(demo.releases, tmp_path / "catalog")
    catalog.refresh()
    reason = Bilingual(vi="Sai.", en="Wrong.")
    demo.store.withdraw(
        "licensed-facilities", "2025-06", 1, reason=reason, signer=demo.signer, now=datetime(2026, 2, 1, tzinfo=UTC)
    )
    assert "licensed-facilities" not in dict(titles(catalog, demo))


def test_it_is_built_again_when_others_were_harvested(demo: DemoStore, tmp_path: Path) -> None:
    city = source("city")
    catalog = LiveCatalog(demo.releases, tmp_path / "catalog", others=Others(tmp_path / "harvest"))
    catalog.refresh()
    before = catalog.held_for()
    keep(tmp_path / "harvest", {city: [described(city, "beds", "Giường bệnh"), described(city, "staff", "Bác sĩ")]})
    assert catalog.state() == "rebuilding"
    assert catalog.refresh()
    assert (catalog.state(), catalog.refresh()) == ("current", False)
    assert catalog.held_for() != before
    assert [each for each, _ in titles(catalog, demo) if "~" in each] != []
    keep(tmp_path / "harvest", {city: [described(city, "beds", "Giường bệnh")]})
    catalog.refresh()
    assert len([each for each, _ in titles(catalog, demo) if "~" in each]) == 1


def test_another_process_opens_what_the_first_has_built(demo: DemoStore, tmp_path: Path) -> None:
    LiveCatalog(demo.releases, tmp_path / "catalog").refresh()
    second = LiveCatalog(demo.releases, tmp_path / "catalog", every=60)
    second.start()
    assert second.state() == "current"
    second.stop()
    assert len(titles(second, demo)) == 4


def test_a_damaged_index_is_answered_from_memory_and_then_built_again(demo: DemoStore, tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    LiveCatalog(demo.releases, folder).refresh()
    (folder / "current.json").write_text("{}")
    third = LiveCatalog(demo.releases, folder)
    third._search_in_memory()
    assert third.current().degraded
    assert third.state() == "rebuilding"
    assert len(titles(third, demo)) == 4
    assert third.refresh()
    assert not third.current().degraded


def test_a_catalog_that_cannot_be_built_leaves_the_one_before(
    demo: DemoStore, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    folder = tmp_path / "catalog"
    catalog = LiveCatalog(demo.releases, folder, every=60)
    catalog.refresh()
    before = catalog.current()
    clock.now = EMBARGO + timedelta(seconds=1)

    def fail(*_: object, **__: object) -> None:
        raise CatalogUnavailable("no room")

    monkeypatch.setattr(live_catalog, "build_index", fail)
    catalog.start()
    catalog.stop()
    assert caplog.text.count("could not be rebuilt: no room") == 1
    assert catalog.current() is not before
    assert catalog.current().degraded
    assert catalog.state() == "rebuilding"
    assert ("notifiable-diseases", "2025") in titles(catalog, demo)
    assert not catalog._try_to_refresh()
    assert caplog.text.count("could not be rebuilt: no room") == 1


def test_a_catalog_in_memory_is_not_made_again_for_the_same_releases(
    demo: DemoStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "catalog").write_text("not a folder")
    catalog = LiveCatalog(demo.releases, tmp_path / "catalog")
    catalog.start()
    catalog.stop()
    held = catalog.current()
    assert held.degraded
    with pytest.raises(CatalogUnavailable):
        catalog.refresh()
    assert catalog.current() is held
    assert len(titles(catalog, demo)) == 4


def test_an_index_that_vanishes_is_built_again_while_the_portal_runs(demo: DemoStore, tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    catalog = LiveCatalog(demo.releases, folder)
    catalog.refresh()
    shutil.rmtree(folder)
    assert len(titles(catalog, demo)) == 4
    assert catalog.refresh()
    assert LiveCatalog(demo.releases, folder).refresh()
    assert not catalog.refresh()


def test_what_another_process_built_is_opened_and_not_built_twice(
    demo: DemoStore, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "catalog"
    first, second = LiveCatalog(demo.releases, folder), LiveCatalog(demo.releases, folder)
    first.refresh()
    assert second.refresh()
    clock.now = EMBARGO + timedelta(seconds=1)
    assert first.refresh()
    monkeypatch.setattr(live_catalog, "build_index", lambda *_, **__: pytest.fail("built twice"))
    assert second.refresh()
    assert ("notifiable-diseases", "2025") in titles(second, demo)


def test_a_garbled_index_of_these_releases_is_built_again(
    demo: DemoStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "catalog"
    LiveCatalog(demo.releases, folder).refresh()
    for segment in folder.glob("gen-*/whoosh/*.seg"):
        segment.write_bytes(segment.read_bytes()[:-1] + b"\x00")
    catalog = LiveCatalog(demo.releases, folder)
    assert catalog.refresh()
    assert "the catalog index is built again" in caplog.text
    assert not catalog.current().degraded


def test_releases_that_cannot_be_read_leave_no_catalog(
    demo: DemoStore, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = LiveCatalog(demo.releases, tmp_path / "catalog")
    monkeypatch.setattr(live_catalog, "collect", lambda *_: (_ for _ in ()).throw(OSError("input/output error")))
    catalog.start()
    catalog.stop()
    assert "the releases could not be read" in caplog.text
    assert catalog.state() == "missing"


def test_stopping_what_never_began_is_no_error(demo: DemoStore, tmp_path: Path) -> None:
    catalog = LiveCatalog(demo.releases, tmp_path / "catalog")
    catalog.stop()
    shutil.rmtree(tmp_path / "catalog", ignore_errors=True)
    assert catalog.state() == "missing"


def test_a_damaged_release_is_left_out_and_logged(
    demo: DemoStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entry = demo.releases.latest("administrative-units").manifest.file("codelists/provinces-demo.csv")
    assert entry is not None
    damaged = demo.root / "objects" / entry.sha256[:2] / entry.sha256
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    catalog = LiveCatalog(demo.releases, tmp_path / "catalog")
    catalog.refresh()
    assert "administrative-units" not in dict(titles(catalog, demo))
    assert "left out of the catalog" in caplog.text


def test_the_first_start_answers_only_once_there_is_a_catalog(
    demo: DemoStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = LiveCatalog(demo.releases, tmp_path / "catalog", every=60)
    catalog.start()
    try:
        assert len(titles(catalog, demo)) == 4
    finally:
        catalog.stop()
    assert caplog.text == ""
