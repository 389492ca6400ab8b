"""What belongs together: the datasets of a publisher or of a theme, whom to ask of them, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from catalog.facets import HARVESTED, OURS
from catalog.record import THEME_LABELS
from catalog.schedule import Schedule
from catalog.search import MAX_PAGE_SIZE, Catalog, SearchRequest, SearchResults
from datasets.errors import DatasetNotFound, FileNotFound, Problem, VerificationFailed
from datasets.hints import hint
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.said import said
from datasets.text import Language
from portal.public.letters import mailto
from portal.public.pages.harvested import OutwardLink, outward
from portal.public.pages.listing import cards
from portal.public.pages.parts import Choice, DatasetCard, Fact
from portal.public.pages.schedule import ExpectedView, expected_view
from portal.public.pages.theme_texts import THEMES
from portal.public.topics.gathering import Gathered
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording


class CollectionPage(Page):
    """A publisher or a theme."""

    kind: str = Field(description="What it is, in words.")
    all: Choice = Field(description="The list of all of its kind.")
    lead: str = Field(description="What it holds, in a sentence; empty where nothing says so.")
    website: OutwardLink | None = Field(description="The web site of a publisher.")
    contacts: tuple[Fact, ...] = Field(description="Whom to ask: the unit, and what opens a letter to it.")
    total: str = Field(description="How many datasets it has, in words; empty for none.")
    cards: tuple[DatasetCard, ...] = Field(description="Its datasets, the newest first.")
    more: str = Field(description="Where those are that are not listed here; empty where all are.")
    elsewhere: Choice | None = Field(description="Datasets of other catalogs about the same.")
    topics: tuple[Choice, ...] = Field(description="What people look for that its datasets are about.")
    upcoming: tuple[ExpectedView, ...] = Field(description="What is overdue and what comes next.")
    feed: str = Field(description="Its feed.")
    feed_title: str = Field(description="What the feed is called.")
    letters: str = Field(description="Where one subscribes to letters about it; empty where there are none.")


@dataclass(frozen=True)
class Shelves:
    """Where datasets are found, what is expected of them today, and which topics they are about."""

    catalog: Catalog
    releases: PublicReleases
    schedule: Schedule
    topics: tuple[Gathered, ...] = ()

    def search(self, language: Language, filters: Mapping[str, tuple[str, ...]]) -> SearchResults:
        """Return our datasets that pass the filters, the newest first."""
        request = SearchRequest(filters={**OURS, **filters}, sort="newest", page_size=MAX_PAGE_SIZE, lang=language)
        return self.catalog.search(request)

    def newest(self, found: SearchResults) -> Iterator[PublicRelease]:
        """Yield the newest release of each dataset found, but for those that went since the catalog was made."""
        for hit in found.hits:
            try:
                yield self.releases.latest(hit.record.id)
            except (DatasetNotFound, VerificationFailed):
                continue


def publisher_page(publisher: str, shelves: Shelves, links: Links, words: Wording) -> CollectionPage:
    """Return the page of a publisher; raises FileNotFound where nobody of this name has published anything."""
    found = shelves.search(words.language, {"publisher": (publisher,)})
    if not found.total:
        known = [value for value, _ in shelves.search(words.language, {}).facets["publisher"]]
        raise unknown(said("There is no publisher of this name"), publisher, known)
    releases = list(shelves.newest(found))
    organisations = [each.description.publisher for each in releases if each.description.publisher.id == publisher]
    website = next((each.url for each in organisations if each.url), "")
    name = words.of(found.hits[0].record.publisher_name)
    return CollectionPage(
        language=words.language,
        title=name,
        description=words.gettext("Health data published by %(name)s.") % {"name": name},
        section="",
        in_vietnamese=links.publisher(publisher, "vi"),
        in_english=links.publisher(publisher, "en"),
        kind=words.gettext("Publisher"),
        all=Choice(label=words.gettext("Publishers"), url=links.publishers(words.language)),
        lead="",
        website=_website(website, words),
        contacts=_contacts(releases, words),
        elsewhere=None,
        topics=(),
        **_held(found, shelves, links, words),
        more=_more(found, "publisher", publisher, links, words),
        feed=links.feed(words.language, "publishers", publisher),
        feed_title=words.gettext("News of this publisher"),
        letters="",
    )


def theme_page(theme: str, shelves: Shelves, links: Links, words: Wording) -> CollectionPage:
    """Return the page of a theme, also of one that has no dataset yet; raises FileNotFound where there is none such."""
    if theme not in THEMES:
        raise unknown(said("There is no theme of this name"), theme, list(THEMES))
    found = shelves.search(words.language, {"theme": (theme,)})
    sentence = words.of(THEMES[theme])
    return CollectionPage(
        language=words.language,
        title=words.of(THEME_LABELS[theme]),
        description=sentence,
        section="",
        in_vietnamese=links.theme(theme, "vi"),
        in_english=links.theme(theme, "en"),
        kind=words.gettext("Theme"),
        all=Choice(label=words.gettext("Themes"), url=links.themes(words.language)),
        lead=sentence,
        website=None,
        contacts=(),
        elsewhere=_elsewhere(theme, shelves.catalog, links, words),
        topics=topic_choices([each for each in shelves.topics if theme in each.themes], links, words),
        **_held(found, shelves, links, words),
        more=_more(found, "theme", theme, links, words),
        feed=links.feed(words.language, "themes", theme),
        feed_title=words.gettext("News of this theme"),
        letters=links.subscribe(words.language, f"themes/{theme}"),
    )


def _held(found: SearchResults, shelves: Shelves, links: Links, words: Wording) -> dict[str, Any]:
    """Return what a publisher and a theme show alike; what comes next is as the calendar tells it."""
    names, schedule = {hit.record.id for hit in found.hits}, shelves.schedule
    expected = [each for each in (*schedule.overdue, *schedule.coming) if each.release.dataset in names]
    return {
        "total": count_of(found.total, words) if found.total else "",
        "cards": cards(found.hits, links, words),
        "upcoming": tuple(expected_view(each, schedule.today, links, words) for each in expected),
    }


def topic_choices(topics: Sequence[Gathered], links: Links, words: Wording) -> tuple[Choice, ...]:
    """Return topics as they are named in a list, each with how many datasets it has."""
    return tuple(
        Choice(
            label=words.of(each.topic.title),
            url=links.topic(each.topic.id, words.language),
            count=words.number(len(each.standings)),
        )
        for each in topics
    )


def count_of(total: int, words: Wording) -> str:
    """Return how many datasets there are, in words."""
    if not total:
        return words.gettext("No dataset yet")
    return words.ngettext("%(count)s dataset", "%(count)s datasets", total) % {"count": words.number(total)}


def _contacts(releases: Iterable[PublicRelease], words: Wording) -> tuple[Fact, ...]:
    found = {each.description.contact.email: words.of(each.description.contact.name) for each in releases}
    return tuple(Fact(label=name, value=email, url=mailto(email)) for email, name in found.items())


def _website(url: str, words: Wording) -> OutwardLink | None:
    link = outward(words.gettext("Web site"), url)
    return link if link.url else None


def _more(found: SearchResults, facet: str, value: str, links: Links, words: Wording) -> str:
    return links.datasets(words.language, **{facet: (value,)}) if found.total > len(found.hits) else ""


def _elsewhere(theme: str, catalog: Catalog, links: Links, words: Wording) -> Choice | None:
    filters = {**HARVESTED, "theme": (theme,)}
    total = catalog.search(SearchRequest(filters=filters, page_size=1, lang=words.language)).total
    if not total:
        return None
    return Choice(
        label=words.gettext("Datasets of other catalogs about this"),
        url=links.datasets(words.language, **filters),
        count=words.number(total),
    )


def unknown(message: str, given: str, known: Sequence[str]) -> FileNotFound:
    """Return the error for a name that nothing has; ``known`` are those that something has."""
    problem = Problem(ascii(given[:80]), said("is not known"), hint(given[:80], known))
    return FileNotFound(message, problems=[problem])
