"""The explorer with JavaScript: it follows each choice, goes back, keeps the reader's place, says what it does."""

from __future__ import annotations

import re
import time
from html import unescape
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import Visit

EXPLORER = "/datasets/dengue-cases/explore"
_LISTEN = """() => {
  window.said = [];
  const status = document.getElementById("explore-status");
  new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
}"""


def title(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_it_follows_a_choice_and_goes_back(visit: Visit) -> None:
    page = visit(EXPLORER)
    page.evaluate("window.sameDocument = true")
    before = title(page)
    page.locator("select[name=rows]").select_option("province")
    expect(page.locator("h1")).not_to_have_text(before)
    expect(page).to_have_url(re.compile("rows=province"))
    assert page.title().startswith(f"Khám phá: {title(page)}")
    assert "rows=province" in (page.locator("a.language").get_attribute("href") or "")
    page.go_back()
    expect(page.locator("h1")).to_have_text(before)
    assert page.evaluate("window.sameDocument"), "the page was never loaded anew"


def test_the_reader_keeps_the_place(visit: Visit) -> None:
    page = visit(f"{EXPLORER}?show=map")
    page.locator(".choices details summary").click()
    box = page.locator(".boxes input").nth(3)
    box.focus()
    page.keyboard.press("Space")
    expect(page.locator("#numbers tbody tr")).to_have_count(1)
    assert page.locator(".choices details").evaluate("details => details.open")
    assert page.evaluate("document.activeElement.value") == box.input_value()
    assert box.is_checked()


def test_columns_are_sorted_by_the_keyboard(visit: Visit) -> None:
    page = visit(f"{EXPLORER}?show=map&rows=province")
    page.locator("#numbers thead a").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#numbers thead th").nth(1)).to_have_attribute("aria-sort", "descending")
    expect(page.locator("#numbers tbody th").first).to_have_text("TP. Hồ Chí Minh")
    values = page.locator("#numbers tbody td").all_inner_texts()
    numbers = [int(value.partition(" ")[0].replace(".", "")) for value in values if not value.startswith("[")]
    assert numbers == sorted(numbers, reverse=True)
    assert values[-1].startswith("["), "what has no value comes last"


def test_the_chart_answers_to_being_pointed_at(visit: Visit) -> None:
    page = visit(f"{EXPLORER}?show=map")
    area = page.locator("figure > .live path[aria-label^='Đắk Lắk']")
    assert page.locator(".live path[aria-label]").count() == 63
    area.hover(force=True)
    expect(page.locator(".pointed")).to_have_text("Đắk Lắk: 771")
    assert not page.locator("figure.drawn picture").is_visible()


@pytest.mark.parametrize("path", [f"{EXPLORER}?show=map", "/datasets/dengue-cases", "/embed/dengue-cases?show=line"])
def test_a_drawing_has_the_letters_of_the_page(visit: Visit, path: str) -> None:
    page = visit(path, width=360)
    text = page.locator("figure.chart picture svg text").first
    assert "Be Vietnam Pro" in text.evaluate("text => getComputedStyle(text).fontFamily")
    assert not page.locator("figure.chart picture img").first.is_visible()
    drawing = page.locator("figure.chart picture svg").first
    assert drawing.get_attribute("aria-label"), "it is told as the image was"
    assert drawing.bounding_box()["width"] <= 360  # type: ignore[index]


def test_what_can_be_copied_stays_so_after_a_choice(visit: Visit) -> None:
    page = visit(EXPLORER)
    page.locator("select[name=rows]").select_option("province")
    expect(page).to_have_url(re.compile("rows=province"))
    if page.evaluate("Boolean(navigator.clipboard)"):
        expect(page.locator("button[data-copy]").first).to_be_visible()


@pytest.mark.parametrize("scripts", [False, True])
def test_on_a_telephone_the_choices_are_folded_above_the_numbers(visit: Visit, *, scripts: bool) -> None:
    page = visit(f"{EXPLORER}?show=map", width=360, scripts=scripts)
    form, numbers = page.locator("#explore-form"), page.locator("#numbers")
    assert not form.is_visible()
    fold = page.locator(".explorer > .fold > summary")
    assert fold.bounding_box()["y"] < numbers.bounding_box()["y"]  # type: ignore[index]
    fold.click()
    assert form.is_visible()
    form.locator("select[name=measure]").wait_for()
    assert visit(f"{EXPLORER}?show=map", scripts=scripts).locator("#explore-form").is_visible(), "on a desk it is open"


def test_waiting_and_failing_are_told(visit: Visit) -> None:
    page = visit(EXPLORER)

    def slow(route: Route) -> None:
        time.sleep(0.8)
        route.abort()

    page.evaluate(_LISTEN)
    page.route("**/explore?*", slow)
    page.locator("select[name=rows]").select_option("province")
    status = page.locator("#explore-status")
    expect(status).to_have_text("Không tải được. Hãy bấm nút bên dưới để thử lại.")
    assert page.evaluate("window.said")[0] == "Đang tải…"
    page.unroute("**/explore?*")
    page.get_by_role("button", name="Hiển thị", exact=True).click()
    expect(page).to_have_url(re.compile("rows=province"))


@pytest.mark.parametrize(
    "path",
    [
        "/datasets/dengue-cases/explore?show=line",
        "/datasets/dengue-cases/explore?show=map",
        "/datasets/hospital-discharges/explore?show=bars&rows=province",
        "/datasets/hospital-discharges/explore?show=table&rows=chapter&columns=sex",
    ],
)
def test_the_frame_that_is_offered_fits_what_it_shows(visit: Visit, path: str) -> None:
    lines = visit(path, scripts=False).locator("#embed").inner_text()
    source, height = re.findall(r'src="([^"]+)"', lines)[0], int(re.findall(r'height="(\d+)"', lines)[0])
    parts = urlsplit(unescape(source))
    frame = visit(f"{parts.path}?{parts.query}", width=760, scripts=False)
    box = frame.locator("body").bounding_box()
    assert box is not None
    assert 0.95 * box["height"] <= height <= 1.15 * box["height"] + 40, box
