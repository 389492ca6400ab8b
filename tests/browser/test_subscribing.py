"""Somebody subscribes in Chromium, confirms and stops it again; every page on the way is for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.public.app import PortalOptions, create_app
from portal.public.subscriptions.mail import post_from
from tests.support.browser import COLOURS, Visit, Visitor, too_wide, violations
from tests.support.mail_receiver import MailReceiver, mail_receiver
from tests.support.releases import make_demo_store
from tests.support.served import served

SITE = "http://127.0.0.1"


@pytest.fixture(scope="module")
def receiver() -> Iterator[MailReceiver]:
    with mail_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def address(receiver: MailReceiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    demo = make_demo_store(tmp_path_factory.mktemp("letters") / "data")
    post = post_from(receiver.url, "news@example.gov.vn", SITE)
    app = create_app(PortalOptions(demo.root, demo.public_key, SITE, post=post), demo.releases)
    app.state.services.catalog.refresh()
    with served(app) as base:
        yield base


@pytest.fixture
def look(browser: Browser, address: str) -> Iterator[Visit]:
    with Visitor(browser, address) as visitor:
        yield visitor.visit


def check(page: Page) -> None:
    """Look at a page that is open: light, dark, and how wide it is."""
    assert violations(page) == []
    assert too_wide(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, rules=COLOURS) == []
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize(("width", "prefix"), [(360, ""), (1280, "/en")])
def test_a_reader_subscribes_and_stops_it(look: Visit, receiver: MailReceiver, width: int, prefix: str) -> None:
    count = len(receiver.had)
    page = look(f"{prefix}/datasets/notifiable-diseases", width=width)
    page.locator("main a[href*=subscribe]").click()
    page.wait_for_url(re.compile(r"/subscribe\?about="))
    check(page)
    expect(page.get_by_role("radio").first).to_be_checked()
    page.get_by_role("textbox").fill(f"lan-{width}@example.org")
    page.locator("main button").click()
    page.wait_for_url("**/subscribe/asked")
    check(page)
    link = receiver.wait_for(count + 1)[-1].links("/confirm/")[0]
    page.goto(urlsplit(link).path)
    check(page)
    page.locator("main button").click()
    page.locator("main .takes a[href*=unsubscribe]").click()
    page.wait_for_url("**/unsubscribe/*")
    check(page)
    with page.expect_navigation():  # to the same address, where nothing may be left to press
        page.locator("main button").first.click()
    expect(page.locator("main button")).to_have_count(0)
    check(page)


def test_without_scripts_too_and_a_slip_is_told(look: Visit, receiver: MailReceiver) -> None:
    page = look("/subscribe", scripts=False)
    page.get_by_role("textbox").fill("lan@localhost")
    page.locator("main button").click()
    expect(page.get_by_role("alert")).to_contain_text("lan@example.org")
    expect(page.get_by_role("textbox")).to_have_value("lan@localhost")
