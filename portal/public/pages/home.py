"""The first page: search, the newest releases, and the themes."""

from __future__ import annotations

from pydantic import Field

from catalog.facets import OURS
from catalog.search import Catalog, SearchRequest
from portal.public.pages.listing import cards, value_label
from portal.public.pages.parts import Choice, DatasetCard
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

NEWEST = 6


class HomePage(Page):
    """The first page."""

    newest: tuple[DatasetCard, ...] = Field(description="Our datasets whose newest release is the most recent.")
    themes: tuple[Choice, ...] = Field(description="Every theme that has a dataset.")
    total: str = Field(description="How many datasets there are, those of other catalogs among them.")


def home_page(catalog: Catalog, links: Links, words: Wording) -> HomePage:
    """Return the first page."""
    found = catalog.search(SearchRequest(page_size=1, lang=words.language))
    ours = catalog.search(SearchRequest(filters=OURS, sort="newest", page_size=NEWEST, lang=words.language))
    return HomePage(
        language=words.language,
        title=words.gettext("Open health data of Viet Nam"),
        description=words.gettext(
            "Health statistics, registers and code lists, free to find, download, query and cite."
        ),
        section="home",
        in_vietnamese=links.home("vi"),
        in_english=links.home("en"),
        newest=cards(ours.hits, links, words),
        themes=tuple(
            Choice(
                label=value_label(catalog, "theme", value, words),
                url=links.datasets(words.language, theme=(value,)),
                count=words.number(count),
            )
            for value, count in found.facets["theme"]
        ),
        total=words.number(found.total),
    )
