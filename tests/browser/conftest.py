"""A browser, and the portal over the shipped datasets that it looks at: one of each for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.conftest import shipped_ministry  # noqa: F401  the same store as for tests over HTTP
from tests.support.browser import Visit, Visitor, launched
from tests.support.publication import Ministry
from tests.support.served import served
from tests.support.shipped_portal import shipped_app


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker have the browser: two at once were slower than one."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def address(shipped_ministry: Ministry) -> Iterator[str]:  # noqa: F811
    with served(shipped_app(shipped_ministry)) as base:
        yield base


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser for the tests of a file: while it is open, its event loop stands in the way of others."""
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Return a function that opens a page as some visitor; what went wrong on it fails the test at its end."""
    with Visitor(browser, address) as visitor:
        yield visitor.visit
