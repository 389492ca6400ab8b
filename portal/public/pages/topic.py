"""A topic: one sentence, one chart, the usual questions, the datasets about it, what is planned, and the terms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from pydantic import Field

from catalog.facets import HARVESTED
from catalog.search import Hit, SearchRequest
from datasets.errors import DatasetNotFound
from datasets.said import said
from datasets.text import Model
from portal.public.guide.text import text
from portal.public.pages.collection import CollectionPage, Shelves, count_of, unknown
from portal.public.pages.contents import ContentsReader
from portal.public.pages.headline import Headline, headline
from portal.public.pages.listing import cards
from portal.public.pages.parts import Choice, DatasetCard, Fact
from portal.public.pages.planned import PlannedView, planned_view
from portal.public.pages.schedule import DatasetName, dataset_name, expected_view
from portal.public.pages.text import TermView, term_view
from portal.public.topics.gathering import Gathered, answerable
from portal.shared.links import Links
from portal.shared.wording import Wording


class QuestionView(Model):
    """A question that people ask."""

    ask: str = Field(description="The question.")
    url: str = Field(description="The state of the explorer that answers.")
    name: DatasetName = Field(description="The dataset that answers.")


class TopicPage(CollectionPage):
    """A topic."""

    headline: Headline | None = Field(description="Its newest statistics, where there are any with a chart.")
    questions: tuple[QuestionView, ...] = Field(description="What people ask, with what answers.")
    planned: tuple[PlannedView, ...] = Field(description="The datasets about it that are to come.")
    terms: tuple[TermView, ...] = Field(description="The terms that help to read it.")


def topic_page(name: str, shelves: Shelves, reader: ContentsReader, links: Links, words: Wording) -> TopicPage:
    """Return the page of a topic; raises FileNotFound where nothing of that name is published or planned."""
    found = next((each for each in shelves.topics if each.topic.id == name), None)
    if found is None:
        raise unknown(said("There is no topic of this name"), name, [each.topic.id for each in shelves.topics])
    topic, schedule = found.topic, shelves.schedule
    expected = (each for each in (*schedule.overdue, *schedule.coming) if each.release.dataset in found.datasets)
    terms = text("glossary").terms()
    return TopicPage(
        language=words.language,
        title=words.of(topic.title),
        description=words.of(topic.sentence),
        section="",
        in_vietnamese=links.topic(name, "vi"),
        in_english=links.topic(name, "en"),
        kind=words.gettext("Topic"),
        all=Choice(label=words.gettext("Topics"), url=links.topics(words.language)),
        lead=words.of(topic.sentence),
        website=None,
        contacts=(),
        total=count_of(len(found.standings), words) if found.standings else "",
        cards=tuple(_cards(found, shelves, links, words)),
        more="",
        elsewhere=_elsewhere(found, shelves, links, words),
        topics=(),
        upcoming=tuple(expected_view(each, schedule.today, links, words) for each in expected),
        feed=links.feed(words.language, "topics", name),
        feed_title=words.gettext("News of this topic"),
        letters=links.subscribe(words.language, f"topics/{name}"),
        headline=headline(replace(schedule, standings=found.charted), reader, links, words),
        questions=tuple(_questions(found, shelves, links, words)),
        planned=tuple(planned_view(each, words) for each in found.planned),
        terms=tuple(term_view(terms[each], terms, links, words) for each in topic.glossary),
    )


def _questions(found: Gathered, shelves: Shelves, links: Links, words: Wording) -> Iterator[QuestionView]:
    for question in found.topic.questions:
        if standing := answerable(question, shelves.schedule.standings):
            release = standing.release
            yield QuestionView(
                ask=words.of(question.ask),
                url=links.explore(release.dataset, words.language, question.explore.items()),
                name=dataset_name(release, links.dataset(release.dataset, words.language), words),
            )


def _cards(found: Gathered, shelves: Shelves, links: Links, words: Wording) -> Iterator[DatasetCard]:
    """Yield its datasets with their newest editions; one that the catalog does not hold yet comes a moment later."""
    for standing in found.standings:
        release = standing.release
        with suppress(DatasetNotFound):
            (card,) = cards([Hit(shelves.catalog.get(release.dataset), 0.0, ())], links, words)
            edition = Fact(label=words.gettext("Newest edition"), value=words.period(release.edition))
            yield card.model_copy(update={"facts": (edition, *card.facts)})


def _elsewhere(found: Gathered, shelves: Shelves, links: Links, words: Wording) -> Choice | None:
    term = found.topic.terms[0]
    request = SearchRequest(text=term, filters=HARVESTED, page_size=1, lang=words.language)
    total = shelves.catalog.search(request).total
    if not total:
        return None
    return Choice(
        label=words.gettext("Datasets of other catalogs about this"),
        url=links.datasets(words.language, q=term, **HARVESTED),
        count=words.number(total),
    )
