"""Every kind of page, on a telephone and a desk, light and dark: nothing that WCAG 2.2 AA forbids, nothing cut off."""

from __future__ import annotations

import pytest

from portal.shared.templating import TEMPLATES
from tests.support.browser import COLOURS, Visit, too_wide, violations
from tests.support.shipped_portal import WITHDRAWN

PAGES: dict[str, tuple[str, int]] = {
    "home": ("/", 200),
    "datasets": ("/datasets?q=sot+xuat+huyet", 200),
    "release": ("/datasets/hospital-discharges", 200),
    "explore": ("/datasets/hospital-discharges/explore?show=map&at.chapter=XVI", 200),
    "embed": ("/embed/dengue-cases?show=map", 200),
    "compare": ("/datasets/hospital-discharges/compare", 200),
    "withdrawn": ("/datasets/{}/releases/{}.{}".format(*WITHDRAWN), 410),
    "embed_withdrawn": ("/embed/{}/releases/{}.{}".format(*WITHDRAWN), 410),
    "calendar": ("/calendar", 200),
    "plan": ("/plan", 200),
    "about": ("/about", 200),
    "collection": ("/publishers/ytemo-demonstration", 200),
    "collections": ("/themes", 200),
    "reuses": ("/reuses", 200),
    "topic": ("/topics/hospital-stays", 200),
    "text": ("/glossary", 200),
    "usage": ("/usage", 200),
    "developers": ("/api", 200),
    "dataset_api": ("/datasets/dengue-cases/api", 200),
    "error": ("/nothing-here", 404),
}
"""One address for each template of ``templates/pages``."""
ELSEWHERE = {"harvested", "subscribe", "subscription"}
"""Looked at in tests/browser/test_harvested_pages.py and test_subscribing.py."""


def test_every_kind_of_page_is_looked_at() -> None:
    assert {file.stem for file in (TEMPLATES / "pages").glob("*.html")} - ELSEWHERE == set(PAGES)


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_accessible_in_light_and_in_the_dark(visit: Visit, kind: str) -> None:
    path, status = PAGES[kind]
    page = visit(path, status=status)
    assert violations(page) == []
    assert too_wide(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, rules=COLOURS) == []


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_fits_a_telephone_in_both_languages(visit: Visit, kind: str) -> None:
    path, status = PAGES[kind]
    page = visit(f"/en{path}", width=360, status=status)
    assert violations(page) == []
    assert too_wide(page) == []
    page.goto(path)
    assert too_wide(page) == []


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_needs_no_scripts(visit: Visit, kind: str) -> None:
    path, status = PAGES[kind]
    page = visit(path, scripts=False, status=status)
    assert page.locator("h1").count() == 1
    assert page.locator("h1").inner_text().strip()
