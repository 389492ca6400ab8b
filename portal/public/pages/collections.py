"""The lists of all publishers, of all themes and of all topics."""

from __future__ import annotations

from pydantic import Field

from catalog.record import THEME_LABELS
from datasets.text import Model
from portal.public.pages.collection import Shelves, count_of
from portal.public.pages.theme_texts import THEMES
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording


class Entry(Model):
    """One of them."""

    title: str = Field(description="What it is called.")
    url: str = Field(description="Its page.")
    summary: str = Field(description="What it holds; empty where nothing says so.")
    count: str = Field(description="How many datasets it has, in words.")


class CollectionsPage(Page):
    """All publishers, all themes, or all topics."""

    entries: tuple[Entry, ...] = Field(description="Each of them.")


def publishers_page(shelves: Shelves, links: Links, words: Wording) -> CollectionsPage:
    """Return the list of those who publish here, who has most datasets first."""
    counts = shelves.search(words.language, {}).facets["publisher"]
    return CollectionsPage(
        language=words.language,
        title=words.gettext("Publishers"),
        description=words.gettext("Who publishes health data here, and whom to ask."),
        section="",
        in_vietnamese=links.publishers("vi"),
        in_english=links.publishers("en"),
        entries=tuple(
            Entry(
                title=words.of(shelves.catalog.label("publisher", value)),
                url=links.publisher(value, words.language),
                summary="",
                count=count_of(count, words),
            )
            for value, count in counts
        ),
    )


def themes_page(shelves: Shelves, links: Links, words: Wording) -> CollectionsPage:
    """Return the list of all themes in their order, those without a dataset too."""
    counts = dict(shelves.search(words.language, {}).facets["theme"])
    return CollectionsPage(
        language=words.language,
        title=words.gettext("Themes"),
        description=words.gettext("Health data by what it is about."),
        section="",
        in_vietnamese=links.themes("vi"),
        in_english=links.themes("en"),
        entries=tuple(
            Entry(
                title=words.of(THEME_LABELS[theme]),
                url=links.theme(theme, words.language),
                summary=words.of(sentence),
                count=count_of(counts.get(theme, 0), words),
            )
            for theme, sentence in THEMES.items()
        ),
    )


def topics_page(shelves: Shelves, links: Links, words: Wording) -> CollectionsPage:
    """Return the list of the topics of which something is published or planned."""
    return CollectionsPage(
        language=words.language,
        title=words.gettext("Topics"),
        description=words.gettext("What people look for: the numbers, the usual questions and what comes next."),
        section="",
        in_vietnamese=links.topics("vi"),
        in_english=links.topics("en"),
        entries=tuple(
            Entry(
                title=words.of(each.topic.title),
                url=links.topic(each.topic.id, words.language),
                summary=words.of(each.topic.sentence),
                count=count_of(len(each.standings), words),
            )
            for each in shelves.topics
        ),
    )
