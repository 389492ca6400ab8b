"""Two releases beside one another in Chromium: accessible, on a telephone too, and with no script at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from portal.public.app import PortalOptions, create_app
from tests.support.browser import Visit, Visitor, too_wide, violations
from tests.support.compared_releases import publish_compared
from tests.support.releases import make_demo_store
from tests.support.served import served

COMPARED = "/datasets/notifiable-diseases/compare"
EDITIONS = f"/en{COMPARED}?from=2023.1&to=2024.3"


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    demo = make_demo_store(tmp_path_factory.mktemp("compared") / "data")
    publish_compared(demo)
    app = create_app(PortalOptions(demo.root, demo.public_key), demo.releases)
    app.state.services.catalog.refresh()
    with served(app) as base:
        yield base


@pytest.fixture
def look(browser: Browser, compared: str) -> Iterator[Visit]:
    with Visitor(browser, compared) as visitor:
        yield visitor.visit


@pytest.mark.parametrize(
    ("path", "width", "dark"),
    [(COMPARED, 1280, False), (COMPARED, 360, True), (EDITIONS, 1280, True), (EDITIONS, 360, False)],
)
def test_a_comparison_is_accessible(look: Visit, path: str, width: int, dark: bool) -> None:
    page = look(path, width=width, dark=dark)
    assert violations(page) == []
    assert too_wide(page) == []


def test_cells_are_filtered_without_scripts(look: Visit) -> None:
    page = look(f"/en{COMPARED}", scripts=False)
    page.locator('select[name="kind"]').select_option("value")
    page.get_by_role("button", name="Show").click()
    assert page.locator("#differences tbody tr").count() == 1
    page.get_by_role("link", name="1", exact=True).first.click()
    assert page.url.endswith("measure=cases&kind=value#cells")
