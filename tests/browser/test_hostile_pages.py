"""Whatever a definition, a code list or an address holds is text to a browser: nothing of it runs or leads away."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, Page

from datasets.release_store import ReleaseStore
from datasets.text import Bilingual
from portal.public.explore.exploration import SHOWS
from portal.public.routers.pages import ListingParameters
from tests.support.browser import Visit, Visitor
from tests.support.hostile_dataset import ALL, ATTACKS, BOTH, EVERYWHERE, write_hostile
from tests.support.publication import NOW, Ministry
from tests.support.served import served
from tests.support.shipped_portal import shipped_app

RELEASE = "/datasets/hostile/releases/2026.1"
EXPLORED = {
    "line": "rows=month&columns=kind_of",
    "bars": "rows=kind_of",
    "panels": "rows=month&columns=kind_of",
    "map": "rows=province&at.kind_of=g1",
    "table": "rows=kind_of&columns=province&sort=-label",
}
PAGES = (
    "/",
    "/en",
    "/en/datasets?q=onerror",
    "/datasets/hostile",
    "/en/datasets/hostile",
    "/datasets/hostile/releases/2025.1",
    "/en/datasets/hostile/api",
    "/publishers",
    "/en/publishers/evil",
    "/themes/preventive-medicine",
    "/en/calendar",
    "/plan",
    *(
        f"{prefix}/datasets/hostile/explore?show={show}&{EXPLORED[show]}"
        for show, prefix in zip(SHOWS, ("", "/en", "/en", "", "/en"), strict=True)
    ),
)
ALONE = (
    "/embed/hostile?show=bars&rows=kind_of",
    f"/en{RELEASE}/explore.svg?show=panels&rows=month&columns=kind_of&source=1",
    f"{RELEASE}/explore.png?show=bars&rows=kind_of",
    f"{RELEASE}/charts/all.svg",
    f"{RELEASE}/spark.svg",
    "/api/v1/datasets/hostile/docs",
    "/feeds/all.atom",
    "/api/v1/docs?url=https://evil.example/&configUrl=https://evil.example/",
)


IN_XHTML = "<meta xmlns='http://www.w3.org/1999/xhtml' http-equiv='refresh' content='0;url=https://evil.example/'/>"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a portal whose one dataset was published by the usual job, with a release withdrawn again."""
    root = tmp_path_factory.mktemp("hostile")
    folder, ministry = write_hostile(root / "input"), Ministry(root / "store")
    (folder / "cases-2025.csv").write_bytes((folder / "cases-2026.csv").read_bytes().replace(b"2026-", b"2025-"))
    for edition in ("2025", "2026"):
        ministry.publish(folder, edition, folder)
    why = Bilingual(**BOTH)
    ReleaseStore(ministry.root).withdraw("hostile", "2025", 1, reason=why, signer=ministry.signer(), now=NOW)
    with served(shipped_app(ministry)) as address:
        yield address


@pytest.fixture
def go(browser: Browser, hostile: str) -> Iterator[Visit]:
    with Visitor(browser, hostile) as visitor:
        yield visitor.visit


