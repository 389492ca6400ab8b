"""What a telephone folds away is one touch from a reader: nothing of a release is lost, on no screen and on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Visit

TALLEST = 8_500
"""A page of more pixels than this, 360 px wide, was 22,000 of them before parts were folded."""
DATASETS = ("administrative-units", "dengue-cases", "diabetes-hospital-encounters", "hospital-discharges")


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_release_is_short_on_a_telephone(visit: Visit, dataset: str) -> None:
    page = visit(f"/datasets/{dataset}", width=360)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollHeight") <= TALLEST
    assert page.locator("nav.contents").bounding_box()["y"] < 3_500  # type: ignore[index]


def test_what_the_contents_lead_to_opens_without_scripts(visit: Visit) -> None:
    page = visit("/datasets/hospital-discharges", width=360, scripts=False)
    page.emulate_media(reduced_motion="reduce")
    for link in page.locator("nav.contents a, a[href='#disclosure'], a[href='#marks']").all():
        anchor = link.get_attribute("href") or ""
        page.goto(f"/datasets/hospital-discharges{anchor}")
        expect(page.locator(anchor)).to_be_visible()
        expect(page.locator(anchor)).to_be_in_viewport()
    page.goto("/datasets/hospital-discharges#withheld")
    expect(page.locator("#withheld-counts")).to_be_visible()


def test_a_desk_and_paper_show_what_a_telephone_folds(visit: Visit) -> None:
    """Paper shows what a desk does, and what its reader opened: every list of codes made 23 sheets of 7."""
    page = visit("/datasets/hospital-discharges", width=1280, scripts=False)
    at_a_desk = _open(page)
    assert {"methods", "marks", "dictionary", "disclosure"} <= set(at_a_desk)
    assert "checksums" not in at_a_desk
    page.set_viewport_size({"width": 360, "height": 800})
    assert _open(page) == []
    page.emulate_media(media="print")
    expect(page.locator("#methods")).to_be_visible()
    assert _open(page) == at_a_desk
    page.locator("details", has=page.locator("#cite-bibtex")).evaluate("part => { part.open = true; }")
    assert set(_open(page)) == {*at_a_desk, "cite-bibtex-lines"}


def _open(page: Page) -> list[str]:
    found: list[str] = page.locator(".folded").evaluate_all(
        "all => all.filter(each => each.checkVisibility({contentVisibilityAuto: true})).map(each => each.id)"
    )
    return found


def test_a_folded_part_opens_by_keyboard(visit: Visit) -> None:
    page = visit("/en/datasets/dengue-cases", width=360)
    summary = page.locator("summary", has_text="How the numbers were made")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#methods")).to_be_visible()
