"""What programs ask of a site as a whole: where robots may go, which pages there are, and its icon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response

import portal.shared
from catalog.standards.described import Described, describe_all
from datasets.text import LANGUAGES, Language
from portal.public.dependencies import GetServices, Services
from portal.public.live_schedule import schedule_today
from portal.public.routers.pages import page_links
from portal.public.topics.gathering import Gathered
from portal.shared.links import Links
from portal.shared.responses import SHORT, is_known, not_modified, validators, weak_tag

router = APIRouter(include_in_schema=False)

_METHODS = ["GET", "HEAD"]
_ICON = Path(portal.shared.__file__).parent / "static" / "icon.svg"
_MOST = 10_000
"""A sitemap holds at most 50,000 addresses; each dataset has two pages in each language."""


@router.api_route("/robots.txt", methods=_METHODS)
def robots(request: Request, services: GetServices) -> PlainTextResponse:
    """Ask search engines to leave out what has no end, searches and the API; and name the sitemap."""
    letters = tuple(f"{language}/{page}?" for language in ("", "/en") for page in ("report", "request"))
    lists = ("/datasets?", "/en/datasets?", "/*/explore?", "/embed/", "/en/embed/")
    endless = ("/api/", "/odata/", "/sdmx/", "/datastore/", *lists, *letters)
    rules = ["User-agent: *", *(f"Disallow: {path}" for path in endless)]
    links = page_links(request, services)
    text = "\n".join([*rules, f"Sitemap: {links.absolute(links.sitemap())}"]) + "\n"
    return PlainTextResponse(text, headers={"Cache-Control": SHORT})


@router.api_route("/sitemap.xml", methods=_METHODS)
def sitemap(request: Request, services: GetServices) -> Response:
    """Every page that search engines should know, in both languages."""
    links = page_links(request, services)
    tag = weak_tag(services.releases.stamp(), services.topics.stamp, links.base_url)
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    body = services.documents.get(f"sitemap {tag}", lambda: _sitemap(services, links))
    return Response(body, media_type="application/xml", headers=validators(tag, SHORT))


@router.api_route("/favicon.ico", methods=_METHODS)
def favicon() -> FileResponse:
    """The icon, for programs that ask for it without having read a page."""
    return FileResponse(_ICON, media_type="image/svg+xml", headers={"Cache-Control": SHORT})


def _sitemap(services: Services, links: Links) -> bytes:
    pages = _pages(services, links)
    lines = "\n".join(line for pair, changed in pages for line in _entries(pair, links, changed))
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    )
    return f"{head}{lines}\n</urlset>\n".encode()


def _pages(services: Services, links: Links) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the addresses of each page by language, and when what it shows last changed; empty where that is unknown.

    Pages of datasets change with their releases; that of a release by itself never does, and its dataset's leads to it.
    """
    releases = services.releases
    found = list(describe_all(releases, releases.datasets()[:_MOST]))
    newest = max((each.modified for each in found), default=None)
    changed = newest.isoformat(timespec="seconds") if newest else ""
    for address, moment in (
        (links.home, changed),
        (links.datasets, changed),
        (links.calendar, changed),
        (links.plan, changed),
        (links.about, ""),
        (links.developers, ""),
        (links.publishers, changed),
        (links.themes, changed),
        (links.topics, changed),
        *((address, "") for address in (links.help, links.glossary, links.accessibility)),
        *((address, "") for address in (links.request, links.report, links.reuses)),
    ):
        yield {language: address(language) for language in LANGUAGES}, moment
    yield from _collections(found, services.topics.gathered(schedule_today(releases)), links)
    for each in found:
        dataset, moment = each.release.dataset, each.modified.isoformat(timespec="seconds")
        yield {language: links.dataset(dataset, language) for language in LANGUAGES}, moment
        yield {language: links.dataset_api(dataset, language) for language in LANGUAGES}, moment


def _collections(
    found: list[Described], topics: tuple[Gathered, ...], links: Links
) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the pages of publishers, themes and topics that have a dataset: they change with these."""
    moments: dict[tuple[Callable[[str, Language], str], str], str] = {}
    for each in found:
        about, moment = each.release.description, each.modified.isoformat(timespec="seconds")
        of_topics = [(links.topic, one.topic.id) for one in topics if each.release.dataset in one.datasets]
        for key in ((links.publisher, about.publisher.id), (links.theme, about.theme), *of_topics):
            moments[key] = max(moment, moments.get(key, ""))
    for (address, name), moment in moments.items():
        yield {language: address(name, language) for language in LANGUAGES}, moment


def _entries(addresses: dict[str, str], links: Links, changed: str) -> Iterator[str]:
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(links.absolute(path))}/>'
        for language, path in addresses.items()
    )
    for path in addresses.values():
        moment = f"<lastmod>{changed}</lastmod>" if changed else ""
        yield f"<url><loc>{escape(links.absolute(path))}</loc>{moment}{others}</url>"