def unharmed(page: Page) -> None:
    """Nothing ran, nothing was put into the page, and no link of it would run anything."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.evaluate("typeof window.hit") == "undefined", page.url
    found = page.evaluate(
        """() => {
          const shady = /^\\s*(javascript|vbscript|data):/i;
          const leading = [...document.querySelectorAll('[href], [src], [action], base, iframe, meta[http-equiv]')];
          const bad = leading.filter((each) => each.matches('base, iframe, meta') ||
            ['href', 'src', 'action'].some((name) => shady.test(each.getAttribute(name))));
          const handled = [...document.querySelectorAll('*')].filter((each) =>
            [...each.attributes].some((one) => /^(on|autofocus|srcdoc)/i.test(one.name)));
          return [...bad, ...handled].map((each) => each.outerHTML.slice(0, 200));
        }"""
    )
    assert found == [], page.url


@pytest.mark.parametrize("path", PAGES)
def test_a_hostile_dataset_is_text_on_every_page(go: Visit, path: str) -> None:
    page = go(path, status=410 if "2025.1" in path else 200)
    unharmed(page)
    text = page.locator("body").inner_text()
    assert all(attack in text for attack in EVERYWHERE)


def test_a_chart_that_is_pointed_at_tells_text(go: Visit) -> None:
    page = go(f"/datasets/hostile/explore?show=bars&{EXPLORED['bars']}")
    page.locator(".live .mark-rect path").first.hover()
    assert EVERYWHERE[0] in page.locator(".pointed").inner_text()
    unharmed(page)


@pytest.mark.parametrize("part", ["<a href='javascript:window.hit=1'/>", "<image href='/x'/>", IN_XHTML])
def test_a_drawing_with_anything_else_in_it_stays_an_image(go: Visit, part: str) -> None:
    page = go("/datasets/hostile/api")
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><g>{part}</g><g id="z"/></svg>'
    page.route("**/charts/**", lambda route: route.fulfill(content_type="image/svg+xml", body=drawing))
    page.goto("/datasets/hostile", wait_until="networkidle")
    assert page.locator("figure.chart img").first.is_visible()
    assert page.locator("#z").count() == 0
    unharmed(page)


def test_suggestions_are_text(go: Visit) -> None:
    page = go("/")
    page.locator("#q").press_sequentially("script")
    assert EVERYWHERE[0] in page.locator("#q-list li").first.inner_text()
    unharmed(page)


@pytest.mark.parametrize("path", ALONE)
def test_what_is_opened_by_itself_runs_nothing(go: Visit, path: str) -> None:
    page = go(path)
    if "/docs" in path:
        page.wait_for_selector(".opblock-summary")
    unharmed(page)
    if ".svg" in path:
        assert page.evaluate("document.documentElement.querySelectorAll('script, foreignObject, image, a').length") == 0
        assert EVERYWHERE[0] in page.evaluate("document.documentElement.textContent")


def asked() -> dict[str, tuple[str, int]]:
    """Return addresses with attacks in each of their parameters, and the status that they are answered with."""
    found: dict[str, tuple[str, int]] = {}
    several = [
        "theme",
        "publisher",
        "kind",
        "geography",
        "period",
        "frequency",
        "format",
        "licence",
        "status",
        "source",
    ]
    assert set(several) < set(ListingParameters.model_fields)
    filters = [(name, attack) for name in several for attack in ATTACKS]
    found["filters"] = f"/datasets?{urlencode(filters)}", 200
    for at, attack in enumerate((BOTH["vi"][:400], BOTH["en"][:400])):
        found[f"search {at}"] = f"{('', '/en')[at]}/datasets?{urlencode({'q': attack})}", 200
    for name in ("sort", "page"):
        found[name] = f"/datasets?{urlencode({name: ALL})}", 422
    names = ["table", "show", "measure", "rows", "columns", "geography", "sort"]
    names += [f"{kind}.{of}" for kind in ("in", "level", "from", "to", "at") for of in ("province", "month", "kind_of")]
    state = urlencode({name: f"{BOTH['vi']} {name}" for name in names} | {attack: attack for attack in ATTACKS})
    found["explorer"] = f"/datasets/hostile/explore?{state}", 200
    found["embedded"] = f"/en/embed/hostile?{state}", 200
    found["address"] = f"/en/{quote(ALL, safe='')}", 404
    found["dataset"] = f"/datasets/{quote(BOTH['vi'], safe='')}/explore", 404
    return found


@pytest.mark.parametrize("kind", asked())
def test_what_an_address_holds_is_text(go: Visit, kind: str) -> None:
    path, status = asked()[kind]
    page = go(path, status=status)
    unharmed(page)
    if kind in {"explorer", "filters"} or kind.startswith("search"):
        told = page.locator("body").inner_text() + " ".join(
            page.locator("input[type=search]").evaluate_all("boxes => boxes.map(box => box.value)")
        )
        assert EVERYWHERE[0] in told
