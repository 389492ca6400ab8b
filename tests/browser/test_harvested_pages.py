"""A record of another catalog in Chromium: accessible, marked as another's, and its words run nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from catalog.harvest.store import harvest_folder
from portal.public.app import PortalOptions, create_app
from tests.support.browser import COLOURS, Visit, Visitor, too_wide, violations
from tests.support.harvested import described, keep, source, taken
from tests.support.releases import make_demo_store
from tests.support.served import served

TITLE = "Bệnh dại <script>alert(1)</script>"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    demo = make_demo_store(tmp_path_factory.mktemp("harvested") / "data")
    record = described(source(), "rabies", TITLE)
    keep(harvest_folder(Path(demo.root)), {source(): [record]})
    app = create_app(PortalOptions(demo.root, demo.public_key), demo.releases)
    app.state.services.catalog.refresh()
    with served(app) as base:
        yield base, taken(record).record.id


@pytest.fixture
def look(browser: Browser, catalog: tuple[str, str]) -> Iterator[Visit]:
    with Visitor(browser, catalog[0]) as visitor:
        yield visitor.visit


def test_a_record_of_others_is_marked_and_accessible(look: Visit, catalog: tuple[str, str]) -> None:
    page = look(f"/datasets/{catalog[1]}")
    expect(page.locator("h1")).to_contain_text("Bệnh dại")
    assert "Cổng national" in page.locator("main").inner_text()
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, rules=COLOURS) == []


def test_it_fits_a_telephone_and_is_found_in_the_list(look: Visit, catalog: tuple[str, str]) -> None:
    page = look(f"/en/datasets/{catalog[1]}", width=360)
    assert violations(page) == []
    assert too_wide(page) == []
    page.goto("/datasets?q=benh+dai")
    assert too_wide(page) == []
    expect(page.locator(".card .tag").first).to_contain_text("Cổng national")
