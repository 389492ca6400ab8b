"""Chromium as a visitor of the portal: it reaches nothing but this machine, and notes everything that goes wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, Route

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_NARROW = 736
"""Up to this width, 46 rem, charts stay drawings."""
_TOLD = "found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id} ${node.target} ${node.failureSummary}`))"
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules to which it matters whether a page is light or dark."""
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """Start the Chromium of this machine; Playwright's own is never fetched."""
    if not Path(CHROMIUM).exists():
        raise RuntimeError(f"the tests of pages need Chromium at {CHROMIUM} (apt install chromium, or set CHROMIUM)")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))
    try:
        yield browser
    finally:
        browser.close()


class Visit(Protocol):
    """Opens a page."""

    def __call__(
        self, path: str, *, width: int = 1280, scripts: bool = True, dark: bool = False, status: int = 200
    ) -> Page: ...


class Visitor:
    """Opens pages, each in a context of its own; at the end nothing may have gone wrong on any of them."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self._contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for context in self._contexts:
            context.close()
        if error is None:
            assert not self.faults, self.faults

    def visit(
        self, path: str, *, width: int = 1280, scripts: bool = True, dark: bool = False, status: int = 200
    ) -> Page:
        """Open ``path``, wait until it is there, and return it."""
        context = self._browser.new_context(
            base_url=self._address,
            viewport={"width": width, "height": 800},
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            locale="vi-VN",
            permissions=["clipboard-read", "clipboard-write"],
        )
        self._contexts.append(context)
        context.route("**/*", self._only_here)
        page = context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status, path
        if scripts and page.locator("figure.drawn").count() and width > _NARROW:
            page.wait_for_selector("figure > .live svg")
        return page

    def _only_here(self, route: Route, request: Request) -> None:
        if urlsplit(request.url).netloc == urlsplit(self._address).netloc or request.url.startswith(("data:", "blob:")):
            route.continue_()
            return
        self.faults.append(f"asked another machine: {request.url}")
        route.abort()

    def _said(self, message: ConsoleMessage) -> None:
        # What a test makes fail on purpose is told of in the console as well.
        on_purpose = ("the server responded with a status of", "net::ERR_FAILED")
        if message.type in {"error", "warning"} and not any(each in message.text for each in on_purpose):
            self.faults.append(f"{message.type}: {message.text}")


def violations(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """Return what axe finds on a whole page against WCAG 2.2 AA, or ``rules`` alone, each as rule and place."""
    page.wait_for_load_state()  # before its style is there, every link is too small
    # By the debugger, which the policy of the page does not bind: the page itself may run no such script.
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": _AXE.read_text(encoding="utf-8")})
    options = f"{{runOnly: {list(rules or _RULES)!r}, resultTypes: ['violations']}}"
    expression = f"axe.run(document, {options}).then(found => {_TOLD})"
    answer: dict[str, Any] = session.send(
        "Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True}
    )
    found: list[str] = answer["result"]["value"]
    return found


def too_wide(page: Page) -> list[str]:
    """Return the elements that stand out of the page on the right, or whose text is cut off, as tag and text."""
    script = """() => {
      const cut = [];
      const width = document.documentElement.clientWidth;
      for (const each of document.querySelectorAll('body *')) {
        const box = each.getBoundingClientRect();
        if (!box.width || each.closest('.scroll, .unseen, .boxes, svg, [hidden], .skip')) continue;
        if (box.right > width + 1) cut.push(`${each.tagName} ${each.textContent.trim().slice(0, 60)}`);
      }
      return cut;
    }"""
    found: list[str] = page.evaluate(script)
    return found
