"""List the tables of the public datasets, all of them or those that words find, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from catalog.facets import OURS
from catalog.search import MAX_PAGE_SIZE as MOST_HITS
from catalog.search import Catalog, SearchRequest
from datasets.errors import FileNotFound, Problem
from datasets.public_releases import PublicReleases
from datasets.said import said
from datasets.text import Language
from portal.public.pxweb.found_tables import FoundTable, tables_of
from portal.public.pxweb.requests import MAX_PAGE_SIZE, PAGE_SIZE, Parameters, one, read_flag, read_number
from portal.public.pxweb.table_documents import Page

_MOST_DAYS = 100_000
_MOST_PAGES = 999_999
_OTHERS = ("query", "pastDays", "includeDiscontinued")
LIST_PARAMETERS = ("lang", *_OTHERS, "pageNumber", "pageSize")


def found_page(
    releases: PublicReleases, datasets: Sequence[str], parameters: Parameters, *, now: datetime
) -> tuple[list[FoundTable], Page]:
    """Return one page of the tables of ``datasets``; a page behind the last raises FileNotFound."""
    found = list(tables_of(releases, datasets, discontinued=read_flag(parameters, "includeDiscontinued")))
    days = read_number(parameters, "pastDays", 0, most=_MOST_DAYS)
    if days:
        since = now - timedelta(days=days)
        found = [each for each in found if each.release.manifest.available_from >= since]
    kept = tuple((name, one(parameters, name)) for name in _OTHERS if one(parameters, name))
    page = Page(
        number=read_number(parameters, "pageNumber", 1, most=_MOST_PAGES),
        size=read_number(parameters, "pageSize", PAGE_SIZE, most=MAX_PAGE_SIZE),
        total=len(found),
        parameters=kept,
    )
    if page.number > page.pages:
        rule, remedy = said("the last page is %(last)s", last=page.pages), said("Follow the links")
        raise FileNotFound(said("There is no such page"), problems=[Problem("pageNumber", rule, remedy)])
    start = (page.number - 1) * page.size
    return found[start : start + page.size], page


def datasets_like(catalog: Catalog, words: str, language: Language) -> Iterator[str]:
    """Yield the datasets that ``words`` find, the best first."""
    number, total = 1, 1
    while (number - 1) * MOST_HITS < total:
        request = SearchRequest(text=words, filters=OURS, page=number, page_size=MOST_HITS, lang=language)
        results = catalog.search(request)
        total, number = results.total, number + 1
        yield from (hit.record.id for hit in results.hits)
