"""What people come for: a journalist, a researcher and a business, each from the first page to what they take away."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from datasets.verification import verify_package
from tests.support.browser import Visit
from tests.support.publication import Ministry

WAYS = [("vi", 360, True), ("vi", 1280, False), ("en", 1280, True), ("en", 360, False)]
"""Language, width, and whether there is JavaScript: each value meets each other once."""
TEXTS = {
    "vi": {
        "search": "Tìm",
        "dengue": "sốt xuất huyết Dengue",
        "explore": "Khám phá: bảng, biểu đồ, bản đồ",
        "map": "Bản đồ",
        "show": "Hiển thị",
        "png": "Biểu đồ dạng PNG",
        "api": "API của tập dữ liệu này",
    },
    "en": {
        "search": "Search",
        "dengue": "Dengue cases",
        "explore": "Explore: table, chart, map",
        "map": "Map",
        "show": "Show",
        "png": "The chart as PNG",
        "api": "API of this dataset",
    },
}


@pytest.mark.parametrize(("language", "width", "scripts"), WAYS)
def test_a_journalist_finds_maps_and_quotes(visit: Visit, language: str, width: int, scripts: bool) -> None:
    texts = TEXTS[language]
    page = visit("/" if language == "vi" else "/en", width=width, scripts=scripts)
    page.get_by_role("searchbox").or_(page.get_by_role("combobox")).first.fill("sot xuat huyet")
    page.get_by_role("button", name=texts["search"]).click()
    page.get_by_role("link", name=re.compile(texts["dengue"])).first.click()
    assert page.locator("figure.chart img").first.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    page.get_by_role("link", name=texts["explore"]).click()
    _show_map(page, texts, scripts=scripts)
    picture = page.get_by_role("link", name=texts["png"]).get_attribute("href") or ""
    answer = page.request.get(picture)
    assert answer.body().startswith(b"\x89PNG")
    address = page.locator("#permanent").inner_text()
    quote = page.locator("#quote").inner_text()
    assert address in quote
    assert ".." not in quote, "a sentence ends once"
    numbers = page.locator("#numbers tbody").inner_text()
    page.goto(_here(address))
    assert page.locator("#numbers tbody").inner_text() == numbers
    assert page.locator("input[name=show][value=map]").is_checked()


def _show_map(page: Page, texts: dict[str, str], *, scripts: bool) -> None:
    page.wait_for_load_state()  # Before the sheet of styles is there, everything is visible.
    folded = page.locator(".explorer > .fold > summary")
    if folded.is_visible():  # On a telephone.
        folded.click()
    page.get_by_label(texts["map"], exact=True).check()
    if not scripts:
        page.get_by_role("button", name=texts["show"], exact=True).click()
    expect(page.locator("figure.drawn picture img")).to_have_attribute("src", re.compile("show=map"))
    if scripts:
        expect(page).to_have_url(re.compile("show=map"))
    page.wait_for_load_state()


def _here(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


@pytest.mark.parametrize(("prefix", "scripts"), [("", False), ("/en", True)])
def test_a_researcher_verifies_cites_and_asks_again(
    visit: Visit, shipped_ministry: Ministry, tmp_path: Path, prefix: str, scripts: bool
) -> None:
    page = visit(f"{prefix}/datasets/hospital-discharges", scripts=scripts)
    with page.expect_download() as download:
        page.locator("#downloads ~ p a.button").first.click()
    package = tmp_path / download.value.suggested_filename
    download.value.save_as(package)
    assert verify_package(package, shipped_ministry.root / "public-key.pem").failures == ()
    page.locator("summary", has_text="BibTeX").click()
    if scripts:
        page.locator("button[data-copy=cite-bibtex]").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator("#cite-bibtex").inner_text()
    assert "releases/2025.1" in page.locator("#cite-bibtex").inner_text()
    page.goto(f"{prefix}/datasets/hospital-discharges/explore?rows=province&measure=rate&show=bars")
    first, again = (page.request.get(_here(_api(page))).body() for _ in range(2))
    assert first == again
    rows = json.loads(first)["data"]
    assert len(rows) == page.locator("#numbers tbody tr").count() == 34


def _api(page: Page) -> str:
    return page.locator("ul.takes a[href*='/api/v1/']:not([href*='format='])").first.get_attribute("href") or ""


@pytest.mark.parametrize(("language", "width", "scripts"), [WAYS[0], WAYS[3]])
def test_a_business_copies_a_call_that_works(visit: Visit, language: str, width: int, scripts: bool) -> None:
    prefix = "" if language == "vi" else "/en"
    page = visit(f"{prefix}/datasets/dengue-cases", width=width, scripts=scripts)
    page.get_by_role("link", name=re.compile(TEXTS[language]["api"])).click()
    if scripts:
        page.locator("button.copy").first.click()
        command = page.evaluate("navigator.clipboard.readText()")
    else:
        command = page.locator(".copyable code").first.inner_text()
    assert command.startswith("curl")
    done = subprocess.run(["bash", "-euc", command], check=True, capture_output=True, text=True)
    answer = json.loads(done.stdout)
    assert (answer["dataset"], answer["release"]) == ("dengue-cases", "1994-2009.1")
    assert answer["total"] > 0
