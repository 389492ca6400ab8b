"""The first page: search, the newest statistics as a chart, what is new, what comes next, and the themes."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from catalog.facets import OURS
from catalog.record import THEME_LABELS, CatalogRecord
from catalog.schedule import Schedule
from catalog.search import Catalog, SearchRequest
from datasets.text import Model
from portal.public.pages.collection import topic_choices
from portal.public.pages.headline import Headline
from portal.public.pages.listing import value_label
from portal.public.pages.parts import Choice
from portal.public.pages.schedule import DatasetName, ExpectedView, expected_view
from portal.public.pages.search_examples import search_examples
from portal.public.topics.gathering import Gathered
from portal.shared import labels
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

NEWEST = 5
NEXT = 3


class NewsView(Model):
    """A dataset with a new release."""

    name: DatasetName = Field(description="The dataset.")
    edition: str = Field(description="Its newest edition; empty where it has none.")
    day: str = Field(description="The day on which that appeared; empty where that is not known.")
    moment: str = Field(description="The same for machines.")


class HomePage(Page):
    """The first page."""

    demonstration: bool = Field(description="Whether it shows datasets that come with ytemo, not those of a ministry.")
    examples: tuple[str, ...] = Field(description="Words that find something, in quotation marks.")
    headline: Headline | None = Field(description="The newest statistics, where there are any with a chart.")
    newest: tuple[NewsView, ...] = Field(description="Our datasets whose newest release is the most recent.")
    coming: tuple[ExpectedView, ...] = Field(description="The next editions with an announced day.")
    overdue: str = Field(description="How many editions are overdue, in words; empty where none is.")
    calendar: str = Field(description="The release calendar.")
    calendar_file: str = Field(description="The release calendar as programs subscribe to it.")
    plan: str = Field(description="The open-data plan.")
    topics: tuple[Choice, ...] = Field(description="What people look for, as far as there is something of it.")
    themes: tuple[Choice, ...] = Field(description="Every theme that has a dataset.")
    total: str = Field(description="How many datasets there are, those of other catalogs among them.")


@dataclass(frozen=True)
class Told:
    """What the first page tells of."""

    catalog: Catalog
    schedule: Schedule
    headline: Headline | None
    topics: tuple[Gathered, ...] = ()


def home_page(told: Told, links: Links, words: Wording) -> HomePage:
    """Return the first page."""
    catalog, schedule = told.catalog, told.schedule
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
        demonstration=schedule.shows_demonstration,
        examples=search_examples(told.topics),
        headline=told.headline,
        newest=tuple(_news(hit.record, links, words) for hit in ours.hits),
        coming=tuple(expected_view(each, schedule.today, links, words) for each in schedule.coming[:NEXT]),
        overdue=_overdue(len(schedule.overdue), words),
        calendar=links.calendar(words.language),
        calendar_file=links.calendar_file(words.language),
        plan=links.plan(words.language),
        topics=topic_choices(told.topics, links, words),
        themes=tuple(
            Choice(
                label=value_label(catalog, "theme", value, words),
                url=links.theme(value, words.language)
                if value in THEME_LABELS
                else links.datasets(words.language, theme=(value,)),
                count=words.number(count),
            )
            for value, count in found.facets["theme"]
        ),
        total=words.number(found.total),
    )


def _news(record: CatalogRecord, links: Links, words: Wording) -> NewsView:
    title = words.of(record.title)
    return NewsView(
        name=DatasetName(
            title=labels.beside_badge(title) if record.synthetic else title,
            url=links.dataset(record.id, words.language),
            synthetic=record.synthetic,
        ),
        edition=words.period(record.latest_edition) if record.latest_edition else "",
        day=words.day(record.published_at) if record.published_at else "",
        moment=record.published_at,
    )


def _overdue(count: int, words: Wording) -> str:
    if not count:
        return ""
    message = words.ngettext("%(count)s edition is overdue.", "%(count)s editions are overdue.", count)
    return message % {"count": words.number(count)}
